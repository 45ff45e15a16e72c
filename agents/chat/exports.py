"""A case's report with its conversation as one file: HTML, JSON or PDF."""

from __future__ import annotations

import json

from ...training.errors import RequestError
from ..reports.report import render_report
from .desk import Desk
from .live_case import LiveCase
from .pdf import render_pdf

KINDS = {"html": "text/html; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}


def export_case(desk: Desk, live: LiveCase, kind: str) -> bytes:
    """The file's bytes. `RequestError` where there is no report yet, or the film a page needs is gone."""
    report = live.report
    if report is None:
        raise RequestError("this case has no report yet; let it be explained first")
    if kind == "json":
        document = {
            "report": report.model_dump(mode="json"),
            "conversation": [message.model_dump(mode="json") for message in live.messages],
        }
        return json.dumps(document, indent=1, ensure_ascii=False).encode()
    bench = desk.bench(live)
    summary = report.explanation.sentences  # stands in the report itself
    said = [m.model_copy(update={"sentences": ()}) if m.sentences == summary else m for m in live.messages]
    if kind == "html":
        return render_report(report, bench, said).encode()
    return render_pdf(report, bench, said)
