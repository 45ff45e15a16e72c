"""The folder of a batch run: results are appended as they come, so that a run that is killed loses none.

    DIR/run.json             what this is a run of
    DIR/cases.jsonl          one line per case that has a report
    DIR/failures.jsonl       one line per case that has none, with the reason
    DIR/cases.parquet        cases.jsonl as a table, written anew now and then and at the end
    DIR/cases/ID/case.json   the whole record (report.html and panel.png where pages were asked for)

A case counts once its line is written whole; the record is written before the line. A line cut short by a crash is
dropped on the next start, and that case is done again. Where a line finds no room on the disk, what is there of it is
taken back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from pydantic import ValidationError

from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from .cases import BatchCases
from .records import CaseRow, FailureRow, RunRecord
from .rows import KeptRows, as_parquet, whole_lines

RUN, CASES, FAILURES, PARQUET, RECORDS = "run.json", "cases.jsonl", "failures.jsonl", "cases.parquet", "cases"
ASKED = "asked.txt"
"""Ids of the cases asked for, one a line."""


class StorageError(RequestError):
    """The run's folder cannot be written, such as on a full disk. What was kept is whole, and --resume goes on."""


@contextmanager
def writing(out: Path, told: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Turn what the system raises while the run's folder is written into `StorageError`; `told` says what is kept."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write to {out}: {error.strerror or error}{told()}") from None


class BatchStore:
    """Open one with `begin`; use as a context manager."""

    def __init__(self, out: Path, rows: Iterable[CaseRow] = (), failures: Iterable[FailureRow] = ()):
        self.out = out
        self.done: set[str] = set()
        """Ids of the cases that have a report."""
        self.cost = 0.0
        """Of their reports."""
        self.failures = list(failures)
        for row in rows:
            self._count(row)
        self._files: dict[str, FileIO] = {}

    @classmethod
    def begin(
        cls, out: Path, run: RunRecord, cases: BatchCases, *, resume: bool, retry_failed: bool = False
    ) -> BatchStore:
        """A new run's folder, or with `resume` the one that is there.

        `RequestError` where the folder holds another run, or a run though `resume` was not said.
        """
        known = out / RUN
        if known.is_file():
            if not resume:
                raise RequestError(f"{out} already holds a run; --resume goes on with it, or choose another --out")
            _check_same(out, read_run(out), run)
            rows, failures = KeptRows(out / CASES), read_failures(out)
            if retry_failed:
                failures = []
                with writing(out):
                    write_atomically(out / FAILURES, b"")
            return cls(out, rows, failures)
        with writing(out):
            write_atomically(out / ASKED, "\n".join(case.case_id for case in cases.cases))
            write_atomically(known, run.model_dump_json(indent=1) + "\n")
        return cls(out)

    @property
    def finished(self) -> set[str]:
        """Ids of the cases that need no more work."""
        return self.done | {failure.case_id for failure in self.failures}

    @property
    def rows(self) -> KeptRows:
        return KeptRows(self.out / CASES)

    def add(self, row: CaseRow) -> None:
        self._append(CASES, row.model_dump_json())
        self._count(row)

    def fail(self, failure: FailureRow) -> None:
        self._append(FAILURES, failure.model_dump_json())
        self.failures.append(failure)

    def write_parquet(self) -> None:
        write_parquet(self.out, self.rows)

    def _count(self, row: CaseRow) -> None:
        self.done.add(row.case_id)
        self.cost += row.cost or 0.0

    def __enter__(self) -> BatchStore:
        for unfinished in self.out.glob(".*.partial"):  # of a run that was killed
            unfinished.unlink(missing_ok=True)
        for name in (CASES, FAILURES):
            with writing(self.out):
                _drop_torn_line(self.out / name)
            self._files[name] = FileIO(self.out / name, "ab")
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}

    def _append(self, name: str, line: str) -> None:
        file, left = self._files[name], memoryview(line.encode() + b"\n")
        before = file.seek(0, os.SEEK_END)
        try:
            while left:
                left = left[file.write(left) :]  # a nearly full disk takes a part, and raises at the next
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def read_run(out: Path) -> RunRecord:
    try:
        return RunRecord.model_validate_json((out / RUN).read_bytes())
    except FileNotFoundError:
        raise RequestError(f"{out} holds no batch run: it has no {RUN}") from None
    except ValidationError as error:
        raise RequestError(f"{out / RUN} is not the record of a batch run: {error.errors()[0]['msg']}") from None


def read_rows(out: Path) -> list[CaseRow]:
    """The cases that have a report, each once, in the order they came."""
    return list(KeptRows(out / CASES))


def read_failures(out: Path) -> list[FailureRow]:
    failures = [FailureRow.model_validate_json(line) for line in whole_lines(out / FAILURES)]
    return list({failure.case_id: failure for failure in failures}.values())


def write_parquet(out: Path, rows: Iterable[CaseRow]) -> None:
    write_atomically(out / PARQUET, as_parquet(rows))


def _drop_torn_line(path: Path) -> None:
    if path.is_file():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            write_atomically(path, whole)


def _check_same(out: Path, before: RunRecord, now: RunRecord) -> None:
    for name in RunRecord.model_fields:
        if name == "software":
            continue
        old, new = getattr(before, name), getattr(now, name)
        if old != new:
            raise RequestError(
                f"{out} holds a run with another {name} ({old!r}, now {new!r}); use the same, or another --out"
            )
