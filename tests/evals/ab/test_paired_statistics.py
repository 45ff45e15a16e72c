"""Paired statistics against scipy, by hand, and by simulation: error rate, coverage, power."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cxr_lens.evals.ab.paired_statistics import (
    cases_needed,
    cluster_interval,
    compare_paired,
    holm,
    mcnemar,
    minimum_detectable,
    sign_flip,
    standard_error,
    verdict,
)
from scipy import stats


def clustered(rng: np.random.Generator, patients: int, mean: float = 0.0) -> tuple[np.ndarray, list[str]]:
    """Differences with a patient effect, one to four cases a patient, skewed noise."""
    sizes = rng.integers(1, 5, patients)
    names = [f"p{i}" for i, size in enumerate(sizes) for _ in range(size)]
    effect = np.repeat(rng.normal(0, 0.5, patients), sizes)
    return mean + effect + (rng.exponential(0.6, sizes.sum()) - 0.6), names


def test_identical_arms_have_no_difference_and_no_verdict() -> None:
    values = [0.1, 0.9, 0.5, 0.4]
    result = compare_paired(values, values, ["a", "b", "c", "d"])
    assert (result.difference, result.low, result.high, result.p_raw) == (0, 0, 0, 1)
    assert verdict(result, 1.0) == "inconclusive"


def test_cases_without_a_value_in_either_arm_are_left_out() -> None:
    result = compare_paired([1, None, 3, float("nan")], [2, 5, None, 1], ["a", "b", "c", "d"])
    assert (result.pairs, result.patients, result.difference) == (1, 1, 1)
    assert result.low is None
    empty = compare_paired([], [], [])
    assert (empty.a, empty.difference, empty.p_raw, empty.pairs) == (None, None, None, 0)


def test_lengths_must_pair() -> None:
    with pytest.raises(ValueError, match="do not pair"):
        compare_paired([1, 2], [1], ["a", "b"])


def test_exact_sign_flip_agrees_with_scipys_permutation_test() -> None:
    rng = np.random.default_rng(0)
    for size in (2, 5, 9, 12):
        values = rng.normal(0.4, 1, size)
        expected = stats.permutation_test(
            (values, np.zeros(size)),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=100_000,  # more than there are patterns: all are tried
        ).pvalue
        assert sign_flip(values, [str(i) for i in range(size)]) == pytest.approx(expected)


def test_random_sign_flip_is_near_the_exact_one() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0.35, 1, 16)
    names = [str(i) for i in range(16)]
    exact = sign_flip(values, names)
    padded = sign_flip(np.r_[values, 1e-9], [*names, "16"])
    assert padded == pytest.approx(exact, abs=0.01)


def test_cases_of_a_patient_are_flipped_together() -> None:
    values = np.ones(10)
    assert sign_flip(values, ["a"] * 5 + ["b"] * 5) == 0.5  # two patients: 4 patterns, 2 as extreme
    assert sign_flip(values, [str(i) for i in range(10)]) == pytest.approx(2 / 1024)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (0, 1), (3, 9), (12, 2), (5, 5)])
def test_mcnemar_is_the_binomial_test_of_the_discordant_pairs(only_a: int, only_b: int) -> None:
    a = [True] * only_a + [False] * only_b + [True, False]
    b = [False] * only_a + [True] * only_b + [True, False]
    n = only_a + only_b
    probabilities = [stats.binom.pmf(k, n, 0.5) for k in range(n + 1)]
    by_hand = sum(p for p in probabilities if p <= probabilities[only_b] * (1 + 1e-9))
    assert mcnemar(a, b) == pytest.approx(by_hand)


def test_holm_by_hand_with_ties_and_gaps() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": None}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": None}
    )
    assert holm({}) == {}
    assert holm({"a": 0.5, "b": 0.9, "c": 0.5}) == {"a": 1.0, "b": 1.0, "c": 1.0}


def test_holm_never_orders_p_values_the_other_way_round() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        raw = {str(i): float(p) for i, p in enumerate(rng.random(6))}
        adjusted = holm(raw)
        for x, y in itertools.combinations(raw, 2):
            assert (raw[x] < raw[y]) <= ((adjusted[x] or 0) <= (adjusted[y] or 0))


def test_standard_error_without_clusters_is_scipys() -> None:
    values = np.random.default_rng(3).normal(size=40)
    assert standard_error(values, [str(i) for i in range(40)]) == pytest.approx(float(stats.sem(values)))


def test_few_patients_are_called_approximate() -> None:
    names = [str(i) for i in range(99)]
    assert compare_paired(np.zeros(99).tolist(), np.ones(99).tolist(), names).approximate
    names.append("99")
    assert not compare_paired(np.zeros(100).tolist(), np.ones(100).tolist(), names).approximate


def test_verdict_is_oriented_and_needs_p_and_interval() -> None:
    a, b = [0.0] * 30, [1.0 + 0.01 * i for i in range(30)]
    result = compare_paired(a, b, [str(i) for i in range(30)])
    assert verdict(result, 0.01) == "better"
    assert verdict(result, 0.01, higher_is_better=False) == "worse"
    assert verdict(result, 0.06) == "inconclusive"
    assert verdict(result, None) == "inconclusive"


def test_under_the_null_no_more_than_five_percent_are_found() -> None:
    rng = np.random.default_rng(4)
    runs = 400
    found = sum(sign_flip(*clustered(rng, int(rng.integers(12, 60))), seed=i) < 0.05 for i in range(runs))
    assert stats.binomtest(found, runs, 0.05, alternative="greater").pvalue > 0.01


def test_intervals_of_a_hundred_patients_cover_as_stated() -> None:
    rng = np.random.default_rng(5)
    runs, inside = 600, 0
    for i in range(runs):
        values, names = clustered(rng, 100, mean=0.2)
        low, high = cluster_interval(values, names, replicates=1000, seed=i)
        inside += low <= 0.2 <= high
    # within 2 points of 95 %, as far as this many runs can tell
    assert stats.binomtest(inside, runs, 0.93, alternative="less").pvalue > 0.01
    assert stats.binomtest(inside, runs, 0.97, alternative="greater").pvalue > 0.01


def test_power_is_as_the_minimum_detectable_effect_says() -> None:
    rng = np.random.default_rng(6)
    values, names = clustered(rng, 2000)
    effect = minimum_detectable(values, names) * np.sqrt(2000 / 80)  # with 80 patients
    runs = 200
    found = sum(sign_flip(*clustered(rng, 80, mean=float(effect)), seed=i) < 0.05 for i in range(runs))
    assert 0.72 <= found / runs <= 0.9
    small = sum(sign_flip(*clustered(rng, 80, mean=float(effect) / 2), seed=i) < 0.05 for i in range(runs))
    assert small < found


def test_cases_needed_is_the_inverse_of_the_minimum_detectable_effect() -> None:
    values = np.random.default_rng(7).normal(0, 0.3, 500)
    names = [str(i) for i in range(500)]
    effect = minimum_detectable(values, names)
    assert cases_needed(float(values.std(ddof=1)), effect) == pytest.approx(500, abs=2)
    with pytest.raises(ValueError, match="more than 0"):
        cases_needed(1, 0)
