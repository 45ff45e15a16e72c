"""The index page of a batch run: a table of every case that sorts and filters, from disk, without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..reports.pages import render_page
from .records import CaseRow, FailureRow
from .rows import KeptRows

INDEX, THUMBNAIL = "index.html", "thumb.jpg"
GAP = 'id="rows">'
"""Of the template: what the rows go behind. No name can hold it, as its quotes would be escaped."""
THUMBNAIL_EDGE = 72
"""Of each of a thumbnail's three squares, pixels."""


def render_index(
    rows: KeptRows | Sequence[CaseRow], failures: Sequence[FailureRow], summary: dict[str, Any]
) -> Iterator[str]:
    """The page in pieces, so that ten thousand rows are never held at once; of them only those in sight are drawn."""
    names = sorted(
        {name for row in rows for name in (*row.findings, *row.baseline_negative, *row.finetuned_negative)}
    )
    page = render_page(
        "batch_index.html.jinja",
        script_name="batch_index.js.jinja",
        images="data: 'self' file:",
        summary=summary,
        findings=names,
        writers=sorted(summary["writer"]),
        blind=not summary["run"]["revealed"],
        judged=summary["right"]["judged"] > 0,
    )
    before, gap, behind = page.partition(GAP)
    number = {name: i for i, name in enumerate(names)}
    yield f'{before}{gap}{{"names":{_json(names)},"cases":['
    for i, row in enumerate(rows):
        yield ("," if i else "") + _json(_short(row, number))
    others = [{"id": f.case_id, "reason": f.reason} for f in failures]
    yield f'],"failures":{_json(others)}}}{behind}'


def _short(row: CaseRow, number: Mapping[str, int]) -> dict[str, Any]:
    """What the page needs of a case, under short names: there may be ten thousand."""
    findings = {
        name: [_sign(finding.baseline), _sign(finding.finetuned), finding.truth or "", finding.outcome]
        for name, finding in row.findings.items()
    }
    return {
        "id": row.case_id,
        "level": row.difficulty,
        "basis": row.basis,
        "true": row.true_difficulty or "",
        "relation": row.relation,
        "verdict": row.verdict or "",
        "findings": findings,
        "tn": [[number[name] for name in names] for names in (row.baseline_negative, row.finetuned_negative)],
        "right": [row.baseline_right, row.finetuned_right],
        "flags": row.flags,
        "writer": row.writer,
        "text": row.sentences,
        "marks": [row.supported, row.interpretation, row.cut],
        "seconds": round(row.seconds, 2),
        "cost": row.cost,
        "report": row.report,
    }


def _sign(side: str | None) -> str:
    return {"positive": "+", "negative": "-", None: ""}[side]


def _json(data: Any) -> str:
    """JSON for a script block of the page: nothing in it can end the block."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
