"""Findings inside the lung: oedema, consolidation, pneumonia, atelectasis, nodules, hazy opacity.

Each drawer takes the chest and a random stream, changes the chest, and returns its boxes in pixels of the upright
plane.
"""

from __future__ import annotations

import numpy as np

from .projection import LUNG_AIR, Chest
from .strokes import Box, Strokes, curve
from .vessels import draw_bronchi


def fill(chest: Chest, share: np.ndarray, *, bronchi: np.ndarray | None = None) -> None:
    """Fill a share (0..1) of the lung's air with fluid: vessels in it are no longer seen, bronchi may be."""
    air = chest.air[-1] + chest.air[1]
    share = share.astype(np.float32)
    chest.added += LUNG_AIR * air * share
    chest.vessels = chest.vessels * (1 - 0.85 * share)
    if bronchi is not None:
        chest.added -= bronchi * np.clip(share * 1.3, 0, 1) * np.clip(air / 40, 0, 1)


def _blob(
    chest: Chest, rng: np.random.Generator, centre: tuple[float, float], radii: tuple[float, float], soft: float
) -> np.ndarray:
    """An irregular cloud, 0..1: an ellipse whose edge is bent by noise; `soft` is its edge's width as a share."""
    grid = chest.grid
    x, y = (grid.X - centre[0]) / radii[0], (grid.Y - centre[1]) / radii[1]
    edge = 0.16 * grid.smooth_noise(rng, 26.0) + 0.05 * grid.smooth_noise(rng, 11.0)
    reach = np.sqrt(x * x + y * y)
    cloud = np.clip((1 - reach + edge * np.clip(1.8 - reach, 0, 1)) / soft, 0, 1)
    return grid.blur((cloud * cloud * (3 - 2 * cloud)).astype(np.float32), 2.5)


def _place(
    chest: Chest, rng: np.random.Generator, side: int, *, heights: tuple[float, float], inner: float, outer: float
) -> tuple[float, float]:
    """A point of one lung: heights as shares of apex to dome, width as a share of inner to outer border."""
    lung = chest.of(side)
    y = rng.uniform(*heights) * lung.dome
    medial, lateral = float(lung.medial(np.array([y]))[0]), float(lung.lateral(np.array([y]))[0])
    if side > 0 and y > chest.body.heart.middle_y - 40:
        medial = max(medial, 0.55 * chest.body.heart.left)
    return side * (medial + rng.uniform(inner, outer) * (lateral - medial)), y


def _box(chest: Chest, mask: np.ndarray, level: float) -> list[Box]:
    seen = mask * chest.lung
    box = chest.grid.box_of(seen > min(level, 0.5 * float(seen.max())))
    return [] if box is None else [box]


