"""The command `score`: how good the explanations in a folder are."""

from __future__ import annotations

from pathlib import Path

from ...training.console import CommandParser, print_json


def score(arguments: list[str]) -> int:
    parser = CommandParser("score", "Score explanations against the truth and against the tools' results.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of cxr-lens batch, explain or demo")
    parser.add_argument("--data", metavar="CSV", help="table with the truth; without it the records' own is used")
    parser.add_argument("--boxes", type=Path, metavar="CSV", help="true boxes, for localisation")
    parser.add_argument("--findings", type=Path, help="label file, where the models were about your own findings")
    parser.add_argument("--out", type=Path, help="folder for score.json and score.html; DIR without it")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from ...training.errors import RequestError  # noqa: PLC0415
    from ...training.label_file import findings_of_file  # noqa: PLC0415
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from ...training.tables import read_table  # noqa: PLC0415
    from .page import render_scores  # noqa: PLC0415
    from .scored_case import load_cases  # noqa: PLC0415
    from .scores import ScoreReport, score_cases  # noqa: PLC0415

    findings = findings_of_file(given.findings)
    table = read_table(given.data, findings=findings, views="all") if given.data else None
    report: ScoreReport = score_cases(load_cases(given.folder, table, given.boxes, findings), findings)
    out = given.out or given.folder
    try:
        write_atomically(out / "score.json", report.model_dump_json(indent=1) + "\n")
        write_atomically(out / "score.html", render_scores(report))
    except OSError as error:
        raise RequestError(f"cannot write to {out}: {error.strerror or error}") from None
    if given.json:
        print_json(report.model_dump(mode="json"))
        return 0
    print(f"{report.cases} explanations of {report.patients} patients, {report.blind} of them blind")
    print(f"written by {', '.join(report.writers)} ({', '.join(report.prompts)})")
    if report.approximate:
        print("fewer than 100 patients: the intervals are approximate")
    print(f"\n{'metric':<14}{'value':>8}  {'95 % interval':<18}{'n':>6}  about")
    for name, own in report.metrics.items():
        unit = f" ({own.unit}, less is better)" if not own.higher_is_better else ""
        interval = f"{_number(own.low)} to {_number(own.high)}" if own.low is not None else "–"
        print(f"{name:<14}{_number(own.value):>8}  {interval:<18}{own.n:>6}  {own.about}{unit}")
    print(f"\n{out / 'score.html'}")
    return 0


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
