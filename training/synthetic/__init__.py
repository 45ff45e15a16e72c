"""Synthetic frontal radiographs with known lesions: a projection model of the chest, two acquisition domains.

    film = synthesize_film(seed=7, domain="B", findings=["Pleural Effusion"])
    write_dataset(Path("data"), n=100, seed=1, domain="A", size=512, workers=2)

Nothing here is a patient: anatomy is drawn from a few dozen random numbers. The pictures teach a small network what
findings look like and serve as demonstration films; a score on them says nothing about real films.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .acquisition import Domain
    from .dataset import write_dataset
    from .film import SyntheticFilm, synthesize_film
    from .negatives import synthesize_lateral, synthesize_limb

_HOMES = {
    "Domain": "acquisition",
    "SyntheticFilm": "film",
    "synthesize_film": "film",
    "synthesize_lateral": "negatives",
    "synthesize_limb": "negatives",
    "write_dataset": "dataset",
}

__all__ = [
    "Domain",
    "SyntheticFilm",
    "synthesize_film",
    "synthesize_lateral",
    "synthesize_limb",
    "write_dataset",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
