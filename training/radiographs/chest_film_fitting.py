"""Fits the numbers in `bundled/chest_film.npz`.

    python -m cxr_lens.training.radiographs.chest_film_fitting ../shared/data/NIH-CXR14-sample/train.csv

Frontal: logistic regression with a ridge, real films (varied in place, size, tilt, gamma, mirrored) against films
turned, upside down or inverted, synthetic lateral and limb films, and pictures of `not_chest_films.py`. Tilt and
coverage: ridge regression on films rotated and cropped by known amounts; a film as it is counts as upright and whole.
The layout subspace: 24 principal axes of the real films. Two minutes on one core; the same seed gives the same numbers.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage, optimize

from ..console import say
from ..synthetic import synthesize_lateral, synthesize_limb
from .chest_film import MODEL, film_features, to_square
from .film_field import shrink
from .not_chest_films import KINDS, bundled_photographs, draw_not_chest, random_crop
from .radiograph import read_radiograph

THORAX = (0.10, 0.04, 0.90, 0.88)
"""Where the thorax usually lies in a film: x1, y1, x2, y2 as shares of its width and height."""
HELD_OUT = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "text.png",
    "brick.png",
    "moon.png",
    "rocket.jpg",
    "horse.png",
)
"""Photographs the fit never sees: the hit rate is measured on them."""
AXES = 24


def vary_film(film: np.ndarray, rng: np.random.Generator, hard: bool = False) -> tuple[np.ndarray, float, float]:
    """A film moved, tilted, cropped or padded; its tilt (degrees clockwise) and coverage. `hard` goes further."""
    height, width = film.shape
    tilt = float(rng.uniform(-20, 20) if hard else rng.normal(0, 4))
    cut = rng.uniform(-0.08, 0.3 if hard else 0.06, 4) * (rng.random(4) < 0.5)
    x1, y1, x2, y2 = cut[0], cut[1], 1 - cut[2], 1 - cut[3]
    turned = ndimage.rotate(film, -tilt, reshape=False, order=1, mode="nearest" if rng.random() < 0.7 else "constant")
    rows = (y1 + (y2 - y1) * (np.arange(height) + 0.5) / height) * height - 0.5
    columns = (x1 + (x2 - x1) * (np.arange(width) + 0.5) / width) * width - 0.5
    grid = np.meshgrid(rows, columns, indexing="ij")
    moved = ndimage.map_coordinates(turned, grid, order=1, mode="nearest" if rng.random() < 0.5 else "constant")
    inside = max(0.0, min(x2, THORAX[2]) - max(x1, THORAX[0])) * max(0.0, min(y2, THORAX[3]) - max(y1, THORAX[1]))
    coverage = inside / ((THORAX[2] - THORAX[0]) * (THORAX[3] - THORAX[1]))
    if rng.random() < 0.5:
        moved, tilt = moved[:, ::-1], -tilt
    low, high = rng.uniform(0, 0.15), rng.uniform(0.8, 1)
    shown = low + (high - low) * np.clip(moved, 0, 1) ** np.exp(rng.normal(0, 0.35))
    if rng.random() < 0.3:
        shown = shown + rng.normal(0, rng.uniform(0, 0.05), shown.shape)
    return np.clip(shown, 0, 1).astype(np.float32), tilt, float(coverage)


def turned_films(film: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A film that is not in the usual display: turned by a quarter or half, upside down, or its greys inverted."""
    way = int(rng.integers(0, 5))
    if way < 3:
        return np.rot90(film, way + 1)
    return film[::-1] if way == 3 else 1 - film


def not_chest_pictures(rng: np.random.Generator, drawn: int, photographs: int) -> list[np.ndarray]:
    pictures = [draw_not_chest(KINDS[i % len(KINDS)], int(rng.integers(1 << 30))) for i in range(drawn)]
    known = [picture for name, picture in bundled_photographs().items() if name not in HELD_OUT]
    pictures += [random_crop(known[int(rng.integers(len(known)))], rng) for _ in range(photographs if known else 0)]
    return pictures


