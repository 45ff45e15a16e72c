"""Which findings a report is about: the ones worth a map, best first."""

from __future__ import annotations

from ..tools.schemas import Comparison
from ..training.findings import FindingSet
from .explanation.facts import ROLES, Facts


def choose_findings(
    comparison: Comparison,
    facts: Facts,
    findings: FindingSet,
    limit: int,
    asked: str | None = None,
    *,
    shared_first: bool = False,
) -> tuple[str, ...]:
    """Up to `limit` findings: the asked one alone, else those the models differ on, those both miss, those called.

    `shared_first` puts those both call, not falsely, before all others: what an easy case, on which both models are
    right, is about.
    Within each group the clearest first (largest margin); a parent such as Lung Opacity comes after its kinds, findings
    that are not judged come last. Where nothing is called, the one nearest its threshold.
    """
    placed = [f.name for f in findings.each() if f.boxed]
    if asked is not None:
        return (asked,) if asked in placed else ()
    missed = [n for n in placed if all(facts.outcome(role, n) == "FN" for role in ROLES)]
    called = [n for n in placed if any(_called(facts, role, n) for role in ROLES)]
    chosen: dict[str, int] = {}
    shared = [n for n in called if shared_first and all(_rightly_called(facts, role, n) for role in ROLES)]
    for rank, group in enumerate((shared, comparison.differing, missed, called)):
        for name in group:
            if name in placed:
                chosen.setdefault(name, rank)
    if not chosen:
        near = [n for n in placed if any((role, n) in facts.readings for role in ROLES)]
        return tuple(sorted(near, key=lambda n: _distance(facts, n))[:1])

    def order(name: str) -> tuple[bool, bool, int, float]:
        has_kind = any(kind in chosen for kind in findings.descendants(name))
        return not findings.get(name).judged, has_kind, chosen[name], -_clearest(facts, name)

    return tuple(sorted(chosen, key=order)[:limit])


def _called(facts: Facts, role: str, name: str) -> bool:
    reading = facts.readings.get((role, name))
    return reading is not None and reading.positive


def _rightly_called(facts: Facts, role: str, name: str) -> bool:
    """Called, and not known to be false."""
    return _called(facts, role, name) and facts.outcome(role, name) != "FP"


def _clearest(facts: Facts, name: str) -> float:
    return max((facts.readings[r, name].margin for r in ROLES if (r, name) in facts.readings), default=0.0)


def _distance(facts: Facts, name: str) -> float:
    """How far below its threshold the nearer model's score lies."""
    return min(facts.readings[r, name].margin for r in ROLES if (r, name) in facts.readings)
