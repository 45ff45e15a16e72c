"""Where a map's activation lies: thorax, lungs, heart, diaphragm, the film's edge, burnt-in text, outside the body.

Shares of one map; places overlap (the heart is part of the thorax), so they do not add up to 1. A map is only as fine
as its network's grid, so a share of a few per cent on a small marker may be what spills over from beside it.
"""

from __future__ import annotations

import numpy as np

from ...training.zones import LUNG_ZONES, ZONES
from ..schemas import PlaceShares
from .zone_map import Anatomy

EDGE_BAND = 0.04
"""Outermost part of the film on each side, as a share of its width and height."""

HEART = ("cardiac silhouette", "retrocardiac")
CENTRAL = (*HEART, "mediastinum", "paratracheal")
_LUNG = tuple(f"{side} {zone}" for side in ("right", "left") for zone in LUNG_ZONES)


def place_shares(
    weights: np.ndarray,
    anatomy: Anatomy,
    text: tuple[tuple[float, float, float, float], ...],
    film: tuple[int, int],
) -> PlaceShares | None:
    """Shares of a map (on the anatomy's raster); `text` are boxes in pixels of a film of (height, width).

    None for an empty map.
    """
    total = float(weights.sum(dtype=np.float64))
    if total <= 0:
        return None

    def share(inside: np.ndarray) -> float:
        return min(1.0, float(weights[inside].sum(dtype=np.float64)) / total)

    return PlaceShares(
        thorax=share(in_zones(anatomy, (*_LUNG, *CENTRAL))),
        lungs=share(in_zones(anatomy, _LUNG)),
        heart=share(in_zones(anatomy, HEART)),
        mediastinum=share(in_zones(anatomy, ("mediastinum", "paratracheal"))),
        below_diaphragm=share(in_zones(anatomy, ("subdiaphragmatic",))),
        film_edge=share(_edge(anatomy.shape)),
        text=share(_boxes(text, film, anatomy.shape)),
        outside_body=share(~anatomy.body),
    )


def in_zones(anatomy: Anatomy, zones: tuple[str, ...]) -> np.ndarray:
    """Mask of zones on the anatomy's raster."""
    return np.isin(anatomy.zone_map, [ZONES.index(zone) + 1 for zone in zones])


def _edge(shape: tuple[int, int]) -> np.ndarray:
    rows, columns = (max(1, round(EDGE_BAND * n)) for n in shape)
    mask = np.ones(shape, bool)
    mask[rows:-rows, columns:-columns] = False
    return mask


def _boxes(
    boxes: tuple[tuple[float, float, float, float], ...], film: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    mask = np.zeros(shape, bool)
    down, across = shape[0] / film[0], shape[1] / film[1]
    for x1, y1, x2, y2 in boxes:
        rows = slice(int(y1 * down), max(int(y1 * down) + 1, round(y2 * down)))
        mask[rows, int(x1 * across) : max(int(x1 * across) + 1, round(x2 * across))] = True
    return mask
