"""Zones and sides: the raster is complete, sides are the patient's, places are where anatomy puts them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.tools.anatomy.lung_fields import GRID, USUAL, LungFields, find_body
from cxr_lens.tools.anatomy.lung_finder import fit_lungs
from cxr_lens.tools.anatomy.zone_map import build_anatomy, locate_anatomy
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.radiographs.radiograph import Radiograph
from cxr_lens.training.synthetic import synthesize_film
from cxr_lens.training.zones import ZONES
from PIL import Image

from ..conftest import draw_chest, make_film, make_quality

WHOLE = np.ones((GRID, GRID), bool)


def _blob(x: float, y: float, radius: float = 0.03) -> np.ndarray:
    """A disc at shares of the film's width and height."""
    centres = (np.arange(GRID) + 0.5) / GRID
    return ((centres[None, :] - x) ** 2 + (centres[:, None] - y) ** 2 < radius**2).astype(np.float32)


def test_every_cell_has_exactly_one_zone() -> None:
    zones = build_anatomy(USUAL, WHOLE).zone_map
    assert zones.min() >= 1
    assert zones.max() <= len(ZONES)


def test_every_zone_has_a_place_on_a_usual_film() -> None:
    body = WHOLE.copy()
    body[:, :5] = False
    found = set(np.unique(build_anatomy(USUAL, body).zone_map))
    assert [zone for i, zone in enumerate(ZONES, start=1) if i not in found] == []


@pytest.mark.parametrize(
    ("x", "y", "zone", "side"),
    [
        (0.33, 0.17, "right apex", "right"),
        (0.74, 0.66, "left lower lung", "left"),
        (0.18, 0.75, "right costophrenic angle", "right"),
        (0.84, 0.77, "left costophrenic angle", "left"),
        (0.41, 0.45, "right hilum", "right"),
        (0.25, 0.32, "right upper lung", "right"),
        (0.5, 0.15, "paratracheal", "midline"),
        (0.48, 0.62, "cardiac silhouette", "midline"),
        (0.58, 0.62, "retrocardiac", "left"),
        (0.5, 0.03, "neck", "midline"),
        (0.35, 0.93, "subdiaphragmatic", "right"),
        (0.03, 0.5, "chest wall and clavicle", "right"),
    ],
)
def test_places_are_named_as_anatomy_names_them(x: float, y: float, zone: str, side: str) -> None:
    anatomy = build_anatomy(USUAL, WHOLE)
    assert anatomy.zone_at(x, y) == zone
    assert anatomy.side_at(x, y) == side


def test_the_patient_s_right_is_on_the_image_s_left_unless_the_film_is_flipped() -> None:
    spot = _blob(0.2, 0.5)
    assert build_anatomy(USUAL, WHOLE).side_of(spot) == "right"
    flipped = build_anatomy(USUAL, WHOLE, flipped=True)
    assert flipped.side_of(spot) == "left"
    assert flipped.zones_of(spot)[0][0].startswith("left ")


def test_bilateral_needs_thirty_percent_on_both_sides() -> None:
    anatomy = build_anatomy(USUAL, WHOLE)
    assert anatomy.side_of(_blob(0.25, 0.5) + _blob(0.75, 0.5)) == "bilateral"
    assert anatomy.side_of(_blob(0.25, 0.5) + 0.2 * _blob(0.75, 0.5)) == "right"
    assert anatomy.side_of(_blob(0.5, 0.5)) == "midline"


def test_zone_shares_add_up_to_one_at_any_size_and_an_empty_map_has_none() -> None:
    anatomy = build_anatomy(USUAL, WHOLE)
    heat = np.random.default_rng(0).random((300, 411)).astype(np.float32)
    shares = anatomy.zones_of(heat)
    assert sum(share for _, share in shares) == pytest.approx(1.0)
    assert [s for _, s in shares] == sorted((s for _, s in shares), reverse=True)
    assert anatomy.zones_of(np.zeros((300, 411), np.float32)) == []


