"""Peak anonymous memory of this process while something runs: what it allocated, without mapped files.

with AnonymousMemoryPeak() as memory:
    work()
memory.mib
"""

from __future__ import annotations

import threading
from pathlib import Path

_STATUS = Path("/proc/self/status")
_EVERY = 0.02  # seconds


def anonymous_mib() -> float | None:
    """Resident anonymous memory in MiB; None where the system does not tell (anything but Linux)."""
    try:
        text = _STATUS.read_text()
    except OSError:
        return None
    line = next((line for line in text.splitlines() if line.startswith("RssAnon:")), None)
    return None if line is None else int(line.split()[1]) / 1024


class AnonymousMemoryPeak:
    """Samples `anonymous_mib` in a thread; `mib` is the largest value seen."""

    def __init__(self) -> None:
        self.mib: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> AnonymousMemoryPeak:
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _sample(self) -> None:
        now = anonymous_mib()
        if now is not None:
            self.mib = now if self.mib is None else max(self.mib, now)

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY):
            self._sample()
