"""What a claim is held against: the facts of the evidence it may rest on, and the case it is about."""

from __future__ import annotations

from dataclasses import dataclass

from ..state import Brief
from .claims import Claim
from .facts import Facts, Look


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
