"""A case to be scored: its record, its truth, the true boxes, and what its writing cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from ...agents.records import CaseReport
from ...tools.lookup_ground_truth import ground_truth
from ...tools.schemas import GroundTruth
from ...training.errors import RequestError, TableError
from ...training.films.training_set import read_boxes
from ...training.findings import CHEXPERT, FindingSet
from ...training.tables import CaseTable, case_id_of

CONTROLS = "controls"
"""Folder of the control arms inside a run's; they are no part of it."""

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class ScoredCase:
    """What the metrics see of one case."""

    report: CaseReport
    patient: str
    """The unit of resampling."""
    truth: GroundTruth | None = None
    boxes: Mapping[str, tuple[Corners, ...]] | None = field(default=None)
    """Finding -> true boxes, x1, y1, x2, y2 in pixels of the original film; None where no box table was given."""
    cost: float | None = None
    """In the price table's currency."""


def load_cases(
    folder: Path, table: CaseTable | None = None, boxes: Path | None = None, findings: FindingSet = CHEXPERT
) -> list[ScoredCase]:
    """Every `case.json` under a folder, in the order of case ids; a batch's `cases.jsonl` adds patients and costs.

    The truth is the table's where one is given, else the record's own. `RequestError` names what cannot be read.
    """
    files = [file for file in sorted(folder.rglob("case.json")) if _own(file, folder)]
    if not files:
        raise RequestError(f"{folder} holds no case.json; make some with cxr-lens batch, explain or demo")
    lines = _batch_lines(folder)
    where = boxes_by_case(boxes, findings) if boxes is not None else None
    out = []
    for file in files:
        try:
            report = CaseReport.model_validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise RequestError(f"{file} is not a case's record: {place}: {first['msg']}") from None
        line = lines.get(report.case_id, {})
        out.append(
            ScoredCase(
                report=report,
                patient=str(line.get("patient") or _patient(report.case_id)),
                truth=_truth(report, table),
                boxes=None if where is None else where.get(report.case_id, {}),
                cost=_number(line.get("cost")),
            )
        )
    return sorted(out, key=lambda case: case.report.case_id)


def load_failures(folder: Path) -> dict[str, str]:
    """Cases of a batch that have no explanation, and why; without those that a later try explained."""
    failed: dict[str, str] = {}
    for path in sorted(folder.rglob("failures.jsonl")):
        if _own(path, folder):
            failed |= {str(line["case_id"]): str(line.get("reason", "unknown")) for line in _lines(path)}
    done = _batch_lines(folder)
    return {case: reason for case, reason in failed.items() if case not in done}


def _own(file: Path, folder: Path) -> bool:
    return CONTROLS not in file.relative_to(folder).parts


def _truth(report: CaseReport, table: CaseTable | None) -> GroundTruth | None:
    if table is None:
        return report.truth
    try:
        return ground_truth(table, report.case_id)
    except TableError:
        return report.truth


def _patient(case_id: str) -> str:
    first = case_id.partition("_")[0]
    return first if first.startswith("patient") else case_id


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _batch_lines(folder: Path) -> dict[str, dict[str, object]]:
    out: dict[str, dict[str, object]] = {}
    for path in sorted(folder.rglob("cases.jsonl")):
        if not _own(path, folder):
            continue
        out |= {str(line["case_id"]): line for line in _lines(path)}
    return out


def _lines(path: Path) -> list[dict[str, object]]:
    """The lines of a batch's file that name a case."""
    out = []
    for text in path.read_text("utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:  # cut short by a crash: the batch does that case again
            continue
        if isinstance(line, dict) and "case_id" in line:
            out.append(line)
    return out


def boxes_by_case(csv: Path, findings: FindingSet = CHEXPERT) -> dict[str, dict[str, tuple[Corners, ...]]]:
    if not csv.is_file():
        raise TableError(f"there is no box table {str(csv)!r}")
    out: dict[str, dict[str, list[Corners]]] = {}
    for path, finding, corners in read_boxes(csv, findings):
        out.setdefault(case_id_of(path), {}).setdefault(finding, []).append(corners)
    return {case: {name: tuple(own) for name, own in found.items()} for case, found in out.items()}


def inside(point: Sequence[float], box: Sequence[float]) -> bool:
    """Whether x, y lies in x1, y1, x2, y2."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
