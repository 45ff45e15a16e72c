"""The lines of `cases.jsonl`, read anew at every pass: a run of any length needs no more memory for them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .records import CaseRow

CHUNK = 500
"""Rows that become a part of `cases.parquet` at once."""
AS_JSON = ("findings", "flags", "sentences", "baseline_negative", "finetuned_negative")
"""Columns that hold lists and maps."""
_TYPES = {
    "baseline_right": pa.bool_(),
    "finetuned_right": pa.bool_(),
    "supported": pa.int64(),
    "interpretation": pa.int64(),
    "cut": pa.int64(),
    "seconds": pa.float64(),
    "cost": pa.float64(),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in CaseRow.model_fields])


class KeptRows(Iterable[CaseRow]):
    """The cases that have a report, each once, in the order they came. May be gone through any number of times."""

    def __init__(self, file: Path):
        self.file = file

    def __iter__(self) -> Iterator[CaseRow]:
        seen: set[str] = set()
        for line in whole_lines(self.file):
            row = CaseRow.model_validate_json(line)
            if row.case_id not in seen:
                seen.add(row.case_id)
                yield row


def whole_lines(path: Path) -> Iterator[bytes]:
    """Lines of a file one by one; one cut short at its end is left out."""
    if path.is_file():
        with path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n") and line.strip())


def as_parquet(rows: Iterable[CaseRow]) -> bytes:
    """A Parquet table with a column per field; lists and maps as JSON text."""
    out, left = io.BytesIO(), iter(rows)
    with pq.ParquetWriter(out, SCHEMA) as writer:
        while part := list(islice(left, CHUNK)):
            writer.write_table(pa.Table.from_pylist([_record(row) for row in part], SCHEMA))
    return out.getvalue()


def _record(row: CaseRow) -> dict[str, Any]:
    record = row.model_dump(mode="json")
    return record | {name: json.dumps(record[name]) for name in AS_JSON}
