"""Work that waits for a server, done beside the caller, who sees its text as it comes and may leave at any moment.

    answer = follow(lambda tell: read_stream(on_text=tell), on_text=show, stop=stop)

A blocked read cannot be woken from outside, so it is left to itself: it ends with its next byte or its timeout.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from ..writer import StoppedError

T = TypeVar("T")
LOOK = 0.1
"""Seconds between two looks at `stop`."""


class _LeftError(Exception):
    """Nobody waits for the work any more."""


def follow(
    work: Callable[[Callable[[str], None] | None], T],
    on_text: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> T:
    """What `work` gives; what it raises is raised here. `StoppedError` once `stop` is set.

    `work` gets a function to call with its text so far, or None where nobody listens; `on_text` hears of it in the
    caller's own thread, and what it raises ends the work too.
    """
    if on_text is None and stop is None:
        return work(None)
    news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    left = threading.Event()
    given: list[T] = []
    raised: list[BaseException] = []

    def tell(text: str) -> None:
        if left.is_set():
            raise _LeftError
        news.put(text)

    def run() -> None:
        try:
            given.append(work(tell))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            raised.append(error)
        news.put(None)

    threading.Thread(target=run, name="cxr-lens-llm", daemon=True).start()
    try:
        _listen(news, on_text or (lambda _: None), stop or threading.Event())
    finally:
        left.set()
    if raised:
        raise raised[0]
    return given[0]


def _listen(news: queue.SimpleQueue[str | None], on_text: Callable[[str], None], stop: threading.Event) -> None:
    """Pass on the latest text, the last one too, until the work is over."""
    over = False
    while not over:
        if stop.is_set():
            raise StoppedError
        try:
            waiting = [news.get(timeout=LOOK)]
        except queue.Empty:
            continue
        while not news.empty():
            waiting.append(news.get())
        over = waiting[-1] is None
        texts = [text for text in waiting if text is not None]
        if texts:
            on_text(texts[-1])
