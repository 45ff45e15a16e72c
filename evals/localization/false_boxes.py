"""Boxes drawn where nothing is: on films that the table and the readers both leave without the finding.

Finding more of the true boxes costs nothing if every map is boxed; this is the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...tools.anatomy.true_regions import MatchedRegions
from ...tools.maps.saliency import METHOD
from ...training.models.classifier import Classifier
from ...training.models.config import BoxRule
from ...training.tables import CaseTable
from .measure import Pair, assessed, drawn_boxes, film_pairs

FILMS = 300
"""At most, evenly over the table."""
RULES = ("map", "overlay")


def collect_absent(
    classifier: Classifier,
    table: CaseTable,
    matched: MatchedRegions,
    *,
    findings: Sequence[str],
    method: str = METHOD,
    batch: int = 16,
) -> list[Pair]:
    """Maps of those of the findings that the table calls absent on a film and that no reader drew there."""
    able = assessed(classifier, table, findings)

    def absent(row: pd.Series) -> dict[str, tuple[()]]:
        values = row.to_dict()
        drawn = matched.by_case.get(str(values["case_id"]), {})
        return {name: () for name in able if values[name] == 0 and name not in drawn}

    rows = [row for row in table.rows() if absent(row)]
    step = max(1, len(rows) / FILMS)
    rows = [rows[int(i * step)] for i in range(min(len(rows), FILMS))]
    return list(film_pairs(classifier, table, rows, absent, method=method, batch=batch))


def false_boxes(pairs: Sequence[Pair], rules: dict[str, BoxRule]) -> dict[str, Any]:
    """How many boxes each rule draws on maps of absent findings: per film, and on what share of the maps; also of the
    findings the model calls alone, which are the ones a report shows. None where there is no such film."""
    films = len({pair.case_id for pair in pairs})
    called = np.array([pair.positive for pair in pairs], bool)
    document: dict[str, Any] = {"films": films, "pairs": len(pairs), "called": int(called.sum())}
    rng = np.random.default_rng(0)  # no rule here draws at random
    for kind in RULES:
        counts = np.array([len(list(drawn_boxes(pair, rules, kind, rng))) for pair in pairs])
        document[kind] = {
            "per_film": float(counts.sum() / films) if films else None,
            "maps_boxed": float((counts > 0).mean()) if films else None,
            "per_film_called": float(counts[called].sum() / films) if films else None,
        }
    return document
