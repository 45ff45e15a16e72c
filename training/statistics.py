"""AUROC, average precision and intervals. The patient is the unit: films of one patient are resampled together.

Everything takes sample weights, one row per bootstrap replicate, so a thousand replicates are one array operation.
A score that cannot be computed (one class only, a NaN) is None, never 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

_CHUNK = 4_000_000  # weights held at once, about 32 MB as float64


class Interval(BaseModel):
    """A value with its interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None
    """None where the value is None, or where no replicate could be computed."""
    high: float | None


def _known(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rows with a known truth, or None where nothing can be computed from them."""
    truth, scores = np.asarray(truth, dtype=float), np.asarray(scores, dtype=float)
    if truth.shape != scores.shape or truth.ndim != 1:
        raise ValueError(f"truth {truth.shape} and scores {scores.shape} must be equally long vectors")
    keep = ~np.isnan(truth)
    truth, scores = truth[keep], scores[keep]
    if np.isnan(scores).any() or not (truth == 1).any() or not (truth == 0).any():
        return None
    return truth == 1, scores, keep


def weighted_auroc(positive: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(N,) bool, (N,), (B, N) -> (B,) AUROC; ties count half; NaN where a replicate has one class."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) > 0])
    w = weights[:, order].astype(float)
    p = np.add.reduceat(w * positive[order], starts, axis=1)  # (B, G) weight of positives per distinct score
    n = np.add.reduceat(w * ~positive[order], starts, axis=1)
    below = np.cumsum(n, axis=1) - n
    with np.errstate(invalid="ignore", divide="ignore"):
        return (p * (below + n / 2)).sum(1) / (p.sum(1) * n.sum(1))


def weighted_auprc(positive: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average precision (sum of precision x step in recall), shapes as in `weighted_auroc`."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(-scores[order]) > 0])
    w = weights[:, order].astype(float)
    p = np.add.reduceat(w * positive[order], starts, axis=1)
    n = np.add.reduceat(w * ~positive[order], starts, axis=1)
    cp, cn = np.cumsum(p, axis=1), np.cumsum(n, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(cp + cn > 0, cp / (cp + cn), 0.0)
        return (precision * p).sum(1) / cp[:, -1]


def auroc(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """Area under the ROC curve. `truth` is 1, 0 or NaN (left out); None with one class or a NaN score."""
    known = _known(truth, scores)
    return None if known is None else float(weighted_auroc(*known[:2], np.ones((1, known[1].size)))[0])


def auprc(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """Average precision; as `auroc`."""
    known = _known(truth, scores)
    return None if known is None else float(weighted_auprc(*known[:2], np.ones((1, known[1].size)))[0])


def patient_weights(patients: Sequence[str], replicates: int, seed: int) -> np.ndarray:
    """(B, N) how often each film is in each replicate: patients are drawn with replacement, with all their films."""
    _, group = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    count = int(group.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=replicates)  # (B, patients)
    return drawn[:, group].astype(np.uint16)


def percentiles(values: np.ndarray, level: float) -> tuple[float | None, float | None]:
    """The middle `level` of the replicates that could be computed; None where there is none."""
    values = values[~np.isnan(values)]
    if values.size == 0:
        return None, None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def auroc_replicates(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUROC in every replicate, (B,); all NaN where the AUROC is undefined."""
    return _replicates(weighted_auroc, truth, scores, weights)


def auprc_replicates(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average precision in every replicate, (B,); all NaN where it is undefined."""
    return _replicates(weighted_auprc, truth, scores, weights)


def _replicates(
    score: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    truth: np.ndarray,
    scores: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    known = _known(truth, scores)
    if known is None:
        return np.full(len(weights), np.nan)
    positive, values, keep = known
    step = max(1, _CHUNK // values.size)
    return np.concatenate(
        [score(positive, values, weights[i : i + step][:, keep]) for i in range(0, len(weights), step)]
    )


def auroc_interval(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray, level: float = 0.95) -> Interval:
    """AUROC with its cluster bootstrap interval; `weights` from `patient_weights`."""
    low, high = percentiles(auroc_replicates(truth, scores, weights), level)
    return Interval(value=auroc(truth, scores), low=low, high=high)


def auprc_interval(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray, level: float = 0.95) -> Interval:
    """Average precision with its cluster bootstrap interval."""
    low, high = percentiles(auprc_replicates(truth, scores, weights), level)
    return Interval(value=auprc(truth, scores), low=low, high=high)


def mean_auroc_interval(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], weights: np.ndarray, level: float = 0.95
) -> Interval:
    """Mean AUROC over the findings that have one, resampled together; each pair is (truth, scores) of one finding.

    Only replicates in which every one of them is defined count.
    """
    defined = [(truth, scores, v) for truth, scores in pairs if (v := auroc(truth, scores)) is not None]
    if not defined:
        return Interval(value=None, low=None, high=None)
    values = [v for _, _, v in defined]
    replicates = np.stack([auroc_replicates(t, s, weights) for t, s, _ in defined])  # (L, B)
    usable = ~np.isnan(replicates).any(0)
    low, high = percentiles(replicates[:, usable].mean(0), level)
    return Interval(value=float(np.mean(values)), low=low, high=high)


def auroc_difference(
    truth: np.ndarray, scores: np.ndarray, others: np.ndarray, weights: np.ndarray, level: float = 0.95
) -> Interval:
    """AUROC of `scores` minus that of `others` on the same films, resampled together."""
    return mean_auroc_difference([(truth, scores, others)], weights, level)


def mean_auroc_difference(
    triples: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], weights: np.ndarray, level: float = 0.95
) -> Interval:
    """Difference in mean AUROC over findings; each triple is (truth, scores, others). All None where one finding's
    AUROC is undefined for either model, or where there are none."""
    values = [(auroc(t, s), auroc(t, o)) for t, s, o in triples]
    if not values or any(v is None for pair in values for v in pair):
        return Interval(value=None, low=None, high=None)
    replicates = np.stack([auroc_replicates(t, s, weights) - auroc_replicates(t, o, weights) for t, s, o in triples])
    usable = ~np.isnan(replicates).any(0)
    low, high = percentiles(replicates[:, usable].mean(0), level)
    return Interval(
        value=float(np.mean([a - b for a, b in values if a is not None and b is not None])), low=low, high=high
    )


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """A rate with Wilson's score interval (Wilson 1927); all None for no trials."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if trials == 0:
        return Interval(value=None, low=None, high=None)
    from scipy.special import ndtri  # noqa: PLC0415  scipy.special takes 0.1 s to import

    z, p = float(ndtri((1 + level) / 2)), successes / trials
    scale = 1 + z * z / trials
    centre = (p + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    return Interval(value=p, low=max(0.0, min(p, centre - half)), high=min(1.0, max(p, centre + half)))
