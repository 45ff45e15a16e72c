"""Tool `compare_models`: the pair side by side, and with the truth shown, which one is right.

Judging a case. Judged are the findings that count (`Finding.judged`, not in `CaseRule.left_out`), that BOTH models
assess, and whose truth is positive or negative. What a model calls, and what the truth names, also names every
parent: a called Pneumonia makes Consolidation and Lung Opacity called, a true one makes them true, whatever their own
cells say.
With true positives among the judged findings a model is right when its F1 over them is at least the rule's; without,
when it calls none of them. `judge_case` is that rule, a pure function.

Verdict of a case. With true positives: IMPROVED where the fine-tuned model's F1 is higher, WORSE where it is lower,
else NO CHANGE. Without: IMPROVED where it has fewer false positives, WORSE where more, else NO CHANGE.
Verdict of one finding. Both models' own calls of that finding alone are judged (no parents): IMPROVED where only the
fine-tuned model is right, WORSE where only the baseline is; where both or neither are, a score at least 0.05 closer
to the truth decides, else NO CHANGE. There is never a verdict against a head that was never trained.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ..training.findings import FindingSet
from .predict import predict
from .schemas import (
    CaseRule,
    CompareModelsInput,
    Comparison,
    FindingComparison,
    FindingScore,
    Judgement,
    Outcome,
    PredictInput,
    Prediction,
    ToolError,
    TruthValue,
    Verdict,
)
from .workbench import Workbench

SCORE_STEP = 0.05
"""A smaller difference between two scores decides nothing."""

CASE_RULE = CaseRule()


def compare_models(bench: Workbench, request: CompareModelsInput) -> Comparison:
    """Compare the pair on all findings, or on one. Truth, outcomes, judgements and verdict only when revealed."""
    baseline = predict(bench, PredictInput(model="baseline"))
    finetuned = predict(bench, PredictInput(model="finetuned"))
    finding = None if request.finding is None else bench.finding(request.finding)
    if finding is not None:
        for prediction in (baseline, finetuned):
            if finding in prediction.not_assessed:
                raise ToolError(
                    f"{finding} cannot be compared: {prediction.not_assessed[finding]}; both models assess "
                    f"{', '.join(both_assess(baseline, finetuned)) or 'no finding in common'}"
                )
    truth = bench.truth.findings if bench.revealed and bench.truth is not None else None
    return compare(
        baseline,
        finetuned,
        bench.findings,
        truth,
        finding=finding,
        untrained=tuple(m.name for m in (bench.baseline, bench.finetuned) if not m.config.trained_head),
        why_no_truth="no verdict: the truth is hidden" if not bench.revealed else "no verdict: the case has no truth",
    )


def compare(
    baseline: Prediction,
    finetuned: Prediction,
    findings: FindingSet,
    truth: Mapping[str, TruthValue] | None,
    *,
    finding: str | None = None,
    rule: CaseRule = CASE_RULE,
    untrained: tuple[str, ...] = (),
    why_no_truth: str = "no verdict: the truth is hidden",
) -> Comparison:
    """`compare_models` on two predictions; `untrained` names models whose head was never trained."""
    shown = findings.names if finding is None else (finding,)
    rows = {name: _row(name, baseline, finetuned, truth) for name in shown}
    if finding is None:
        considered = tuple(f.name for f in findings.each() if f.judged and f.name not in rule.left_out)
    else:
        considered = (finding,)
    differing = tuple(name for name in considered if rows[name].agree is False)
    judged: tuple[str, ...] = ()
    not_judged: dict[str, str] = {}
    judgements: tuple[Judgement | None, Judgement | None] = (None, None)
    verdict, reason = None, why_no_truth
    if truth is not None:
        parents = finding is None
        judged, not_judged = select_judged(
            shown, considered, findings, truth, pair=(baseline, finetuned), parents=parents
        )
        reason = "no verdict: no finding that both models assess has a known truth"
        if judged:
            positives = true_positives(truth, findings, parents=parents)
            judgements = (
                judge_case(baseline.positives, positives, judged, findings, rule, parents=parents),
                judge_case(finetuned.positives, positives, judged, findings, rule, parents=parents),
            )
            if untrained:
                reason = f"no verdict: the head of {' and '.join(untrained)} was never trained"
            elif finding is None:
                verdict, reason = case_verdict(*judgements)
            else:
                verdict, reason = finding_verdict(rows[finding])
    return Comparison(
        baseline=baseline.model,
        finetuned=finetuned.model,
        finding=finding,
        revealed=truth is not None,
        findings=rows,
        relation="DIFFER" if differing else "AGREE",
        differing=differing,
        rule=rule,
        judged=judged,
        not_judged=not_judged,
        baseline_judgement=judgements[0],
        finetuned_judgement=judgements[1],
        verdict=verdict,
        verdict_reason=reason,
    )


def both_assess(baseline: Prediction, finetuned: Prediction) -> tuple[str, ...]:
    return tuple(name for name in baseline.findings if name in finetuned.findings)


def with_parents(names: Iterable[str], findings: FindingSet) -> set[str]:
    """The findings named, with all their parents."""
    names = set(names)
    return names | {parent for name in names for parent in findings.ancestors(name)}


def true_positives(truth: Mapping[str, TruthValue], findings: FindingSet, *, parents: bool = True) -> set[str]:
    """Findings the truth names, with their parents where `parents` is set."""
    named = {name for name, value in truth.items() if value.value == "positive"}
    return with_parents((n for n in named if n in findings), findings) if parents else named


def select_judged(
    shown: Iterable[str],
    considered: Collection[str],
    findings: FindingSet,
    truth: Mapping[str, TruthValue],
    *,
    pair: tuple[Prediction, Prediction],
    parents: bool = True,
) -> tuple[tuple[str, ...], dict[str, str]]:
    """(findings that are judged, finding -> why it is not)."""
    positives = true_positives(truth, findings, parents=parents)
    judged: list[str] = []
    not_judged: dict[str, str] = {}
    for name in shown:
        value = truth[name].value if name in truth else "blank"
        missing = [p.model for p in pair if name not in p.findings]
        if name not in considered:
            not_judged[name] = "left out by the rule"
        elif missing:
            not_judged[name] = f"not assessed by {' and '.join(missing)}"
        elif name in positives or value in ("positive", "negative"):
            judged.append(name)
        else:
            not_judged[name] = "the truth is uncertain" if value == "uncertain" else "the truth does not mention it"
    return tuple(judged), not_judged


def judge_case(
    called: Iterable[str],
    positives: Collection[str],
    judged: Collection[str],
    findings: FindingSet,
    rule: CaseRule = CASE_RULE,
    *,
    parents: bool = True,
) -> Judgement:
    """One model on one case: `called` are the findings above threshold, `positives` those true (parents included)."""
    named = with_parents((n for n in called if n in findings), findings) if parents else set(called)
    hits = tuple(n for n in judged if n in named and n in positives)
    false = tuple(n for n in judged if n in named and n not in positives)
    missed = tuple(n for n in judged if n not in named and n in positives)
    f1 = 2 * len(hits) / (2 * len(hits) + len(false) + len(missed)) if hits or missed else None
    return Judgement(
        right=not false if f1 is None else f1 >= rule.minimum_f1,
        f1=f1,
        true_positive=hits,
        false_positive=false,
        false_negative=missed,
    )


def case_verdict(baseline: Judgement, finetuned: Judgement) -> tuple[Verdict, str]:
    """Verdict on a case and its reason; see the module's docstring."""
    if baseline.f1 is not None and finetuned.f1 is not None:
        difference = finetuned.f1 - baseline.f1
        text = f"case F1 {baseline.f1:.2f} -> {finetuned.f1:.2f}"
    else:
        before, after = len(baseline.false_positive), len(finetuned.false_positive)
        difference = before - after
        text = f"no judged finding is present; false positives {before} -> {after}"
    return _sign(difference, 1e-9), text


