"""What a batch run keeps of each case, and of itself: one line of `cases.jsonl`, `failures.jsonl`, `run.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...tools.compare_models import compare
from ...tools.schemas import Record, Role, Verdict
from ...training.findings import CHEXPERT, FindingSet
from ..records import CaseReport, Level


class FindingRow(Record):
    """One finding of one case: called or true, else it is left out."""

    baseline: Literal["positive", "negative"] | None
    """On which side of its own threshold; None where not assessed."""
    finetuned: Literal["positive", "negative"] | None
    truth: Literal["positive", "negative", "uncertain", "blank"] | None = None
    """None where there is no table."""
    outcome: str = ""
    """`TP/FN`: baseline, fine-tuned; only in revealed runs."""


class CaseRow(Record):
    """A case in short: what the index page sorts and filters by. The whole record is `cases/ID/case.json`."""

    case_id: str
    patient: str | None
    difficulty: Level
    basis: Literal["ground_truth", "inferred", "user"]
    true_difficulty: Level | None
    """Blind runs with a table: joined after writing."""
    relation: Literal["AGREE", "DIFFER"]
    verdict: Verdict | None
    findings: dict[str, FindingRow]
    baseline_right: bool | None = None
    """On the case (of a run about one finding: on it), by the case rule; None where nothing could be judged."""
    finetuned_right: bool | None = None
    baseline_negative: tuple[str, ...] = ()
    """True negatives among the findings left out above."""
    finetuned_negative: tuple[str, ...] = ()
    flags: tuple[str, ...]
    """Codes of the film's quality flags."""
    writer: str
    """`offline` or the LLM's name."""
    sentences: tuple[str, ...]
    supported: int = Field(ge=0)
    interpretation: int = Field(ge=0)
    cut: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Wall-clock seconds of the graph."""
    cost: float | None = None
    """In the price table's currency; None where no LLM was called or no price is set."""
    report: str
    """Path of the case's report inside the run's folder: `report.html` where pages were asked for, else `case.json`."""


class FailureRow(Record):
    """A case that has no report, and why."""

    case_id: str
    patient: str | None = None
    reason: str


class RunRecord(Record):
    """`run.json`: what the folder is a run of. `--resume` goes on only with the same."""

    data: str
    """File or folder name, without its path."""
    cases: int = Field(ge=0)
    """Of the whole run, all shards."""
    cases_sha256: str
    shard: tuple[int, int] | None = None
    """(i, n) of n shards."""
    revealed: bool
    finding: str | None
    baseline: str
    finetuned: str
    baseline_sha256: str
    finetuned_sha256: str
    writer: str
    prompt: str
    prompt_sha256: str
    software: str


def case_row(
    report: CaseReport,
    *,
    patient: str | None,
    path: str,
    cost: float | None = None,
    known: FindingSet = CHEXPERT,
) -> CaseRow:
    """A report in short; `known` are the findings of the run's table. A blind run with a table keeps the truth, which
    the writer never saw, beside the calls."""
    findings = {}
    negative: dict[Role, list[str]] = {"baseline": [], "finetuned": []}
    for name, row in report.comparison.findings.items():
        truth = report.truth.findings[name].value if report.truth and name in report.truth.findings else None
        if not (row.baseline_positive or row.finetuned_positive or truth in ("positive", "uncertain")):
            if truth == "negative":
                negative["baseline"] += [name] if row.baseline_positive is False else []
                negative["finetuned"] += [name] if row.finetuned_positive is False else []
            continue
        outcomes = (row.baseline_outcome, row.finetuned_outcome)
        findings[name] = FindingRow(
            baseline=_side(row.baseline_positive),
            finetuned=_side(row.finetuned_positive),
            truth=truth,
            outcome="/".join(o or "-" for o in outcomes) if any(outcomes) else "",
        )
    judged = _judgements(report, known)
    explanation = report.explanation
    every = [*explanation.sentences, *(s for section in explanation.sections for s in section.sentences)]
    supported = sum(sentence.mark == "supported" for sentence in every)
    return CaseRow(
        case_id=report.case_id,
        patient=patient,
        difficulty=report.difficulty.level,
        basis=report.difficulty.basis,
        true_difficulty=report.true_difficulty.level if report.true_difficulty else None,
        relation=explanation.relation,
        verdict=explanation.verdict,
        findings=findings,
        baseline_right=judged["baseline"],
        finetuned_right=judged["finetuned"],
        baseline_negative=tuple(negative["baseline"]),
        finetuned_negative=tuple(negative["finetuned"]),
        flags=tuple(flag.code for flag in report.quality.flags),
        writer="offline" if report.writer.kind == "offline" else report.writer.name,
        sentences=tuple(sentence.text for sentence in explanation.sentences),
        supported=supported,
        interpretation=len(every) - supported,
        cut=len(explanation.cut),
        seconds=round(sum(step.seconds for step in report.trace), 3),
        cost=cost,
        report=path,
    )


def _judgements(report: CaseReport, known: FindingSet) -> dict[Role, bool | None]:
    """Whether each model is right, against the truth that a blind report keeps apart."""
    if report.truth is None:
        return {"baseline": None, "finetuned": None}
    pair = report.predictions["baseline"], report.predictions["finetuned"]
    told = compare(*pair, known, report.truth.findings, finding=report.finding)
    judgements = told.baseline_judgement, told.finetuned_judgement
    baseline, finetuned = (None if judgement is None else judgement.right for judgement in judgements)
    return {"baseline": baseline, "finetuned": finetuned}


def _side(positive: bool | None) -> Literal["positive", "negative"] | None:
    return None if positive is None else "positive" if positive else "negative"
