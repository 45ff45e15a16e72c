"""What a run trains on: the recipe's tables, split by patient, and where their films' pixels come from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import RadiographError, RequestError, TableError, did_you_mean
from ..findings import CHEXPERT, FindingSet
from ..fine_tuning.recipe import Recipe, Source
from ..label_maps import match_labels
from ..policies import holdout_mask
from ..tables import CaseTable, read_table
from .cache import cache_folder, open_cache
from .film_pixels import FilmPixels, StoredFilms, StreamedFilms, name_line
from .film_store import FilmStore, load_films
from .sized import decode_film

FilmPlace = Literal["auto", "cache", "memory", "stream"]
BESIDE = "films lie in their table's folder or the one above"
_MOST_IN_MEMORY = 2 * 10**9  # bytes of one table's films

Box = tuple[int, float, float, float, float]
"""Label index, then x1, y1, x2, y2 as shares of the network's field of view."""


@dataclass(frozen=True)
class FilmSet:
    """Films of one table, or of one part of it."""

    name: str
    kind: Literal["real", "synthetic"]
    pixels: FilmPixels
    """(N, S, S) uint8, in memory, mapped, or read from the files when needed."""
    targets: np.ndarray
    """(N, L) float32: 1, 0, or NaN where the label is left out of the loss."""
    patients: np.ndarray
    """(N,) str."""
    boxes: tuple[tuple[Box, ...], ...]
    """Per film, those to learn from; empty where it has none."""
    repeat: float = 1.0

    def __len__(self) -> int:
        return len(self.pixels)

    def part(self, mask: np.ndarray) -> FilmSet:
        kept = np.flatnonzero(mask)
        boxes = tuple(self.boxes[i] for i in kept)
        return FilmSet(
            self.name, self.kind, self.pixels.part(kept), self.targets[kept], self.patients[kept], boxes, self.repeat
        )


@dataclass(frozen=True)
class TrainingSet:
    """Everything a run learns from and validates on."""

    findings: tuple[str, ...]
    """The finding each output is trained on, in the order of the recipe's labels."""
    train: tuple[FilmSet, ...]
    validation: tuple[FilmSet, ...]
    data_hash: str
    """SHA-256 over the tables' bytes and the number of films read."""
    real_findings: frozenset[str]
    """Findings with a known value in at least one real table."""
    skipped: tuple[str, ...] = ()
    """One sentence per film that was found unreadable while the set was loaded."""

    @property
    def bad(self) -> tuple[str, ...]:
        """One sentence per unreadable film met so far; films read from their files are met during training."""
        met = (text for films in (*self.train, *self.validation) for text in films.pixels.bad)
        return tuple(dict.fromkeys((*self.skipped, *met)))


def find_table(name: str, roots: Sequence[Path]) -> Path:
    """A recipe's table under one of the --data folders; `TableError` where none has it."""
    first, _, rest = name.partition("/")
    for root in roots:
        if (root / name).is_file():
            return root / name
        inside = root / rest  # the data set's own folder was given, whatever it is called
        if rest and inside.is_file() and (root.resolve().name == first or _starts_with(inside, first)):
            return inside
    raise TableError(f"no --data folder holds {name!r}; looked in {', '.join(map(str, roots))}")


def _starts_with(csv: Path, folder: str) -> bool:
    """Whether the table's first film lies under a folder of that name, as CheXpert's does."""
    with csv.open(encoding="utf-8", errors="replace") as file:
        file.readline()
        return file.readline().lstrip('"').startswith(f"{folder}/")


def load_training_set(
    recipe: Recipe,
    roots: Sequence[Path],
    *,
    skip_bad: bool = False,
    progress: bool = True,
    films: FilmPlace = "auto",
    cache: Path | None = None,
    verify: bool = True,
) -> TrainingSet:
    """Read the recipe's tables, and their films from where `films` says.

    auto: a cache where there is one (beside the table or under `cache`), else memory up to 2 GB per table, else the
    files themselves, at every step. verify: compare the cache's checksums.
    """
    match = match_labels(recipe.labels, recipe.finding_set)
    if match.unmatched:
        name, known = match.unmatched[0], recipe.finding_set
        raise RequestError(
            f"the label {name!r} is not a finding of {known.name}, so no table has it to train on"
            f"{did_you_mean(name, known.names)}"
        )
    findings = tuple(match.matched[label] for label in recipe.labels)
    digest, train, validation, skipped = hashlib.sha256(), [], [], []
    real: set[str] = set()
    tables = [_table(source, roots, recipe.finding_set) for source in recipe.sources]
    for finding in findings:
        if all(finding in table.absent for table in tables):
            names = " or ".join(source.table for source in recipe.sources)
            raise RequestError(
                f"{names} has no column {finding!r} to train on; name it under `columns` in a dataset.yaml, or leave "
                "it out of the config's labels"
            )
    for source, table in zip(recipe.sources, tables, strict=True):
        store = _store(table, recipe, films, cache, skip_bad=skip_bad, progress=progress, verify=verify)
        skipped.extend(store.bad)
        digest.update(table.csv.read_bytes())
        digest.update(f"{len(store.pixels)} films".encode())
        held_films = _film_set(table, store, source, recipe, findings, skip_bad=skip_bad)
        if source.kind == "real":
            real.update(f for f in findings if np.isin(np.asarray(table.frame[f], float), (0, 1)).any())
        share = recipe.holdout if source.holdout is None else source.holdout
        units = (
            held_films.patients if recipe.split == "patient" else table.frame["Path"].to_numpy(dtype=str)[store.rows]
        )
        held = holdout_mask(units.tolist(), share, recipe.seed if recipe.split_seed is None else recipe.split_seed)
        train.append(held_films.part(~held))
        if held.any():
            validation.append(held_films.part(held))
    if recipe.box_weight and not any(boxes for part in train for boxes in part.boxes):
        raise RequestError("box_weight is set, but no source has boxes: add a boxes.csv, or set box_weight to 0")
    return TrainingSet(findings, tuple(train), tuple(validation), digest.hexdigest(), frozenset(real), tuple(skipped))


