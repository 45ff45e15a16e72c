"""Boxes from a heatmap laid over a film: smoothed, cut at a share of its maximum, split into connected regions.

    drawn, why_none = boxes_of(heat, threshold)     # heat (H, W) f32 >= 0, longest edge EDGE

Kept are regions whose box covers half a percent of the film or more (the source project's rule), three at most. A map
that singles out no region gets no box, with the reason.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .saliency import Spread, spread_matrix, spread_out, spreads

EDGE = 512
"""Longest edge of the picture the regions are found in, pixels; boxes are scaled back to the film."""

SMOOTHING = 0.02
"""Standard deviation of the Gaussian, as a share of the longest edge. Of 0, 0.01, 0.02, 0.03 and 0.04 the maps of
mini/finetuned overlap readers' boxes best at 0.02 (mean IoU .412 on the 308 boxed film-finding pairs of the training
table, .409 without smoothing and at 0.04); the boxes of synthetic films are also found more often than at 0.04."""

SMALLEST_AREA = 0.005
LARGEST_AREA = 0.6
"""Of the film: a region larger than this points at nothing."""

MOST_BOXES = 3


class MapBox(NamedTuple):
    """One region, in pixels of the map."""

    mask: np.ndarray
    """(H, W) bool."""
    corners: tuple[float, float, float, float]
    """x1, y1, x2, y2, the last two one past the region's last pixel."""
    mean: float
    """Mean of the smoothed map inside, as a share of its maximum."""


def picture_shape(height: int, width: int, edge: int = EDGE) -> tuple[int, int]:
    """Rows and columns of the picture boxes are found in, for a film of that size."""
    scale = max(height, width) / edge
    return max(1, round(height / scale)), max(1, round(width / scale))


def boxes_of(heat: np.ndarray, threshold: float) -> tuple[tuple[MapBox, ...], str | None]:
    """Boxes of a map with a positive maximum, highest mean first, or none and the reason."""
    return boxes_of_smooth(smooth_map(heat), threshold)


def boxes_of_smooth(smooth: np.ndarray, threshold: float) -> tuple[tuple[MapBox, ...], str | None]:
    """As `boxes_of`, of a map that is smoothed already."""
    smooth = smooth / smooth.max()
    regions = find_regions(smooth, threshold)
    if not regions:
        return (), f"no region above {threshold:g} of the map's maximum covers {SMALLEST_AREA:.1%} of the film"
    for region in regions:
        if region.mean() > LARGEST_AREA:
            return (), f"the activation covers {region.mean():.0%} of the film and singles out no region"
    boxes = [MapBox(region, corners_of(region), float(smooth[region].mean())) for region in regions]
    return tuple(sorted(boxes, key=lambda box: -box.mean)[:MOST_BOXES]), None


def smooth_map(heat: np.ndarray) -> np.ndarray:
    """A map laid over a film, without the corners that its network's coarse grid leaves."""
    return ndimage.gaussian_filter(heat, SMOOTHING * max(heat.shape))


def smooth_over(
    grid: np.ndarray, region: tuple[float, float, float, float], film: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    """A map (h, w) laid over the film (tools/maps/saliency.py) and smoothed: `smooth_map(lay_over(...))`, quicker.

    Laying over and smoothing both go along rows and columns one after the other, so the smoothing is put into the two
    small matrices once; 1 ms in place of 20.
    """
    rows, columns = (_smoothed(spread, max(shape)) for spread in spreads(grid.shape, region, film, shape))
    return spread_out(rows, grid, columns)


@lru_cache(maxsize=64)
def _smoothed(spread: Spread, edge: int) -> np.ndarray:
    """(length, cells): `spread_matrix`, smoothed along the film."""
    return ndimage.gaussian_filter1d(spread_matrix(spread), SMOOTHING * edge, axis=0)


def find_regions(heat: np.ndarray, threshold: float) -> list[np.ndarray]:
    """Connected regions (masks like `heat`) with heat >= threshold and a box that is not too small."""
    return connected_regions(heat >= threshold)


def connected_regions(mask: np.ndarray) -> list[np.ndarray]:
    """Connected regions of a mask (H, W) whose box covers SMALLEST_AREA or more."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return []
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    labelled, _ = ndimage.label(mask[window])  # pyright: ignore[reportGeneralTypeIssues]  scipy's stub
    regions = []
    for index, (down, across) in enumerate(ndimage.find_objects(labelled), start=1):
        if (down.stop - down.start) * (across.stop - across.start) >= SMALLEST_AREA * mask.size:
            region = np.zeros(mask.shape, bool)
            region[window] = labelled == index
            regions.append(region)
    return regions


def corners_of(region: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
