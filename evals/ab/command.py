"""The command `cxr-lens ab`: two prompts, LLMs or pairs of models on the same cases, with statistics."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ...training.console import CommandParser, print_json, say
from ...training.environment import cache_folder
from ...training.errors import RequestError

if TYPE_CHECKING:
    from ...agents.batch.cases import BatchCases
    from ...agents.llm.opening import WriterOpener
    from ...agents.records import CaseReport
    from ...agents.settings import Settings
    from ...training.findings import FindingSet
    from ...training.models.classifier import Classifier
    from ..scoring.judge import Judge
    from ..scoring.records import JudgedPairs
    from .run import AbReport, Arm, PairedCase

    Pairs = dict[Arm, tuple[Classifier, Classifier]]
    Openers = dict[tuple[Arm, int], WriterOpener]

SIGNIFICANT_REGRESSION = 3
"""The exit code of `ab` where b is worse on a metric."""
THUMBNAIL_EDGE = 160
"""Of film and heatmaps on the page, pixels."""


def ab(arguments: list[str]) -> int:
    """A paired comparison of two arms; 3 on a significant regression."""
    asked = _ab_parser().parse_args(arguments)
    _check(asked)
    from ...agents.batch.cases import list_cases  # noqa: PLC0415
    from ...agents.batch.command import run_record  # noqa: PLC0415  torch takes seconds to import
    from ...agents.llm.opening import ask_at_terminal, open_writers  # noqa: PLC0415
    from ...agents.llm.slots import CALLS, CallSlots  # noqa: PLC0415
    from ...agents.settings import read_settings  # noqa: PLC0415
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415
    from .page import render_ab  # noqa: PLC0415
    from .run import compare_arms, double_cases, pair_cases, read_report  # noqa: PLC0415

    settings, ask, slots = read_settings(), ask_at_terminal(), CallSlots(asked.concurrency or CALLS)
    openers = cast(
        "Openers",
        {
            (arm, repeat): open_writers(
                settings, llm or asked.llm, prompt, finding=asked.finding, ask=ask, repeat=repeat, slots=slots
            )
            for arm, prompt, llm in (("a", asked.a, asked.llm_a), ("b", asked.b, asked.llm_b))
            for repeat in range(1, asked.repeats + 1)
        },
    )
    judge = _open_judge(asked, settings, {opener.name for opener in openers.values()}, ask)
    pairs, findings = _load_pairs(asked)
    same_models = _weights(pairs["a"]) == _weights(pairs["b"])
    cases = list_cases(asked.data, images=asked.images, findings=findings)
    doubled = double_cases(cases, asked.repeats, asked.seed)
    names = _arm_names({arm: openers[arm, 1] for arm in pairs}, None if same_models else pairs)
    if not (asked.resume and (asked.out / "run.json").is_file()):
        _tell_plan(asked, cases, pairs, openers)
    if asked.plan:
        return 0
    record = run_record(asked.data, doubled, pairs["a"], [openers[arm, 1]() for arm in pairs], finding=asked.finding)
    if not same_models:
        both = {
            name: " | ".join(getattr(run_record("", doubled, pair, []), name) for pair in pairs.values())
            for name in ("baseline", "finetuned", "baseline_sha256", "finetuned_sha256")
        }
        record = record.model_copy(update=both)
    reasons = _run(asked, doubled, pairs, openers, record, same_models)
    if reasons is None:
        return 130
    paired, left_out = pair_cases(
        cases.cases,
        asked.repeats,
        lambda name: reasons.get(name) or read_report(asked.out, name),
        _scorer(asked.boxes, findings),
        same_evidence=same_models,
    )
    report = compare_arms(paired, names["a"], names["b"], repeats=asked.repeats, failed=left_out, seed=asked.seed)
    if judge is not None:
        report = report.model_copy(update={"judge": _judged(judge, paired, asked)})
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


def _open_judge(asked: argparse.Namespace, settings: Settings, writers: set[str], ask: Any) -> Judge | None:
    """Told before anything is done where it cannot judge."""
    if not asked.judge:
        return None
    from ..scoring.judge import Judge, open_judge  # noqa: PLC0415

    return Judge(open_judge(settings, asked.judge, writers, ask), max_cost=asked.max_cost)


def _judged(judge: Judge, paired: Sequence[PairedCase], asked: argparse.Namespace) -> JudgedPairs:
    """A sample of the pairs, first repeats."""
    import random  # noqa: PLC0415

    from ..scoring.judge import judge_pairs  # noqa: PLC0415

    some = random.Random(asked.seed).sample(list(paired), min(asked.judge_cases, len(paired)))  # noqa: S311  a sample
    return judge_pairs(judge, [(c.case_id, c.patient, c.reports["a"][0], c.reports["b"][0]) for c in some])


def _load_pairs(asked: argparse.Namespace) -> tuple[Pairs, FindingSet]:
    """Each arm's pair of models, one where both have the same, and the findings they share."""
    from ...training.models.families import load_pair, pair_findings  # noqa: PLC0415

    cache = cache_folder()
    first = load_pair(
        asked.family_a or asked.family, *(asked.pair_a or (asked.baseline, asked.finetuned)), cache=cache
    )
    second = first
    if asked.family_b or asked.pair_b or asked.family_a or asked.pair_a:
        own = asked.pair_b or (asked.baseline, asked.finetuned)
        second = load_pair(asked.family_b or asked.family, *own, cache=cache)
    findings = pair_findings(*first)
    if pair_findings(*second) != findings:
        raise RequestError("the two pairs are about different findings, so their explanations cannot be compared")
    return {"a": first, "b": second}, findings


