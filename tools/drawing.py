"""Pictures of a case: the side-by-side panel, and the film and heatmaps as PNG for overlays on a page.

Colour is inferno: it grows in brightness, so it reads in grey and for every kind of colour vision. Both models share
one scale of raw Grad-CAM magnitude; opacity grows with it, so the film shows through where a model does not look.
matplotlib's Figure is used directly: no pyplot, no global state.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from ..training.quality import Quality
from .saliency import NEGLIGIBLE
from .schemas import BoxSet, GroundTruth, Outcome, Prediction, Role
from .workbench import Workbench

COLOURS = colormaps["inferno"]
STRONGEST = 0.75
"""Opacity of a heatmap's maximum."""

_BACK, _INK, _QUIET = "#14171c", "#f2f2f0", "#9aa3ad"
_BOX = "#6fe0ff"
_ROLES: tuple[tuple[Role, str], ...] = (("baseline", "baseline"), ("finetuned", "fine-tuned"))
_PANEL_EDGE = 700
"""Films are drawn at most this large, pixels."""

SCALE_LABEL = "raw Grad-CAM, logits per map cell"


def film_png(film: Any, max_edge: int = 1024) -> bytes:
    """The film (a Radiograph, or (H, W) f32 in [0, 1]) as 8-bit grey PNG, shrunk to `max_edge`."""
    pixels = getattr(film, "pixels", film)
    return _png(_shrink(Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)), max_edge))


def heat_png(heat: np.ndarray, vmax: float, max_edge: int = 1024) -> bytes:
    """A raw heatmap over the film (H, W) as RGBA PNG: transparent where 0, strongest at `vmax`."""
    height, width = heat.shape
    scale = max(1.0, max(height, width) / max_edge)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    small = np.asarray(Image.fromarray(heat.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    return _png(Image.fromarray((colour_heat(small, vmax) * 255).round().astype(np.uint8), "RGBA"))


def colour_heat(heat: np.ndarray, vmax: float) -> np.ndarray:
    """Raw heat (H, W) -> (H, W, 4) f32 in [0, 1]; colour and opacity grow with heat / vmax."""
    share = np.clip(heat / vmax, 0, 1) if vmax > 0 else np.zeros_like(heat)
    rgba = COLOURS(0.15 + 0.85 * share).astype(np.float32)  # the darkest colours would only dim the film
    rgba[..., 3] = STRONGEST * share
    return rgba


def shared_maximum(bench: Workbench, finding: str) -> float:
    """Largest raw magnitude of both models' maps for a finding: the top of the shared colour scale."""
    maps = [bench.map_of(role, finding) for role, _ in _ROLES if bench.why_not_assessed(role, finding) is None]
    return max((float(m.max()) for m in maps), default=0.0)


def draw_panel(  # noqa: PLR0917  the order callers agreed on
    bench: Workbench,
    finding: str,
    predictions: Mapping[Role, Prediction],
    boxes: Mapping[Role, BoxSet],
    outcomes: Mapping[Role, Outcome | None] | None = None,
    truth: GroundTruth | None = None,
) -> bytes:
    """Film | baseline | fine-tuned for one finding, as PNG.

    `outcomes` and `truth` only when revealed. A model that does not assess the finding gets its film without a map
    and the reason; `boxes` may lack it.
    """
    finding = bench.finding(finding)
    film = _film_for_panel(bench.film.pixels)
    height, width = film.shape
    aspect = min(1.6, max(0.6, height / width))
    column = 4.6
    figure = Figure(figsize=(3 * column + 0.9, column * aspect + 2.5), dpi=100, facecolor=_BACK)
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
    _show_film(first, film, bench.quality)
    _title(first, "radiograph", _film_lines(bench, truth, finding))
    _describe_film(figure.add_subplot(grid[1, 0]), bench, truth)
    for place, (role, word) in enumerate(_ROLES, start=1):
        axes = figure.add_subplot(grid[0, place])
        prediction = predictions[role]
        _show_film(axes, film, bench.quality)
        if finding in prediction.findings:
            axes.imshow(
                colour_heat(bench.heat(role, finding, (height, width)), vmax),
                extent=(0, width, height, 0),
                interpolation="bilinear",
            )
            _draw_boxes(axes, boxes.get(role), bench.film.pixels.shape, (height, width))
        _title(axes, f"{word}: {prediction.model}", [_score_line(prediction, finding, outcomes, role)])
        _list_labels(figure.add_subplot(grid[1, place]), prediction, boxes.get(role), finding)
    _draw_scale(figure, figure.add_subplot(grid[0, 3]), vmax)
    title = f"{bench.case_id}   ·   {finding}"
    figure.text(0.012, 0.985, title, color=_INK, fontsize=14, weight="bold", va="top", parse_math=False)
    figure.text(0.945, 0.984, "research only, not a medical device", color=_QUIET, fontsize=9.5, va="top", ha="right")
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=_BACK)
    return out.getvalue()


def _film_for_panel(pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8))
    return np.asarray(_shrink(picture, _PANEL_EDGE), np.float32) / 255


