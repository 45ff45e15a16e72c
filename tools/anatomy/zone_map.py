"""Anatomical zones of a frontal film: every point of the film gets one zone name (training/zones.py).

Geometry in the chest coordinates of tools/anatomy/lung_fields.py. Zones are given in this order, the first that fits
wins: outside the body; costophrenic angle; inside a lung: pleural margin, apex, cardiophrenic angle, hilum,
perihilar, then upper, mid and lower lung; between the lungs: retrocardiac, cardiac silhouette, paratracheal,
mediastinum; below the diaphragm; neck; chest wall and clavicle. The apex is the part above the clavicles, about the
top 15 % of the lung.

Coarse by design: an outline placed on the film, not a segmentation. Good enough to say "left lower lung".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch.nn import functional as F

from ...training.radiographs.quality import Quality
from ...training.radiographs.radiograph import Radiograph
from ...training.zones import ZONES, Side
from . import lung_fields
from .lung_fields import GRID, LungFields
from .lung_finder import fit_lungs

BOTH_SIDES = 0.3
"""Bilateral where each side holds at least this share."""

WEAK_CONTRAST = 0.55
"""Contrast of an outline (tools/anatomy/lung_finder.py) below which it is called weak."""

USUAL_CELLS = 16
"""Rows and columns of the tables of usual places (tools/anatomy/usual_places.py)."""

MIDLINE_BAND = 0.12
"""Midline: within this much of a lung's width (u)."""


@dataclass(frozen=True)
class Anatomy:
    """Zones, sides and the body on a GRID x GRID raster laid over the whole film."""

    zone_map: np.ndarray = field(repr=False)
    """(GRID, GRID) uint8: index into ZONES plus one."""
    body: np.ndarray = field(repr=False)
    """(GRID, GRID) bool."""
    lungs: np.ndarray = field(repr=False)
    """(GRID, GRID) bool, both lungs, without the part behind the heart."""
    offset: np.ndarray = field(repr=False)
    """(GRID, GRID) f32: distance from the midline in lung widths, positive towards the PATIENT's left."""
    fields: LungFields
    """Landmarks as shares of the film: midline, apex, bases, widths; its left and right are the image's."""
    source: Literal["film", "atlas"]
    """Whether the lungs were found on the film, or stand where they usually are."""
    flipped: bool = False
    """The patient's left is on the image's left."""

    @property
    def shape(self) -> tuple[int, int]:
        return self.zone_map.shape[0], self.zone_map.shape[1]

    @property
    def midline(self) -> float:
        """x of the chest's midline at half height, as a share of the film's width."""
        return self.fields.midline

    @property
    def fit(self) -> Literal["good", "weak", "atlas"]:
        """How far the outline can be trusted: weak where the film's lungs hardly stand out from what is around them."""
        if self.source == "atlas":
            return "atlas"
        return "good" if self.fields.contrast >= WEAK_CONTRAST else "weak"

    @cached_property
    def usual_cells(self) -> np.ndarray:
        """Flat index of the USUAL_CELLS x USUAL_CELLS cell where each point of the raster would lie on an unmirrored
        film with usual lungs; (GRID * GRID,) intp."""
        x, y = lung_fields.grid_points(self.shape[0])
        usual = lung_fields.USUAL
        u, v, right_half = self.fields.coordinates(x, y)
        base = np.where(right_half, usual.base_left, usual.base_right)
        y_usual = usual.apex + v * (base - usual.apex)
        x_usual = usual.midline + np.where(right_half, u * usual.width_left, -u * usual.width_right)
        if self.flipped:
            x_usual = 1 - x_usual
        rows, columns = (
            np.clip((share * USUAL_CELLS).astype(np.intp), 0, USUAL_CELLS - 1) for share in (y_usual, x_usual)
        )
        return (rows * USUAL_CELLS + columns).ravel()

    @staticmethod
    def fraction(point: tuple[float, float], shape: tuple[int, int]) -> tuple[float, float]:
        """A point in pixels of a film of that (height, width) -> shares of its width and height."""
        return point[0] / shape[1], point[1] / shape[0]

    def zone_at(self, x: float, y: float) -> str:
        """The zone at a place given as shares of the film's width and height."""
        return ZONES[int(self.zone_map[self._cell(x, y)]) - 1]

    def side_at(self, x: float, y: float) -> Side:
        offset = float(self.offset[self._cell(x, y)])
        if abs(offset) <= MIDLINE_BAND:
            return "midline"
        return "left" if offset > 0 else "right"

    def offset_at(self, x: float, y: float) -> float:
        """Distance from the midline in lung widths, positive towards the patient's left."""
        return float(self.offset[self._cell(x, y)])

    def depth_at(self, x: float, y: float) -> float:
        """How far down the chest: 0 at the lung's apex, 1 at the costophrenic angle of that side."""
        return float(self.fields.coordinates(np.asarray(x), np.asarray(y))[1])

    def zones_of(self, weights: np.ndarray) -> list[tuple[str, float]]:
        """Zones with their share of a map or mask laid over the whole film (any size), largest first.

        Shares add up to 1; empty for an empty map.
        """
        weights = self.on_grid(weights)
        sums = np.bincount(self.zone_map.ravel(), weights.ravel(), minlength=len(ZONES) + 1)[1:]
        total = sums.sum()
        if total <= 0:
            return []
        order = np.argsort(-sums, kind="stable")
        return [(ZONES[i], float(min(1.0, sums[i] / total))) for i in order if sums[i] > 0]

    def side_of(self, weights: np.ndarray) -> Side:
        """The side a map or mask lies on: midline where half of it is near the midline, bilateral where both sides
        hold 30 % or more."""
        weights = self.on_grid(weights)
        total = weights.sum()
        if total <= 0:
            raise ValueError("an empty map has no side")
        if weights[np.abs(self.offset) <= MIDLINE_BAND].sum() >= 0.5 * total:
            return "midline"
        left = weights[self.offset > 0].sum() / total
        if BOTH_SIDES <= left <= 1 - BOTH_SIDES:
            return "bilateral"
        return "left" if left > 0.5 else "right"

    def on_grid(self, weights: np.ndarray) -> np.ndarray:
        """A map or mask over the film -> float64 on the raster, by area means."""
        if weights.shape != self.shape:
            film = torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float32))[None, None]
            weights = F.adaptive_avg_pool2d(film, self.shape)[0, 0].numpy()
        return weights.astype(np.float64)

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        rows, columns = self.shape
        return min(rows - 1, max(0, int(y * rows))), min(columns - 1, max(0, int(x * columns)))


