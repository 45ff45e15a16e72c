"""What the agent makes of a case: difficulty, explanation and the whole report (`case.json`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..tools.schemas import BoxSet, Comparison, Evidence, GroundTruth, Heatmap, Prediction, Record, Verdict
from ..training.radiographs.quality import Quality
from ..training.radiographs.radiograph import RadiographInfo

Level = Literal["easy", "average", "hard"]


class Difficulty(Record):
    """How hard the case is for the MODELS, not for the patient."""

    level: Level
    """easy: both models right; average: exactly one; hard: neither."""
    basis: Literal["ground_truth", "inferred", "user"]
    finding: str | None = None
    reasons: tuple[str, ...] = ()


class Sentence(Record):
    """One sentence of an explanation and what the checker made of it."""

    text: str
    evidence: tuple[str, ...]
    """Ids of the evidence it rests on."""
    mark: Literal["supported", "interpretation"] = "supported"
    """supported: agrees with the tools (NOT clinically true). Sentences that fail are cut, see `Cut`."""


class Cut(Record):
    """A sentence the checker did not let through."""

    text: str
    reason: str


class Section(Record):
    """A titled part of the structured report below the summary."""

    title: str
    sentences: tuple[Sentence, ...]


class Explanation(Record):
    sentences: tuple[Sentence, ...] = Field(max_length=5)
    """The summary."""
    sections: tuple[Section, ...] = ()
    limits: tuple[str, ...] = ()
    cut: tuple[Cut, ...] = ()
    verdict: Verdict | None
    """As computed by compare_models; None when blind."""
    relation: Literal["AGREE", "DIFFER"]
    more_plausible: Literal["baseline", "finetuned"] | None = None
    """Blind only, an interpretation: whose maps lie in more plausible places."""


class Writer(Record):
    """Who wrote the text."""

    kind: Literal["offline", "llm"]
    name: str
    prompt: str
    """NAME@VERSION of the template."""
    prompt_sha256: str
    stands_in_for: str | None = None
    """The LLM that was to write, where the narrator wrote in its place."""
    reason: str | None = None
    """Why it stands in."""


class Step(Record):
    """One node of the graph, for the trace."""

    node: str
    seconds: float = Field(ge=0)
    note: str | None = None
    """What came of it, in a few words, where there is more to tell than that it ran."""


class ToolRequest(Record):
    """A tool call an LLM asks for."""

    id: str
    name: str
    arguments: dict[str, Any]
    problem: str | None = None
    """Why the arguments cannot be read, where they cannot."""


class Turn(Record):
    """One turn of a search for evidence: the LLM's words and tool calls, or what a tool answered."""

    role: Literal["assistant", "tool"]
    text: str
    requests: tuple[ToolRequest, ...] = ()
    answers: str | None = None
    """Of a tool's turn: the id of the request it answers."""
    evidence: str | None = None
    """Of a tool's turn: the id of the evidence it brought, where that was new."""


class LlmCall(Record):
    """One question to an LLM and what became of it."""

    purpose: Literal["investigate", "write", "repair", "chat", "judge"]
    prompt: str
    """NAME@VERSION of the template."""
    model: str
    ok: bool
    attempts: int = Field(ge=0)
    """Requests sent for it; 0 for an answer from the cache."""
    cached: bool = False
    faults: tuple[str, ...] = ()
    """What went wrong on the way, in order."""
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    tokens_estimated: bool = False
    """The server did not count: a quarter of the characters."""
    cost: float | None = Field(default=None, ge=0)
    """In the currency of the user's price table; None where it has no price for the model."""
    seconds: float = Field(ge=0)
    """Until the whole answer was there, waits between attempts included."""


class LlmUse(Record):
    """What the LLM cost on one case."""

    calls: tuple[LlmCall, ...]
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cost: float | None = Field(default=None, ge=0)
    seconds: float = Field(ge=0)


class Provenance(Record):
    software: str
    command: str
    created: str
    """ISO 8601, UTC."""
    baseline_sha256: str
    finetuned_sha256: str
    notes: tuple[str, ...] = ()


class CaseReport(Record):
    """`case.json`: everything known and said about one case."""

    case_id: str
    radiograph: RadiographInfo
    quality: Quality
    blind: bool
    finding: str | None
    difficulty: Difficulty
    true_difficulty: Difficulty | None = None
    """Blind runs with a table: the level against the truth, joined after the text was written."""
    predictions: dict[Literal["baseline", "finetuned"], Prediction]
    heatmaps: tuple[Heatmap, ...]
    boxes: tuple[BoxSet, ...]
    comparison: Comparison
    truth: GroundTruth | None
    explanation: Explanation
    evidence: tuple[Evidence, ...]
    writer: Writer
    trace: tuple[Step, ...]
    llm: LlmUse | None = None
    """Every question to the LLM; None where none was asked."""
    provenance: Provenance
    files: dict[str, str] = Field(default_factory=dict)
    """`case`, `report`, `panel` -> file name inside the output folder."""
    research_only: str = "Research only. Not a medical device; not for diagnosis or treatment."