def drawn_films(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    """Synthetic lateral and limb films, varied like the real frontal ones; seeds below 2^30."""
    draws = (synthesize_lateral, synthesize_lateral, synthesize_limb)
    films = [draws[i % 3](int(rng.integers(1 << 30)), 256) for i in range(count)]
    return [vary_film(film, rng)[0] for film in films]


def features_of(pictures: list[np.ndarray]) -> np.ndarray:
    return np.stack([film_features(to_square(shrink(p, 256))) for p in pictures])  # (N, 768)


def fit_logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float) -> np.ndarray:
    """Weights (F + 1,) of a logistic regression; `weight` is each row's share in the loss."""
    x1 = np.hstack([x, np.ones((len(x), 1))])
    sign = np.where(y, 1.0, -1.0)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (x1 @ w)
        value = weight @ np.logaddexp(0, -margin) + ridge * (w[:-1] @ w[:-1]) / 2
        pull = -weight * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        return float(value), x1.T @ pull + ridge * np.append(w[:-1], 0)

    return optimize.minimize(loss, np.zeros(x1.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x


def fit_frontal(good: np.ndarray, bad: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Weights of the frontal score; both kinds count the same, however many there are."""
    x = (np.vstack([good, bad]) - mean) / scale
    y = np.arange(len(x)) < len(good)
    return fit_logistic(x, y, np.where(y, 1 / len(good), 1 / len(bad)), ridge=2e-4)


def fit_ridge(x: np.ndarray, y: np.ndarray, ridge: float) -> np.ndarray:
    """Weights (F + 1,) of a ridge regression."""
    solved = np.linalg.solve(x.T @ x / len(x) + ridge * np.eye(x.shape[1]), x.T @ (y - y.mean()) / len(x))
    return np.append(solved, y.mean() - x.mean(axis=0) @ solved)


def fit(films: list[np.ndarray], seed: int = 7, margin: float = 2.0) -> dict[str, np.ndarray]:
    """All numbers of the model from real films (256 px) and generated pictures."""
    rng = np.random.default_rng(seed)
    plain = features_of(films)
    easy = features_of([vary_film(film, rng)[0] for film in films for _ in range(3)])
    varied = [vary_film(film, rng, hard=True) for film in films for _ in range(4)]
    hard = features_of([picture for picture, _, _ in varied])
    tilts, coverages = (np.array([v[i] for v in varied]) for i in (1, 2))
    bad = features_of(
        [turned_films(vary_film(film, rng)[0], rng) for film in films for _ in range(4)]
        + not_chest_pictures(rng, 3000, 2000)
        + drawn_films(np.random.default_rng([seed, 1]), 900)
    )
    mean, scale = plain.mean(axis=0), plain.std(axis=0) + 0.05
    first = fit_frontal(plain, bad, mean, scale)
    # a film stored inverted or upside down is still to be accepted, but variants of it would teach that this is usual
    usual = (plain - mean) / scale @ first[:-1] + first[-1] > 0
    good = np.vstack([plain, easy[np.repeat(usual, 3)], hard[np.repeat(usual, 4) & (coverages > 0.6)]])
    frontal = fit_frontal(good, bad, mean, scale)
    slanted = (np.vstack([hard, plain]) - mean) / scale
    still = np.zeros(len(plain))
    layouts = plain[:, -256:]
    axes = np.linalg.svd(layouts - layouts.mean(axis=0), full_matrices=False)[2][:AXES]
    rest = layouts - layouts.mean(axis=0)
    outside = 1 - ((rest @ axes.T) ** 2).sum(axis=1) / (rest**2).sum(axis=1)
    outside = outside * (rest**2).sum(axis=1) / (layouts**2).sum(axis=1)
    scores = (plain - mean) / scale @ frontal[:-1] + frontal[-1]
    return {
        "mean": mean,
        "scale": scale,
        "frontal": frontal,
        "tilt": fit_ridge(slanted, np.concatenate([tilts, still]), 0.3),
        "coverage": fit_ridge(slanted, np.concatenate([coverages, still + 1]), 0.3),
        "threshold": np.array(min(0.0, float(scores.min())) - margin),
        "layout_mean": layouts.mean(axis=0),
        "layout_axes": axes,
        "unusual": np.array([np.median(outside), outside.max() * 1.5]),
    }


def load_films(table: Path) -> list[np.ndarray]:
    """A table's films at 256 px."""
    with table.open(newline="") as stream:
        paths = [table.parent.parent / row["Path"] for row in csv.DictReader(stream)]
    return [shrink(read_radiograph(path).pixels, 256) for path in paths]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the frontal-chest-film score.")
    parser.add_argument("table", type=Path, help="train.csv of real frontal films")
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    films = load_films(options.table)
    say(f"{len(films)} films")
    numbers = fit(films)
    options.out.parent.mkdir(exist_ok=True)
    stored: dict[str, Any] = {name: value.astype(np.float32) for name, value in numbers.items()}
    np.savez_compressed(options.out, **stored)
    say(f"wrote {options.out.name}: threshold {numbers['threshold']:.2f}, {options.out.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
