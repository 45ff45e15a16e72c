"""What a claim is held against: the facts of the evidence it may rest on, and the case it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...state import Brief
from ..facts import ROLES, Facts, Look
from ..prose import NAMES, prose
from ..reading.claims import Claim


@dataclass(frozen=True)
class Held:
    """What one claim is held against."""

    facts: Facts
    brief: Brief

    def findings(self, claim: Claim) -> tuple[str, ...]:
        return claim.findings or ((self.brief.finding,) if self.brief.finding else ())

    def called(self, role: str, finding: str) -> bool | None:
        reading = self.facts.readings.get((role, finding))
        return reading.positive if reading is not None else self.facts.row(finding).get(f"{role}_positive")

    def score(self, role: str, finding: str) -> float | None:
        reading = self.facts.readings.get((role, finding))
        return reading.score if reading is not None else self.facts.row(finding).get(f"{role}_score")

    def truth(self, finding: str) -> str | None:
        """What the labels say of a finding, from the labels or from the comparison with them."""
        told = self.facts.truth.get(finding)
        row = self.facts.row(finding).get("truth")
        return told if told is not None else row["value"] if row else None

    def assessed(self, role: str) -> int:
        """Findings a model has a score for, without No Finding."""
        return sum(f != "No Finding" for f in self.facts.assessed(role))

    def look(self, role: str, finding: str) -> Look | None:
        return self.facts.looks.get((role, finding))


Rule = Callable[[Claim, Held], "str | None"]
"""None where the facts say what the claim says, else the exact reason."""


def each(claim: Claim, held: Held, holds: Callable[[str, str], bool | None], says: str) -> str | None:
    """The claim for every finding it names and every model it names, as its quantity and negation say."""
    findings = held.findings(claim)
    if not findings:
        return f"{claim.text!r} does not say of which finding"
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    for finding in findings:
        for role in ROLES:
            value = holds(role, finding)
            if role in claim.roles:
                wanted = not claim.negated
                if claim.quantity == "neither":
                    wanted = not wanted
                if value is None and (role, finding) in held.facts.not_assessed and says == "calls":
                    return f"{NAMES[role]} does not assess {prose(finding)}"
                if value is None:
                    return f"no evidence says that {NAMES[role]} {says} {prose(finding)}"
                if value != wanted:
                    return f"{NAMES[role]} {'does' if value else 'does not'}: {says} {prose(finding)}"
            elif claim.quantity == "only" and bool(value) == (not claim.negated):
                return f"not only {NAMES[claim.roles[0]]}: {says} {prose(finding)}"
    return None


def with_negation(claim: Claim, negated: bool) -> Claim:
    return claim._replace(negated=negated)
