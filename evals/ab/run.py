"""A/B runs: two writers explain the same cases, and statistics say which explains better, or that it is not known.

Both arms are one batch run (agents/batch/run.py), so that resume, the cost limit and concurrency hold for them too:
every case stands in it once per arm and repeat, in a seeded random order, with fresh state each time. Where the arms
differ in prompt or LLM, models and evidence are the same in both; this is checked, case by case, before anything is
compared. Where they differ in the pair of models, the evidence is what is compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...agents.batch.cases import BatchCase, BatchCases
from ...agents.batch.job import BatchJob, Engine, Explained
from ...agents.batch.run import explain_cases
from ...agents.records import CaseReport
from ...training.errors import RequestError
from ...training.models.classifier import Classifier
from ..scoring.records import JudgedPairs
from ..scoring.scores import METRICS
from .paired_statistics import PairedResult, Verdict, compare_paired, holm, mcnemar, verdict

Arm = Literal["a", "b"]
ARMS: tuple[Arm, Arm] = ("a", "b")

LOWER_IS_BETTER = frozenset(metric.name for metric in METRICS if not metric.higher_is_better)
YES_NO = frozenset(metric.name for metric in METRICS if metric.yes_no)

SAME_SCORE = 1e-4
"""Scores of the same film by the same model differ by less, whatever batch it was in."""

Scores = Mapping[str, float | None]
ScoreCase = Callable[[str, CaseReport], Scores]
"""(id of the undoubled case, record) -> scores."""


class MetricComparison(BaseModel):
    """One metric, arm b against arm a."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: float | None
    b: float | None
    difference: float | None
    """b - a."""
    low: float | None
    high: float | None
    p: float | None = Field(ge=0, le=1)
    """Holm-adjusted over the metrics that have one."""
    p_raw: float | None = Field(ge=0, le=1)
    mcnemar: float | None = Field(default=None, ge=0, le=1)
    """Of a yes/no metric: McNemar's exact p over one case per patient, the first that both arms have a value for."""
    mde: float | None
    pairs: int
    patients: int
    approximate: bool
    higher_is_better: bool
    verdict: Verdict
    """About b."""


