"""Tool `lookup_ground_truth`: what the case's table says, with its source. Refused to a blind explainer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from ..training.tables import CaseTable
from .schemas import GroundTruth, LookupGroundTruthInput, ToolError, TruthValue
from .workbench import Workbench

_VALUES: dict[float, Literal["positive", "negative", "uncertain"]] = {
    1.0: "positive",
    0.0: "negative",
    -1.0: "uncertain",
}


def lookup_ground_truth(bench: Workbench, request: LookupGroundTruthInput) -> GroundTruth:
    """The truth of the case, of all findings or of one. `ToolError` when blind or without a table."""
    if not bench.revealed:
        raise ToolError(
            "the truth of this case is hidden from the explainer (a blind run); use --revealed to show it"
        )
    if bench.truth is None:
        raise ToolError(
            f"there is no truth for {bench.case_id!r}: no label table was given; name one with --labels CSV"
        )
    if request.finding is None:
        return bench.truth
    finding = bench.finding(request.finding)
    value = bench.truth.findings.get(finding, TruthValue(value="blank"))
    return bench.truth.model_copy(update={"findings": {finding: value}})


def ground_truth(table: CaseTable, film: str | Path) -> GroundTruth:
    """The truth a table has for a case id or a film's path; `TableError` where the case is not in it."""
    row = table.find(film)
    findings = {}
    for name in table.findings.names:
        number = float(str(row[name]))
        findings[name] = TruthValue(value="blank" if math.isnan(number) else _VALUES[number])
    return GroundTruth(case_id=str(row["case_id"]), findings=findings, source=table.source, table=table.name)
