"""The panels' benchmark draws its reference at the same size, and the two in turns."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.evals.bench import panels


def test_the_bare_picture_has_the_panels_size() -> None:
    film = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(64, 48)
    assert panels.picture_size(panels.draw_bare(film, 3, (900, 420), "png")) == (900, 420)
    assert panels.draw_bare(film, 3, (900, 420), "pdf").startswith(b"%PDF")


def test_work_is_timed_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    clock = iter([0, 1, 1, 11, 20, 23, 30, 70, 100, 102, 110, 130])  # 1, 3, 2 and 10, 40, 20 s
    monkeypatch.setattr(panels.time, "process_time", lambda: next(clock))
    assert panels.alternate(lambda: done.append("own"), lambda: done.append("bare")) == (2, 20)
    assert done == ["own", "bare"] * panels.ROUNDS
