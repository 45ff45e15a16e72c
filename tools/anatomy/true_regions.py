"""Where readers drew a finding: boxes and outlines from the usual files, matched to a table's films.

    regions = match_regions(read_regions(Path("boxes.csv")), table)     # (case id, finding) -> regions

| file | holds |
|---|---|
| our layout | CSV: `Path, Finding, x1, y1, x2, y2` and perhaps `Source`; pixels of the film |
| our outlines | JSON: a list of `Path, Finding, points` |
| NIH BBox 2017 | CSV: `Image Index, Finding Label, Bbox [x, y, w, h]`; a 1024 px frame |
| RSNA 2018 | CSV: `patientId, x, y, width, height, Target`; a 1024 px frame; every box is a Lung Opacity |
| VinDr-CXR | CSV: `image_id, class_name, x_min, y_min, x_max, y_max`; pixels of the film |
| SIIM 2019 | CSV: `ImageId, EncodedPixels`; run lengths in a 1024 px frame; every mask is a Pneumothorax |
| CheXlocalize | JSON: film -> `img_size` and finding -> list of outlines |

Foreign names become the findings' through training/label_maps.py; regions of what is no finding are left out and
counted.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from ...training.errors import RadiographError, TableError
from ...training.findings import CHEXPERT, FindingSet
from ...training.label_maps import match_labels
from ...training.radiographs.radiograph import read_radiograph
from ...training.tables import CaseTable, case_id_of

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class TrueRegion:
    """One region a reader drew."""

    film: str
    """The film's path or id, as the file spells it."""
    finding: str
    """The finding's name; in a file just read, the file's own."""
    corners: Corners
    """x1, y1, x2, y2."""
    outline: tuple[tuple[float, float], ...] | None = None
    """Corner points of a polygon; None for a box."""
    frame: tuple[float, float] | None = None
    """Width and height the coordinates are in; None: pixels of the film itself."""
    line: int = 0
    """In the file, for messages."""

    def scaled(self, across: float, down: float) -> TrueRegion:
        x1, y1, x2, y2 = self.corners
        outline = None if self.outline is None else tuple((x * across, y * down) for x, y in self.outline)
        return replace(self, corners=(x1 * across, y1 * down, x2 * across, y2 * down), outline=outline, frame=None)


@dataclass(frozen=True)
class RegionFile:
    regions: tuple[TrueRegion, ...]
    unnamed: dict[str, int]
    """Labels that are no finding -> how many of their regions were left out."""
    name: str
    """File name, without its folder."""
    findings: FindingSet = CHEXPERT
    """What the regions are read as."""


def read_regions(path: Path, findings: FindingSet = CHEXPERT) -> RegionFile:
    """A box or outline file; `TableError` where it is missing, damaged or of no known layout."""
    if not path.is_file():
        raise TableError(f"there is no box file {str(path)!r}")
    rows = list(_from_json(path) if path.suffix.lower() == ".json" else _from_csv(path))
    native = dict.fromkeys(row.finding for row in rows)  # one by one: Nodule and Mass are both a Lung Lesion
    # a region of a nodule is one of a lung lesion: kinds count for the finding they are kinds of
    matches = [match_labels((one,), findings) for one in native]
    names = {label: finding for m in matches for label, finding in {**m.kinds, **m.matched}.items()}
    kept = tuple(replace(row, finding=names[row.finding]) for row in rows if row.finding in names)
    unnamed = Counter(row.finding for row in rows if row.finding not in names)
    for row in kept:
        x1, y1, x2, y2 = row.corners
        if not (x1 < x2 and y1 < y2):
            raise TableError(
                f"{path.name} line {row.line}: the box {row.corners} is empty; expected x1 < x2 and y1 < y2"
            )
    return RegionFile(kept, dict(unnamed), path.name, findings)


