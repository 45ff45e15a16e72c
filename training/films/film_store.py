"""A table's films decoded once into memory, so that training never waits for decoding; for small tables."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ..errors import RadiographError, TableError
from ..models.config import Preprocessing
from ..tables import CaseTable
from .film_pixels import FilmPixels, StoredFilms, name_line
from .sized import decode_film


@dataclass(frozen=True)
class FilmStore:
    """Films of a table that could be read."""

    pixels: FilmPixels
    """(N, S, S) uint8, 255 = the film's 1.0."""
    sizes: np.ndarray | None
    """(N, 2) height and width of the original film, pixels; None where that is not known beforehand."""
    rows: np.ndarray
    """(N,) positions in the table's frame."""
    bad: tuple[str, ...] = ()
    """One sentence per film that could not be read and was skipped."""


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
    films = table.film_rows()

    def load(position: int) -> str | None:
        row = wanted[position]
        try:
            pixels[position], sizes[position] = decode_film(table.path_of(films[row]), preprocessing)
        except (TableError, RadiographError) as error:
            return name_line(table, row, error)
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
    return FilmStore(StoredFilms(pixels, np.flatnonzero(good)), sizes[good], np.array(wanted)[good], bad)


def _in_turn(
    pool: ThreadPoolExecutor, work: Callable[[int], str | None], count: int, block: int = 512
) -> Iterator[str | None]:
    """Results in order, a block submitted at a time, so that an early error does not wait for everything."""
    for start in range(0, count, block):
        yield from pool.map(work, range(start, min(start + block, count)))
