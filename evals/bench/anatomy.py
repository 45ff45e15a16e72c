"""`cxr-lens bench anatomy`: the lung outline against drawn masks, synthetic films, and landmarks on real films.

- `lungs.*`: the v7labs masks inside torchxrayvision (semantic_masks_v7labs_lungs.zip); its films are not there, so each
  mask is turned into a plain picture, dark lungs in a grey body with noise. Measured on every fourth mask; the
  outline's network saw only the others. `dice_low` is the tenth percentile, `dice_atlas` that of the usual place.
- `synthetic.*`: fresh synthetic films of domain B, whose lungs are known, findings and devices included.
- `landmarks.*`: mean and 90th percentile of the distance, in shares of the film, from the landmarks of
  lung_landmarks.csv: midline, both lateral walls, apices, both costophrenic angles of 24 films of NIH-CXR14-sample,
  drawn at random from valid.csv and read off the films by eye (to about 0.015) by a developer, not a radiologist.
  Only where those films are beside the project (../shared/data).
- `fit.films_per_second`: `fit_lungs` alone, by processor time; `locate.films_per_second` with the body, the zones and
  the resizing of a 512 px film.
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from ...tools.anatomy import lung_fields
from ...tools.anatomy.lung_fields import GRID, LungFields, find_body
from ...tools.anatomy.lung_finder import fit_lungs
from ...tools.anatomy.zone_map import locate_anatomy
from ...training.errors import RequestError
from ...training.radiographs.quality import assess_quality
from ...training.radiographs.radiograph import Radiograph, read_radiograph
from ...training.synthetic.film import synthesize_film

MASKS = 60
SYNTHETIC = 40
FIRST_SEED = 70_000
LANDMARKS = Path(__file__).with_name("lung_landmarks.csv")
FILMS = Path("../shared/data")


def run() -> dict[str, float]:
    scores = [measure(mask) for mask in lung_masks(MASKS)]
    fitted, atlas, found = (np.array(each, dtype=float) for each in zip(*scores, strict=True))
    figures = {
        "lungs.dice": float(np.median(fitted)),
        "lungs.dice_low": float(np.quantile(fitted, 0.1)),
        "lungs.dice_atlas": float(np.median(atlas)),
        "lungs.found": float(found.mean()),
    }
    drawn = [synthesize_film(FIRST_SEED + i, "B", size=GRID) for i in range(SYNTHETIC)]
    places = [fit_lungs(film.pixels, find_body(film.pixels)) for film in drawn]
    overlaps = [
        dice(outline_mask(place), film.lungs[0] | film.lungs[1]) for place, film in zip(places, drawn, strict=True)
    ]
    figures |= {
        "synthetic.dice": float(np.median(overlaps)),
        "synthetic.dice_low": float(np.quantile(overlaps, 0.1)),
    }
    if (FILMS / "NIH-CXR14-sample").is_dir():
        off = landmark_errors(FILMS, fit_film)
        figures |= {"landmarks.mean": float(off.mean()), "landmarks.p90": float(np.quantile(off, 0.9))}
    grid, body = drawn[0].pixels, find_body(drawn[0].pixels)
    film = _as_read(synthesize_film(FIRST_SEED, "B", size=512).pixels)
    quality = assess_quality(film)
    return figures | {
        "fit.films_per_second": _rate(lambda: fit_lungs(grid, body)),
        "locate.films_per_second": _rate(lambda: locate_anatomy(film, quality)),
    }


def _as_read(pixels: np.ndarray) -> Radiograph:
    stored = io.BytesIO()
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(stored, "PNG")
    return read_radiograph(stored.getvalue())


def _rate(act: Callable[[], object], times: int = 20) -> float:
    act()
    start = time.process_time()
    for _ in range(times):
        act()
    return times / (time.process_time() - start)


def fit_film(path: Path) -> LungFields:
    picture = Image.fromarray(read_radiograph(path).pixels)
    grid = np.asarray(picture.resize((GRID, GRID), Image.Resampling.BILINEAR))
    return fit_lungs(grid, find_body(grid))


def landmark_errors(root: Path, fit: Callable[[Path], LungFields]) -> np.ndarray:
    """Distances of every landmark read, shares of the film's width or height."""
    errors = []
    with LANDMARKS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = landmarks_of(fit(root / row.pop("Path")))
            errors += [abs(found[name] - float(value)) for name, value in row.items() if value]
    return np.array(errors)


def landmarks_of(place: LungFields) -> dict[str, float]:
    """What is read off a film, of an outline. "right" is the image's left half."""
    mask = outline_mask(place)
    on_left = place.coordinates(*lung_fields.grid_points(GRID))[2]
    right, left = mask & ~on_left, mask & on_left
    rows = [np.flatnonzero(lung.any(1)) / GRID for lung in (right, left)]
    return {
        "midline": place.midline,
        "wall_right": float(np.flatnonzero(right.any(0))[0]) / GRID,
        "wall_left": float(np.flatnonzero(left.any(0))[-1] + 1) / GRID,
        "apex": float(rows[0][0] + rows[1][0]) / 2,
        "base_right": float(rows[0][-1]) + 1 / GRID,
        "base_left": float(rows[1][-1]) + 1 / GRID,
    }


def lung_masks(count: int) -> list[np.ndarray]:
    """(GRID, GRID) bool, evenly over the set; frontal masks with two lungs only."""
    spec = find_spec("torchxrayvision")
    if spec is None or spec.origin is None:
        raise RequestError("torchxrayvision is not installed: pip install torchxrayvision")
    masks = []
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "semantic_masks_v7labs_lungs.zip") as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        for name in names[:: max(1, len(names) // (2 * count))]:
            picture = Image.open(io.BytesIO(archive.read(name))).convert("L").resize((GRID, GRID))
            mask = np.asarray(picture) > 127
            _, parts = ndimage.label(ndimage.binary_opening(mask, iterations=3))  # pyright: ignore[reportGeneralTypeIssues]
            if parts == 2 and 0.08 < mask.mean() < 0.6:
                masks.append(mask)
    return masks[:count]


def measure(mask: np.ndarray, seed: int = 0) -> tuple[float, float, bool]:
    """Dice of the fitted outline and of the usual one with a mask, and whether a fit was found."""
    rng = np.random.default_rng(seed)
    picture = 0.65 - 0.4 * ndimage.gaussian_filter(mask.astype(float), 2) + 0.05 * rng.standard_normal(mask.shape)
    body = np.ones(mask.shape, bool)
    place = fit_lungs(np.clip(picture, 0, 1).astype(np.float32), body)
    found = place.midline != lung_fields.USUAL.midline or place.apex != lung_fields.USUAL.apex
    return dice(outline_mask(place), mask), dice(outline_mask(lung_fields.USUAL), mask), found


def outline_mask(place: LungFields) -> np.ndarray:
    """(GRID, GRID) bool, inside the outline."""
    u, v, on_left = place.coordinates(*lung_fields.grid_points(GRID))
    return lung_fields.inside(place, u, v, on_left)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    total = int(a.sum() + b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0
