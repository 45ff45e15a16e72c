"""A model's surest mistakes, grouped by where it looked.

    worst = surest_mistakes(classifier, table, predictions, limit=12)

A false positive is surest where the score lies furthest above its threshold, a false negative where it lies furthest
below, both as a share of the room there is (0 at the threshold, 1 at the end of the scale).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ...tools.compare_models import outcome
from ...tools.schemas import Heatmap, Outcome, Prediction, TruthValue

MOSTLY = 0.5
"""Share of a map from which on a place is where the model looked."""


class Mistake(NamedTuple):
    case_id: str
    finding: str
    outcome: Outcome
    score: float
    threshold: float
    margin: float
    """0 to 1, see above."""


def surest_mistakes(
    predictions: dict[str, Prediction], truths: dict[str, dict[str, TruthValue]], limit: int
) -> dict[Outcome, list[Mistake]]:
    """FP and FN of one model over cases, surest first, `limit` of each; No Finding is left out."""
    found: dict[Outcome, list[Mistake]] = {"FP": [], "FN": []}
    for case_id, prediction in predictions.items():
        for name, score in prediction.findings.items():
            kind = outcome(score, truths[case_id].get(name))
            if name == "No Finding" or kind not in found:
                continue
            room = 1 - score.threshold if kind == "FP" else score.threshold
            margin = abs(score.score - score.threshold) / room if room > 0 else 0.0
            found[kind].append(Mistake(case_id, name, kind, score.score, score.threshold, margin))
    return {kind: sorted(each, key=lambda m: (-m.margin, m.case_id))[:limit] for kind, each in found.items()}


def where_it_looked(heatmap: Heatmap | None) -> str:
    """In words, from a heatmap's shares; the odd places first."""
    if heatmap is None or heatmap.places is None:
        return "nowhere: the map is empty"
    places = heatmap.places
    if places.text >= 0.2:
        return "at burnt-in text or a side marker"
    if places.outside_body >= MOSTLY:
        return "outside the body"
    if places.film_edge >= MOSTLY:
        return "at the film's edge"
    if places.below_diaphragm >= MOSTLY:
        return "below the diaphragm"
    if heatmap.plausibility is not None and heatmap.plausibility.plausible:
        return "in the finding's usual places"
    if places.heart >= MOSTLY:
        return "at the heart"
    if places.thorax >= MOSTLY:
        return "inside the thorax, outside the finding's usual places"
    return "spread out"


def grouped(looks: Sequence[tuple[Mistake, str]]) -> dict[str, list[Mistake]]:
    """Mistakes by where the model looked, the largest group first."""
    groups: dict[str, list[Mistake]] = defaultdict(list)
    for mistake, place in looks:
        groups[place].append(mistake)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))
