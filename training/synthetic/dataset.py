"""A table of synthetic films in CheXpert's layout, with boxes: the same bytes for any number of workers.

    OUT/synthetic-B/train.csv, valid.csv     CheXpert's columns
    OUT/synthetic-B/boxes.csv                Path, Finding, x1, y1, x2, y2 in pixels
    OUT/synthetic-B/dataset.yaml             where the truth comes from
    OUT/synthetic-B/train/patient00001/study1/view1_frontal.jpg

A film that is already there is drawn again: drawing is quick, and the tables need its labels and boxes anyway.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from ..errors import RequestError
from ..findings import CHEXPERT
from .acquisition import domain_named
from .film import SIZES, FindingBox, synthesize_film

COMMENT = "cxr-lens synthetic radiograph"
"""The JPEG comment by which a synthetic film is known."""

QUALITY = 92

Split = Literal["train", "valid"]

BOX_COLUMNS = ["Path", "Finding", "x1", "y1", "x2", "y2"]

_FIRST_PATIENT = {"train": 1, "valid": 60001}
"""Splits never share a patient."""


@dataclass(frozen=True)
class _Job:
    folder: Path
    path: str
    seed: int
    domain: str
    size: int


@dataclass(frozen=True)
class _Drawn:
    row: dict[str, object]
    boxes: list[FindingBox]


def film_seed(seed: int, split: str, index: int) -> int:
    """The seed of one film of a set."""
    entropy = np.random.SeedSequence([seed, get_args(Split).index(split), index])
    return int(entropy.generate_state(1, np.uint32)[0])


def save_film(pixels: np.ndarray, path: Path) -> None:
    """Write a film as an 8-bit grey JPEG that says it is synthetic; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    partial = path.with_suffix(".partial")
    image.save(partial, format="JPEG", quality=QUALITY, comment=COMMENT)
    partial.replace(path)


def _draw(job: _Job) -> _Drawn:
    film = synthesize_film(job.seed, job.domain, None, job.size)
    save_film(film.pixels, job.folder / Path(job.path).relative_to(job.folder.name))
    row: dict[str, object] = {
        "Path": job.path,
        "Sex": film.sex,
        "Age": film.age,
        "Frontal/Lateral": "Frontal",
        "AP/PA": film.projection,
        **{name: float(film.labels[name]) for name in CHEXPERT.names},
    }
    return _Drawn(row, film.boxes)


def _results(jobs: list[_Job], workers: int) -> Iterator[_Drawn]:
    if workers <= 1:
        yield from map(_draw, jobs)
        return
    # spawned, not forked: a parent that holds torch's threads must not be forked
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_draw, jobs, chunksize=8)


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    partial = path.with_suffix(".partial")
    frame.to_csv(partial, index=False)
    partial.replace(path)


def write_dataset(  # noqa: PLR0917  the arguments of the command, in its order
    out: Path,
    n: int,
    seed: int,
    domain: str,
    size: int = 512,
    workers: int = 1,
    split: Split = "train",
    progress: bool = False,
) -> Path:
    """Draw `n` films of random cases into `out/synthetic-<domain>`; returns that folder.

    A second call for the other split adds to the folder and its `boxes.csv`. `RequestError` for a number, size, split
    or domain that cannot be.
    """
    style = domain_named(domain)
    if split not in get_args(Split):
        raise RequestError(f"{split!r} is not a split; expected train or valid")
    if not 1 <= n <= 59_000:
        raise RequestError(f"{n} films cannot be drawn; expected 1 to 59000")
    if seed < 0:
        raise RequestError(f"seed {seed} is negative; a seed is 0 or more")
    if workers < 1:
        raise RequestError(f"{workers} workers cannot draw; expected 1 or more")
    if not SIZES[0] <= size <= SIZES[1]:
        raise RequestError(f"size {size} is outside {SIZES[0]} to {SIZES[1]} pixels")
    folder = Path(out) / f"synthetic-{style.name}"
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        _Job(
            folder=folder,
            path=f"{folder.name}/{split}/patient{_FIRST_PATIENT[split] + i:05d}/study1/view1_frontal.jpg",
            seed=film_seed(seed, split, i),
            domain=style.name,
            size=size,
        )
        for i in range(n)
    ]
    rows: list[dict[str, object]] = []
    boxes: list[tuple[object, ...]] = []
    for drawn in tqdm(
        _results(jobs, workers), total=n, desc=f"{folder.name}/{split}", unit="film", disable=not progress
    ):
        rows.append(drawn.row)
        boxes.extend((drawn.row["Path"], *box) for box in drawn.boxes)
    table = pd.DataFrame(boxes, columns=pd.Index(BOX_COLUMNS))
    box_file = folder / "boxes.csv"
    if box_file.is_file():
        before = pd.read_csv(box_file)
        other = before[~before["Path"].str.startswith(f"{folder.name}/{split}/")]
        table = pd.DataFrame(pd.concat([other, table], ignore_index=True)) if len(other) else table
    _write_table(table, box_file)
    (folder / "dataset.yaml").write_text(
        "# Synthetic radiographs made by `cxr-lens data synthesize`: the truth is what was drawn.\n"
        "truth_source: simulated\n",
        encoding="utf-8",
    )
    _write_table(pd.DataFrame(rows), folder / f"{split}.csv")
    return folder
