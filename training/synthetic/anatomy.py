"""A sampled body: where everything lies, in millimetres, before anything is drawn.

x grows to the image's right (the patient's left), y down; the spine is at x = 0, the lung apices at y = 0. Sizes are
those of adults on PA films (internal thoracic diameter about 28 cm, heart under half of it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

Projection = Literal["AP", "PA"]


@dataclass(frozen=True)
class Lung:
    """One lung's outline on the film, in distances from the midline (positive on its own side)."""

    side: int
    """-1 the patient's right (image left), +1 the patient's left."""
    width: float
    """Midline to the lateral wall at its widest."""
    dome: float
    """y of the diaphragm's top."""
    depth: float
    """mm of lung along the ray at its thickest."""
    inner: tuple[tuple[float, float], ...]
    """(y, distance) knots of the mediastinal border."""

    @property
    def angle_y(self) -> float:
        """y of the costophrenic angle's tip."""
        return self.dome + 46

    def lateral(self, y: np.ndarray) -> np.ndarray:
        """Distance of the lateral wall at y."""
        knots = [0, 0.02, 0.06, 0.12, 0.25, 0.45, 0.68, 0.86, 1.0, 1.25]
        share = [0.36, 0.475, 0.56, 0.64, 0.76, 0.88, 0.97, 1.0, 0.985, 0.93]
        return PchipInterpolator(knots, share)(np.clip(y / self.angle_y, 0, 1.25)) * self.width

    def medial(self, y: np.ndarray) -> np.ndarray:
        """Distance of the mediastinal border at y."""
        ys, xs = zip(*self.inner, strict=True)
        knots = np.array([0.0, 5.0, 14.0, *ys])
        values = np.array([0.36 * self.width, 0.27 * self.width, max(0.2 * self.width, xs[0] + 2), *xs])
        return PchipInterpolator(knots, values)(np.clip(y, 0, knots[-1]))

    def floor(self, distance: np.ndarray) -> np.ndarray:
        """y of the diaphragm at a distance from the midline."""
        u = np.clip(distance / self.width, 0, 1.1)
        knots = [0.0, 0.18, 0.36, 0.5, 0.68, 0.84, 0.95, 1.0, 1.1]
        drop = [16.0, 9.0, 1.5, 0.0, 5.0, 18.0, 35.0, 46.0, 72.0]
        return self.dome + PchipInterpolator(knots, drop)(u)

    def outline(self, n: int = 60) -> np.ndarray:
        """The lateral wall from the apex to the angle, (n, 2) mm."""
        y = np.linspace(0, 1, n) ** 1.6 * self.angle_y
        return np.stack([self.side * self.lateral(y), y], 1)


@dataclass(frozen=True)
class Heart:
    """The heart as two ellipses: ventricles (tilted) and right atrium."""

    right: float
    """Distance of the right border from the midline."""
    left: float
    """Distance of the left border (apex) from the midline."""
    middle_y: float
    height: float
    depth: float


@dataclass(frozen=True)
class RibBreak:
    """A displaced fracture of one rib, or of a clavicle (`rib` -1)."""

    side: int
    rib: int
    place: float
    """Radians along the rib from the spine; for a clavicle, share of its length."""
    offset: float
    """mm across the bone."""
    gap: float
    """mm along it."""


@dataclass
class Body:
    """Everything the projection needs to know of one patient in one position."""

    sex: Literal["Male", "Female"]
    age: int
    projection: Projection
    right: Lung
    left: Lung
    heart: Heart
    carina: tuple[float, float]
    fat: float
    """mm between ribs and skin at the side."""
    thickness: float
    """mm, front to back."""
    breast: float
    """mm, at its thickest; 0 for none to be seen."""
    shoulder: float
    """y of the shoulder's top at its lateral end."""
    clavicle: float
    """y of the clavicles' inner ends."""
    scapula: float
    """Distance of the scapula's inner border from the midline."""
    turn: float
    """mm by which front structures lie to the image's right of the spine: patient rotation."""
    rib_spacing: float
    scoliosis: float
    gas: float
    """mm of gas in the stomach."""
    texture: float
    """Coarseness of the lung's own pattern."""
    breaks: list[RibBreak] = field(default_factory=list)

    @property
    def lungs(self) -> tuple[Lung, Lung]:
        return self.right, self.left

    @property
    def thorax(self) -> float:
        """Internal thoracic diameter, mm."""
        return self.right.width + self.left.width

    def hilum(self, side: int) -> tuple[float, float]:
        return side * 40.0 + 0.5 * self.turn, self.carina[1] + (14.0 if side < 0 else 5.0)


