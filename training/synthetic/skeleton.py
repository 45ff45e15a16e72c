"""Bones of the chest as strokes: ribs, clavicles, shoulder, spine. Values are mm of soft tissue they count as."""

from __future__ import annotations

import numpy as np

from .anatomy import Body
from .strokes import Grid, Points, Strokes, curve

RIBS = 10
SPINE_HALF = 17.0


def rib_path(body: Body, side: int, rib: int, angles: np.ndarray) -> Points:
    """A rib's middle line at angles from the spine (0) over the side (pi/2) to the front, (N, 2) mm."""
    lung = body.left if side > 0 else body.right
    start = -13.0 + rib * body.rib_spacing
    drop = (44.0, 66.0, 80.0, 90.0, 97.0, 102.0, 104.0, 100.0, 92.0, 80.0)[rib]
    across = np.sin(angles)
    y = start - 7 * np.sin(np.clip(angles, 0, 0.8) * 2) + drop * (1 - np.cos(angles)) / 2
    wall = lung.lateral(np.clip(start + drop * 0.5, 8, None)) + 2.0
    if rib == 0:
        wall *= 0.86
    front = np.where(angles > np.pi / 2, body.turn, 0.0) * (1 - np.abs(across))
    x = SPINE_HALF + 2 + (wall - SPINE_HALF - 2) * across ** np.where(angles < np.pi / 2, 0.85, 1.0)
    return np.stack([side * x + front, y], 1)


def clavicle_path(body: Body, side: int, n: int = 30) -> Points:
    y = body.clavicle
    reach = (body.left if side > 0 else body.right).width
    knots = [
        (side * 13 + body.turn, y),
        (side * 38 + body.turn, y - 5),
        (side * (0.55 * reach) + 0.7 * body.turn, y - 20),
        (side * (0.85 * reach), y - 35),
        (side * (1.12 * reach), y - 32),
    ]
    return curve(knots, n)


def _bone(layer: Strokes, points: Points, width: float | np.ndarray, edge: float, core: float) -> None:
    """A tube of bone: bright cortex, fainter marrow."""
    layer.ribbon(points, width, edge)
    layer.ribbon(points, np.asarray(width) - 2.6, core)


def _broken(points: Points, at: int, offset: float, gap: float) -> list[Points]:
    """Two ends of a broken bone, the second one displaced."""
    step = points[min(at + 1, len(points) - 1)] - points[max(at - 1, 0)]
    step = step / max(float(np.linalg.norm(step)), 1e-6)
    normal = np.array([-step[1], step[0]])
    first, second = points[: at + 1].copy(), points[at:].copy()
    fade = np.linspace(1, 0, len(second))[:, None] ** 0.7
    second = second + (normal * offset + step * gap) * fade
    lean = np.linspace(0, 1, len(first))[:, None] ** 3
    first = first - normal * offset * 0.35 * lean
    return [part for part in (first, second) if len(part) > 2]


def draw_ribs(body: Body, grid: Grid) -> np.ndarray:
    """(size, size) f32, mm."""
    back, front = Strokes(grid), Strokes(grid)
    strong = 1.0 - 0.25 * max(0, body.age - 55) / 40
    for side in (-1, 1):
        breaks = {(b.side, b.rib): b for b in body.breaks}
        for rib in range(RIBS):
            angles = np.linspace(0.04, 1.72, 44)
            path = rib_path(body, side, rib, angles)
            width = 8.0 + 3.2 * np.sin(angles * 0.9) if rib else 9.0 + 2 * angles
            pieces = [path]
            if (side, rib) in breaks:
                b = breaks[side, rib]
                pieces = _broken(path, int(np.clip(np.searchsorted(angles, b.place), 4, 39)), b.offset, b.gap)
            for piece in pieces:
                w = np.interp(np.linspace(0, 1, len(piece)), np.linspace(0, 1, len(width)), width)
                _bone(back, piece, w, 15.0 * strong, 8.5 * strong)
                if len(pieces) > 1:  # the broken ends stand out: bone seen end on, some callus
                    end = piece[-1] if piece is pieces[0] else piece[0]
                    back.ellipse((float(end[0]), float(end[1])), (4.2, 5.6), 21.0)
            if rib > 7:
                continue
            angles = np.linspace(1.45, 2.5 - 0.035 * rib, 30)
            path = rib_path(body, side, rib, angles)
            fade = np.linspace(11.0, 13.5, 30)
            _bone(front, path, fade, 11.0 * strong, 6.5 * strong)
    return grid.blur(back.array(), 0.5) + grid.blur(front.array(), 0.9)


