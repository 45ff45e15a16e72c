"""The command `score`: how good the explanations in a folder are, beside two controls."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...training.console import CommandParser, print_json, say
from ...training.errors import RequestError

if TYPE_CHECKING:
    from ...training.findings import FindingSet
    from .records import Control, Controls, JudgeReport, MetricScore, RatingReport, ScoreReport, Share
    from .scored_case import ScoredCase


def score(arguments: list[str]) -> int:
    """Every metric with its interval, the controls, and what failed."""
    given = _parser().parse_args(arguments)
    for name in ("placebo_cases", "judge_cases", "rate_cases"):
        if getattr(given, name) < 1:
            raise RequestError(f"--{name.replace('_', '-')} {getattr(given, name)}: expected 1 or more")
    from ...training.label_file import findings_of_file  # noqa: PLC0415
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from ...training.tables import read_table  # noqa: PLC0415
    from .page import render_scores  # noqa: PLC0415
    from .scored_case import load_cases, load_failures  # noqa: PLC0415
    from .scores import score_cases  # noqa: PLC0415

    findings = findings_of_file(given.findings)
    table = read_table(given.data, given.images, findings, views="all") if given.data else None
    cases = load_cases(given.folder, table, given.boxes, findings)
    if given.rate:
        return _write_form(given, cases, findings)
    out = given.out or given.folder
    update: dict[str, Any] = {"failed": load_failures(given.folder), "judge": _judge(given, cases)}
    if given.ratings:
        update["ratings"] = _ratings(given, cases, update["judge"], findings)
    update["controls"] = _controls(given, cases, out, findings)
    report: ScoreReport = score_cases(cases, findings).model_copy(update=update)
    try:
        write_atomically(out / "score.json", report.model_dump_json(indent=1) + "\n")
        write_atomically(out / "score.html", render_scores(report))
    except OSError as error:
        raise RequestError(f"cannot write to {out}: {error.strerror or error}") from None
    if given.json:
        print_json(report.model_dump(mode="json"))
    else:
        _print(report)
        print(f"\n{out / 'score.html'}")
    return 0


def _write_form(given: argparse.Namespace, cases: Sequence[ScoredCase], findings: FindingSet) -> int:
    from .rating_form import FOLDER, FORM, KEY, write_form  # noqa: PLC0415

    key = write_form(given.folder, cases, most=given.rate_cases, seed=given.seed, findings=findings)
    form = given.folder / FOLDER / FORM
    if given.json:
        print_json({"form": str(form), "key": str(form.with_name(KEY)), "id": key.form, "texts": len(key.items)})
    else:
        print(f"{form}: {len(key.items)} texts in shuffled order, for the raters")
        print(f"{form.with_name(KEY)}: which text is which; keep it from them")
    return 0


def _judge(given: argparse.Namespace, cases: Sequence[ScoredCase]) -> JudgeReport | None:
    """The judge's answers on a sample of the cases."""
    if not given.judge:
        return None
    import random  # noqa: PLC0415

    from ...agents.llm.opening import ask_at_terminal  # noqa: PLC0415
    from ...agents.settings import read_settings  # noqa: PLC0415
    from .judge import Judge, judge_cases, open_judge, writers_in  # noqa: PLC0415

    writers = writers_in([case.report for case in cases])
    model = open_judge(read_settings(), given.judge, writers, ask_at_terminal())
    some = random.Random(given.seed).sample(cases, min(given.judge_cases, len(cases)))  # noqa: S311  a sample
    return judge_cases(Judge(model, max_cost=given.max_cost), some)


def _ratings(
    given: argparse.Namespace, cases: Sequence[ScoredCase], judge: JudgeReport | None, findings: FindingSet
) -> RatingReport:
    from .rating_form import arms_of, read_key  # noqa: PLC0415
    from .ratings import AB_RECORD, judged_pairs, rate, read_ratings  # noqa: PLC0415

    key = read_key(given.folder)
    return rate(
        read_ratings(given.ratings, key),
        key,
        arms_of(cases, findings),
        judge,
        pairs=judged_pairs(given.folder / AB_RECORD),
        findings=findings,
    )


