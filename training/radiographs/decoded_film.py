"""What the file readers share: the record they hand back, size limits, and how values become [0, 1]."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import RadiographError

SYNTHETIC_MARK = "cxr-lens synthetic radiograph"
"""JPEG comment, PNG text or DICOM Manufacturer of films made by `cxr-lens data synthesize`."""

MIN_EDGE = 32
MAX_EDGE = 20_000
MAX_PIXELS = 100_000_000

_WARNING_LOCK = threading.Lock()
"""`warnings.catch_warnings` changes the whole process: one reader at a time, so that filters are put back right."""


@dataclass(frozen=True)
class DecodedFilm:
    """A file's picture as grey values, before it becomes a `Radiograph`."""

    pixels: np.ndarray
    """(H, W) float32 in [0, 1], bright = dense."""
    format: Literal["PNG", "JPEG", "TIFF", "DICOM"]
    bits: int
    photometric: str
    scaling: str
    orientation: str = "as stored"
    colour: float = 0.0
    """Mean over pixels of the largest minus the smallest of red, green, blue, in [0, 1]; 0 for grey."""
    header_projection: Literal["AP", "PA", "lateral"] | None = None
    header_sides: bool = False
    dropped_fields: tuple[str, ...] = ()
    synthetic: bool = False
    notes: tuple[str, ...] = ()


def check_size(name: str, width: int, height: int) -> None:
    """Refuse a size no radiograph has, before any pixel is decoded. `name` is how messages call the file."""
    if min(width, height) < MIN_EDGE:
        raise RadiographError(
            f"{name} is {width} x {height} px; a radiograph needs at least {MIN_EDGE} px on each side: give the "
            "film itself, not a thumbnail"
        )
    if max(width, height) > MAX_EDGE or width * height > MAX_PIXELS:
        raise RadiographError(
            f"{name} is {width} x {height} px; at most {MAX_EDGE:,} px on a side and {MAX_PIXELS // 10**6} "
            "megapixels are read: scale it down first"
        )


def check_finite(name: str, values: np.ndarray) -> None:
    """Refuse NaN and infinity: they would spread through every later number."""
    bad = int(values.size - np.count_nonzero(np.isfinite(values))) if values.dtype.kind == "f" else 0
    if bad:
        raise RadiographError(
            f"{name} has {bad} pixels that are not numbers (NaN or infinite); every pixel must be a finite value: "
            "export the film again as 8 or 16 bit"
        )


def scale_by_percentile(values: np.ndarray, counted: np.ndarray | None = None) -> tuple[np.ndarray, str]:
    """Stretch the 0.5th to 99.5th percentile onto [0, 1]; also how that is written in `scaling`.

    `counted` is a boolean mask of the pixels the percentiles are taken over (padding left out).
    """
    sample = values if counted is None or not counted.any() else values[counted]
    low, high = (float(v) for v in np.percentile(sample, (0.5, 99.5)))
    if high <= low:  # a film that is constant but for a few pixels
        low, high = float(sample.min()), float(sample.max())
    if high <= low:
        return np.zeros(values.shape, np.float32), "constant"
    scaled = (values.astype(np.float64) - low) / (high - low)
    return np.clip(scaled, 0, 1).astype(np.float32), "0.5-99.5 percentile"


def grey_of(rgb: np.ndarray) -> tuple[np.ndarray, float]:
    """(H, W, 3) in [0, 1] to grey (H, W) float32 by ITU-R 601 weights, and how colourful it was."""
    colour = float((rgb.max(axis=2) - rgb.min(axis=2)).mean())
    grey = rgb @ np.array([0.299, 0.587, 0.114], dtype=rgb.dtype)
    return grey.astype(np.float32), colour


@contextmanager
def quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Collects what Pillow and pydicom warn about, so that nothing leaks to stderr; one thread at a time.

    What they log is dropped: it may quote a header's values.
    """
    with _WARNING_LOCK, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        before = {name: logging.getLogger(name).level for name in ("pydicom", "PIL")}
        for name in before:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            yield caught
        finally:
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)


def one_line(error: BaseException, limit: int = 120) -> str:
    """A library's own words as part of a sentence: first line, no trailing stop, cut at `limit`."""
    lines = str(error).strip().splitlines()
    text = " ".join(lines[0].split()) if lines else type(error).__name__
    return (text if len(text) <= limit else text[: limit - 1] + "…").rstrip(".")
