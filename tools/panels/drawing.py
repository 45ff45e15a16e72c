"""Pictures of a case: two panels, as PNG or PDF, and the film and heatmaps as PNG for overlays on a page.

`draw_panel` is the source project's three-panel layout (film | baseline | fine-tuned), `draw_grid` its 2 x 2 layout
(overlays with boxes above, the raw maps below). Both models share one scale of raw Grad-CAM magnitude; opacity grows
with it, so the film shows through where a model does not look.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ..anatomy.true_regions import TrueRegion
from ..maps.saliency import METHOD
from ..schemas import BoxSet, GroundTruth, Outcome, Prediction, Role
from ..workbench import Workbench
from .heat_colours import COLOURS, SCALE_LABEL, STRONGEST, colour_heat
from .parts import (
    BACK,
    INK,
    PANEL_EDGE,
    QUIET,
    ROLES,
    draw_boxes,
    draw_scale,
    draw_true_regions,
    film_for_panel,
    film_lines,
    list_labels,
    score_line,
    show_film,
    shrink_picture,
    wrap,
    write_title,
)

__all__ = [
    "COLOURS",
    "SCALE_LABEL",
    "STRONGEST",
    "colour_heat",
    "draw_grid",
    "draw_panel",
    "film_png",
    "heat_png",
    "shared_maximum",
]

Kind = Literal["png", "pdf"]

SCREEN, PRINT = 100, 300
"""Dots per inch."""


def film_png(film: Any, max_edge: int = 1024) -> bytes:
    """The film (a Radiograph, or (H, W) f32 in [0, 1]) as 8-bit grey PNG, shrunk to `max_edge`."""
    pixels = getattr(film, "pixels", film)
    return _png(shrink_picture(Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)), max_edge))


def heat_png(heat: np.ndarray, vmax: float, max_edge: int = 1024) -> bytes:
    """A raw heatmap over the film (H, W) as RGBA PNG: transparent where 0, strongest at `vmax`."""
    height, width = heat.shape
    scale = max(1.0, max(height, width) / max_edge)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = np.asarray(Image.fromarray(heat.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    return _png(Image.fromarray((colour_heat(small, vmax) * 255).round().astype(np.uint8), "RGBA"))


def shared_maximum(bench: Workbench, finding: str, method: str = METHOD) -> float:
    """Largest raw magnitude of both models' maps for a finding: the top of the shared colour scale."""
    maps = [bench.map_of(role, finding, method) for role, _ in ROLES if bench.why_not_assessed(role, finding) is None]
    return max((float(m.max()) for m in maps), default=0.0)


def draw_panel(  # noqa: PLR0917  the order callers agreed on
    bench: Workbench,
    finding: str,
    predictions: Mapping[Role, Prediction],
    boxes: Mapping[Role, BoxSet],
    outcomes: Mapping[Role, Outcome | None] | None = None,
    truth: GroundTruth | None = None,
    *,
    true_regions: Sequence[TrueRegion] = (),
    kind: Kind = "png",
    dpi: int = SCREEN,
) -> bytes:
    """Film | baseline | fine-tuned for one finding.

    `outcomes`, `truth` and `true_regions` (readers' boxes, film pixels) only when revealed. A model that does not
    assess the finding gets its film without a map and the reason; `boxes` may lack it.
    """
    finding = bench.finding(finding)
    film = film_for_panel(bench.film.pixels, round(PANEL_EDGE * dpi / SCREEN))
    height, width = film.shape
    aspect = min(1.6, max(0.6, height / width))
    column = 4.6
    figure = Figure(figsize=(3 * column + 0.9, column * aspect + 2.5), dpi=dpi, facecolor=BACK)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2,
        4,
        width_ratios=(1, 1, 1, 0.035),
        height_ratios=(column * aspect, 1.45),
        left=0.012,
        right=0.945,
        top=1 - 1.0 / (column * aspect + 2.5),
        bottom=0.03,
        wspace=0.035,
        hspace=0.04,
    )
    vmax = shared_maximum(bench, finding)
    first = figure.add_subplot(grid[0, 0])
    show_film(first, film, bench.quality)
    write_title(first, "radiograph", film_lines(bench, truth, finding))
    draw_true_regions(first, true_regions, bench.film.pixels.shape, (height, width))
    _describe_film(figure.add_subplot(grid[1, 0]), bench, truth)
    for place, (role, word) in enumerate(ROLES, start=1):
        axes = figure.add_subplot(grid[0, place])
        prediction = predictions[role]
        show_film(axes, film, bench.quality)
        if finding in prediction.findings:
            axes.imshow(
                colour_heat(bench.heat(role, finding, (height, width)), vmax),
                extent=(0, width, height, 0),
                interpolation="bilinear",
            )
            draw_true_regions(axes, true_regions, bench.film.pixels.shape, (height, width))
            draw_boxes(axes, boxes.get(role), bench.film.pixels.shape, (height, width))
        write_title(axes, f"{word}: {prediction.model}", [score_line(prediction, finding, outcomes, role)])
        list_labels(figure.add_subplot(grid[1, place]), prediction, boxes.get(role), finding)
    draw_scale(figure.add_subplot(grid[0, 3]), vmax)
    title = f"{bench.case_id}   ·   {finding}"
    figure.text(0.012, 0.985, title, color=INK, fontsize=14, weight="bold", va="top", parse_math=False)
    figure.text(0.945, 0.984, "research only, not a medical device", color=QUIET, fontsize=9.5, va="top", ha="right")
    return _save(figure, kind)


