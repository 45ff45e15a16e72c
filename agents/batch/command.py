"""The command `cxr-lens batch`: reports over a test set, one machine or many."""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from ...training.console import CommandParser, print_json, say
from ...training.environment import cache_folder
from ...training.errors import RequestError
from ..records import Level

if TYPE_CHECKING:
    from ..records import CaseReport
    from ..writer import WriterProtocol
    from .cases import BatchCases
    from .job import Progress
    from .records import CaseRow, FailureRow, RunRecord
    from .rows import KeptRows

EXPLAINING = "explaining"


def batch(arguments: list[str]) -> int:
    """Every case of a table or folder to a report; 1 where some failed, 130 where it was stopped."""
    asked = _parser().parse_args(arguments)
    _check(asked)
    from ..reports.output import check_out  # noqa: PLC0415
    from .cases import list_cases  # noqa: PLC0415
    from .job import BatchJob, BatchSettings  # noqa: PLC0415  torch takes seconds to import
    from .merge import merge_shards, shard_folder  # noqa: PLC0415
    from .run import run_batch  # noqa: PLC0415  as above
    from .store import BatchStore  # noqa: PLC0415

    check_out(asked.out)
    if asked.merge:
        run, rows, failures = merge_shards(asked.out)
        return _report(asked, run, rows, failures, seconds=None, out=asked.out, total=run.cases)
    from ...training.models.families import load_pair, pair_findings  # noqa: PLC0415

    pair = load_pair(asked.family, asked.baseline, asked.finetuned, cache=cache_folder())
    whole = list_cases(asked.data, images=asked.images, revealed=asked.revealed, findings=pair_findings(*pair))
    make_writer = _writer_factory(asked)
    run = run_record(asked.data, whole, pair, [make_writer(whole.cases[0])], finding=asked.finding, shard=asked.shard)
    cases, out = whole, asked.out
    if asked.shard:
        cases, out = whole.shard(*asked.shard), shard_folder(asked.out, *asked.shard)
    settings = BatchSettings(
        batch=asked.batch,
        workers=make_writer.cases_at_once(asked.concurrency),
        pages=asked.pages,
        thumbnails=not asked.no_thumbnails,
        finding=asked.finding,
        difficulty=asked.difficulty,
        max_cost=asked.max_cost,
    )
    stop = Stop()
    began = time.perf_counter()
    with BatchStore.begin(out, run, cases, resume=asked.resume, retry_failed=asked.retry_failed) as store, stop:
        job = BatchJob(cases, pair, make_writer, settings)
        with Bar(len(cases), len(store.finished)) as bar:
            run_batch(job, store, engine=_engine(asked), cost_of=_cost, on_progress=bar, should_stop=stop)
        rows, failures = store.rows, store.failures
    code = _report(asked, run, rows, failures, seconds=time.perf_counter() - began, out=out, total=len(cases))
    if left := len(cases) - len(store.done) - len(failures):
        say(f"stopped with {left} cases left: go on with --resume")
        return 130
    return code


def _report(
    asked: argparse.Namespace,
    run: RunRecord,
    rows: KeptRows | list[CaseRow],
    failures: list[FailureRow],
    *,
    seconds: float | None,
    out: Path,
    total: int,
) -> int:
    """Write summary and index page, and tell the outcome."""
    import json  # noqa: PLC0415

    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from .page import INDEX, render_index  # noqa: PLC0415
    from .store import write_parquet, writing  # noqa: PLC0415
    from .summary import summarise  # noqa: PLC0415

    summary = {"asked": total, **summarise(run, rows, failures, seconds)}
    again = "--merge" if asked.merge else "--resume"
    with writing(out, lambda: f"; the cases are kept: make room, and write the summary with {again}"):
        write_atomically(out / "summary.json", json.dumps(summary, indent=1) + "\n")
        write_atomically(out / INDEX, render_index(rows, failures, summary))
        write_parquet(out, rows)
    if asked.json:
        cases: list[dict[str, Any]] = [
            {"case_id": row.case_id, "difficulty": row.difficulty, "report": str(out / row.report)} for row in rows
        ]
        cases += [{"case_id": f.case_id, "difficulty": None, "report": None, "error": f.reason} for f in failures]
        print_json(
            {
                "asked": summary["asked"],
                "done": summary["done"],
                "failed": len(failures),
                "index": str(out / INDEX),
                "summary": str(out / "summary.json"),
                "cases": cases,
            }
        )
    else:
        levels = ", ".join(f"{count} {level}" for level, count in summary["difficulty"].items())
        print(f"{summary['done']} of {summary['asked']} explained, {len(failures)} failed: {levels}")
        marks = summary["checker"]
        print(
            f"sentences: {marks['supported']} supported, {marks['interpretation']} interpretation, {marks['cut']} cut"
        )
        for reason, count in list(summary["failures"].items())[:5]:
            print(f"failed {count} x: {reason}")
        print(f"{out / INDEX}\nResearch only. Not a medical device.")
    return 1 if failures else 0


