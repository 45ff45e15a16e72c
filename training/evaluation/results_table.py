"""Any number of evaluations as one table: baseline against fine-tuned, parameters trained, batch, epochs, time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..errors import RequestError, TableError

EVALUATION = "evaluation.json"


class ResultRow(BaseModel):
    """One model on one table. AUROCs of both models are means over the findings that both have an AUROC for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    model: str
    table: str
    images: int
    findings: int
    """How many findings the means are over."""
    baseline: str | None
    """The model it is compared with."""
    baseline_auroc: float | None
    auroc: float | None
    low: float | None
    """Interval of the model's mean over all its own findings that have an AUROC (`own_auroc`)."""
    high: float | None
    own_auroc: float | None
    own_findings: int
    difference: float | None
    difference_low: float | None
    """Paired interval; None unless the evaluation was made with --against."""
    difference_high: float | None
    trainable_parameters: int | None
    total_parameters: int | None
    batch: int | None
    epochs: int | None
    seconds: float | None
    device: str | None


def read_evaluations(places: Sequence[Path]) -> list[dict[str, Any]]:
    """The documents of `cxr-lens evaluate`: files, or folders that hold them at any depth."""
    files: list[Path] = []
    for place in places:
        found = [place] if place.is_file() else sorted(place.rglob(EVALUATION))
        if not found:
            raise RequestError(f"{place} holds no {EVALUATION}; make one with cxr-lens evaluate --out {place}")
        files += [file for file in found if file not in files]
    out = []
    for file in files:
        try:
            document = json.loads(file.read_text("utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError):
            document = None
        if not isinstance(document, dict) or not {"model", "table", "findings", "mean_auroc"} <= set(document):
            raise TableError(f"{file} is not a document of cxr-lens evaluate")
        out.append(document)
    return out


def result_rows(documents: Sequence[dict[str, Any]]) -> list[ResultRow]:
    """A row per model and table that is not only another's baseline, best difference to its baseline first.

    The baseline is the one given by --against, else the evaluation of `family/baseline` on the same table.
    """
    baselines = {(d.get("family"), d["table"]): d for d in documents if d["model"].endswith("/baseline")}
    rows = []
    compared: set[tuple[str, str]] = set()
    for document in documents:
        if document["model"].endswith("/baseline"):
            continue
        row = _row(document, baselines.get((document.get("family"), document["table"])))
        rows.append(row)
        if row.baseline is not None:
            compared.add((row.baseline, row.table))
    alone = [d for d in baselines.values() if (d["model"], d["table"]) not in compared]
    rows += [_row(document, None) for document in alone]
    return sorted(rows, key=lambda row: (row.table, row.family, row.model))


def _row(document: dict[str, Any], baseline: dict[str, Any] | None) -> ResultRow:
    against = document.get("against")
    own = {name: f["auroc"] for name, f in document["findings"].items() if f["auroc"] is not None}
    shared, theirs, other, difference = list(own), None, None, (None, None, None)
    if against is not None:
        other, theirs = against["model"], against["other_mean_auroc"]
        shared = list(against["over"])
        difference = (against["difference"], against["low"], against["high"])
    elif baseline is not None:
        other = baseline["model"]
        values = {name: f["auroc"] for name, f in baseline["findings"].items() if f["auroc"] is not None}
        shared = [name for name in own if name in values]
        theirs = _mean([values[name] for name in shared])
        mine = _mean([own[name] for name in shared])
        difference = (mine - theirs if mine is not None and theirs is not None else None, None, None)
    facts = document.get("training") or {}
    return ResultRow(
        family=str(document.get("family") or document["model"].partition("/")[0]),
        model=document["model"],
        table=document["table"],
        images=document["images"],
        findings=len(shared),
        baseline=other,
        baseline_auroc=theirs,
        auroc=_mean([own[name] for name in shared if name in own]),
        low=document.get("mean_low"),
        high=document.get("mean_high"),
        own_auroc=document["mean_auroc"],
        own_findings=len(own),
        difference=difference[0],
        difference_low=difference[1],
        difference_high=difference[2],
        trainable_parameters=facts.get("trainable_parameters"),
        total_parameters=facts.get("total_parameters"),
        batch=facts.get("batch"),
        epochs=facts.get("epochs"),
        seconds=facts.get("seconds"),
        device=facts.get("device"),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def as_markdown(rows: Sequence[ResultRow]) -> str:
    """A table to read; a dash where nothing is known."""
    head = (
        "model",
        "table (films)",
        "baseline AUROC",
        "AUROC",
        "difference (95 %)",
        "findings",
        "own mean (95 %)",
        "parameters trained",
        "of",
        "batch",
        "epochs",
        "time",
        "device",
    )
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = (
            row.model,
            f"{row.table} ({row.images:,})",
            _number(row.baseline_auroc),
            _number(row.auroc),
            _difference(row),
            str(row.findings),
            f"{_number(row.own_auroc)} ({_number(row.low)} to {_number(row.high)}) over {row.own_findings}",
            _count(row.trainable_parameters),
            _count(row.total_parameters),
            _count(row.batch),
            _count(row.epochs),
            _time(row.seconds),
            row.device or "–",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_csv(rows: Sequence[ResultRow]) -> str:
    """Every field as a column; empty where nothing is known."""
    text = io.StringIO()
    columns = list(ResultRow.model_fields)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value is None else value for key, value in row.model_dump().items()})
    return text.getvalue()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _difference(row: ResultRow) -> str:
    if row.difference is None:
        return "–"
    if row.difference_low is None or row.difference_high is None:
        return f"{row.difference:+.3f}"
    return f"{row.difference:+.3f} ({row.difference_low:+.3f} to {row.difference_high:+.3f})"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 120 else f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
