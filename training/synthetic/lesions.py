"""Findings on a chest: what each needs planned before the body is drawn, and who draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..findings import CHEXPERT
from .airspace import (
    draw_atelectasis,
    draw_consolidation,
    draw_edema,
    draw_hazy_opacity,
    draw_nodules,
    draw_pneumonia,
)
from .anatomy import RibBreak
from .devices import draw_devices
from .pleura import draw_effusion, draw_pleural_other, draw_pneumothorax
from .projection import Chest
from .skeleton import clavicle_path, rib_path
from .strokes import Box

Streams = Callable[[str], np.random.Generator]


@dataclass
class Plan:
    """What is drawn, and what the body itself must be like."""

    leaves: tuple[str, ...]
    """Positive findings none of whose descendants is positive: these are drawn."""
    cardiomegaly: float = 0.0
    widening: float = 0.0
    congestion: float = 1.0
    breaks: list[RibBreak] = field(default_factory=list)


_DRAWERS: dict[str, Callable[[Chest, np.random.Generator], list[Box]]] = {
    "Edema": draw_edema,
    "Consolidation": draw_consolidation,
    "Pneumonia": draw_pneumonia,
    "Atelectasis": draw_atelectasis,
    "Lung Lesion": draw_nodules,
    "Lung Opacity": draw_hazy_opacity,
    "Pleural Effusion": draw_effusion,
    "Pneumothorax": draw_pneumothorax,
    "Pleural Other": draw_pleural_other,
    "Support Devices": draw_devices,
}
"""In the order they are drawn: what fills the lung, then what lies around it, then what lies on it."""


def plan_findings(labels: dict[str, int], streams: Streams) -> Plan:
    """Decide what changes the body: heart and mediastinum size, vessels, broken bones."""
    positive = [n for n, value in labels.items() if value and n != "No Finding"]
    leaves = tuple(n for n in positive if not set(CHEXPERT.descendants(n)) & set(positive))
    plan = Plan(leaves)
    if "Cardiomegaly" in leaves:
        plan.cardiomegaly = float(streams("Cardiomegaly").uniform(0.08, 1.0))
    if "Enlarged Cardiomediastinum" in leaves:
        plan.widening = float(streams("Enlarged Cardiomediastinum").uniform(12, 30))
    if "Edema" in leaves:
        plan.congestion = 1.3
    if "Fracture" in leaves:
        plan.breaks = _breaks(streams("Fracture"))
    return plan


def _breaks(rng: np.random.Generator) -> list[RibBreak]:
    side = int(rng.choice([-1, 1]))

    def displaced() -> float:
        return float(rng.choice([-1, 1]) * rng.uniform(8, 14))

    if rng.random() < 0.3:
        return [RibBreak(side, -1, float(rng.uniform(0.4, 0.66)), displaced(), float(rng.uniform(-5, 4)))]
    first, place = int(rng.integers(2, 6)), float(rng.uniform(0.65, 1.3))
    return [
        RibBreak(side, first + i, place + float(rng.normal(0, 0.05)), displaced(), float(rng.uniform(-5, 6)))
        for i in range(int(rng.integers(1, 5)))
    ]


def draw_findings(chest: Chest, plan: Plan, streams: Streams) -> list[tuple[str, Box]]:
    """Draw the planned findings; boxes in pixels of the upright plane, each repeated for the finding's ancestors."""
    found: list[tuple[str, Box]] = []
    grid, body = chest.grid, chest.body
    if "Cardiomegaly" in plan.leaves or "Enlarged Cardiomediastinum" in plan.leaves:
        heart, x = body.heart, 0.5 * body.turn
        y1, y2 = heart.middle_y - heart.height, heart.middle_y + 0.72 * heart.height
        corners = np.array([(x - heart.right, y1), (x + heart.left, y2)])
        if "Cardiomegaly" in plan.leaves:
            found.append(("Cardiomegaly", grid.box_around(corners)))
        else:
            rows = np.linspace(24, body.carina[1] + 18, 30)
            right, left = body.right.medial(rows).max(), body.left.medial(rows).max()
            found.append(
                ("Enlarged Cardiomediastinum", grid.box_around(np.array([(-right, 22), (left, rows[-1])]), 2.0))
            )
    if plan.breaks:
        for b in plan.breaks:
            if b.rib < 0:
                at = clavicle_path(body, b.side)[int(b.place * 29)]
            else:
                at = rib_path(body, b.side, b.rib, np.array([b.place]))[0]
            found.append(("Fracture", grid.box_around(at[None], 15.0)))
    for name, draw in _DRAWERS.items():
        if name in plan.leaves:
            found.extend((name, box) for box in draw(chest, streams(name)))
    with_ancestors = [(other, box) for name, box in found for other in (name, *CHEXPERT.ancestors(name))]
    return list(dict.fromkeys(with_ancestors))