class AbReport(BaseModel):
    """`ab.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: str
    """`NAME@VERSION`, or whatever sets the arms apart."""
    b: str
    cases: int
    patients: int
    repeats: int
    failed: dict[str, str] = {}
    """Cases left out because an arm has no report, and why."""
    metrics: dict[str, MetricComparison]
    mde: dict[str, float | None]
    """The smallest true difference each metric would have shown with 80 % power."""
    judge: JudgedPairs | None = None
    """What an LLM prefers, where one was asked."""

    @property
    def regressions(self) -> tuple[str, ...]:
        return tuple(name for name, m in self.metrics.items() if m.verdict == "worse")


@dataclass(frozen=True)
class PairedCase:
    """One case in both arms, one report per repeat."""

    case_id: str
    patient: str
    reports: Mapping[Arm, Sequence[CaseReport]]
    scores: Mapping[Arm, Scores]
    """Means over the repeats."""


def arm_id(arm: Arm, repeat: int, case_id: str) -> str:
    return f"{arm}.{repeat}.{case_id}"


def arm_of(case_id: str) -> tuple[Arm, int]:
    """The arm and repeat (from 1) a doubled case belongs to."""
    arm, repeat, _ = case_id.split(".", 2)
    return ("a" if arm == "a" else "b"), int(repeat)


def double_cases(cases: BatchCases, repeats: int, seed: int) -> BatchCases:
    """Every case once per arm and repeat, in a random order."""
    doubled = [
        BatchCase(arm_id(arm, repeat, case.case_id), case.source, case.patient)
        for case in cases.cases
        for repeat in range(1, repeats + 1)
        for arm in ARMS
    ]
    random.Random(seed).shuffle(doubled)  # noqa: S311  an order, not a secret
    return BatchCases(tuple(doubled), cases.table, cases.revealed)


def by_arm(pairs: Mapping[Arm, tuple[Classifier, Classifier]]) -> Engine:
    """An engine for arms with a pair of models each: films of one batch share their pair, so one arm comes after the
    other."""

    def engine(job: BatchJob, left: Sequence[BatchCase], should_stop: Callable[[], bool]) -> Iterator[Explained]:
        for arm in ARMS:
            own = [case for case in left if arm_of(case.case_id)[0] == arm]
            yield from explain_cases(replace(job, pair=pairs[arm]), own, should_stop)

    return engine


def pair_cases(
    cases: Iterable[BatchCase],
    repeats: int,
    read: Callable[[str], CaseReport | str],
    score: ScoreCase,
    *,
    same_evidence: bool = True,
) -> tuple[list[PairedCase], dict[str, str]]:
    """Cases that both arms have reports of, with scores; and the others with the reason.

    `read` gives the report of a doubled case, or why there is none. `RequestError` where the evidence differs, unless
    it is two pairs of models that are compared (`same_evidence=False`).
    """
    paired, left_out = [], {}
    for case in cases:
        found: dict[Arm, list[CaseReport]] = {arm: [] for arm in ARMS}
        reasons = []
        for arm in ARMS:
            for repeat in range(1, repeats + 1):
                report = read(arm_id(arm, repeat, case.case_id))
                if isinstance(report, str):
                    reasons.append(f"{arm}: {report}")
                else:
                    found[arm].append(report)
        if not all(found.values()):
            left_out[case.case_id] = "; ".join(dict.fromkeys(reasons))
            continue
        if same_evidence:
            _check_same_evidence(case.case_id, found)
        scores: dict[Arm, Scores] = {
            arm: mean_scores([score(case.case_id, report) for report in found[arm]]) for arm in ARMS
        }
        paired.append(PairedCase(case.case_id, case.patient or case.case_id, found, scores))
    return paired, left_out


def mean_scores(each: Sequence[Scores]) -> dict[str, float | None]:
    """Per metric, over the repeats that have a value."""
    out: dict[str, float | None] = {}
    for name in dict.fromkeys(name for scores in each for name in scores):
        values = [v for scores in each if (v := scores.get(name)) is not None]
        out[name] = sum(values) / len(values) if values else None
    return out


def compare_arms(
    paired: Sequence[PairedCase],
    a: str,
    b: str,
    *,
    repeats: int,
    failed: Mapping[str, str] | None = None,
    seed: int = 0,
) -> AbReport:
    """Statistics over the paired cases."""
    patients = [case.patient for case in paired]
    names = list(dict.fromkeys(name for case in paired for arm in ARMS for name in case.scores[arm]))
    results: dict[str, PairedResult] = {}
    for name in names:
        values = {arm: [case.scores[arm].get(name) for case in paired] for arm in ARMS}
        results[name] = compare_paired(values["a"], values["b"], patients, seed=seed)
    adjusted = holm({name: result.p_raw for name, result in results.items()})
    metrics = {}
    for name, result in results.items():
        better = name not in LOWER_IS_BETTER
        metrics[name] = MetricComparison(
            **result.model_dump(),
            p=adjusted[name],
            mcnemar=_yes_no_test(name, paired) if name in YES_NO else None,
            higher_is_better=better,
            verdict=verdict(result, adjusted[name], higher_is_better=better),
        )
    return AbReport(
        a=a,
        b=b,
        cases=len(paired),
        patients=len(set(patients)),
        repeats=repeats,
        failed=dict(failed or {}),
        metrics=metrics,
        mde={name: result.mde for name, result in results.items()},
    )


def _yes_no_test(name: str, paired: Sequence[PairedCase]) -> float | None:
    """McNemar's p, None without a pair. Repeats that do not agree make no yes or no, so their case is left out."""
    first: dict[str, tuple[bool, bool]] = {}
    for case in paired:
        a, b = (case.scores[arm].get(name) for arm in ARMS)
        if a in (0, 1) and b in (0, 1):
            first.setdefault(case.patient, (a == 1, b == 1))
    return mcnemar([a for a, _ in first.values()], [b for _, b in first.values()]) if first else None


def read_report(folder: Path, case_id: str) -> CaseReport | str:
    """A doubled case's record in a batch folder, or why there is none."""
    path = folder / "cases" / case_id / "case.json"
    if not path.is_file():
        return "no report"
    return CaseReport.model_validate_json(path.read_bytes())


def _check_same_evidence(case_id: str, found: Mapping[Arm, Sequence[CaseReport]]) -> None:
    first = found["a"][0]
    if not all(_same_evidence(first, report) for arm in ARMS for report in found[arm]):
        raise RequestError(f"{case_id}: the arms did not see the same evidence; start again with another --out")


def _same_evidence(one: CaseReport, other: CaseReport) -> bool:
    """The same models, calls and scores; scores may differ by what the size of a batch does to a last digit."""
    for role, prediction in one.predictions.items():
        scores = other.predictions[role].findings
        if (
            prediction.weights_sha256 != other.predictions[role].weights_sha256
            or scores.keys() != prediction.findings.keys()
        ):
            return False
        for name, score in prediction.findings.items():
            if score.positive != scores[name].positive or abs(score.score - scores[name].score) > SAME_SCORE:
                return False
    return True
