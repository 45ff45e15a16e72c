"""Which DICOM files of an export are frontal chest radiographs, told by the header; the picture is asked after it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Literal

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import DigitalXRayImageStorageForProcessing, MediaStorageDirectoryStorage

from .decoded_film import quiet
from .dicom import DAMAGE, check_inflated_size, looks_like_dicom, projection_of

RADIOGRAPHY = ("CR", "DX", "RG")
_CHEST = ("CHEST", "THORAX", "LUNG")
_PLANES = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
HEAD_BYTES = 132
"""Enough of a file to tell whether it is DICOM."""


class LeftOut(Exception):  # noqa: N818  not an error: most files of an export are rightly left out
    """A file that is no frontal film to take."""

    def __init__(self, why: str, detail: str = "", *, failed: bool = False):
        super().__init__(why)
        self.why = why
        """One of a few phrases, so that they can be counted."""
        self.detail = detail
        """What was found; holds nothing that identifies a patient."""
        self.failed = failed
        """It may have been a film, but could not be read."""


@dataclass(frozen=True)
class FilmHeader:
    """What an export's header says of a film. The identifiers are the hospital's: they never leave memory."""

    patient: tuple[str, ...]
    study: str
    instance: str
    projection: Literal["AP", "PA"] | None
    sex: Literal["Male", "Female"] | None
    age: int | None
    """Years, 90 for everyone older."""
    chest: bool
    """The header says that this is a chest."""

    def __repr__(self) -> str:
        return "FilmHeader(...)"


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins so is DICOM, with or without the preamble."""
    return head[128:132] == b"DICM" or looks_like_dicom(head)


def sort_header(data: bytes) -> FilmHeader:
    """The header of a frontal film, or of one that may be; `LeftOut` says why it is none."""
    ds = _header(data)
    if ds.get("DirectoryRecordSequence") is not None or ds.get("SOPClassUID") == MediaStorageDirectoryStorage:
        raise LeftOut("an index (DICOMDIR)", "the files it names are looked at themselves")
    modality = _word(ds, "Modality")
    if modality not in RADIOGRAPHY:
        raise LeftOut("another modality", f"{modality or 'none stated'}; taken: {', '.join(RADIOGRAPHY)}")
    if ds.get("Rows") is None or ds.get("Columns") is None:
        raise LeftOut("no picture", "the header has no rows and columns")
    intent = str(ds.get("PresentationIntentType", "") or "").strip().upper()
    if intent == "FOR PROCESSING" or ds.get("SOPClassUID") == DigitalXRayImageStorageForProcessing:
        raise LeftOut("a for-processing copy", "raw detector values; the copy for presentation is the film")
    part = _word(ds, "BodyPartExamined")
    chest = any(word in part for word in _CHEST)
    if part and not chest:
        raise LeftOut("another part of the body", part)
    projection = projection_of(ds)
    if projection == "lateral":
        raise LeftOut("lateral", "the header says so")
    if str(ds.get("BurnedInAnnotation", "") or "").strip().upper() == "YES":
        raise LeftOut("text burnt into the picture", "the header says so; it may name the patient")
    return FilmHeader(
        patient=_patient(ds),
        study=_text(ds, "StudyInstanceUID"),
        instance=_text(ds, "SOPInstanceUID"),
        projection=projection,
        sex={"M": "Male", "F": "Female"}.get(_word(ds, "PatientSex")),  # pyright: ignore[reportArgumentType]
        age=_age(_word(ds, "PatientAge")),
        chest=chest,
    )


def files_named_by(data: bytes) -> list[tuple[str, ...]]:
    """The paths, as parts, that a DICOMDIR names; empty for every other file."""
    records = _header(data).get("DirectoryRecordSequence") or ()
    named = [record.get("ReferencedFileID") for record in records]
    return [(value,) if isinstance(value, str) else tuple(map(str, value)) for value in named if value]


def _header(data: bytes) -> Dataset:
    with quiet():
        try:
            check_inflated_size("the file", data)
            ds = pydicom.dcmread(io.BytesIO(data), force=True, stop_before_pixels=True)
            str(ds)  # values are decoded late: a damaged one shows itself here
        except DAMAGE as error:
            raise LeftOut("cannot be read", f"the header is damaged ({type(error).__name__})", failed=True) from None
    return ds


def _text(ds: Dataset, keyword: str) -> str:
    value = ds.get(keyword)
    return "" if value is None else str(value).strip()


def _word(ds: Dataset, keyword: str) -> str:
    """A coded value; what does not look like one is not repeated."""
    value = _text(ds, keyword).upper()
    return value if re.fullmatch(r"[A-Z0-9_ ]{0,16}", value) else "unusual"


def _patient(ds: Dataset) -> tuple[str, ...]:
    """The patient's id within its issuer; else name and birth date; else the study, so that nobody is mixed up."""
    if _text(ds, "PatientID"):
        return ("id", _text(ds, "IssuerOfPatientID"), _text(ds, "PatientID"))
    name = _text(ds, "PatientName").upper()
    if name and _text(ds, "PatientBirthDate"):
        return ("name", name, _text(ds, "PatientBirthDate"))
    return ("study", _text(ds, "StudyInstanceUID"), _text(ds, "SOPInstanceUID"))


def _age(text: str) -> int | None:
    """`055Y` -> 55; months, weeks and days are years below one."""
    found = re.fullmatch(r"(\d{1,3})([YMWD])", text)
    if found is None:
        return None
    per_year = {"Y": 1, "M": 12, "W": 52, "D": 365}[found[2]]
    return min(90, int(found[1]) // per_year)
