"""Scores of a folder of reports: each metric's mean with an interval over patients, and the cases behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..agents.batch_store import FAILURES, read_failures, read_rows
from ..agents.opening import safe_id
from ..agents.records import CaseReport
from ..training.errors import RequestError, TableError
from ..training.tables import case_id_of
from ..training.training_set import read_boxes
from .metrics import TrueBoxes, score_case
from .paired_statistics import cluster_interval


class MetricScore(BaseModel):
    """One metric over the cases that have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    """Mean; None where no case has it."""
    low: float | None
    """Of the 95 % interval over patients; None with fewer than two."""
    high: float | None
    n: int = Field(ge=0)


class ScoreReport(BaseModel):
    """`score.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: int
    patients: int
    failed: int
    """Cases of the run that have no report: in no score, but never forgotten."""
    blind: int
    """Cases whose writer did not see the truth; scores of revealed ones say little."""
    writers: dict[str, int]
    metrics: dict[str, MetricScore]


def score_folder(
    folder: Path, boxes: Mapping[str, TrueBoxes] | None = None
) -> tuple[ScoreReport, dict[str, dict[str, float | None]]]:
    """Score every `case.json` below a batch or demo folder: the totals, and each case's scores."""
    reports = read_reports(folder)
    patients = patients_of(folder, reports)
    each = {name: score_case(report, (boxes or {}).get(name)) for name, report in reports.items()}
    names = list(dict.fromkeys(metric for scores in each.values() for metric in scores))
    writers: dict[str, int] = {}
    for report in reports.values():
        writers[report.writer.name] = writers.get(report.writer.name, 0) + 1
    return (
        ScoreReport(
            cases=len(reports),
            patients=len(set(patients.values())),
            failed=len(read_failures(folder)) if (folder / FAILURES).is_file() else 0,
            blind=sum(report.blind for report in reports.values()),
            writers=writers,
            metrics={name: summarise({c: s[name] for c, s in each.items()}, patients) for name in names},
        ),
        each,
    )


def summarise(values: Mapping[str, float | None], patients: Mapping[str, str]) -> MetricScore:
    """The mean of the cases that have a value, with its interval."""
    known = {case: value for case, value in values.items() if value is not None}
    if not known:
        return MetricScore(value=None, low=None, high=None, n=0)
    numbers, groups = np.array(list(known.values())), [patients[case] for case in known]
    low, high = cluster_interval(numbers, groups) if len(set(groups)) > 1 else (None, None)
    return MetricScore(value=float(numbers.mean()), low=low, high=high, n=len(known))


def read_reports(folder: Path) -> dict[str, CaseReport]:
    """Case id -> record of every case below a folder; `RequestError` where there is none, or one cannot be read."""
    files = sorted(folder.glob("cases/*/case.json")) or sorted(folder.glob("*/case.json"))
    if not files:
        raise RequestError(f"{folder} holds no case.json; give the folder of `cxr-lens batch` or `cxr-lens demo`")
    reports = {}
    for file in files:
        try:
            report = CaseReport.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise RequestError(f"{file} is not a case's record: {error.errors()[0]['msg']}") from None
        reports[report.case_id] = report
    return reports


def patients_of(folder: Path, cases: Sequence[str] | Mapping[str, object]) -> dict[str, str]:
    """Case id -> patient, from the run's lines; a case that has none is its own patient."""
    known = {row.case_id: row.patient for row in read_rows(folder)}
    return {case: known.get(case) or case for case in cases}


def true_boxes(csv: Path) -> dict[str, TrueBoxes]:
    """Case id -> finding -> boxes in film pixels, from a box table (Path, Finding, x1, y1, x2, y2)."""
    if not csv.is_file():
        raise TableError(f"there is no box table {str(csv)!r}")
    boxes: dict[str, dict[str, list[tuple[float, float, float, float]]]] = {}
    for path, finding, corners in read_boxes(csv):
        boxes.setdefault(safe_id(case_id_of(path)), {}).setdefault(finding, []).append(corners)
    return dict(boxes)


def as_json(report: BaseModel, **more: object) -> str:
    return json.dumps(report.model_dump(mode="json") | more, indent=1, allow_nan=False) + "\n"
