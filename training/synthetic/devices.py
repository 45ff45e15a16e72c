"""Support devices: endotracheal tube, central line, chest leads, pacemaker, sternal wires."""

from __future__ import annotations

import numpy as np

from .anatomy import Body
from .projection import Chest
from .skeleton import clavicle_path
from .strokes import Box, Points, Strokes, curve


def draw_devices(chest: Chest, rng: np.random.Generator) -> list[Box]:
    """One to three devices, more on bedside films; a box around each (chest leads: around each electrode)."""
    bedside = chest.body.projection == "AP"
    kinds = ["line", "leads", "pacemaker", "tube", "wires"]
    weights = np.array([0.3, 0.32, 0.08, 0.24, 0.06]) if bedside else np.array([0.36, 0.06, 0.36, 0.02, 0.2])
    count = int(rng.choice([1, 2, 3], p=[0.35, 0.4, 0.25] if bedside else [0.75, 0.2, 0.05]))
    chosen = rng.choice(kinds, size=count, replace=False, p=weights / weights.sum())
    layer = Strokes(chest.grid, 120.0)
    boxes: list[Box] = []
    for kind in chosen:
        for points in _DRAW[str(kind)](layer, chest.body, rng):
            boxes.append(chest.grid.box_around(points, 3.0))
    chest.added += chest.grid.blur(layer.array(), 0.3)
    return boxes


def _tube(layer: Strokes, body: Body, rng: np.random.Generator) -> list[Points]:
    """An endotracheal tube, its tip 2 to 5 cm above the carina."""
    x, y = body.carina
    tip = y - rng.uniform(20, 50)
    path = curve([(x * 0.3 + rng.uniform(-4, 6), -80), (0.5 * x + 1, -25), (x - 1, 0.5 * tip), (x, tip)], 30)
    layer.ribbon(path, 9.0, 7.0)
    layer.ribbon(path, 6.4, 3.0)
    layer.line(path + np.array([2.2, 0.0]), 1.5, 42.0)
    if rng.random() < 0.5:  # a feeding tube runs on into the stomach
        end = (48.0, body.left.dome + 40)
        feed = curve([(4, -80), (3, 10), (5, 120), (16, body.left.dome - 10), end], 40)
        layer.line(feed, 1.8, 26.0)
        return [path, feed]
    return [path]


def _line(layer: Strokes, body: Body, rng: np.random.Generator) -> list[Points]:
    """A central line by the neck, under a clavicle or from an arm; its tip by the right atrium."""
    tip = (-18 + rng.uniform(-3, 3) + 0.4 * body.turn, body.carina[1] + rng.uniform(4, 40))
    cava = (-20 + 0.4 * body.turn, 58.0)
    way = int(rng.choice([-1, 1], p=[0.65, 0.35]))
    entry = str(rng.choice(["neck", "chest", "arm"]))
    clavicle = clavicle_path(body, way)
    knots: list[tuple[float, float]]
    if entry == "neck":
        knots = [(way * 44, -85), (way * 33, -30), (way * 24, 12)]
    elif entry == "chest":
        knots = [
            (way * (body.right.width * 0.78), 62.0),
            (way * (body.right.width * 0.68), float(clavicle[18, 1]) + 12),
            (way * 52, float(clavicle[10, 1]) + 8),
            (way * 24, 24),
        ]
    else:
        knots = [
            (way * (body.right.width + 48), 150.0),
            (way * (body.right.width + 22), 62),
            (way * (body.right.width * 0.7), float(clavicle[18, 1]) + 10),
            (way * 50, float(clavicle[10, 1]) + 8),
            (way * 24, 24),
        ]
    if way > 0:
        knots += [(4.0, 36.0)]
    path = curve([*knots, cava, tip], 60)
    thick = 1.5 if entry == "arm" else rng.uniform(2.0, 3.0)
    layer.line(path, thick, 26.0 if entry == "arm" else 32.0)
    if entry == "chest" and rng.random() < 0.6:  # a port's chamber
        layer.ellipse(knots[0], (12, 12), 45.0)
        layer.ellipse(knots[0], (7, 7), 75.0)
    return [path]


