"""What an explainer says of where maps lie: how often it calls a place usual, and how often of maps that are not there.

Cut sentences are read too: that the checker struck a false praise out is not the explainer's merit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...agents.explanation.reading.reader import read_sentence
from ...agents.explanation.reading.words.words import build_words
from ...agents.records import CaseReport
from ...training.findings import CHEXPERT, FindingSet
from .records import Praise
from .scored_case import ScoredCase
from .text_reading import findings_of, stated_by_role


def count_praise(cases: Iterable[ScoredCase], findings: FindingSet = CHEXPERT) -> Praise:
    """Over all statements of some cases, kept and cut."""
    told = [pair for case in cases for pair in place_statements(case.report, findings)]
    return Praise(
        statements=len(told),
        praising=sum(praise for praise, _ in told),
        misplaced=sum(not usual for _, usual in told),
        misplaced_praised=sum(praise and not usual for praise, usual in told),
    )


def place_statements(report: CaseReport, findings: FindingSet = CHEXPERT) -> list[tuple[bool, bool]]:
    """(says the map lies in usual places, it does) per statement, model and finding whose map has that measure."""
    words = build_words(findings)
    measured = {(h.role, h.finding): h.plausibility.plausible for h in report.heatmaps if h.plausibility}
    out = []
    for text in _texts(report):
        for claim in read_sentence(text, words).claims:
            if claim.kind != "plausible" or claim.value == "unknown":
                continue
            outside = claim.value in ("outside", "chance")
            for finding in findings_of(claim, report):
                for role, yes in stated_by_role(claim).items():
                    usual = next((v for (r, f), v in measured.items() if (r, f) == (role, finding)), None)
                    if usual is not None:
                        out.append((yes != outside, usual))
    return out


def _texts(report: CaseReport) -> Sequence[str]:
    explanation = report.explanation
    kept = [*explanation.sentences, *(s for section in explanation.sections for s in section.sentences)]
    return [*(sentence.text for sentence in kept), *(cut.text for cut in explanation.cut)]
