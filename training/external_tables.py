"""Tables of other data sets as their owners ship them, brought into CheXpert's columns.

- NIH ChestX-ray14 (Wang et al., CVPR 2017): `Data_Entry_2017*.csv`, known by `Image Index` and `Finding Labels`; the
  split from `test_list.txt` and `train_val_list.txt` where they lie beside it.
- MIMIC-CXR-JPG 2 (Johnson et al., 2019): `mimic-cxr-2.0.0-chexpert.csv` or `-negbio.csv`, known by `subject_id` and
  `study_id`; the films from `-metadata.csv` beside it, the split from `-split.csv` where it is there.
- PadChest (Bustos et al., 2020): `PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv`, known by `ImageID` and
  `Labels`.

Any of them may be `.csv.gz`. NIH and PadChest list what a film shows: a finding of theirs that is not listed is 0. What
they have no label for stays blank. A child's label also counts for its parents, so Lung Opacity is 1 with any
consolidation, pneumonia, edema, atelectasis, mass or nodule, and with the names that are opacities and nothing more
specific (`Infiltration`, `infiltrates`, `alveolar pattern`, ...).
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from .errors import TableError
from .findings import CHEXPERT

NIH_LABELS: dict[str, str | None] = {
    "Atelectasis": "Atelectasis",
    "Cardiomegaly": "Cardiomegaly",
    "Consolidation": "Consolidation",
    "Edema": "Edema",
    "Effusion": "Pleural Effusion",
    "Emphysema": None,
    "Fibrosis": None,
    "Hernia": None,
    "Infiltration": "Lung Opacity",
    "Mass": "Lung Lesion",
    "No Finding": "No Finding",
    "Nodule": "Lung Lesion",
    "Pleural_Thickening": "Pleural Other",
    "Pneumonia": "Pneumonia",
    "Pneumothorax": "Pneumothorax",
}
"""None: a label without a CheXpert name."""

PADCHEST_LABELS: dict[str, tuple[str, ...]] = {
    "No Finding": ("normal",),
    "Enlarged Cardiomediastinum": ("mediastinal enlargement", "superior mediastinal enlargement"),
    "Cardiomegaly": ("cardiomegaly",),
    "Lung Opacity": (
        "infiltrates",
        "interstitial pattern",
        "reticular interstitial pattern",
        "reticulonodular interstitial pattern",
        "ground glass pattern",
        "miliary opacities",
        "alveolar pattern",
        "air bronchogram",
    ),
    "Lung Lesion": ("nodule", "multiple nodules", "mass", "pulmonary mass", "lung metastasis"),
    "Edema": ("pulmonary edema",),
    "Consolidation": ("consolidation",),
    "Pneumonia": ("pneumonia", "atypical pneumonia"),
    "Atelectasis": (
        "atelectasis",
        "total atelectasis",
        "lobar atelectasis",
        "segmental atelectasis",
        "laminar atelectasis",
        "round atelectasis",
        "atelectasis basal",
    ),
    "Pneumothorax": ("pneumothorax", "hydropneumothorax"),
    "Pleural Effusion": (
        "pleural effusion",
        "loculated pleural effusion",
        "loculated fissural effusion",
        "hydropneumothorax",
        "empyema",
    ),
    "Pleural Other": (
        "pleural thickening",
        "apical pleural thickening",
        "calcified pleural thickening",
        "pleural plaques",
        "calcified pleural plaques",
        "pleural mass",
    ),
    "Fracture": (
        "fracture",
        "rib fracture",
        "callus rib fracture",
        "clavicle fracture",
        "humeral fracture",
        "vertebral fracture",
    ),
    "Support Devices": (
        "pacemaker",
        "dual chamber device",
        "single chamber device",
        "dai",
        "electrical device",
        "catheter",
        "central venous catheter",
        "central venous catheter via jugular vein",
        "central venous catheter via subclavian vein",
        "central venous catheter via umbilical vein",
        "reservoir central venous catheter",
        "endotracheal tube",
        "tracheostomy tube",
        "nsg tube",
        "chest drain tube",
        "gastrostomy tube",
        "nephrostomy tube",
        "ventriculoperitoneal drain tube",
        "double j stent",
        "artificial heart valve",
        "artificial mitral heart valve",
        "artificial aortic heart valve",
        "endoprosthesis",
        "aortic endoprosthesis",
    ),
}
"""Finding -> PadChest's terms, lower case, along the branches of its own term tree. Each kind of tube, line, device,
valve or stent is a Support Device; sutures, metal and bone fixation are not."""

_SAYS_NOTHING = frozenset({"", "exclude", "suboptimal study", "unchanged"})
"""PadChest's labels that do not say what a film shows; a film with nothing else has blank findings."""

