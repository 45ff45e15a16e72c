"""A body to millimetres of tissue along every ray: torso, lungs, heart, airways; the plane findings draw on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator

from .anatomy import Body, Lung
from .skeleton import draw_ribs, draw_shoulders, draw_spine
from .strokes import Grid, Strokes, curve
from .vessels import draw_vessels

LUNG_AIR = 0.76
"""Share of a lung's thickness that is air at full inspiration."""


@dataclass
class Chest:
    """One upright body on a plane. All arrays are (size, size) f32."""

    body: Body
    grid: Grid
    torso: np.ndarray
    """mm of soft tissue if the chest were solid."""
    air: dict[int, np.ndarray]
    """By side (-1 right, +1 left): mm of lung along the ray, heart and mediastinum already taken out."""
    cover: dict[int, np.ndarray]
    """By side: 1 where the ray meets the lung above the diaphragm, 0 elsewhere."""
    heart: np.ndarray
    """mm of heart."""
    vessels: np.ndarray
    """mm of blood."""
    bone: np.ndarray
    """mm of soft tissue that bone counts as."""
    gas: np.ndarray
    """mm of air outside the lungs: trachea, stomach, bowel."""
    texture: np.ndarray
    """The lung's own fine pattern, about zero."""
    added: np.ndarray = field(init=False)
    """mm of soft tissue that findings and devices add (negative: take away)."""

    def __post_init__(self) -> None:
        self.added = np.zeros_like(self.torso)

    @property
    def lung(self) -> np.ndarray:
        """Both lungs' cover, 0..1."""
        return np.maximum(self.cover[-1], self.cover[1])

    def tissue(self) -> np.ndarray:
        """mm of soft tissue that each ray meets."""
        air = self.air[-1] + self.air[1]
        filled = np.clip(air / 35.0, 0, 1)
        lungs = LUNG_AIR * air * (1 - 0.022 * self.texture)
        return self.torso - lungs - self.gas + self.vessels * filled + self.bone + self.added

    def of(self, side: int) -> Lung:
        return self.body.left if side > 0 else self.body.right


def project(body: Body, grid: Grid, rng: np.random.Generator, *, congestion: float = 1.0) -> Chest:
    """Draw the healthy part of a body; `congestion` scales the vessels' strength (1 is normal)."""
    cover, air = {}, {}
    heart = _heart(body, grid)
    for lung in body.lungs:
        cover[lung.side], air[lung.side] = _lung(lung, body, grid, heart)
    return Chest(
        body=body,
        grid=grid,
        torso=_torso(body, grid, rng),
        air=air,
        cover=cover,
        heart=heart,
        vessels=draw_vessels(rng, body, grid, congestion),
        bone=draw_ribs(body, grid) + draw_shoulders(body, grid) + draw_spine(body, grid),
        gas=_gas(body, grid, rng),
        texture=grid.smooth_noise(rng, 3.2 * body.texture) + 0.8 * grid.smooth_noise(rng, 7.0),
    )


def _heart(body: Body, grid: Grid) -> np.ndarray:
    """mm of heart along the ray, from its right and left borders row by row."""
    heart = body.heart
    rows = (grid.Y[:, 0] - heart.middle_y) / heart.height
    left = PchipInterpolator(
        [-1.0, -0.75, -0.45, -0.1, 0.3, 0.58, 0.8, 1.0, 1.15],
        np.array([0.30, 0.40, 0.56, 0.78, 0.95, 1.0, 0.93, 0.7, 0.1]) * heart.left,
    )(np.clip(rows, -1, 1.15))
    right = PchipInterpolator(
        [-1.0, -0.7, -0.3, 0.05, 0.3, 0.65, 1.0, 1.15],
        np.array([0.5, 0.64, 0.92, 1.0, 0.99, 0.86, 0.55, 0.1]) * heart.right,
    )(np.clip(rows, -1, 1.15))
    middle, half = ((left - right) / 2)[:, None], ((left + right) / 2)[:, None]
    u = ((grid.X - 0.5 * body.turn - middle) / half).astype(np.float32)
    rise = np.clip((rows + 1.05) / 0.6, 0, 1)[:, None] ** 0.7 * (rows < 1.12)[:, None]
    chord = np.sqrt(np.clip(1 - np.abs(u) ** 2.4, 0, None))
    return (heart.depth * rise * chord).astype(np.float32)


