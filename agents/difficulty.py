"""How hard a case is for the models: from the truth, inferred without it, or as a user set it.

From the truth: easy when both models are right, average when exactly one is, hard when neither.

Inferred, when blind, by the first of these that fits:
  hard     the film is no frontal chest film, or its out-of-distribution score is 0.6 or more
  average  the models differ on a finding both assess
  hard     the models agree, but on some finding both scores lie within 0.05 of their thresholds
  easy     otherwise
It predicts the level and is always shown as predicted.
"""

from __future__ import annotations

from ..tools.schemas import Comparison
from ..training.radiographs.quality import Quality
from .explanation.facts import ROLES, Facts
from .explanation.prose import list_words, prose
from .records import Difficulty, Level

UNUSUAL = 0.6
CLOSE = 0.05
"""A score nearer than this to its threshold could as well lie on the other side."""


def true_difficulty(comparison: Comparison) -> Level | None:
    """The level against the truth, of the case or of the comparison's own finding; None where nothing was judged."""
    baseline, finetuned = comparison.baseline_judgement, comparison.finetuned_judgement
    if baseline is None or finetuned is None:
        return None
    right = baseline.right + finetuned.right
    return "easy" if right == 2 else "average" if right == 1 else "hard"


def decide_difficulty(
    comparison: Comparison, facts: Facts, quality: Quality, *, asked: Level | None = None
) -> Difficulty:
    """A user's level first, then the truth's, then the inferred one."""
    finding = comparison.finding
    if asked is not None:
        return Difficulty(level=asked, basis="user", finding=finding, reasons=("set by the user",))
    level = true_difficulty(comparison)
    if level is None:
        level, reason = infer_difficulty(comparison, facts, quality)
        return Difficulty(level=level, basis="inferred", finding=finding, reasons=(reason,))
    reason = {
        "easy": "both models are right",
        "average": "exactly one model is right",
        "hard": "neither model is right",
    }[level]
    return Difficulty(level=level, basis="ground_truth", finding=finding, reasons=(reason,))


def infer_difficulty(comparison: Comparison, facts: Facts, quality: Quality) -> tuple[Level, str]:
    """The level predicted without the truth, and why."""
    if not quality.frontal_chest:
        return "hard", "the film does not look like a frontal chest film"
    if quality.out_of_distribution >= UNUSUAL:
        return "hard", f"the film is unusual, with an out-of-distribution score of {quality.out_of_distribution:.2f}"
    if comparison.differing:
        return "average", f"the models differ on {list_words(comparison.differing)}"
    close = [name for name in comparison.findings if is_close(facts, name)]
    if close:
        lie = "lies" if len(close) == 1 else "lie"
        return "hard", f"the models agree, but {list_words(close)} {lie} close to both thresholds"
    about = prose(comparison.finding) if comparison.finding else "every finding both assess"
    return "easy", f"the models agree on {about} and no score lies close to both thresholds"


def is_close(facts: Facts, finding: str) -> bool:
    """Whether both models' scores lie within `CLOSE` of their thresholds."""
    readings = [facts.readings.get((role, finding)) for role in ROLES]
    return all(reading is not None and reading.margin < CLOSE for reading in readings)
