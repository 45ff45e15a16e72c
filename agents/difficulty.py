"""How hard a case is for the models: from the truth, inferred without it, or as a user set it.

From the truth: easy when both models are right, average when exactly one is, hard when neither.

Inferred, when blind, by the first of these that fits:
  hard     the film is no frontal chest film, or its out-of-distribution score is 0.6 or more
  average  the models' calls do not match: with the other's calls as truth, F1 is below the case rule's minimum
  hard     the case F1 the fine-tuned model expects by its own calibrated scores is below that minimum
  hard     the models agree on everything, but on some finding both scores lie within 0.05 of their thresholds
  easy     otherwise
For one finding, calls match when they are the same, and no F1 is expected. It predicts the level and is always shown
as predicted. Calls are counted as the case rule counts them: naming a child counts for its parent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..tools.compare_models import with_parents
from ..tools.schemas import Comparison, Role
from ..training.findings import FindingSet
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
    comparison: Comparison, facts: Facts, quality: Quality, findings: FindingSet, *, asked: Level | None = None
) -> Difficulty:
    """A user's level first, then the truth's, then the inferred one."""
    finding = comparison.finding
    if asked is not None:
        return Difficulty(level=asked, basis="user", finding=finding, reasons=("set by the user",))
    level = true_difficulty(comparison)
    if level is None:
        level, reason = infer_difficulty(comparison, facts, quality, findings)
        return Difficulty(level=level, basis="inferred", finding=finding, reasons=(reason,))
    reason = {
        "easy": "both models are right",
        "average": "exactly one model is right",
        "hard": "neither model is right",
    }[level]
    return Difficulty(level=level, basis="ground_truth", finding=finding, reasons=(reason,))


def infer_difficulty(
    comparison: Comparison, facts: Facts, quality: Quality, findings: FindingSet
) -> tuple[Level, str]:
    """The level predicted without the truth, and why."""
    if not quality.frontal_chest:
        return "hard", "the film does not look like a frontal chest film"
    if quality.out_of_distribution >= UNUSUAL:
        return "hard", f"the film is unusual, with an out-of-distribution score of {quality.out_of_distribution:.2f}"
    calls = {role: called(comparison, role, findings) for role in ROLES}
    minimum = comparison.rule.minimum_f1
    if (comparison.finding and comparison.differing) or matching_f1(calls["baseline"], calls["finetuned"]) < minimum:
        return "average", f"the models differ on {list_words(comparison.differing)}"
    if comparison.finding is None:
        expected = expected_f1(calls["finetuned"], _probabilities(comparison, facts, findings))
        if expected is not None and expected < minimum:
            return "hard", "by its own calibrated scores the fine-tuned model is unsure of its answers on the whole"
    close = [] if comparison.differing else [name for name in comparison.findings if is_close(facts, name)]
    if close:
        lie = "lies" if len(close) == 1 else "lie"
        return "hard", f"the models agree, but {list_words(close)} {lie} close to both thresholds"
    if comparison.differing:
        return "easy", "most calls of either model are calls of both"
    about = prose(comparison.finding) if comparison.finding else "every finding both assess"
    return "easy", f"the models agree on {about} and no score lies close to both thresholds"


def called(comparison: Comparison, role: Role, findings: FindingSet) -> frozenset[str]:
    """Findings that count on the case and that one model calls, parents of called ones included."""
    counting = _counting(comparison, findings)
    named = [n for n in counting if getattr(comparison.findings[n], f"{role}_positive")]
    return frozenset(with_parents(named, findings) & counting)


def matching_f1(one: Collection[str], other: Collection[str]) -> float:
    """F1 of one model's calls with the other's as truth (the Dice coefficient); 1 where neither calls anything."""
    total = len(one) + len(other)
    return 2 * len(set(one) & set(other)) / total if total else 1.0


def expected_f1(calls: Collection[str], probabilities: Mapping[str, float]) -> float | None:
    """2 E[TP] / (calls + E[positives]), the F1 that calls would have were the probabilities right. None without calls,
    or where a call has no probability."""
    if not calls or any(name not in probabilities for name in calls):
        return None
    return 2 * sum(probabilities[n] for n in calls) / (len(calls) + sum(probabilities.values()))


def _counting(comparison: Comparison, findings: FindingSet) -> frozenset[str]:
    """Findings the case rule counts and both models assess."""
    judged = {f.name for f in findings.each() if f.judged and f.name not in comparison.rule.left_out}
    return frozenset(name for name, row in comparison.findings.items() if row.agree is not None and name in judged)


def _probabilities(comparison: Comparison, facts: Facts, findings: FindingSet) -> dict[str, float]:
    """The fine-tuned model's calibrated scores of findings that count."""
    readings = {name: facts.readings.get(("finetuned", name)) for name in _counting(comparison, findings)}
    return {name: reading.score for name, reading in readings.items() if reading is not None and reading.calibrated}


def is_close(facts: Facts, finding: str) -> bool:
    """Whether both models' scores lie within `CLOSE` of their thresholds."""
    readings = [facts.readings.get((role, finding)) for role in ROLES]
    return all(reading is not None and reading.margin < CLOSE for reading in readings)
