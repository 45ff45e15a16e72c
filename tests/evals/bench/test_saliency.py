"""bench saliency: the ratios are of the right quantities, on a network small enough to measure in a test."""

from __future__ import annotations

import pytest
from cxr_lens.evals.bench import saliency as bench_saliency
from cxr_lens.evals.bench.saliency import Subject, measure, run


def test_figures_are_named_after_family_and_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = Subject("timm:resnet10t", 1, 64, {"channels": [8, 8, 8, 8]})
    monkeypatch.setattr(bench_saliency, "SUBJECTS", {"tiny": tiny})
    monkeypatch.setattr(bench_saliency, "REPEATS", 3)
    figures = run()
    assert set(figures) == {"tiny.speedup_vs_grad_cam", "tiny.cost_vs_forward"}
    assert figures["tiny.speedup_vs_grad_cam"] > 5, "14 forward and backward passes against one forward pass"
    assert 0.8 < figures["tiny.cost_vs_forward"] < 14


@pytest.mark.slow
def test_all_findings_cost_little_more_than_a_forward_pass() -> None:
    figures = measure(bench_saliency.SUBJECTS["mini"])
    assert figures["speedup_vs_grad_cam"] >= 30
    assert figures["cost_vs_forward"] <= 1.2
