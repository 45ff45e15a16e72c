"""Films decoded once into memory: one uint8 array at the network's size, so training never waits for decoding."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from .errors import RadiographError, TableError
from .model_config import Preprocessing
from .radiograph import read_radiograph
from .tables import CaseTable

_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True)
class FilmStore:
    """Films of a table that could be read."""

    pixels: np.ndarray
    """(N, S, S) uint8, 255 = the film's 1.0."""
    sizes: np.ndarray
    """(N, 2) height and width of the original film, pixels."""
    rows: np.ndarray
    """(N,) positions in the table's frame."""
    bad: tuple[str, ...] = ()
    """One sentence per film that could not be read and was skipped."""


def decode_film(path: Path, preprocessing: Preprocessing) -> tuple[np.ndarray, tuple[int, int]]:
    """A film at the network's size, (S, S) uint8, and its own (height, width). `RadiographError` if unreadable."""
    image = _open_grey(path)
    if image is None:
        image = Image.fromarray(read_radiograph(path).pixels * np.float32(255))  # mode F
    width, height = image.size
    x1, y1, x2, y2 = (int(v) for v in preprocessing.region(height, width))
    if (x1, y1, x2, y2) != (0, 0, width, height):
        image = image.crop((x1, y1, x2, y2))
    size = (preprocessing.size, preprocessing.size)
    small = np.asarray(image.resize(size, Image.Resampling.BILINEAR))  # antialiased, like prepare_film
    return np.clip(np.rint(small), 0, 255).astype(np.uint8), (height, width)


def _open_grey(path: Path) -> Image.Image | None:
    """The fast way for plain 8-bit grey JPEG and PNG; None where the full reader is needed."""
    if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        return None
    try:
        with Image.open(path) as image:
            if image.mode != "L" or image.getexif().get(_EXIF_ORIENTATION, 1) != 1 or "transparency" in image.info:
                return None
            if image.width * image.height > 100_000_000:
                return None
            image.load()
            return image.copy()
    except (OSError, SyntaxError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise RadiographError(f"{path.name} cannot be read: {error}") from None


def load_films(
    table: CaseTable,
    preprocessing: Preprocessing,
    *,
    rows: Sequence[int] | None = None,
    skip_bad: bool = False,
    workers: int | None = None,
    progress: bool = True,
) -> FilmStore:
    """Decode a table's films with threads.

    A film that is missing or damaged is a `TableError` that names its line, or is left out and listed in `bad` with
    `skip_bad`.
    """
    wanted = list(range(len(table))) if rows is None else list(rows)
    pixels = np.zeros((len(wanted), preprocessing.size, preprocessing.size), np.uint8)
    sizes = np.zeros((len(wanted), 2), np.int32)

    def load(position: int) -> str | None:
        row = table.frame.iloc[wanted[position]]
        try:
            pixels[position], sizes[position] = decode_film(table.path_of(row), preprocessing)
        except TableError as error:
            return str(error)
        except RadiographError as error:
            return f"{table.name} line {row['line']}: {error}"
        return None

    workers = workers or min(16, os.cpu_count() or 1)
    problems: list[str | None] = []
    bar = tqdm(total=len(wanted), desc=f"reading {table.name}", unit="film", disable=not progress, file=sys.stderr)
    with bar, ThreadPoolExecutor(workers) as pool:
        for problem in _in_turn(pool, load, len(wanted)):
            bar.update()
            if problem is not None and not skip_bad:
                pool.shutdown(cancel_futures=True)
                raise TableError(f"{problem} (--skip-bad leaves such films out)")
            problems.append(problem)
    good = np.array([problem is None for problem in problems], dtype=bool)
    bad = tuple(problem for problem in problems if problem is not None)
    if not good.any():
        raise TableError(f"{table.name}: no film could be read; the first: {bad[0] if bad else 'there are none'}")
    keep = slice(None) if good.all() else good
    return FilmStore(pixels[keep], sizes[keep], np.array(wanted)[keep], bad)


def _in_turn(
    pool: ThreadPoolExecutor, work: Callable[[int], str | None], count: int, block: int = 512
) -> Iterator[str | None]:
    """Results in order, a block submitted at a time, so that an early error does not wait for everything."""
    for start in range(0, count, block):
        yield from pool.map(work, range(start, min(start + block, count)))
