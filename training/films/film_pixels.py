"""Where training films' pixels come from: an array in memory, a memory map, or the files, decoded when needed."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from ..errors import RadiographError, TableError
from ..models.config import Preprocessing
from ..tables import CaseTable
from .sized import decode_film


class FilmPixels(Protocol):
    """Films at the network's size."""

    def __len__(self) -> int: ...

    def take(self, films: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (n,) -> (n, S, S) uint8, 255 = the film's 1.0; and (n,) bool, False where a film is unreadable."""
        ...

    def part(self, films: np.ndarray) -> FilmPixels:
        """Only the films at these positions."""
        ...

    @property
    def bad(self) -> tuple[str, ...]:
        """One sentence per film that turned out to be unreadable."""
        ...


class StoredFilms:
    """Rows of an array (N, S, S) uint8, in memory or mapped from a cache file; nothing is copied before it is used."""

    bad = ()

    def __init__(self, array: np.ndarray, rows: np.ndarray | None = None):
        self._array = array
        self._rows = np.arange(len(array)) if rows is None else rows

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, films: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._array[self._rows[films]], np.ones(len(films), bool)

    def part(self, films: np.ndarray) -> StoredFilms:
        return StoredFilms(self._array, self._rows[films])


class StreamedFilms:
    """Films read from their files each time, by threads: for tables that neither memory nor a cache holds."""

    def __init__(
        self,
        table: CaseTable,
        preprocessing: Preprocessing,
        *,
        skip_bad: bool = False,
        workers: int | None = None,
    ):
        self._table, self._preprocessing, self._skip_bad = table, preprocessing, skip_bad
        self._rows = np.arange(len(table))
        self._films = table.film_rows()
        self._workers = workers or min(32, os.cpu_count() or 1)
        self._pool: ThreadPoolExecutor | None = None
        self._bad: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bad(self) -> tuple[str, ...]:
        return tuple(self._bad.values())

    def take(self, films: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`TableError` names the line of a film that cannot be read, unless such films are skipped: then it is black
        and not good."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="decode")
        size = self._preprocessing.size
        pixels = np.zeros((len(films), size, size), np.uint8)
        good = np.ones(len(films), bool)
        rows = self._rows[films]

        def read(places: Sequence[int]) -> None:
            for place in places:
                problem = self._read(pixels, place, int(rows[place]))
                good[place] = problem is None

        step = max(1, len(films) // (4 * self._workers))
        list(self._pool.map(read, [range(i, min(i + step, len(films))) for i in range(0, len(films), step)]))
        return pixels, good

    def _read(self, pixels: np.ndarray, place: int, row: int) -> str | None:
        try:
            pixels[place] = decode_film(self._table.path_of(self._films[row]), self._preprocessing)[0]
        except (TableError, RadiographError) as error:
            problem = name_line(self._table, row, error)
            if not self._skip_bad:
                raise TableError(f"{problem} (--skip-bad leaves such films out)") from None
            self._bad[row] = problem
            return problem
        return None

    def part(self, films: np.ndarray) -> StreamedFilms:
        part = copy.copy(self)  # the list of bad films stays shared: parts report together
        part._rows, part._pool = self._rows[films], None
        return part


def name_line(table: CaseTable, row: int, error: Exception) -> str:
    """What is wrong with a film, with its line in the table."""
    text = str(error)
    line = f"{table.name} line {table.frame['line'].iloc[row]}"
    return text if text.startswith(table.name) else f"{line}: {text}"
