"""What the narrator tells from: one case's facts, and `say`, which fills a part of the prompt and cites evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ...prompts.loader import Prompt
from ...tools.schemas import Role, slug
from ..records import Sentence
from ..state import Brief
from .facts import ROLES, Facts, Look, Reading, read_facts
from .prose import NAMES, place, prose

SHOWN_ZONES = 0.15
"""Zones with less of a map than this are not among those it mainly lies in."""

HEART_SIZE = ("Cardiomegaly", "Enlarged Cardiomediastinum")
"""Findings whose size an AP film exaggerates."""


@dataclass(frozen=True)
class Row:
    """One finding with both readings, named as in a sentence."""

    finding: str
    name: str
    baseline: Reading | None
    finetuned: Reading | None


@dataclass(frozen=True)
class Telling:
    """A case as the narrator sees it."""

    brief: Brief
    prompt: Prompt

    @cached_property
    def facts(self) -> Facts:
        return read_facts(self.brief.evidence)

    @cached_property
    def focus(self) -> tuple[str, ...]:
        """Findings with a map or boxes, the most important first."""
        return tuple(dict.fromkeys(finding for _, finding in self.facts.looks))

    @cached_property
    def compare_id(self) -> str:
        return f"compare.{slug(self.brief.finding)}" if self.brief.finding else "compare"

    def say(self, part: str, evidence: Iterable[str], **values: Any) -> Sentence:
        """A sentence from a part of the prompt; evidence that was not collected is left out."""
        return Sentence(text=self.phrase(part, **values), evidence=self.known(evidence))

    def phrase(self, part: str, **values: Any) -> str:
        return " ".join(self.prompt.render(part, **values).split())

    def known(self, evidence: Iterable[str]) -> tuple[str, ...]:
        return tuple(e for e in dict.fromkeys(evidence) if e in self.facts.ids)

    def row(self, finding: str) -> Row:
        readings = self.facts.readings
        return Row(finding, prose(finding), readings.get(("baseline", finding)), readings.get(("finetuned", finding)))

    def look(self, role: str, finding: str) -> Look:
        return self.facts.looks.get((role, finding), Look())

    def maps(self, *findings: str) -> tuple[str, ...]:
        """Ids of both models' maps and boxes of some findings."""
        return tuple(f"{tool}.{role}.{slug(f)}" for f in findings for role in ROLES for tool in ("gradcam", "boxes"))

    @property
    def predictions(self) -> tuple[str, str]:
        return "predict.baseline", "predict.finetuned"

    @property
    def source(self) -> str:
        return self.facts.truth_source or "unknown"


def where(look: Look) -> Literal["in", "out", "chance"] | None:
    """Whether a map lies in the finding's usual places; None where there is no map or no usual place."""
    if look.plausible is None or look.share is None:
        return None
    if look.plausible:
        return "in"
    return "out" if look.share < 0.5 else "chance"


def main_zones(look: Look) -> list[str]:
    """The two zones that hold most of a map, where they hold enough: `the left lower lung (34 %)`."""
    return [f"{place(zone)} ({100 * share:.0f} %)" for zone, share in look.zones[:2] if share >= SHOWN_ZONES]


def peak(look: Look) -> str | None:
    return None if look.peak_zone is None else place(look.peak_zone)


def box_places(look: Look) -> list[str]:
    """Every zone a box names, once, in the boxes' order, four at most."""
    return [place(zone) for zone in dict.fromkeys(zone for box in look.boxes or () for zone in box.zones)][:4]


def sided(look: Look) -> bool:
    """Whether a side is told that nothing but the display settles."""
    return look.side_basis == "as displayed" and (look.peak_zone or "").startswith(("left ", "right "))


def relation_of(judgements: Mapping[Any, bool | None]) -> Literal["both", "neither", "baseline", "finetuned"]:
    """Which of two models something holds for; `judgements` by role."""
    a, b = bool(judgements["baseline"]), bool(judgements["finetuned"])
    return "both" if a and b else "baseline" if a else "finetuned" if b else "neither"


def other(role: Role) -> Role:
    return "finetuned" if role == "baseline" else "baseline"


def name(role: str) -> str:
    return NAMES[role]