_SEX = {"M": "Male", "F": "Female"}
_LATERAL = ("LATERAL", "LL", "XTABLE LATERAL")
_NO_FRONTAL = "Other"
_PADCHEST_VIEWS = {
    "PA": ("Frontal", "PA"),
    "AP": ("Frontal", "AP"),
    "AP_horizontal": ("Frontal", "AP"),
    "L": ("Lateral", None),
}


@dataclass(frozen=True)
class ExternalTable:
    """Another data set's table in CheXpert's columns."""

    layout: Literal["nih", "mimic", "padchest"]
    frame: pd.DataFrame
    """CheXpert's columns for what the data set labels, and `Patient`, `Split` (None where unknown) and `Line`, the
    row's line in its file, the header being line 1. `Frontal/Lateral` is `Other` for oblique and rib views."""
    source: Literal["single reader", "text-mined"]
    folders: tuple[str, ...] = (".",)
    """Patterns of the folders below the images root that `Path` starts from."""


def recognise(raw: pd.DataFrame, csv: Path) -> ExternalTable | None:
    """The table in CheXpert's columns where it is one of the layouts above, else None; `TableError` where it is one of
    them but not whole."""
    columns = set(raw.columns)
    if {"Image Index", "Finding Labels"} <= columns:
        return _from_nih(raw, csv)
    if {"ImageID", "Labels"} <= columns:
        return _from_padchest(raw, csv)
    if {"subject_id", "study_id"} <= columns:
        if not columns & set(CHEXPERT.names):
            raise TableError(
                f"{csv.name} is one of MIMIC-CXR-JPG's tables, but not the one with the labels; give "
                "mimic-cxr-2.0.0-chexpert.csv, in the same folder"
            )
        return _from_mimic(raw, csv)
    return None


def _require(raw: pd.DataFrame, csv: Path, owner: str, *columns: str) -> None:
    for column in columns:
        if column not in raw.columns:
            raise TableError(f"{csv.name} looks like {owner}'s table, but has no column {column!r}")


def _with_parents(marks: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Bool per finding; a child's mark also set on those of its parents that the data set labels."""
    out = {name: mark.copy() for name, mark in marks.items()}
    for name, mark in marks.items():
        for parent in CHEXPERT.ancestors(name):
            if parent in out:
                out[parent] |= mark
    return out


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and np.isnan(cell))


def _sexes(column: pd.Series) -> list[str | None]:
    return [_SEX.get(str(value).strip().upper()) for value in column]


# ── NIH ChestX-ray14 ─────────────────────────────────────────────────────────────────────────────────────────


