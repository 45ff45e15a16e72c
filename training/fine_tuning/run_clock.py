"""When a run will be done, from what it has taken so far: its steps, and what each epoch costs beside them."""

from __future__ import annotations

import time
from collections import deque
from statistics import median


class RunClock:
    """Steps are judged by the median of the last hundred, so that the first, slow ones and a pause do not count;
    validating and saving by the epochs that are done, before the first of them as a tenth of the steps."""

    def __init__(self, per_epoch: int, epochs: int):
        self._per_epoch, self._epochs = per_epoch, epochs
        self._steps: deque[float] = deque(maxlen=100)
        self._ends: list[float] = []

    def step(self, seconds: float) -> None:
        self._steps.append(seconds)

    def end_of_epoch(self, seconds: float) -> None:
        """Seconds an epoch took beside its steps."""
        self._ends.append(seconds)

    def remaining(self, epoch: int, step: int) -> float | None:
        """Seconds to go from `step` steps into `epoch` (both from 0); None before the first step."""
        if not self._steps:
            return None
        each = median(self._steps)
        steps = (self._epochs - epoch) * self._per_epoch - step
        end = median(self._ends) if self._ends else 0.1 * each * self._per_epoch
        return steps * each + (self._epochs - epoch) * end

    def tell(self, epoch: int, step: int) -> str:
        """`41 min to go, until 14:32`."""
        seconds = self.remaining(epoch, step)
        if seconds is None:
            return ""
        at = time.strftime("%H:%M" if seconds < 20 * 3600 else "%a %H:%M", time.localtime(time.time() + seconds))
        return f"{duration(seconds)} to go, until {at}"


def duration(seconds: float) -> str:
    """`45 s`, `41 min`, `2 h 05`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02}"
