"""A PACS export becomes a data set: frontal films as PNG, a CheXpert-format table, and a list of what was left out.

    OUT/films.csv, dataset.yaml       a table every command takes; all findings blank
    OUT/films/patient3f../study9a../view41.._frontal.png
    OUT/left_out.csv                  a pseudonym for each file not taken, and why
    PRIVATE/key                       what the pseudonyms are made with (pseudonyms.py)
    PRIVATE/sources.csv               pseudonym of a file -> its path in the export: names patients, like the export
    PRIVATE/journal.jsonl             what is done, so that a run that was stopped goes on

Films are written at 8 bit as the reader shows them (window, inversion and orientation applied): every later reading
is the same, where 16-bit PNG would be stretched anew. Nothing of the header but view, sex and age goes along.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..errors import RadiographError, RequestError
from ..findings import CHEXPERT
from .chest_film import judge_chest_film
from .dicom_sorting import HEAD_BYTES, FilmHeader, LeftOut, files_named_by, is_dicom, sort_header
from .markers import find_marks
from .pseudonyms import Pseudonyms
from .quality import HIGH_COLOUR
from .radiograph import MAX_FILE_BYTES, Radiograph, read_radiograph

TABLE, LEFT_OUT = "films.csv", "left_out.csv"
COLUMNS = ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT.names, "Text Lines")
ABOUT = """# Made by `cxr-lens data ingest`: frontal films of a PACS export, under pseudonyms; no finding is labelled.
truth_source: unknown
"""


@dataclass
class Ingested:
    """What came of an export."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    """Table rows."""
    left_out: list[dict[str, Any]] = field(default_factory=list)
    """`Source`, `Why`, `Detail`."""
    failed: int = 0
    """Of those left out: files that may have been films, but could not be read."""
    resumed: int = 0
    """Files an earlier run had already looked at."""

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(row["Why"] for row in self.left_out).most_common())


class _Seen:
    """Films taken so far, to know a copy by its instance or by its pixels."""

    def __init__(self) -> None:
        self.instances: set[str] = set()
        self.pixels: dict[str, str] = {}

    def check(self, instance: str, pixels: str, patient: str) -> None:
        if instance in self.instances:
            raise LeftOut("a duplicate", "the same instance was taken before")
        if pixels in self.pixels:
            same = self.pixels[pixels] == patient
            raise LeftOut(
                "a duplicate",
                "the same picture was taken before" + ("" if same else " under another patient: check the archive"),
            )

    def add(self, record: dict[str, Any]) -> None:
        self.instances.add(record["instance"])
        self.pixels[record["pixels"]] = record["patient"]


def ingest(export: Path, out: Path, private: Path, names: Pseudonyms, *, progress: bool = True) -> Ingested:
    """Look at every file under `export`; films go to `out`, what names patients to `private`.

    A second call goes on where the first stopped and looks only at files that are new or changed. `RequestError` where
    the folders cannot be used, where `out` was made with another key, and where no frontal film was found.
    """
    _check_folders(export, out, private)
    files = sorted(_files(export))
    journal = _Journal(private / "journal.jsonl", names)
    result, seen = Ingested(), _Seen()
    sources: list[tuple[str, str, str]] = []
    missing = _missing_from_indexes(export, files)
    bar = tqdm(total=len(files), desc="ingest", unit="file", disable=not progress, file=sys.stderr)
    with bar, journal:
        for path in files:
            inside = path.relative_to(export).as_posix()
            source = names.name("file", inside)
            record = journal.known(source, path, out)
            if record is None:
                record = _look_at(path, names, out, seen)
                journal.add(source, path, record)
            else:
                result.resumed += 1
            if record["row"] is None:
                result.left_out.append({"Source": source, "Why": record["why"], "Detail": record["detail"]})
                result.failed += bool(record["failed"])
            else:
                seen.add(record)
                result.taken.append(record["row"])
            sources.append((source, inside, "" if record["row"] is None else record["row"]["Path"]))
            bar.update()
    for inside in missing:
        source = names.name("file", inside)
        result.left_out.append({"Source": source, "Why": "missing", "Detail": "a DICOMDIR names it"})
        result.failed += 1
        sources.append((source, inside, ""))
    _write(out, private, result, sources)
    if not result.taken:
        reasons = ", ".join(f"{count} {why}" for why, count in result.reasons.items()) or "it is empty"
        raise RequestError(
            f"there is no frontal chest film among the {len(files)} files of {export.name!r} ({reasons}); expected a "
            f"folder of DICOM radiographs: {LEFT_OUT} and sources.csv tell what each file was"
        )
    return result


def _check_folders(export: Path, out: Path, private: Path) -> None:
    if not export.is_dir():
        raise RequestError(f"there is no folder {export.name!r}; expected a PACS export: check the path")
    inside = export.resolve()
    for name, folder in (("--out", out), ("the private folder", private)):
        if folder.resolve().is_relative_to(inside):
            raise RequestError(f"{name} {folder.name!r} lies inside the export; name a folder elsewhere")
    if private.resolve().is_relative_to(out.resolve()):
        raise RequestError(
            f"the private folder {private.name!r} lies inside --out, which is made to be shared; name another"
        )
    for name, folder in (("--out", out), ("the private folder", private)):
        if folder.exists() and not folder.is_dir():
            raise RequestError(f"{name} {folder.name!r} is a file; expected a folder")
    known = {TABLE, LEFT_OUT, "dataset.yaml", "films"}
    if out.is_dir() and not (private / "journal.jsonl").is_file() and any(p.name not in known for p in out.iterdir()):
        raise RequestError(f"--out {out.name!r} holds other files; name a new folder")
    private.mkdir(parents=True, exist_ok=True, mode=0o700)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, links not followed: a link may lead out of the export."""
    for root, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in names:
            path = Path(root) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _missing_from_indexes(export: Path, files: list[Path]) -> list[str]:
    """Paths that a DICOMDIR names and the export lacks; letter case is not counted, burnt discs differ in it."""
    here = {path.relative_to(export).as_posix().lower() for path in files}
    missing = []
    for path in files:
        if path.name.upper() != "DICOMDIR":
            continue
        try:
            named = files_named_by(path.read_bytes())
        except (LeftOut, OSError):
            continue
        for parts in named:
            inside = (path.parent.relative_to(export) / Path(*parts)).as_posix()
            if inside.lower() not in here and ".." not in parts:
                missing.append(inside)
    return sorted(set(missing))


