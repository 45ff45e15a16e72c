"""Decision thresholds, fitted per finding, never on fewer than ten positives or negatives."""

from __future__ import annotations

import re

import numpy as np

from ..errors import RequestError
from ..models.config import Threshold

FEWEST = 10
"""Positives (and negatives) a threshold or a calibration is fitted on at least."""


def _check_rule(rule: str) -> float | None:
    """None for `youden` and `f1`; the wanted sensitivity for `sensitivity=0.9`."""
    if rule in ("youden", "f1"):
        return None
    match = re.fullmatch(r"sensitivity=(0?\.\d+|1(?:\.0*)?)", rule)
    if match is None:
        raise RequestError(f"{rule!r} is not a threshold rule; expected youden, f1 or sensitivity=0.9")
    return float(match[1])


def check_rule(rule: str) -> str:
    """The rule itself; `RequestError` where there is none of that name."""
    _check_rule(rule)
    return rule


def enough(truth: np.ndarray) -> bool:
    """Whether there are positives and negatives enough to fit on. Truth is 1, 0 or NaN."""
    return bool((truth == 1).sum() >= FEWEST and (truth == 0).sum() >= FEWEST)


def rates_at(truth: np.ndarray, scores: np.ndarray, value: float) -> tuple[float | None, float | None]:
    """(sensitivity, specificity) where score >= value is positive; None without positives or negatives."""
    positive, negative = truth == 1, truth == 0
    called = scores >= value
    return (
        float(called[positive].mean()) if positive.any() else None,
        float((~called[negative]).mean()) if negative.any() else None,
    )


def fit_threshold(truth: np.ndarray, scores: np.ndarray, rule: str = "youden", default: float = 0.5) -> Threshold:
    """The threshold of a finding. `truth` (N,) 1, 0 or NaN; `scores` (N,) in [0, 1].

    Lies half-way between two neighbouring scores. Below ten positives or negatives it is the default, and says so;
    the sensitivity and specificity there are still given.
    """
    wanted = _check_rule(rule)
    known = ~np.isnan(truth)
    truth, scores = truth[known], np.asarray(scores, dtype=float)[known]
    positives = int((truth == 1).sum())
    value = default
    if enough(truth):
        value = _best_cut(truth == 1, scores, rule, wanted)
    else:
        rule = "default"
    sensitivity, specificity = rates_at(truth, scores, value)
    return Threshold(value=value, rule=rule, sensitivity=sensitivity, specificity=specificity, positives=positives)


def _best_cut(positive: np.ndarray, scores: np.ndarray, rule: str, wanted: float | None) -> float:
    order = np.argsort(-scores, kind="stable")
    s, p = scores[order], positive[order]
    last = np.flatnonzero(np.r_[np.diff(s) < 0, True])  # last film of each distinct score
    tp, fp = np.cumsum(p)[last], np.cumsum(~p)[last]
    sensitivity, specificity = tp / p.sum(), 1 - fp / (~p).sum()
    if wanted is not None:
        best = int(np.argmax(sensitivity >= wanted))  # the highest cut that reaches it
    elif rule == "f1":
        best = int(np.argmax(2 * tp / (tp + fp + p.sum())))
    else:
        best = int(np.argmax(sensitivity + specificity))
    cut = s[last[best]]
    below = s[last[best] + 1] if last[best] + 1 < s.size else 0.0
    return float(np.clip((cut + below) / 2, 0, 1))
