"""The cases of a batch run: rows of a label table, or the films of a folder; each with an id that is a folder name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...tools.workbench import Workbench
from ...training.errors import RequestError
from ...training.findings import CHEXPERT, FindingSet
from ...training.models.classifier import Classifier
from ...training.tables import CaseTable, read_table
from ..opening import open_case, safe_id

FILM_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom", ""})


@dataclass(frozen=True)
class BatchCase:
    """One case before it is opened."""

    case_id: str
    """Unique in the run and a plain folder name."""
    source: str
    """The table's own case id, or the film's path."""
    patient: str | None = None
    """From the table: what statistics are grouped by."""


@dataclass(frozen=True)
class BatchCases:
    """What a run is asked to explain, in order."""

    cases: tuple[BatchCase, ...]
    table: CaseTable | None = field(default=None, repr=False)
    revealed: bool = False

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def findings(self) -> FindingSet:
        """Those of the table; a folder of films has CheXpert's."""
        return CHEXPERT if self.table is None else self.table.findings

    def sha256(self) -> str:
        """Of the ids in order: two runs over the same cases have the same."""
        return ids_sha256([case.case_id for case in self.cases])

    def shard(self, index: int, count: int) -> BatchCases:
        """Every `count`-th case, from the `index`-th on; index runs from 1."""
        if not 1 <= index <= count:
            raise RequestError(f"shard {index}/{count} does not exist; expected 1/{count} to {count}/{count}")
        return BatchCases(self.cases[index - 1 :: count], self.table, self.revealed)

    def open(self, case: BatchCase, pair: tuple[Classifier, Classifier]) -> Workbench:
        """The case on the bench; `RequestError` where its film cannot be read."""
        if self.table is None:
            bench = open_case(Path(case.source), *pair)
        else:
            bench = open_case(Path(case.source), *pair, labels=self.table, revealed=self.revealed)
        bench.case_id = case.case_id
        return bench


def ids_sha256(ids: Sequence[str]) -> str:
    """Of case ids, one a line, in their order."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


def list_cases(
    data: Path | str, *, images: Path | None = None, revealed: bool = False, findings: FindingSet = CHEXPERT
) -> BatchCases:
    """The cases of a CheXpert-format table, or of every film below a folder (sorted by path).

    A folder has no truth: `revealed` needs a table. Files that are plainly something else (by their ending) are left
    out; what looks like a film but cannot be read fails later, as a case.
    """
    folder = Path(data)
    if folder.is_dir():
        if revealed:
            raise RequestError(f"--revealed needs the truth: give a label table, not the folder {str(data)!r}")
        films = sorted(p for p in folder.rglob("*") if p.is_file() and _looks_like_film(p))
        if not films:
            raise RequestError(f"{str(data)!r} holds no film (PNG, JPEG, TIFF or DICOM)")
        names = [safe_id("-".join(p.relative_to(folder).with_suffix("").parts)) for p in films]
        return BatchCases(tuple(map(BatchCase, _unique(names), map(str, films))))
    table = read_table(data, images, findings)
    rows = table.rows()
    ids = [str(row["case_id"]) for row in rows]
    twice = sorted({name for name in ids if ids.count(name) > 1})[:1] if len(set(ids)) < len(ids) else []
    if twice:
        raise RequestError(f"{table.name} holds the case {twice[0]!r} more than once; a case is one film")
    patients = [str(row["patient"]) for row in rows]
    return BatchCases(tuple(map(BatchCase, _unique([safe_id(i) for i in ids]), ids, patients)), table, revealed)


def _looks_like_film(path: Path) -> bool:
    return path.suffix.lower() in FILM_SUFFIXES and not path.name.startswith(".") and path.name != "DICOMDIR"


def _unique(names: Sequence[str]) -> list[str]:
    """The names, a number added where one has come before."""
    seen: dict[str, int] = {}
    taken = set(names)
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique = name
        while seen[name] > 1 and unique in taken:
            unique = f"{name}-{seen[name]}"
            seen[name] += unique in taken
        taken.add(unique)
        out.append(unique)
    return out