def draw_shoulders(body: Body, grid: Grid) -> np.ndarray:
    """Clavicles, scapulae, humeral heads and shafts: (size, size) f32, mm."""
    layer, blades, arms = Strokes(grid, 30.0), Strokes(grid), Strokes(grid, 40.0)
    for side in (-1, 1):
        path = clavicle_path(body, side)
        width = np.interp(np.linspace(0, 1, 30), [0, 0.15, 0.5, 1], [16, 11.5, 10, 12])
        pieces = [path]
        for b in body.breaks:
            if b.side == side and b.rib < 0:
                pieces = _broken(path, int(b.place * 29), b.offset * 1.5, b.gap)
        for piece in pieces:
            w = np.interp(np.linspace(0, 1, len(piece)), np.linspace(0, 1, 30), width)
            _bone(layer, piece, w, 25.0, 14.0)
        inner, top = body.scapula, body.clavicle - 18
        joint = side * (body.right.width + 34), body.shoulder + 34
        blade = curve(
            [
                (side * (inner + 8), top + 8),
                (side * (inner - 2), top + 60),
                (side * (inner + 8), top + 122),
                (side * (inner + 17), top + 137),
                (side * (inner + 30), top + 110),
                (joint[0] - side * 20, joint[1] + 18),
                (joint[0] - side * 22, joint[1] - 8),
                (side * (inner + 30), top + 8),
                (side * (inner + 8), top + 8),
            ],
            70,
        )
        blades.polygon(blade, 7.0)
        blades.line(blade[:40], 2.4, 12.0)
        blades.ribbon(curve([(side * (inner + 4), top + 26), (joint[0] - side * 10, joint[1] - 24)], 12), 10, 10.0)
        arms.ellipse(joint, (23, 25), 24.0)
        shaft = curve([joint, (joint[0] + side * 14, joint[1] + 70), (joint[0] + side * 22, joint[1] + 200)], 30)
        arms.ribbon(shaft, np.interp(np.linspace(0, 1, 30), [0, 0.1, 0.28, 1], [45, 40, 25, 23]), 28.0)
        arms.ribbon(shaft[4:], np.interp(np.linspace(0, 1, 26), [0, 0.2, 1], [32, 14, 12]), 17.0)
        arms.ellipse(joint, (20, 22), 19.0)
    return grid.blur(layer.array(), 0.5) + grid.blur(blades.array(), 0.8) + grid.blur(arms.array(), 1.6)


def draw_spine(body: Body, grid: Grid) -> np.ndarray:
    """Vertebral bodies, pedicles, spinous and transverse processes: (size, size) f32, mm."""
    layer = Strokes(grid, 60.0)
    step = body.rib_spacing * 0.98
    for index in range(-5, 15):
        y = index * step + 4
        tall = step * 0.80
        half = SPINE_HALF * (0.62 if index < 0 else 0.86 + 0.014 * index)
        x = body.scoliosis * float(np.sin(y / 90))
        if index >= 0:
            layer.ribbon(np.array([(x - half - 17, y - 7), (x, y - 3), (x + half + 17, y - 7)]), 7.0, 6.0)
        outline = curve(
            [
                (x - half, y - tall / 2),
                (x - half * 0.9, y),
                (x - half, y + tall / 2),
                (x + half, y + tall / 2),
                (x + half * 0.9, y),
                (x + half, y - tall / 2),
                (x - half, y - tall / 2),
            ],
            30,
        )
        layer.polygon(outline, 19.0)
        inner = (outline - (x, y)) * (0.88, 0.84) + (x, y)
        layer.polygon(inner, 14.0)
        for way in (-1, 1):
            layer.ellipse((x + way * half * 0.6, y - tall * 0.15), (3.6, 5.5), 20.0)
            layer.ellipse((x + way * half * 0.6, y - tall * 0.15), (2.2, 4.0), 14.0)
        layer.ellipse((x, y + tall * 0.3), (2.6, 7.0), 22.0)
    return grid.blur(layer.array(), 1.3)
