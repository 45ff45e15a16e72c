"""The document of `cxr-lens sanity --json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ...tools.maps.methods import saliency_maps
from ...tools.maps.saliency import METHOD
from ...training.errors import TableError
from ...training.films.sized import decode_film
from ...training.models.classifier import Classifier, normalise
from ...training.statistics import patient_weights
from ...training.tables import CaseTable
from .measure import curves, data_checks, randomisation

MOST_CHECKED = 12
"""Films that are compared with one another."""


def sanity_report(
    classifier: Classifier, table: CaseTable, *, films: int = 24, method: str = METHOD, seed: int = 0
) -> dict[str, Any]:
    """Every check on films taken evenly over a table. Deletion and insertion are about each film's highest finding."""
    config = classifier.config
    real = table.source != "simulated"
    labels = [
        i
        for i, label in enumerate(classifier.labels)
        if (name := config.finding_of.get(label)) is not None
        and table.findings.get(name).boxed
        and not (real and config.label_source.get(name) == "synthetic")
    ]
    if not labels:
        raise TableError(f"{config.name} assesses no finding with a place on the films of {table.name}")
    chosen = np.unique(np.linspace(0, len(table) - 1, min(films, len(table))).round().astype(int))
    rows = [table.frame.iloc[i] for i in chosen]
    pixels = np.stack([decode_film(table.path_of(row), config.preprocessing)[0] for row in rows])
    x = torch.from_numpy(pixels).to(classifier.device)[:, None].float() / 255
    x = normalise(x, config.preprocessing)  # (N, C, S, S)
    logits, maps = saliency_maps(classifier.network, x, method)
    grids = maps[:, labels].float().cpu().numpy()
    highest = logits[:, labels].argmax(dim=1).cpu().numpy()
    few = x[:MOST_CHECKED]
    each = [
        curves(classifier, x[i : i + 1], labels[k], grids[i, k], seed=seed + i)
        for i, k in enumerate(highest.tolist())
    ]
    weights = patient_weights([str(row["patient"]) for row in rows], 1000, seed=seed).astype(float)
    return {
        "model": config.name,
        "weights_sha256": classifier.weights_sha256,
        "method": method,
        "table": table.name,
        "films": len(rows),
        "findings": [config.finding_of[classifier.labels[i]] for i in labels],
        "randomisation": randomisation(classifier, few, labels, method=method, seed=seed),
        "data": data_checks(grids[:MOST_CHECKED]),
        **{kind: _summary([own[kind] for own in each], weights) for kind in ("deletion", "insertion")},
    }


def _summary(areas: list[dict[str, float]], weights: np.ndarray) -> dict[str, float]:
    own, random = (np.array([area[name] for area in areas]) for name in ("map", "random"))
    means = (weights @ (own - random)) / weights.sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "map": float(own.mean()),
        "random": float(random.mean()),
        "difference": float((own - random).mean()),
        "low": float(low),
        "high": float(high),
    }
