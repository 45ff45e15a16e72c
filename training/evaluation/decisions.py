"""Decisions at a threshold: TP, FP, TN, FN, and the rates made of them, with intervals over patients."""

from __future__ import annotations

import math

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..statistics import Interval, percentiles


class Rates(BaseModel):
    """Decisions at one threshold over the films with a known truth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tp: int
    fp: int
    tn: int
    fn: int
    f1: Interval
    """2 TP / (2 TP + FP + FN); None without positives."""
    precision: Interval
    """TP / (TP + FP); None where nothing is called positive."""
    recall: Interval
    """TP / (TP + FN), the sensitivity; None without positives."""
    specificity: Interval
    """TN / (TN + FP); None without negatives."""


def decision_rates(
    truth: np.ndarray, scores: np.ndarray, threshold: float, weights: np.ndarray, level: float = 0.95
) -> Rates:
    """Counts and rates where score >= threshold is called positive, with cluster bootstrap intervals.

    `truth` (N,) 1, 0 or NaN (left out); `scores` (N,); `weights` (B, N) from `patient_weights`.
    """
    truth, scores = np.asarray(truth, dtype=float), np.asarray(scores, dtype=float)
    keep = ~np.isnan(truth)
    if np.isnan(scores[keep]).any():
        raise ValueError("a film with a known truth has no score")
    positive, called = truth[keep] == 1, scores[keep] >= threshold
    cells = np.stack([positive & called, ~positive & called, ~positive & ~called, positive & ~called], 1)  # (N, 4)
    once = cells.sum(0)
    many = weights[:, keep].astype(np.float32) @ cells.astype(np.float32)  # (B, 4), whole numbers below 2**24

    def rate(top: tuple[float, ...], bottom: tuple[float, ...], needs: tuple[int, ...]) -> Interval:
        def of(counts: np.ndarray) -> np.ndarray:
            counts = np.atleast_2d(counts).astype(float)
            with np.errstate(invalid="ignore", divide="ignore"):
                value = (counts @ np.array(top)) / (counts @ np.array(bottom))
            return np.where(counts[:, list(needs)].sum(1) > 0, value, np.nan)

        value = float(of(once)[0])
        if math.isnan(value):
            return Interval(value=None, low=None, high=None)
        low, high = percentiles(of(many), level)
        return Interval(value=value, low=low, high=high)

    tp, fp, tn, fn = map(int, once)
    return Rates(
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
        f1=rate((2, 0, 0, 0), (2, 1, 0, 1), needs=(0, 3)),
        precision=rate((1, 0, 0, 0), (1, 1, 0, 0), needs=(0, 1)),
        recall=rate((1, 0, 0, 0), (1, 0, 0, 1), needs=(0, 3)),
        specificity=rate((0, 0, 1, 0), (0, 1, 1, 0), needs=(1, 2)),
    )
