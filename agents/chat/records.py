"""What the chat keeps: choices of a case, tool calls, messages, and a thread's place in the list of past cases."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ...tools.schemas import Record, Role
from ..records import Cut, Sentence


class Choices(Record):
    """How a case is read and explained; set before a run."""

    family: str = "auto"
    """The pair: a family's name, or `given` for the two models the server was started with."""
    prompt: str = "narrator@v1"
    llm: str = "offline"
    revealed: bool = False
    """Whether the truth is shown to the explainer; only bundled cases have one."""
    finding: str | None = None
    """Make the run about one finding."""


class Focus(Record):
    """What the film should show beside an answer."""

    finding: str
    roles: tuple[Role, ...] = ("baseline", "finetuned")


class ToolCall(Record):
    """One call of a tool, as the reader sees it."""

    tool: str
    arguments: dict[str, Any]
    seconds: float | None = Field(default=None, ge=0)
    """How long it took; None while it runs."""
    evidence: str | None = None
    """Id of the evidence it gave."""
    result: str | None = None
    """The result as JSON for reading: long numbers rounded, a map's rows only counted."""
    error: str | None = None
    """Why the tool gave nothing."""


class Message(Record):
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str = ""
    """The user's question; for the assistant what the program says of itself, never a statement about the film."""
    calls: tuple[ToolCall, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    """What the checker let through, with marks."""
    cut: tuple[Cut, ...] = ()
    """What it did not, with the reason."""
    focus: Focus | None = None
    writer: str | None = None
    """Who wrote the sentences: `offline`, or an LLM's name."""
    stopped: bool = False


class ThreadInfo(Record):
    """A past case as the list names it."""

    id: str
    title: str
    source: str
    """`upload`, or `bundled:CASE`."""
    created: float
    """Seconds since 1970, UTC."""
    updated: float
    choices: Choices
    has_film: bool
    """Whether the film is still kept: uploads are removed after the time that is set."""
