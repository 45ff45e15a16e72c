"""What benchmarks share: synthetic films as JPEGs in CheXpert's layout, and the memory a measurement took."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from PIL import Image

from ...training.synthetic.film import synthesize_film

HEIGHT, WIDTH = 320, 390
"""CheXpert small's most common size, pixels."""


def write_bench_films(folder: Path, films: int, distinct: int = 6) -> Path:
    """`films` grey JPEGs of 390 x 320 px and their table; `distinct` are drawn, the others differ in their noise."""
    rng = np.random.default_rng(0)
    drawn = []
    for seed in range(distinct):
        pixels = np.rint(synthesize_film(seed, "B", size=400).pixels * 255).astype(np.uint8)
        drawn.append(np.asarray(Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR), np.int16))
    rows = ["Path,Sex,Age,Frontal/Lateral,AP/PA,Cardiomegaly,Pleural Effusion"]
    for i in range(films):
        path = folder / f"bench/train/patient{i:05}/study1/view1_frontal.jpg"
        path.parent.mkdir(parents=True)
        noisy = drawn[i % distinct] + rng.integers(-3, 4, (HEIGHT, WIDTH))
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path, quality=90)
        rows.append(f"{path.relative_to(folder)},Female,60,Frontal,PA,{i % 2},{i // 2 % 2}")
    csv = folder / "bench" / "train.csv"
    csv.write_text("\n".join(rows) + "\n")
    return csv


def alternate(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run each way in turn, `rounds` times over, so that a busy moment of the machine meets all alike."""
    out: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            out[name].append(way())
    return out


class Stopwatch:
    """`wall` seconds, and `processor` seconds of all threads of this process, while it is open."""

    wall = processor = 0.0

    def __enter__(self) -> Stopwatch:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.processor = time.perf_counter() - self._began[0], time.process_time() - self._began[1]


@contextmanager
def idle_threads() -> Iterator[int]:
    """As many torch threads as there are processors without other work; afterwards as before.

    A network's threads wait for each other after every layer: with more threads than free processors a step takes ten
    times as long (measured with a load of 6 on two processors), and its noise would hide what is measured.
    """
    before, cores = torch.get_num_threads(), os.cpu_count() or 1
    others = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    torch.set_num_threads(max(1, min(before, round(cores - others))))
    try:
        yield torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def median_ratio(of: list[float], to: list[float]) -> float:
    """Median over the rounds of one way's number against another's in the same round."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))


def anonymous_mb() -> float | None:
    """Memory of this process that no file backs, MB; None where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    line = next((x for x in status.read_text("utf-8").splitlines() if x.startswith("RssAnon:")), None)
    return None if line is None else int(line.split()[1]) / 1000


class MemoryWatch:
    """Peak of `anonymous_mb` while it is open, looked at every 20 ms."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.is_set():
            self.peak = max(self.peak, anonymous_mb() or 0.0)
            time.sleep(0.02)

    def figures(self) -> dict[str, float]:
        """`peak_anonymous_mb`, where the system tells it."""
        return {"peak_anonymous_mb": self.peak} if self.peak else {}
