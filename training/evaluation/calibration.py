"""Calibration of scores: Platt and temperature scaling, and how far scores are from frequencies (ECE, Brier).

Both scalings give a `Platt`, probability = sigmoid(slope * logit + intercept); a temperature T is the slope 1/T with no
intercept. Neither changes the order of the films, so AUROC and average precision stay as they are.
"""

from __future__ import annotations

import math

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..errors import RequestError
from ..models.config import Platt
from .thresholds import enough

CALIBRATIONS = ("platt", "temperature", "none")
BINS = 10
_SLOPES = (1e-3, 1e3)
"""Slopes a temperature is looked for in; one at the lower end says that the logits carry nothing."""


class ReliabilityBin(BaseModel):
    """Films whose score lies in [low, high), the last bin closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    count: int = Field(ge=0)
    mean_score: float | None
    """None in an empty bin."""
    positive_share: float | None
    """Share of the bin's films with the finding."""


def fit_calibration(kind: str, truth: np.ndarray, logits: np.ndarray) -> Platt | None:
    """`platt`, `temperature` or `none`; None where there is nothing to fit on, or where the fit makes no sense."""
    if kind == "platt":
        return fit_platt(truth, logits)
    if kind == "temperature":
        return fit_temperature(truth, logits)
    if kind == "none":
        return None
    raise RequestError(f"{kind!r} is not a calibration; expected {', '.join(CALIBRATIONS)}")


def fit_platt(truth: np.ndarray, logits: np.ndarray) -> Platt | None:
    """Platt scaling with Platt's smoothed targets; None on too few films, or where the slope is not positive."""
    known = ~np.isnan(truth)
    positive, x = truth[known] == 1, np.asarray(logits, dtype=float)[known]
    if not enough(truth[known]):
        return None
    from scipy.optimize import minimize  # noqa: PLC0415  takes 0.3 s to import

    n1, n0 = positive.sum(), (~positive).sum()
    target = np.where(positive, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        z = ab[0] * x + ab[1]
        error = 1 / (1 + np.exp(-np.clip(z, -60, 60))) - target
        value = float(np.sum(np.logaddexp(0, z) - target * z))
        return value, np.array([np.sum(error * x), np.sum(error)])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS")
    slope, intercept = map(float, found.x)
    if not (np.isfinite(slope) and np.isfinite(intercept)) or slope <= 0:
        return None
    return Platt(slope=slope, intercept=intercept)


def fit_temperature(truth: np.ndarray, logits: np.ndarray) -> Platt | None:
    """Temperature scaling (Guo et al., ICML 2017): the T that minimises the log loss of sigmoid(logit / T).

    None on fewer than ten positives or negatives, or where the logits do not point to the finding.
    """
    known = ~np.isnan(truth)
    positive, x = (truth[known] == 1).astype(float), np.asarray(logits, dtype=float)[known]
    if not enough(truth[known]):
        return None
    from scipy.optimize import minimize_scalar  # noqa: PLC0415  takes 0.3 s to import

    def loss(log_slope: float) -> float:
        z = math.exp(log_slope) * x
        return float(np.mean(np.logaddexp(0, z) - positive * z))

    low, high = map(math.log, _SLOPES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-8})
    slope = math.exp(float(found.x))
    if slope < 2 * _SLOPES[0]:
        return None
    return Platt(slope=slope, intercept=0.0)


def _known(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    truth, scores = np.asarray(truth, dtype=float), np.asarray(scores, dtype=float)
    if truth.shape != scores.shape or truth.ndim != 1:
        raise ValueError(f"truth {truth.shape} and scores {scores.shape} must be equally long vectors")
    keep = ~np.isnan(truth)
    if not keep.any() or np.isnan(scores[keep]).any():
        return None
    return truth[keep] == 1, scores[keep]


def reliability(truth: np.ndarray, scores: np.ndarray, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Bins of equal width over [0, 1]. `truth` (N,) 1, 0 or NaN (left out); `scores` (N,) in [0, 1].

    Empty where no film has a known truth, or where one of those has no score.
    """
    known = _known(truth, scores)
    if known is None:
        return ()
    positive, values = known
    place = np.clip((values * bins).astype(int), 0, bins - 1)
    out = []
    for i in range(bins):
        own = place == i
        count = int(own.sum())
        out.append(
            ReliabilityBin(
                low=i / bins,
                high=(i + 1) / bins,
                count=count,
                mean_score=float(values[own].mean()) if count else None,
                positive_share=float(positive[own].mean()) if count else None,
            )
        )
    return tuple(out)


def expected_calibration_error(truth: np.ndarray, scores: np.ndarray, bins: int = BINS) -> float | None:
    """ECE: mean over films of |mean score - share of positives| of their bin, in [0, 1], 0 is best.

    Naeini et al., AAAI 2015, on the score of the finding itself (not of the likelier class). None without films.
    """
    parts = [b for b in reliability(truth, scores, bins) if b.count]
    if not parts:
        return None
    gaps = [b.count * abs((b.mean_score or 0.0) - (b.positive_share or 0.0)) for b in parts]
    return sum(gaps) / sum(b.count for b in parts)


def brier(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """Mean squared distance of score and truth (Brier 1950), in [0, 1], 0 is best. None without films."""
    known = _known(truth, scores)
    return None if known is None else float(np.mean((known[1] - known[0]) ** 2))
