"""Scores of a classifier over a table, per finding and as means.

    predictions = predict_table(classifier, table)             # prediction.py
    report = evaluate(classifier, table, predictions)          # the document of `cxr-lens evaluate --json`

Intervals are percentiles of a bootstrap over patients. What cannot be computed is None, never 0 or 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import RequestError
from ..findings import COMPETITION
from ..models.classifier import Classifier
from ..policies import LabelPolicy
from ..statistics import (
    Interval,
    auprc_interval,
    auroc,
    auroc_interval,
    mean_auroc_interval,
    patient_weights,
)
from ..tables import CaseTable
from .calibration import brier, expected_calibration_error, reliability
from .decisions import decision_rates
from .prediction import TablePredictions
from .thresholds import FEWEST, enough

KNOWN_ONLY = LabelPolicy(uncertain="ignore", blank="ignore")
"""The truth models are measured against: uncertain and blank labels are left out."""
REPLICATES = 1000
FEW_PATIENTS = 100
"""Below this many patients a bootstrap interval is too narrow: the report calls it approximate."""


@dataclass(frozen=True)
class Scored:
    """Films of a table with their truth and one model's scores, in one order."""

    frame: pd.DataFrame
    """The table's rows of the films that were scored."""
    names: tuple[str, ...]
    """Findings the model has, in the findings' order."""
    truth: np.ndarray
    """(N, L) 1, 0 or NaN."""
    scores: np.ndarray
    """(N, L) in [0, 1]."""
    uncalibrated: np.ndarray
    """(N, L) in [0, 1]."""

    def pair(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        i = self.names.index(name)
        return self.truth[:, i], self.scores[:, i]

    def part(self, mask: np.ndarray) -> Scored:
        return Scored(
            self.frame.iloc[np.flatnonzero(mask)],
            self.names,
            self.truth[mask],
            self.scores[mask],
            self.uncalibrated[mask],
        )

    def defined(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if auroc(*self.pair(name)) is not None)


def join_truth(table: CaseTable, predictions: TablePredictions, policy: LabelPolicy = KNOWN_ONLY) -> Scored:
    """The predictions beside the table's truth."""
    frame = table.frame.set_index("case_id").loc[predictions.scores.index]
    names = tuple(name for name in table.findings.names if name in predictions.scores.columns)
    if not names:
        raise RequestError(f"the model has none of the findings of {table.name}")
    truth = policy.targets(frame, names)
    truth[:, [name in table.absent for name in names]] = np.nan  # no column: unknown, whatever blank means
    return Scored(
        frame,
        names,
        truth,
        predictions.scores[list(names)].to_numpy(dtype=float),
        predictions.uncalibrated[list(names)].to_numpy(dtype=float),
    )


def evaluate(
    classifier: Classifier,
    table: CaseTable,
    predictions: TablePredictions,
    *,
    policy: LabelPolicy = KNOWN_ONLY,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """The document of `cxr-lens evaluate --json`; subgroups.py and paired_evaluation.py add their parts."""
    scored = join_truth(table, predictions, policy)
    patients = scored.frame["patient"].tolist()
    weights = patient_weights(patients, replicates, seed=0)
    config = classifier.config
    findings: dict[str, Any] = {}
    undefined: dict[str, str] = {}
    for i, name in enumerate(scored.names):
        truth, scores = scored.pair(name)
        own = findings[name] = _about_finding(truth, scores, config.threshold(name).value, weights)
        own["threshold_rule"] = config.threshold(name).rule
        calibrated = name in config.calibration
        own["calibrated"] = calibrated
        own["ece_before"] = expected_calibration_error(truth, scored.uncalibrated[:, i])
        own["ece_after"] = expected_calibration_error(truth, scores) if calibrated else None
        own["brier"] = brier(truth, scores)
        own["reliability"] = [b.model_dump() for b in reliability(truth, scores) if b.count]
        own["label_source"] = config.label_source.get(name)
        if own["auroc"] is None:
            undefined[name] = _why_undefined(truth)
    defined = scored.defined()
    ample = tuple(name for name in defined if enough(scored.pair(name)[0]))
    mean = mean_over(scored, defined, weights)
    return {
        "model": classifier.name,
        "family": config.family,
        "weights_sha256": classifier.weights_sha256,
        "table": table.name,
        "truth_source": table.source,
        "policy": str(policy),
        "images": len(scored.frame),
        "patients": len(set(patients)),
        "skipped": list(predictions.skipped),
        "replicates": replicates,
        "approximate": len(set(patients)) < FEW_PATIENTS,
        "mean_auroc": mean.value,
        "mean_low": mean.low,
        "mean_high": mean.high,
        "mean_over": list(defined),
        "undefined": undefined,
        "not_assessed": [n for n in table.findings.names if n not in scored.names],
        "ample": _mean_block(scored, ample, weights) | {"fewest": FEWEST},
        "competition": _competition(scored, undefined, weights),
        "findings": findings,
    }


def _about_finding(truth: np.ndarray, scores: np.ndarray, threshold: float, weights: np.ndarray) -> dict[str, Any]:
    area, precision_area = auroc_interval(truth, scores, weights), auprc_interval(truth, scores, weights)
    rates = decision_rates(truth, scores, threshold, weights)
    positives = int((truth == 1).sum())
    known = int((~np.isnan(truth)).sum())
    own: dict[str, Any] = {
        "auroc": area.value,
        "low": area.low,
        "high": area.high,
        "positives": positives,
        "negatives": known - positives,
        "prevalence": positives / known if known else None,
        "auprc": precision_area.value,
        "auprc_low": precision_area.low,
        "auprc_high": precision_area.high,
        "threshold": threshold,
        "tp": rates.tp,
        "fp": rates.fp,
        "tn": rates.tn,
        "fn": rates.fn,
    }
    intervals = {
        "f1": rates.f1,
        "precision": rates.precision,
        "recall": rates.recall,
        "specificity": rates.specificity,
    }
    for name, interval in intervals.items():
        own |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return own


def _why_undefined(truth: np.ndarray) -> str:
    if not (truth == 1).any():
        return "no positive film" if (truth == 0).any() else "no film with a known truth"
    return "no negative film"


def mean_over(scored: Scored, names: Sequence[str], weights: np.ndarray) -> Interval:
    return mean_auroc_interval([scored.pair(name) for name in names], weights)


def _mean_block(scored: Scored, names: Sequence[str], weights: np.ndarray) -> dict[str, Any]:
    mean = mean_over(scored, names, weights)
    return {"mean_auroc": mean.value, "low": mean.low, "high": mean.high, "over": list(names)}


def _competition(scored: Scored, undefined: dict[str, str], weights: np.ndarray) -> dict[str, Any]:
    """The mean over the CheXpert competition's five labels; None unless all five are defined."""
    missing = {
        name: undefined.get(name, "the model or the table has no such finding")
        for name in COMPETITION
        if name in undefined or name not in scored.names
    }
    return _mean_block(scored, () if missing else COMPETITION, weights) | {"missing": missing}
