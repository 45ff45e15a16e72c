"""One model against another on the same films, such as fine-tuned against baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..models.classifier import Classifier
from ..statistics import auroc, auroc_difference, mean_auroc_difference, patient_weights
from .measure import REPLICATES, Scored


def compare(ours: Scored, theirs: Scored, other: Classifier, replicates: int = REPLICATES) -> dict[str, Any]:
    """Our AUROC minus theirs on the films both scored, resampled together (a paired interval)."""
    common = [i for i in ours.frame.index if i in set(theirs.frame.index)]
    a, b = ours.frame.index.get_indexer(common), theirs.frame.index.get_indexer(common)
    frame = ours.frame.iloc[a]
    weights = patient_weights(frame["patient"].tolist(), replicates, seed=0)
    findings: dict[str, Any] = {}
    triples: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    over: list[str] = []
    for name in ours.names:
        if name not in theirs.names:
            continue
        truth, own = ours.pair(name)
        triple = (truth[a], own[a], theirs.pair(name)[1][b])
        difference = auroc_difference(*triple, weights)
        findings[name] = {
            "auroc": auroc(triple[0], triple[1]),
            "other_auroc": auroc(triple[0], triple[2]),
            "difference": difference.value,
            "low": difference.low,
            "high": difference.high,
        }
        if difference.value is not None:
            triples.append(triple)
            over.append(name)
    mean = mean_auroc_difference(triples, weights)
    return {
        "model": other.name,
        "weights_sha256": other.weights_sha256,
        "images": len(common),
        "mean_auroc": _average([findings[n]["auroc"] for n in over]),
        "other_mean_auroc": _average([findings[n]["other_auroc"] for n in over]),
        "difference": mean.value,
        "low": mean.low,
        "high": mean.high,
        "over": over,
        "findings": findings,
    }


def _average(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