def _controls(
    given: argparse.Namespace, cases: Sequence[ScoredCase], out: Path, findings: FindingSet
) -> Controls | None:
    """Both controls; one that cannot run says why, unless it was asked for by name."""
    if given.no_controls:
        return None
    from .controls import narrator_control  # noqa: PLC0415
    from .records import Controls  # noqa: PLC0415

    not_run = {}
    narrator, placebo = narrator_control(cases, findings), None
    if isinstance(narrator, str):
        not_run["narrator"], narrator = narrator, None
    try:
        placebo = _placebo(given, cases, out)
    except RequestError as error:
        if given.placebo:
            raise
        not_run["placebo"] = str(error)
    return Controls(narrator=narrator, placebo=placebo, not_run=not_run)


def _placebo(given: argparse.Namespace, cases: Sequence[ScoredCase], out: Path):
    """The placebo arm. `RequestError` says what it lacks."""
    from ...agents.llm.opening import ask_at_terminal, open_writers  # noqa: PLC0415
    from ...agents.llm.slots import CALLS, CallSlots  # noqa: PLC0415
    from ...agents.settings import OFFLINE, read_settings  # noqa: PLC0415
    from ...training.environment import cache_folder  # noqa: PLC0415
    from ...training.models.families import load_pair, pair_findings  # noqa: PLC0415
    from .controls import PlaceboRequest, models_of, placebo_control, writer_of  # noqa: PLC0415

    if not given.data:
        raise RequestError("its films are not known: add --data CSV")
    if not all(case.report.blind for case in cases):
        raise RequestError("the run shows the truth to its writer; only a blind one has a placebo arm")
    writer, prompt = writer_of(cases)
    if writer != OFFLINE and not given.placebo:
        raise RequestError(f"{writer} would be asked about {given.placebo_cases} films: add --placebo weights")
    finding = cases[0].report.finding
    slots = CallSlots(given.concurrency or CALLS)
    opener = open_writers(read_settings(), writer, prompt, finding=finding, ask=ask_at_terminal(), slots=slots)
    names = models_of(cases)
    pair = load_pair("auto", given.baseline or names[0], given.finetuned or names[1], cache=cache_folder())
    for role, model in zip(("baseline", "finetuned"), pair, strict=True):
        if model.weights_sha256 != cases[0].report.predictions[role].weights_sha256:
            raise RequestError(f"{model.name} is not the {role} the run was made with; name it with --{role}")
    say(f"placebo arm: {writer} with {prompt} on maps of {_SOURCES[given.placebo or 'weights']}")
    request = PlaceboRequest(
        data=given.data,
        images=given.images,
        pair=pair,
        opener=opener,
        kind=given.placebo or "weights",
        most=given.placebo_cases,
        max_cost=given.max_cost,
        concurrency=given.concurrency,
    )
    return placebo_control(request, cases, out, pair_findings(*pair))


_SOURCES = {"weights": "shuffled weights", "case": "other patients' films"}


def _print(report: ScoreReport) -> None:
    print(f"{report.cases} explanations of {report.patients} patients, {report.blind} of them blind")
    print(f"written by {', '.join(report.writers)} ({', '.join(report.prompts)})")
    if report.failed:
        print(f"{len(report.failed)} cases failed and have none, such as {next(iter(report.failed.items()))}")
    if report.approximate:
        print("fewer than 100 patients: the intervals are approximate")
    print(f"\n{'metric':<14}{'value':>8}  {'95 % interval':<18}{'n':>6}  about")
    for name, own in report.metrics.items():
        unit = f" ({own.unit}, less is better)" if not own.higher_is_better else ""
        print(f"{name:<14}{_number(own.value):>8}  {_interval(own):<18}{own.n:>6}  {own.about}{unit}")
    if report.controls is not None:
        _print_controls(report.controls)
    if report.judge is not None:
        _print_judge(report.judge)
    if report.ratings is not None:
        _print_ratings(report.ratings)


def _print_controls(controls: Controls) -> None:
    for name, control in (("narrator", controls.narrator), ("placebo", controls.placebo)):
        if control is None:
            print(f"\ncontrol, {name}: not run: {controls.not_run.get(name, '')}")
        else:
            _print_control(name, control)
    if controls.placebo is not None:
        run, placebo = controls.placebo.run_praise, controls.placebo.control_praise
        print(f"called usual: {_share(run.share)} of {run.statements} places of its own maps, "
              f"{_share(placebo.share)} of {placebo.statements} of placebo maps")  # fmt: skip
        print(controls.placebo.verdict)


