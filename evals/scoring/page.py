"""`score.html`: the means with their intervals, the controls, and every case's own values, worst faithfulness first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...agents.reports.pages import render_page
from .records import Control, MetricScore, ScoreReport

_WIDTH = 220
"""Of an interval's bar, pixels."""


def render_scores(report: ScoreReport) -> str:
    """One self-contained page."""
    rows = sorted(report.per_case, key=lambda c: (_or_last(c.metrics["faithfulness"]), c.case_id))
    return render_page(
        "score.html.jinja",
        folder=Path(__file__).parent,
        report=report,
        bars={name: _bar(own) for name, own in report.metrics.items()},
        controls=_controls(report),
        rows=rows,
        width=_WIDTH,
    )


def _controls(report: ScoreReport) -> list[tuple[str, Control | None, str]]:
    """(name, control, why it did not run)."""
    if report.controls is None:
        return []
    own = report.controls
    named: list[tuple[str, Any]] = [("Narrator", own.narrator), ("Placebo", own.placebo)]
    return [(name, control, own.not_run.get(name.lower(), "")) for name, control in named]


def _or_last(value: float | None) -> float:
    return 2.0 if value is None else value


def _bar(score: MetricScore) -> dict[str, float] | None:
    """Where the interval's ends and the value stand, in pixels; None for values that have no range."""
    if score.unit or score.value is None:
        return None
    low = score.value if score.low is None else score.low
    high = score.value if score.high is None else score.high
    return {"low": _WIDTH * low, "high": _WIDTH * high, "at": _WIDTH * score.value}