def _from_nih(raw: pd.DataFrame, csv: Path) -> ExternalTable:
    _require(raw, csv, "NIH ChestX-ray14", "Patient ID", "Patient Age", "Patient Gender", "View Position")
    marks = {name: np.zeros(len(raw), bool) for name in CHEXPERT.names if name in NIH_LABELS.values()}
    findings = functools.cache(_nih_findings)  # few distinct cells fill a hundred thousand rows
    for position, text in enumerate(raw["Finding Labels"].astype(str)):
        try:
            for finding in findings(text):
                marks[finding][position] = True
        except KeyError as error:
            raise TableError(
                f"{csv.name} line {position + 2}: {error.args[0]!r} is not a label of NIH ChestX-ray14; known: "
                f"{', '.join(NIH_LABELS)}"
            ) from None
    frame = pd.DataFrame(
        {
            "Path": raw["Image Index"],
            "Sex": _sexes(pd.Series(raw["Patient Gender"])),
            "Age": [_nih_age(value) for value in raw["Patient Age"]],
            "Frontal/Lateral": "Frontal",
            "AP/PA": raw["View Position"],
            "Patient": raw["Patient ID"].astype(str),
            "Split": _nih_split(csv, raw["Image Index"].astype(str).tolist()),
            "Line": np.arange(len(raw)) + 2,
            **{name: mark.astype(float) for name, mark in _with_parents(marks).items()},
        }
    )
    return ExternalTable("nih", frame, "text-mined", (".", "images", "images_*/images", "images_*"))


def _nih_findings(text: str) -> tuple[str, ...]:
    named = [NIH_LABELS[label.strip()] for label in text.split("|")]
    return tuple(name for name in named if name is not None)


def _nih_age(value: object) -> float | None:
    """Years; the 2017 table writes `058Y`, and both hold a few impossible ages."""
    match = re.fullmatch(r"0*(\d+)(?:\.0)?Y?", str(value).strip())
    years = float(match[1]) if match else None
    return years if years is not None and years <= 120 else None


def _nih_split(csv: Path, films: list[str]) -> list[str | None]:
    split: dict[str, str] = {}
    for name, file in (("test", "test_list.txt"), ("train", "train_val_list.txt")):
        path = csv.parent / file
        if path.is_file():
            split |= dict.fromkeys(path.read_text("utf-8").split(), name)
    return [split.get(film) for film in films]


# ── PadChest ─────────────────────────────────────────────────────────────────────────────────────────────────


def _from_padchest(raw: pd.DataFrame, csv: Path) -> ExternalTable:
    _require(raw, csv, "PadChest", "ImageDir", "PatientID", "Projection", "StudyDate_DICOM", "PatientBirth")
    _require(raw, csv, "PadChest", "PatientSex_DICOM", "MethodLabel")
    finding_of: dict[str, list[str]] = {}
    for finding, terms in PADCHEST_LABELS.items():
        for term in terms:
            finding_of.setdefault(term, []).append(finding)
    terms_of = functools.cache(_padchest_terms)
    marks = {name: np.zeros(len(raw), bool) for name in PADCHEST_LABELS}
    known = np.ones(len(raw), bool)
    for position, text in enumerate(raw["Labels"]):
        terms = terms_of(text)
        if terms is None:
            raise TableError(
                f"{csv.name} line {position + 2}: column 'Labels' has {str(text)[:60]!r}; expected a list such as "
                "['normal']"
            )
        known[position] = bool(terms - _SAYS_NOTHING)
        for term in terms:
            for finding in finding_of.get(term, ()):
                marks[finding][position] = True
    views = [str(view) for view in raw["Projection"]]
    years = np.asarray(pd.to_numeric(raw["StudyDate_DICOM"].astype(str).str[:4], errors="coerce"), dtype=float)
    births = np.asarray(pd.to_numeric(pd.Series(raw["PatientBirth"]), errors="coerce"), dtype=float)
    folders = [str(value).removesuffix(".0") for value in raw["ImageDir"]]
    frame = pd.DataFrame(
        {
            "Path": [f"{folder}/{film}" for folder, film in zip(folders, raw["ImageID"], strict=True)],
            "Sex": _sexes(pd.Series(raw["PatientSex_DICOM"])),
            "Age": years - births,
            "Frontal/Lateral": [_PADCHEST_VIEWS.get(view, (_NO_FRONTAL, None))[0] for view in views],
            "AP/PA": [_PADCHEST_VIEWS.get(view, (_NO_FRONTAL, None))[1] for view in views],
            "Patient": raw["PatientID"].astype(str),
            "Split": None,
            "Line": np.arange(len(raw)) + 2,
            **{name: np.where(known, mark, np.nan) for name, mark in _with_parents(marks).items()},
        }
    )
    by_hand = set(raw["MethodLabel"]) == {"Physician"}
    return ExternalTable("padchest", frame, "single reader" if by_hand else "text-mined")


