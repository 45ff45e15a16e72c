"""What the graph asks of a writer, offline or LLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .records import Cut, LlmCall, Turn, Writer
from .state import Brief, Draft

if TYPE_CHECKING:
    from ..tools.workbench import Workbench


class WriterError(Exception):
    """A writer cannot write; the message says why in one clause. The offline narrator writes in its place."""


class StoppedError(Exception):
    """Whoever follows the run stopped it."""


class WriterProtocol(Protocol):
    """Writes an explanation from evidence. It never decides what is true: the checker reads every sentence."""

    @property
    def about(self) -> Writer:
        """Who writes, with which prompt."""
        ...

    def write(self, brief: Brief) -> Draft:
        """The draft. May raise `WriterError`."""
        ...

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        """The draft with the mistakes mended; None where there is nothing to mend, and they are cut."""
        ...


@runtime_checkable
class InvestigatorProtocol(WriterProtocol, Protocol):
    """A writer that may first ask for more evidence, and whose calls cost something. One serves one case."""

    def take(self, bench: Workbench) -> None:
        """The case on its bench, for pictures; given before anything is asked."""
        ...

    @property
    def calls(self) -> tuple[LlmCall, ...]:
        """Every call so far, for the state and the report."""
        ...

    def restore(self, calls: tuple[LlmCall, ...]) -> None:
        """Take over the calls a run made before it was stopped."""
        ...

    def investigate(self, brief: Brief, turns: tuple[Turn, ...]) -> Turn | None:
        """The next turn of the search for evidence; None to end it. May raise `WriterError`."""
        ...

    def tool_calls_left(self, turns: tuple[Turn, ...]) -> int: ...
