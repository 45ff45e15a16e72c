"""A user's own findings replace CheXpert's in every command that takes the models that carry them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cxr_lens.agents.cli import main
from cxr_lens.training.findings import Finding, FindingSet
from cxr_lens.training.models.checkpoints import save_checkpoint
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.networks import build_network
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