def finding_verdict(row: FindingComparison) -> tuple[Verdict, str]:
    """Verdict on one finding and its reason; see the module's docstring. Truth must be positive or negative."""
    if row.truth is None or row.baseline_outcome is None or row.finetuned_outcome is None:
        raise ValueError(f"{row.finding} has no outcomes to judge")
    before, after = row.baseline_outcome in ("TP", "TN"), row.finetuned_outcome in ("TP", "TN")
    text = f"{row.baseline_outcome} -> {row.finetuned_outcome}"
    if before != after:
        return ("IMPROVED" if after else "WORSE"), text
    towards_truth = (row.difference or 0.0) * (1 if row.truth.value == "positive" else -1)
    moved = f"score {row.baseline_score:.2f} -> {row.finetuned_score:.2f}"
    return _sign(towards_truth, SCORE_STEP - 1e-9), f"{text}, {moved}"


def outcome(score: FindingScore | None, truth: TruthValue | None) -> Outcome | None:
    """Of one model's own call of one finding; None where it was not assessed or the truth is not known."""
    if score is None or truth is None or truth.value in ("uncertain", "blank"):
        return None
    if truth.value == "positive":
        return "TP" if score.positive else "FN"
    return "FP" if score.positive else "TN"


def _row(
    name: str, baseline: Prediction, finetuned: Prediction, truth: Mapping[str, TruthValue] | None
) -> FindingComparison:
    a, b = baseline.findings.get(name), finetuned.findings.get(name)
    value = None if truth is None else truth.get(name, TruthValue(value="blank"))
    return FindingComparison(
        finding=name,
        baseline_score=a.score if a else None,
        finetuned_score=b.score if b else None,
        difference=b.score - a.score if a and b else None,
        baseline_positive=a.positive if a else None,
        finetuned_positive=b.positive if b else None,
        agree=a.positive == b.positive if a and b else None,
        truth=value,
        baseline_outcome=outcome(a, value),
        finetuned_outcome=outcome(b, value),
    )


def _sign(difference: float, step: float) -> Verdict:
    if difference >= step:
        return "IMPROVED"
    return "WORSE" if difference <= -step else "NO CHANGE"
