"""What flows through the graph: the request, the evidence so far, the draft and what the checker made of it.

Small and serialisable: pydantic records, never arrays. Arrays stay on the workbench that the tools are bound to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, TypedDict

from pydantic import Field

from ..tools.schemas import Evidence, Record
from ..training.findings import FindingSet
from .records import CaseReport, Cut, Difficulty, Explanation, Level, LlmCall, Section, Sentence, Turn


class GraphSettings(Record):
    """Limits of a run."""

    max_findings: int = Field(default=4, ge=1)
    """Findings whose maps and boxes are asked of each model."""
    max_repairs: int = Field(default=2, ge=0)
    """How often a writer may mend what the checker refused, before it is cut."""


class Request(Record):
    """What a run was asked for."""

    case_id: str
    finding: str | None = None
    difficulty: Level | None = None


class Draft(Record):
    """What a writer hands in, unchecked."""

    sentences: tuple[Sentence, ...]
    """The summary: at most five are kept."""
    sections: tuple[Section, ...] = ()
    limits: tuple[str, ...] = ()


def add_evidence(old: tuple[Evidence, ...], new: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Evidence in the order it came; the same id again replaces the earlier one."""
    merged = {evidence.id: evidence for evidence in old}
    merged.update((evidence.id, evidence) for evidence in new)
    return tuple(merged.values())


class CaseState(TypedDict):
    """The whole state. LangGraph hands a node what has been set so far; the graph's order sees to it that a node reads
    nothing that an earlier one did not write."""

    request: Request
    evidence: Annotated[tuple[Evidence, ...], add_evidence]
    difficulty: Difficulty
    draft: Draft
    mistakes: tuple[Cut, ...]
    """Sentences of the draft that the checker refuses, with the exact reason."""
    repairs: int
    explanation: Explanation
    turns: tuple[Turn, ...]
    """The LLM's search for evidence so far."""
    searched: bool
    """The search is over."""
    calls: tuple[LlmCall, ...]
    """Every question to the LLM so far."""
    stand_in: str | None
    """Why the narrator writes in the LLM's place; None while it does not."""


class CaseUpdate(TypedDict, total=False):
    """What a node adds to the state, and what a run starts from: any of the fields of `CaseState`."""

    request: Request
    evidence: tuple[Evidence, ...]
    difficulty: Difficulty
    draft: Draft
    mistakes: tuple[Cut, ...]
    repairs: int
    explanation: Explanation
    turns: tuple[Turn, ...]
    searched: bool
    calls: tuple[LlmCall, ...]
    stand_in: str | None


class Brief(Record):
    """Everything a writer may know of a case."""

    case_id: str
    finding: str | None
    blind: bool
    difficulty: Difficulty
    evidence: tuple[Evidence, ...]
    findings: FindingSet


def brief_of_report(report: CaseReport, findings: FindingSet) -> Brief:
    """What a writer was given, from the record of its case."""
    return Brief(
        case_id=report.case_id,
        finding=report.finding,
        blind=report.blind,
        difficulty=report.difficulty,
        evidence=report.evidence,
        findings=findings,
    )
