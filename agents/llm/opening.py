"""From settings to a writer: the offline narrator, or an LLM with consent, cache and prices in place.

    opener = open_writers(read_settings(), "llama3.1", "case_explainer@v1", ask=ask_at_terminal())
    report = explain_case(bench, writer=opener())

`open_writers` checks all that can be checked before a film is read, and asks for consent once for all cases.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..explanation.narrator import DEFAULT_PROMPT, OfflineNarrator
from ..settings import OFFLINE, Settings
from ..writer import WriterProtocol
from .budget import Budget, read_prices
from .cache import AnswerCache
from .consent import require_consent
from .prompts import CASE_PROMPT, FINDING_PROMPT, explainer
from .slots import CallSlots
from .transport import check_url

if TYPE_CHECKING:
    from .client import LanguageModel

CACHE = "llm"
"""Folder of the answers inside the cache folder."""
OFFLINE_CASES = 2
"""At once, unless asked otherwise: the narrator computes and waits for nobody."""


@dataclass
class WriterOpener:
    """Opens one writer per case, all on one model. Sent to another process, it opens its own connection there."""

    settings: Settings
    name: str
    prompt: str
    finding: str | None
    repeat: int
    slots: CallSlots | None = None
    _model: LanguageModel | None = field(default=None, repr=False, compare=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __call__(self, _: object = None) -> WriterProtocol:
        """The writer of the next case; a batch names the case, which a writer needs nothing of."""
        if self.name == OFFLINE:
            return OfflineNarrator(self.prompt)
        from .writer import LlmWriter  # noqa: PLC0415  langchain takes a second, and mistakes need none of it

        return LlmWriter(
            self.model, self.prompt, finding=self.finding, budget=budget_of(self.settings), repeat=self.repeat
        )

    def cases_at_once(self, concurrency: int | None) -> int:
        """How many cases to have under way for that many LLM calls at once (offline: that many cases)."""
        if self.name == OFFLINE:
            return concurrency or OFFLINE_CASES
        return (self.slots or CallSlots()).cases

    @property
    def model(self) -> LanguageModel:
        with self._opening:  # the first cases of a batch ask for it at the same time
            if self._model is None:
                from .client import LanguageModel  # noqa: PLC0415  as above

                s = self.settings
                self._model = LanguageModel(
                    s,
                    self.name,
                    cache=AnswerCache(s.cache_folder / CACHE) if s.llm_cache else None,
                    prices=read_prices(s.llm_prices) if s.llm_prices else None,
                    slots=self.slots,
                )
            return self._model

    def __reduce__(self) -> tuple[Any, ...]:
        return WriterOpener, (self.settings, self.name, self.prompt, self.finding, self.repeat, self.slots)


def open_writers(
    settings: Settings,
    name: str | None,
    prompt: str | None,
    *,
    finding: str | None = None,
    ask: Callable[[str], str] | None = None,
    repeat: int = 0,
    slots: CallSlots | None = None,
) -> WriterOpener:
    """An opener for `offline` or a model of the server that the settings name; None is the settings' own model.

    `ask` puts the question of consent to the user; None where nobody can be asked. `repeat` tells apart runs that
    would else share cached answers. `slots` bound the calls at once, of all openers that were given the same.
    `RequestError` where the request cannot be done.
    """
    name = name or settings.llm_model or OFFLINE
    if name == OFFLINE:
        return WriterOpener(settings, name, OfflineNarrator(prompt or DEFAULT_PROMPT).prompt.key, finding, repeat)
    key = explainer(prompt or (CASE_PROMPT if finding is None else FINDING_PROMPT), finding).key
    check_url(settings.llm_base_url)
    if settings.llm_prices:
        read_prices(settings.llm_prices)
    require_consent(settings, ask)
    return WriterOpener(settings, name, key, finding, repeat, slots)


def ask_at_terminal() -> Callable[[str], str] | None:
    """Asks on stderr and reads a line; None where nobody sits at a terminal."""
    if not sys.stdin.isatty():
        return None

    def ask(question: str) -> str:
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline()

    return ask


def budget_of(settings: Settings) -> Budget:
    return Budget(
        calls=settings.llm_max_calls,
        tokens=settings.llm_max_tokens,
        seconds=settings.llm_max_seconds,
        tool_calls=settings.llm_max_tool_calls,
    )