def _padchest_terms(text: object) -> frozenset[str] | None:
    """The terms of `['pleural effusion', 'unchanged']`; empty where blank, None where it is no list of names."""
    if _is_blank(text):
        return frozenset()
    try:
        terms = ast.literal_eval(str(text))
    except (ValueError, SyntaxError):
        return None
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        return None
    return frozenset(term.strip().lower() for term in terms)


# ── MIMIC-CXR-JPG ────────────────────────────────────────────────────────────────────────────────────────────


def _from_mimic(raw: pd.DataFrame, csv: Path) -> ExternalTable:
    metadata = _companion(csv, "metadata")
    if metadata is None:
        raise TableError(
            f"{csv.name} is MIMIC-CXR-JPG's table of studies; the films are named in mimic-cxr-2.0.0-metadata.csv, "
            f"which is not in {csv.parent}"
        )
    films = _read(metadata)
    _require(films, metadata, "MIMIC-CXR-JPG", "dicom_id", "subject_id", "study_id", "ViewPosition")
    films["Line"] = np.arange(len(films)) + 2
    frame = films.merge(raw, on=["subject_id", "study_id"], how="inner", suffixes=("", " of the study"))
    split = _companion(csv, "split")
    if split is not None:
        parts = _read(split)
        _require(parts, split, "MIMIC-CXR-JPG", "dicom_id", "split")
        of = dict(zip(parts["dicom_id"].astype(str), parts["split"], strict=True))
        frame["Split"] = [of.get(str(film)) for film in frame["dicom_id"]]
    else:
        frame["Split"] = None
    spoken = "ViewCodeSequence_CodeMeaning"
    words = frame[spoken] if spoken in frame.columns else pd.Series([None] * len(frame))
    views = [_mimic_view(view, word) for view, word in zip(frame["ViewPosition"], words, strict=True)]
    frame["Frontal/Lateral"] = ["Frontal" if view in ("AP", "PA") else view for view in views]
    frame["AP/PA"] = [view if view in ("AP", "PA") else None for view in views]
    subjects, studies = frame["subject_id"].astype(int), frame["study_id"].astype(int)
    frame["Path"] = [
        f"files/p{str(subject)[:2]}/p{subject}/s{study}/{film}.jpg"
        for subject, study, film in zip(subjects, studies, frame["dicom_id"], strict=True)
    ]
    frame["Patient"] = subjects.astype(str)
    frame["Sex"], frame["Age"] = None, None  # in MIMIC-IV, not in this data set
    return ExternalTable("mimic", frame, "text-mined")


def _mimic_view(position: object, word: object) -> str:
    """AP, PA, Lateral, or Other where it is another view, or unknown: such films may be lateral."""
    text = "" if _is_blank(position) else str(position).strip().upper()
    if text in ("AP", "PA"):
        return text
    if text in _LATERAL:
        return "Lateral"
    if not text:
        return {"antero-posterior": "AP", "postero-anterior": "PA", "lateral": "Lateral"}.get(str(word), _NO_FRONTAL)
    return _NO_FRONTAL


def _companion(csv: Path, what: str) -> Path | None:
    """`mimic-cxr-2.0.0-metadata.csv(.gz)` beside `mimic-cxr-2.0.0-chexpert.csv(.gz)`."""
    stem = csv.name.partition(".csv")[0].rpartition("-")[0]
    names = [f"{stem}-{what}.csv", f"{stem}-{what}.csv.gz"]
    found = [csv.parent / name for name in names] + sorted(csv.parent.glob(f"mimic-cxr-*-{what}.csv*"))
    return next((path for path in found if path.is_file()), None)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError, OSError) as error:
        raise TableError(f"{path.name} is not a CSV table: {str(error).splitlines()[0]}") from None
