"""How good an explanation is: one function per score, from a case's record and, where it needs them, its true boxes.

Every score is None where it cannot be told (no truth, nothing said), never 0. The truth here is the case's, joined
after the text was written; "supported" by the tools is another score (`faithfulness`) than agreement with the truth.
Claims are read from the text by the checker's own reader (agents/text_claims.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..agents.lexicon import HEDGE, build_lexicon
from ..agents.records import CaseReport, Sentence
from ..agents.text_claims import Claim, named_findings, read_claims
from ..tools.compare_models import compare, with_parents
from ..tools.schemas import Comparison
from ..training.findings import CHEXPERT, FindingSet

TrueBoxes = Mapping[str, Sequence[tuple[float, float, float, float]]]
"""Finding -> x1, y1, x2, y2 in pixels of the original film."""

SUMMARY_BUDGET = 5


def truth_f1(report: CaseReport, findings: FindingSet = CHEXPERT) -> float | None:
    """F1 of the findings the summary says the fine-tuned model calls, against the truth's positives.

    F1 = 2 TP / (2 TP + FP + FN), range 0 to 1, over the judged findings whose truth is positive or negative (uncertain
    and blank ones are left out: a blank is never a false positive). What is named also names its parents. 1 where
    nothing is true and nothing is stated; None without a truth.
    """
    if report.truth is None:
        return None
    known = {
        f.name: report.truth.findings[f.name].value == "positive"
        for f in findings.each()
        if f.judged
        and f.name in report.truth.findings
        and report.truth.findings[f.name].value in ("positive", "negative")
    }
    if not known:
        return None
    stated = with_parents(stated_calls(report, findings), findings)
    true = with_parents((name for name, positive in known.items() if positive), findings)
    hits = sum(name in stated and name in true for name in known)
    false = sum(name in stated and name not in true for name in known)
    missed = sum(name not in stated and name in true for name in known)
    return 2 * hits / (2 * hits + false + missed) if hits + false + missed else 1.0


def stated_calls(report: CaseReport, findings: FindingSet = CHEXPERT) -> set[str]:
    """Findings the summary says the fine-tuned model calls."""
    out: set[str] = set()
    for sentence in report.explanation.sentences:
        for claim in _claims(sentence.text, findings):
            called = claim.kind == "call" or (claim.kind == "outcome" and claim.value in ("TP", "FP"))
            if called and not claim.negated and claim.quantity != "neither" and "finetuned" in claim.roles:
                out.update(name for name in claim.findings if name in findings)
    return out


def faithfulness(report: CaseReport) -> float | None:
    """Share of what was written that the tools' results carry: kept sentences / (kept + cut), range 0 to 1.

    Summary and sections count; None where nothing was written.
    """
    kept, cut = len(_every(report)), len(report.explanation.cut)
    return kept / (kept + cut) if kept + cut else None


def localisation(report: CaseReport, boxes: TrueBoxes | None) -> float | None:
    """Share of the findings named in the text that have true boxes, whose fine-tuned map peaks inside one of them.

    The pointing game (Zhang et al., IJCV 2018), range 0 to 1; None without such a finding.
    """
    if not boxes:
        return None
    named = {name for sentence in _every(report) for name in named_findings(sentence.text, build_lexicon(CHEXPERT))}
    hits = []
    for heatmap in report.heatmaps:
        if heatmap.role != "finetuned" or heatmap.finding not in named or not boxes.get(heatmap.finding):
            continue
        peak = heatmap.peak
        hits.append(
            peak is not None
            and any(x1 <= peak[0] <= x2 and y1 <= peak[1] <= y2 for x1, y1, x2, y2 in boxes[heatmap.finding])
        )
    return sum(hits) / len(hits) if hits else None


def difficulty(report: CaseReport) -> float | None:
    """1 where the inferred level is the true one, else 0; None where it was not inferred or there is no truth."""
    if report.difficulty.basis != "inferred" or report.true_difficulty is None:
        return None
    return float(report.difficulty.level == report.true_difficulty.level)


def verdict(report: CaseReport) -> float | None:
    """1 where the stated preference is the right one, else 0.

    Revealed: the verdict of the explanation against the one recomputed from scores and truth. Blind: the model called
    more plausible against the model with the better case F1 (none against NO CHANGE). None without a truth.
    """
    revealed = revealed_comparison(report)
    if revealed is None or revealed.verdict is None:
        return None
    if not report.blind:
        return float(report.explanation.verdict == revealed.verdict)
    better = {"IMPROVED": "finetuned", "WORSE": "baseline", "NO CHANGE": None}[revealed.verdict]
    return float(report.explanation.more_plausible == better)


def revealed_comparison(report: CaseReport, findings: FindingSet = CHEXPERT) -> Comparison | None:
    """The comparison as it would be with the truth shown; None without a truth."""
    if report.truth is None:
        return None
    first, second = report.predictions["baseline"], report.predictions["finetuned"]
    return compare(first, second, findings, report.truth.findings, finding=report.finding)


def relevance(report: CaseReport) -> float | None:
    """Share of the text's judgements of place that are right, range 0 to 1: "in usual places" (or relevant, plausible)
    where the tool says plausible, "outside" where it does not. None where the text judges no place."""
    fits = {
        (heatmap.role, heatmap.finding): heatmap.plausibility.plausible
        for heatmap in report.heatmaps
        if heatmap.plausibility is not None
    }
    right = []
    for sentence in _every(report):
        for claim in _claims(sentence.text, CHEXPERT):
            if claim.kind != "plausible" or claim.value not in ("inside", "outside"):
                continue
            says = (claim.value == "inside") ^ claim.negated ^ (claim.quantity == "neither")
            right += [
                fits[role, name] == says for role in claim.roles for name in claim.findings if (role, name) in fits
            ]
    return sum(right) / len(right) if right else None


def completeness(report: CaseReport) -> float:
    """Share of what a report must name that it names, range 0 to 1: each model, each finding a model calls (No Finding
    left out), and at least one limit."""
    texts = [sentence.text for sentence in _every(report)]
    whole = " ".join(texts).lower()
    required = [
        "baseline" in whole or "both models" in whole or "neither model" in whole,
        "fine-tuned" in whole or "finetuned" in whole or "both models" in whole or "neither model" in whole,
        bool(report.explanation.limits),
    ]
    named = {name for text in texts for name in named_findings(text, build_lexicon(CHEXPERT))}
    called = {name for p in report.predictions.values() for name in p.positives if name != "No Finding"}
    if report.finding is not None:
        called &= {report.finding}
    required += [name in named for name in sorted(called)]
    return sum(required) / len(required)


def hedging(report: CaseReport) -> float | None:
    """How well the caution of the words follows the probability: 1 - mean |h - u| over the calls stated, range 0 to 1.

    h is 1 where the sentence hedges (may, might, seems ...), else 0; u = 1 - |2p - 1| for the calibrated probability p.
    None where no call with a calibrated probability is stated.
    """
    distances = []
    for sentence in report.explanation.sentences:
        hedged = float(bool(HEDGE.search(sentence.text)))
        for claim in _claims(sentence.text, CHEXPERT):
            if claim.kind != "call" or claim.negated or claim.quantity == "neither":
                continue
            for role, prediction in report.predictions.items():
                scores = [prediction.findings.get(name) for name in claim.findings if role in claim.roles]
                distances += [abs(hedged - (1 - abs(2 * s.score - 1))) for s in scores if s and s.calibrated]
    return 1 - sum(distances) / len(distances) if distances else None


def form(report: CaseReport) -> float:
    """Mean of three, range 0 to 1: one to five summary sentences; sections below them; reading ease / 60, at most 1
    (Flesch, Journal of Applied Psychology 1948; 60 is plain English)."""
    sentences = report.explanation.sentences
    budget = float(1 <= len(sentences) <= SUMMARY_BUDGET)
    ease = reading_ease(" ".join(sentence.text for sentence in sentences))
    return (
        budget + float(bool(report.explanation.sections)) + (0.0 if ease is None else min(1.0, max(0.0, ease / 60)))
    ) / 3


def reading_ease(text: str) -> float | None:
    """Flesch reading ease: 206.835 - 1.015 words/sentences - 84.6 syllables/words; None for an empty text."""
    words = re.findall(r"[A-Za-z]+", text)
    if not words:
        return None
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", text)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)


def cost(report: CaseReport) -> float | None:
    """What the LLM cost, in the price table's currency; 0 offline, None where no price is set."""
    return 0.0 if report.llm is None else report.llm.cost


def latency(report: CaseReport) -> float:
    """Wall-clock seconds of the graph, heatmaps included."""
    return sum(step.seconds for step in report.trace)


METRICS: dict[str, Callable[[CaseReport], float | None]] = {
    "truth_f1": truth_f1,
    "faithfulness": faithfulness,
    "difficulty": difficulty,
    "verdict": verdict,
    "relevance": relevance,
    "completeness": completeness,
    "hedging": hedging,
    "form": form,
    "cost": cost,
    "latency": latency,
}
"""All that need nothing but the record."""


def score_case(report: CaseReport, boxes: TrueBoxes | None = None) -> dict[str, float | None]:
    """Every score of one explanation, by name."""
    scores = {name: metric(report) for name, metric in METRICS.items()}
    scores["localisation"] = localisation(report, boxes)
    return scores


def _every(report: CaseReport) -> list[Sentence]:
    explanation = report.explanation
    return [*explanation.sentences, *(s for section in explanation.sections for s in section.sentences)]


def _claims(text: str, findings: FindingSet) -> Iterable[Claim]:
    return read_claims(text, build_lexicon(findings))
