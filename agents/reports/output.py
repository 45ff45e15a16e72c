"""The files of one case: `case.json`, `report.html`, `panel.png`, all rendered before the first one is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...tools.panels.drawing import draw_panel
from ...tools.schemas import Outcome, Role
from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from ..records import CaseReport
from .report import ROLES, mapped_findings, render_report

if TYPE_CHECKING:
    from ...tools.workbench import Workbench

FILES = {"case": "case.json", "report": "report.html", "panel": "panel.png"}


def check_out(out: Path) -> None:
    """Refuse an output folder that cannot be one, before any work is done."""
    place = next(p for p in (out, *out.absolute().parents) if p.exists())
    if not place.is_dir():
        raise RequestError(f"--out {out}: {place} is a file; name a folder")


def render_case(report: CaseReport, bench: Workbench) -> tuple[CaseReport, dict[str, bytes | str]]:
    """The report with the names of its three files in `files`, and what is in them; case.json last."""
    report = report.model_copy(update={"files": dict(FILES)})
    return report, {
        FILES["panel"]: render_panel(report, bench),
        FILES["report"]: render_report(report, bench),
        FILES["case"]: report.model_dump_json(indent=1) + "\n",
    }


def write_case(report: CaseReport, bench: Workbench, out: Path) -> CaseReport:
    """Write the three files into `out` and return the report with their names in `files`.

    Raises `RequestError` where the folder cannot be written. Each file appears whole or not at all.
    """
    report, content = render_case(report, bench)
    try:
        for name, data in content.items():  # case.json last: where it is, the other two are
            write_atomically(out / name, data)
    except OSError as error:
        raise RequestError(f"cannot write to {out}: {error.strerror or error}") from None
    return report


def render_panel(report: CaseReport, bench: Workbench) -> bytes:
    """The side-by-side figure as PNG, for the finding the report is most about."""
    finding = panel_finding(report)
    compared = report.comparison.findings.get(finding)
    outcomes: dict[Role, Outcome | None] | None = None
    if compared is not None and not report.blind:
        outcomes = {"baseline": compared.baseline_outcome, "finetuned": compared.finetuned_outcome}
    return draw_panel(
        bench,
        finding,
        report.predictions,
        {b.role: b for b in report.boxes if b.finding == finding},
        outcomes,
        None if report.blind else report.truth,
    )


def panel_finding(report: CaseReport) -> str:
    """The run's finding, else the first with a heatmap, else the fine-tuned model's highest score over threshold."""
    if report.finding is not None:
        return report.finding
    shown = mapped_findings(report)
    if shown:
        return shown[0]
    scores = next(report.predictions[role].findings for role in reversed(ROLES) if report.predictions[role].findings)
    return max(scores, key=lambda name: scores[name].score - scores[name].threshold)
