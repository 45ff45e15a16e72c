"""AUROC by sex, age band and projection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..statistics import auroc_interval, patient_weights
from .measure import FEW_PATIENTS, REPLICATES, Scored, mean_over

AGE_BANDS = ((0, 39), (40, 59), (60, 79), (80, 200))
"""Years, both ends included."""


def subgroups(scored: Scored, replicates: int = REPLICATES) -> dict[str, Any]:
    """AUROC by sex, age band and projection.

    Per axis: `mean_over`, the findings defined in each of its groups, so that the groups' means compare (a group so
    small that it has none, such as a single film, is passed over); per group its films, patients, that mean and each
    finding's AUROC with interval and positives.
    """
    axes = {
        "sex": _texts(scored.frame, "Sex"),
        "age": _age_bands(scored.frame),
        "projection": _texts(scored.frame, "projection"),
    }
    out: dict[str, Any] = {}
    for axis, values in axes.items():
        groups = sorted(set(values) - {"", "Unknown"})
        parts = {g: scored.part(values == g) for g in groups}
        defined = [names for p in parts.values() if (names := p.defined())]
        shared = [name for name in scored.names if defined and all(name in names for names in defined)]
        out[axis] = {
            "mean_over": shared,
            "unknown": len(scored.frame) - sum(len(p.frame) for p in parts.values()),
            "groups": {g: _about_group(p, shared, replicates) for g, p in parts.items()},
        }
    return out


def _about_group(part: Scored, shared: Sequence[str], replicates: int) -> dict[str, Any]:
    patients = part.frame["patient"].tolist()
    weights = patient_weights(patients, replicates, seed=0)
    mean = mean_over(part, shared, weights)
    findings = {}
    for name in part.names:
        interval = auroc_interval(*part.pair(name), weights)
        positives = int((part.pair(name)[0] == 1).sum())
        findings[name] = {
            "auroc": interval.value,
            "low": interval.low,
            "high": interval.high,
            "positives": positives,
        }
    return {
        "images": len(patients),
        "patients": len(set(patients)),
        "approximate": len(set(patients)) < FEW_PATIENTS,
        "mean_auroc": mean.value,
        "low": mean.low,
        "high": mean.high,
        "findings": findings,
    }


def _texts(frame: pd.DataFrame, column: str) -> np.ndarray:
    """(N,) str, empty where blank."""
    return np.array(["" if pd.isna(value) else str(value) for value in frame[column]], dtype=str)


def _age_bands(frame: pd.DataFrame) -> np.ndarray:
    years = np.asarray(pd.to_numeric(pd.Series(frame["Age"]), errors="coerce"), dtype=float)
    out = np.full(len(frame), "", dtype="<U16")
    for low, high in AGE_BANDS:
        out[(years >= low) & (years < high + 1)] = f"{low} to {high}" if high < 200 else f"{low} and over"
    return out