def _lung(lung: Lung, body: Body, grid: Grid, heart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One lung's cover (0..1) and its thickness in mm with heart and great vessels taken out."""
    away = lung.side * grid.X  # (1, W) distance from the midline on the lung's own side
    rows = grid.Y[:, 0]
    lateral = lung.lateral(rows)[:, None].astype(np.float32)
    medial = lung.medial(rows)[:, None].astype(np.float32)
    floor = lung.floor(away[0])[None, :].astype(np.float32)
    u = np.clip((away - medial) / np.maximum(lateral - medial, 1e-3), 0, 1)
    # steep at the lateral wall; towards the mediastinum lung thins in front of and behind the great vessels
    soft = np.clip(1.25 - grid.Y / 160.0, 0.35, 1.0) * 0.3
    bulge = np.sqrt(1 - np.abs(2 * u - 1) ** 2.8) * (0.45 + 0.55 * np.clip(u / soft, 0, 1))
    rise = np.clip(grid.Y / 80.0, 0, 1) ** 0.5
    depth = lung.depth * rise * bulge.astype(np.float32)
    above = grid.inside(floor - grid.Y)
    # behind the dome a wedge of lung reaches down to the costophrenic recess: faint lung over the abdomen
    recess = np.clip(1 - (grid.Y - floor) / 42.0, 0, 1) * 0.16 * (lung.angle_y + 6 > grid.Y)
    # the dome is round: the lung above it thins over its last centimetres
    share = above * (1 - 0.22 * np.clip(1 - (floor - grid.Y) / 26.0, 0, 1)) + (1 - above) * recess
    edge = grid.inside(away - medial) * grid.inside(lateral - away) * (grid.Y > -1)
    thick = depth * share * edge
    aorta = np.zeros_like(thick)
    if lung.side > 0:  # the descending aorta beside the spine
        aorta = 22.0 * np.sqrt(np.clip(1 - ((grid.X - 20 - 0.4 * body.turn) / 13.0) ** 2, 0, 1)) * (grid.Y > 70)
    left_over = np.clip(thick - heart - aorta, 0, None)
    cover = edge * above * grid.inside(depth - 8)
    return cover.astype(np.float32), left_over.astype(np.float32)


def _torso(body: Body, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """mm of soft tissue of a solid torso with neck, shoulders, arms and breasts."""
    rows = grid.Y[:, 0]
    wall = max(body.right.width, body.left.width) + body.fat
    half = np.interp(rows, [-60, 60, 110, 200, 330], [wall + 62, wall + 30, wall + 2, wall, wall + 4])[
        :, None
    ].astype(np.float32)
    depth = np.interp(
        rows, [-60, 0, 50, 120, 200, 330], [0.6, 0.72, 0.86, 0.98, 1.0, 1.05] * np.array(body.thickness)
    )[:, None]
    across = np.clip(1 - np.abs(grid.X / half) ** 4.0, 0, 1) ** 0.5
    slope = PchipInterpolator(
        [0, 40, 50, 60, 78, 115, 160, 200, 280],
        np.array(
            [-140, -120, -84, -58, -38, body.shoulder - 19, body.shoulder - 6, body.shoulder + 12, body.shoulder + 70]
        ),
    )(np.clip(np.abs(grid.X[0]), 0, 280))[None, :]
    below = np.clip((grid.Y - slope) / 42.0, 0, 1) ** 0.5
    torso = depth * across * below
    neck = 2 * np.sqrt(np.clip(54.0**2 - grid.X**2, 0, None)) * np.clip((10 - grid.Y) / 60.0, 0, 1)
    solid = np.maximum(torso, neck)
    for side in (-1, 1):
        shoulder = np.array([side * (wall + 14), body.shoulder + 36])
        elbow = shoulder + np.array([side * (34 + 0.3 * body.fat), 210.0])
        arm = _capsule(grid, shoulder, elbow, 46 + 0.3 * body.fat)
        solid = np.sqrt(solid * solid + arm * arm)
    if body.breast > 0:
        for side in (-1, 1):
            x = (side * grid.X - 82) / (60 + 0.25 * body.breast)
            y = grid.Y - (0.66 * body.right.dome + 30)
            y = np.where(y > 0, y / 44.0, y / 96.0)
            radius = 1 - np.abs(x) ** 2.2 - np.abs(y) ** 2.2
            lower = np.clip(1 + np.minimum(y, 0) * 0.95, 0, 1)  # no edge at the top: the breast begins flat
            solid = solid + body.breast * lower * np.clip(radius, 0, 1) ** 0.55
    lumps = 3.0 * grid.smooth_noise(rng, 40.0) + 1.5 * grid.smooth_noise(rng, 12.0)
    inside = np.clip(solid / 60.0, 0, 1)
    return (solid + lumps * inside).astype(np.float32)


def _capsule(grid: Grid, start: np.ndarray, end: np.ndarray, radius: float) -> np.ndarray:
    """mm through a rounded cylinder."""
    way = end - start
    x, y = grid.X - start[0], grid.Y - start[1]
    t = np.clip((x * way[0] + y * way[1]) / float(way @ way), 0, 1)
    return 1.7 * np.sqrt(np.clip(radius**2 - (x - t * way[0]) ** 2 - (y - t * way[1]) ** 2, 0, None))


def _gas(body: Body, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Trachea and main bronchi, stomach bubble, a little bowel gas: mm of air."""
    x, y = body.carina
    airway = Strokes(grid)
    trachea = curve([(x * 0.3 + 1, -75), (0.5 * x + 1, -20), (x - 2, 50), (x, y + 2)], 30)
    airway.ribbon(trachea, np.linspace(16.5, 17.5, 30), 22.0)
    for side, reach, drop in ((-1, 30, 34), (1, 44, 32)):
        bronchus = curve([(x, y - 5), (x + side * reach * 0.45, y + drop * 0.42), (x + side * reach, y + drop)], 16)
        airway.ribbon(bronchus, np.linspace(13.0, 8.5, 16), 14.0)
    air = grid.blur(airway.array(), 1.5)
    dome = body.left.dome
    if body.gas > 4:
        bubble = Strokes(grid, 60.0)
        centre, wide = (62.0 + rng.uniform(-8, 14), dome + 24 + rng.uniform(0, 8)), rng.uniform(18, 34)
        turn = np.linspace(0, np.pi, 20)
        tall = min(wide * 0.6, centre[1] - dome - 6)
        top = np.stack([centre[0] - wide * np.cos(turn), centre[1] - tall * np.sin(turn)], 1)
        bubble.polygon(top, body.gas)
        for _ in range(int(rng.integers(0, 4))):
            at = rng.uniform(20, 110), dome + rng.uniform(55, 110)
            bubble.ellipse(at, (rng.uniform(8, 18), rng.uniform(6, 13)), rng.uniform(10, 30))
        air = air + grid.blur(bubble.array(), 1.6)
    return air
