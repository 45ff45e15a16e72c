"""A user's own findings replace CheXpert's in every command, from a table in its own columns to a report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from cxr_lens.agents.cli import main
from cxr_lens.training.errors import RequestError
from cxr_lens.training.films.training_set import load_training_set
from cxr_lens.training.findings import CHEXPERT, Finding, FindingSet
from cxr_lens.training.fine_tuning.recipe import read_recipe
from cxr_lens.training.models.checkpoints import save_checkpoint
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.networks import build_network
from cxr_lens.training.synthetic.dataset import write_dataset
from PIL import Image

ARGS: dict[str, Any] = {"channels": [8, 8, 8, 8]}
OWN = FindingSet(
    name="lungs",
    findings=(
        Finding(name="Tuberculosis"),
        Finding(name="Cavity", parent="Tuberculosis", zones=("right apex", "left apex")),
    ),
)


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    """Two epochs of one run, about the user's findings, and a film with a table of its own."""
    for seed in (1, 2):
        torch.manual_seed(seed)
        network = build_network("timm:resnet10t", 2, 1, ARGS)
        config = ModelConfig(
            name="tb/finetuned",
            family="tb",
            arch="timm:resnet10t",
            arch_args=ARGS,
            labels=OWN.names,
            findings=OWN,
            finding_of={name: name for name in OWN.names},
            preprocessing=Preprocessing(size=64),
            target_layer="layer4",
        )
        save_checkpoint(tmp_path / f"epoch-{seed}", network, config)
    pixels = np.random.default_rng(0).integers(0, 255, (96, 80), np.uint8)
    Image.fromarray(pixels).resize((320, 390)).save(tmp_path / "film.png")
    (tmp_path / "labels.csv").write_text("Path,Tuberculosis,Cavity\nfilm.png,1,1\n")
    return ["--baseline", str(tmp_path / "epoch-1"), "--finetuned", str(tmp_path / "epoch-2")]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_tools_table_and_report_speak_of_the_users_findings(
    models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, labels = str(tmp_path / "film.png"), ["--labels", str(tmp_path / "labels.csv")]
    predicted = run(capsys, "predict", film, *models, *labels)
    assert list(predicted["findings"]) == ["Tuberculosis", "Cavity"]
    compared = run(capsys, "compare", film, *models, *labels)
    assert compared["findings"]["Cavity"]["truth"]["value"] == "positive"
    report = run(capsys, "explain", film, *models, *labels, "--revealed", "--out", str(tmp_path / "out"))
    assert set(report["comparison"]["findings"]) == {"Tuberculosis", "Cavity"}
    assert report["predictions"]["baseline"]["model"] != report["predictions"]["finetuned"]["model"]


def test_a_pair_of_different_findings_is_refused(
    models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(tmp_path / "film.png"), *models[:2], "--finetuned", "mini/finetuned"]) == 2
    assert "same findings" in capsys.readouterr().err


WARD = """
name: the ward's findings
findings:
  - {name: Shadow, synonyms: [lung shadow]}
  - {name: Fluid, synonyms: [pleural water], zones: [costophrenic angle, lower lung]}
  - {name: Wide Heart, zones: [cardiac silhouette]}
"""
MEANT = {"Lung Opacity": "Shadow", "Pleural Effusion": "Fluid", "Cardiomegaly": "Wide Heart"}
OWN_COLUMNS = {"Path": "file", "Patient": "person", "AP/PA": "view", "Wide Heart": "heart", "Fluid": "water"}
RECIPE = {
    "name": "ward/finetuned",
    "family": "ward",
    "arch": "timm:resnet10t",
    "arch_args": ARGS,
    "findings": "ward.yaml",
    "preprocessing": {"size": 64},
    "sources": [{"table": "synthetic-B/films.csv", "kind": "synthetic"}],
    "policy": {"per_finding": {"Fluid": "ones"}},
    "holdout": 0.3,
    "epochs": 2,
    "batch": 16,
    "keep_epochs": True,
    "box_weight": 0.05,
    "bf16": False,
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("drawn"), 32, seed=5, domain="B", size=256)