def test_lungs_are_found_where_they_were_drawn(chest: Radiograph) -> None:
    anatomy = locate_anatomy(chest, make_quality())
    assert anatomy.source == "film"
    drawn = np.asarray(Image.fromarray(draw_chest()).resize((GRID, GRID))) < 0.3
    drawn &= anatomy.body
    overlap = 2 * (drawn & anatomy.lungs).sum() / (drawn.sum() + anatomy.lungs.sum())
    assert overlap > 0.75


def test_a_shifted_chest_shifts_the_midline() -> None:
    film = np.roll(draw_chest(), 20, axis=1)  # 20 of 256 columns
    film[:, :20] = 0.02
    assert locate_anatomy(make_film(film), make_quality()).midline == pytest.approx(0.5 + 20 / 256, abs=0.03)


def test_a_film_without_lungs_gets_the_usual_places() -> None:
    noise = np.random.default_rng(1).random((200, 200)).astype(np.float32) * 0.1 + 0.5
    anatomy = locate_anatomy(make_film(noise), make_quality())
    assert anatomy.source == "atlas"
    assert isinstance(anatomy.fields, LungFields)


def test_no_chest_film_is_not_fitted(chest: Radiograph) -> None:
    assert locate_anatomy(chest, make_quality(frontal_chest=False)).source == "atlas"


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_blank_film_has_anatomy_all_the_same(value: float) -> None:
    assert locate_anatomy(make_film(np.full((64, 64), value)), make_quality()).source == "atlas"


def test_a_lung_above_a_high_diaphragm_is_not_called_abdomen() -> None:
    """The demo film whose right base was once put at 0.68 of its height; it lies at 0.88."""
    film = synthesize_film(9003, "B", size=GRID)
    anatomy = locate_anatomy(make_film(film.pixels), make_quality())
    named = dict(anatomy.zones_of(film.lungs[0].astype(np.float32)))
    assert named.get("subdiaphragmatic", 0) < 0.05
    assert sum(share for zone, share in named.items() if zone.startswith("right ")) > 0.9


@pytest.mark.parametrize("seed", [3, 9001, 9012])
def test_the_outline_covers_the_lungs_that_a_synthetic_film_was_drawn_with(seed: int) -> None:
    film = synthesize_film(seed, "B", size=GRID)
    anatomy = locate_anatomy(make_film(film.pixels), make_quality())
    assert anatomy.fit == "good"
    right, left = film.lungs
    for lung, sign in ((right, -1), (left, 1)):
        found = anatomy.lungs & (np.sign(anatomy.offset) == sign)
        assert 2 * (lung & found).sum() / (lung.sum() + found.sum()) > 0.82
    for x, y in film.spine:
        assert abs(anatomy.offset_at(x / GRID, y / GRID)) < 0.1
    x, y = film.spine[0]
    assert anatomy.depth_at(x / GRID, y / GRID) == pytest.approx(0, abs=0.05)


def test_effusions_boxed_by_radiologists_lie_in_plausible_zones(real_films: Path) -> None:
    """Centres of every sixth ChestX-Det effusion box; over all 76 the share is 0.86."""
    with (real_films / "NIH-CXR14-sample" / "boxes.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["Finding"] == "Pleural Effusion" and r["Source"] == "ChestX-Det"]
    hits = 0
    for row in rows[::6]:
        film = Image.open(real_films / row["Path"]).convert("L").resize((GRID, GRID), Image.Resampling.BILINEAR)
        grid = np.asarray(film, np.float32) / 255
        body = find_body(grid)
        anatomy = build_anatomy(fit_lungs(grid, body), body)
        x, y = ((float(row[a]) + float(row[b])) / 2 / 512 for a, b in (("x1", "x2"), ("y1", "y2")))
        hits += anatomy.zone_at(x, y) in CHEXPERT.get("Pleural Effusion").zones
    assert hits >= 9
