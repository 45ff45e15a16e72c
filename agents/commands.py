"""The agent on the command line: `explain`, `demo`, `schema`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ..training.console import CommandParser, print_json, say
from ..training.environment import cache_folder
from ..training.errors import RequestError, did_you_mean
from .records import CaseReport, Level
from .settings import OFFLINE, read_settings

if TYPE_CHECKING:
    from ..tools.workbench import Workbench
    from .records import Step

DEMO_OUT = Path("demo-out")


def explain(arguments: list[str]) -> int:
    """One case to `case.json`, `report.html` and `panel.png`."""
    asked = _explain_parser().parse_args(arguments)
    if asked.revealed and asked.labels is None:
        raise RequestError("--revealed needs the truth: name a table that has this film with --labels CSV")
    from .case import explain_case  # noqa: PLC0415  torch and LangGraph take seconds; --help and mistakes need neither
    from .llm.opening import ask_at_terminal, open_writers  # noqa: PLC0415
    from .reports.output import check_out, write_case  # noqa: PLC0415

    check_out(asked.out)
    opener = open_writers(
        read_settings(), asked.llm, asked.prompt, finding=asked.finding, ask=ask_at_terminal(), repeat=asked.repeat
    )
    bench = open_asked(asked)
    for flag in bench.quality.flags:
        say(f"note: {flag.message} {flag.way_on}")
    about = {"finding": asked.finding, "difficulty": asked.difficulty, "writer": opener(), "on_step": _tell}
    if opener.name == OFFLINE:
        report = explain_case(bench, **about)
    else:
        from .checkpoint import FILE, open_checkpoint  # noqa: PLC0415  as above

        if asked.finding is not None:
            bench.finding(asked.finding)  # an unknown one is refused before anything is written
        with open_checkpoint(asked.out / FILE) as checkpoint:
            report = explain_case(bench, **about, checkpoint=checkpoint, resume=asked.resume)
        if report.writer.reason is not None:
            say(f"note: the offline narrator wrote in place of {report.writer.stands_in_for}: {report.writer.reason}")
    report = write_case(report, bench, asked.out)
    if asked.json:
        print_json(report.model_dump(mode="json"))
    else:
        print(summarise(report, asked.out))
    return 0


def demo(arguments: list[str]) -> int:
    """The bundled cases with the bundled models, and an index page."""
    parser = CommandParser("demo", "Explain the bundled synthetic cases with the bundled models, offline.")
    parser.add_argument("--out", metavar="DIR", type=Path, default=DEMO_OUT, help="where the pages go")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    from .demo import run_demo  # noqa: PLC0415  as above

    result = run_demo(asked.out, on_case=say)
    if asked.json:
        print_json(result.as_json())
    else:
        print(result.table())
    return 1 if result.failed else 0


def schema(arguments: list[str]) -> int:
    """JSON Schema of a record; without a name, the names."""
    parser = CommandParser("schema", "Print the JSON Schema of a record, or list the records.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="for example CaseReport")
    asked = parser.parse_args(arguments)
    from .record_schemas import RECORDS, schema_of  # noqa: PLC0415  as above

    if asked.name is None:
        print("\n".join(sorted(RECORDS)))
        return 0
    if asked.name not in RECORDS:
        raise RequestError(f"{asked.name!r} is not a record{did_you_mean(asked.name, RECORDS)}")
    print_json(schema_of(asked.name))
    return 0


def summarise(report: CaseReport, out: Path) -> str:
    """What a person at a terminal wants to know of a case."""
    difficulty = report.difficulty
    basis = {"ground_truth": "by the truth", "inferred": "predicted", "user": "as set"}[difficulty.basis]
    about = f", for {difficulty.finding}" if difficulty.finding else ""
    lines = [f"{report.case_id}: {difficulty.level} ({basis}{about})"]
    if report.true_difficulty is not None:
        lines.append(f"against the truth: {report.true_difficulty.level}")
    verdict = report.explanation.verdict
    lines += [f"models {report.explanation.relation}" + (f", fine-tuning: {verdict}" if verdict else ""), ""]
    shown = [name for name, row in report.comparison.findings.items() if row.baseline_score is not None]
    shown += [
        n for n, row in report.comparison.findings.items() if n not in shown and row.finetuned_score is not None
    ]
    lines.append(f"{'':<28}{'baseline':>18}{'fine-tuned':>18}{'' if report.blind else '   truth'}")
    for name in shown:
        cells = []
        for role in ("baseline", "finetuned"):
            score = report.predictions[role].findings.get(name)
            sign = (
                "" if score is None else f"{score.score:.2f} {'≥' if score.positive else '<'} {score.threshold:.2f}"
            )
            cells.append(f"{sign or 'not assessed':>18}")
        truth = report.comparison.findings[name].truth
        lines.append(f"{name:<28}{''.join(cells)}{'' if truth is None else '   ' + truth.value}")
    lines.append("")
    lines += [f"{n}. {s.text} [{s.mark}]" for n, s in enumerate(report.explanation.sentences, 1)]
    lines += ["", *(f"{name}: {out / file}" for name, file in report.files.items()), report.research_only]
    return "\n".join(lines)


def _explain_parser() -> CommandParser:
    parser = CommandParser("explain", "Explain one radiograph: case.json, report.html and panel.png.")
    add_case(parser, "PNG, JPEG, TIFF or DICOM; or a case id of --labels")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the three files")
    parser.add_argument(
        "--llm",
        metavar="MODEL",
        help="who writes: a model of the server CXR_LENS_LLM_BASE_URL, or offline, the built-in narrator; without it "
        "CXR_LENS_LLM_MODEL, else offline",
    )
    parser.add_argument(
        "--prompt",
        metavar="NAME@VERSION",
        help="prompt version (see: prompts list); without it narrator@v1 offline, case_explainer@v1 with an LLM, "
        "box_explainer@v1 with an LLM and --finding",
    )
    parser.add_argument("--repeat", type=int, default=0, metavar="N", help="ask an LLM anew, past its cached answers")
    parser.add_argument("--resume", action="store_true", help="go on where a run with an LLM was stopped")
    parser.add_argument("--json", action="store_true", help="print case.json on stdout")
    return parser


def add_case(parser: CommandParser, image: str) -> None:
    """The options that say which case, with which models, seen how."""
    parser.add_argument("image", metavar="IMAGE", type=Path, help=image)
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finding", metavar="F", help="make the run about one finding")
    parser.add_argument("--difficulty", choices=get_args(Level), help="set the difficulty instead of finding it out")
    parser.add_argument("--labels", metavar="CSV", type=Path, help="a CheXpert-format table that has the film")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    sight = parser.add_mutually_exclusive_group()
    sight.add_argument(
        "--blind", dest="revealed", action="store_false", default=False, help="the explainer does not see the truth"
    )
    sight.add_argument("--revealed", action="store_true", default=False, help="the explainer sees the truth")


def open_asked(asked: argparse.Namespace) -> Workbench:
    """The case that `add_case`'s options name, on the bench. `RequestError` where they do not go together."""
    if asked.revealed and asked.labels is None:
        raise RequestError("--revealed needs the truth: name a table that has this film with --labels CSV")
    from ..training.models.families import load_pair  # noqa: PLC0415  as above
    from .opening import open_case  # noqa: PLC0415

    pair = load_pair(asked.family, asked.baseline, asked.finetuned, cache=cache_folder())
    return open_case(asked.image, *pair, labels=asked.labels, images=asked.images, revealed=asked.revealed)


def _tell(step: Step) -> None:
    say(f"{step.node:<18}{step.seconds:6.2f} s" + (f"  {step.note}" if step.note else ""))