class Stop:
    """Set by Ctrl-C, SIGTERM or SIGUSR1: the cases under way are finished, no new ones begun. Twice stops at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> Stop:
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGUSR1", signal.SIGTERM)):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, _number: int, _frame: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        say("stopping after the cases under way; once more to stop at once")


class Bar:
    """The progress bar on stderr: cases done, rate, time left, failures, cost so far."""

    def __init__(self, total: int, finished: int):
        from tqdm import tqdm  # noqa: PLC0415

        interval = 0.5 if sys.stderr.isatty() else 20
        self._bar = tqdm(
            total=total, initial=finished, desc=EXPLAINING, unit="case", file=sys.stderr, mininterval=interval
        )

    def __call__(self, progress: Progress) -> None:
        self._bar.set_postfix_str(
            (f"{progress.failed} failed" if progress.failed else "")
            + (f" cost {progress.cost:.2f}" if progress.cost else ""),
            refresh=False,
        )
        self._bar.update(progress.done + progress.failed - self._bar.n)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _writer_factory(asked: argparse.Namespace) -> Any:
    """Opens a writer per case; a wrong prompt, or a server there is no consent for, is told before anything is done."""
    from ..llm.opening import ask_at_terminal, open_writers  # noqa: PLC0415
    from ..llm.slots import CALLS, CallSlots  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    return open_writers(
        read_settings(),
        asked.llm,
        asked.prompt,
        finding=asked.finding,
        ask=ask_at_terminal(),
        slots=CallSlots(asked.concurrency or CALLS),
    )


def _cost(report: CaseReport) -> float | None:
    """What the LLM cost on a case; None where its price is not known."""
    return 0.0 if report.llm is None else report.llm.cost


def _engine(asked: argparse.Namespace) -> Any:
    if asked.engine == "local":
        return None
    from .ray_engine import ray_engine  # noqa: PLC0415

    return ray_engine(asked.address)


def run_record(
    data: str,
    whole: BatchCases,
    pair: Any,
    writers: Sequence[WriterProtocol],
    *,
    finding: str | None = None,
    shard: tuple[int, int] | None = None,
) -> RunRecord:
    """What a folder is a run of; several writers (the arms of a comparison) stand side by side."""
    from ..case import software  # noqa: PLC0415
    from .records import RunRecord  # noqa: PLC0415

    about = [writer.about for writer in writers]
    return RunRecord(
        data=Path(data).name,
        cases=len(whole),
        cases_sha256=whole.sha256(),
        shard=shard,
        revealed=whole.revealed,
        finding=finding,
        baseline=pair[0].name,
        finetuned=pair[1].name,
        baseline_sha256=pair[0].weights_sha256,
        finetuned_sha256=pair[1].weights_sha256,
        writer=" | ".join(writer.name for writer in about),
        prompt=" | ".join(writer.prompt for writer in about),
        prompt_sha256=" | ".join(writer.prompt_sha256 for writer in about),
        software=software(),
    )


def _check(asked: argparse.Namespace) -> None:
    if asked.data is None and not asked.merge:
        raise RequestError("--data CSV or FOLDER is needed: what should be explained? (see cxr-lens batch --help)")
    if asked.merge and (asked.shard or asked.resume):
        raise RequestError("--merge puts finished shards together; it goes with --out alone")
    for name in ("batch", "concurrency"):
        value = getattr(asked, name)
        if value is not None and value < 1:
            raise RequestError(f"--{name} {value}: expected 1 or more")
    if asked.max_cost is not None and asked.max_cost <= 0:
        raise RequestError(f"--max-cost {asked.max_cost:g}: expected more than 0")


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard; expected i/n with i from 1 to n, such as 3/8")
    return int(match[1]), int(match[2])


def _parser() -> CommandParser:
    parser = CommandParser("batch", "Reports over a test set: a label table, or a folder of films.")
    parser.add_argument("--data", metavar="CSV|FOLDER", help="a CheXpert-format table, or a folder of films")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the run")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finding", metavar="F", help="make every report about one finding")
    parser.add_argument("--difficulty", choices=get_args(Level), help="set the difficulty instead of finding it out")
    parser.add_argument(
        "--llm", metavar="MODEL", help="who writes: a model, or offline; without it CXR_LENS_LLM_MODEL, else offline"
    )
    parser.add_argument("--prompt", metavar="NAME@VERSION", help="prompt version (see: prompts list)")
    sight = parser.add_mutually_exclusive_group()
    sight.add_argument(
        "--blind", dest="revealed", action="store_false", default=False, help="the explainer does not see the truth"
    )
    sight.add_argument("--revealed", action="store_true", default=False, help="the explainer sees the truth")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: try failed cases again")
    parser.add_argument("--pages", action="store_true", help="also write report.html and panel.png of every case")
    parser.add_argument("--no-thumbnails", action="store_true", help="no small pictures for the index page")
    parser.add_argument("--batch", type=int, default=16, help="films per forward pass")
    parser.add_argument(
        "--concurrency", type=int, help="LLM calls at once, default 16; offline: cases at once, default 2"
    )
    parser.add_argument("--max-cost", type=float, metavar="X", help="start no more cases once reports cost this much")
    parser.add_argument("--shard", type=_shard, metavar="I/N", help="every N-th case from the I-th, for job arrays")
    parser.add_argument("--merge", action="store_true", help="put the finished shards in --out together")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="ray: on a Ray cluster")
    parser.add_argument("--address", metavar="ADDRESS", help="of the Ray cluster; default: one on this machine")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser
