"""One thread's case in memory: what is known of it, what is being done on it, and how the screen hears of changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...tools.workbench import Workbench
from ..records import CaseReport
from ..writing import Writing
from .conversation import Memory
from .records import Message, ThreadInfo

Stage = str
"""`ready`, `reading`, `looking`, `explaining`, `done`, `stopped`, `failed`."""


@dataclass
class LiveCase:
    """One thread's case in memory. A bench, a report and a memory of its own; never shared."""

    owner: str
    info: ThreadInfo
    messages: tuple[Message, ...] = ()
    current: Message | None = None
    """The answer that is being made."""
    bench: Workbench | None = None
    report: CaseReport | None = None
    writing: Writing | None = None
    """What passed the check so far of an explanation that is being written."""
    memory: Memory | None = None
    stage: Stage = "ready"
    note: str = ""
    """What a person should know: why it failed."""
    details: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """(role, finding) -> a map's caption and boxes as the screen gets them (view.py), made once."""
    stop: threading.Event = field(default_factory=threading.Event)
    busy: threading.Lock = field(default_factory=threading.Lock)
    """Held while a run goes on: one at a time in a thread."""
    finishing: bool = False
    """Captions and boxes of further findings are being made; questions may be asked meanwhile."""
    version: int = 0
    """Grows with every change; the screen follows it."""
    changed: threading.Condition = field(default_factory=threading.Condition)

    def tell(self, **update: Any) -> None:
        """Set fields and wake whoever follows the case."""
        for name, value in update.items():
            setattr(self, name, value)
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def follow(self, left: Callable[[], bool] = lambda: False, patience: float = 0.1) -> Iterator[int]:
        """Yields whenever the case has changed, until no run goes on; the last state is always seen.

        `left`, asked every `patience` seconds, tells whether nobody looks any more.
        """
        seen = -1
        while not left():
            with self.changed:
                self.changed.wait_for(lambda last=seen: self.version != last, timeout=patience)
            running = self.busy.locked() or self.finishing
            if self.version != seen:
                seen = self.version
                yield seen
            elif not running:
                return
