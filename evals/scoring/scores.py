"""The scores of a set of explanations: every metric as a mean over cases with an interval over patients."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...training.findings import CHEXPERT, FindingSet
from ..ab.paired_statistics import FEW_PATIENTS, cluster_interval
from . import run_metrics, text_metrics, truth_metrics
from .records import CaseScore, MetricScore, ScoreReport
from .scored_case import ScoredCase


@dataclass(frozen=True)
class Metric:
    """How a case is scored."""

    name: str
    score: Callable[[ScoredCase, FindingSet], float | None]
    about: str
    higher_is_better: bool = True
    unit: str = ""
    """Empty for values in [0, 1]."""
    yes_no: bool = False
    """Every value is 0 or 1."""


METRICS: tuple[Metric, ...] = (
    Metric("truth_f1", truth_metrics.truth_f1, "findings stated, against the truth (F1)"),
    Metric("faithfulness", text_metrics.faithfulness, "statements the tools carry, of those asserted"),
    Metric("localisation", truth_metrics.localisation, "regions named that hold the true lesion"),
    Metric("difficulty", truth_metrics.difficulty, "inferred difficulty that is the true one", yes_no=True),
    Metric("verdict", truth_metrics.verdict, "verdict or preference that agrees with the truth", yes_no=True),
    Metric("relevance", text_metrics.relevance, "words on a map's place that its measure bears out"),
    Metric("completeness", text_metrics.completeness, "models, positive findings and limits told"),
    Metric("hedging", text_metrics.hedging, "calls hedged where the probability is unsure, and only there"),
    Metric("form", text_metrics.form, "sentence budget, sections, reading ease"),
    Metric("cost", run_metrics.cost, "of the LLM calls, per case", higher_is_better=False, unit="price units"),
    Metric("latency", run_metrics.latency, "per case", higher_is_better=False, unit="s"),
)


def score_case(case: ScoredCase, findings: FindingSet = CHEXPERT) -> dict[str, float | None]:
    """Every metric of one case, by name; None where it does not apply, or is no number."""
    return {metric.name: _known(metric.score(case, findings)) for metric in METRICS}


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def mean_scores(
    cases: Sequence[ScoredCase], names: Sequence[str], findings: FindingSet = CHEXPERT, *, replicates: int = 2000
) -> dict[str, MetricScore]:
    """Means of some metrics over some cases."""
    patients = [case.patient for case in cases]
    return {
        metric.name: _mean(metric, [_known(metric.score(case, findings)) for case in cases], patients, replicates)
        for metric in METRICS
        if metric.name in names
    }


def score_cases(
    cases: Sequence[ScoredCase], findings: FindingSet = CHEXPERT, *, replicates: int = 2000
) -> ScoreReport:
    """Every metric of every case, and their means."""
    each = [score_case(case, findings) for case in cases]
    patients = [case.patient for case in cases]
    return ScoreReport(
        cases=len(cases),
        patients=len(set(patients)),
        blind=sum(case.report.blind for case in cases),
        writers=tuple(sorted({case.report.writer.name for case in cases})),
        prompts=tuple(sorted({case.report.writer.prompt for case in cases})),
        truth_source=tuple(sorted({case.truth.source for case in cases if case.truth is not None})),
        approximate=len(set(patients)) < FEW_PATIENTS,
        metrics={
            metric.name: _mean(metric, [v[metric.name] for v in each], patients, replicates) for metric in METRICS
        },
        per_case=tuple(_case(case, values) for case, values in zip(cases, each, strict=True)),
    )


def _mean(metric: Metric, values: Sequence[float | None], patients: Sequence[str], replicates: int) -> MetricScore:
    known = [(value, patient) for value, patient in zip(values, patients, strict=True) if value is not None]
    low = high = None
    if len({patient for _, patient in known}) >= 2:
        numbers, units = np.array([value for value, _ in known]), [patient for _, patient in known]
        low, high = cluster_interval(numbers, units, replicates=replicates)
    if low is not None and high is not None:  # widening may leave the range a value can have
        low, high = max(0.0, low), high if metric.unit else min(1.0, high)
    return MetricScore(
        value=sum(v for v, _ in known) / len(known) if known else None,
        low=low,
        high=high,
        n=len(known),
        higher_is_better=metric.higher_is_better,
        unit=metric.unit,
        about=metric.about,
    )


def _case(case: ScoredCase, values: dict[str, float | None]) -> CaseScore:
    explanation = case.report.explanation
    every = [*explanation.sentences, *(s for section in explanation.sections for s in section.sentences)]
    supported = sum(sentence.mark == "supported" for sentence in every)
    return CaseScore(
        case_id=case.report.case_id,
        patient=case.patient,
        writer=case.report.writer.name,
        prompt=case.report.writer.prompt,
        metrics=values,
        supported=supported,
        interpretation=len(every) - supported,
        cut=len(explanation.cut),
    )
