"""The identifying header fields: named where they hold something, their values nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.training.radiographs.radiograph import read_radiograph
from pydicom.dataset import Dataset

WriteDicom = Callable[..., Path]

PERSONAL = {
    "PatientName": "DOE^JANE",
    "PatientID": "SECRET-1",
    "PatientBirthDate": "19700101",
    "PatientSex": "F",
    "PatientAge": "055Y",
    "StudyDate": "20240203",
    "AccessionNumber": "SECRET-2",
    "ReferringPhysicianName": "WHO^DR",
    "InstitutionName": "SECRET Hospital",
    "StudyInstanceUID": "1.2.3.999",
    "StudyDescription": "SECRET chest",
}


def test_each_identifying_field_is_named_and_no_value_leaves(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    info = read_radiograph(write_dicom(ramp, **PERSONAL)).info
    assert set(PERSONAL) <= set(info.dropped_fields)
    assert "SOPInstanceUID" in info.dropped_fields
    record = info.model_dump_json()
    for value in PERSONAL.values():
        if len(value) > 1:
            assert value not in record


def test_technical_fields_and_empty_ones_are_not_counted(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    info = read_radiograph(
        write_dicom(ramp, PatientName="", PatientID="", KVP="110", Manufacturer="Example", ViewPosition="PA")
    ).info
    assert info.dropped_fields == ("SOPInstanceUID",)


def test_fields_inside_sequences_count(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    inner, item = Dataset(), Dataset()
    inner.PatientID = "SECRET"
    item.ReferencedStudySequence = [inner]
    assert (
        "PatientID" in read_radiograph(write_dicom(ramp, RequestedProcedureCodeSequence=[item])).info.dropped_fields
    )


@pytest.mark.parametrize(("count", "said"), [(1, "1 private field"), (3, "3 private fields")])
def test_private_fields_and_overlays_are_counted(
    ramp: np.ndarray, write_dicom: WriteDicom, count: int, said: str
) -> None:
    path = write_dicom(ramp)
    import pydicom  # noqa: PLC0415

    ds = pydicom.dcmread(path)
    for i in range(count - 1):
        ds.add_new((0x0011, 0x1001 + i), "LO", "SECRET")
    ds.add_new((0x0011, 0x0010), "LO", "MAKER")
    ds.add_new((0x6000, 0x3000), "OW", bytes(48 * 64 // 8))
    ds.save_as(path)
    dropped = read_radiograph(path).info.dropped_fields
    assert said in dropped
    assert "1 overlay" in dropped
