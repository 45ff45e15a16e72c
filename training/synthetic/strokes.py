"""The drawing plane: millimetres to pixels, smooth noise, and anti-aliased strokes that hold mm of tissue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

Points = np.ndarray
"""(N, 2) float: x to the image's right, y down, in millimetres of the body."""

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels."""


@dataclass(frozen=True)
class Grid:
    """A square plane of `size` pixels over the body, upright (the film's rotation is applied later)."""

    size: int
    scale: float
    """Pixels per millimetre."""
    left: float
    """Millimetres: body x at the plane's left edge; the spine is at x = 0."""
    top: float
    """Millimetres: body y at the plane's upper edge; the lung apices are at y = 0."""

    @cached_property
    def X(self) -> np.ndarray:  # noqa: N802  a coordinate plane's usual name
        """(1, size) f32, body x of each pixel column's centre."""
        return ((np.arange(self.size, dtype=np.float32) + 0.5) / self.scale + self.left)[None, :]

    @cached_property
    def Y(self) -> np.ndarray:  # noqa: N802  as above
        """(size, 1) f32, body y of each pixel row's centre."""
        return ((np.arange(self.size, dtype=np.float32) + 0.5) / self.scale + self.top)[:, None]

    @property
    def bottom(self) -> float:
        return self.top + self.size / self.scale

    def to_pixels(self, points: Points) -> np.ndarray:
        """Millimetres to pixels, (N, 2)."""
        return (np.asarray(points, dtype=np.float64) - (self.left, self.top)) * self.scale

    def sigma(self, millimetres: float) -> float:
        return millimetres * self.scale

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """A signed distance in mm (positive inside) to coverage in [0, 1], one pixel wide."""
        return np.clip(distance * self.scale + 0.5, 0, 1)

    def smooth_noise(self, rng: np.random.Generator, millimetres: float) -> np.ndarray:
        """(size, size) f32 noise of about zero mean and unit spread with structures of that size."""
        cells = max(4, int(np.ceil(self.size / self.scale / millimetres)) + 3)
        field = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
        full = np.asarray(field.resize((self.size, self.size), Image.Resampling.BICUBIC))
        return full * 1.35

    def blur(self, image: np.ndarray, millimetres: float) -> np.ndarray:
        """Gaussian blur; a wide one is done on a coarser copy."""
        sigma = self.sigma(millimetres)
        if sigma < 0.3:
            return image
        step = int(sigma // 1.6)
        if step < 2:
            return ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3.0)
        small = Image.fromarray(image).reduce(step)
        soft = ndimage.gaussian_filter(np.asarray(small), sigma / step, mode="nearest", truncate=3.0)
        size = (image.shape[1], image.shape[0])
        return np.asarray(Image.fromarray(soft).resize(size, Image.Resampling.BICUBIC))

    def box_of(self, mask: np.ndarray) -> Box | None:
        """The smallest box around the true pixels; None where there is none."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not rows.size:
            return None
        return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)

    def box_around(self, points: Points, margin: float = 0.0) -> Box:
        """The box around points in mm, grown by `margin` mm, in pixels."""
        low = self.to_pixels(np.min(points, axis=0) - margin)
        high = self.to_pixels(np.max(points, axis=0) + margin)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


class Strokes:
    """A layer of strokes whose value is millimetres of tissue; a later stroke replaces an earlier one beneath it."""

    def __init__(self, grid: Grid, full_scale: float = 25.0):
        self.grid = grid
        self._full = full_scale
        self._over = 2 if grid.size >= 384 else 3
        side = grid.size * self._over
        self._image = Image.new("L", (side, side))
        self._draw = ImageDraw.Draw(self._image)

    def _value(self, millimetres: float) -> int:
        return max(0, min(255, round(float(millimetres) / self._full * 255)))

    def _pixels(self, points: Points) -> list[float]:
        return (self.grid.to_pixels(points) * self._over).ravel().tolist()

    def polygon(self, points: Points, value: float) -> None:
        self._draw.polygon(self._pixels(points), fill=self._value(value))

    def line(self, points: Points, width: float, value: float) -> None:
        """A polyline `width` mm wide; thinner than a sub-pixel it is drawn one wide and fainter."""
        wide = width * self.grid.scale * self._over
        if wide < 1:
            value, wide = value * wide, 1
        self._draw.line(self._pixels(points), fill=self._value(value), width=max(1, round(wide)))

    def segments(self, ends: np.ndarray, widths: np.ndarray, values: np.ndarray) -> None:
        """Many straight strokes at once: (N, 4) ends x0, y0, x1, y1; (N,) widths in mm and values."""
        pixels = (self.grid.to_pixels(ends.reshape(-1, 2)) * self._over).reshape(-1, 4)
        wide = widths * self.grid.scale * self._over
        levels = np.clip(values * np.minimum(wide, 1) / self._full * 255, 0, 255).astype(int)
        thick = np.maximum(1, np.round(wide)).astype(int)
        for line, value, width in zip(pixels.tolist(), levels.tolist(), thick.tolist(), strict=True):
            self._draw.line(line, fill=value, width=width)
            if width > 3:  # round the joint
                x, y, r = line[0], line[1], width / 2
                self._draw.ellipse((x - r, y - r, x + r, y + r), fill=value)

    def ribbon(self, points: Points, widths: float | np.ndarray, value: float) -> None:
        """A band along a curve whose width may change along it."""
        self.polygon(ribbon_outline(points, widths), value)

    def ellipse(self, centre: tuple[float, float], radii: tuple[float, float], value: float) -> None:
        turn = np.linspace(0, 2 * np.pi, 33)
        self.polygon(np.stack([centre[0] + radii[0] * np.cos(turn), centre[1] + radii[1] * np.sin(turn)], 1), value)

    def array(self) -> np.ndarray:
        """(size, size) f32, millimetres."""
        return np.asarray(self._image.reduce(self._over), dtype=np.float32) * (self._full / 255)


def ribbon_outline(points: Points, widths: float | np.ndarray) -> Points:
    """The outline of a band along a curve, (2N, 2)."""
    step = np.gradient(np.asarray(points, dtype=np.float64), axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    half = np.broadcast_to(np.asarray(widths, dtype=np.float64), (len(points),))[:, None] / 2
    return np.concatenate([points + normal * half, (points - normal * half)[::-1]])


def curve(knots: list[tuple[float, float]] | np.ndarray, n: int = 40) -> Points:
    """A smooth curve through knots (Catmull-Rom), (n, 2)."""
    p = np.asarray(knots, dtype=np.float64)
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    where = np.linspace(0, len(p) - 3 - 1e-9, n)
    i, t = where.astype(int), (where % 1)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