def sample_body(
    rng: np.random.Generator,
    variety: float,
    projection: Projection,
    sex: Literal["Male", "Female"],
    age: int,
    *,
    cardiomegaly: float = 0.0,
    widening: float = 0.0,
) -> Body:
    """Draw a body.

    `cardiomegaly` in (0, 1] sets the cardiothoracic ratio between 0.55 and 0.7 (0: between 0.38 and 0.48);
    `widening` is mm added to the upper mediastinum on each side.
    """

    def near(mean: float, spread: float) -> float:
        return mean + spread * variety * float(np.clip(rng.standard_normal(), -2, 2))

    female, ap = sex == "Female", projection == "AP"
    width = near(127 if female else 138, 6)
    breath = near(0, 9) - (rng.uniform(14, 34) if ap else 0)
    dome = (212 if female else 226) + breath
    thickness = near(205 if female else 222, 20)
    turn = near(0, 7 if ap else 3)
    old = max(0.0, (age - 40) / 50)
    knob = near(9 + 7 * old, 2)
    wide = (5 if ap else 0) + near(0, 2.5)
    share = near(0.435, 0.022) + (0.025 if ap else 0)
    right_part = near(0.31, 0.025)
    lower = near(4, 5)
    depths = near(0.62, 0.04)
    sizes = width * (1 - 0.012 * turn / 4), (width - 3) * (1 + 0.012 * turn / 4)
    if cardiomegaly > 0:
        share = 0.545 + 0.155 * cardiomegaly
    total = share * sum(sizes)
    right_inner = (
        (30.0, 24 + wide + 0.6 * widening),
        (70.0, 25 + wide + widening - 0.5 * turn),
        (105.0, 27 + wide + 0.75 * widening - 0.5 * turn),
        (140.0, 23.0 + 0.45 * widening),
        (175.0, 22.0),
        (220.0, 21.0),
    )
    left_inner = (
        (30.0, 25 + wide + 0.6 * widening),
        (46.0, 24 + wide + widening),
        (58.0, 26 + wide + 0.6 * knob + widening + 0.6 * turn),
        (69.0, 26 + wide + knob + 0.9 * widening + 0.6 * turn),
        (80.0, 26 + wide + 0.8 * knob + 0.9 * widening + 0.6 * turn),
        (92.0, 25 + wide + 0.5 * widening + 0.4 * turn),
        (104.0, 29 + wide + 0.6 * widening + 0.4 * turn),
        (116.0, 30 + wide + 0.55 * widening + 0.4 * turn),
        (140.0, 24.0 + 0.4 * widening),
        (175.0, 22.0),
        (220.0, 21.0),
    )
    low = dome + lower
    tall = near(70, 4) + 14 * cardiomegaly
    return Body(
        sex=sex,
        age=age,
        projection=projection,
        right=Lung(-1, sizes[0], dome, thickness * depths, right_inner),
        left=Lung(1, sizes[1], dome + near(11, 4), thickness * depths, left_inner),
        heart=Heart(
            right=max(26.0, total * right_part - 0.5 * turn),
            left=total - max(26.0, total * right_part - 0.5 * turn),
            middle_y=low + 6 - 0.55 * tall,
            height=tall,
            depth=near(95, 8) + 25 * cardiomegaly,
        ),
        carina=(-3 + 0.3 * turn, near(92, 5)),
        fat=max(9.0, near(26, 10)),
        thickness=thickness,
        breast=max(0.0, near(34, 14)) if female else 0.0,
        shoulder=near(-2, 9) - (8 if ap else 0),
        clavicle=near(30, 6) - (rng.uniform(10, 24) if ap else 0),
        scapula=near(104 if ap else 132, 10),
        turn=turn,
        rib_spacing=near(23.5, 1.0),
        scoliosis=near(0, 3.5),
        gas=max(0.0, near(38, 18)),
        texture=near(1.0, 0.3),
    )
