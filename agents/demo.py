"""The demo: the bundled synthetic cases explained with the bundled pair, revealed, and an index page over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..training.errors import RequestError
from ..training.models.checkpoints import write_atomically
from ..training.models.classifier import Classifier
from ..training.models.families import BUNDLED, load_pair
from ..training.tables import read_table
from .case import explain_case
from .opening import open_case
from .records import CaseReport
from .reports.output import check_out, write_case
from .reports.pages import data_uri, render_page
from .reports.thumbnail import thumbnail

FILMS = BUNDLED / "films"
TABLE, BOXES, INDEX = "demo.csv", "boxes.csv", "index.html"
LEVELS = ("easy", "average", "hard")


@dataclass(frozen=True)
class DemoCase:
    """A case of the demo: its report, or why there is none."""

    case_id: str
    report: CaseReport | None = None
    thumbnail: str | None = None
    error: str | None = None

    @property
    def present(self) -> tuple[str, ...]:
        """Findings that are on the film."""
        if self.report is None or self.report.truth is None:
            return ()
        return tuple(name for name, t in self.report.truth.findings.items() if t.value == "positive")


@dataclass(frozen=True)
class DemoResult:
    out: Path
    cases: tuple[DemoCase, ...]

    @property
    def failed(self) -> int:
        return sum(case.report is None for case in self.cases)

    def as_json(self) -> dict[str, Any]:
        cases = []
        for case in self.cases:
            entry: dict[str, Any] = {"case_id": case.case_id, "difficulty": None, "report": None}
            if case.report is None:
                entry["error"] = case.error
            else:
                entry["difficulty"] = case.report.difficulty.level
                entry["report"] = str(self.out / case.case_id / case.report.files["report"])
                entry["verdict"] = case.report.explanation.verdict
            cases.append(entry)
        asked = len(self.cases)
        return {
            "asked": asked,
            "done": asked - self.failed,
            "failed": self.failed,
            "index": str(self.out / INDEX),
            "cases": cases,
        }

    def table(self) -> str:
        width = max((len(case.case_id) for case in self.cases), default=4) + 2
        lines = [f"{'case':<{width}}{'difficulty':<12}{'verdict':<12}on the film"]
        for case in self.cases:
            if case.report is None:
                lines.append(f"{case.case_id:<{width}}failed: {case.error}")
                continue
            verdict = case.report.explanation.verdict or "none"
            present = ", ".join(case.present) or "nothing"
            lines.append(f"{case.case_id:<{width}}{case.report.difficulty.level:<12}{verdict:<12}{present}")
        page = (self.out / INDEX).resolve()
        return "\n".join([*lines, "", f"Open {page}", "Research only. Not a medical device."])


def run_demo(
    out: Path,
    *,
    films: Path = FILMS,
    pair: tuple[Classifier, Classifier] | None = None,
    on_case: Callable[[str], None] = lambda _: None,
) -> DemoResult:
    """Explain each case of `films`/demo.csv into its own folder and write the index page. `on_case` gets progress."""
    check_out(out)
    table = read_table(films / TABLE, films)
    pair = pair or load_pair("mini")
    cases = []
    for i, row in enumerate(table.rows(), 1):
        case_id = str(row["case_id"])
        try:
            bench = open_case(table.path_of(row), *pair, labels=table, revealed=True)
            report = write_case(explain_case(bench), bench, out / case_id)
        except RequestError as error:
            cases.append(DemoCase(case_id, error=str(error)))
            on_case(f"[{i}/{len(table)}] {case_id}: failed: {error}")
            continue
        cases.append(DemoCase(case_id, report, data_uri(thumbnail(report, bench), "image/jpeg")))
        on_case(f"[{i}/{len(table)}] {case_id}: {report.difficulty.level}")
    cases.sort(key=lambda c: LEVELS.index(c.report.difficulty.level) if c.report else len(LEVELS))  # stable
    result = DemoResult(out, tuple(cases))
    write_atomically(out / INDEX, render_index(result))
    return result


def render_index(result: DemoResult) -> str:
    """The index page as text."""
    models = next(([p.model for p in c.report.predictions.values()] for c in result.cases if c.report), [])
    return render_page("demo_index.html.jinja", cases=result.cases, failed=result.failed, models=models)
