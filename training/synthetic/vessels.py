"""Lung vessels: trees that leave the hilum, branch and taper to the periphery."""

from __future__ import annotations

import numpy as np

from .anatomy import Body, Lung
from .strokes import Grid, Strokes


def grow_tree(
    rng: np.random.Generator, lung: Lung, start: tuple[float, float], *, width: float = 6.0, roots: int = 9
) -> list[tuple[float, float, float, float, float]]:
    """Segments (x0, y0, x1, y1, width) in mm of one lung's vessels."""
    heights = np.arange(0, 330.0, 2.0)
    lateral, medial = lung.lateral(heights).tolist(), lung.medial(heights).tolist()
    reach = np.arange(0, 200.0, 2.0)
    floor = lung.floor(reach).tolist()
    segments: list[tuple[float, float, float, float, float]] = []
    stack: list[tuple[float, float, float, float, int]] = []
    for angle in np.linspace(-1.35, 1.35, roots):
        lean = 1.0 + 0.18 * np.sin(angle)  # lower vessels are wider in the upright patient
        x = start[0] + lung.side * rng.uniform(-4, 8)
        y = start[1] + rng.uniform(-5, 5) + 16 * np.sin(angle)
        stack.append((x, y, angle + rng.normal(0, 0.1), width * lean * rng.uniform(0.65, 1.0), 0))
    while stack and len(segments) < 900:
        x, y, angle, wide, depth = stack.pop()
        bend = rng.normal(0, 0.05)
        noise = rng.normal(0, 0.09, 40).tolist()
        chance = rng.random(40).tolist()
        for step in range(40):
            length = 5.0 + wide
            nx = x + lung.side * length * float(np.cos(angle))
            ny = y + length * float(np.sin(angle))
            away = lung.side * nx
            row, column = int(ny / 2), int(max(away, 0) / 2)
            if not 0 <= row < len(lateral) or column >= len(floor):
                break
            if away > lateral[row] - 4 or away < medial[row] - 12 or ny > floor[column] + 22:
                break
            segments.append((x, y, nx, ny, wide))
            if depth < 4 and chance[step] < 0.42 and wide > 0.8:
                way = 1 if noise[step] > 0 else -1
                stack.append((nx, ny, angle + way * (0.45 + 3 * abs(noise[step])), wide * 0.68, depth + 1))
                angle -= way * 0.12
                wide *= 0.88
            x, y, wide = nx, ny, wide * 0.92
            angle += bend + noise[step]
            if wide < 0.45:
                break
    return segments


def draw_vessels(rng: np.random.Generator, body: Body, grid: Grid, strength: float = 1.0) -> np.ndarray:
    """(size, size) f32, mm of blood in both lungs' vessels (not yet limited to the lung)."""
    layer = Strokes(grid, 40.0)
    hila = np.zeros((grid.size, grid.size), np.float32)
    for lung in body.lungs:
        hilum = body.hilum(lung.side)
        for stream, width, roots in ((0, 7.0, 10), (1, 4.6, 8)):  # arteries, then fainter veins and bronchial walls
            start = (hilum[0], hilum[1] + 14 * stream)
            segments = np.array(sorted(grow_tree(rng, lung, start, width=width, roots=roots), key=lambda s: s[4]))
            layer.segments(segments[:, :4], 0.9 * segments[:, 4], strength * (2.3 * segments[:, 4] + 2.0))
        for _ in range(4):  # the hilum itself: arteries and bronchi seen end on
            x, y = hilum[0] + rng.normal(0, 5) - 3 * lung.side, hilum[1] + rng.uniform(-14, 26)
            wide, tall = rng.uniform(6, 10), rng.uniform(8, 15)
            reach = ((grid.X - x) / wide) ** 2 + ((grid.Y - y) / tall) ** 2
            hila += strength * rng.uniform(7, 15) * np.exp(-0.5 * reach).astype(np.float32)
    return grid.blur(layer.array(), 0.6) + hila


def draw_bronchi(rng: np.random.Generator, lung: Lung, start: tuple[float, float], grid: Grid) -> np.ndarray:
    """(size, size) f32, mm of air in one lung's bronchi: seen only where the lung around them is filled."""
    layer = Strokes(grid, 16.0)
    segments = np.array(grow_tree(rng, lung, start, width=6.5, roots=8))
    segments = segments[segments[:, 4] > 1.6]
    layer.segments(segments[:, :4], 0.8 * segments[:, 4], 3.0 * segments[:, 4])
    return grid.blur(layer.array(), 0.8)
