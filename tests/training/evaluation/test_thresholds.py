"""Decision thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.evaluation.thresholds import fit_threshold, rates_at
from sklearn.metrics import f1_score, roc_curve


def sample(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(float)
    return truth, rng.normal(truth * 2 - 1, 1)


def test_youden_separates_what_can_be_separated_half_way() -> None:
    truth = np.array([0] * 12 + [1] * 12, float)
    scores = np.array([0.2] * 12 + [0.6] * 12)
    found = fit_threshold(truth, scores)
    assert found.value == pytest.approx(0.4)
    assert (found.sensitivity, found.specificity, found.positives, found.rule) == (1, 1, 12, "youden")


def test_youden_reaches_the_best_of_scikit_learns_roc_curve() -> None:
    truth, logits = sample()
    scores = 1 / (1 + np.exp(-logits))
    found = fit_threshold(truth, scores)
    fpr, tpr, _ = roc_curve(truth, scores)
    assert found.sensitivity + found.specificity - 1 == pytest.approx((tpr - fpr).max())  # type: ignore[operator]


def test_f1_reaches_the_best_that_any_threshold_gives() -> None:
    truth, logits = sample()
    scores = np.round(1 / (1 + np.exp(-logits)), 2)  # with ties
    found = fit_threshold(truth, scores, "f1")
    best = max(f1_score(truth, scores >= cut) for cut in np.unique(scores))
    assert f1_score(truth, scores >= found.value) == pytest.approx(best)


def test_a_wanted_sensitivity_is_reached_with_the_highest_threshold() -> None:
    truth, logits = sample()
    scores = 1 / (1 + np.exp(-logits))
    found = fit_threshold(truth, scores, "sensitivity=0.9")
    assert found.sensitivity >= 0.9  # type: ignore[operator]
    above = scores[scores > found.value].min()
    assert rates_at(truth, scores, np.nextafter(above, 1))[0] < 0.9  # type: ignore[operator]


@pytest.mark.parametrize("positives", [0, 1, 9])
def test_none_is_fitted_on_fewer_than_ten_positives(positives: int) -> None:
    truth = np.array([1] * positives + [0] * 50, float)
    found = fit_threshold(truth, np.linspace(0, 1, truth.size))
    assert (found.value, found.rule, found.positives) == (0.5, "default", positives)
    assert (found.sensitivity is None) == (positives == 0)


def test_unknown_truth_is_left_out() -> None:
    truth, logits = sample()
    scores = 1 / (1 + np.exp(-logits))
    mixed = fit_threshold(np.r_[truth, np.full(50, np.nan)], np.r_[scores, np.random.default_rng(0).random(50)])
    assert mixed == fit_threshold(truth, scores)


def test_scores_that_are_all_equal_give_a_threshold_in_range() -> None:
    found = fit_threshold(np.array([0, 1] * 20, float), np.full(40, 0.3))
    assert 0 <= found.value <= 1


@pytest.mark.parametrize("rule", ["youdn", "sensitivity=90", "sensitivity=", ""])
def test_an_unknown_rule_is_named(rule: str) -> None:
    with pytest.raises(RequestError, match="not a threshold rule; expected youden"):
        fit_threshold(np.zeros(3), np.zeros(3), rule)
