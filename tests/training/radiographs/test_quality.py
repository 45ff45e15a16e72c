"""Quality of a film: what is flagged, with the measured value and a way on; side markers; what is no chest film."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.training.radiographs import chest_film
from cxr_lens.training.radiographs.chest_film import MODEL, judge_chest_film, load_model
from cxr_lens.training.radiographs.markers import find_marks, read_letter
from cxr_lens.training.radiographs.not_chest_films import KINDS, draw_not_chest
from cxr_lens.training.radiographs.quality import assess_quality
from cxr_lens.training.radiographs.radiograph import radiograph_from_array, read_radiograph
from cxr_lens.training.synthetic import SyntheticFilm, synthesize_film, synthesize_limb
from cxr_lens.training.tables import read_table
from PIL import Image, ImageDraw, ImageFont


@pytest.fixture(scope="module")
def film() -> SyntheticFilm:
    """An upright frontal film whose marker is read."""
    return synthesize_film(4, "B")


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    """A film without a marker, for marks of our own."""
    bare = synthesize_film(2, "B")
    assert bare.marker == ""
    return bare.pixels


def written(pixels: np.ndarray, text: str, at: tuple[int, int], height: int = 26) -> np.ndarray:
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    ImageDraw.Draw(image).text(at, text, fill=245, font=ImageFont.load_default(height))
    return np.asarray(image).astype(np.float32) / np.float32(255)


def quality_of(pixels: np.ndarray, **options: object):
    return assess_quality(radiograph_from_array(pixels), **options)  # pyright: ignore[reportArgumentType]


def test_a_usual_film_is_a_chest_film_without_flags_about_its_thorax(film: SyntheticFilm) -> None:
    quality = quality_of(film.pixels)
    assert quality.frontal_chest
    assert quality.coverage > 0.75
    assert abs(quality.rotation) < 10
    assert {flag.code for flag in quality.flags} <= {"burnt-in-text"}


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_are_not_chest_films(kind: str) -> None:
    called = [judge_chest_film(draw_not_chest(kind, seed)).frontal for seed in range(2_000_000_000, 2_000_000_008)]
    assert sum(called) <= 3


def test_a_limb_is_flagged_with_its_score_and_a_way_on() -> None:
    quality = quality_of(synthesize_limb(3, 256))
    flag = quality.flag("not-a-frontal-chest-film")
    assert flag is not None
    assert "score" in flag.message
    assert "frontal chest radiograph" in flag.way_on
    assert (quality.frontal_chest, quality.coverage, quality.rotation) == (False, 0, 0)
    assert quality.out_of_distribution > 0.5


def test_turned_and_inverted_films_say_what_would_make_them_usual(real_films: Path) -> None:
    table = read_table(real_films / "NIH-CXR14-sample" / "valid.csv")
    pixels = read_radiograph(table.path_of(table.frame.iloc[0])).pixels
    assert judge_chest_film(pixels).frontal
    for turned, words in (
        (np.rot90(pixels), "turned by 90 degrees clockwise"),
        (np.rot90(pixels, 2), "turned by 180 degrees"),
        (1 - pixels, "with its greys inverted"),
    ):
        score = judge_chest_film(np.ascontiguousarray(turned))
        assert not score.frontal
        assert score.would_be == words


def test_no_real_valid_film_is_called_something_else(real_films: Path) -> None:
    table = read_table(real_films / "NIH-CXR14-sample" / "valid.csv")
    called = [judge_chest_film(read_radiograph(table.path_of(row)).pixels).frontal for row in table.rows()[::4]]
    assert all(called)


def test_tilt_follows_a_turn_clockwise(real_films: Path) -> None:
    table = read_table(real_films / "NIH-CXR14-sample" / "valid.csv")
    errors = []
    for row in table.rows()[:12]:
        image = Image.open(table.path_of(row)).convert("L").resize((256, 256))
        tilts = [
            judge_chest_film(np.asarray(image.rotate(-degrees)).astype(np.float32) / np.float32(255)).tilt
            for degrees in (0, 10)
        ]
        errors.append(tilts[1] - tilts[0] - 10)
    assert abs(float(np.median(errors))) < 3


def test_colour_and_a_lateral_header_are_not_frontal_films(tmp_path: Path, film: SyntheticFilm) -> None:
    grey = np.round(film.pixels * 255).astype(np.uint8)
    path = tmp_path / "colour.png"
    Image.fromarray(np.dstack([grey, grey // 4, 255 - grey])).save(path)
    quality = assess_quality(read_radiograph(path))
    assert not quality.frontal_chest
    flag = quality.flag("not-a-frontal-chest-film")
    assert flag is not None
    assert "in colour" in flag.message
    lateral = assess_quality(radiograph_from_array(film.pixels, header_projection="lateral"))
    assert (lateral.frontal_chest, lateral.projection, lateral.projection_basis) == (False, "lateral", "header")
    assert lateral.flag("lateral") is not None


def test_projection_comes_from_header_then_table_never_from_the_picture(film: SyntheticFilm) -> None:
    by_table = quality_of(film.pixels, table_projection="AP")
    assert (by_table.projection, by_table.projection_basis) == ("AP", "table")
    header = radiograph_from_array(film.pixels, header_projection="PA")
    both = assess_quality(header, table_projection="AP")
    assert (both.projection, both.projection_basis) == ("PA", "header")
    assert quality_of(film.pixels).projection == "unknown"


def test_flat_clipped_and_small_films_are_flagged(film: SyntheticFilm) -> None:
    flat = quality_of(0.4 + 0.1 * film.pixels)
    assert flat.flag("contrast") is not None
    assert flat.contrast < 0.1
    clipped = quality_of(np.clip((film.pixels - 0.45) * 40, 0, 1))
    assert clipped.clipped > 0.5
    assert clipped.flag("clipping") is not None
    assert quality_of(film.pixels[::4, ::4]).flag("small") is not None


@pytest.mark.parametrize(
    ("letter", "x", "flipped"), [("R", 40, False), ("L", 440, False), ("R", 440, True), ("L", 40, True)]
)
def test_a_marker_settles_the_sides_and_tells_a_mirrored_film(
    plain: np.ndarray, letter: str, x: int, flipped: bool
) -> None:
    quality = quality_of(written(plain, letter, (x, 40)))
    assert [region.reads for region in quality.text if region.reads] == [letter]
    assert (quality.sides, quality.flipped) == ("marker", flipped)
    assert (quality.flag("sides") is not None) == flipped


def test_markers_that_contradict_each_other_settle_nothing(plain: np.ndarray) -> None:
    quality = quality_of(written(written(plain, "R", (40, 40)), "R", (440, 40)))
    assert (quality.sides, quality.flipped) == ("as displayed", False)
    assert quality.flag("sides") is not None


def test_text_is_found_and_never_read_as_a_side(plain: np.ndarray) -> None:
    for text in ("PORTABLE", "RIGHT LATERAL", "DOE JANE", "LLL", "2024"):
        quality = quality_of(written(plain, text, (30, 40), 22))
        assert quality.flag("burnt-in-text") is not None, text
        assert not [region for region in quality.text if region.reads], text
        assert quality.sides == "as displayed"


@pytest.mark.parametrize("letter", list("ABCDEFGHIJKMNOPQSTUVWXYZ0123456789"))
def test_other_letters_are_never_read_as_a_side(plain: np.ndarray, letter: str) -> None:
    assert all(mark.reads is None for mark in find_marks(written(plain, letter, (40, 40))))


def test_letters_are_read_both_ways_round() -> None:
    image = Image.new("L", (60, 60))
    ImageDraw.Draw(image).text((12, 4), "R", fill=255, font=ImageFont.load_default(44))
    mask = np.asarray(image) > 127
    assert read_letter(mask)[0] == "R"
    assert read_letter(mask[:, ::-1])[0] == "R"
    assert read_letter(np.zeros((20, 20), bool))[0] is None


def test_the_bundled_numbers_are_read_without_pickle(tmp_path: Path) -> None:
    with zipfile.ZipFile(MODEL) as stored:
        assert all(b"'descr': '<f4'" in stored.read(name)[:128] for name in stored.namelist())
    evil = tmp_path / "evil.npz"
    np.savez(evil, mean=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_model(evil)
    assert chest_film.load_model() is load_model()
