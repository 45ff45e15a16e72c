"""Tool `detect_boxes`: the regions a heatmap stands out in, as boxes in pixels of the original film.

Regions come from the map itself (tools/maps/map_boxes.py), cut at a threshold that was fitted for the model and
finding on boxed films where there were enough (`cxr-lens localize --fit`), else at a default. Nothing is boxed where
the map adds next to nothing to the score, or less than the model's maps of films with that finding do (`gate`). Rule
`overlay` is the source project's way, for comparison.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..training.radiographs.radiograph import Radiograph
from .maps.map_boxes import EDGE, MOST_BOXES, SMALLEST_AREA, MapBox, boxes_of_smooth, find_regions, picture_shape
from .maps.overlay_boxes import overlay_boxes
from .maps.saliency import NEGLIGIBLE
from .schemas import Box, BoxSet, DetectBoxesInput, Side
from .workbench import Workbench

__all__ = ["EDGE", "MOST_BOXES", "SMALLEST_AREA", "THRESHOLD", "THRESHOLDS", "detect_boxes", "find_regions"]

THRESHOLD = 0.5
THRESHOLDS = {"Edema": 0.4, "Lung Opacity": 0.4}
"""Share of the map's maximum a pixel needs, where none was fitted; lower for findings that are spread out."""

ZONE_SHARE = 0.2
"""A zone is named where it holds at least this share of a region."""


def detect_boxes(bench: Workbench, request: DetectBoxesInput) -> BoxSet:
    """Boxes of one model for one finding, highest mean activation first."""
    finding = bench.finding(request.finding)
    config = bench.model(request.model).config
    fitted = config.box_rules.get(finding)
    threshold = request.threshold or (fitted.threshold if fitted else default_threshold(finding))
    gate = max(NEGLIGIBLE, fitted.gate if fitted else 0.0)
    total = float(bench.map_of(request.model, finding).sum())
    boxes: tuple[Box, ...] = ()
    if not bench.findings.get(finding).boxed:
        why_none = f"{finding} has no place on a film"
    elif total < NEGLIGIBLE:
        why_none = "the map is empty: nothing on the film raises this score"
    elif total < gate:
        why_none = f"the map is too weak: it adds {total:.2g} logits, films with {finding} have {gate:.2g} or more"
    else:
        boxes, why_none = _find(bench, request, finding, threshold)
    return BoxSet(
        model=config.name,
        role=request.model,
        finding=finding,
        threshold=threshold,
        boxes=boxes,
        why_none=why_none,
        rule=request.rule,
        threshold_source=_threshold_source(request, fitted is not None),
    )


def default_threshold(finding: str) -> float:
    return THRESHOLDS.get(finding, THRESHOLD)


def _threshold_source(request: DetectBoxesInput, fitted: bool) -> str:
    if request.rule == "overlay":
        return "hue of the overlay"
    if request.threshold is not None:
        return "asked for"
    return "fitted on boxed films" if fitted else "default"


def _find(
    bench: Workbench, request: DetectBoxesInput, finding: str, threshold: float
) -> tuple[tuple[Box, ...], str | None]:
    shape = picture_shape(*bench.film.pixels.shape)
    if request.rule == "overlay":
        drawn, why_none = overlay_boxes(bench.heat(request.model, finding, shape), film_at(bench.film, shape))
    else:
        drawn, why_none = boxes_of_smooth(bench.smooth_heat(request.model, finding, shape), threshold)
    return tuple(_describe(bench, shape, box) for box in drawn), why_none


def film_at(film: Radiograph, shape: tuple[int, int]) -> np.ndarray:
    """A film's pixels at another size (rows, columns), f32 in [0, 1]."""
    from PIL import Image  # noqa: PLC0415  only the overlay rule needs it

    picture = Image.fromarray(film.pixels).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)  # mode F
    return np.clip(np.asarray(picture), 0, 1)


def _describe(bench: Workbench, shape: tuple[int, ...], box: MapBox) -> Box:
    height, width = bench.film.pixels.shape
    down, across = height / shape[0], width / shape[1]
    x1, y1, x2, y2 = box.corners
    x1, y1, x2, y2 = x1 * across, y1 * down, x2 * across, y2 * down
    mask = bench.anatomy.on_grid(box.mask)
    side, shares = bench.anatomy.side_of(mask), bench.anatomy.zones_of(mask)
    return Box(
        x1=round(x1, 1),
        y1=round(y1, 1),
        x2=round(x2, 1),
        y2=round(y2, 1),
        mean_activation=min(1.0, box.mean),
        area_share=(x2 - x1) * (y2 - y1) / (height * width),
        side=side,
        side_basis=bench.quality.sides,
        zones=name_zones(shares, side),
    )


def name_zones(shares: Sequence[tuple[str, float]], side: Side) -> tuple[str, ...]:
    """The zones that hold much of a region, or the one that holds most; of a bilateral one, some of either side."""
    named = [zone for zone, share in shares if share >= ZONE_SHARE] or [shares[0][0]]
    if side == "bilateral":
        for name in ("right", "left"):
            of_side = [zone for zone, _ in shares if zone.startswith(name)]
            if of_side and not any(zone.startswith(name) for zone in named):
                named.append(of_side[0])
    return tuple(named)