def _show_film(axes: Any, film: np.ndarray, quality: Quality) -> None:
    height, width = film.shape
    axes.imshow(film, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0))
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], anchor="N")
    for spine in axes.spines.values():
        spine.set_visible(False)
    letters = ("L", "R") if quality.flipped else ("R", "L")
    note = " as displayed" if quality.sides == "as displayed" else ""
    style = {"color": _INK, "fontsize": 11, "weight": "bold", "va": "bottom", "bbox": _plate()}
    axes.text(0.02, 0.02, letters[0] + note, transform=axes.transAxes, ha="left", **style)
    axes.text(0.98, 0.02, letters[1], transform=axes.transAxes, ha="right", **style)


def _title(axes: Any, title: str, lines: list[str]) -> None:
    axes.text(0, 1.068, title, transform=axes.transAxes, color=_INK, fontsize=12, weight="bold", parse_math=False)
    axes.text(0, 1.018, "   ".join(lines), transform=axes.transAxes, color=_QUIET, fontsize=10.5, parse_math=False)


def _film_lines(bench: Workbench, truth: GroundTruth | None, finding: str) -> list[str]:
    quality = bench.quality
    lines = [
        f"{quality.projection} ({quality.projection_basis})" if quality.projection != "unknown" else "view unknown"
    ]
    if truth is not None and finding in truth.findings:
        lines.append(f"truth: {truth.findings[finding].value} ({truth.source})")
    if bench.film.info.synthetic:
        lines.append("synthetic film")
    return lines


def _score_line(
    prediction: Prediction, finding: str, outcomes: Mapping[Role, Outcome | None] | None, role: Role
) -> str:
    score = prediction.findings.get(finding)
    if score is None:
        return f"{finding}: not assessed"
    sign = "≥" if score.positive else "<"
    called = "positive" if score.positive else "negative"
    outcome = (outcomes or {}).get(role)
    tail = f"   {outcome}" if outcome else ""
    return f"{finding} {score.score:.2f} {sign} threshold {score.threshold:.2f}: {called}{tail}"


def _describe_film(axes: Any, bench: Workbench, truth: GroundTruth | None) -> None:
    axes.set_axis_off()
    lines = []
    if truth is not None:
        present = [name for name, value in truth.findings.items() if value.value == "positive"]
        unsure = [name for name, value in truth.findings.items() if value.value == "uncertain"]
        lines += _wrap(f"Truth ({truth.source}): " + (", ".join(present) or "nothing named positive"), 58)
        if unsure:
            lines += _wrap("Uncertain: " + ", ".join(unsure), 58)
    else:
        lines.append("Truth: hidden, or not known")
    for flag in bench.quality.flags[:2]:
        lines += _wrap(f"Film: {flag.message}", 58)[:2]
    axes.text(
        0,
        0.97,
        "\n".join(lines[:7]),
        transform=axes.transAxes,
        color=_QUIET,
        fontsize=9.5,
        va="top",
        linespacing=1.45,
        parse_math=False,
    )


