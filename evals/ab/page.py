"""The page of an A/B run: a forest plot of the metrics, then the cases, largest disagreements first."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...agents.records import CaseReport
from ...agents.reports.pages import render_page
from .run import AbReport, PairedCase, arm_id

MOST_CASES = 200
"""Cases shown; ab.json holds all."""
_WIDTH = 320
"""Of the forest plot's axis, pixels."""


def render_ab(report: AbReport, paired: Sequence[PairedCase]) -> str:
    """The page as text; film thumbnails are read from the run's folder beside it."""
    shown = sorted(paired, key=lambda case: -disagreement(case))[:MOST_CASES]
    return render_page(
        "ab.html.jinja",
        folder=Path(__file__).parent,
        images="data: 'self' file:",
        report=report,
        rows=[forest_row(name, report) for name in report.metrics],
        cases=[_case(case) for case in shown],
        total=len(paired),
    )


def disagreement(case: PairedCase) -> float:
    """Sum of the absolute differences over metrics that both arms have on the case, cost and latency left out."""
    names = [n for n in case.scores["a"] if n not in ("cost", "latency")]
    pairs = [(case.scores["a"][n], case.scores["b"].get(n)) for n in names]
    return sum(abs(b - a) for a, b in pairs if a is not None and b is not None)


def forest_row(name: str, report: AbReport) -> dict[str, Any]:
    """One metric's difference with its interval on an axis of -reach to reach; None where there is none."""
    metric = report.metrics[name]
    row: dict[str, Any] = {"name": name, "metric": metric, "low": None}
    if metric.low is not None and metric.high is not None and metric.difference is not None:
        reach = max(abs(metric.low), abs(metric.high), metric.mde or 0.0, 1e-9) * 1.05
        row |= {
            key: round(_WIDTH / 2 * (1 + value / reach), 1)
            for key, value in (("low", metric.low), ("high", metric.high), ("at", metric.difference))
        }
        if metric.mde:
            row |= {
                "mde_low": _WIDTH / 2 * (1 - metric.mde / reach),
                "mde_high": _WIDTH / 2 * (1 + metric.mde / reach),
            }
    return row


def marked_words(old: str, new: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts as runs of words, each with whether the other text lacks it."""
    first, second = old.split(), new.split()
    matcher = difflib.SequenceMatcher(a=first, b=second, autojunk=False)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if a2 > a1:
            left.append((" ".join(first[a1:a2]), kind != "equal"))
        if b2 > b1:
            right.append((" ".join(second[b1:b2]), kind != "equal"))
    return left, right


def _case(case: PairedCase) -> dict[str, Any]:
    texts = [_text(case.reports[arm][0]) for arm in ("a", "b")]
    left, right = marked_words(*texts)
    scores = [
        {"name": name, "a": case.scores["a"][name], "b": case.scores["b"].get(name)}
        for name in case.scores["a"]
        if case.scores["a"][name] is not None or case.scores["b"].get(name) is not None
    ]
    return {
        "id": case.case_id,
        "thumb": f"cases/{arm_id('a', 1, case.case_id)}/thumb.jpg",
        "a": left,
        "b": right,
        "cut": [[cut.text for cut in case.reports[arm][0].explanation.cut] for arm in ("a", "b")],
        "scores": scores,
        "disagreement": disagreement(case),
    }


def _text(report: CaseReport) -> str:
    return " ".join(sentence.text for sentence in report.explanation.sentences)