def _run(  # noqa: PLR0917
    asked: argparse.Namespace,
    doubled: BatchCases,
    pairs: Pairs,
    openers: Openers,
    record: Any,
    same_models: bool,
) -> dict[str, str] | None:
    """Explain what is left; the failures with their reasons, or None where it was stopped."""
    from ...agents.batch.command import Bar, Stop  # noqa: PLC0415
    from ...agents.batch.job import BatchJob, BatchSettings  # noqa: PLC0415
    from ...agents.batch.run import run_batch  # noqa: PLC0415  as above
    from ...agents.batch.store import BatchStore  # noqa: PLC0415
    from .run import arm_of, by_arm  # noqa: PLC0415

    settings = BatchSettings(
        workers=max(opener.cases_at_once(asked.concurrency) for opener in openers.values()),
        finding=asked.finding,
        max_cost=asked.max_cost,
        thumbnail_edge=THUMBNAIL_EDGE,
    )
    job = BatchJob(doubled, pairs["a"], lambda case: openers[arm_of(case.case_id)](), settings)
    stop = Stop()
    with BatchStore.begin(asked.out, record, doubled, resume=asked.resume) as store, stop:
        with Bar(len(doubled), len(store.finished)) as bar:
            run_batch(
                job,
                store,
                engine=None if same_models else by_arm(pairs),
                cost_of=lambda r: 0.0 if r.llm is None else r.llm.cost,
                on_progress=bar,
                should_stop=stop,
            )
        unfinished = len(doubled) - len(store.finished)
        reasons = {failure.case_id: failure.reason for failure in store.failures}
    if unfinished:
        say(f"stopped with {unfinished} answers left: go on with --resume")
        return None
    return reasons


def _scorer(box_table: Path | None, findings: FindingSet) -> Any:
    """(id of the undoubled case, record) -> scores."""
    from ..scoring.scored_case import ScoredCase, boxes_by_case  # noqa: PLC0415
    from ..scoring.scores import score_case  # noqa: PLC0415

    boxes = boxes_by_case(box_table, findings) if box_table else None

    def score(name: str, report: CaseReport) -> dict[str, float | None]:
        own = None if boxes is None else boxes.get(name, {})
        cost = None if report.llm is None else report.llm.cost
        return score_case(ScoredCase(report, name, report.truth, own, cost), findings)

    return score


def _weights(pair: tuple[Classifier, Classifier]) -> tuple[str, str]:
    return pair[0].weights_sha256, pair[1].weights_sha256


def _arm_names(openers: Mapping[Arm, WriterOpener], pairs: Pairs | None) -> dict[str, str]:
    """The prompts; and who writes, and about which models, where those are not the same."""
    names = {arm: opener.prompt for arm, opener in openers.items()}
    if len({opener.name for opener in openers.values()}) > 1:
        names = {arm: f"{names[arm]} by {opener.name}" for arm, opener in openers.items()}
    if pairs is not None:
        names = {arm: f"{names[arm]} on {pair[0].name} and {pair[1].name}" for arm, pair in pairs.items()}
    return dict(names)