def _list_labels(axes: Any, prediction: Prediction, boxes: BoxSet | None, finding: str) -> None:
    """The five highest native labels as bars, and why there is no box where there is none."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    own = prediction.findings[finding].label if finding in prediction.findings else None
    for row, entry in enumerate(prediction.top_k[:5]):
        y = 0.92 - 0.155 * row
        colour = _BOX if entry.label == own else _INK
        axes.text(0, y, entry.label, color=colour, fontsize=9.5, va="center", parse_math=False)
        axes.add_patch(Rectangle((0.52, y - 0.04), 0.34, 0.08, color="#2b313a", lw=0))
        axes.add_patch(Rectangle((0.52, y - 0.04), 0.34 * entry.score, 0.08, color=colour, lw=0))
        axes.text(0.955, y, f"{entry.score:.2f}", color=colour, fontsize=9.5, va="center", ha="right")
    if boxes is not None and boxes.why_none:
        axes.text(0, 0.08, f"No box: {_wrap(boxes.why_none, 64)[0]}", color=_QUIET, fontsize=8.5, va="center")
    elif finding in prediction.not_assessed:
        reason = _wrap(prediction.not_assessed[finding], 60)[0]
        axes.text(0, 0.08, f"Not assessed: {reason}", color=_QUIET, fontsize=8.5, va="center", parse_math=False)


def _draw_boxes(axes: Any, boxes: BoxSet | None, film: tuple[int, int], shown: tuple[int, int]) -> None:
    """Boxes with "side: zone" labels, moved until they overlap neither each other nor the edge."""
    if boxes is None:
        return
    down, across = shown[0] / film[0], shown[1] / film[1]
    line = 0.042 * shown[0]
    taken: list[tuple[float, float, float, float]] = [
        (0, shown[0] - 1.4 * line, 0.42 * shown[1], shown[0]),  # the side letters
        (0.9 * shown[1], shown[0] - 1.4 * line, shown[1], shown[0]),
    ]
    for box in boxes.boxes:
        x1, x2, y1, y2 = box.x1 * across, box.x2 * across, box.y1 * down, box.y2 * down
        axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=_BOX, lw=1.8))
        text = _box_label(box.side, box.zones)
        long = min(shown[1], 0.0195 * shown[1] * len(text) + 0.02 * shown[1])
        x = min(max(0.0, x1), shown[1] - long)
        places = [
            y1 - line,
            y2,
            y1,
            y2 - line,
            *(y2 + k * line for k in range(1, 20)),
            *(y1 - k * line for k in range(2, 20)),
        ]
        free = [
            y
            for y in places
            if 0 <= y <= shown[0] - line and not any(_overlap((x, y, x + long, y + line), other) for other in taken)
        ]
        y = free[0] if free else max(0.0, y1)
        taken.append((x, y, x + long, y + line))
        axes.text(
            x + 3,
            y + line / 2,
            text,
            color=_BACK,
            fontsize=8.6,
            va="center",
            weight="bold",
            bbox=_plate(_BOX, 0.92, 0.16),
        )


def _box_label(side: str, zones: tuple[str, ...]) -> str:
    """`left: lower lung, costophrenic angle`; a zone keeps its own side only where it is another."""
    names = []
    for zone in zones[:2]:
        first, _, rest = zone.partition(" ")
        name = rest if first == side else zone
        if name not in names:
            names.append(name)
    return f"{side}: {', '.join(names)}"


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _draw_scale(figure: Figure, axes: Any, vmax: float) -> None:
    ramp = np.linspace(0, 1, 128)[:, None].repeat(2, axis=1)
    top = vmax if vmax > 0 else 1.0
    backing = np.zeros((128, 2, 3))
    axes.imshow(backing, extent=(0, 1, 0, top), aspect="auto")
    axes.imshow(colour_heat(ramp, 1.0), extent=(0, 1, 0, top), aspect="auto", origin="lower")
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel(SCALE_LABEL if vmax > NEGLIGIBLE / 100 else "both maps are empty", color=_QUIET, fontsize=9)
    axes.tick_params(colors=_QUIET, labelsize=8.5, length=2)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_color(_QUIET)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _plate(colour: str = "#000000", alpha: float = 0.55, pad: float = 0.22) -> dict[str, Any]:
    return {"boxstyle": f"round,pad={pad}", "fc": colour, "ec": "none", "alpha": alpha}


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]


def _shrink(picture: Image.Image, max_edge: int) -> Image.Image:
    scale = max_edge / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