def draw_edema(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Bilateral perihilar haze, thick and blurred vessels, upper-zone diversion, Kerley B lines."""
    grid, body = chest.grid, chest.body
    strength = rng.uniform(0.3, 0.72)
    boxes: list[Box] = []
    chest.vessels = 0.35 * chest.vessels + 0.95 * grid.blur(chest.vessels, 1.6)
    upper = np.clip(1 - (grid.Y - 20) / (body.carina[1] + 10), 0, 1)
    chest.vessels = chest.vessels * (1 + 0.6 * upper)
    mottle = np.clip(0.82 + 0.11 * grid.smooth_noise(rng, 10.0) + 0.14 * grid.smooth_noise(rng, 30.0), 0.2, 1.25)
    total = np.zeros_like(chest.torso)
    for side in (-1, 1):
        x, y = body.hilum(side)
        wide, tall = rng.uniform(42, 62), rng.uniform(58, 82)
        reach = ((grid.X - x - side * 18) / wide) ** 2 + ((grid.Y - y - 22) / tall) ** 2
        wing = np.exp(-0.5 * reach * 1.5) * mottle * strength * rng.uniform(0.8, 1.15)
        wing = wing + 0.10 * strength * chest.cover[side]
        total = np.maximum(total, wing * (chest.cover[side] > 0))
        boxes += _box(chest, wing * chest.cover[side], 0.42 * strength)
    fill(chest, np.clip(total, 0, 0.85))
    lines = Strokes(grid)
    for side in (-1, 1):
        lung = chest.of(side)
        for y in np.arange(lung.dome - 48, lung.dome + 26, rng.uniform(5.5, 8)):
            wall = float(lung.lateral(np.array([y]))[0])
            length = rng.uniform(9, 20)
            tilt = rng.uniform(-2, 2)
            lines.line(
                np.array([(side * (wall - 1.5), y), (side * (wall - length), y + tilt)]), 1.1, rng.uniform(4, 8)
            )
    chest.added += grid.blur(lines.array(), 0.5) * chest.lung
    return boxes


def draw_consolidation(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """A lobe, or part of one, filled: soft outer edges, a sharp one at a fissure, air bronchograms within."""
    side = int(rng.choice([-1, 1]))
    grid, lung = chest.grid, chest.of(side)
    upper = rng.random() < 0.35
    heights = (0.24, 0.42) if upper else (0.58, 0.9)
    centre = _place(chest, rng, side, heights=heights, inner=0.3, outer=0.65)
    radii = rng.uniform(40, 66), rng.uniform(34, 58)
    cloud = _blob(chest, rng, centre, radii, rng.uniform(0.5, 0.9))
    if rng.random() < 0.6:  # the fissure: minor, or the oblique one seen at a slant
        slope = side * rng.uniform(-0.08, 0.18)
        fissure = centre[1] + (12 if upper else -14) + slope * (grid.X - centre[0])
        distance = (fissure - grid.Y) if upper else (grid.Y - fissure)
        cloud = cloud * np.clip(distance / 2.5 + 0.5, 0, 1)
    cloud = cloud * chest.cover[side] * np.clip(0.93 + 0.07 * grid.smooth_noise(rng, 12.0), 0, 1)
    fill(chest, cloud * rng.uniform(0.5, 0.92), bronchi=draw_bronchi(rng, lung, chest.body.hilum(side), grid))
    return _box(chest, cloud, 0.4)


def draw_pneumonia(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Patchy airspace filling in one lobe, or in several: small clouds that run together."""
    first = int(rng.choice([-1, 1]))
    sides = [first] if rng.random() < 0.62 else [first, -first]
    boxes: list[Box] = []
    for side in sides:
        centre = _place(chest, rng, side, heights=(0.36, 0.9), inner=0.25, outer=0.75)
        cloud = np.zeros_like(chest.torso)
        for _ in range(int(rng.integers(4, 9))):
            at = centre[0] + rng.normal(0, 18), centre[1] + rng.normal(0, 20)
            radii = rng.uniform(16, 34), rng.uniform(14, 30)
            cloud = 1 - (1 - cloud) * (1 - rng.uniform(0.4, 0.8) * _blob(chest, rng, at, radii, 1.0))
        cloud = cloud * chest.cover[side]
        cloud = cloud * np.clip(0.9 + 0.1 * chest.grid.smooth_noise(rng, 8.0), 0.2, 1.2)
        bronchi = draw_bronchi(rng, chest.of(side), chest.body.hilum(side), chest.grid)
        fill(chest, np.clip(cloud, 0, 1) * rng.uniform(0.45, 0.8), bronchi=0.7 * bronchi)
        boxes += _box(chest, cloud, 0.35)
    return boxes


def draw_atelectasis(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Plate-like bands at the bases, or a collapsed lower lobe: a wedge beside the heart, its edge straight."""
    grid = chest.grid
    boxes: list[Box] = []
    side = int(rng.choice([-1, 1]))
    lung = chest.of(side)
    if rng.random() < 0.32:
        top = chest.body.carina[1] + 22
        foot = lung.dome + 8
        wide = rng.uniform(0.56, 0.76) * lung.width
        wedge = Strokes(grid)
        edge = curve([(side * 16, top), (side * 0.62 * wide, (top + foot) / 2 + 6), (side * wide, foot)], 20)
        wedge.polygon(np.array([*edge, (side * 12, foot + 26)]), 25.0)
        share = grid.blur(wedge.array(), 1.2) / 25.0 * chest.cover[side]
        fill(chest, share * rng.uniform(0.65, 0.95))
        chest.added += 12.0 * share
        return _box(chest, share, 0.5)
    for way in (side, -side) if rng.random() < 0.3 else (side,):
        layer = Strokes(grid)
        lung = chest.of(way)
        for _ in range(int(rng.integers(1, 4))):
            x, y = _place(chest, rng, way, heights=(0.72, 0.95), inner=0.35, outer=0.65)
            half, tilt = rng.uniform(22, 44), rng.uniform(-0.28, 0.28)
            t = np.linspace(-1, 1, 20)
            path = np.stack([x + half * t, y + half * t * tilt + rng.uniform(-5, 5) * (1 - t * t)], 1)
            layer.ribbon(path, rng.uniform(5.0, 10.5) * (1 - 0.75 * t**4), rng.uniform(17, 25))
        bands = grid.blur(layer.array(), 1.1) * chest.cover[way]
        haze = grid.blur(bands, 9.0) * chest.cover[way]
        chest.added += (1.55 * bands + 0.9 * haze).astype(np.float32)
        boxes += _box(chest, bands, 4.5)
    return boxes


def draw_nodules(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """A nodule or mass, smooth or spiculated; now and then several of them."""
    grid = chest.grid
    several = rng.random() < 0.22
    boxes: list[Box] = []
    for _ in range(int(rng.integers(3, 7)) if several else 1):
        side = int(rng.choice([-1, 1]))
        centre = _place(chest, rng, side, heights=(0.2, 0.86), inner=0.22, outer=0.82)
        radius = rng.uniform(8, 14) if several else float(np.exp(rng.uniform(np.log(9.5), np.log(33))))
        x, y = grid.X - centre[0], grid.Y - centre[1]
        angle = np.arctan2(y, x)
        lobes = 1 + sum(rng.uniform(0, 0.07) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5, 7))
        r2 = (x * x + y * y) / (radius * lobes) ** 2
        ball = np.sqrt(np.clip(1 - r2, 0, 1))
        depth = 2.2 * radius * LUNG_AIR + rng.uniform(9, 18)
        seen = np.clip(chest.lung + 0.15, 0, 1)
        chest.added += (grid.blur(ball.astype(np.float32), 0.6) * min(depth, 62) * seen).astype(np.float32)
        if not several and rng.random() < 0.4:  # spicules
            spikes = Strokes(grid)
            for turn in rng.uniform(0, 2 * np.pi, int(rng.integers(9, 18))):
                way = np.array([np.cos(turn), np.sin(turn)])
                ends = np.array(centre) + np.outer([radius * 0.8, radius * rng.uniform(1.25, 1.7)], way)
                spikes.line(ends, 1.2, rng.uniform(3, 7))
            chest.added += grid.blur(spikes.array(), 0.6) * chest.lung
        boxes.append(grid.box_around(np.array([centre]), radius))
    return boxes


def draw_hazy_opacity(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """An opacity that is nothing more certain: ground-glass haze, or a coarse net of lines."""
    first = int(rng.choice([-1, 1]))
    boxes: list[Box] = []
    for side in [first] if rng.random() < 0.5 else [first, -first]:
        centre = _place(chest, rng, side, heights=(0.3, 0.88), inner=0.25, outer=0.7)
        cloud = _blob(chest, rng, centre, (rng.uniform(36, 62), rng.uniform(34, 62)), 1.0) * chest.cover[side]
        if rng.random() < 0.5:
            net = np.abs(chest.grid.smooth_noise(rng, 6.0)) + 0.6 * np.abs(chest.grid.smooth_noise(rng, 3.5))
            chest.added += (cloud * np.clip(1.0 - net, 0, 1) * rng.uniform(16, 28)).astype(np.float32)
        fill(chest, cloud * rng.uniform(0.3, 0.52))
        boxes += _box(chest, cloud, 0.4)
    return boxes