@pytest.fixture
def ward(tmp_path: Path, drawn: Path) -> Path:
    """Synthetic films with a table and boxes in the ward's own words, its label file and a config."""
    folder = tmp_path / drawn.name
    shutil.copytree(drawn, folder)
    table = pd.read_csv(folder / "train.csv").rename(columns=MEANT).assign(Person=lambda t: t["Path"].str[-31:-19])
    table = table.rename(columns={"Person": "person", **OWN_COLUMNS})
    table[["file", "person", "view", "Shadow", "water", "heart"]].to_csv(folder / "films.csv", index=False)
    boxes = pd.read_csv(folder / "boxes.csv").replace({"Finding": MEANT})
    boxes.to_csv(folder / "boxes.csv", index=False)
    (folder / "train.csv").unlink()
    columns = yaml.safe_dump({"truth_source": "simulated", "columns": OWN_COLUMNS})
    (folder / "dataset.yaml").write_text(columns)
    (tmp_path / "ward.yaml").write_text(WARD)
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    return tmp_path


def test_from_a_table_of_ones_own_findings_to_reports(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names, csv = ["Shadow", "Fluid", "Wide Heart"], str(ward / "synthetic-B" / "films.csv")
    config, labels = str(ward / "recipe.yaml"), ["--findings", str(ward / "ward.yaml")]
    stats = run(capsys, "data", "stats", csv, *labels)
    assert list(stats["findings"]) == names
    assert (stats["images"], stats["patients"]) == (32, 32)
    (cache,) = run(capsys, "data", "cache", csv, "--config", config)["caches"]
    assert cache["films"] == 32
    run(capsys, "train", "--config", config, "--data", str(ward), "--films", "cache", "--out", str(ward / "run"))
    trained = json.loads((ward / "run" / "best" / "config.json").read_text())
    assert [f["name"] for f in trained["findings"]["findings"]] == trained["labels"] == names
    best, pair = (
        str(ward / "run"),
        ["--baseline", str(ward / "run" / "epochs" / "01"), "--finetuned", str(ward / "run")],
    )

    scores = run(capsys, "evaluate", "--model", best, "--against", pair[1], "--data", csv, "--out", str(ward / "ev"))
    assert list(scores["findings"]) == names
    assert scores["against"]["over"] == names
    where = run(
        capsys, "localize", "--model", best, "--data", csv, "--boxes", str(ward / "synthetic-B" / "boxes.csv")
    )
    assert set(where["findings"]) <= set(names)
    assert where["findings"]["Fluid"]["pairs"] > 0
    film = next((ward / "synthetic-B" / "train").rglob("*.jpg"))
    report = run(capsys, "explain", str(film), *pair, "--labels", csv, "--revealed", "--out", str(ward / "one"))
    assert set(report["comparison"]["findings"]) == set(names)
    assert report["predictions"]["baseline"]["model"] != report["predictions"]["finetuned"]["model"]
    text = (ward / "one" / "report.html").read_text()
    assert "Wide Heart" in text
    assert "Cardiomegaly" not in text
    (ward / "two.csv").write_text("".join((ward / "synthetic-B" / "films.csv").read_text().splitlines(True)[:3]))
    (ward / "dataset.yaml").write_text((ward / "synthetic-B" / "dataset.yaml").read_text())
    batch = run(
        capsys, "batch", *pair, "--data", str(ward / "two.csv"), "--images", str(ward), "--out", str(ward / "b")
    )
    assert (batch["asked"], batch["done"]) == (2, 2)
    metrics = run(capsys, "score", str(ward / "b"), "--data", str(ward / "two.csv"), *labels)["metrics"]
    assert metrics["faithfulness"]["value"] == 1


def test_a_config_about_chexperts_findings_trains_on_others_when_told(ward: Path, tmp_path: Path) -> None:
    config = tmp_path / "chexpert.yaml"
    rules = {"per_finding": {"Edema": "ones"}}
    plain = {k: v for k, v in RECIPE.items() if k != "findings"}
    config.write_text(yaml.safe_dump({**plain, "labels": ["Edema", "Fracture"], "policy": rules}))
    assert read_recipe(config).finding_set is CHEXPERT
    recipe = read_recipe(config, findings=ward / "ward.yaml")
    assert recipe.labels == recipe.finding_set.names == ("Shadow", "Fluid", "Wide Heart")
    assert recipe.policy.per_finding == {}
    data = load_training_set(recipe, [ward], progress=False)
    assert {len(film) for part in data.train for film in part.boxes} > {0}
    with pytest.raises(RequestError, match="'Edema' is not one of the ward's findings"):
        read_recipe(config, ["findings=ward.yaml"])
