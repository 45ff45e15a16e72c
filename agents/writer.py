"""What the graph asks of a writer, offline or LLM."""

from __future__ import annotations

from typing import Protocol

from .records import Cut, Writer
from .state import Brief, Draft


class WriterProtocol(Protocol):
    """Writes an explanation from evidence. It never decides what is true: the checker reads every sentence."""

    @property
    def about(self) -> Writer:
        """Who writes, with which prompt."""
        ...

    def write(self, brief: Brief) -> Draft: ...

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        """The draft with the mistakes mended; None where there is nothing to mend, and they are cut."""
        ...
