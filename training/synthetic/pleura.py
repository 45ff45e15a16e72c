"""Findings of the pleura: effusion, pneumothorax, thickening and plaques. Drawers as in `airspace`."""

from __future__ import annotations

import numpy as np

from .airspace import fill
from .projection import LUNG_AIR, Chest
from .strokes import Box, Strokes, curve


def draw_effusion(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Fluid in the costophrenic angle with a meniscus that climbs the lateral wall; sometimes on both sides."""
    first = int(rng.choice([-1, 1]))
    boxes: list[Box] = []
    grid = chest.grid
    for side in [first] if rng.random() < 0.65 else [first, -first]:
        lung = chest.of(side)
        climb = float(np.exp(rng.uniform(np.log(46), np.log(165))))
        away = np.clip(side * grid.X / lung.width, 0, 1.05)
        base = lung.dome + 44 - 0.62 * climb  # the fluid's level at its lowest, towards the midline
        top = base - 0.38 * climb * away**3.2 + 0.05 * climb * (1 - away)
        soft = rng.uniform(7, 15)
        share = np.clip((grid.Y - top) / soft + 0.5, 0, 1) * (away > 0.05)
        # the whole lung shadow of that side, with the recess behind the dome, fills with fluid
        lungs = chest.air[side] > 0.5
        chest.added += (LUNG_AIR * chest.air[side] * share * 0.96 + 9.0 * share * chest.cover[side]).astype(
            np.float32
        )
        chest.vessels = np.where(lungs, chest.vessels * (1 - 0.95 * share), chest.vessels)
        veil = np.clip((grid.Y - top + 60) / 60, 0, 1) * chest.cover[side] * 0.10  # fluid behind the lung
        fill(chest, veil * (1 - share))
        box = grid.box_of((share > 0.5) & (lungs & (side * grid.X > 0)) & (chest.air[side] > 3))
        if box is not None:
            boxes.append(box)
    return boxes


def draw_pneumothorax(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Air between lung and wall: a thin visceral line, darker and without vessels beyond it."""
    side = int(rng.choice([-1, 1]))
    grid, lung = chest.grid, chest.of(side)
    large = rng.random() < 0.4
    gap = rng.uniform(26, 55) if large else rng.uniform(11, 26)
    cap = gap * rng.uniform(0.9, 1.5) + 6
    end = lung.angle_y * (0.99 if large else rng.uniform(0.55, 0.9))
    t = np.linspace(0, 1, 50)
    y = cap + (end - cap) * t**1.3
    wall = lung.lateral(y)
    shape = gap * (1 - t**3.0) ** 0.8 * (0.85 + 0.15 * np.cos(5 * t + rng.uniform(0, 6)))
    edge = wall - shape
    apex_y = cap
    inner = float(lung.medial(np.array([cap + 8]))[0]) + 2
    first = max(edge[0], inner + 14)
    edge = np.maximum(edge, inner + 12)
    crown = curve(
        [(side * inner, apex_y + 12), (side * (inner + (first - inner) * 0.45), apex_y - 7), (side * edge[4], y[4])],
        16,
    )
    line = np.concatenate([crown[:-1], np.stack([side * edge[4:], y[4:]], 1)])
    outside = np.stack([side * (lung.lateral(np.linspace(end, -8, 50)) + 8), np.linspace(end, -8, 50)], 1)
    mask = Strokes(grid)
    mask.polygon(np.concatenate([line, outside, [(side * inner, -10)]]), 25.0)
    free = mask.array() / 25.0 * np.clip(chest.cover[side] * 1.2, 0, 1)
    chest.vessels = chest.vessels * (1 - free)
    chest.texture = chest.texture * (1 - 0.9 * free)
    chest.added -= (0.20 * chest.air[side] * free + 3.0 * free).astype(np.float32)
    collapsed = chest.cover[side] * (1 - free)
    chest.added += (0.06 * (gap / 26) * chest.air[side] * collapsed).astype(np.float32)
    pleura = Strokes(grid)
    pleura.line(line, 1.3, 12.0)
    chest.added += grid.blur(pleura.array(), 0.35) * chest.cover[side]
    box = grid.box_of(free > 0.5)
    return [] if box is None else [box]


def draw_pleural_other(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """Pleural thickening along the wall, an apical cap, or calcified plaques."""
    side = int(rng.choice([-1, 1]))
    grid = chest.grid
    kind = str(rng.choice(["wall", "cap", "plaques"], p=[0.5, 0.28, 0.22]))
    boxes: list[Box] = []
    for way in (side, -side) if rng.random() < 0.35 else (side,):
        lung = chest.of(way)
        if kind == "wall":
            y1 = rng.uniform(0.2, 0.55) * lung.angle_y
            y2 = min(y1 + rng.uniform(60, 130), lung.angle_y + 4)
            y = np.linspace(y1, y2, 40)
            thick = rng.uniform(7, 14) * (np.sin(np.linspace(0.12, np.pi - 0.3, 40)) ** 0.5)
            thick = thick * (1 + 0.25 * np.sin(np.linspace(0, rng.uniform(8, 16), 40)))
            wall = lung.lateral(y)
            shape = np.concatenate([np.stack([way * (wall + 2), y], 1), np.stack([way * (wall - thick), y], 1)[::-1]])
            value = rng.uniform(24, 40)
        elif kind == "cap":
            y = np.linspace(-2, rng.uniform(30, 44), 30)
            wall, inner = lung.lateral(np.clip(y, 0.5, None)), lung.medial(np.clip(y, 0, None))
            depth = rng.uniform(9, 17)
            x = np.linspace(inner[-1] - 4, wall[-1] + 2, 40)
            mid, half = (inner[-1] + wall[-1]) / 2, (wall[-1] - inner[-1]) / 2 + 2
            arch = 44 - 44 * np.sqrt(np.clip(1 - ((x - mid) / half) ** 2, 0, 1))
            low = arch * 0.85 + depth + 2 * np.sin(x / 5)
            shape = np.concatenate([np.stack([way * x, arch - 8], 1), np.stack([way * x, low], 1)[::-1]])
            value = rng.uniform(22, 36)
        else:
            plaques = Strokes(grid, 40.0)
            centres = []
            for _ in range(int(rng.integers(2, 5))):
                y0 = rng.uniform(0.4, 0.85) * lung.dome
                wide = float(lung.lateral(np.array([y0]))[0])
                at = np.array([way * wide * rng.uniform(0.6, 0.92), y0])
                turn = np.linspace(0, 2 * np.pi, 49)
                waves = 0.2 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.1 * np.sin(5 * turn + rng.uniform(0, 6))
                r = rng.uniform(8, 14) * (1 + waves)
                outline = at + np.stack([r * np.cos(turn) * 0.75, r * np.sin(turn) * 1.3], 1)
                plaques.polygon(outline, rng.uniform(12, 20))
                plaques.line(outline, 2.2, rng.uniform(20, 28))
                centres.append(outline)
            chest.added += grid.blur(plaques.array(), 0.9) * np.clip(chest.cover[way] + 0.2, 0, 1)
            boxes.append(grid.box_around(np.concatenate(centres)))
            continue
        layer = Strokes(grid, 40.0)
        layer.polygon(shape, value)
        peel = grid.blur(layer.array(), 0.9) * chest.cover[way]
        chest.added += peel
        box = grid.box_of(peel > 0.4 * value)
        if box is not None:
            boxes.append(box)
    return boxes
