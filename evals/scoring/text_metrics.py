"""Metrics of an explanation against the tools' results and as a text. Each takes a case and gives a value in [0, 1], or
None where it does not apply; 1 is best."""

from __future__ import annotations

import re

from ...agents.explanation.reading.words.lexicon import HEDGE
from ...training.findings import CHEXPERT, FindingSet
from .scored_case import ScoredCase
from .text_reading import findings_of, read_explanation, stated_by_role

MOST_SENTENCES = 5
MOST_WORDS = 45
"""Of one sentence."""
EASIEST_TO_HARDEST = 20.0
"""Flesch reading ease a text needs at least; 0 to 30 is "very difficult", as in a scientific paper."""
SURE = (0.2, 0.8)
"""A calibrated probability between these is not to be told without a hedge."""


def faithfulness(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Supported statements as a share of supported and cut ones: how much of what the writer asserted the tools carry,
    numbers, sides and places included (agents/explanation/checker.py). Interpretations assert nothing. None without
    either."""
    supported = sum(r.sentence.mark == "supported" for r in read_explanation(case.report, findings))
    cut = len(case.report.explanation.cut)
    return supported / (supported + cut) if supported + cut else None


def relevance(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Share of the text's statements on whether a map lies in a plausible place that are so by the map's own measure.

    Counted per model and finding named. None where the text says nothing of it, or no map has such a measure.
    """
    measured = {(h.role, h.finding): h.plausibility.plausible for h in case.report.heatmaps if h.plausibility}
    right = total = 0
    for reading in read_explanation(case.report, findings):
        for claim in reading.claims:
            if claim.kind != "plausible" or claim.value == "unknown":
                continue
            outside = claim.value in ("outside", "chance")
            for finding in findings_of(claim, case.report):
                for role, yes in stated_by_role(claim).items():
                    truth = next((v for (r, f), v in measured.items() if (r, f) == (role, finding)), None)
                    if truth is not None:
                        total += 1
                        right += (yes != outside) == truth
    return right / total if total else None


def completeness(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Share present of what an explanation owes: a word on each model, every finding that either calls (No Finding
    aside), and at least one limit."""
    readings = read_explanation(case.report, findings)
    roles = {role for r in readings for claim in r.claims for role in claim.roles}
    named = {name for r in readings for claim in r.claims for name in findings_of(claim, case.report)}
    called = {name for p in case.report.predictions.values() for name in p.positives if name != "No Finding"}
    if case.report.finding is not None:
        called &= {case.report.finding}
    owed = ["baseline" in roles, "finetuned" in roles, bool(case.report.explanation.limits)]
    owed += [name in named for name in sorted(called)]
    return sum(owed) / len(owed)


def hedging(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Share of the text's calls that are hedged where the calibrated probability is between 0.2 and 0.8, and told
    plainly where it is not. A word of doubt in the sentence is a hedge, and so is "close to the threshold". None where
    the text calls nothing that has a calibrated probability."""
    right = total = 0
    for reading in read_explanation(case.report, findings):
        hedged = bool(HEDGE.search(reading.sentence.text)) or any(c.kind == "close" for c in reading.claims)
        for claim in reading.claims:
            if claim.kind != "call":
                continue
            for finding in findings_of(claim, case.report):
                for role, prediction in case.report.predictions.items():
                    score = prediction.findings.get(finding)
                    if role in claim.roles and score is not None and score.calibrated:
                        total += 1
                        right += hedged == (SURE[0] < score.score < SURE[1])
    return right / total if total else None


def form(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Share of four checks passed: one to five sentences of summary, none over 45 words, at least one section, Flesch
    reading ease of 20 or more."""
    texts = [sentence.text for sentence in case.report.explanation.sentences]
    if not texts:
        return 0.0
    ease = reading_ease(" ".join(texts))
    checks = (
        len(texts) <= MOST_SENTENCES,
        all(len(text.split()) <= MOST_WORDS for text in texts),
        bool(case.report.explanation.sections),
        ease is not None and ease >= EASIEST_TO_HARDEST,
    )
    return sum(checks) / len(checks)


def reading_ease(text: str) -> float | None:
    """Flesch (1948): 206.835 - 1.015 words per sentence - 84.6 syllables per word; higher is easier, mostly 0 to 100.
    Syllables are counted as groups of vowels, a silent e left out. None without words."""
    words = re.findall(r"[A-Za-z]+(?:'[A-Za-z]+)*", text)
    if not words:
        return None
    sentences = max(1, len(re.findall(r"[.!?](?=\s|$)", text)))
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * sum(map(_syllables, words)) / len(words)


def _syllables(word: str) -> int:
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    silent = silent or (word.endswith("ed") and not word.endswith(("ted", "ded")))
    if silent and groups > 1:
        groups -= 1
    return max(1, groups)
