"""Metrics of an explanation against the ground truth. Each takes a case and gives a value in [0, 1], or None where it
does not apply; 1 is best."""

from __future__ import annotations

import numpy as np

from ...agents.difficulty import true_difficulty
from ...tools.compare_models import CASE_RULE, compare, judge_case, select_judged, true_positives
from ...tools.schemas import BoxSet, Comparison
from ...training.findings import CHEXPERT, FindingSet
from .scored_case import ScoredCase, inside
from .text_reading import findings_of, read_explanation, stated_by_role, stated_calls


def truth_f1(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """F1 of the findings that the text says the fine-tuned model calls, against the truth.

    2 TP / (2 TP + FP + FN) over the findings the case is judged on (tools/compare_models.py: both models assess them,
    and their truth is 1 or 0; a child counts for its parent). Uncertain and blank truth counts neither for nor against.
    A film without a true positive: 1 where nothing is stated, else 0. None without a truth to judge on.
    Source: the case rule of compare_models; F1 of van Rijsbergen (1979).
    """
    if case.truth is None:
        return None
    report, finding = case.report, case.report.finding
    parents = finding is None
    baseline, finetuned = report.predictions["baseline"], report.predictions["finetuned"]
    shown = findings.names if finding is None else (finding,)
    if finding is None:
        considered = tuple(f.name for f in findings.each() if f.judged and f.name not in CASE_RULE.left_out)
    else:
        considered = (finding,)
    judged, _ = select_judged(
        shown, considered, findings, case.truth.findings, pair=(baseline, finetuned), parents=parents
    )
    if not judged:
        return None
    stated = [name for (role, name), yes in stated_calls(report, findings).items() if role == "finetuned" and yes]
    positives = true_positives(case.truth.findings, findings, parents=parents)
    judgement = judge_case(stated, positives, judged, findings, CASE_RULE, parents=parents)
    return float(judgement.right) if judgement.f1 is None else judgement.f1


def against_truth(case: ScoredCase, findings: FindingSet = CHEXPERT) -> Comparison | None:
    """The pair compared with the truth shown, whatever the explainer saw."""
    if case.truth is None:
        return None
    report = case.report
    return compare(
        report.predictions["baseline"],
        report.predictions["finetuned"],
        findings,
        case.truth.findings,
        finding=report.finding,
    )


def difficulty(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """1 where the inferred level is the true one, else 0. None where it was not inferred or nothing is judged."""
    comparison = against_truth(case, findings)
    if comparison is None or case.report.difficulty.basis != "inferred":
        return None
    level = true_difficulty(comparison)
    return None if level is None else float(level == case.report.difficulty.level)


def verdict(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """1 where the verdict, or in a blind text the stated preference, agrees with the truth, else 0.

    Blind: the model marked more plausible must be the better one by the truth's verdict (IMPROVED: fine-tuned, WORSE:
    baseline), and none may be marked where there is NO CHANGE. None without a verdict from the truth.
    """
    comparison = against_truth(case, findings)
    if comparison is None or comparison.verdict is None:
        return None
    explanation = case.report.explanation
    if not case.report.blind:
        if case.report.comparison.verdict is None:  # such as against a head that was never trained
            return None
        return float(explanation.verdict == comparison.verdict)
    better = {"IMPROVED": "finetuned", "WORSE": "baseline", "NO CHANGE": None}[comparison.verdict]
    return float(explanation.more_plausible == better)


def localisation(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Share of the findings with a true box, and with a place named in the text, whose named region holds the lesion.

    The named region: those of the fine-tuned model's boxes for the finding that lie in a zone or side the text names
    for it, or all of them where the text speaks of its boxes. A hit: the centre of a true box lies in such a box. None
    without true boxes, or where the text names no place for any of them.
    """
    if not case.boxes:
        return None
    known = {name: boxes for name, own in case.boxes.items() if (boxes := [b for b in own if np.isfinite(b).all()])}
    hits = [
        any(inside(((x1 + x2) / 2, (y1 + y2) / 2), region) for x1, y1, x2, y2 in true for region in named)
        for finding, true in known.items()
        if (named := _named_regions(case, finding, findings)) is not None
    ]
    return sum(hits) / len(hits) if hits else None


def _named_regions(
    case: ScoredCase, finding: str, findings: FindingSet
) -> list[tuple[float, float, float, float]] | None:
    """None where the text names no place of the fine-tuned model for the finding."""
    own: BoxSet | None = next((b for b in case.report.boxes if b.role == "finetuned" and b.finding == finding), None)
    places: set[str] = set()
    every = named = False
    for reading in read_explanation(case.report, findings):
        for claim in reading.claims:
            if claim.kind not in ("zone", "side", "boxes") or finding not in findings_of(claim, case.report):
                continue
            if claim.roles and not stated_by_role(claim).get("finetuned", False):
                continue
            named = True
            if claim.kind == "boxes":
                every = True
            else:
                places.add(str(claim.value))
    if not named:
        return None
    boxes = own.boxes if own is not None else ()
    return [(b.x1, b.y1, b.x2, b.y2) for b in boxes if every or places & {*b.zones, b.side}]
