"""`score.html`: the means with their intervals, and every case's own values, worst faithfulness first."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from .scores import MetricScore, ScoreReport


def render_scores(report: ScoreReport) -> str:
    """One self-contained page."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html", "jinja"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["number"] = _number
    pages.filters["bar"] = _bar
    rows = sorted(report.per_case, key=lambda c: (_or_last(c.metrics["faithfulness"]), c.case_id))
    return pages.get_template("score.html.jinja").render(report=report, rows=rows)


def _or_last(value: float | None) -> float:
    return 2.0 if value is None else value


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _bar(score: MetricScore) -> dict[str, float] | None:
    """Where the interval's bar and the value's dot stand, in percent; None for values that have no range."""
    if score.unit or score.value is None:
        return None
    low = score.value if score.low is None else score.low
    high = score.value if score.high is None else score.high
    return {"left": 100 * low, "width": 100 * (high - low), "dot": 100 * score.value}
