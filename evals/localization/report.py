"""The document of `cxr-lens localize --json`: rates and IoU with intervals over patients, per finding and pooled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...tools.maps.saliency import METHOD
from ...training.findings import CHEXPERT
from ...training.models.config import BoxRule
from ...training.statistics import patient_weights
from .false_boxes import false_boxes
from .measure import (
    CENTRE_SIGMA,
    FIXED,
    Measures,
    Pair,
    box_accuracy,
    centre_map,
    fit_rules,
    fit_thresholds,
    measure_pairs,
)

REPLICATES = 1000
RANDOM_DRAWS = 20


def localization_report(
    pairs: Sequence[Pair],
    *,
    method: str = METHOD,
    fit_pairs: Sequence[Pair] = (),
    absent: Sequence[Pair] = (),
    rules: dict[str, BoxRule] | None = None,
    order: Sequence[str] = CHEXPERT.names,
) -> dict[str, Any]:
    """Everything measured on the pairs. With `fit_pairs` thresholds and gates are fitted on them, for the map and for
    the centre alike; else the model's own `rules` are used where it has any.

    absent: maps of findings that are not there (false_boxes.py). order: of the findings.
    """
    drawn = fit_rules(fit_pairs) if fit_pairs else dict(rules or {})
    own_cuts = {finding: rule.threshold for finding, rule in drawn.items()}
    fitted = fit_thresholds(fit_pairs, Pair.smooth) if fit_pairs else own_cuts
    centre_fitted = fit_thresholds(fit_pairs, lambda pair: centre_map(pair.shape))
    measures = measure_pairs(pairs, fitted, centre_fitted)
    name = "gradcam" if method == METHOD else method
    weights = patient_weights([pair.patient for pair in pairs], REPLICATES, seed=0).astype(float)  # (B, P)
    counted = np.array([len(pair.regions) for pair in pairs])
    positive = np.array([pair.positive for pair in pairs])
    findings = [f for f in order if any(pair.finding == f for pair in pairs)]

    def maps(kept: np.ndarray) -> dict[str, Any]:
        return {
            name if key == "map" else key: _summary(own.part(kept), weights[:, kept], int(counted[kept].sum()))
            for key, own in measures.items()
        }

    per_finding = {}
    for finding in findings:
        kept = np.array([pair.finding == finding for pair in pairs])
        per_finding[finding] = {
            "pairs": int(kept.sum()),
            "true_positives": int((kept & positive).sum()),
            "maps": maps(kept),
        }
    everything = np.ones(len(pairs), bool)
    return {
        "method": method,
        "films": len({pair.case_id for pair in pairs}),
        "patients": len({pair.patient for pair in pairs}),
        "pairs": len(pairs),
        "boxes": int(counted.sum()),
        "maps": maps(everything),
        "better_than": {
            control: {
                measure: _difference(measures["map"], measures[control], key, weights)
                for measure, key in (("hit_rate", "hit"), ("miou", "fixed"), ("miou_fitted", "fitted"))
            }
            for control in ("random", "centre")
        },
        "true_positives": {"pairs": int(positive.sum()), "maps": maps(positive) if positive.any() else None},
        "findings": per_finding,
        "box_accuracy": {
            "map": box_accuracy(pairs, drawn, "map"),
            "overlay": box_accuracy(pairs, drawn, "overlay"),
            "random": box_accuracy(pairs, drawn, "random", RANDOM_DRAWS),
            "centre": box_accuracy(pairs, _centre_rules(centre_fitted), "centre"),
        },
        "false_boxes": false_boxes(absent, drawn),
        "thresholds": {
            "fixed": FIXED,
            "masks": fitted,
            "fitted": {finding: rule.model_dump() for finding, rule in drawn.items()},
            "fitted_on_pairs": len(fit_pairs),
        },
        "controls": {
            "random": "noise: hits with the region's share of the film; a mask as large as the method's",
            "centre": f"a Gaussian at the film's centre, standard deviation {CENTRE_SIGMA:g} of each edge",
        },
    }


def _centre_rules(cuts: dict[str, float]) -> dict[str, BoxRule]:
    return {finding: BoxRule(threshold=cut, films=0) for finding, cut in cuts.items()}


def _summary(own: Measures, weights: np.ndarray, boxes: int) -> dict[str, Any]:
    out: dict[str, Any] = {"pairs": len(own.hit), "boxes": boxes}
    for key, values in (
        ("hit_rate", own.hit),
        ("miou", own.fixed),
        ("miou_otsu", own.otsu),
        ("miou_fitted", own.fitted),
    ):
        low, high = _interval(values, weights)
        stem = "hit" if key == "hit_rate" else key
        out |= {key: float(values.mean()), f"{stem}_low": low, f"{stem}_high": high}
    return out


def _interval(values: np.ndarray, weights: np.ndarray) -> tuple[float | None, float | None]:
    totals = weights.sum(1)
    means = (weights @ values)[totals > 0] / totals[totals > 0]
    if not len(means):
        return None, None
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _difference(a: Measures, b: Measures, key: str, weights: np.ndarray) -> dict[str, Any]:
    """Mean of a - b over pairs, with its interval over patients."""
    values = getattr(a, key) - getattr(b, key)
    low, high = _interval(values, weights)
    return {"difference": float(values.mean()), "low": low, "high": high}
