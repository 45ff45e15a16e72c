"""AUROC, average precision, cluster bootstrap, Wilson: against scikit-learn, scipy and cases with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.training.statistics import (
    auprc,
    auroc,
    auroc_difference,
    auroc_interval,
    auroc_replicates,
    mean_auroc_difference,
    mean_auroc_interval,
    patient_weights,
    wilson,
)
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, roc_auc_score


def sample(n: int = 300, seed: int = 0, decimals: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(float)
    return truth, np.round(rng.normal(truth, 1), decimals)  # rounding makes ties


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_auroc_and_average_precision_agree_with_scikit_learn(decimals: int) -> None:
    truth, scores = sample(decimals=decimals)
    assert auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert auprc(truth, scores) == pytest.approx(average_precision_score(truth, scores), abs=1e-12)


def test_weighted_replicates_agree_with_scikit_learns_sample_weights() -> None:
    truth, scores = sample()
    weights = patient_weights([str(i) for i in range(300)], 5, seed=1)
    ours = auroc_replicates(truth, scores, weights)
    theirs = [roc_auc_score(truth, scores, sample_weight=w) for w in weights]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize(
    ("truth", "scores", "expected"),
    [
        ([0, 0, 1, 1], [1, 2, 3, 4], 1.0),
        ([1, 1, 0, 0], [1, 2, 3, 4], 0.0),
        ([0, 1, 0, 1], [5, 5, 5, 5], 0.5),
        ([0, 1, np.nan], [1, 2, 0], 1.0),  # an unknown truth is left out
        ([1, 1, 1], [1, 2, 3], None),
        ([0, 0, 0], [1, 2, 3], None),
        ([0, 1], [np.nan, 1], None),
        ([], [], None),
    ],
)
def test_auroc_of_known_cases(truth: list[float], scores: list[float], expected: float | None) -> None:
    assert auroc(np.array(truth), np.array(scores)) == expected


def test_a_nan_score_of_an_unknown_truth_does_not_matter() -> None:
    assert auroc(np.array([0, 1, np.nan]), np.array([1, 2, np.nan])) == 1.0


def test_vectors_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        auroc(np.zeros(3), np.zeros(4))


def test_films_of_one_patient_are_drawn_together() -> None:
    patients = ["a", "a", "b", "c", "c", "c"]
    weights = patient_weights(patients, 200, seed=0)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(1) == 3).all()  # as many patients as there are
    assert (patient_weights(patients, 200, seed=0) == weights).all()


def test_repeating_every_film_does_not_narrow_a_patient_interval() -> None:
    truth, scores = sample(120, decimals=8)
    patients = [str(i) for i in range(120)]
    once = auroc_interval(truth, scores, patient_weights(patients, 400, 0))
    five = auroc_interval(np.tile(truth, 5), np.tile(scores, 5), patient_weights(patients * 5, 400, 0))
    assert (five.low, five.high) == pytest.approx((once.low, once.high), abs=1e-9)
    naive = auroc_interval(
        np.tile(truth, 5), np.tile(scores, 5), patient_weights([str(i) for i in range(600)], 400, 0)
    )
    assert naive.high - naive.low < 0.7 * (once.high - once.low)  # type: ignore[operator]


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # positives ~ N(1, 1), negatives ~ N(0, 1): AUROC = Phi(1 / sqrt 2) = 0.76025
    covered = 0
    for seed in range(100):
        truth, scores = sample(150, seed=seed, decimals=8)
        interval = auroc_interval(truth, scores, patient_weights([str(i) for i in range(150)], 300, seed))
        covered += interval.low <= 0.76025 <= interval.high  # type: ignore[operator]
    assert 87 <= covered <= 100


def test_a_mean_over_findings_is_the_mean_and_lies_in_its_interval() -> None:
    pairs = [sample(seed=s) for s in range(4)]
    weights = patient_weights([str(i) for i in range(300)], 300, 0)
    mean = mean_auroc_interval(pairs, weights)
    assert mean.value == pytest.approx(np.mean([roc_auc_score(*p) for p in pairs]))
    assert mean.low < mean.value < mean.high  # type: ignore[operator]
    assert mean_auroc_interval([], weights).value is None


def test_a_finding_without_an_auroc_stays_out_of_the_mean() -> None:
    truth, scores = sample()
    weights = patient_weights([str(i) for i in range(300)], 50, 0)
    alone = mean_auroc_interval([(truth, scores)], weights)
    assert mean_auroc_interval([(truth, scores), (np.zeros(300), scores)], weights) == alone


def test_a_paired_difference_is_narrower_than_the_two_intervals_apart() -> None:
    truth, scores = sample(decimals=8)
    better = scores + np.random.default_rng(1).normal(0.15 * truth, 0.1)
    weights = patient_weights([str(i) for i in range(300)], 300, 0)
    paired = auroc_difference(truth, better, scores, weights)
    assert paired.value == pytest.approx(roc_auc_score(truth, better) - roc_auc_score(truth, scores))
    alone = auroc_interval(truth, scores, weights)
    assert paired.high - paired.low < 0.5 * (alone.high - alone.low)  # type: ignore[operator]


def test_a_difference_is_undefined_where_one_auroc_is() -> None:
    truth, scores = sample()
    weights = patient_weights([str(i) for i in range(300)], 20, 0)
    assert auroc_difference(np.zeros(300), scores, scores, weights).value is None
    assert auroc_difference(truth, scores, np.full(300, np.nan), weights).value is None
    assert mean_auroc_difference([], weights).value is None
    same = auroc_difference(truth, scores, scores, weights)
    assert (same.value, same.low, same.high) == (0, 0, 0)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (57, 244)])
def test_wilson_agrees_with_scipy(k: int, n: int) -> None:
    ours, theirs = wilson(k, n), binomtest(k, n).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_wilson_of_no_trials_is_none_and_of_too_many_successes_an_error() -> None:
    assert wilson(0, 0).low is None
    with pytest.raises(ValueError, match="3 successes in 2"):
        wilson(3, 2)