def _leads(layer: Strokes, body: Body, rng: np.random.Generator) -> list[Points]:
    """Monitoring leads: electrodes on the skin and the wires between them and the film's edge."""
    wide = body.right.width
    spots = [(-0.75 * wide, 26.0), (0.78 * wide, 30.0), (0.85 * wide, 170.0), (-0.8 * wide, 185.0), (0.2 * wide, 120)]
    ends: list[Points] = []
    for spot in spots[: int(rng.integers(3, 6))]:
        at = (spot[0] + rng.normal(0, 12), spot[1] + rng.normal(0, 14))
        exit_at = (rng.uniform(-wide, wide) + np.sign(at[0]) * 60, 330.0 if rng.random() < 0.6 else -100.0)
        middle = ((at[0] + exit_at[0]) / 2 + rng.normal(0, 30), (at[1] + exit_at[1]) / 2 + rng.normal(0, 24))
        path = curve([at, middle, exit_at], 40)
        layer.line(path, 1.4, rng.uniform(22, 34))
        layer.ellipse(at, (8.0, 8.0), 14.0)
        layer.ellipse(at, (4.2, 4.2), 62.0)
        ends.append(np.array([(at[0] - 6, at[1] - 6), (at[0] + 6, at[1] + 6)]))
    return ends


def _pacemaker(layer: Strokes, body: Body, rng: np.random.Generator) -> list[Points]:
    """A generator below a clavicle (mostly the left) with leads to right atrium and ventricle."""
    way = int(rng.choice([-1, 1], p=[0.15, 0.85]))
    x, y = way * body.right.width * rng.uniform(0.66, 0.82), rng.uniform(44, 66)
    w, h, lean = rng.uniform(21, 27), rng.uniform(19, 25), rng.uniform(-0.3, 0.3)
    turn = np.linspace(0, 2 * np.pi, 41)
    corner = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.55, np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.6
    px, py = w * corner[0], h * corner[1]
    can = np.stack([x + px * np.cos(lean) - py * np.sin(lean), y + px * np.sin(lean) + py * np.cos(lean)], 1)
    layer.polygon(can, 75.0)
    inner = (can - (x, y)) * 0.78 + (x, y + 3)
    layer.polygon(inner, 100.0)
    heart = body.heart
    points = [can]
    ventricle = (0.45 * heart.left, heart.middle_y + 0.52 * heart.height)
    atrium = (-0.62 * heart.right, heart.middle_y - 16)
    for target, middle in ((ventricle, (-14, heart.middle_y + 22)), (atrium, (-22, heart.middle_y - 2)))[
        : int(rng.integers(1, 3))
    ]:
        path = curve(
            [(x - way * w * 0.5, y - h), (way * 0.42 * body.right.width, 18), (way * 26, 26), (-14, 58),
             (-20, heart.middle_y - 40), middle, target],
            60,
        )  # fmt: skip
        layer.line(path, 1.9, 46.0)
        layer.line(path[-3:], 3.0, 75.0)
        points.append(path)
    return [np.concatenate(points)]


def _wires(layer: Strokes, body: Body, rng: np.random.Generator) -> list[Points]:
    """Sternal wires after surgery: small twisted loops down the midline."""
    points: list[Points] = []
    x = body.turn
    for i in range(int(rng.integers(4, 7))):
        y = 42 + i * rng.uniform(24, 27)
        turn = np.linspace(0.2, 2 * np.pi + 0.1, 24)
        loop = np.stack([x + rng.normal(0, 1.5) + 9 * np.cos(turn), y + 4.5 * np.sin(turn)], 1)
        layer.line(loop, 1.5, 48.0)
        layer.line(loop[-4:] + np.array([0.0, 1.5]), 2.4, 48.0)
        points.append(loop)
    return [np.concatenate(points)]


_DRAW = {"tube": _tube, "line": _line, "leads": _leads, "pacemaker": _pacemaker, "wires": _wires}
