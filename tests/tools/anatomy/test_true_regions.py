"""Box and outline files: every layout is read, matched to films, clipped, and refused where it is wrong."""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.tools.anatomy.true_regions import (
    TrueRegion,
    counts,
    decode_relative_runs,
    match_regions,
    rasterise,
    read_regions,
)
from cxr_lens.training.errors import TableError
from cxr_lens.training.tables import CaseTable, read_table
from PIL import Image


@pytest.fixture
def table(tmp_path: Path) -> CaseTable:
    """Two films of 200 x 100 (width x height)."""
    lines = ["Path,Cardiomegaly,Lung Lesion"]
    for number in (1, 2):
        film = tmp_path / f"set/train/patient{number}/study1/view1_frontal.png"
        film.parent.mkdir(parents=True)
        Image.new("L", (200, 100), 90).save(film)
        lines.append(f"set/train/patient{number}/study1/view1_frontal.png,1,1")
    (tmp_path / "set/train.csv").write_text("\n".join(lines))
    return read_table(tmp_path / "set/train.csv")


def _write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_boxes_of_our_layout_are_matched_by_path_with_or_without_the_first_folder(
    table: CaseTable, tmp_path: Path
) -> None:
    csv = _write(
        tmp_path,
        "boxes.csv",
        "Path,Source,Finding,x1,y1,x2,y2\n"
        "set/train/patient1/study1/view1_frontal.png,a,Cardiomegaly,10,20,110,80\n"
        "train/patient2/study1/view1_frontal.png,a,Nodule,0,0,20,10\n"
        "train/patient2/study1/view1_frontal.png,a,Mass,30,0,50,10\n"
        "train/patient2/study1/view1_frontal.png,a,Calcification,0,0,20,10\n"
        "train/patient2/study1/view1_frontal.png,a,,0,0,20,10\n"
        "train/patient9/study1/view1_frontal.png,a,Nodule,0,0,20,10\n",
    )
    matched = match_regions(read_regions(csv), table)
    assert matched.by_case["patient1_study1_view1_frontal"]["Cardiomegaly"][0].corners == (10, 20, 110, 80)
    assert len(matched.by_case["patient2_study1_view1_frontal"]["Lung Lesion"]) == 2, "Nodule and Mass are lesions"
    assert matched.sizes["patient1_study1_view1_frontal"] == (100, 200)
    assert counts(matched.by_case) == {"Cardiomegaly": 1, "Lung Lesion": 2}
    assert any("Calcification" in sentence for sentence in matched.left_out)


def test_a_box_outside_the_film_is_left_out_and_named_and_one_across_the_edge_is_clipped(
    table: CaseTable, tmp_path: Path
) -> None:
    csv = _write(
        tmp_path,
        "b.csv",
        "Path,Finding,x1,y1,x2,y2\n"
        "train/patient1/study1/view1_frontal.png,Nodule,500,20,600,80\n"
        "train/patient1/study1/view1_frontal.png,Nodule,150,-5,260,80\n",
    )
    matched = match_regions(read_regions(csv), table)
    (kept,) = matched.by_case["patient1_study1_view1_frontal"]["Lung Lesion"]
    assert kept.corners == (150, 0, 200, 80)
    assert "line 2" in matched.left_out[0]
    assert "outside the film of 200 x 100" in matched.left_out[0]


def test_frames_of_foreign_files_are_scaled_to_the_film(table: CaseTable, tmp_path: Path) -> None:
    nih = _write(
        tmp_path,
        "nih.csv",
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
        "train/patient1/study1/view1_frontal.png,Nodule,512,256,256,512,,,\n",
    )
    (region,) = match_regions(read_regions(nih), table).by_case["patient1_study1_view1_frontal"]["Lung Lesion"]
    assert region.corners == (100, 25, 150, 75)
    outlines = {
        "patient2_study1_view1_frontal": {"img_size": [50, 100], "Cardiomegaly": [[[10, 10], [30, 10], [30, 20]]]}
    }
    path = _write(tmp_path, "gt.json", json.dumps(outlines))
    (region,) = match_regions(read_regions(path), table).by_case["patient2_study1_view1_frontal"]["Cardiomegaly"]
    assert region.corners == (20, 20, 60, 40)
    assert region.outline is not None


def test_outlines_of_our_layout(table: CaseTable, tmp_path: Path) -> None:
    entry = {
        "Path": "train/patient1/study1/view1_frontal.png",
        "Finding": "Nodule",
        "points": [[0, 0], [40, 0], [0, 40]],
    }
    blank = {**entry, "Finding": ""}
    path = _write(tmp_path, "p.json", json.dumps([entry, blank]))
    (region,) = read_regions(path).regions
    mask = rasterise([region], (100, 200), (100, 200))
    assert mask[5, 5]
    assert not mask[35, 35]
    assert mask.sum() == pytest.approx(800, rel=0.1), "half of 40 x 40"


def test_masks_never_vanish_and_unite() -> None:
    speck = TrueRegion("f", "Nodule", (50.2, 50.2, 50.3, 50.3))
    assert rasterise([speck], (1000, 1000), (100, 100)).sum() == 1
    a, b = (TrueRegion("f", "Nodule", (x, 0, x + 10, 10)) for x in (0, 5))
    assert rasterise([a, b], (20, 20), (20, 20)).sum() == 150


def test_relative_runs_go_down_the_columns() -> None:
    mask = decode_relative_runs([1, 2, 3, 1], 3, 3)
    assert np.argwhere(mask).tolist() == [[0, 2], [1, 0], [2, 0]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "Path,Finding,x1,y1,x2,y2\nf.png,Nodule,5,5,5,9\n", "line 2: the box .* is empty"),
        ("a.csv", "Path,Finding,x1,y1,x2,y2\nf.png,Nodule,5,x,5,9\n", "not four numbers"),
        ("a.csv", "film,box\nf.png,1\n", "no box table: it has the columns film, box"),
        ("a.json", "{", "not JSON"),
        ("a.json", '[{"Path": "f.png"}]', "expected Path, Finding and points"),
        ("a.json", '[{"Path": "f.png", "Finding": "Nodule", "points": [[1, 2]]}]', "three points"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_regions(_write(tmp_path, name, text))


def test_a_missing_file_and_one_about_other_films_are_said(table: CaseTable, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="there is no box file"):
        read_regions(tmp_path / "none.csv")
    other = _write(tmp_path, "o.csv", "Path,Finding,x1,y1,x2,y2\nx/y/z.png,Nodule,1,1,5,9\n")
    with pytest.raises(TableError, match=r"no film of train\.csv has a region"):
        match_regions(read_regions(other), table)


def test_the_real_tables_inside_torchxrayvision_are_read(tmp_path: Path) -> None:
    spec = find_spec("torchxrayvision")
    assert spec is not None
    assert spec.origin is not None
    data = Path(spec.origin).parent / "data"
    nih = tmp_path / "nih.csv"
    nih.write_bytes(gzip.decompress((data / "BBox_List_2017.csv.gz").read_bytes()))
    file = read_regions(nih)
    assert len(file.regions) + sum(file.unnamed.values()) == 984
    assert file.unnamed == {}  # an infiltration is a kind of opacity
    siim = tmp_path / "siim.csv"
    lines = gzip.decompress((data / "siim-pneumothorax-train-rle.csv.gz").read_bytes()).decode().splitlines()[:30]
    siim.write_text("\n".join(lines))
    regions = read_regions(siim).regions
    assert regions
    assert all(0 <= r.corners[0] < r.corners[2] <= 1024 and r.finding == "Pneumothorax" for r in regions)
