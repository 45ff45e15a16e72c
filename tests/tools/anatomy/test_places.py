"""Shares of a map by place, and how usual the place is: models that look at known cells."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cxr_lens.tools.anatomy import lung_fields
from cxr_lens.tools.anatomy.places import place_shares
from cxr_lens.tools.anatomy.usual_places import TABLE, load_places, usual_place
from cxr_lens.tools.anatomy.zone_map import build_anatomy
from cxr_lens.tools.gradcam import gradcam
from cxr_lens.tools.schemas import GradcamInput, PlaceShares, UsualPlace
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.radiographs.quality import TextRegion

BODY = np.ones((lung_fields.GRID, lung_fields.GRID), bool)
ATLAS = build_anatomy(lung_fields.USUAL, BODY)


def _spot(x: float, y: float) -> np.ndarray:
    weights = np.zeros(ATLAS.shape)
    weights[int(y * lung_fields.GRID), int(x * lung_fields.GRID)] = 2.0
    return weights


def _shares(weights: np.ndarray, text: tuple[tuple[float, float, float, float], ...] = ()) -> PlaceShares:
    shares = place_shares(weights, ATLAS, text, (100, 100))
    assert shares is not None
    return shares


@pytest.mark.parametrize(
    ("point", "inside", "outside"),
    [
        ((0.25, 0.5), ("thorax", "lungs"), ("heart", "film_edge", "text", "below_diaphragm")),
        ((0.55, 0.65), ("thorax", "heart"), ("lungs", "mediastinum", "below_diaphragm")),
        ((0.5, 0.3), ("thorax", "mediastinum"), ("heart", "lungs")),
        ((0.35, 0.93), ("below_diaphragm",), ("thorax", "heart")),
        ((0.01, 0.5), ("film_edge",), ("thorax", "lungs")),
    ],
)
def test_all_of_a_spot_lies_where_it_is(
    point: tuple[float, float], inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    shares = _shares(_spot(*point))
    assert [getattr(shares, name) for name in inside] == [1.0] * len(inside)
    assert [getattr(shares, name) for name in outside] == [0.0] * len(outside)


def test_text_is_where_the_quality_record_found_it() -> None:
    both = _spot(0.1, 0.1) + _spot(0.25, 0.5)
    assert _shares(both, ((5.0, 5.0, 15.0, 15.0),)).text == pytest.approx(0.5)


def test_an_empty_map_has_no_shares() -> None:
    assert place_shares(np.zeros(ATLAS.shape), ATLAS, (), (100, 100)) is None
    assert usual_place(np.zeros(ATLAS.shape), ATLAS, "Pneumonia") is None


def test_gradcam_tells_places_and_text(looking: Callable[..., Workbench]) -> None:
    bench = looking([(0, 0)], text=(TextRegion(box=(0, 0, 32, 40)),))
    heat = gradcam(bench, GradcamInput(model="baseline", finding="Pleural Effusion"))
    assert heat.places is not None
    assert heat.places.text > 0.4
    assert heat.places.film_edge > 0.1
    assert heat.places.lungs < 0.1
    assert heat.anatomy == "atlas"


def test_the_table_names_its_sources_and_holds_counts_only() -> None:
    document = json.loads(TABLE.read_text("utf-8"))
    assert set(document["findings"]) <= set(CHEXPERT.names)
    for entry in document["findings"].values():
        assert len(entry["counts"]) == document["size"] ** 2
        assert 0 <= min(entry["counts"]) <= max(entry["counts"]) <= entry["films"]
        assert "films)" in entry["source"]
    for table in load_places().values():
        assert table.density.sum() == pytest.approx(1)
        assert 0.85 < table.density[table.usual].sum() <= 1


def _usual(point: tuple[float, float], finding: str) -> UsualPlace:
    found = usual_place(_spot(*point), ATLAS, finding)
    assert found is not None
    return found


def test_a_heart_is_usual_where_hearts_are_and_an_effusion_at_the_base() -> None:
    heart = _usual((0.55, 0.65), "Cardiomegaly")
    assert (heart.share, heart.expected < 0.4, heart.peak_percentile > 0.7) == (1.0, True, True)
    assert _usual((0.1, 0.2), "Cardiomegaly").share == 0
    assert _usual((0.1, 0.2), "Cardiomegaly").peak_percentile < 0.02
    base, apex = _usual((0.22, 0.72), "Pleural Effusion"), _usual((0.35, 0.2), "Pleural Effusion")
    assert base.peak_percentile > apex.peak_percentile
    assert "NIH" in heart.source


def test_a_film_s_own_lungs_move_the_usual_place() -> None:
    lower = replace(lung_fields.USUAL, apex=0.32, base_right=1.0, base_left=1.02, contrast=1.0)
    moved = build_anatomy(lower, BODY)
    low = usual_place(_spot(0.55, 0.83), moved, "Cardiomegaly")
    assert low is not None
    assert low.share == 1.0
    assert low.peak_percentile > _usual((0.55, 0.83), "Cardiomegaly").peak_percentile


def test_a_mirrored_film_mirrors_the_usual_place() -> None:
    mirrored = build_anatomy(lung_fields.USUAL, BODY, flipped=True)
    right = usual_place(_spot(0.62, 0.68), mirrored, "Cardiomegaly")
    left = usual_place(_spot(0.38, 0.68), mirrored, "Cardiomegaly")
    assert right is not None
    assert left is not None
    assert left.peak_percentile > right.peak_percentile, "the apex of the heart points to the patient's left"
