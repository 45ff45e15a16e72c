"""`cxr-lens bench panels`: figures for print, against the same picture drawn by matplotlib alone.

- `NAME.seconds`: processor time of one panel once the evidence is there, median over rounds; `three` is film and both
  overlays, `grid` overlays over raw maps, at print resolution (300 dots per inch).
- `NAME.vs_bare`: the same against as many bare `imshow` of the film in a figure of that size and resolution, saved as
  the same kind of file, in turns with it.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ...tools.panels.command import panel_evidence
from ...tools.panels.drawing import PRINT, Kind, draw_grid, draw_panel
from ...tools.workbench import Workbench
from ...training.models.families import load_pair
from ...training.radiographs.quality import assess_quality
from ...training.radiographs.radiograph import radiograph_from_array
from ...training.synthetic.film import synthesize_film

ROUNDS = 3
FINDING = "Pleural Effusion"


def run() -> dict[str, float]:
    bench = _bench()
    predictions, boxes, outcomes = panel_evidence(bench, FINDING)

    def three(kind: Kind) -> bytes:
        return draw_panel(bench, FINDING, predictions, boxes, outcomes, kind=kind, dpi=PRINT)

    def grid(kind: Kind) -> bytes:
        return draw_grid(bench, FINDING, predictions, boxes, outcomes, kind=kind, dpi=PRINT)

    figures: dict[str, float] = {}
    drawn: tuple[tuple[str, Callable[[Kind], bytes], Kind], ...] = (
        ("three_png", three, "png"),
        ("three_pdf", three, "pdf"),
        ("grid_png", grid, "png"),
    )
    for name, draw, kind in drawn:
        size = picture_size(draw("png"))
        panels = 3 if draw is three else 4
        own, bare = alternate(partial(draw, kind), partial(draw_bare, bench.film.pixels, panels, size, kind))
        figures |= {f"{name}.seconds": own, f"{name}.vs_bare": own / bare}
    return figures


def _bench() -> Workbench:
    film = radiograph_from_array(synthesize_film(1, "B", size=512).pixels)
    return Workbench("bench", film, assess_quality(film), *load_pair("mini"))


def alternate(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Median processor seconds of two pieces of work done in turns."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, times in zip((first, second), spent, strict=True):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
    return statistics.median(spent[0]), statistics.median(spent[1])


def picture_size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as picture:
        return picture.size


def draw_bare(film: np.ndarray, panels: int, size: tuple[int, int], kind: Kind) -> bytes:
    """A figure of `size` pixels with the film (H, W) in each of its axes and nothing else."""
    figure = Figure(figsize=(size[0] / PRINT, size[1] / PRINT), dpi=PRINT)
    FigureCanvasAgg(figure)
    for n in range(panels):
        figure.add_subplot(1, panels, n + 1).imshow(film, cmap="gray")
    out = io.BytesIO()
    figure.savefig(out, format=kind, dpi=PRINT)
    return out.getvalue()
