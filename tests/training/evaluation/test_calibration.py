"""Platt and temperature scaling, ECE and Brier: against scikit-learn and tables worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.evaluation.calibration import (
    brier,
    expected_calibration_error,
    fit_calibration,
    fit_platt,
    fit_temperature,
    reliability,
)
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss


def sample(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < 0.3).astype(float)
    return truth, rng.normal(truth * 2 - 1, 1)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def test_platt_agrees_with_an_unpenalised_logistic_regression() -> None:
    truth, logits = sample(5000)
    found = fit_platt(truth, 3 * logits + 1)
    theirs = LogisticRegression(C=1e9).fit((3 * logits + 1)[:, None], truth)
    assert found is not None
    assert found.slope == pytest.approx(theirs.coef_[0, 0], rel=0.02)
    assert found.intercept == pytest.approx(theirs.intercept_[0], rel=0.05)


def test_platt_makes_the_mean_score_the_prevalence() -> None:
    truth, logits = sample(2000)
    found = fit_platt(truth, logits - 4)
    assert found is not None
    calibrated = 1 / (1 + np.exp(-(found.slope * (logits - 4) + found.intercept)))
    assert calibrated.mean() == pytest.approx(truth.mean(), abs=0.005)


def test_platt_refuses_logits_that_point_the_wrong_way() -> None:
    truth, logits = sample()
    assert fit_platt(truth, -logits) is None


@pytest.mark.parametrize("positives", [0, 1, 9])
@pytest.mark.parametrize("kind", ["platt", "temperature"])
def test_none_is_fitted_on_fewer_than_ten_positives(kind: str, positives: int) -> None:
    truth = np.array([1] * positives + [0] * 50, float)
    assert fit_calibration(kind, truth, np.linspace(-3, 3, truth.size)) is None


def test_a_temperature_undoes_a_known_one() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    truth = (rng.random(20_000) < sigmoid(logits)).astype(float)
    found = fit_temperature(truth, 3 * logits)  # overconfident by a factor of three
    assert found is not None
    assert found.slope == pytest.approx(1 / 3, rel=0.03)
    assert found.intercept == 0


def test_a_temperature_reaches_the_lowest_log_loss() -> None:
    truth, logits = sample()
    found = fit_temperature(truth, 4 * logits)
    assert found is not None
    own = log_loss(truth, sigmoid(found.slope * 4 * logits))
    assert own <= min(log_loss(truth, sigmoid(slope * 4 * logits)) for slope in np.geomspace(0.01, 10, 200)) + 1e-9


def test_a_temperature_refuses_logits_that_point_the_wrong_way() -> None:
    truth, logits = sample()
    assert fit_temperature(truth, -logits) is None


def test_no_calibration_and_an_unknown_one() -> None:
    truth, logits = sample()
    assert fit_calibration("none", truth, logits) is None
    with pytest.raises(RequestError, match="'isotonic' is not a calibration; expected platt, temperature, none"):
        fit_calibration("isotonic", truth, logits)


def test_ece_of_a_table_worked_by_hand() -> None:
    # bin 0.0-0.1: scores .05 .05, none positive: gap .05; bin 0.6-0.7: .6 .6 .6, one positive: gap .6 - 1/3;
    # bin 0.9-1.0: 1.0, positive: gap 0. ECE = (2 x .05 + 3 x .26667 + 1 x 0) / 6 = 0.15
    scores = np.array([0.05, 0.05, 0.6, 0.6, 0.6, 1.0])
    truth = np.array([0, 0, 1, 0, 0, 1], float)
    assert expected_calibration_error(truth, scores) == pytest.approx(0.15)
    counts = [b.count for b in reliability(truth, scores)]
    assert counts == [2, 0, 0, 0, 0, 0, 3, 0, 0, 1]


@pytest.mark.parametrize(
    ("truth", "scores", "expected"),
    [
        ([0, 1], [0.0, 1.0], 0.0),  # perfect
        ([1, 0], [0.0, 1.0], 1.0),  # worst
        ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], 0.0),  # all tied, and right on average
        ([0, 0, 0], [0.2, 0.2, 0.2], 0.2),  # one class: defined, the mean score
        ([1, np.nan], [1.0, 0.0], 0.0),  # an unknown truth is left out
        ([], [], None),
        ([np.nan], [0.3], None),
        ([1, 0], [np.nan, 0.3], None),
    ],
)
def test_ece_of_known_cases(truth: list[float], scores: list[float], expected: float | None) -> None:
    found = expected_calibration_error(np.array(truth, float), np.array(scores, float))
    assert found == (None if expected is None else pytest.approx(expected))


def test_bins_agree_with_scikit_learns_calibration_curve() -> None:
    truth, logits = sample(3000)
    scores = sigmoid(logits)
    share, mean = calibration_curve(truth, scores, n_bins=10)
    ours = [b for b in reliability(truth, scores) if b.count]
    assert [b.positive_share for b in ours] == pytest.approx(list(share))
    assert [b.mean_score for b in ours] == pytest.approx(list(mean))


def test_brier_agrees_with_scikit_learn() -> None:
    truth, logits = sample()
    assert brier(truth, sigmoid(logits)) == pytest.approx(brier_score_loss(truth, sigmoid(logits)))
    assert brier(np.array([]), np.array([])) is None


def test_platt_lowers_the_calibration_error_of_overconfident_scores() -> None:
    truth, logits = sample(4000)
    found = fit_platt(truth, 4 * logits)
    assert found is not None
    after = sigmoid(found.slope * 4 * logits + found.intercept)
    before_error = expected_calibration_error(truth, sigmoid(4 * logits))
    after_error = expected_calibration_error(truth, after)
    assert after_error is not None
    assert before_error is not None
    assert after_error < 0.3 * before_error
