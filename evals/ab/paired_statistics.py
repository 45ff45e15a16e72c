"""Paired comparison of two arms on the same cases: differences, intervals, tests, and what could have been found.

The unit is the patient: cases of one patient are resampled, and flipped, together. With d = b - a per case:

- difference: mean of d over cases.
- interval: percentile bootstrap over patients, widened for few of them (Hesterberg, The American Statistician 2015,
  "expanded percentile interval"): the percentiles are those of a t-interval stretched by sqrt(n / (n - 1)).
- p: sign-flip permutation of the patients' sums, two-sided; every pattern up to 2^16, else 20,000 random ones with
  the observed one counted (Phipson and Smyth, SAGMB 2010).
- yes/no checks: McNemar's exact test, one case per patient.
- mde: the difference found with 80 % power at 5 %, (z(.975) + z(.8)) x standard error (Bloom, Evaluation Review 1995).
- Holm's step-down adjustment over the metrics (Holm, Scandinavian Journal of Statistics 1979).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import special, stats

from ...training.statistics import patient_weights

EXACT_UP_TO = 16
"""Patients up to which every pattern of signs is tried."""
FLIPS = 20_000
FEW_PATIENTS = 100
"""Below, an interval is called approximate."""
ALPHA, POWER = 0.05, 0.8

Verdict = Literal["better", "worse", "inconclusive"]


class PairedResult(BaseModel):
    """Arm b against arm a on one metric."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: float | None
    """Mean over the pairs; None where there are none."""
    b: float | None
    difference: float | None
    """b - a."""
    low: float | None
    """Of the 95 % interval; None with fewer than two patients."""
    high: float | None
    p_raw: float | None = Field(ge=0, le=1)
    mde: float | None
    """The smallest true difference that this many cases find with 80 % power."""
    pairs: int = Field(ge=0)
    """Cases on which both arms have a value."""
    patients: int = Field(ge=0)
    approximate: bool
    """Fewer than 100 patients: the interval's coverage may be a few points off."""


def compare_paired(
    a: Sequence[float | None],
    b: Sequence[float | None],
    patients: Sequence[str],
    *,
    replicates: int = 4000,
    seed: int = 0,
) -> PairedResult:
    """Compare two arms case by case. A case on which either has no value (None or NaN) is left out."""
    first, second = (np.array([np.nan if v is None else v for v in values], dtype=float) for values in (a, b))
    if not len(first) == len(second) == len(patients):
        raise ValueError(f"{len(first)} values of a, {len(second)} of b and {len(patients)} patients do not pair")
    known = ~(np.isnan(first) | np.isnan(second))
    first, second = first[known], second[known]
    names = [name for name, kept in zip(patients, known, strict=True) if kept]
    count = len(set(names))
    result = {
        "a": float(first.mean()) if len(first) else None,
        "b": float(second.mean()) if len(first) else None,
        "difference": float((second - first).mean()) if len(first) else None,
        "low": None,
        "high": None,
        "p_raw": None,
        "mde": None,
        "pairs": len(first),
        "patients": count,
        "approximate": count < FEW_PATIENTS,
    }
    if count >= 2:
        difference = second - first
        result["low"], result["high"] = cluster_interval(difference, names, replicates=replicates, seed=seed)
        result["p_raw"] = sign_flip(difference, names, seed=seed)
        result["mde"] = minimum_detectable(difference, names)
    return PairedResult.model_validate(result)


def patient_sums(values: np.ndarray, patients: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(sum of the values, number of cases) of each patient."""
    _, group = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    return np.bincount(group, values), np.bincount(group)


def cluster_interval(
    values: np.ndarray, patients: Sequence[str], *, level: float = 0.95, replicates: int = 4000, seed: int = 0
) -> tuple[float, float]:
    """Interval of the mean over cases; needs two patients or more."""
    names = sorted(set(patients))
    sums, sizes = patient_sums(values, patients)
    weights = patient_weights(names, replicates, seed).astype(float)  # (B, patients)
    means = (weights @ sums) / (weights @ sizes)
    count = len(names)
    stretched = stats.t.ppf((1 + level) / 2, count - 1) * np.sqrt(count / (count - 1))
    tail = special.ndtr(-stretched)
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def sign_flip(values: np.ndarray, patients: Sequence[str], *, seed: int = 0) -> float:
    """Two-sided p of "the sign of a patient's difference is a coin's toss"; 1 where every difference is 0."""
    sums, _ = patient_sums(values, patients)
    sums = sums[sums != 0]
    if not sums.size:
        return 1.0
    observed = abs(sums.sum()) * (1 - 1e-12)  # rounding must not lose a tie
    if sums.size <= EXACT_UP_TO:
        bits = np.arange(2**sums.size)[:, None] >> np.arange(sums.size) & 1
        return float(np.mean(np.abs((1 - 2.0 * bits) @ sums) >= observed))
    rng = np.random.default_rng(seed)
    extreme = 0
    for _ in range(FLIPS // 1000):
        signs = 1 - 2.0 * rng.integers(0, 2, (1000, sums.size))
        extreme += int((np.abs(signs @ sums) >= observed).sum())
    return (extreme + 1) / (FLIPS + 1)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> float:
    """Exact two-sided p of McNemar's test on paired yes/no checks, one per patient; 1 where none differ."""
    only_a = sum(x and not y for x, y in zip(a, b, strict=True))
    only_b = sum(y and not x for x, y in zip(a, b, strict=True))
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_b, only_a + only_b, 0.5).pvalue)


def standard_error(values: np.ndarray, patients: Sequence[str]) -> float:
    """Of the mean over cases, patients as clusters (linearised ratio estimator, Cochran 1977, 6.3)."""
    sums, sizes = patient_sums(values, patients)
    count = len(sums)
    residuals = sums - values.mean() * sizes
    return float(np.sqrt(count / (count - 1) * (residuals**2).sum()) / sizes.sum())


def minimum_detectable(values: np.ndarray, patients: Sequence[str]) -> float:
    """The smallest true difference found with 80 % power at 5 %."""
    return float((special.ndtri(1 - ALPHA / 2) + special.ndtri(POWER)) * standard_error(values, patients))


def cases_needed(deviation: float, effect: float, *, alpha: float = ALPHA) -> int:
    """Patients needed to find `effect` with 80 % power at `alpha`, where differences have this standard deviation."""
    if effect <= 0:
        raise ValueError(f"the effect {effect} must be more than 0")
    z = special.ndtri(1 - alpha / 2) + special.ndtri(POWER)
    return max(2, int(np.ceil((z * deviation / effect) ** 2)))


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Holm-adjusted p per name; a None stays None and does not count."""
    known = sorted(((p, name) for name, p in p_values.items() if p is not None))
    adjusted: dict[str, float | None] = dict.fromkeys(p_values)
    highest = 0.0
    for rank, (p, name) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[name] = highest
    return adjusted


def verdict(result: PairedResult, p: float | None, *, higher_is_better: bool = True) -> Verdict:
    """About b: better or worse only where the adjusted p is below 5 % AND the interval leaves out 0."""
    low, high, difference = result.low, result.high, result.difference
    if p is None or low is None or high is None or not difference or p >= ALPHA or low <= 0 <= high:
        return "inconclusive"
    return "better" if (difference > 0) == higher_is_better else "worse"
