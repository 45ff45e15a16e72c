"""predict: labels come from the model, thresholds are its own, what it cannot say is not negative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from cxr_lens.tools.predict import predict
from cxr_lens.tools.schemas import PredictInput, ToolError
from cxr_lens.tools.workbench import Workbench

from .conftest import BrightnessNetwork, make_classifier, make_film, make_quality


def test_scores_are_the_model_s_own_by_label(bench: Workbench) -> None:
    prediction = predict(bench, PredictInput(model="baseline"))
    model = bench.baseline
    scores = model.scores(model.logits(model.prepare([bench.film.pixels])))[0]
    for finding, row in prediction.findings.items():
        assert row.score == pytest.approx(float(scores[model.labels.index(row.label)]), abs=1e-6)
        assert row.label == finding


def test_threshold_is_the_model_s_for_the_finding(bench: Workbench) -> None:
    row = predict(bench, PredictInput(model="finetuned")).findings["Pleural Effusion"]
    assert (row.threshold, row.threshold_rule, row.threshold_positives) == (0.45, "youden", 40)
    other = predict(bench, PredictInput(model="finetuned")).findings["Edema"]
    assert (other.threshold, other.threshold_rule) == (0.5, "default")
    assert row.positive == (row.score >= 0.45)


def test_what_a_model_cannot_express_is_not_assessed(bench: Workbench) -> None:
    prediction = predict(bench, PredictInput(model="baseline"))
    assert set(prediction.not_assessed) == {"Fracture", "Pleural Other"}
    assert not set(prediction.not_assessed) & set(prediction.findings)


def test_a_finding_learned_from_synthetic_films_is_not_assessed_on_a_real_one() -> None:
    model = make_classifier(BrightnessNetwork([1.0]), ("Fracture",), label_source={"Fracture": "synthetic"})
    bench = Workbench("c", make_film(np.ones((64, 64)), synthetic=False), make_quality(), model, model)
    assert "synthetic" in predict(bench, PredictInput(model="baseline")).not_assessed["Fracture"]
    simulated = Workbench("c", make_film(np.ones((64, 64)), synthetic=True), make_quality(), model, model)
    assert "Fracture" in predict(simulated, PredictInput(model="baseline")).findings


def test_top_labels_are_native_and_sorted(bench: Workbench) -> None:
    top = predict(bench, PredictInput(model="baseline", top_k=50)).top_k
    assert len(top) == 13
    assert "Hernia" in [entry.label for entry in top]
    assert [e.score for e in top] == sorted((e.score for e in top), reverse=True)
    assert len(predict(bench, PredictInput(model="baseline", top_k=3)).top_k) == 3


def test_a_score_on_the_threshold_is_positive() -> None:
    model = make_classifier(BrightnessNetwork([0.0]), ("Edema",))
    bench = Workbench("c", make_film(np.ones((64, 64))), make_quality(), model, model)
    row = predict(bench, PredictInput(model="baseline")).findings["Edema"]
    assert (row.score, row.threshold, row.positive) == (0.5, 0.5, True)


def test_the_trunk_runs_once_per_model(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    network = bench.finetuned.network
    plain = network.activations

    def counted(x: torch.Tensor) -> torch.Tensor:
        calls.append(x.shape)
        return plain(x)

    monkeypatch.setattr(network, "activations", counted)
    bench.scores("finetuned")
    bench.maps("finetuned")
    bench.heat("finetuned", "Edema")
    bench.reveal().scores("finetuned")
    assert len(calls) == 1


def test_revealing_leaves_the_blind_bench_blind(bench: Workbench) -> None:
    assert bench.reveal().revealed
    assert not bench.revealed


def test_an_unknown_role_is_a_tool_error(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="baseline"):
        bench.model("other")  # pyright: ignore[reportArgumentType]


def test_heat_covers_only_what_the_model_sees(bench: Workbench) -> None:
    config = bench.finetuned.config
    cropping = config.model_copy(
        update={"preprocessing": config.preprocessing.model_copy(update={"resize": "centre-crop"})}
    )
    bench = replace(bench, finetuned=replace(bench.finetuned, config=cropping), _passes={})
    heat = bench.heat("finetuned", "Edema")
    assert heat.shape == bench.film.pixels.shape == (320, 256)
    assert heat[:32].max() == heat[-32:].max() == 0
    assert heat[32:-32].max() > 0
