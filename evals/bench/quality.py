"""How well a film's quality is judged: what is called no chest film, side markers, mirrored films, tilt.

    cxr-lens bench quality

Where a radiology archive lies at ../shared/data beside the project, real films are measured too; else those figures
are left out and a remark says so. Nothing measured here was fitted on, but the real train films (`false_alarms`
counts both splits, `false_alarms_unseen` the valid split alone, which no fit saw). Under a minute on two cores.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from scipy import ndimage

from ...training.console import say
from ...training.radiographs.chest_film import judge_chest_film
from ...training.radiographs.chest_film_fitting import HELD_OUT
from ...training.radiographs.film_field import shrink
from ...training.radiographs.not_chest_films import KINDS, bundled_photographs, draw_not_chest, random_crop
from ...training.radiographs.quality import assess_quality
from ...training.radiographs.radiograph import radiograph_from_array, read_radiograph
from ...training.synthetic import synthesize_film, synthesize_lateral, synthesize_limb

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "NIH-CXR14-sample"
DRAWN = 30
"""Pictures of each drawn kind."""
SYNTHETIC = 24
"""Synthetic films of each domain, and of laterals and limbs."""
TILTS = (-12.0, -6.0, 6.0, 12.0)
"""Degrees by which films are turned to measure the tilt."""
FIRST_SEED = 2_000_000_000
"""The fit draws its seeds below this."""


def run(real: Path = REAL) -> dict[str, float]:
    """Figures: counts of false alarms, hit rates in [0, 1] by kind, shares of markers, degrees of tilt."""
    figures = {**drawings(), **photographs(), **synthetic_films()}
    if (real / "train.csv").is_file():
        figures.update(real_films(real))
    else:
        say("the real films are not here (../shared/data): false alarms on them were not measured")
    return figures


def hit_rate(pictures: Iterable[np.ndarray]) -> float:
    """Share called not a frontal chest film."""
    return float(np.mean([not judge_chest_film(picture).frontal for picture in pictures]))


def drawings() -> dict[str, float]:
    figures = {
        f"hit_rate.{kind}": hit_rate(draw_not_chest(kind, FIRST_SEED + seed) for seed in range(DRAWN))
        for kind in KINDS
    }
    figures["hit_rate.lateral_film"] = hit_rate(synthesize_lateral(seed, 256) for seed in range(SYNTHETIC))
    figures["hit_rate.limb_film"] = hit_rate(synthesize_limb(seed, 256) for seed in range(SYNTHETIC))
    return figures


def photographs() -> dict[str, float]:
    """scikit-image's packaged pictures the fit never saw, whole and in parts."""
    known = [picture for name, picture in bundled_photographs().items() if name in HELD_OUT]
    if not known:
        say("scikit-image is not installed: photographs were not measured")
        return {}
    rng = np.random.default_rng(5)
    parts = [random_crop(picture, rng) for picture in known for _ in range(10)]
    return {"hit_rate.photograph": hit_rate(known), "hit_rate.photograph_part": hit_rate(parts)}


def synthetic_films() -> dict[str, float]:
    """Films with a known marker: called a chest film, sides read right, wrong or not, as drawn and mirrored."""
    films = [synthesize_film(FIRST_SEED + seed, domain) for domain in "AB" for seed in range(SYNTHETIC)]
    marked = [film for film in films if film.marker]
    plain = [assess_quality(radiograph_from_array(film.pixels)) for film in marked]
    mirrored = [assess_quality(radiograph_from_array(film.pixels[:, ::-1])) for film in marked]
    letters = [
        [t.reads for t in quality.text if t.reads is not None] for quality in (*plain, *mirrored)
    ]  # a mirrored film's letter still names its own side
    truth = [film.marker for film in (*marked, *marked)]
    return {
        "false_alarms.synthetic": float(sum(not judge_chest_film(film.pixels).frontal for film in films)),
        "marker.read": float(np.mean([letter in read for letter, read in zip(truth, letters, strict=True)])),
        "marker.wrong": float(np.mean([any(r != t for r in read) for t, read in zip(truth, letters, strict=True)])),
        "flip.called_where_there_is_none": float(np.mean([quality.flipped for quality in plain])),
        "flip.found": float(np.mean([quality.flipped for quality in mirrored])),
        "flip.mirrored_called_usual": float(
            np.mean([quality.sides == "marker" and not quality.flipped for quality in mirrored])
        ),
    }


def real_films(root: Path) -> dict[str, float]:
    unseen = _pixels(root, "valid.csv")
    films = unseen + _pixels(root, "train.csv")
    called = [not judge_chest_film(film).frontal for film in films]
    usual = [film for film in unseen if judge_chest_film(film).would_be is None][::4]
    figures = {
        "films": float(len(films)),
        "false_alarms": float(sum(called)),
        "false_alarms_unseen": float(sum(called[: len(unseen)])),
        "hit_rate.turned_by_90": hit_rate(np.rot90(film, k) for film in usual for k in (1, 3)),
        "hit_rate.upside_down": hit_rate(np.rot90(film, 2) for film in usual),
        "hit_rate.inverted": hit_rate(1 - film for film in usual),
    }
    errors = []
    for film in usual:
        still = judge_chest_film(film).tilt
        for degrees in TILTS:
            turned = ndimage.rotate(film, -degrees, reshape=False, order=1, mode="nearest")
            errors.append(abs(judge_chest_film(turned).tilt - still - degrees))
    figures["tilt_error.median_degrees"] = float(np.median(errors))
    return figures


def _pixels(root: Path, table: str) -> list[np.ndarray]:
    """A table's films at 256 px, which is what the chest-film score looks at."""
    with (root / table).open(newline="", encoding="utf-8") as stream:
        paths = [root.parent / row["Path"] for row in csv.DictReader(stream)]
    return [shrink(read_radiograph(path).pixels, 256) for path in paths]
