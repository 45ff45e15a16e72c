"""CheXpert-format tables, label policies, the split by patient, label counts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cxr_lens.training.commands import data_stats
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.policies import LabelPolicy, count_labels, holdout_mask
from cxr_lens.training.tables import case_id_of, read_table
from PIL import Image

NAMES = CHEXPERT.names
HEADER = ",".join(("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *NAMES))
TRAIN_POSITIVES = (16974, 9187, 23385, 94211, 7040, 49675, 12983, 4675, 29720, 17693, 76899, 2505, 7436, 107170)
"""Frontal positives of CheXpert's train table, in label order (the source project's published counts)."""


def line(path: str, view: str = "Frontal", projection: str = "PA", **labels: str) -> str:
    values = [labels.get(name.replace(" ", "_"), "") for name in NAMES]
    return ",".join((path, "Male", "60", view, projection, *values))


def write(folder: Path, *lines: str, name: str = "train.csv", header: str = HEADER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    csv = folder / name
    csv.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return csv


def film(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8)).save(path)


def test_values_keep_one_zero_uncertain_and_blank_apart(tmp_path: Path) -> None:
    csv = write(tmp_path, line("a/patient1/study1/view1_frontal.jpg", Edema="1.0", Fracture="0.0", Pneumonia="-1.0"))
    row = read_table(csv).find("patient1_study1_view1_frontal")
    assert (row["Edema"], row["Fracture"], row["Pneumonia"]) == (1, 0, -1)
    assert np.isnan(row["Cardiomegaly"])


def test_lateral_films_are_left_out_unless_all_views_are_asked_for(tmp_path: Path) -> None:
    csv = write(
        tmp_path,
        line("a/patient1/study1/view1_frontal.jpg"),
        line("a/patient1/study1/view2_lateral.jpg", "Lateral", ""),
    )
    assert read_table(csv).frame["projection"].tolist() == ["PA"]
    assert read_table(csv, views="all").frame["projection"].tolist() == ["PA", "lateral"]


def test_a_gzipped_table_reads_like_the_plain_one(tmp_path: Path) -> None:
    csv = write(tmp_path, line("a/patient1/study1/view1_frontal.jpg", Edema="1"))
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    assert read_table(packed).frame.equals(read_table(csv).frame)


@pytest.mark.parametrize("prefix", ["CheXpert-v1.0-small/", ""])
@pytest.mark.parametrize("root", ["above", "inside"])
def test_the_leading_folder_may_or_may_not_be_part_of_the_root(tmp_path: Path, prefix: str, root: str) -> None:
    data = tmp_path / "CheXpert-v1.0-small"
    film(data / "valid/patient1/study1/view1_frontal.jpg")
    csv = write(data, line(f"{prefix}valid/patient1/study1/view1_frontal.jpg"), name="valid.csv")
    table = read_table(csv, tmp_path if root == "above" else data)
    if not prefix and root == "above":
        with pytest.raises(TableError, match=r"line 2.*--images"):
            table.path_of(table.frame.iloc[0])
    else:
        assert table.path_of(table.frame.iloc[0]).is_file()
    found = read_table(csv).path_of(read_table(csv).frame.iloc[0])  # without --images
    assert found == data / "valid/patient1/study1/view1_frontal.jpg"


def test_a_missing_film_names_its_line_and_the_way_out(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, line("a/patient1/study1/view1_frontal.jpg")))
    with pytest.raises(TableError, match=r"train.csv line 2: .*patient1.*--images ROOT"):
        table.path_of(table.frame.iloc[0])


def test_a_case_is_found_by_id_and_by_the_path_of_its_film(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, *(line(f"x/train/patient{i}/study000/view1_frontal.jpg") for i in range(3))))
    wanted = "patient2_study000_view1_frontal"
    for given in (
        wanted,
        "/data/x/train/patient2/study000/view1_frontal.jpg",
        "patient2/study000/view1_frontal.png",
    ):
        assert str(table.find(given)["case_id"]) == wanted
    with pytest.raises(TableError, match=r"'patient9' is not in train\.csv"):
        table.find("patient9")


def test_case_ids_of_paths_without_a_patient_stay_unique() -> None:
    assert case_id_of("x/train/patient1/study1/view1_frontal.jpg") == "patient1_study1_view1_frontal"
    assert case_id_of("films/a.png") == "films_a"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("Path,Edema\n", "no frontal films"),
        ("Film,Edema\na.jpg,1\n", "no column 'Path'"),
        ("Path,Oedema\na.jpg,1\n", "no column for any finding"),
        ("Path,Edema\na.jpg,1\nb.jpg,2\n", "line 3: column 'Edema' has '2.*expected 1, 0, -1"),
        ("Path,Edema\na.jpg,yes\n", "line 2: column 'Edema' has 'yes'"),
        ("Path,Edema\n,1\n", "line 2: column 'Path' is blank"),
        ("Path,Edema\na.jpg,1\na.jpg,0\n", "line 3: the film 'a.jpg' stands in the table twice"),
    ],
)
def test_a_wrong_table_is_one_clear_sentence(tmp_path: Path, content: str, message: str) -> None:
    csv = tmp_path / "t.csv"
    csv.write_text(content)
    with pytest.raises(TableError, match=message):
        read_table(csv)


def test_a_damaged_gzip_is_a_table_error(tmp_path: Path) -> None:
    csv = tmp_path / "t.csv.gz"
    csv.write_bytes(gzip.compress(b"Path,Edema\n" * 500)[:40])
    with pytest.raises(TableError, match="is not a CSV table"):
        read_table(csv)


def test_dataset_yaml_maps_columns_and_states_the_truth_source(tmp_path: Path) -> None:
    csv = write(tmp_path, "films/a.png,p7,1", header="file,Subject,oedema")
    (tmp_path / "dataset.yaml").write_text(
        "truth_source: single reader\ncolumns: {Path: file, Patient: Subject, Edema: oedema}\n"
    )
    table = read_table(csv)
    assert table.source == "single reader"
    assert table.frame[["Path", "patient", "Edema"]].values.tolist() == [["films/a.png", "p7", 1.0]]
    assert "Edema" not in table.absent
    assert "Fracture" in table.absent


def test_a_patient_column_goes_before_what_folders_are_called(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text("columns: {Patient: person}\n")
    rows = ["Path,person,Edema", "patients/a.png,p7,1", "patients/b.png,p8,0", "patients/c.png,,0"]
    (tmp_path / "train.csv").write_text("\n".join(rows) + "\n")
    assert list(read_table(tmp_path / "train.csv").frame["patient"]) == ["p7", "p8", "patients"]


def test_an_unknown_key_in_dataset_yaml_is_named(tmp_path: Path) -> None:
    csv = write(tmp_path, line("a.jpg"))
    (tmp_path / "dataset.yaml").write_text("colums: {}\n")
    with pytest.raises(TableError, match="colums"):
        read_table(csv)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (LabelPolicy(), [1, 0, 0, 0]),
        (LabelPolicy(uncertain="ones"), [1, 0, 1, 0]),
        (LabelPolicy(uncertain="ignore", blank="ignore"), [1, 0, np.nan, np.nan]),
        (LabelPolicy(uncertain="zeros", per_finding={"Edema": "ones"}, blank="ignore"), [1, 0, 1, np.nan]),
    ],
)
def test_policies_turn_uncertain_and_blank_into_targets(policy: LabelPolicy, expected: list[float]) -> None:
    frame = pd.DataFrame({"Edema": [1.0, 0.0, -1.0, np.nan]})
    np.testing.assert_array_equal(policy.targets(frame, ["Edema"])[:, 0], np.array(expected, np.float32))


def test_a_holdout_takes_whole_patients_and_ignores_the_order_of_rows() -> None:
    patients = [f"patient{i // 3}" for i in range(300)]
    mask = holdout_mask(patients, 0.15, seed=4)
    held = {p for p, m in zip(patients, mask, strict=True) if m}
    assert len(held) == 15
    assert held.isdisjoint(p for p, m in zip(patients, mask, strict=True) if not m)
    assert holdout_mask(patients[::-1], 0.15, seed=4)[::-1].tolist() == mask.tolist()
    assert holdout_mask(patients, 0.15, seed=5).tolist() != mask.tolist()
    with pytest.raises(RequestError, match=r"1\.5 is not a share"):
        holdout_mask(patients, 1.5, seed=0)


def test_counts_of_the_real_chexpert_table_are_the_published_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert data_stats(["xrv:chexpert_train", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["images"] == 191_027
    assert tuple(counts["findings"][name]["positive"] for name in NAMES) == TRAIN_POSITIVES
    for name in NAMES:
        assert counts["findings"][name]["positive"] + counts["findings"][name]["negative"] == 191_027
        assert sum(counts["raw"][name].values()) == 191_027
    everything = read_table("xrv:chexpert_train", views="all")
    assert (len(everything), everything.frame["patient"].nunique()) == (223_414, 64_540)
    assert everything.source == "text-mined"


def test_an_unknown_packaged_table_lists_the_known_ones() -> None:
    with pytest.raises(TableError, match="chexpert_train"):
        read_table("xrv:chexpert")


def test_every_row_of_the_real_sample_has_its_film(real_films: Path) -> None:
    table = read_table(real_films / "NIH-CXR14-sample" / "valid.csv")
    assert (len(table), table.source) == (244, "text-mined")
    assert all(table.path_of(row).is_file() for row in table.rows())
    assert count_labels(table, LabelPolicy())["raw"]["Fracture"]["blank"] == 244
