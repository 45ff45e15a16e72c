"""Evaluation over a table, with a network whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.training.checkpoints import load_checkpoint, save_checkpoint
from cxr_lens.training.classifier import Classifier
from cxr_lens.training.commands import evaluate as evaluate_command
from cxr_lens.training.commands import models_list, models_show
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.evaluation import evaluate, predict_table
from cxr_lens.training.model_config import ModelConfig, Platt, Preprocessing, Threshold
from cxr_lens.training.networks import SplitNetwork, build_network
from cxr_lens.training.tables import read_table
from PIL import Image

LABELS = ("Edema", "Hernia", "Fracture")


class Brightness(SplitNetwork):
    """Edema's logit is the film's mean, Hernia's 0, Fracture's minus the mean."""

    def activations(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def logits(self, activations: torch.Tensor) -> torch.Tensor:
        mean = activations.mean((1, 2, 3))
        return torch.stack([mean, mean * 0, -mean], 1)


@pytest.fixture
def classifier() -> Classifier:
    config = ModelConfig(
        name="toy/bright",
        family="toy",
        arch="timm:resnet18",
        labels=LABELS,
        finding_of={"Edema": "Edema", "Fracture": "Fracture"},
        preprocessing=Preprocessing(size=8),
        target_layer="input",
        thresholds={"Edema": Threshold(value=0.5, rule="youden", positives=12)},
    )
    return Classifier(config, Brightness().eval(), "0" * 64)


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """24 films from black to white; the brighter half has Edema, one label of it is uncertain."""
    rows = ["Path,Edema,Fracture,Pneumonia"]
    for i in range(24):
        path = f"films/patient{i:02}/study1/view1_frontal.png"
        (tmp_path / path).parent.mkdir(parents=True)
        Image.new("L", (20, 30), 10 * i).save(tmp_path / path)
        rows.append(f"{path},{'-1' if i == 23 else int(i >= 12)},{int(i == 0)},1")
    table = tmp_path / "valid.csv"
    table.write_text("\n".join(rows) + "\n")
    return table


def test_scores_come_per_case_and_per_finding_the_model_has(classifier: Classifier, csv: Path) -> None:
    scores = predict_table(classifier, read_table(csv), batch=7, progress=False)
    assert scores.columns.tolist() == ["Edema", "Fracture"]
    assert scores.index[3] == "patient03_study1_view1_frontal"
    expected = 1 / (1 + np.exp(-(30 / 255 - 0.5) / 0.25))
    assert scores["Edema"].iloc[3] == pytest.approx(expected, abs=1e-5)
    assert scores["Fracture"].iloc[3] == pytest.approx(1 - expected, abs=1e-5)


def test_a_perfect_model_has_auroc_one_and_uncertain_labels_are_left_out(classifier: Classifier, csv: Path) -> None:
    table = read_table(csv)
    report = evaluate(classifier, table, predict_table(classifier, table, progress=False), replicates=50)
    edema = report["findings"]["Edema"]
    assert (edema["auroc"], edema["low"], edema["high"], edema["positives"]) == (1, 1, 1, 11)
    assert report["mean_over"] == ["Edema"]
    assert report["mean_auroc"] == 1
    assert report["findings"]["Fracture"]["positives"] == 1  # scored, but not in the mean
    assert "Pneumonia" not in report["findings"]
    # threshold 0.5 lies at grey 127.5: film 12 (grey 120) is a false negative
    assert (edema["sensitivity"], edema["specificity"]) == (pytest.approx(10 / 11), 1)
    assert edema["f1"] == pytest.approx(20 / 21)
    assert (edema["threshold_rule"], report["findings"]["Fracture"]["threshold_rule"]) == ("youden", "default")


def test_calibration_is_applied_to_the_scores(classifier: Classifier, csv: Path) -> None:
    config = classifier.config.model_copy(update={"calibration": {"Edema": Platt(slope=2, intercept=-1)}})
    calibrated = Classifier(config, classifier.network, "0" * 64)
    table = read_table(csv)
    plain = predict_table(classifier, table, progress=False)["Edema"].to_numpy(float)
    scores = predict_table(calibrated, table, progress=False)["Edema"].to_numpy(float)
    np.testing.assert_allclose(np.log(scores / (1 - scores)), 2 * np.log(plain / (1 - plain)) - 1, atol=1e-4)


def test_a_film_that_cannot_be_read_names_its_line_or_is_skipped(classifier: Classifier, csv: Path) -> None:
    films = sorted(csv.parent.glob("films/*/*/*.png"))
    films[4].write_bytes(films[4].read_bytes()[:40])
    films[9].unlink()
    table = read_table(csv)
    with pytest.raises(TableError, match=r"valid.csv line 6: .*--skip-bad"):
        predict_table(classifier, table, batch=5, progress=False)
    scores = predict_table(classifier, table, batch=5, skip_bad=True, progress=False)
    assert len(scores) == 22
    assert [text.split(":")[0] for text in scores.attrs["skipped"]] == ["valid.csv line 6", "valid.csv line 11"]
    assert evaluate(classifier, table, scores, replicates=20)["images"] == 22


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    arch_args = {"channels": [8, 8, 8, 8], "output_stride": 16}
    config = ModelConfig(
        name="toy/net",
        family="toy",
        arch="timm:resnet18",
        arch_args=arch_args,
        labels=LABELS,
        finding_of={"Edema": "Edema", "Fracture": "Fracture"},
        preprocessing=Preprocessing(size=32),
        target_layer="layer4",
    )
    save_checkpoint(tmp_path / "net", build_network(config.arch, 3, 1, arch_args), config)
    return tmp_path / "net"


def test_the_command_writes_its_files_and_one_json_document(
    checkpoint: Path, csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert evaluate_command(["--model", str(checkpoint), "--data", str(csv), "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((out / "evaluation.json").read_text())
    assert {"images", "mean_auroc", "mean_over", "findings"} <= set(report)
    assert {"auroc", "low", "high", "positives"} <= set(report["findings"]["Edema"])
    assert (out / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert len((out / "scores.csv").read_text().splitlines()) == 25


def test_skipped_films_make_the_exit_code_one(checkpoint: Path, csv: Path, tmp_path: Path) -> None:
    next(csv.parent.glob("films/*/*/*.png")).unlink()
    arguments = ["--model", str(checkpoint), "--data", str(csv), "--out", str(tmp_path / "o")]
    with pytest.raises(RequestError):
        evaluate_command(arguments)
    assert not (tmp_path / "o").exists()
    assert evaluate_command([*arguments, "--skip-bad"]) == 1


def test_models_show_tells_labels_matches_and_parameters(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models_show([str(checkpoint), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"family", "labels", "matched", "total_parameters", "trainable_parameters", "weights"} <= set(shown)
    assert shown["unmatched"] == ["Hernia"]
    assert "Edema" not in shown["missing"]
    assert "Pneumonia" in shown["missing"]
    assert shown["weights"]["sha256"] == load_checkpoint(checkpoint).weights_sha256
    total = sum(p.numel() for p in load_checkpoint(checkpoint).network.parameters())
    assert shown["total_parameters"] == total
    assert models_show([str(checkpoint)]) == 0
    assert "not expressed:" in capsys.readouterr().out


def test_models_list_names_the_mini_pair(capsys: pytest.CaptureFixture[str]) -> None:
    assert models_list(["--json"]) == 0
    models = {row["model"] for row in json.loads(capsys.readouterr().out)["models"]}
    assert {"mini/baseline", "mini/finetuned"} <= models
