"""Is this a frontal chest film, how far is it tilted, and how much of the thorax does it show?

The film's exposed field at 64 x 64 px becomes 8 x 8 cells of 8 edge directions plus a 16 x 16 grey layout; linear
models on these answer the three questions, and the grey layout's distance from the subspace that real films span
says how unusual the film is. Input: (H, W) float32 in [0, 1]. Fitted by `chest_film_fitting.py` on the train split of
NIH ChestX-ray14 films against drawings, textures, photographs, films turned, inverted, lateral or of limbs.
Known limits: frontal films of adults; no real lateral film was there to measure on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import ndimage

from .film_field import collimated_field, exposed_field, resample, shrink

MODEL = Path(__file__).parents[1] / "bundled" / "chest_film.npz"
EDGE = 64
_CELLS, _DIRECTIONS, _LAYOUT = 8, 8, 16
STRIP = -20.0
"""The logit of a picture that is too long and narrow to be a film."""
DOUBT = 4.0
"""Within this much of the threshold a film is scored again without its collimated borders."""
MAX_ASPECT = 2.0
"""Longer over shorter side of the exposed field; no chest film is a strip."""


@dataclass(frozen=True)
class ChestFilmModel:
    """What the fit left: weights over features, and the subspace of grey layouts."""

    mean: np.ndarray  # (F,) features' mean
    scale: np.ndarray  # (F,) features' standard deviation
    frontal: np.ndarray  # (F + 1,) logistic weights, the last one constant
    tilt: np.ndarray  # (F + 1,) degrees
    coverage: np.ndarray  # (F + 1,) share
    threshold: float  # logit
    layout_mean: np.ndarray  # (256,)
    layout_axes: np.ndarray  # (K, 256)
    unusual: tuple[float, float]  # unexplained share that counts as 0 and as 1


@dataclass(frozen=True)
class ChestFilmScore:
    """One film's answers."""

    logit: float
    """Above `threshold`: a frontal chest film."""
    threshold: float
    frontal: bool
    tilt: float
    """Degrees, clockwise positive; only meaningful where `frontal`."""
    coverage: float
    """[0, 1]; only meaningful where `frontal`."""
    unusual: float
    """[0, 1]: 0 like the films it was fitted on, 1 nothing like them."""
    would_be: str | None = None
    """Not frontal as it is, but it would be: `with its greys inverted`, `turned by 90 degrees clockwise` ..."""


@cache
def load_model(path: Path = MODEL) -> ChestFilmModel:
    """The fitted numbers; read without pickle."""
    with np.load(path, allow_pickle=False) as stored:
        values = {name: stored[name].astype(np.float64) for name in stored.files}
    low, high = values.pop("unusual")
    return ChestFilmModel(threshold=float(values.pop("threshold")), unusual=(float(low), float(high)), **values)


def judge_chest_film(pixels: np.ndarray, model: ChestFilmModel | None = None) -> ChestFilmScore:
    """Score a film, (H, W) float32 in [0, 1]."""
    model = model or load_model()
    small = shrink(pixels, 256)
    square, features, logit = _score(small, model)
    if logit < model.threshold + DOUBT:
        x1, y1, x2, y2 = collimated_field(small)
        if (x2 - x1, y2 - y1) != small.shape[::-1]:
            inner = _score(small[y1:y2, x1:x2], model)
            if inner[2] > logit:
                square, features, logit = inner
    frontal = logit >= model.threshold
    low, high = model.unusual
    layout = features[-_LAYOUT * _LAYOUT :]
    unusual = float(np.clip((unexplained(layout, model) - low) / (high - low), 0, 1))
    if not frontal:
        unusual = max(unusual, float(1 / (1 + np.exp(np.clip(logit - model.threshold, -50, 50)))))
    return ChestFilmScore(
        logit=logit,
        threshold=model.threshold,
        frontal=bool(frontal),
        tilt=float(np.clip(_linear(features, model.tilt, model), -45, 45)) if frontal else 0.0,
        coverage=float(np.clip(_linear(features, model.coverage, model), 0, 1)) if frontal else 0.0,
        unusual=unusual,
        would_be=None if frontal or logit == STRIP else _would_be(square, model),
    )


