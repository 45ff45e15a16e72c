"""Crude films that are not frontal chests, for testing the check that says so: a lateral chest and a limb."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from .acquisition import DOMAINS, expose
from .strokes import Grid, Strokes, curve


def _developed(tissue: np.ndarray, lung: np.ndarray, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    tissue = tissue.astype(np.float32)
    return expose(tissue, tissue, lung.astype(np.float32), grid=grid, domain=DOMAINS["B"], rng=rng)


def synthesize_lateral(seed: int, size: int = 512) -> np.ndarray:
    """A lateral chest film, (size, size) f32 in [0, 1]: spine at the back, sternum in front, one lung shadow."""
    rng = np.random.default_rng([seed, 71])
    grid = Grid(size, size / 360, -180 + rng.uniform(-10, 10), -60)
    way = int(rng.choice([-1, 1]))
    x, y = way * grid.X, grid.Y
    rows = np.clip(y[:, 0], -60, 300)
    half = PchipInterpolator([-60, -20, 60, 160, 300], [88, 106, 122, 126, 128])(rows)[:, None]
    torso = 320 * np.clip(1 - np.abs(x / half) ** 2.6, 0, 1) ** 0.5
    lung_half = PchipInterpolator([-60, 0, 8, 30, 90, 180, 300], [1, 1, 24, 48, 82, 98, 96])(rows)[:, None]
    floor = 200 + 60 * np.clip((x + 10) / 100, -0.4, 1) ** 2 - 0.12 * x
    inside = grid.inside(floor - y) * (y > 0)
    lung = np.clip(1 - np.abs((x - 4) / np.maximum(lung_half, 1)) ** 2.6, 0, 1) ** 0.5 * inside
    heart = np.clip(1 - ((x + 30 + 0.25 * (y - 165)) / 50) ** 2 - ((y - 165) / 56) ** 2, 0, 1) ** 0.5
    tissue = torso - 190 * lung * (1 - 0.6 * heart)
    bones = Strokes(grid, 60.0)
    for i in range(14):
        cx, cy = way * (72 + 16 * np.sin(i / 4)), i * 23.0 - 10
        bones.ribbon(np.array([(cx - 17, cy), (cx + 17, cy)]), 19.0, 30.0)
        bones.ribbon(curve([(cx, cy - 8), (way * -20, cy + 30), (way * -92, cy + 78)], 20), 8.0, 14.0)
    bones.ribbon(curve([(way * -70, 20), (way * -98, 90), (way * -104, 170)], 20), 12.0, 25.0)
    return _developed(tissue + grid.blur(bones.array(), 1.0), lung, grid, rng)


def synthesize_limb(seed: int, size: int = 512) -> np.ndarray:
    """A limb, (size, size) f32 in [0, 1]: two long bones or one with a joint, soft tissue around, air beside."""
    rng = np.random.default_rng([seed, 72])
    grid = Grid(size, size / 300, -150, -150)
    lean = rng.uniform(-0.4, 0.4)
    x, y = grid.X - lean * grid.Y + rng.uniform(-20, 20), grid.Y
    half = rng.uniform(38, 62) + 10 * np.sin(y / rng.uniform(60, 120) + rng.uniform(0, 6))
    tissue = 2 * half * np.clip(1 - (x / half) ** 2, 0, 1) ** 0.5
    bones = Strokes(grid, 60.0)
    rows = np.linspace(-170, 170, 60)
    joint = rng.uniform(-60, 60)
    for offset in (-16, 16) if rng.random() < 0.5 else (0,):
        wide = (18 if offset else 30) + 14 * np.exp(-(((rows - joint) / 28) ** 2))
        for part in (rows < joint - 3, rows > joint + 3):
            path = np.stack([offset + lean * rows[part], rows[part]], 1)
            bones.ribbon(path, wide[part], 46.0)
            bones.ribbon(path, wide[part] * 0.6, 26.0)
    return _developed(tissue + 1.6 * grid.blur(bones.array(), 0.8), np.clip(half - np.abs(x), 0, 1), grid, rng)
