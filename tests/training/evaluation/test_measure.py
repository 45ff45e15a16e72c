"""Evaluation over a table, with a network whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.evaluation.calibration import expected_calibration_error
from cxr_lens.training.evaluation.command import evaluate as evaluate_command
from cxr_lens.training.evaluation.measure import evaluate, join_truth
from cxr_lens.training.evaluation.paired import compare
from cxr_lens.training.evaluation.prediction import predict_table
from cxr_lens.training.evaluation.subgroups import subgroups
from cxr_lens.training.models.checkpoints import load_checkpoint, save_checkpoint
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.commands import models_list, models_show
from cxr_lens.training.models.config import ModelConfig, Platt, Preprocessing, Threshold
from cxr_lens.training.models.networks import SplitNetwork, build_network
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
        Image.new("L", (40, 60), 10 * i).save(tmp_path / path)
        rows.append(f"{path},{'-1' if i == 23 else int(i >= 12)},{int(i == 0)},1")
    table = tmp_path / "valid.csv"
    table.write_text("\n".join(rows) + "\n")
    return table


def test_scores_come_per_case_and_per_finding_the_model_has(classifier: Classifier, csv: Path) -> None:
    scores = predict_table(classifier, read_table(csv), batch=7, progress=False).scores
    assert scores.columns.tolist() == ["Edema", "Fracture"]
    assert scores.index[3] == "patient03_study1_view1_frontal"
    expected = 1 / (1 + np.exp(-(30 / 255 - 0.5) / 0.25))
    assert scores["Edema"].iloc[3] == pytest.approx(expected, abs=1e-5)
    assert scores["Fracture"].iloc[3] == pytest.approx(1 - expected, abs=1e-5)


def test_a_perfect_model_has_auroc_one_and_uncertain_labels_are_left_out(classifier: Classifier, csv: Path) -> None:
    table = read_table(csv)
    report = evaluate(classifier, table, predict_table(classifier, table, progress=False), replicates=50)
    edema, fracture = report["findings"]["Edema"], report["findings"]["Fracture"]
    assert (edema["auroc"], edema["low"], edema["high"], edema["positives"]) == (1, 1, 1, 11)
    assert (report["mean_over"], report["mean_auroc"]) == (["Edema", "Fracture"], 1)
    assert fracture["positives"] == 1
    assert report["ample"]["over"] == ["Edema"]  # one positive is few
    assert "Pneumonia" not in report["findings"]
    assert "Pneumonia" in report["not_assessed"]
    # threshold 0.5 lies at grey 127.5: film 12 (grey 120) is a false negative
    assert (edema["recall"], edema["specificity"], edema["precision"]) == (pytest.approx(10 / 11), 1, 1)
    assert (edema["tp"], edema["fp"], edema["tn"], edema["fn"]) == (10, 0, 12, 1)
    assert edema["f1"] == pytest.approx(20 / 21)
    assert edema["f1_low"] <= edema["f1"] <= edema["f1_high"]
    assert (edema["threshold_rule"], fracture["threshold_rule"]) == ("youden", "default")
    assert report["approximate"] is True  # 24 patients


def test_what_is_undefined_stays_undefined_and_says_why(classifier: Classifier, csv: Path) -> None:
    lines = csv.read_text().splitlines()
    csv.write_text("\n".join([lines[0], *(line.rpartition(",")[0][:-1] + "0,1" for line in lines[1:])]) + "\n")
    table = read_table(csv)
    report = evaluate(classifier, table, predict_table(classifier, table, progress=False), replicates=20)
    fracture = report["findings"]["Fracture"]
    assert [fracture[key] for key in ("auroc", "low", "high", "auprc", "f1", "recall")] == [None] * 6
    assert (fracture["tp"], fracture["positives"], fracture["negatives"]) == (0, 0, 24)
    assert report["undefined"] == {"Fracture": "no positive film"}
    assert report["mean_over"] == ["Edema"]
    five = report["competition"]
    assert five["mean_auroc"] is None  # four of the five are not the model's
    assert set(five["missing"]) == {"Atelectasis", "Cardiomegaly", "Consolidation", "Pleural Effusion"}


def test_calibration_is_applied_to_the_scores_and_its_error_is_given_before_and_after(
    classifier: Classifier, csv: Path
) -> None:
    config = classifier.config.model_copy(update={"calibration": {"Edema": Platt(slope=2, intercept=-1)}})
    calibrated = Classifier(config, classifier.network, "0" * 64)
    table = read_table(csv)
    plain = predict_table(classifier, table, progress=False)
    predictions = predict_table(calibrated, table, progress=False)
    before, after = plain.scores["Edema"].to_numpy(float), predictions.scores["Edema"].to_numpy(float)
    np.testing.assert_allclose(np.log(after / (1 - after)), 2 * np.log(before / (1 - before)) - 1, atol=1e-4)
    np.testing.assert_allclose(predictions.uncalibrated["Edema"], before, atol=1e-6)
    report = evaluate(calibrated, table, predictions, replicates=20)["findings"]
    truth = np.r_[np.zeros(12), np.ones(11), np.nan]
    assert report["Edema"]["ece_before"] == pytest.approx(expected_calibration_error(truth, before))
    assert report["Edema"]["ece_after"] == pytest.approx(expected_calibration_error(truth, after))
    assert (report["Fracture"]["calibrated"], report["Fracture"]["ece_after"]) == (False, None)


@pytest.mark.parametrize("arch", ["timm:resnet10t", "timm:densenet121"])
def test_scores_are_the_same_whatever_the_batch_size(csv: Path, arch: str) -> None:
    torch.manual_seed(0)
    config = ModelConfig(
        name="toy/net",
        family="toy",
        arch=arch,
        labels=LABELS,
        finding_of={"Edema": "Edema", "Fracture": "Fracture"},
        preprocessing=Preprocessing(size=32),
        target_layer="last",
    )
    net = Classifier(config, build_network(arch, 3, 1, {}).eval(), "0" * 64)
    table = read_table(csv)
    one, seven, all_ = (predict_table(net, table, batch=n, progress=False).scores for n in (1, 7, 32))
    assert one.index.tolist() == seven.index.tolist() == table.frame["case_id"].tolist()
    assert np.ptp(one["Edema"].to_numpy()) > 1e-3  # the films do differ
    np.testing.assert_allclose(one, all_, atol=1e-5)
    np.testing.assert_allclose(seven, all_, atol=1e-5)


def test_a_film_that_cannot_be_read_names_its_line_or_is_skipped(classifier: Classifier, csv: Path) -> None:
    films = sorted(csv.parent.glob("films/*/*/*.png"))
    films[4].write_bytes(films[4].read_bytes()[:40])
    films[9].unlink()
    table = read_table(csv)
    with pytest.raises(TableError, match=r"valid.csv line 6: .*--skip-bad"):
        predict_table(classifier, table, batch=5, progress=False)
    predictions = predict_table(classifier, table, batch=5, skip_bad=True, progress=False)
    assert len(predictions.scores) == 22
    assert [text.split(":")[0] for text in predictions.skipped] == ["valid.csv line 6", "valid.csv line 11"]
    assert evaluate(classifier, table, predictions, replicates=20)["images"] == 22


def test_subgroups_share_the_findings_their_means_are_over(classifier: Classifier, csv: Path) -> None:
    about = [("Male" if i % 2 else "Female", 30 + 2 * i, "AP" if i % 3 else "PA") for i in range(24)]
    lines = csv.read_text().splitlines()
    rows = [f"{line},{sex},{age},{view}" for line, (sex, age, view) in zip(lines[1:], about, strict=True)]
    csv.write_text("\n".join([lines[0] + ",Sex,Age,AP/PA", *rows]) + "\n")
    table = read_table(csv)
    groups = subgroups(join_truth(table, predict_table(classifier, table, progress=False)), replicates=20)
    assert {axis: set(own["groups"]) for axis, own in groups.items()} == {
        "sex": {"Male", "Female"},
        "age": {"0 to 39", "40 to 59", "60 to 79"},
        "projection": {"AP", "PA"},
    }
    female = groups["sex"]["groups"]["Female"]
    assert (female["images"], female["findings"]["Edema"]["positives"], female["mean_auroc"]) == (12, 6, 1)
    assert groups["sex"]["mean_over"] == ["Edema"]  # the one fracture is a woman's: undefined in men
    assert groups["sex"]["groups"]["Male"]["findings"]["Fracture"]["auroc"] is None
    assert groups["age"]["groups"]["0 to 39"]["findings"]["Edema"]["auroc"] is None  # no positive there
    assert groups["age"]["mean_over"] == []
    assert groups["age"]["groups"]["40 to 59"]["mean_auroc"] is None


def test_a_model_differs_from_itself_by_nothing_and_from_its_opposite_by_one(
    classifier: Classifier, csv: Path
) -> None:
    opposite = classifier.config.model_copy(
        update={"finding_of": {"Fracture": "Edema", "Edema": "Fracture"}, "name": "toy/opposite"}
    )
    other = Classifier(opposite, classifier.network, "1" * 64)
    table = read_table(csv)
    ours = join_truth(table, predict_table(classifier, table, progress=False))
    theirs = join_truth(table, predict_table(other, table, progress=False))
    same = compare(ours, ours, classifier, replicates=50)
    assert (same["difference"], same["low"], same["high"]) == (0, 0, 0)
    apart = compare(ours, theirs, other, replicates=50)
    assert (apart["difference"], apart["low"], apart["high"], apart["model"]) == (1, 1, 1, "toy/opposite")
    assert (apart["mean_auroc"], apart["other_mean_auroc"], apart["over"]) == (1, 0, ["Edema", "Fracture"])


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
    for figure in ("roc.png", "precision_recall.png", "reliability.png"):
        assert (out / figure).read_bytes().startswith(b"\x89PNG")
    assert report["against"] is None
    assert len((out / "scores.csv").read_text().splitlines()) == 25


def test_the_command_prints_a_table_and_the_difference_to_another_model(
    checkpoint: Path, csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(checkpoint), "--against", str(checkpoint), "--data", str(csv)]
    assert evaluate_command([*arguments, "--out", str(tmp_path / "out"), "--replicates", "20"]) == 0
    printed = capsys.readouterr().out
    assert "against toy/net: mean AUROC" in printed
    assert "difference 0.000 (0.000 to 0.000)" in printed
    assert "fewer than 100 patients" in printed


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--batch", "0"], "--batch 0 is not a number of films"),
        (["--replicates", "1"], "--replicates 1 is too few"),
        (["--against", "mini/finetund"], "did you mean 'mini/finetuned'"),
        (["--device", "tpu"], "'tpu' is not a device"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    checkpoint: Path, csv: Path, tmp_path: Path, option: list[str], message: str
) -> None:
    arguments = ["--model", str(checkpoint), "--data", str(csv), "--out", str(tmp_path / "o"), *option]
    with pytest.raises(RequestError, match=message):
        evaluate_command(arguments)


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