def _score(small: np.ndarray, model: ChestFilmModel) -> tuple[np.ndarray, np.ndarray, float]:
    """The square picture, its features and their logit."""
    x1, y1, x2, y2 = exposed_field(small)
    square = to_square(small)
    features = film_features(square)
    strip = max(x2 - x1, y2 - y1) > MAX_ASPECT * min(x2 - x1, y2 - y1)
    return square, features, STRIP if strip else frontal_logit(features, model)


def to_square(small: np.ndarray) -> np.ndarray:
    """The exposed field at (64, 64), stretched from its 1st to its 99th percentile."""
    x1, y1, x2, y2 = exposed_field(small)
    square = resample(small[y1:y2, x1:x2], (EDGE, EDGE)).astype(np.float64)
    low, high = np.percentile(square, (1, 99))
    return np.clip((square - low) / max(high - low, 0.02), 0, 1)


def film_features(square: np.ndarray) -> np.ndarray:
    """(64, 64) in [0, 1] to (768,): 8 x 8 cells x 8 signed edge directions, then the 16 x 16 grey layout."""
    smooth = ndimage.gaussian_filter(square, 0.7)
    gy, gx = np.gradient(smooth)
    strength = np.hypot(gx, gy)
    direction = (np.arctan2(gy, gx) / (2 * np.pi) * _DIRECTIONS) % _DIRECTIONS
    lower = np.floor(direction).astype(int) % _DIRECTIONS
    share = direction - np.floor(direction)
    planes = np.zeros((_DIRECTIONS, EDGE, EDGE))
    rows, columns = np.mgrid[:EDGE, :EDGE]
    planes[lower, rows, columns] = strength * (1 - share)
    planes[(lower + 1) % _DIRECTIONS, rows, columns] += strength * share
    cell = EDGE // _CELLS
    cells = planes.reshape(_DIRECTIONS, _CELLS, cell, _CELLS, cell).mean(axis=(2, 4))  # (8, 8, 8)
    energy = ndimage.uniform_filter(cells.sum(axis=0), 3, mode="nearest")
    edges = np.sqrt(cells / (energy + 0.005))
    grid = EDGE // _LAYOUT
    layout = square.reshape(_LAYOUT, grid, _LAYOUT, grid).mean(axis=(1, 3))
    layout = (layout - layout.mean()) / max(float(layout.std()), 0.02)
    return np.concatenate([edges.ravel(), layout.ravel()])


def frontal_logit(features: np.ndarray, model: ChestFilmModel) -> float:
    return _linear(features, model.frontal, model)


def unexplained(layout: np.ndarray, model: ChestFilmModel) -> float:
    """Share of the grey layout's variance outside the subspace of real films."""
    rest = layout - model.layout_mean
    inside = model.layout_axes @ rest
    return float(max(0.0, rest @ rest - inside @ inside) / max(float(layout @ layout), 1e-6))


def _linear(features: np.ndarray, weights: np.ndarray, model: ChestFilmModel) -> float:
    return float((features - model.mean) / model.scale @ weights[:-1] + weights[-1])


def _would_be(square: np.ndarray, model: ChestFilmModel) -> str | None:
    """The turn or inversion under which the picture is clearly a frontal film."""
    ways = [
        (words, np.rot90(grey, turns))
        for grey, inverted in ((square, ""), (1 - square, "with its greys inverted"))
        for turns, words in (
            (0, inverted),
            (1, f"{inverted}{' and ' if inverted else ''}turned by 90 degrees anticlockwise"),
            (2, f"{inverted}{' and ' if inverted else ''}turned by 180 degrees"),
            (3, f"{inverted}{' and ' if inverted else ''}turned by 90 degrees clockwise"),
        )
        if words
    ]
    scores = [(frontal_logit(film_features(np.ascontiguousarray(turned)), model), words) for words, turned in ways]
    best, words = max(scores)
    return words if best >= model.threshold + 2 else None
