"""Where radiologists' boxes of a finding lie, as a bundled table of numbers (usual_places.json).

The table holds, per finding, how many films' boxes cover each cell of a SIZE x SIZE raster in the film's frame; it
was counted from public box tables by evals/localization/count_places.py, which also wrote the sources into it. A
film's own lungs move the raster: a place is looked up where it would be on a film whose lungs lie at their usual
place, and both sides are pooled (a finding is as usual on the left as on the right, apart from the heart's).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..schemas import UsualPlace
from .zone_map import USUAL_CELLS, Anatomy

TABLE = Path(__file__).with_name("usual_places.json")
HELD = 0.9
"""The usual region is the smallest one that holds this share of the boxed area."""
ONE_SIDED = ("Cardiomegaly", "Enlarged Cardiomediastinum")
"""Findings whose side matters; of the others both sides are pooled."""
FEWEST = 30
"""Films a finding needs in the tables."""


@dataclass(frozen=True)
class PlaceTable:
    """One finding's counts."""

    density: np.ndarray
    """(SIZE, SIZE), adds up to 1."""
    films: int
    source: str

    @cached_property
    def usual(self) -> np.ndarray:
        """The smallest set of cells that holds HELD of the boxed area."""
        order = np.sort(self.density.ravel())[::-1]
        level = order[int(np.searchsorted(np.cumsum(order), HELD))]
        return self.density >= level


@cache
def load_places() -> dict[str, PlaceTable]:
    """Finding -> its table; findings with too few films are not in it."""
    document = json.loads(TABLE.read_text("utf-8"))
    if document["size"] != USUAL_CELLS:
        raise ValueError(f"{TABLE.name} has {document['size']} cells a side; expected {USUAL_CELLS}")
    places = {}
    for finding, entry in document["findings"].items():
        counts = np.asarray(entry["counts"], dtype=float).reshape(document["size"], document["size"])
        if finding not in ONE_SIDED:
            counts = (counts + counts[:, ::-1]) / 2
        smooth = ndimage.gaussian_filter(counts, 0.7)
        if entry["films"] >= FEWEST:
            places[finding] = PlaceTable(smooth / smooth.sum(), entry["films"], entry["source"])
    return places


def usual_place(weights: np.ndarray, anatomy: Anatomy, finding: str) -> UsualPlace | None:
    """How usual the place of a map (on the anatomy's raster) is for a finding.

    None for an empty map and for findings without a table.
    """
    table = load_places().get(finding)
    total = float(weights.sum(dtype=np.float64))
    if table is None or total <= 0:
        return None
    usual = table.usual.ravel()[anatomy.usual_cells].reshape(weights.shape)
    level = table.density.ravel()[anatomy.usual_cells[int(weights.argmax())]]
    return UsualPlace(
        share=min(1.0, float(weights[usual].sum(dtype=np.float64)) / total),
        expected=float(usual[anatomy.body].mean()) if anatomy.body.any() else 0.0,
        peak_percentile=float(min(1.0, table.density[table.density <= level].sum())),
        films=table.films,
        source=table.source,
    )


def usual_region(anatomy: Anatomy, finding: str) -> np.ndarray | None:
    """The anatomy's raster as a mask: inside the smallest region that holds 90 % of the boxed area, or None."""
    table = load_places().get(finding)
    return None if table is None else table.usual.ravel()[anatomy.usual_cells].reshape(anatomy.shape)


def usual_source(finding: str) -> str | None:
    """The tables the finding's boxes were counted in."""
    table = load_places().get(finding)
    return None if table is None else table.source
