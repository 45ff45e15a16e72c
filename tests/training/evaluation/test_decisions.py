"""TP, FP, TN, FN and rates at a threshold: against scikit-learn and cases with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.training.evaluation.decisions import decision_rates
from cxr_lens.training.statistics import patient_weights
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score


def weights(n: int, replicates: int = 20) -> np.ndarray:
    return patient_weights([str(i) for i in range(n)], replicates, seed=0)


def test_counts_and_rates_agree_with_scikit_learn_ties_at_the_threshold_included() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(300) < 0.3).astype(float)
    scores = np.round(np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0, 1), 1)  # many lie exactly at 0.5
    found = decision_rates(truth, scores, 0.5, weights(300))
    called = scores >= 0.5
    assert [[found.tn, found.fp], [found.fn, found.tp]] == confusion_matrix(truth, called).tolist()
    assert found.f1.value == pytest.approx(f1_score(truth, called))
    assert found.precision.value == pytest.approx(precision_score(truth, called))
    assert found.recall.value == pytest.approx(recall_score(truth, called))
    assert found.specificity.value == pytest.approx(recall_score(1 - truth, ~called))


def test_intervals_agree_with_scikit_learns_sample_weights() -> None:
    rng = np.random.default_rng(1)
    truth, scores = (rng.random(80) < 0.4).astype(float), rng.random(80)
    drawn = weights(80, 40)
    found = decision_rates(truth, scores, 0.5, drawn)
    theirs = [f1_score(truth, scores >= 0.5, sample_weight=w) for w in drawn]
    assert (found.f1.low, found.f1.high) == pytest.approx(tuple(np.quantile(theirs, [0.025, 0.975])), abs=1e-6)


@pytest.mark.parametrize(
    ("truth", "scores", "rates"),
    [  # F1, precision, recall, specificity
        ([1, 0], [0.9, 0.1], (1, 1, 1, 1)),  # perfect
        ([1, 0], [0.1, 0.9], (0, 0, 0, 0)),  # worst
        ([1, 0], [0.1, 0.1], (0, None, 0, 1)),  # nothing called: precision has no films
        ([0, 0], [0.9, 0.1], (None, 0, None, 0.5)),  # no positives
        ([1, 1], [0.9, 0.1], (2 / 3, 1, 0.5, None)),  # no negatives
        ([1, np.nan], [0.9, np.nan], (1, 1, 1, None)),  # unknown truth is left out
        ([np.nan], [0.9], (None, None, None, None)),
        ([], [], (None, None, None, None)),
    ],
)
def test_rates_of_known_cases(
    truth: list[float], scores: list[float], rates: tuple[float | None, float | None, float | None, float | None]
) -> None:
    found = decision_rates(np.array(truth, float), np.array(scores, float), 0.5, np.ones((3, len(truth))))
    intervals = (found.f1, found.precision, found.recall, found.specificity)
    assert tuple(interval.value for interval in intervals) == rates
    for interval in intervals:
        assert (interval.low is None) == (interval.value is None)


def test_a_known_film_without_a_score_is_a_fault() -> None:
    with pytest.raises(ValueError, match="no score"):
        decision_rates(np.array([1.0]), np.array([np.nan]), 0.5, np.ones((1, 1)))
