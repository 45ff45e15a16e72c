"""A table's films at the network's size in one memory-mapped file, so that training never waits for decoding.

    cxr-lens data cache ROOT --size 224

makes, beside each table, a folder `train.cache-224-squash`:

| file | holds |
|---|---|
| pixels.u8 | (N, S, S) uint8 in the order of the table's frontal films |
| blocks.jsonl | one line per block of 256 films that is done: SHA-256, the films' own sizes, what was unreadable |
| cache.json | what it was made from, and that it is whole |

Built block by block, so a stopped build goes on where it was; under a lock, so two builds at once make one cache.
Every block's checksum is compared when the cache is opened.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError
from tqdm import tqdm

from ..console import say
from ..errors import RadiographError, RequestError, TableError
from ..models.checkpoints import sha256_of, write_atomically
from ..models.config import Preprocessing
from ..tables import CaseTable
from .film_pixels import name_line
from .sized import decode_film

PIXELS, BLOCKS, ABOUT, LOCK = "pixels.u8", "blocks.jsonl", "cache.json", "lock"
BLOCK = 256
"""Films per checksum, and per step of a build."""


class CacheAbout(BaseModel):
    """`cache.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    table: str
    """The table's file name."""
    table_sha256: str
    films: int
    size: int
    resize: str
    whole: bool = False
    blocks_sha256: str = ""
    """Of blocks.jsonl, once whole."""


class CacheBlock(BaseModel):
    """One line of `blocks.jsonl`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block: int
    sha256: str
    sizes: list[tuple[int, int]]
    """Height and width of each film's own file; (0, 0) where it could not be read."""
    bad: dict[int, str] = {}
    """Position in the table -> one sentence."""


@dataclass(frozen=True)
class FilmCache:
    """An opened cache."""

    pixels: np.ndarray
    """(N, S, S) uint8, mapped read-only."""
    sizes: np.ndarray
    """(N, 2) height and width."""
    bad: dict[int, str]


def cache_folder(csv: Path, preprocessing: Preprocessing, root: Path | None = None) -> Path:
    """Where a table's cache is: beside the table, or under `root`."""
    name = f"{csv.name.partition('.csv')[0]}.cache-{preprocessing.size}-{preprocessing.resize}"
    return csv.parent / name if root is None else root / csv.parent.resolve().name / name


def _about(table: CaseTable, preprocessing: Preprocessing) -> CacheAbout:
    return CacheAbout(
        table=table.csv.name,
        table_sha256=sha256_of(table.csv),
        films=len(table),
        size=preprocessing.size,
        resize=preprocessing.resize,
    )


def _read_about(folder: Path) -> CacheAbout | None:
    try:
        return CacheAbout.model_validate_json((folder / ABOUT).read_bytes())
    except (OSError, ValidationError):
        return None


def _read_blocks(folder: Path) -> dict[int, CacheBlock]:
    """Blocks that are done; a last line that a kill cut short is left out."""
    blocks: dict[int, CacheBlock] = {}
    path = folder / BLOCKS
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            block = CacheBlock.model_validate_json(line)
        except ValidationError:
            continue
        blocks[block.block] = block
    return blocks


def _damaged(pixels: np.ndarray, blocks: Iterable[CacheBlock], workers: int) -> list[int]:
    """Blocks whose pixels are not those that were written."""

    def is_damaged(block: CacheBlock) -> bool:
        start = block.block * BLOCK
        return hashlib.sha256(pixels[start : start + BLOCK].data).hexdigest() != block.sha256

    held = list(blocks)
    with ThreadPoolExecutor(workers) as pool:
        return [block.block for block, wrong in zip(held, pool.map(is_damaged, held), strict=True) if wrong]


def open_cache(
    table: CaseTable, preprocessing: Preprocessing, *, root: Path | None = None, verify: bool = True
) -> FilmCache | None:
    """A table's cache; None where there is none, it is not whole, or the table has changed since.

    `RequestError` where its pixels are not those that were written.
    """
    folder = cache_folder(table.csv, preprocessing, root)
    about = _read_about(folder)
    if about is None or not about.whole:
        if folder.is_dir():
            say(f"{folder.name} is not whole and is not used; `cxr-lens data cache` finishes it")
        return None
    if about != _about(table, preprocessing).model_copy(update={"whole": True, "blocks_sha256": about.blocks_sha256}):
        say(f"{folder.name} was made from another {table.name} and is not used; `cxr-lens data cache` makes it anew")
        return None
    blocks = _read_blocks(folder)
    again = f"`cxr-lens data cache` repairs {folder}"
    expected = about.films * about.size**2
    if sha256_of(folder / BLOCKS) != about.blocks_sha256 or (folder / PIXELS).stat().st_size != expected:
        raise RequestError(f"the film cache is damaged: {BLOCKS} or the length of {PIXELS} is wrong; {again}")
    pixels = np.memmap(folder / PIXELS, np.uint8, "r", shape=(about.films, about.size, about.size))
    if verify:
        wrong = _damaged(pixels, blocks.values(), os.cpu_count() or 1)
        if wrong:
            raise RequestError(f"the film cache is damaged: block {wrong[0]} of {PIXELS} has other bytes; {again}")
    sizes = np.array([size for number in sorted(blocks) for size in blocks[number].sizes], np.int32)
    bad = {place: text for block in blocks.values() for place, text in block.bad.items()}
    return FilmCache(pixels, sizes.reshape(-1, 2), bad)


def build_cache(
    table: CaseTable,
    preprocessing: Preprocessing,
    *,
    root: Path | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> tuple[FilmCache, int]:
    """Build what is missing of a table's cache; the cache, and how many films were decoded for it.

    Films that cannot be read are black in it and listed in `bad`.
    """
    folder = cache_folder(table.csv, preprocessing, root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"another process is building {folder.name}; waiting for it")
            lock.acquire()
    except PermissionError:
        raise RequestError(f"{folder.parent} cannot be written to; choose another folder with --out") from None
    try:
        decoded = _build(table, preprocessing, folder, workers or os.cpu_count() or 1, progress)
    finally:
        lock.release()
    cache = open_cache(table, preprocessing, root=root, verify=False)
    if cache is None:
        raise RequestError(f"{table.csv} changed while its cache was built; build it again")
    return cache, decoded


def _build(table: CaseTable, preprocessing: Preprocessing, folder: Path, workers: int, progress: bool) -> int:
    wanted = _about(table, preprocessing)
    before = _read_about(folder)
    if before is None or before.model_copy(update={"whole": False, "blocks_sha256": ""}) != wanted:
        (folder / BLOCKS).unlink(missing_ok=True)  # of another table
    with (folder / PIXELS).open("ab") as file:
        file.truncate(wanted.films * wanted.size**2)
    pixels = np.memmap(folder / PIXELS, np.uint8, "r+", shape=(wanted.films, wanted.size, wanted.size))
    count = -(-wanted.films // BLOCK)
    done = {number: block for number, block in _read_blocks(folder).items() if number < count}
    for number in _damaged(pixels, done.values(), workers):
        del done[number]
    missing = [number for number in range(count) if number not in done]
    if not missing and before is not None and before.whole and sha256_of(folder / BLOCKS) == before.blocks_sha256:
        return 0
    write_atomically(folder / ABOUT, wanted.model_dump_json(indent=1) + "\n")
    write_atomically(folder / BLOCKS, "".join(f"{done[n].model_dump_json()}\n" for n in sorted(done)))
    decoded = 0
    bar = tqdm(
        total=wanted.films,
        initial=sum(len(block.sizes) for block in done.values()),
        desc=f"caching {table.name}",
        unit="film",
        disable=not progress,
        file=sys.stderr,
        mininterval=0.5 if sys.stderr.isatty() else 20,
    )
    with bar, (folder / BLOCKS).open("a", encoding="utf-8") as log, ThreadPoolExecutor(workers) as pool:
        for number in missing:
            block = _decode_block(table, preprocessing, pixels, number, pool)
            pixels.flush()  # the pixels are in the file before the line that says so
            log.write(block.model_dump_json() + "\n")
            log.flush()
            decoded += len(block.sizes)
            bar.update(len(block.sizes))
    blocks = _read_blocks(folder)
    write_atomically(folder / BLOCKS, "".join(f"{blocks[n].model_dump_json()}\n" for n in range(count)))
    whole = wanted.model_copy(update={"whole": True, "blocks_sha256": sha256_of(folder / BLOCKS)})
    write_atomically(folder / ABOUT, whole.model_dump_json(indent=1) + "\n")
    return decoded


def _decode_block(
    table: CaseTable,
    preprocessing: Preprocessing,
    pixels: np.ndarray,
    number: int,
    pool: ThreadPoolExecutor,
) -> CacheBlock:
    places = range(number * BLOCK, min((number + 1) * BLOCK, len(table)))
    films = table.film_rows()[places.start : places.stop]
    bad: dict[int, str] = {}
    sizes = [(0, 0)] * len(places)
    held = np.zeros((len(places), preprocessing.size, preprocessing.size), np.uint8)

    def decode(some: range) -> None:
        for i in some:
            try:
                held[i], sizes[i] = decode_film(table.path_of(films[i]), preprocessing)
            except (RadiographError, TableError) as error:
                bad[places.start + i] = name_line(table, places.start + i, error)

    step = 8  # films per task: few enough to share out evenly, enough to keep the threads' bookkeeping small
    list(pool.map(decode, [range(i, min(i + step, len(places))) for i in range(0, len(places), step)]))
    pixels[places.start : places.stop] = held
    return CacheBlock(
        block=number, sha256=hashlib.sha256(held.data).hexdigest(), sizes=sizes, bad=dict(sorted(bad.items()))
    )
