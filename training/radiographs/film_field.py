"""The exposed part of a film: without flat borders, and small enough to measure quickly."""

from __future__ import annotations

import numpy as np
from PIL import Image

FLAT = 0.03
"""Rows and columns whose grey values differ by less belong to a border."""


def shrink(pixels: np.ndarray, edge: int) -> np.ndarray:
    """(H, W) [0, 1] scaled down by area so that the longer side is at most `edge` px; never enlarged."""
    height, width = pixels.shape
    scale = edge / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return resample(pixels, size)


def resample(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) to (size[1], size[0]), averaging over area."""
    image = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.float32))  # mode F
    factor = max(1, min(image.width // (2 * size[0]), image.height // (2 * size[1])))
    if factor > 1:
        image = image.reduce(factor)
    method = Image.Resampling.BOX if image.width >= size[0] and image.height >= size[1] else Image.Resampling.BILINEAR
    return np.asarray(image.resize(size, method))


def exposed_field(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 without flat rows and columns at the borders; the whole picture where little would remain."""
    height, width = pixels.shape
    rows = np.flatnonzero(np.ptp(pixels, axis=1) > FLAT)
    columns = np.flatnonzero(np.ptp(pixels, axis=0) > FLAT)
    if rows.size < height / 3 or columns.size < width / 3:
        return 0, 0, width, height
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def collimated_field(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 without the white bands that a collimator leaves where the digitiser shows unexposed film white.

    Bands go from the outside in, the widest first; the whole picture where little would remain.
    """
    height, width = pixels.shape
    x1, y1, x2, y2 = 0, 0, width, height
    for _ in range(2):  # a band across the top may hide one at the side
        for axis in (1, 0):
            part = pixels[y1:y2, x1:x2]
            low, high = np.percentile(part, (10, 95), axis=axis)
            inside = np.flatnonzero(~((low > 0.85) & (high - low < 0.12)))
            if inside.size < (height, width)[1 - axis] / 4:
                return 0, 0, width, height
            first, last = int(inside[0]), int(inside[-1]) + 1
            if axis == 1:
                y1, y2 = y1 + first, y1 + last
            else:
                x1, x2 = x1 + first, x1 + last
    return x1, y1, x2, y2