def draw_grid(
    bench: Workbench,
    finding: str,
    predictions: Mapping[Role, Prediction],
    boxes: Mapping[Role, BoxSet],
    outcomes: Mapping[Role, Outcome | None] | None = None,
    *,
    true_regions: Sequence[TrueRegion] = (),
    kind: Kind = "png",
    dpi: int = SCREEN,
) -> bytes:
    """Two by two for one finding: overlays with boxes above, raw maps below; score and outcome on each."""
    finding = bench.finding(finding)
    film = film_for_panel(bench.film.pixels, round(PANEL_EDGE * dpi / SCREEN))
    height, width = film.shape
    column, aspect = 4.6, min(1.6, max(0.6, height / width))
    tall = 2 * column * aspect + 2.0
    figure = Figure(figsize=(2 * column + 1.0, tall), dpi=dpi, facecolor=BACK)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2,
        3,
        width_ratios=(1, 1, 0.04),
        left=0.015,
        right=0.92,
        top=1 - 1.05 / tall,
        bottom=0.2 / tall,
        wspace=0.04,
        hspace=0.62 / (column * aspect),
    )
    vmax = shared_maximum(bench, finding)
    for place, (role, word) in enumerate(ROLES):
        above, below = figure.add_subplot(grid[0, place]), figure.add_subplot(grid[1, place])
        prediction = predictions[role]
        show_film(above, film, bench.quality)
        line = score_line(prediction, finding, outcomes, role)
        write_title(above, f"{word}: {prediction.model}", [line])
        if finding not in prediction.findings:
            below.set_axis_off()
            continue
        heat = colour_heat(bench.heat(role, finding, (height, width)), vmax)
        above.imshow(heat, extent=(0, width, height, 0), interpolation="bilinear")
        draw_true_regions(above, true_regions, bench.film.pixels.shape, (height, width))
        draw_boxes(above, boxes.get(role), bench.film.pixels.shape, (height, width))
        _show_map(below, bench.map_of(role, finding), vmax, height / width)
        why = boxes[role].why_none if role in boxes else None
        write_title(below, "the network's own map", [line if why is None else f"no box: {wrap(why, 60)[0]}"])
    draw_scale(figure.add_subplot(grid[0, 2]), vmax)
    draw_scale(figure.add_subplot(grid[1, 2]), vmax, over_film=False)
    title = f"{bench.case_id}   ·   {finding}"
    figure.text(0.015, 1 - 0.12 / tall, title, color=INK, fontsize=13, weight="bold", va="top", parse_math=False)
    note = "research only, not a medical device"
    figure.text(0.985, 1 - 0.14 / tall, note, color=QUIET, fontsize=9, va="top", ha="right")
    return _save(figure, kind)


def _show_map(axes: Any, values: np.ndarray, vmax: float, aspect: float) -> None:
    """The raw grid as squares, on the film's shape, with the numbers where they fit."""
    rows, columns = values.shape
    top = vmax if vmax > 0 else 1.0
    axes.imshow(values, cmap=COLOURS, vmin=0, vmax=top, interpolation="nearest", aspect=aspect * columns / rows)
    axes.set(xticks=[], yticks=[], anchor="N")
    if max(rows, columns) > 8:
        return
    for (row, column), value in np.ndenumerate(values):
        ink = "#000000" if value > 0.6 * top else INK
        axes.text(column, row, f"{value:.2g}", color=ink, fontsize=7.5, ha="center", va="center")


def _save(figure: Figure, kind: Kind) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format=kind, facecolor=BACK, metadata={"CreationDate": None} if kind == "pdf" else None)
    return out.getvalue()


def _describe_film(axes: Any, bench: Workbench, truth: GroundTruth | None) -> None:
    axes.set_axis_off()
    lines = []
    if truth is not None:
        present = [name for name, value in truth.findings.items() if value.value == "positive"]
        unsure = [name for name, value in truth.findings.items() if value.value == "uncertain"]
        lines += wrap(f"Truth ({truth.source}): " + (", ".join(present) or "nothing named positive"), 58)
        if unsure:
            lines += wrap("Uncertain: " + ", ".join(unsure), 58)
    else:
        lines.append("Truth: hidden, or not known")
    for flag in bench.quality.flags[:2]:
        lines += wrap(f"Film: {flag.message}", 58)[:2]
    axes.text(
        0,
        0.97,
        "\n".join(lines[:7]),
        transform=axes.transAxes,
        color=QUIET,
        fontsize=9.5,
        va="top",
        linespacing=1.45,
        parse_math=False,
    )


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
