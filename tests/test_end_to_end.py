"""The main job through the command line: a film in, a checked report out, valid against the exported schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.training.synthetic import synthesize_film
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

PATIENT = "QUILLFEATHER^ZORA"


def write_dicom(path: Path, pixels: np.ndarray) -> None:
    """A 12-bit MONOCHROME1 chest DICOM that names its patient."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    film.SOPClassUID, film.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    film.PatientName, film.PatientID, film.Modality, film.ViewPosition = PATIENT, "4711-0815", "DX", "PA"
    film.PatientOrientation = ["L", "F"]
    film.Rows, film.Columns = pixels.shape
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME1"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.PixelData = np.round((1 - pixels) * 4095).astype("<u2").tobytes()
    film.save_as(path, enforce_file_format=True)


def explain(capsys: pytest.CaptureFixture, film: Path, out: Path, *options: str) -> dict:
    assert main(["explain", str(film), "--family", "mini", "--out", str(out), "--json", *options]) == 0
    document = json.loads(capsys.readouterr().out)
    assert main(["schema", "CaseReport"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def test_a_synthetic_film_is_explained_blind(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    film = synthesize_film(12, "B", findings=["Pleural Effusion"], size=320)
    Image.fromarray(np.round(film.pixels * 255).astype(np.uint8)).save(tmp_path / "film.png")
    case = explain(capsys, tmp_path / "film.png", tmp_path / "out")
    assert case["difficulty"]["basis"] == "inferred"
    assert case["truth"] is None
    assert case["explanation"]["verdict"] is None
    assert 1 <= len(case["explanation"]["sentences"]) <= 5
    ids = {evidence["id"] for evidence in case["evidence"]}
    for sentence in case["explanation"]["sentences"]:
        assert sentence["mark"] in ("supported", "interpretation")
        assert set(sentence["evidence"]) <= ids
    for name in ("case.json", "report.html", "panel.png"):
        assert (tmp_path / "out" / name).stat().st_size > 1000


def test_a_dicom_is_explained_and_its_patient_is_named_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_dicom(tmp_path / "IM0001", synthesize_film(5, "B", size=256).pixels)
    case = explain(capsys, tmp_path / "IM0001", tmp_path / "out")
    assert case["radiograph"]["photometric"] == "MONOCHROME1"
    assert case["quality"]["projection"] == "PA"
    assert "PatientName" in case["radiograph"]["dropped_fields"]
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert b"QUILLFEATHER" not in content
        assert b"4711-0815" not in content


def test_real_films_are_explained_and_revealed_against_their_table(
    tmp_path: Path, capsys: pytest.CaptureFixture, real_films: Path
) -> None:
    table = real_films / "NIH-CXR14-sample" / "valid.csv"
    for i, film in enumerate(sorted((real_films / "NIH-CXR14-sample" / "valid").rglob("*.jpg"))[:40:20]):
        case = explain(
            capsys, film, tmp_path / str(i), "--labels", str(table), "--images", str(real_films), "--revealed"
        )
        assert case["difficulty"]["basis"] == "ground_truth"
        assert case["truth"]["source"] == "text-mined"
        assert case["explanation"]["verdict"] in ("IMPROVED", "WORSE", "NO CHANGE")
        for finding in ("Enlarged Cardiomediastinum", "Fracture", "Support Devices"):
            assert finding in case["predictions"]["finetuned"]["not_assessed"]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.png"), (b"not an image at all", "text.jpg"), (b"\x89PNG\r\n\x1a\n\0\0", "cut.png")],
)
def test_what_cannot_be_read_is_one_sentence_exit_2_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["explain", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert message.startswith("cxr-lens explain: ")
    assert name in message
    assert not (tmp_path / "out").exists()
