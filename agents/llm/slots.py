"""How many calls to an LLM may be under way at once, over all cases that are being explained."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..writer import StoppedError

CALLS = 16
"""At once, unless asked otherwise."""
LOOK = 0.1
"""Seconds between two looks at `stop`."""


class CallSlots:
    """A call takes one of `count` slots for as long as the server works on it. Sent to another process, it counts anew.

    More cases than slots may be under way: while some wait for the server, the others are prepared and checked.
    """

    def __init__(self, count: int = CALLS):
        self.count = count
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self, stop: threading.Event | None = None) -> Iterator[float]:
        """A slot, given back at the end; the value is the seconds it was waited for. `StoppedError` once `stop` is
        set."""
        began = time.monotonic()
        if stop is None:
            self._free.acquire()
        else:
            while not self._free.acquire(timeout=LOOK):
                if stop.is_set():
                    raise StoppedError
        try:
            yield time.monotonic() - began
        finally:
            self._free.release()

    @property
    def cases(self) -> int:
        """Cases to have under way so that the slots stay full, also when the answers come all at once."""
        return self.count + max(1, self.count // 2)

    def __getstate__(self) -> int:
        return self.count

    def __setstate__(self, count: int) -> None:
        self.__init__(count)
