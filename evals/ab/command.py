"""The command `cxr-lens ab`: two prompts or models on the same cases, with statistics."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...training.console import CommandParser, print_json, say
from ...training.errors import RequestError
from ...training.findings import CHEXPERT

if TYPE_CHECKING:
    from ...agents.llm.opening import WriterOpener
    from ...agents.records import CaseReport

SIGNIFICANT_REGRESSION = 3
"""The exit code of `ab` where b is worse on a metric."""


def ab(arguments: list[str]) -> int:
    """A paired comparison of two prompts, or two models; 3 on a significant regression."""
    asked = _ab_parser().parse_args(arguments)
    if asked.repeats < 1:
        raise RequestError(f"--repeats {asked.repeats}: expected 1 or more")
    from ...agents.batch.cases import list_cases  # noqa: PLC0415
    from ...agents.batch.command import Bar, Stop, run_record  # noqa: PLC0415
    from ...agents.batch.run import BatchJob, BatchSettings, run_batch  # noqa: PLC0415  torch takes seconds to import
    from ...agents.batch.store import BatchStore  # noqa: PLC0415
    from ...agents.llm.opening import ask_at_terminal, open_writers  # noqa: PLC0415
    from ...agents.settings import read_settings  # noqa: PLC0415
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415
    from ...training.models.families import load_pair  # noqa: PLC0415
    from ..scoring.scored_case import ScoredCase, boxes_by_case  # noqa: PLC0415
    from ..scoring.scores import METRICS  # noqa: PLC0415
    from .page import render_ab  # noqa: PLC0415
    from .run import arm_of, compare_arms, double_cases, pair_cases, read_report  # noqa: PLC0415

    cases = list_cases(asked.data, images=asked.images)
    settings, ask = read_settings(), ask_at_terminal()
    openers = {
        (arm, repeat): open_writers(settings, llm or asked.llm, prompt, finding=asked.finding, ask=ask, repeat=repeat)
        for arm, prompt, llm in (("a", asked.a, asked.llm_a), ("b", asked.b, asked.llm_b))
        for repeat in range(1, asked.repeats + 1)
    }
    names = _arm_names({arm: openers[arm, 1] for arm in ("a", "b")})
    boxes = boxes_by_case(asked.boxes) if asked.boxes else None

    def score(name: str, report: CaseReport) -> dict[str, float | None]:
        own = None if boxes is None else boxes.get(name, {})
        case = ScoredCase(report, name, report.truth, own, None if report.llm is None else report.llm.cost)
        return {
            metric.name: metric.score(case, cases.table.findings if cases.table else CHEXPERT) for metric in METRICS
        }

    _tell_power(len({case.patient or case.case_id for case in cases.cases}))
    doubled = double_cases(cases, asked.repeats, asked.seed)
    pair = load_pair(asked.family, asked.baseline, asked.finetuned)
    record = run_record(asked.data, doubled, pair, [openers[arm, 1]() for arm in ("a", "b")], finding=asked.finding)
    job = BatchJob(
        doubled,
        pair,
        lambda case: openers[arm_of(case.case_id)](),
        BatchSettings(
            workers=asked.concurrency or (2 if openers["a", 1].name == openers["b", 1].name == "offline" else 16),
            finding=asked.finding,
            max_cost=asked.max_cost,
        ),
    )
    stop = Stop()
    with BatchStore.begin(asked.out, record, doubled, resume=asked.resume) as store, stop:
        with Bar(len(doubled), len(store.finished)) as bar:
            run_batch(
                job, store, cost_of=lambda r: 0.0 if r.llm is None else r.llm.cost, on_progress=bar, should_stop=stop
            )
        unfinished = len(doubled) - len(store.finished)
        reasons = {failure.case_id: failure.reason for failure in store.failures}
    if unfinished:
        say(f"stopped with {unfinished} answers left: go on with --resume")
        return 130
    paired, left_out = pair_cases(
        cases.cases,
        asked.repeats,
        lambda name: reasons.get(name) or read_report(asked.out, name),
        score,
    )
    report = compare_arms(paired, names["a"], names["b"], repeats=asked.repeats, failed=left_out, seed=asked.seed)
    document = report.model_dump(mode="json") | {"each": {c.case_id: c.scores for c in paired}}
    write_atomically(asked.out / "ab.json", json.dumps(document, indent=1, allow_nan=False) + "\n")
    write_atomically(asked.out / "ab.html", render_ab(report, paired))
    if asked.json:
        print_json(report.model_dump(mode="json"))
    else:
        _print_ab(report)
        print(f"\n{asked.out / 'ab.html'}")
    if report.regressions:
        say(f"b is worse on {', '.join(report.regressions)}")
        return SIGNIFICANT_REGRESSION
    return 1 if left_out else 0


def _arm_names(openers: Mapping[str, WriterOpener]) -> dict[str, str]:
    """The prompts; and who writes, where that is not the same."""
    names = {arm: opener.prompt for arm, opener in openers.items()}
    if len({opener.name for opener in openers.values()}) > 1:
        names = {arm: f"{names[arm]} by {opener.name}" for arm, opener in openers.items()}
    return names


def _tell_power(patients: int) -> None:
    """Before anything is spent: what this many patients can show."""
    from .paired_statistics import cases_needed  # noqa: PLC0415

    say(
        f"{patients} patients; with differences that spread by 0.3, 0.10 needs {cases_needed(0.3, 0.1)} of them and "
        f"0.05 needs {cases_needed(0.3, 0.05)} (80 % power, 5 %)"
    )


def _print_ab(report: Any) -> None:
    print(f"a: {report.a}\nb: {report.b}\n{report.cases} cases of {report.patients} patients\n")
    print(
        f"{'metric':<16}{'a':>8}{'b':>8}{'b - a':>8}   {'95 % interval':<18}{'p (Holm)':>9}{'detectable':>12}   verdict"
    )
    for name, m in report.metrics.items():
        interval = "" if m.low is None else f"{m.low:.3f} to {m.high:.3f}"
        print(
            f"{name:<16}{_number(m.a):>8}{_number(m.b):>8}{_number(m.difference):>8}   {interval:<18}{_number(m.p):>9}"
            f"{_number(m.mde):>12}   {m.verdict}"
        )
    for case, reason in list(report.failed.items())[:5]:
        print(f"left out {case}: {reason}")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _ab_parser() -> argparse.ArgumentParser:
    parser = CommandParser("ab", "Compare two prompt versions, or two models, on the same cases, with statistics.")
    parser.add_argument("--a", metavar="NAME@V", required=True, help="prompt of arm a")
    parser.add_argument("--b", metavar="NAME@V", required=True, help="prompt of arm b: the verdict is about it")
    parser.add_argument("--data", metavar="CSV", required=True, help="a CheXpert-format table")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the run")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--boxes", metavar="CSV", type=Path, help="readers' boxes: also score where the models look")
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finding", metavar="F", help="make every report about one finding")
    parser.add_argument("--llm", metavar="MODEL", help="who writes in both arms; see cxr-lens explain")
    parser.add_argument("--llm-a", metavar="MODEL", help="who writes in arm a")
    parser.add_argument("--llm-b", metavar="MODEL", help="who writes in arm b")
    parser.add_argument("--repeats", type=int, default=1, metavar="K", help="answers per case and arm")
    parser.add_argument("--seed", type=int, default=0, help="of the order and the resampling")
    parser.add_argument("--concurrency", type=int, help="cases at once; default 2 offline, 16 with an LLM")
    parser.add_argument("--max-cost", type=float, metavar="X", help="start no more cases once reports cost this much")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser
