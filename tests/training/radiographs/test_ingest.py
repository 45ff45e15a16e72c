"""A PACS export made into a data set, on synthetic studies: what is taken, what is not and why, and who can tell."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.training.errors import RequestError
from cxr_lens.training.radiographs import ingest as ingesting
from cxr_lens.training.radiographs.pseudonyms import Pseudonyms, load_or_create_key
from cxr_lens.training.radiographs.radiograph import read_radiograph
from cxr_lens.training.synthetic import synthesize_film, synthesize_limb
from cxr_lens.training.tables import read_table
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForProcessing,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    generate_uid,
)

from ..conftest import dicom_of, recompress

NAMES = ("DOE^JANE", "ROE^RICHARD")


@pytest.fixture(scope="module")
def frontal() -> list[np.ndarray]:
    return [np.round(synthesize_film(s, "B", size=256).pixels * 4095).astype(np.uint16) for s in (1, 2, 3)]


class Export:
    """Writes studies as a PACS would, under names that mean nothing."""

    def __init__(self, folder: Path):
        self.folder = folder

    def add(self, inside: str, pixels: np.ndarray, patient: int = 0, study: str = "1.2.3", **header: Any) -> Path:
        path = self.folder / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        about: dict[str, Any] = {
            "PatientName": NAMES[patient],
            "PatientID": f"HOSP-{patient}",
            "PatientBirthDate": "19500101",
            "PatientSex": "FM"[patient],
            "PatientAge": "074Y",
            "StudyInstanceUID": study,
            "AccessionNumber": "ACC-77",
            "BitsStored": 12,
            "WindowCenter": "2048",
            "WindowWidth": "4096",
            "BodyPartExamined": "CHEST",
            "ViewPosition": "PA",
        }
        dicom_of(pixels, **{**about, **header}).save_as(path, enforce_file_format=True)
        return path

    def index(self, *named: str) -> None:
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
        ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        records = []
        for name in named:
            record = Dataset()
            record.DirectoryRecordType = "IMAGE"
            record.ReferencedFileID = name.split("/")
            records.append(record)
        ds.DirectoryRecordSequence = records
        ds.save_as(self.folder / "DICOMDIR", enforce_file_format=True)


@pytest.fixture
def export(tmp_path: Path) -> Export:
    folder = tmp_path / "export"
    folder.mkdir()
    return Export(folder)


@pytest.fixture
def whole(export: Export, frontal: list[np.ndarray]) -> Export:
    """Two patients, three frontal films, and one of everything that is to be left out."""
    first = export.add("DOE_JANE/A/0001", frontal[0], SOPInstanceUID="1.9.1")
    export.add("DOE_JANE/B/deep/0002", frontal[1], study="1.2.4", ViewPosition="AP")
    export.add("ROE/IMG1.dcm", frontal[2], 1, "1.2.5", BodyPartExamined="", ViewPosition="", PatientAge="101Y")
    recompress(first, "JPEGLSLossless").rename(export.folder / "DOE_JANE/A/copy")
    export.add("DOE_JANE/A/again", frontal[0], SOPInstanceUID="1.9.8")
    export.add("DOE_JANE/A/0003", frontal[0][::-1], ViewPosition="LL")
    raw = {"PresentationIntentType": "FOR PROCESSING", "SOPClassUID": DigitalXRayImageStorageForProcessing}
    export.add("DOE_JANE/A/0004", frontal[0] // 2, **raw)
    export.add("ROE/hand", frontal[1], 1, BodyPartExamined="HAND")
    export.add("ROE/ct", frontal[1], 1, Modality="CT")
    limb = np.round(synthesize_limb(4, 256) * 4095).astype(np.uint16)
    export.add("ROE/limb", limb, 1, BodyPartExamined="")
    export.add("ROE/burnt", frontal[2] // 3, 1, BurnedInAnnotation="YES")
    (export.folder / "ROE/report.pdf").write_bytes(b"%PDF-1.7 DOE JANE")
    (export.folder / "ROE/empty").write_bytes(b"")
    export.index("DOE_JANE/A/0001", "DOE_JANE/A/GONE")
    return export


WHY = {
    "DOE_JANE/A/copy": "a duplicate",
    "DOE_JANE/A/again": "a duplicate",
    "DOE_JANE/A/0003": "lateral",
    "DOE_JANE/A/0004": "a for-processing copy",
    "ROE/hand": "another part of the body",
    "ROE/ct": "another modality",
    "ROE/limb": "not a frontal chest film by its picture",
    "ROE/burnt": "text burnt into the picture",
    "ROE/report.pdf": "not DICOM",
    "ROE/empty": "not DICOM",
    "DICOMDIR": "an index (DICOMDIR)",
    "DOE_JANE/A/GONE": "missing",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def everything_in(folder: Path) -> Iterable[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_frontal_films_are_taken_and_every_other_file_is_listed_with_its_reason(
    whole: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    assert main(["data", "ingest", str(whole.folder), "--out", str(out), "--json"]) == 1  # GONE is a failure
    document = json.loads(capsys.readouterr().out)
    assert (document["films"], document["patients"], document["failed"]) == (3, 2, 1)
    sources = {row["File"]: row for row in rows(tmp_path / "set-private" / "sources.csv")}
    why = {row["Source"]: row["Why"] for row in rows(out / "left_out.csv")}
    assert {name: why[row["Source"]] for name, row in sources.items() if not row["Path"]} == WHY
    taken = {name for name, row in sources.items() if row["Path"]}
    assert len(taken) == 3
    assert {"DOE_JANE/B/deep/0002", "ROE/IMG1.dcm"} < taken
    assert document["left_out"]["a duplicate"] == 2


def test_the_films_read_like_the_dicoms_and_the_table_reads_everywhere(
    whole: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    main(["data", "ingest", str(whole.folder), "--out", str(out)])
    table = read_table(out / "films.csv")
    assert (len(table), table.source) == (3, "unknown")
    assert len(set(table.frame["patient"])) == 2
    assert sorted(table.frame["projection"].fillna("")) == ["", "AP", "PA"]
    assert set(table.frame["Sex"]) == {"Female", "Male"}
    assert set(table.frame["Age"]) == {74, 90}
    sources = {row["Path"]: row["File"] for row in rows(tmp_path / "set-private" / "sources.csv") if row["Path"]}
    for row in table.rows():
        film = read_radiograph(table.path_of(row)).pixels
        original = read_radiograph(whole.folder / sources[str(row["Path"])]).pixels
        np.testing.assert_allclose(film, original, atol=0.51 / 255)
    capsys.readouterr()
    assert main(["data", "stats", str(out / "films.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["raw"]["Edema"]["blank"] == 3


def test_nothing_that_names_the_patient_reaches_the_output_or_the_screen(
    whole: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    out, private = tmp_path / "set", tmp_path / "set-private"
    main(["data", "ingest", str(whole.folder), "--out", str(out)])
    printed = capsys.readouterr()
    key = (private / "key").read_text()
    for secret in ("DOE", "ROE", "HOSP", "1950", "ACC-77", "1.2.4", "1.9.1", "GONE", key):
        assert not any(secret in name for name, _ in everything_in(out)), secret
        assert not any(secret.encode() in data for _, data in everything_in(out)), secret
        assert secret not in printed.out + printed.err + caplog.text, secret
    assert key not in (private / "sources.csv").read_text() + (private / "journal.jsonl").read_text()


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
def test_what_names_patients_is_readable_by_its_owner_alone(whole: Export, tmp_path: Path) -> None:
    main(["data", "ingest", str(whole.folder), "--out", str(tmp_path / "set")])
    for name in ("key", "sources.csv", "journal.jsonl"):
        assert stat.S_IMODE((tmp_path / "set-private" / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((tmp_path / "set-private").stat().st_mode) == 0o700


def test_a_key_makes_the_same_pseudonyms_again_and_another_key_others(whole: Export, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    main(["data", "ingest", str(whole.folder), "--out", str(tmp_path / "a"), "--key", str(key)])
    main(["data", "ingest", str(whole.folder), "--out", str(tmp_path / "b"), "--key", str(key)])
    main(["data", "ingest", str(whole.folder), "--out", str(tmp_path / "c")])
    one, two, three = ((tmp_path / name / "films.csv").read_text() for name in "abc")
    assert one == two
    assert {row["Path"].split("/")[1] for row in rows(tmp_path / "a" / "films.csv")}.isdisjoint(
        row["Path"].split("/")[1] for row in rows(tmp_path / "c" / "films.csv")
    )
    assert one != three


def test_pseudonyms_follow_the_patient_not_the_study(
    export: Export, frontal: list[np.ndarray], tmp_path: Path
) -> None:
    for i, study in enumerate(("1.2.1", "1.2.2")):
        export.add(f"x{i}", frontal[i], 0, study)
    export.add("y", frontal[2], 0, "1.2.3", IssuerOfPatientID="ELSEWHERE")
    main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "set")])
    sources = {row["File"]: row["Path"].split("/") for row in rows(tmp_path / "set-private" / "sources.csv")}
    assert sources["x0"][1] == sources["x1"][1]
    assert sources["x0"][2] != sources["x1"][2]
    assert sources["y"][1] != sources["x0"][1]  # the same number given by another hospital is another person


def test_patients_without_an_id_are_never_mixed_up(export: Export, frontal: list[np.ndarray], tmp_path: Path) -> None:
    nobody = {"PatientID": "", "PatientName": "", "PatientBirthDate": ""}
    for i in range(3):
        export.add(f"x{i}", frontal[i], 0, "", **nobody)
    main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "set")])
    assert len(set(read_table(tmp_path / "set" / "films.csv").frame["patient"])) == 3


def test_a_stopped_run_goes_on_and_a_second_run_looks_only_at_what_changed(
    whole: Export, frontal: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "set"
    look, looked = ingesting._look_at, []

    def stop_after_six(path: Path, *rest: Any) -> dict[str, Any]:
        looked.append(path)
        if len(looked) == 6:
            raise KeyboardInterrupt
        return look(path, *rest)

    monkeypatch.setattr(ingesting, "_look_at", stop_after_six)
    assert main(["data", "ingest", str(whole.folder), "--out", str(out)]) == 130
    assert not (out / "films.csv").exists()
    assert not list(out.rglob("*.partial"))
    monkeypatch.setattr(ingesting, "_look_at", look)
    capsys.readouterr()
    main(["data", "ingest", str(whole.folder), "--out", str(out), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["films"], document["resumed"]) == (3, 5)
    first = (out / "films.csv").read_text()
    whole.add("ROE/new", frontal[1] // 2, 1)
    main(["data", "ingest", str(whole.folder), "--out", str(out), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["films"], document["resumed"]) == (4, 14)
    assert set(first.splitlines()) < set((out / "films.csv").read_text().splitlines())


def test_unreadable_films_are_listed_and_the_exit_code_says_so(
    export: Export, frontal: list[np.ndarray], tmp_path: Path
) -> None:
    export.add("good", frontal[0])
    assert main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "a")]) == 0
    cut = export.add("cut", frontal[1])
    cut.write_bytes(cut.read_bytes()[:-9000])
    assert main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "a")]) == 1
    (row,) = rows(tmp_path / "a" / "left_out.csv")
    assert row["Why"] == "cannot be read"
    assert "DOE" not in row["Detail"]


def test_links_are_not_followed_out_of_the_export(export: Export, frontal: list[np.ndarray], tmp_path: Path) -> None:
    export.add("good", frontal[0])
    elsewhere = Export(tmp_path / "elsewhere")
    outside = elsewhere.add("film", frontal[1])
    (export.folder / "link").symlink_to(outside)
    (export.folder / "folder").symlink_to(elsewhere.folder)
    main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "set")])
    assert [row["File"] for row in rows(tmp_path / "set-private" / "sources.csv")] == ["good"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone", "--out", "set"], "there is no folder"),
        (["export", "--out", "export/set"], "lies inside the export"),
        (["export", "--out", "set", "--private", "set/private"], "lies inside --out"),
        (["export", "--out", "set", "--key", "set/key"], "lies inside --out"),
        (["export", "--out", "full"], "holds other files"),
        (["export", "--out", "set", "--key", "short"], "has 5 bytes; expected 16 or more"),
        (["export", "--out", "set"], "no frontal chest film among the 1 files"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "notes.txt").write_text("nothing here")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("mine")
    (tmp_path / "short").write_text("12345")
    assert main(["data", "ingest", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not (tmp_path / "set" / "films.csv").exists()


def test_another_key_for_the_same_folders_is_refused(
    export: Export, frontal: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export.add("good", frontal[0])
    main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "set")])
    capsys.readouterr()
    other = tmp_path / "other"
    assert main(["data", "ingest", str(export.folder), "--out", str(tmp_path / "set"), "--key", str(other)]) == 2
    assert "begun with another key" in capsys.readouterr().err


def test_pseudonyms_depend_on_kind_and_key_and_never_show_the_key(tmp_path: Path) -> None:
    names, other = Pseudonyms(b"k" * 16), Pseudonyms(b"l" * 16)
    assert names.name("patient", "1") != names.name("study", "1")
    assert names.name("patient", "1") != other.name("patient", "1")
    assert names.name("patient", "1", "2") != names.name("patient", "12")
    # RFC 4231, test case 2: HMAC-SHA256("Jefe", "what do ya want for nothing?")
    assert Pseudonyms(b"Jefe").name("what do ya want for nothing?", digits=8) == "5bdcc146"
    assert "kkkk" not in repr(names)
    made, new = load_or_create_key(tmp_path / "key")
    again, old = load_or_create_key(tmp_path / "key")
    assert (new, old) == (True, False)
    assert made.mark == again.mark
    with pytest.raises(RequestError, match="cannot be read"):
        load_or_create_key(tmp_path)
