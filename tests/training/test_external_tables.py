"""Tables of NIH ChestX-ray14, PadChest and MIMIC-CXR-JPG as their owners ship them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.external_tables import NIH_LABELS, PADCHEST_LABELS
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.label_maps import NIH, PADCHEST
from cxr_lens.training.policies import LabelPolicy, count_labels
from cxr_lens.training.tables import CaseTable, read_table, resolve_table_path
from PIL import Image


def column(table: str, name: str) -> list[object]:
    return pd.read_csv(resolve_table_path(table), usecols=[name])[name].tolist()


def blanks(table: CaseTable, finding: str) -> int:
    return int(np.isnan(table.frame[finding].to_numpy(dtype=float)).sum())


def shown(table: CaseTable) -> dict[str, list[str]]:
    """Case id -> the findings that are 1."""
    names = table.findings.names
    marks = table.frame[list(names)].to_numpy(dtype=float) == 1
    return {
        str(case): [name for name, mark in zip(names, row, strict=True) if mark]
        for case, row in zip(table.frame["case_id"], marks, strict=True)
    }


def positives(table: CaseTable) -> dict[str, int]:
    return {name: int((table.frame[name].to_numpy(dtype=float) == 1).sum()) for name in table.findings.names}


# ── NIH ChestX-ray14 ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def nih() -> CaseTable:
    return read_table("xrv:Data_Entry_2017_v2020")


def test_the_real_nih_table_has_its_published_counts(nih: CaseTable) -> None:
    # the release: 112,120 films of 30,805 patients (Wang et al., CVPR 2017)
    assert len(nih) == 112_120
    assert len(set(nih.frame["patient"])) == 30_805
    found = positives(nih)
    assert {name: found[name] for name in ("No Finding", "Cardiomegaly", "Pleural Effusion", "Pneumothorax")} == {
        "No Finding": 60_361,
        "Cardiomegaly": 2_776,
        "Pleural Effusion": 13_317,
        "Pneumothorax": 5_302,
    }
    raw = [set(str(cell).split("|")) for cell in column("xrv:Data_Entry_2017_v2020", "Finding Labels")]
    opacities = {"Infiltration", "Consolidation", "Pneumonia", "Edema", "Atelectasis", "Mass", "Nodule"}
    assert found["Lung Lesion"] == sum(bool(labels & {"Mass", "Nodule"}) for labels in raw)
    assert found["Lung Opacity"] == sum(bool(labels & opacities) for labels in raw)


def test_what_nih_does_not_label_is_blank_and_what_it_does_is_never_blank(nih: CaseTable) -> None:
    assert set(nih.absent) == {"Enlarged Cardiomediastinum", "Fracture", "Support Devices"}
    for name in CHEXPERT.names:
        assert blanks(nih, name) == (len(nih) if name in nih.absent else 0)
    assert nih.source == "text-mined"


def test_a_nih_row_reads_as_it_stands(nih: CaseTable) -> None:
    row = nih.find("00000001_002.png")
    about = [row[key] for key in ("case_id", "patient", "Sex", "Age", "projection", "line")]
    assert about == ["00000001_002", "1", "Male", 58, "PA", 4]
    assert shown(nih)["00000001_002"] == ["Cardiomegaly", "Pleural Effusion"]
    assert np.nanmax(nih.frame["Age"].to_numpy(dtype=float)) <= 120


def test_nih_films_are_found_in_the_folders_of_the_release_and_the_split_is_read(tmp_path: Path) -> None:
    csv = tmp_path / "Data_Entry_2017.csv"
    csv.write_text(
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
        "1_000.png,No Finding,0,1,058Y,M,PA\n2_000.png,Mass|Effusion,0,2,411,F,AP\n"
    )
    (tmp_path / "test_list.txt").write_text("2_000.png\n")
    (tmp_path / "train_val_list.txt").write_text("1_000.png\n")
    film = tmp_path / "images_002" / "images" / "2_000.png"
    film.parent.mkdir(parents=True)
    Image.new("L", (4, 4)).save(film)
    table = read_table(csv)
    first, second = table.rows()
    assert [first["Age"], first["split"]] == [58, "train"]
    assert np.isnan(table.frame["Age"].to_numpy(dtype=float)[1])  # 411 years
    assert table.path_of(second) == film
    with pytest.raises(TableError, match=r"Data_Entry_2017.csv line 2: there is no film '1_000.png'"):
        table.path_of(first)
    assert table.only_split("test").frame["case_id"].tolist() == ["2_000"]
    with pytest.raises(RequestError, match=r"Data_Entry_2017.csv has no split 'valid'; it has test, train"):
        table.only_split("valid")


def test_a_label_nih_does_not_have_names_the_line(tmp_path: Path) -> None:
    csv = tmp_path / "d.csv"
    csv.write_text(
        "Image Index,Finding Labels,Patient ID,Patient Age,Patient Gender,View Position\n"
        "1.png,No Finding,1,58,M,PA\n2.png,Efusion,1,58,M,PA\n"
    )
    with pytest.raises(TableError, match=r"d.csv line 3: 'Efusion' is not a label of NIH"):
        read_table(csv)
    csv.write_text("Image Index,Finding Labels\n1.png,No Finding\n")
    with pytest.raises(TableError, match=r"looks like NIH ChestX-ray14's table, but has no column 'Patient ID'"):
        read_table(csv)


# ── PadChest ─────────────────────────────────────────────────────────────────────────────────────────────────

PC_COLUMNS = (
    "ImageID",
    "ImageDir",
    "StudyDate_DICOM",
    "PatientID",
    "PatientBirth",
    "PatientSex_DICOM",
    "Projection",
    "MethodLabel",
    "Labels",
)


def padchest(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    """A small table from (film, projection, labels)."""
    frame = pd.DataFrame(
        [
            (film, 3, 20140915, f"8398604886942923316{i}", 1930.0, "F", view, "Physician", labels)
            for i, (film, view, labels) in enumerate(rows)
        ],
        columns=list(PC_COLUMNS),
    )
    frame.to_csv(folder / "padchest.csv")
    return folder / "padchest.csv"


def test_padchest_labels_count_along_its_tree_and_for_their_parents(tmp_path: Path) -> None:
    csv = padchest(
        tmp_path,
        [
            ("a.png", "PA", "['normal']"),
            ("b.png", "AP_horizontal", "['hydropneumothorax', ' laminar atelectasis', 'NSG tube']"),
            ("c.png", "AP", "['cardiomegaly', 'unchanged', 'infiltrates']"),
            ("d.png", "PA", "['unchanged']"),
            ("e.png", "PA", ""),
            ("f.png", "L", "['normal']"),
            ("g.png", "COSTAL", "['rib fracture']"),
        ],
    )
    table = read_table(csv)
    assert shown(table) == {
        "3_a": ["No Finding"],
        "3_b": ["Lung Opacity", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Support Devices"],
        "3_c": ["Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity"],
        "3_d": [],
        "3_e": [],
    }
    assert all(blanks(table, name) == 2 for name in CHEXPERT.names)  # d and e say nothing
    assert [table.find("3_a")["Edema"]] == [0]
    first = table.frame.iloc[0]
    assert [first[key] for key in ("Sex", "Age", "projection", "line")] == ["Female", 84, "PA", 2]
    assert [first["patient"]] == ["83986048869429233160"]  # longer than an integer of 64 bits
    assert table.frame["projection"].tolist() == ["PA", "AP", "AP", "PA", "PA"]
    assert (table.source, table.absent, len(read_table(csv, views="all"))) == ("single reader", (), 7)


def test_padchest_films_are_found_by_folder_or_all_in_one(tmp_path: Path) -> None:
    csv = padchest(tmp_path, [("a.png", "PA", "['normal']"), ("b.png", "PA", "['normal']")])
    for film in (tmp_path / "films" / "3" / "a.png", tmp_path / "films" / "b.png"):
        film.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(film)
    table = read_table(csv, tmp_path / "films")
    assert [table.path_of(row).name for row in table.rows()] == ["a.png", "b.png"]


def test_a_padchest_cell_that_is_no_list_names_the_line(tmp_path: Path) -> None:
    csv = padchest(tmp_path, [("a.png", "PA", "['normal']"), ("b.png", "PA", "normal")])
    with pytest.raises(TableError, match=r"padchest.csv line 3: column 'Labels' has 'normal'; expected a list"):
        read_table(csv)


@pytest.mark.slow
def test_the_real_padchest_table_agrees_with_a_count_of_its_terms() -> None:
    name = "xrv:PADCHEST_chest_x_ray_images_labels_160K_01.02.19"
    table = read_table(name)
    assert len(table) == 91_728 + 14_346 + 4_559  # PA, AP lying, AP
    labels, views = column(name, "Labels"), column(name, "Projection")
    frontal = [str(text) for text, view in zip(labels, views, strict=True) if view in ("PA", "AP", "AP_horizontal")]
    assert positives(table)["Cardiomegaly"] == sum("'cardiomegaly'" in text for text in frontal)
    assert positives(table)["Support Devices"] > positives(table)["Edema"] > 500


def test_single_labels_are_mapped_as_in_the_label_maps_of_models() -> None:
    for native, finding in NIH.items():
        assert NIH_LABELS[native] == finding
    for term, finding in PADCHEST.items():
        assert term in PADCHEST_LABELS[finding]


# ── MIMIC-CXR-JPG ────────────────────────────────────────────────────────────────────────────────────────────

MIMIC_CHEXPERT = (
    "subject_id,study_id,Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,"
    "Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices\n"
    "10000032,50414267,,,,,,,,,1.0,,,,,\n"
    "10000764,57375967,,,1.0,,,,,,,,,-1.0,,\n"
    "10000898,50771383,0.0,1.0,,,,,,,,0.0,,,,\n"
)
MIMIC_METADATA = (
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
    "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
    "02aa804e-bde0afdd,10000032,50414267,CHEST (PA AND LAT),PA,3056,2544,21800506,213014.531,c,postero-anterior,E\n"
    "174413ec-4ec4c1f7,10000032,50414267,CHEST (PA AND LAT),LATERAL,3056,2544,21800506,213014.531,c,lateral,E\n"
    "096052b7-d256dc40,10000764,57375967,CHEST (PORTABLE AP),AP,2544,3056,21800506,213014.531,c,antero-posterior,E\n"
    "b79e55c3-735ce5ac,10000764,57375967,CHEST (PORTABLE AP),,2544,3056,21800506,213014.531,c,antero-posterior,E\n"
    "dcfeeac4-1597e318,10000764,57375967,CHEST,LPO,2544,3056,21800506,213014.531,c,,E\n"
    "8061113f-c019f3ae,10000898,50771383,CHEST,,2544,3056,21800506,213014.531,c,,E\n"
)
MIMIC_SPLIT = (
    "dicom_id,study_id,subject_id,split\n02aa804e-bde0afdd,50414267,10000032,train\n"
    "096052b7-d256dc40,57375967,10000764,test\nb79e55c3-735ce5ac,57375967,10000764,test\n"
)


@pytest.fixture
def mimic(tmp_path: Path) -> Path:
    (tmp_path / "mimic-cxr-2.0.0-chexpert.csv").write_text(MIMIC_CHEXPERT)
    (tmp_path / "mimic-cxr-2.0.0-metadata.csv").write_text(MIMIC_METADATA)
    (tmp_path / "mimic-cxr-2.0.0-split.csv").write_text(MIMIC_SPLIT)
    return tmp_path / "mimic-cxr-2.0.0-chexpert.csv"


def test_mimics_labels_of_studies_become_labels_of_their_frontal_films(mimic: Path) -> None:
    table = read_table(mimic)
    assert table.frame["projection"].tolist() == ["PA", "AP", "AP"]  # no lateral, oblique or unknown view
    assert table.frame["patient"].tolist() == ["10000032", "10000764", "10000764"]
    assert table.frame["No Finding"].tolist()[0] == 1
    assert table.frame["Pneumonia"].tolist()[1:] == [-1, -1]
    assert blanks(table, "Edema") == 3
    assert table.frame["line"].tolist() == [2, 4, 5]  # of the metadata table, which names the films
    assert (table.source, table.absent) == ("text-mined", ())
    assert len(read_table(mimic, views="all")) == 6
    counts = count_labels(table, LabelPolicy())
    assert counts["raw"]["Pneumonia"] == {"positive": 0, "negative": 0, "uncertain": 2, "blank": 1}


def test_mimics_films_lie_in_its_folders_and_its_split_is_read(mimic: Path) -> None:
    film = mimic.parent / "files" / "p10" / "p10000764" / "s57375967" / "096052b7-d256dc40.jpg"
    film.parent.mkdir(parents=True)
    Image.new("L", (4, 4)).save(film)
    table = read_table(mimic).only_split("test")
    assert len(table) == 2
    assert table.path_of(table.rows()[0]) == film
    assert read_table(mimic, mimic.parent / "files").path_of(table.rows()[0]) == film


def test_mimic_without_its_other_table_or_with_the_wrong_one_says_which(mimic: Path) -> None:
    with pytest.raises(TableError, match=r"one of MIMIC-CXR-JPG's tables, but not the one with the labels"):
        read_table(mimic.with_name("mimic-cxr-2.0.0-split.csv"))
    mimic.write_text(MIMIC_CHEXPERT.replace("-1.0", "2.0"))
    with pytest.raises(TableError, match=r"chexpert.csv line 3: column 'Pneumonia' has '2.0'"):
        read_table(mimic)
    mimic.write_text(MIMIC_CHEXPERT)
    mimic.with_name("mimic-cxr-2.0.0-metadata.csv").unlink()
    with pytest.raises(TableError, match=r"films are named in mimic-cxr-2.0.0-metadata.csv"):
        read_table(mimic)


def test_a_table_of_no_known_layout_names_the_layouts(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("film,edema\na.png,1\n")
    with pytest.raises(TableError, match=r"no column 'Path'.*NIH ChestX-ray14, MIMIC-CXR-JPG or PadChest"):
        read_table(tmp_path / "t.csv")
