"""Parts of the panels: a film with its side letters, titles, boxes with labels that keep apart, top lists, the scale.

matplotlib's Figure is used directly: no pyplot, no global state.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Polygon, Rectangle
from PIL import Image

from ...training.radiographs.quality import Quality
from ..anatomy.true_regions import TrueRegion
from ..maps.saliency import NEGLIGIBLE
from ..schemas import BoxSet, GroundTruth, Outcome, Prediction, Role
from ..workbench import Workbench
from .heat_colours import COLOURS, SCALE_LABEL, colour_heat

BACK, INK, QUIET = "#14171c", "#f2f2f0", "#9aa3ad"
BOX = "#6fe0ff"
TRUE = "#ffffff"
"""Outlines of readers' boxes: thin, dashed, on a dark halo."""

ROLES: tuple[tuple[Role, str], ...] = (("baseline", "baseline"), ("finetuned", "fine-tuned"))
PANEL_EDGE = 700
"""Films are drawn at most this large, pixels."""


def film_for_panel(pixels: np.ndarray, edge: int = PANEL_EDGE) -> np.ndarray:
    picture = Image.fromarray((np.clip(pixels, 0, 1) * 255).round().astype(np.uint8))
    return np.asarray(shrink_picture(picture, edge), np.float32) / 255


def show_film(axes: Any, film: np.ndarray, quality: Quality) -> None:
    height, width = film.shape
    axes.imshow(film, cmap="gray", vmin=0, vmax=1, extent=(0, width, height, 0))
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[], anchor="N")
    for spine in axes.spines.values():
        spine.set_visible(False)
    letters = ("L", "R") if quality.flipped else ("R", "L")
    note = " as displayed" if quality.sides == "as displayed" else ""
    style = {"color": INK, "fontsize": 11, "weight": "bold", "va": "bottom", "bbox": plate()}
    axes.text(0.02, 0.02, letters[0] + note, transform=axes.transAxes, ha="left", **style)
    axes.text(0.98, 0.02, letters[1], transform=axes.transAxes, ha="right", **style)


def write_title(axes: Any, title: str, lines: list[str]) -> None:
    axes.text(0, 1.068, title, transform=axes.transAxes, color=INK, fontsize=12, weight="bold", parse_math=False)
    axes.text(0, 1.018, "   ".join(lines), transform=axes.transAxes, color=QUIET, fontsize=10.5, parse_math=False)


def film_lines(bench: Workbench, truth: GroundTruth | None, finding: str) -> list[str]:
    quality = bench.quality
    lines = [
        f"{quality.projection} ({quality.projection_basis})" if quality.projection != "unknown" else "view unknown"
    ]
    if truth is not None and finding in truth.findings:
        lines.append(f"truth: {truth.findings[finding].value} ({truth.source})")
    if bench.film.info.synthetic:
        lines.append("synthetic film")
    return lines


def score_line(
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


def list_labels(axes: Any, prediction: Prediction, boxes: BoxSet | None, finding: str) -> None:
    """The five highest native labels as bars, and why there is no box where there is none."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    own = prediction.findings[finding].label if finding in prediction.findings else None
    for row, entry in enumerate(prediction.top_k[:5]):
        y = 0.92 - 0.155 * row
        colour = BOX if entry.label == own else INK
        axes.text(0, y, entry.label, color=colour, fontsize=9.5, va="center", parse_math=False)
        axes.add_patch(Rectangle((0.52, y - 0.04), 0.34, 0.08, color="#2b313a", lw=0))
        axes.add_patch(Rectangle((0.52, y - 0.04), 0.34 * entry.score, 0.08, color=colour, lw=0))
        axes.text(0.955, y, f"{entry.score:.2f}", color=colour, fontsize=9.5, va="center", ha="right")
    if boxes is not None and boxes.why_none:
        axes.text(0, 0.08, f"No box: {wrap(boxes.why_none, 64)[0]}", color=QUIET, fontsize=8.5, va="center")
    elif finding in prediction.not_assessed:
        reason = wrap(prediction.not_assessed[finding], 60)[0]
        axes.text(0, 0.08, f"Not assessed: {reason}", color=QUIET, fontsize=8.5, va="center", parse_math=False)


def draw_boxes(axes: Any, boxes: BoxSet | None, film: tuple[int, int], shown: tuple[int, int]) -> None:
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
        axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=BOX, lw=1.8))
        text = box_label(box.side, box.zones)
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
            color=BACK,
            fontsize=8.6,
            va="center",
            weight="bold",
            bbox=plate(BOX, 0.92, 0.16),
        )


def box_label(side: str, zones: tuple[str, ...]) -> str:
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


def draw_scale(axes: Any, vmax: float, *, over_film: bool = True) -> None:
    """The colour bar with its unit: of maps laid over a film, or of a raw map."""
    ramp = np.linspace(0, 1, 128)[:, None].repeat(2, axis=1)
    top = vmax if vmax > 0 else 1.0
    if over_film:
        axes.imshow(np.zeros((128, 2, 3)), extent=(0, 1, 0, top), aspect="auto")
    colours = colour_heat(ramp, 1.0) if over_film else COLOURS(ramp)
    axes.imshow(colours, extent=(0, 1, 0, top), aspect="auto", origin="lower")
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel(SCALE_LABEL if vmax > NEGLIGIBLE / 100 else "both maps are empty", color=QUIET, fontsize=9)
    axes.tick_params(colors=QUIET, labelsize=8.5, length=2)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_color(QUIET)
    for spine in axes.spines.values():
        spine.set_visible(False)


def plate(colour: str = "#000000", alpha: float = 0.55, pad: float = 0.22) -> dict[str, Any]:
    return {"boxstyle": f"round,pad={pad}", "fc": colour, "ec": "none", "alpha": alpha}


def wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]


def draw_true_regions(
    axes: Any, regions: Sequence[TrueRegion], film: tuple[int, int], shown: tuple[int, int]
) -> None:
    """Readers' boxes and outlines as thin dashed lines."""
    down, across = shown[0] / film[0], shown[1] / film[1]
    for region in regions:
        x1, y1, x2, y2 = region.corners
        corners = region.outline or ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
        points = [(x * across, y * down) for x, y in corners]
        axes.add_patch(Polygon(points, fill=False, ec="#000000", lw=2.0, alpha=0.6))
        axes.add_patch(Polygon(points, fill=False, ec=TRUE, lw=0.9, ls=(0, (4, 3))))


def shrink_picture(picture: Image.Image, max_edge: int) -> Image.Image:
    scale = max_edge / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)