def _from_csv(path: Path) -> Iterator[TrueRegion]:
    try:
        frame = pd.read_csv(path, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise TableError(f"{path.name} is not a CSV table: {error}") from None
    frame.columns = [str(column).strip() for column in frame.columns]
    for needed, read in _LAYOUTS:
        if all(column in frame.columns for column in needed):
            yield from read(frame)
            return
    known = "; ".join(", ".join(needed) for needed, _ in _LAYOUTS)
    raise TableError(f"{path.name} is no box table: it has the columns {', '.join(frame.columns)}; known: {known}")


def _ours(frame: pd.DataFrame) -> Iterator[TrueRegion]:
    columns = ["Path", "Finding", "x1", "y1", "x2", "y2"]
    for line, (film, finding, *corners) in enumerate(frame[columns].itertuples(index=False), start=2):
        if isinstance(finding, str) and finding.strip():
            yield TrueRegion(str(film), finding, _four(corners, line), line=line)


def _nih(frame: pd.DataFrame) -> Iterator[TrueRegion]:
    first = frame.columns.get_loc("Bbox [x")
    if not isinstance(first, int):
        raise TableError("the column 'Bbox [x' stands in the table twice")
    for line, row in enumerate(frame.itertuples(index=False), start=2):
        x, y, width, height = _four(list(row[first : first + 4]), line)
        film, finding = str(row[0]), str(row[1])
        corners = (x, y, x + width, y + height)
        yield TrueRegion(film, _NIH.get(finding, finding), corners, frame=(1024, 1024), line=line)


_NIH = {"Infiltrate": "Infiltration"}  # the box table's own spelling


def _rsna(frame: pd.DataFrame) -> Iterator[TrueRegion]:
    columns = ["patientId", "x", "y", "width", "height", "Target"]
    for line, (film, *rest, target) in enumerate(frame[columns].itertuples(index=False), start=2):
        if target == 1:
            x, y, width, height = _four(rest, line)
            yield TrueRegion(str(film), "Lung Opacity", (x, y, x + width, y + height), frame=(1024, 1024), line=line)


def _vindr(frame: pd.DataFrame) -> Iterator[TrueRegion]:
    columns = ["image_id", "class_name", "x_min", "y_min", "x_max", "y_max"]
    for line, (film, finding, *corners) in enumerate(frame[columns].itertuples(index=False), start=2):
        if not pd.isna(corners[0]):
            yield TrueRegion(str(film), str(finding), _four(corners, line), line=line)


def _siim(frame: pd.DataFrame) -> Iterator[TrueRegion]:
    for line, (film, runs) in enumerate(frame[["ImageId", "EncodedPixels"]].itertuples(index=False), start=2):
        numbers = [int(word) for word in str(runs).split()]
        if len(numbers) > 1:
            mask = decode_relative_runs(numbers, 1024, 1024)
            rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            corners = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
            yield TrueRegion(str(film), "Pneumothorax", corners, frame=(1024, 1024), line=line)


def decode_relative_runs(numbers: Sequence[int], height: int, width: int) -> np.ndarray:
    """SIIM's run lengths, (gap, length) pairs down the columns, as a mask (height, width)."""
    flat = np.zeros(height * width, bool)
    place = 0
    for gap, length in zip(numbers[::2], numbers[1::2], strict=True):
        place += gap
        flat[place : place + length] = True
        place += length
    return flat.reshape(width, height).T


_LAYOUTS: tuple[tuple[tuple[str, ...], Callable[[pd.DataFrame], Iterator[TrueRegion]]], ...] = (
    (("Path", "Finding", "x1", "y1", "x2", "y2"), _ours),
    (("Image Index", "Finding Label", "Bbox [x"), _nih),
    (("patientId", "x", "y", "width", "height", "Target"), _rsna),
    (("image_id", "class_name", "x_min", "y_min", "x_max", "y_max"), _vindr),
    (("ImageId", "EncodedPixels"), _siim),
)


def _four(values: Sequence[Any], line: int) -> Corners:
    try:
        a, b, c, d = (float(value) for value in values)
    except (TypeError, ValueError):
        raise TableError(f"line {line}: {list(values)} are not four numbers") from None
    if not np.isfinite([a, b, c, d]).all():
        raise TableError(f"line {line}: {list(values)} are not four numbers")
    return a, b, c, d


def _from_json(path: Path) -> Iterator[TrueRegion]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TableError(f"{path.name} is not JSON: {error}") from None
    if isinstance(document, list):
        for line, entry in enumerate(document, start=1):
            if not isinstance(entry, dict) or not {"Path", "points"} <= set(entry):
                raise TableError(f"{path.name} entry {line}: expected Path, Finding and points")
            if isinstance(entry.get("Finding"), str) and entry["Finding"]:
                yield _outline(entry["Path"], entry["Finding"], entry["points"], line)
    elif isinstance(document, dict):
        for line, (film, entry) in enumerate(document.items(), start=1):
            if not isinstance(entry, dict) or "img_size" not in entry:
                raise TableError(f"{path.name} entry {line}: expected img_size and a list of outlines per finding")
            height, width = entry["img_size"]
            for finding, outlines in entry.items():
                for points in outlines if finding != "img_size" else ():
                    yield _outline(film, finding, points, line, (float(width), float(height)))
    else:
        raise TableError(f"{path.name} is no file of outlines: expected a list or a map of films")


def _outline(film: str, finding: str, points: Any, line: int, frame: tuple[float, float] | None = None) -> TrueRegion:
    corners = np.asarray(points, dtype=float)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise TableError(f"entry {line}: an outline needs three points (x, y) or more")
    (x1, y1), (x2, y2) = corners.min(0), corners.max(0)
    outline = tuple((float(x), float(y)) for x, y in corners)
    return TrueRegion(film, finding, (float(x1), float(y1), float(x2), float(y2)), outline, frame, line)


@dataclass(frozen=True)
class MatchedRegions:
    """Regions of a table's films, in pixels of each film."""

    by_case: dict[str, dict[str, tuple[TrueRegion, ...]]]
    """Case id -> finding -> its regions, clipped to the film."""
    sizes: dict[str, tuple[int, int]]
    """Case id -> (height, width) of its film."""
    left_out: tuple[str, ...]
    """One sentence per region that could not be used, and per kind of label without a name."""


def match_regions(file: RegionFile, table: CaseTable) -> MatchedRegions:
    """Regions for the films of a table; `TableError` where no film of the table has one."""
    places: dict[str, int] = {}
    for row, path in enumerate(table.frame["Path"]):
        for key in _keys(str(path)):
            places.setdefault(key, row)
    by_case: dict[str, dict[str, list[TrueRegion]]] = defaultdict(lambda: defaultdict(list))
    sizes: dict[str, tuple[int, int]] = {}
    left_out = [
        f"{count} regions of {label!r}: not one of {file.findings.name}" for label, count in file.unnamed.items()
    ]
    for region in file.regions:
        position = next((places[key] for key in _keys(region.film) if key in places), None)
        if position is None:
            continue  # of another table's film
        row = table.frame.iloc[position]
        case_id = str(row["case_id"])
        if case_id not in sizes:
            sizes[case_id] = film_size(table.path_of(row))
        height, width = sizes[case_id]
        inside = clip_to_film(region, height, width)
        if inside is None:
            left_out.append(
                f"{file.name} line {region.line}: the box {region.corners} lies outside the film of {width} x {height}"
            )
            continue
        by_case[case_id][region.finding].append(inside)
    if not by_case:
        raise TableError(f"no film of {table.name} has a region in {file.name}; are its paths or ids the same?")
    found = {case: {name: tuple(own) for name, own in each.items()} for case, each in by_case.items()}
    return MatchedRegions(found, sizes, tuple(left_out))


def _keys(film: str) -> Iterator[str]:
    """What a film may be called, surest first: its path, its path without the first folder, case id, file name."""
    path = PurePosixPath(film.replace("\\", "/"))
    yield str(path)
    if len(path.parts) > 2:
        yield str(PurePosixPath(*path.parts[1:]))
    yield case_id_of(film) if path.suffix else film
    if not path.stem.startswith("view"):
        yield path.stem if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif") else path.name


def film_size(path: Path) -> tuple[int, int]:
    """(height, width) of a film as it is read."""
    try:
        with Image.open(path) as image:
            if image.getexif().get(0x0112, 1) == 1:
                return image.height, image.width
    except (OSError, ValueError, Image.DecompressionBombError):
        pass  # a DICOM, or an error that the reader tells better
    try:
        return read_radiograph(path).pixels.shape
    except RadiographError as error:
        raise TableError(f"{path.name} cannot be read: {error}") from None


def clip_to_film(region: TrueRegion, height: int, width: int) -> TrueRegion | None:
    """A region in pixels of a film of that size, cut at its edges; None where it lies outside."""
    if region.frame is not None:
        region = region.scaled(width / region.frame[0], height / region.frame[1])
    x1, y1, x2, y2 = region.corners
    corners = (max(0.0, x1), max(0.0, y1), min(float(width), x2), min(float(height), y2))
    return replace(region, corners=corners) if corners[0] < corners[2] and corners[1] < corners[3] else None


def rasterise(regions: Sequence[TrueRegion], film: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    """Union of regions on a film of (height, width), as a mask of `shape` (rows, columns); never empty."""
    down, across = shape[0] / film[0], shape[1] / film[1]
    mask = np.zeros(shape, bool)
    for region in regions:
        own = np.zeros(shape, bool)
        x1, y1, x2, y2 = region.corners
        if region.outline is not None:
            picture = Image.new("1", (shape[1], shape[0]))
            points = [(x * across - 0.5, y * down - 0.5) for x, y in region.outline]
            ImageDraw.Draw(picture).polygon(points, fill=1)
            own = np.asarray(picture, bool).copy()
        else:
            own[round(y1 * down) : round(y2 * down), round(x1 * across) : round(x2 * across)] = True
        if not own.any():  # thinner than a cell: the cell of its centre
            row = min(shape[0] - 1, int((y1 + y2) / 2 * down))
            own[row, min(shape[1] - 1, int((x1 + x2) / 2 * across))] = True
        mask |= own
    return mask


def counts(regions: Mapping[str, Mapping[str, Sequence[TrueRegion]]]) -> dict[str, int]:
    """Finding -> number of its regions, in CheXpert's order."""
    total: Counter[str] = Counter()
    for each in regions.values():
        for finding, own in each.items():
            total[finding] += len(own)
    return {name: total[name] for name in CHEXPERT.names if total[name]}
