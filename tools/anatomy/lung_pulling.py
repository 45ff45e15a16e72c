"""Moves a placed lung outline to where the film's own edges are, slowly: for making training data, not for use.

Coordinate ascent of the outline's contrast (tools/anatomy/lung_finder.py) from the network's place, held back by the
distance from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from .lung_fields import SPREAD, LungFields
from .lung_finder import centred, contrast_of, shrink
from .lung_network import NUMBERS, LungNetwork, network_input

STEPS = (0.0125, 0.006)
HOLD = 0.02
"""Contrast lost for a number that strays by half of its everyday variation."""
_PACE = {"heart_right": 5, "heart_left": 5}
"""Longer steps for numbers of another scale."""
_GROUPS = (
    *((name,) for name in SPREAD),
    ("base_right", "base_left"),
    ("width_right", "width_left"),
    ("apex", "base_right", "base_left"),
)


@torch.inference_mode()
def pull_to_film(network: LungNetwork, grid: np.ndarray, body: np.ndarray) -> LungFields:
    """A (GRID, GRID) film in [0, 1] and its body -> the outline, with its contrast."""
    film, valid = shrink(grid), shrink(body.astype(np.float32)) > 0.5
    start = LungFields(**dict(zip(NUMBERS, network(network_input(film))[0].tolist(), strict=True)))
    picture = centred(film, valid)

    def value(place: LungFields) -> float:
        strayed = sum(((getattr(place, n) - getattr(start, n)) / (s / 2)) ** 2 for n, s in SPREAD.items())
        return contrast_of(place, picture, valid) - HOLD * strayed

    place = _climb(start, value)
    return replace(place, contrast=contrast_of(place, picture, valid))


def _climb(place: LungFields, value: Callable[[LungFields], float]) -> LungFields:
    best = value(place)
    for step in STEPS:
        for _ in range(6):
            before = best
            for group in _GROUPS:
                for sign in (1, -1):
                    change = {n: getattr(place, n) + sign * step * _PACE.get(n, 1) for n in group}
                    moved = replace(place, **change)
                    if (reached := value(moved)) > best:
                        place, best = moved, reached
            if best - before < 1e-4:
                break
    return place
