"""What a sentence says, as claims; and what it may refer to in the sentence before."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Quantity = Literal["all", "only", "neither"]


class Claim(NamedTuple):
    """One thing a sentence says."""

    kind: str
    """What sort of thing: picks the rule of claim_rules.py that holds it against the evidence."""
    text: str
    at: int
    roles: tuple[str, ...] = ()
    """Empty: the sentence names no model for it."""
    quantity: str = "all"
    """all: holds for every role; only: and not for the other; neither: for no model."""
    findings: tuple[str, ...] = ()
    value: Any = None
    negated: bool = False
    cue: str | None = None
    """For places: `peak`, `main` or `box`; for numbers what they measure."""


class Cited(NamedTuple):
    """What the evidence that a sentence cites is about."""

    roles: frozenset[str] = frozenset()
    findings: frozenset[str] = frozenset()
    boxes: bool = False
    only_boxes: bool = False
    """Boxes, and no map."""
    only_film: bool = False
    compared: bool = False
    """With the comparison, which is about both models."""


class Context(NamedTuple):
    """What a sentence may refer to without naming it: the sentence before, and the evidence it cites itself."""

    roles: tuple[str, ...] = ()
    """Models the sentence before named, in its order."""
    findings: tuple[str, ...] = ()
    """The findings it named last, as a list."""
    subject: str | None = None
    """The model it began with."""
    plural: bool = False
    pair: tuple[str, ...] = ()
    """The two models named last, for `the former` and `the latter`."""
    every: tuple[str, ...] = ()
    """All findings it named."""
    said: Claim | None = None
    """The call, outcome or place it stated last, for `the other does not`."""
    told: tuple[Claim, ...] = ()
    """All it stated of calls, outcomes, places and numbers, for `the same holds for X` and `a larger share`."""
    cited: Cited = Cited()

    def role(self) -> tuple[str, ...]:
        """The models a sentence without any is about; none where that is open."""
        named = tuple(dict.fromkeys(self.roles))
        if not named and len(self.cited.roles) == 1:
            return tuple(self.cited.roles)
        if len(named) == 1:
            cited = self.cited
            return named if cited.compared or not cited.roles or named[0] in cited.roles else ()
        if len(self.cited.roles) == 1:
            return tuple(r for r in named if r in self.cited.roles)
        if self.subject and (not self.cited.roles or self.subject in self.cited.roles) and not self.plural:
            return (self.subject,)
        return named

    def finding(self) -> tuple[str, ...]:
        group = self.findings
        if not group and len(self.cited.findings) == 1:
            return tuple(self.cited.findings)
        if len(group) > 1 and len(self.cited.findings) == 1:
            return tuple(f for f in dict.fromkeys((*group, *self.every)) if f in self.cited.findings)
        if len(group) == 1 and len(self.cited.findings) == 1 and group[0] not in self.cited.findings:
            return tuple(f for f in self.every if f in self.cited.findings)
        return group


NOTHING_BEFORE = Context()