def _print_judge(judge: JudgeReport) -> None:
    cost = "" if judge.cost is None else f", cost {judge.cost:.2f}"
    print(
        f"\njudge: {judge.model} with {judge.prompt}, {judge.asked - len(judge.failed)} of {judge.asked} cases{cost}"
    )
    for name, share in {**judge.questions, "overall": judge.overall}.items():
        print(f"{name:<14}{_number(share.value):>8}  {_interval(share):<18}{share.n:>6}  {share.about}")
    for case, reason in list(judge.failed.items())[:3]:
        print(f"not judged {case}: {reason}")


def _print_ratings(ratings: RatingReport) -> None:
    print(f"\nratings: {len(ratings.raters)} raters, {ratings.answers} answers on {ratings.items} texts")
    print(f"agreement: Krippendorff's alpha {_number(ratings.alpha)}, Fleiss' kappa {_number(ratings.fleiss)}, "
          f"Cohen's kappa {_number(ratings.cohen)}, with the judge {_number(ratings.judge_kappa)}")  # fmt: skip
    for arm, share in ratings.arms.items():
        print(f"{arm:<14}{_number(share):>8}  share of yes")
    if ratings.better:
        print("better: " + ", ".join(f"{arm} {count}" for arm, count in ratings.better.items()) +
              f"; alpha {_number(ratings.better_alpha)}, with the judge's preferences "
              f"{_number(ratings.judge_better_kappa)}")  # fmt: skip
    told = {name: own for name, own in ratings.metrics.items() if own.rho is not None}
    for name, own in told.items():
        print(f"{name:<14}{_number(own.rho):>8}  rank correlation with the raters, {own.n} texts")


def _print_control(name: str, control: Control) -> None:
    print(f"\ncontrol, {name}: {control.about}, {control.cases} cases\n{'metric':<14}{'run':>8}{name:>10}")
    pairs: Mapping[str, MetricScore] = control.run
    for metric, own in pairs.items():
        print(f"{metric:<14}{_number(own.value):>8}{_number(control.control[metric].value):>10}")


def _interval(own: MetricScore | Share) -> str:
    return "–" if own.low is None else f"{_number(own.low)} to {_number(own.high)}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _parser() -> CommandParser:
    parser = CommandParser(
        "score", "Score explanations against the truth and the tools' results, beside two controls."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of cxr-lens batch, explain or demo")
    parser.add_argument("--data", metavar="CSV", help="table with the truth, and with the films of the placebo arm")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--boxes", type=Path, metavar="CSV", help="true boxes, for localisation")
    parser.add_argument("--findings", type=Path, help="label file, where the models were about your own findings")
    parser.add_argument("--no-controls", action="store_true", help="leave the narrator and the placebo arm out")
    parser.add_argument(
        "--placebo",
        choices=("weights", "case"),
        help="where placebo maps come from; needed where an LLM would be asked",
    )
    parser.add_argument("--placebo-cases", type=int, default=40, metavar="N", help="films of the placebo arm at most")
    parser.add_argument("--baseline", metavar="MODEL", help="the run's, where its name does not find it")
    parser.add_argument("--finetuned", metavar="MODEL", help="the run's, where its name does not find it")
    parser.add_argument("--judge", metavar="MODEL", help="an LLM that answers the rubric; not the one that wrote")
    parser.add_argument("--judge-cases", type=int, default=40, metavar="N", help="cases it is asked about at most")
    parser.add_argument("--rate", action="store_true", help="write a blinded rating form for people, and no score")
    parser.add_argument("--rate-cases", type=int, default=40, metavar="N", help="cases on the form at most")
    parser.add_argument("--seed", type=int, default=0, help="of the form's order and the judge's sample")
    parser.add_argument(
        "--ratings", type=Path, nargs="+", metavar="FILE", help="answers saved by the form, to read back"
    )
    parser.add_argument(
        "--max-cost", type=float, metavar="X", help="start no more questions once they cost this much"
    )
    parser.add_argument(
        "--concurrency", type=int, help="LLM calls at once, default 16; offline: cases at once, default 2"
    )
    parser.add_argument("--out", type=Path, help="folder for score.json and score.html; DIR without it")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser
