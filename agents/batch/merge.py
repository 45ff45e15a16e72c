"""Puts the shards of a batch run together, after proving that nothing is missing and nothing is there twice."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from .cases import ids_sha256
from .records import CaseRow, FailureRow, RunRecord
from .store import ASKED, CASES, FAILURES, RECORDS, RUN, read_failures, read_rows, read_run, writing

SHARD = "shard-{}-of-{}"


def shard_folder(out: Path, index: int, count: int) -> Path:
    return out / SHARD.format(index, count)


def merge_shards(out: Path) -> tuple[RunRecord, list[CaseRow], list[FailureRow]]:
    """Merge `out/shard-i-of-n` into `out`; the run, its cases and its failures, in the order of the table.

    Proof: all n shards are there and are of one run; case k of the whole lies in shard k mod n; the ids put together
    again have the hash that every shard recorded before it began. `RequestError` says which shard lacks what.
    """
    folders = sorted(out.glob(SHARD.format("*", "*")))
    if not folders:
        raise RequestError(
            f"{out} holds no shards ({SHARD.format('i', 'n')}); run `cxr-lens batch --shard i/n` first"
        )
    runs = [read_run(folder) for folder in folders]
    whole = _same_run(folders, runs)
    count = runs[0].shard[1] if runs[0].shard else 0
    by_index = {run.shard[0]: folder for run, folder in zip(runs, folders, strict=True) if run.shard}
    missing = [i for i in range(1, count + 1) if i not in by_index]
    if missing:
        raise RequestError(f"{out}: {len(missing)} of {count} shards are missing, first {missing[0]}/{count}")
    rows: dict[str, CaseRow] = {}
    failures: dict[str, FailureRow] = {}
    ids: list[str | None] = [None] * whole.cases
    for index, folder in by_index.items():
        own_rows, own_failures = read_rows(folder), read_failures(folder)
        asked = (folder / ASKED).read_text("utf-8").split("\n")
        for name in {r.case_id for r in own_rows} | {f.case_id for f in own_failures}:
            if name in rows or name in failures:
                raise RequestError(f"{folder.name} holds the case {name!r} that another shard holds too")
        rows.update({row.case_id: row for row in own_rows})
        failures.update({f.case_id: f for f in own_failures if f.case_id not in rows})
        left = [name for name in asked if name not in rows and name not in failures]
        if left:
            raise RequestError(f"{folder.name} is not finished: {len(left)} cases left; go on with --resume")
        ids[index - 1 :: count] = asked
    order = [name for name in ids if name is not None]
    if len(order) != whole.cases or ids_sha256(order) != whole.cases_sha256:
        raise RequestError(f"the shards of {out} do not add up to the {whole.cases} cases of {whole.data}")
    with writing(out, lambda: "; make room, and merge again"):
        for folder in by_index.values():
            _copy_records(folder / RECORDS, out / RECORDS)
        _write(out, whole, [rows[n] for n in order if n in rows], [failures[n] for n in order if n in failures])
    return whole, [rows[n] for n in order if n in rows], [failures[n] for n in order if n in failures]


def _same_run(folders: list[Path], runs: list[RunRecord]) -> RunRecord:
    first = runs[0].model_copy(update={"shard": None})
    for folder, run in zip(folders, runs, strict=True):
        if run.shard is None or run.shard[1] != (runs[0].shard or (0, 0))[1]:
            raise RequestError(f"{folder.name} is a shard of another number than {folders[0].name}")
        if run.model_copy(update={"shard": None}) != first:
            raise RequestError(f"{folder.name} and {folders[0].name} are shards of different runs")
    return first


def _write(out: Path, run: RunRecord, rows: list[CaseRow], failures: list[FailureRow]) -> None:
    write_atomically(out / CASES, "".join(f"{row.model_dump_json()}\n" for row in rows))
    write_atomically(out / FAILURES, "".join(f"{failure.model_dump_json()}\n" for failure in failures))
    write_atomically(out / RUN, run.model_dump_json(indent=1) + "\n")


def _copy_records(source: Path, target: Path) -> None:
    """Copy a shard's case folders; the shard stays as it is, so that a merge can be done again."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
