"""Tool `detect_boxes`: the regions a heatmap stands out in, as boxes in pixels of the original film.

The map is upsampled and smoothed a little, cut at a share of its own maximum, and split into connected regions. Kept
are regions whose box covers half a percent of the film or more (the source project's rule), three at most. Nothing is
boxed where the map adds next to nothing to the score, or where it singles out no region.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .saliency import NEGLIGIBLE
from .schemas import Box, BoxSet, DetectBoxesInput
from .workbench import Workbench

THRESHOLD = 0.5
THRESHOLDS = {"Edema": 0.4, "Lung Opacity": 0.4}
"""Share of the map's maximum a pixel needs; lower for findings that are spread out."""

EDGE = 512
"""Longest edge of the picture the regions are found in, pixels; boxes are scaled back to the film."""

SMOOTHING = 0.01
"""Standard deviation of the Gaussian, as a share of the longest edge."""

SMALLEST_AREA = 0.005
LARGEST_AREA = 0.6
"""Of the film: a region larger than this points at nothing."""

MOST_BOXES = 3
ZONE_SHARE = 0.2
"""A zone is named where it holds at least this share of a region."""


def detect_boxes(bench: Workbench, request: DetectBoxesInput) -> BoxSet:
    """Boxes of one model for one finding, highest mean activation first."""
    finding = bench.finding(request.finding)
    threshold = request.threshold or THRESHOLDS.get(finding, THRESHOLD)
    raw = bench.map_of(request.model, finding)
    boxes: tuple[Box, ...] = ()
    if not bench.findings.get(finding).boxed:
        why_none = f"{finding} has no place on a film"
    elif float(raw.sum()) < NEGLIGIBLE:
        why_none = "the map is empty: nothing on the film raises this score"
    else:
        boxes, why_none = _find(bench, request, finding, threshold)
    return BoxSet(
        model=bench.model(request.model).config.name,
        role=request.model,
        finding=finding,
        threshold=threshold,
        boxes=boxes,
        why_none=why_none,
    )


def _find(
    bench: Workbench, request: DetectBoxesInput, finding: str, threshold: float
) -> tuple[tuple[Box, ...], str | None]:
    height, width = bench.film.pixels.shape
    scale = max(height, width) / EDGE
    shape = (max(1, round(height / scale)), max(1, round(width / scale)))
    heat = bench.heat(request.model, finding, shape)
    heat = ndimage.gaussian_filter(heat, SMOOTHING * EDGE)
    heat /= heat.max()
    regions = find_regions(heat, threshold)
    if not regions:
        return (), f"no region above {threshold:g} of the map's maximum covers {SMALLEST_AREA:.1%} of the film"
    boxes = []
    for region in regions:
        if region.mean() > LARGEST_AREA:
            return (), f"the activation covers {region.mean():.0%} of the film and singles out no region"
        boxes.append(_describe(bench, heat, region))
    return tuple(sorted(boxes, key=lambda box: -box.mean_activation)[:MOST_BOXES]), None


def find_regions(heat: np.ndarray, threshold: float) -> list[np.ndarray]:
    """Connected regions (masks like `heat`) with heat >= threshold and a box that is not too small."""
    labelled, _ = ndimage.label(heat >= threshold)  # pyright: ignore[reportGeneralTypeIssues]  scipy's stub
    regions = []
    for index, window in enumerate(ndimage.find_objects(labelled), start=1):
        rows, columns = window
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        if area >= SMALLEST_AREA * heat.size:
            regions.append(labelled == index)
    return regions


def _describe(bench: Workbench, heat: np.ndarray, region: np.ndarray) -> Box:
    height, width = bench.film.pixels.shape
    down, across = height / heat.shape[0], width / heat.shape[1]
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    x1, x2 = columns[0] * across, (columns[-1] + 1) * across
    y1, y2 = rows[0] * down, (rows[-1] + 1) * down
    shares = bench.anatomy.zones_of(region)
    return Box(
        x1=round(float(x1), 1),
        y1=round(float(y1), 1),
        x2=round(float(x2), 1),
        y2=round(float(y2), 1),
        mean_activation=min(1.0, float(heat[region].mean())),
        area_share=float((x2 - x1) * (y2 - y1) / (height * width)),
        side=bench.anatomy.side_of(region),
        side_basis=bench.quality.sides,
        zones=tuple(zone for zone, share in shares if share >= ZONE_SHARE) or (shares[0][0],),
    )