def locate_anatomy(film: Radiograph, quality: Quality) -> Anatomy:
    """Find the lungs and name every place of the film, about 15 ms; on a film that is no frontal chest film the usual
    places are taken. The patient's right is the image's left unless `quality.flipped`."""
    pixels = torch.from_numpy(np.ascontiguousarray(film.pixels, dtype=np.float32))[None, None]
    grid = F.interpolate(pixels, size=(GRID, GRID), mode="bilinear", align_corners=False, antialias=True)[
        0, 0
    ].numpy()
    body = lung_fields.find_body(grid)
    fields = fit_lungs(grid, body) if quality.frontal_chest else lung_fields.USUAL
    return build_anatomy(fields, body, flipped=quality.flipped)


def build_anatomy(fields: LungFields, body: np.ndarray, *, flipped: bool = False) -> Anatomy:
    """Zones for lungs that stand at a given place; `body` is (GRID, GRID) bool."""
    x, y = lung_fields.grid_points(GRID)
    u, v, image_left = fields.coordinates(x, y)  # image_left: the half that is the patient's left when not flipped
    patient_left = ~image_left if flipped else image_left
    zones, lungs = _name_zones(fields, (u, v, image_left), body)
    codes = np.zeros(body.shape, np.uint8)
    for name, mask in zones.items():
        if name in ZONES:
            codes[mask] = ZONES.index(name) + 1
        else:
            codes[mask & ~patient_left] = ZONES.index(f"right {name}") + 1
            codes[mask & patient_left] = ZONES.index(f"left {name}") + 1
    return Anatomy(
        zone_map=codes,
        body=body,
        lungs=lungs,
        offset=np.where(patient_left, u, -u).astype(np.float32),
        fields=fields,
        flipped=flipped,
        source="atlas" if _same_place(fields, lung_fields.USUAL) else "film",
    )


def _same_place(a: LungFields, b: LungFields) -> bool:
    return replace(a, contrast=0.0) == replace(b, contrast=0.0)


def _name_zones(
    place: LungFields, points: tuple[np.ndarray, np.ndarray, np.ndarray], body: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Zone name (without its side) -> mask, disjoint and covering everything; and the lungs."""
    u, v, heart_side = points
    edge, rim, floor = lung_fields.inner(place, v, heart_side), lung_fields.outer(v), lung_fields.bottom(u)
    lung = lung_fields.inside(place, u, v, heart_side, margin=0.02)
    central = (u <= edge) & (v <= floor)
    depth = u - np.minimum(edge, 0.26)  # from the mediastinum's edge; at the heart from where it would be without it
    rules: tuple[tuple[str, np.ndarray], ...] = (
        ("outside the body", ~body),
        ("costophrenic angle", (u > 0.62) & (u < rim + 0.06) & (v > 0.80) & (v < 1.06)),
        ("pleural margin", lung & (u > rim - 0.09) & (v > 0.08)),
        ("apex", lung & (v < 0.15)),
        ("cardiophrenic angle", (lung | (v <= floor + 0.05)) & (v > 0.76) & (u > edge - 0.05) & (u < edge + 0.2)),
        ("hilum", (u > 0.1) & (depth > -0.08) & (depth < 0.16) & (v > 0.34) & (v < 0.60) & (lung | central)),
        ("perihilar", lung & (depth < 0.38) & (v > 0.26) & (v < 0.70)),
        ("upper lung", lung & (v < 0.40)),
        ("mid lung", lung & (v < 0.68)),
        ("lower lung", lung),
        ("retrocardiac", central & heart_side & (v > 0.62) & (u > 0.06) & (u < 0.75 * edge)),
        ("cardiac silhouette", central & (v > 0.50)),
        ("paratracheal", (u < 0.17) & (v > -0.10) & (v < 0.30)),
        ("mediastinum", central & (v > 0.0)),
        ("subdiaphragmatic", (v > floor) & (u < 1.05)),
        ("neck", (v < 0.02) & (u < 0.4)),
        ("chest wall and clavicle", np.ones_like(lung)),
    )
    free = np.ones_like(lung)
    zones = {}
    for name, mask in rules:
        zones[name] = mask & free
        free &= ~mask
    return zones, lung & body
