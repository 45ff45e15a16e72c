"""Counts where radiologists' boxes lie in public tables, for tools/anatomy/usual_places.json.

    python -m cxr_lens.evals.localization.count_places [--extra BOXES.csv --data TABLE.csv] > usual_places.json

Only numbers leave: per finding, for each cell of a 16 x 16 raster over the film, on how many films a box of it covers
the cell's centre. Read from the installed torchxrayvision package: NIH BBox 2017 (984 boxes, 1024 px frame), RSNA 2018
(1024 px frame), SIIM 2019 (pneumothorax masks, 1024 px frame) and VinDr-CXR, which tells no film sizes: there the box
of an enlarged heart on the same film is the ruler, laid on the median heart box of NIH. `--extra` adds the boxes of
another file for findings that these tables hold on fewer than 100 films.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ...tools.anatomy.true_regions import TrueRegion, decode_relative_runs, match_regions, read_regions
from ...training.errors import RequestError
from ...training.findings import CHEXPERT
from ...training.tables import read_table

SIZE = 16
ENOUGH = 100
_CENTRES = (np.arange(SIZE) + 0.5) / SIZE


class Counter:
    """Masks per finding, one vote per film."""

    def __init__(self) -> None:
        self.counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros((SIZE, SIZE), int))
        self.films: dict[str, int] = defaultdict(int)
        self.sources: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, finding: str, mask: np.ndarray, source: str) -> None:
        if mask.any():
            self.counts[finding] += mask
            self.films[finding] += 1
            self.sources[finding][source] += 1


def boxes_to_cells(boxes: Iterable[tuple[float, float, float, float]]) -> np.ndarray:
    """Boxes in shares of the film -> cells whose centre one of them holds; a small box holds at least its own cell."""
    mask = np.zeros((SIZE, SIZE), bool)
    for x1, y1, x2, y2 in boxes:
        rows, columns = ((low <= _CENTRES) & (high > _CENTRES) for low, high in ((y1, y2), (x1, x2)))
        inside = rows[:, None] & columns
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        if not inside.any() and 0 <= x < 1 and 0 <= y < 1:
            inside[int(y * SIZE), int(x * SIZE)] = True
        mask |= inside
    return mask


def count_all(folder: Path) -> Counter:
    """Every table of torchxrayvision's data folder."""
    counter = Counter()
    nih = _regions(folder / "BBox_List_2017.csv.gz")
    for finding, boxes in _by_film(nih, 1024):
        counter.add(finding, boxes_to_cells(boxes), "NIH BBox 2017")
    for finding, boxes in _by_film(_regions(folder / "kaggle_stage_2_train_labels.csv.zip"), 1024):
        counter.add(finding, boxes_to_cells(boxes), "RSNA 2018")
    for mask in _siim_masks(folder / "siim-pneumothorax-train-rle.csv.gz"):
        counter.add("Pneumothorax", mask, "SIIM 2019")
    hearts = np.array([r.corners for r in nih if r.finding == "Cardiomegaly"]) / 1024
    _add_vindr(counter, _regions(folder / "vinbigdata-train.csv.gz"), np.median(hearts, axis=0))
    return counter


def _regions(path: Path) -> tuple[TrueRegion, ...]:
    """Regions of a packed table."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            data = archive.read(archive.namelist()[0])
    else:
        data = gzip.decompress(path.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "table.csv"
        csv.write_bytes(data)
        return read_regions(csv).regions


def _by_film(
    regions: Iterable[TrueRegion], frame: float
) -> list[tuple[str, list[tuple[float, float, float, float]]]]:
    films: dict[tuple[str, str], list[tuple[float, float, float, float]]] = defaultdict(list)
    for region in regions:
        x1, y1, x2, y2 = (value / frame for value in region.corners)
        films[region.film, region.finding].append((x1, y1, x2, y2))
    return [(finding, boxes) for (_, finding), boxes in films.items()]


def _siim_masks(path: Path) -> Iterable[np.ndarray]:
    """One mask of cells per film; a film's runs may stand on several lines."""
    films: dict[str, np.ndarray] = {}
    step = 1024 // SIZE
    for line in gzip.decompress(path.read_bytes()).decode().splitlines()[1:]:
        film, _, runs = line.partition(",")
        numbers = [int(word) for word in runs.split()]
        if len(numbers) > 1:
            mask = decode_relative_runs(numbers, 1024, 1024)
            share = mask.reshape(SIZE, step, SIZE, step).mean((1, 3))
            films[film] = films.get(film, np.zeros((SIZE, SIZE))) + share
    return [share > min(0.25, share.max() / 2) for share in films.values()]


def _add_vindr(counter: Counter, regions: tuple[TrueRegion, ...], usual_heart: np.ndarray) -> None:
    films: dict[str, list[TrueRegion]] = defaultdict(list)
    for region in regions:
        films[region.film].append(region)
    for own in films.values():
        hearts = np.array([r.corners for r in own if r.finding == "Cardiomegaly"])
        if not len(hearts):
            continue
        heart = np.median(hearts, axis=0)
        scale = (usual_heart[2:] - usual_heart[:2]) / (heart[2:] - heart[:2])
        across = scale[0]  # one scale for both directions: a film's pixels are square, the raster nearly so
        boxes = defaultdict(list)
        for region in own:
            if region.finding != "Cardiomegaly":
                x1, y1, x2, y2 = (np.asarray(region.corners) - np.tile(heart[:2], 2)) * across + np.tile(
                    usual_heart[:2], 2
                )
                boxes[region.finding].append((float(x1), float(y1), float(x2), float(y2)))
        for finding, each in boxes.items():
            counter.add(finding, boxes_to_cells(each), "VinDr-CXR")


def add_extra(counter: Counter, boxes: Path, data: Path, name: str) -> None:
    """A box file in any layout, for the films of a table."""
    rare = [finding for finding in CHEXPERT.names if counter.films[finding] < ENOUGH]
    matched = match_regions(read_regions(boxes), read_table(data))
    for case, each in matched.by_case.items():
        height, width = matched.sizes[case]
        for finding in set(each) & set(rare):
            own = each[finding]
            scaled = [r.scaled(1 / width, 1 / height).corners for r in own]
            counter.add(finding, boxes_to_cells(scaled), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", type=Path, help="a box file of more films")
    parser.add_argument("--data", type=Path, action="append", default=[], help="tables those films stand in")
    parser.add_argument("--name", default="ChestX-Det and others", help="what the extra boxes are called")
    asked = parser.parse_args()
    spec = find_spec("torchxrayvision")
    if spec is None or spec.origin is None:
        raise RequestError("torchxrayvision is not installed: pip install torchxrayvision")
    counter = count_all(Path(spec.origin).parent / "data")
    for data in asked.data if asked.extra else ():
        add_extra(counter, asked.extra, data, asked.name)
    findings = {
        name: {
            "films": counter.films[name],
            "source": "; ".join(f"{source} ({n:,} films)" for source, n in counter.sources[name].items()),
            "counts": counter.counts[name].ravel().tolist(),
        }
        for name in CHEXPERT.names
        if counter.films[name]
    }
    document = {"about": "films whose boxes cover each cell, row by row from the top left", "size": SIZE}
    sys.stdout.write(json.dumps({**document, "findings": findings}) + "\n")


if __name__ == "__main__":
    main()