def _tell_plan(asked: argparse.Namespace, cases: BatchCases, pairs: Pairs, openers: Openers) -> None:
    """Before anything is spent: what this many patients can show, and what it will cost."""
    from ..scoring.scores import METRICS  # noqa: PLC0415
    from .plan import estimate_arm, example_brief, tell_cost, tell_power  # noqa: PLC0415

    patients = len({case.patient or case.case_id for case in cases.cases})
    lines = tell_power(patients, asked.effect, len(METRICS))
    if any(opener.name != "offline" for opener in openers.values()):
        brief = example_brief(cases, pairs["a"], asked.finding)
        if brief is not None:
            runs = len(cases) * asked.repeats
            costs = {arm: estimate_arm(openers[arm, 1], brief, runs) for arm in pairs}
            lines += tell_cost(costs, asked.max_cost)
    for line in lines:
        say(line)


def _print_ab(report: AbReport) -> None:
    from ...agents.reports.pages import figure, show_p  # noqa: PLC0415

    print(f"a: {report.a}\nb: {report.b}\n{report.cases} cases of {report.patients} patients\n")
    print(
        f"{'metric':<16}{'a':>8}{'b':>8}{'b - a':>8}   {'95 % interval':<18}{'p (Holm)':>9}{'detectable':>12}   verdict"
    )
    for name, m in report.metrics.items():
        interval = "" if m.low is None else f"{figure(m.low)} to {figure(m.high)}"
        yes_no = "" if m.mcnemar is None else f" (McNemar p {show_p(m.mcnemar)})"
        print(
            f"{name:<16}{figure(m.a):>8}{figure(m.b):>8}{figure(m.difference):>8}   {interval:<18}{show_p(m.p):>9}"
            f"{figure(m.mde):>12}   {m.verdict}{yes_no}"
        )
    if report.judge is not None:
        told = ", ".join(f"{name} {count}" for name, count in report.judge.preferred.items())
        print(f"the judge, {report.judge.model}, prefers: {told} (sign test p {show_p(report.judge.p)})")
    for case, reason in list(report.failed.items())[:5]:
        print(f"left out {case}: {reason}")


def _check(asked: argparse.Namespace) -> None:
    if asked.repeats < 1:
        raise RequestError(f"--repeats {asked.repeats}: expected 1 or more")
    if asked.judge_cases < 1:
        raise RequestError(f"--judge-cases {asked.judge_cases}: expected 1 or more")
    if not 0 < asked.effect <= 1:
        raise RequestError(f"--effect {asked.effect:g}: expected more than 0 and at most 1")
    for arm in ("a", "b"):
        if getattr(asked, f"family_{arm}") and (getattr(asked, f"pair_{arm}") or asked.baseline):
            raise RequestError(f"--family-{arm} names both models of the pair; leave the others away")


def _ab_parser() -> argparse.ArgumentParser:
    parser = CommandParser("ab", "Compare two prompts, LLMs or families on the same cases, with statistics.")
    parser.add_argument("--a", metavar="NAME@V", required=True, help="prompt of arm a")
    parser.add_argument("--b", metavar="NAME@V", required=True, help="prompt of arm b: the verdict is about it")
    parser.add_argument("--data", metavar="CSV", required=True, help="a CheXpert-format table")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the run")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--boxes", metavar="CSV", type=Path, help="readers' boxes: also score where the models look")
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    for arm in ("a", "b"):
        parser.add_argument(f"--family-{arm}", metavar="F", help=f"the pair of arm {arm}, to compare two families")
        parser.add_argument(
            f"--pair-{arm}", metavar=("BASELINE", "FINETUNED"), nargs=2, help=f"any two models for arm {arm}"
        )
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finding", metavar="F", help="make every report about one finding")
    parser.add_argument("--llm", metavar="MODEL", help="who writes in both arms; see cxr-lens explain")
    parser.add_argument("--llm-a", metavar="MODEL", help="who writes in arm a")
    parser.add_argument("--llm-b", metavar="MODEL", help="who writes in arm b")
    parser.add_argument("--repeats", type=int, default=1, metavar="K", help="answers per case and arm")
    parser.add_argument(
        "--effect", type=float, default=0.05, metavar="E", help="the difference worth finding, to plan for"
    )
    parser.add_argument("--plan", action="store_true", help="only say what it takes and costs; nothing is sent")
    parser.add_argument("--judge", metavar="MODEL", help="an LLM that says which text is better; not one that wrote")
    parser.add_argument("--judge-cases", type=int, default=40, metavar="N", help="pairs it is asked about at most")
    parser.add_argument("--seed", type=int, default=0, help="of the order and the resampling")
    parser.add_argument(
        "--concurrency", type=int, help="LLM calls at once, default 16; offline: cases at once, default 2"
    )
    parser.add_argument("--max-cost", type=float, metavar="X", help="start no more cases once reports cost this much")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser
