"""Where a map's activation lies: thorax, lungs, heart, diaphragm, the film's edge, burnt-in text, outside the body.

Shares of one map; places overlap (the heart is part of the thorax), so they do not add up to 1. A map is only as fine
as its network's grid, so a share of a few per cent on a small marker may be what spills over from beside it.
"""

from __future__ import annotations

from functools import cache

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

    by_zone = np.bincount(anatomy.zone_map.ravel(), weights.ravel(), minlength=len(ZONES) + 1)
    film_edge = total - float(weights[_within(anatomy.shape)].sum(dtype=np.float64))
    text_mask = _boxes(text, film, anatomy.shape)
    outside = total - float(weights[anatomy.body].sum(dtype=np.float64))

    def zones(names: tuple[str, ...]) -> float:
        return share(by_zone[_codes(names)].sum())

    def share(part: float) -> float:
        return max(0.0, min(1.0, float(part) / total))

    return PlaceShares(
        thorax=zones((*_LUNG, *CENTRAL)),
        lungs=zones(_LUNG),
        heart=zones(HEART),
        mediastinum=zones(("mediastinum", "paratracheal")),
        below_diaphragm=zones(("subdiaphragmatic",)),
        film_edge=share(film_edge),
        text=share(weights[text_mask].sum(dtype=np.float64)) if text else 0.0,
        outside_body=share(outside),
    )


def in_zones(anatomy: Anatomy, zones: tuple[str, ...]) -> np.ndarray:
    """Mask of zones on the anatomy's raster."""
    wanted = np.zeros(len(ZONES) + 1, bool)
    wanted[_codes(zones)] = True
    return wanted[anatomy.zone_map]


@cache
def _codes(zones: tuple[str, ...]) -> list[int]:
    """Of zones in an anatomy's raster."""
    return [ZONES.index(zone) + 1 for zone in zones]


def _within(shape: tuple[int, int]) -> tuple[slice, slice]:
    """The film without its edge."""
    rows, columns = (max(1, round(EDGE_BAND * n)) for n in shape)
    return slice(rows, -rows), slice(columns, -columns)


def _boxes(
    boxes: tuple[tuple[float, float, float, float], ...], film: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    mask = np.zeros(shape, bool)
    down, across = shape[0] / film[0], shape[1] / film[1]
    for x1, y1, x2, y2 in boxes:
        rows = slice(int(y1 * down), max(int(y1 * down) + 1, round(y2 * down)))
        mask[rows, int(x1 * across) : max(int(x1 * across) + 1, round(x2 * across))] = True
    return mask
