"""An explanation while it is being written: what passed the check so far, for whoever follows a run.

    report = explain_case(bench, writer=writer, on_writing=lambda writing: show(writing.sentences), stop=stop)

A writer that speaks as it goes (`WatchedProtocol`) is read sentence by sentence; any other when its draft is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from ..tools.schemas import Record
from .explanation.checker import SUMMARY_SENTENCES, Check
from .records import Cut, Difficulty, Section, Sentence
from .state import Brief, Draft

OnDraft = Callable[[Brief, Draft], None]
"""Called with what a writer has written so far, unchecked, and what it was written from."""


class Writing(Record):
    """What may be shown of an explanation that is not finished."""

    difficulty: Difficulty
    sentences: tuple[Sentence, ...]
    """Of the summary, marked, in the order they were written."""
    sections: tuple[Section, ...] = ()
    refused: tuple[Cut, ...] = ()
    """What the check refused: it goes back to the writer, and is cut where it cannot be mended."""


@runtime_checkable
class WatchedProtocol(Protocol):
    """A writer that tells what it has written so far, and that can be stopped while it waits."""

    def watch(self, on_draft: OnDraft | None, stop: threading.Event | None) -> None:
        """`on_draft` gets whole sentences alone; once `stop` is set, whatever the writer does raises `StoppedError`."""
        ...


class SoFar:
    """Holds drafts against the checker as they grow, and tells `on_writing` where something new passed or failed."""

    def __init__(self, on_writing: Callable[[Writing], None]):
        self.on_writing = on_writing
        self._check: Check | None = None
        self._told: Writing | None = None

    def __call__(self, brief: Brief, draft: Draft) -> None:
        if self._check is None or self._check.brief is not brief:
            self._check = Check(brief)
        check = self._check
        sections = [Section(title=s.title, sentences=check.keep(s.sentences)) for s in draft.sections]
        writing = Writing(
            difficulty=brief.difficulty,
            sentences=check.keep(draft.sentences)[:SUMMARY_SENTENCES],
            sections=tuple(s for s in sections if s.sentences and check.title(s.title) is None),
            refused=check.mistakes(draft.model_copy(update={"limits": ()})),
        )
        if writing != self._told:
            self._told = writing
            self.on_writing(writing)
