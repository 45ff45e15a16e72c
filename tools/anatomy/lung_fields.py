"""Where the lungs are on a frontal film: an outline with nine numbers, and the body it lies in.

The outline is fixed in chest coordinates: u runs from the midline (0) to the lung's widest point (1), v from the apex
(0) to the costophrenic angle (1). Its shape is the median of 130 lung masks of the v7labs set shipped with
torchxrayvision (semantic_masks_v7labs_lungs.zip), with the heart taken out of both sides. Nine numbers place it:
midline, tilt, both widths, apex, both bases, and how far the heart bulges to either side (tools/anatomy/lung_finder.py
finds them).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

GRID = 256
"""Rows and columns everything is computed on, whatever the film's size and shape."""

V = np.array([0.02, 0.06, 0.10, 0.14, 0.18, 0.26, 0.34, 0.42, 0.50, 0.58, 0.66, 0.74, 0.82, 0.90, 0.98])
OUTER = np.array([0.45, 0.56, 0.64, 0.70, 0.74, 0.81, 0.85, 0.875, 0.89, 0.91, 0.925, 0.945, 0.965, 0.98, 0.99])
INNER_RIGHT = np.array([0.21, 0.17, 0.15, 0.14, 0.14, 0.15, 0.16, 0.18, 0.19, 0.20, 0.22, 0.24, 0.25, 0.27, 0.30])
INNER_LEFT = np.array([0.21, 0.18, 0.16, 0.16, 0.17, 0.19, 0.20, 0.21, 0.24, 0.30, 0.37, 0.43, 0.48, 0.52, 0.54])
U = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 0.93, 1.0, 1.1])
BOTTOM = np.array([0.91, 0.88, 0.86, 0.87, 0.92, 0.99, 0.98, 0.95])
"""The diaphragm: v of the lung's lower end over u."""


@dataclass(frozen=True)
class LungFields:
    """Where the outline lies, in shares of the film's width and height. "right" is the image's LEFT half here."""

    midline: float = 0.5
    """x at half height."""
    tilt: float = 0.0
    """x gained by the midline from the top of the film to its bottom."""
    width_right: float = 0.36
    width_left: float = 0.36
    apex: float = 0.12
    base_right: float = 0.80
    base_left: float = 0.82
    heart_right: float = 1.0
    """How far the heart's border reaches into this lung, as a multiple of the usual."""
    heart_left: float = 1.0
    contrast: float = 0.0
    """How much brighter the band around the lungs is than they are; not part of the place."""

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shares of width and height -> u >= 0, v, and whether the point is on the image's right half."""
        offset = x - (self.midline + self.tilt * (y - 0.5))
        on_left = offset > 0
        u = np.where(on_left, offset / self.width_left, -offset / self.width_right)
        v = (y - self.apex) / (np.where(on_left, self.base_left, self.base_right) - self.apex)
        return u, v, on_left


USUAL = LungFields()
SPREAD = {
    "midline": 0.05,
    "tilt": 0.04,
    "width_right": 0.05,
    "width_left": 0.05,
    "apex": 0.06,
    "base_right": 0.09,
    "base_left": 0.09,
    "heart_right": 0.4,
    "heart_left": 0.3,
}
"""Standard deviations of the prior, same units."""


def inner(place: LungFields, v: np.ndarray, on_left: np.ndarray) -> np.ndarray:
    """u of the lung's inner edge (the mediastinum's and heart's border)."""
    left = INNER_LEFT + (place.heart_left - 1) * np.clip(INNER_LEFT - 0.18, 0, None) * (V > 0.3)
    right = INNER_RIGHT + (place.heart_right - 1) * np.clip(INNER_RIGHT - 0.12, 0, None) * (V > 0.3)
    return np.where(on_left, np.interp(v, V, left), np.interp(v, V, right))


def outer(v: np.ndarray) -> np.ndarray:
    """u of the lung's outer edge (the inside of the ribs)."""
    return np.interp(v, V, OUTER)


def bottom(u: np.ndarray) -> np.ndarray:
    """v of the diaphragm."""
    return np.interp(u, U, BOTTOM)


def inside(place: LungFields, u: np.ndarray, v: np.ndarray, on_left: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Whether a point lies inside a lung, or within `margin` (in u and v) of one."""
    return (
        (u > inner(place, v, on_left) - margin)
        & (u < outer(v) + margin)
        & (v > -0.5 * margin)
        & (v < bottom(u) + 0.7 * margin)
    )


@cache
def grid_points(size: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the cell centres of a size x size grid, as shares; both (size, size)."""
    centres = (np.arange(size) + 0.5) / size
    y, x = np.meshgrid(centres, centres, indexing="ij")
    return x, y


def find_body(grid: np.ndarray) -> np.ndarray:
    """The exposed body on a (GRID, GRID) film in [0, 1]: everything but the dark that reaches the film's edge."""
    smooth = ndimage.gaussian_filter(grid, 2)
    x, y = grid_points(GRID)
    u, v, _ = USUAL.coordinates(x, y)
    core = (u < 0.85) & (v > 0.0) & (v < 1.1)
    dark, bright = np.percentile(smooth, (1, 95))
    for level in (0.38, 0.3, 0.22, 0.15, 0.08):
        labelled, _ = ndimage.label(smooth < dark + level * (bright - dark))  # pyright: ignore[reportGeneralTypeIssues]
        edge = np.concatenate([labelled[0], labelled[-1], labelled[:, 0], labelled[:, -1]])
        air = np.isin(labelled, np.unique(edge[edge > 0]))
        if air[core].mean() < 0.03:  # a threshold too high lets the dark run into the lungs
            body = ndimage.binary_opening(~air, iterations=2)
            return np.asarray(ndimage.binary_fill_holes(body)) if body.mean() > 0.3 else np.ones_like(air)
    return np.ones((GRID, GRID), bool)