def _table(source: Source, roots: Sequence[Path], findings: FindingSet) -> CaseTable:
    return replace(read_table(find_table(source.table, roots), findings=findings), way_out=BESIDE)


def _store(
    table: CaseTable,
    recipe: Recipe,
    place: FilmPlace,
    cache: Path | None,
    *,
    skip_bad: bool,
    progress: bool,
    verify: bool,
) -> FilmStore:
    """A table's films, from the cache, in memory or from their files."""
    if place in ("auto", "cache"):
        held = open_cache(table, recipe.preprocessing, root=cache, verify=verify)
        if held is not None:
            if held.bad and not skip_bad:
                raise TableError(f"{next(iter(held.bad.values()))} (--skip-bad leaves such films out)")
            rows = np.setdiff1d(np.arange(len(table)), np.array(list(held.bad), int))
            return FilmStore(StoredFilms(held.pixels, rows), held.sizes[rows], rows, tuple(held.bad.values()))
        if place == "cache":
            folder = cache_folder(table.csv, recipe.preprocessing, cache)
            raise RequestError(f"there is no whole film cache {str(folder)!r}; make it with `cxr-lens data cache`")
    if place == "stream" or (place == "auto" and len(table) * recipe.preprocessing.size**2 > _MOST_IN_MEMORY):
        rows = np.arange(len(table))
        return FilmStore(StreamedFilms(table, recipe.preprocessing, skip_bad=skip_bad), None, rows)
    return load_films(table, recipe.preprocessing, skip_bad=skip_bad, progress=progress)


def _film_set(
    table: CaseTable,
    store: FilmStore,
    source: Source,
    recipe: Recipe,
    findings: tuple[str, ...],
    *,
    skip_bad: bool,
) -> FilmSet:
    frame = table.frame.iloc[store.rows]
    targets = (source.policy or recipe.policy).targets(frame, findings)
    targets[:, [name in table.absent for name in findings]] = np.nan  # no column: unknown, whatever blank means
    boxes: list[list[Box]] = [[] for _ in range(len(frame))]
    csv = table.csv.parent / (source.boxes or "boxes.csv")
    if source.boxes is not None and not csv.is_file():
        raise TableError(f"there is no box table {str(csv)!r}")
    if recipe.box_weight and csv.is_file():
        position = {path: i for i, path in enumerate(frame["Path"])}
        for path, finding, corners in read_boxes(csv, recipe.finding_set):
            i = position.get(path)
            if i is None:
                continue
            if store.sizes is None:
                try:
                    size = decode_film(table.path_of(frame.iloc[i]), recipe.preprocessing)[1]
                except (TableError, RadiographError) as error:
                    if skip_bad:  # told of when training comes to it
                        continue
                    problem = name_line(table, int(store.rows[i]), error)
                    raise TableError(f"{problem} (--skip-bad leaves such films out)") from None
            else:
                size = store.sizes[i]
            x1, y1, x2, y2 = recipe.preprocessing.region(*map(int, size))
            scaled = np.array(corners) - (x1, y1, x1, y1)
            scaled /= (x2 - x1, y2 - y1, x2 - x1, y2 - y1)
            for name in (finding, *recipe.finding_set.ancestors(finding)):
                label = findings.index(name) if name in findings else None
                if label is not None and (recipe.box_loss == "overlap" or targets[i, label] == 1):
                    left, top, right, bottom = map(float, scaled)
                    boxes[i].append((label, left, top, right, bottom))
    patients = frame["patient"].to_numpy(dtype=str)
    return FilmSet(
        source.table, source.kind, store.pixels, targets, patients, tuple(map(tuple, boxes)), source.repeat
    )


def read_boxes(
    csv: Path, findings: FindingSet = CHEXPERT
) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """(Path, finding, (x1, y1, x2, y2) in the film's pixels) of a box table; rows of other findings are left out.
    `TableError` names a wrong column or line."""
    try:
        frame = pd.read_csv(csv)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise TableError(f"{csv.name} is not a CSV table: {error}") from None
    needed = ["Path", "Finding", "x1", "y1", "x2", "y2"]
    for column in needed:
        if column not in frame.columns:
            raise TableError(f"{csv.name} has no column {column!r}; expected {', '.join(needed)}")
    out = []
    for line, (path, finding, *corners) in enumerate(frame[needed].itertuples(index=False), start=2):
        if not isinstance(finding, str) or finding not in findings:
            continue
        x1, y1, x2, y2 = map(float, corners)
        if not (x1 < x2 and y1 < y2):
            raise TableError(f"{csv.name} line {line}: the box {corners} is empty; expected x1 < x2 and y1 < y2")
        out.append((str(path), finding, (x1, y1, x2, y2)))
    return out
