"""One turn of the conversation: a question in, tool calls and checked sentences out as they come.

    message, memory = converse("why does the baseline call effusion?", memory, tools, check, narrator, on_change=show)

Everything is an argument: the tools of the case, the checker, the narrator's prompt, who is told of progress, and what
stops it. The evidence gathered stays in the memory, so that a later answer may build on it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from ...prompts.loader import Prompt
from ...tools.schemas import Evidence, Record, ToolError
from ..nodes import Tools
from ..records import Cut, Section, Sentence
from ..reports.report import shortened
from ..state import Brief, Draft
from ..writer import StoppedError
from .answers import Answering, what_can_be_asked
from .questions import Question, understand
from .records import Message, ToolCall

Check = Callable[[Draft, Brief], tuple[tuple[Sentence, ...], tuple[Section, ...], tuple[str, ...], tuple[Cut, ...]]]
"""The checker of reports: agents/explanation/checker.py's `check_draft`."""

MOST_SENTENCES = 12
"""Sentences one answer may have."""


class Memory(Record):
    """What a thread knows when the next question comes."""

    brief: Brief
    before: Question | None = None


class WatchedTools:
    """Tools whose calls are seen as they happen, and which stop where the reader wants them to."""

    def __init__(
        self, tools: Tools, on_change: Callable[[tuple[ToolCall, ...]], None], stop: threading.Event | None = None
    ):
        self.tools = tools
        self.on_change = on_change
        self.stop = stop or threading.Event()
        self.calls: tuple[ToolCall, ...] = ()

    def call(self, tool: str, **arguments: Any) -> Evidence:
        """As the toolbox's; `StoppedError` once `stop` is set."""
        self._halt()
        started = ToolCall(tool=tool, arguments=arguments)
        self._tell((*self.calls, started))
        clock = time.perf_counter()
        try:
            evidence = self.tools.call(tool, **arguments)
        except ToolError as error:
            update = {"seconds": time.perf_counter() - clock, "error": str(error)}
            self._tell((*self.calls[:-1], started.model_copy(update=update)))
            raise
        done = ToolCall(
            tool=tool,
            arguments=evidence.arguments,
            seconds=time.perf_counter() - clock,
            evidence=evidence.id,
            result=json.dumps(shortened(evidence.result), indent=1, ensure_ascii=False),
        )
        self._tell((*self.calls[:-1], done))
        self._halt()
        return evidence

    def _tell(self, calls: tuple[ToolCall, ...]) -> None:
        self.calls = calls
        self.on_change(calls)

    def _halt(self) -> None:
        if self.stop.is_set():
            raise StoppedError


def converse(
    text: str,
    memory: Memory,
    tools: Tools,
    check: Check,
    narrator: Prompt,
    *,
    on_change: Callable[[Message], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> tuple[Message, Memory]:
    """Answer a question without an LLM. `on_change` gets the message after every step; the last is returned."""
    message = Message(role="assistant", writer="offline")

    def tell(**update: Any) -> None:
        nonlocal message
        message = message.model_copy(update=update)
        on_change(message)

    watched = WatchedTools(tools, lambda calls: tell(calls=calls), stop)
    question = understand(text, memory.brief.findings, memory.before)
    answering = Answering(question, memory.brief, watched.call, narrator)
    try:
        for words in answering.words():
            kept, cut = check_sentences(words.sentences, words.brief, check)
            room = MOST_SENTENCES - len(message.sentences)
            tell(sentences=message.sentences + kept[:room], cut=message.cut + cut)
            if stop is not None and stop.is_set():
                raise StoppedError
    except StoppedError:
        tell(stopped=True)
    except ToolError as error:
        answering.notes.append(f"A tool could not answer: {error}.")
    if not message.stopped and not message.sentences and not answering.notes:
        answering.notes.append("The tools have nothing to say on that. " + what_can_be_asked(answering.brief))
    tell(text=" ".join(answering.notes), focus=answering.focus)
    return message, Memory(brief=answering.brief, before=question)


def check_sentences(
    sentences: tuple[Sentence, ...], brief: Brief, check: Check
) -> tuple[tuple[Sentence, ...], tuple[Cut, ...]]:
    """What the checker of reports lets through of some sentences, marked, and what it cuts."""
    if not sentences:
        return (), ()
    draft = Draft(sentences=(), sections=(Section(title="Answer", sentences=sentences),))
    _, sections, _, cut = check(draft, brief)
    return tuple(sentence for section in sections for sentence in section.sentences), cut