def _look_at(path: Path, names: Pseudonyms, out: Path, seen: _Seen) -> dict[str, Any]:
    """A journal record of one file: its table row, or why it was left out."""
    try:
        return _take(path, names, out, seen)
    except LeftOut as reason:
        return {"row": None, "why": reason.why, "detail": reason.detail, "failed": reason.failed}


def _take(path: Path, names: Pseudonyms, out: Path, seen: _Seen) -> dict[str, Any]:
    data = _read(path)
    header = sort_header(data)
    try:
        film = read_radiograph(data)
    except RadiographError as error:
        said = str(error).replace("the uploaded file", "the file")
        raise LeftOut("cannot be read", said, failed=True) from None
    patient = names.name("patient", *header.patient)
    instance = names.name("instance", header.instance or film.info.pixel_sha256, digits=24)
    seen.check(instance, names.name("pixels", film.info.pixel_sha256, digits=24), patient)
    _check_picture(film, header)
    study = names.name("study", *header.patient, header.study, digits=8)
    place = f"films/patient{patient}/study{study}/view{instance[:8]}_frontal.png"
    _save(film.pixels, out / place)
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    row |= {
        "Path": place,
        "Sex": header.sex or "",
        "Age": "" if header.age is None else header.age,
        "Frontal/Lateral": "Frontal",
        "AP/PA": header.projection or "",
        "Text Lines": sum(mark.reads is None for mark in find_marks(film.pixels)),
    }
    pixels = names.name("pixels", film.info.pixel_sha256, digits=24)
    return {"row": row, "patient": patient, "instance": instance, "pixels": pixels}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            if not is_dicom(head):
                raise LeftOut("not DICOM", "" if head else "0 bytes")
            if path.stat().st_size > MAX_FILE_BYTES:
                raise LeftOut("cannot be read", f"larger than {MAX_FILE_BYTES >> 30} GiB", failed=True)
            return head + stream.read()
    except OSError as error:
        raise LeftOut("cannot be read", error.strerror or type(error).__name__, failed=True) from None


def _check_picture(film: Radiograph, header: FilmHeader) -> None:
    """Where the header leaves open whether it is a frontal chest film, the picture is asked."""
    if header.chest and header.projection is not None:
        return
    score = judge_chest_film(film.pixels)
    if not score.frontal or film.info.colour > HIGH_COLOUR:
        hint = f"; {score.would_be}, it would" if score.would_be is not None else ""
        raise LeftOut(
            "not a frontal chest film by its picture",
            f"score {score.logit:.1f}, a frontal film has {score.threshold:.1f} or more{hint}",
        )


def _save(pixels: np.ndarray, path: Path) -> None:
    """8-bit grey PNG, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(partial, format="PNG")
    partial.replace(path)


class _Journal:
    """One line per file looked at; a file is looked at again when its size or time has changed."""

    def __init__(self, path: Path, names: Pseudonyms):
        self._path, self._mark = path, names.mark
        self._known: dict[str, dict[str, Any]] = {}
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        if lines and json.loads(lines[0]).get("key") != self._mark:
            raise RequestError(
                f"the work in {path.parent.name!r} was begun with another key; give that key, or other folders"
            )
        for line in lines[1:]:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:  # the line a stopped run was writing
                continue
            self._known[record["source"]] = record
        self._fresh = not lines

    def __enter__(self) -> _Journal:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stream = os.fdopen(handle, "a", encoding="utf-8")
        self._stream.write(json.dumps({"key": self._mark}) + "\n" if self._fresh else "\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def known(self, source: str, path: Path, out: Path) -> dict[str, Any] | None:
        record = self._known.get(source)
        if record is None or record["stamp"] != _stamp(path):
            return None
        row = record["row"]
        return record if row is None or (out / row["Path"]).is_file() else None

    def add(self, source: str, path: Path, record: dict[str, Any]) -> None:
        self._stream.write(json.dumps({"source": source, "stamp": _stamp(path), **record}) + "\n")
        self._stream.flush()


def _stamp(path: Path) -> list[int]:
    about = path.stat()
    return [about.st_size, about.st_mtime_ns]


def _write(out: Path, private: Path, result: Ingested, sources: list[tuple[str, str, str]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    result.taken.sort(key=lambda row: row["Path"])
    _write_csv(out / LEFT_OUT, ("Source", "Why", "Detail"), [tuple(row.values()) for row in result.left_out])
    _write_csv(private / "sources.csv", ("Source", "File", "Path"), sources, mode=0o600)
    if result.taken:
        _write_csv(out / TABLE, COLUMNS, [tuple(row.values()) for row in result.taken])
        (out / "dataset.yaml").write_text(ABOUT, encoding="utf-8")


def _write_csv(path: Path, columns: tuple[str, ...], rows: list[tuple[Any, ...]], mode: int = 0o644) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(text.getvalue().encode("utf-8", "surrogateescape"))
    partial.replace(path)
