"""Two controls beside every score: the offline narrator on the same evidence, and the same writer on placebo maps."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...agents.batch.cases import list_cases
from ...agents.batch.command import Bar, Stop, run_record
from ...agents.batch.job import BatchJob, BatchSettings
from ...agents.batch.run import run_batch
from ...agents.batch.store import BatchStore
from ...agents.explanation.checker import check_draft
from ...agents.explanation.narrator import OfflineNarrator
from ...agents.llm.opening import WriterOpener
from ...agents.nodes import plain
from ...agents.records import CaseReport, Step
from ...agents.settings import OFFLINE
from ...agents.state import brief_of_report
from ...training.errors import RequestError
from ...training.findings import CHEXPERT, FindingSet
from ...training.models.classifier import Classifier
from .placebo import first_draft, placebo_cases
from .praise import count_praise
from .records import Control, Kind, PlaceboControl, Praise
from .scored_case import CONTROLS, ScoredCase, load_cases
from .scores import METRICS, mean_scores

RUN_FIELDS = ("relevance", "faithfulness")
"""Metrics of the placebo arm that are shown beside the run's: the others do not depend on the maps."""


def narrated(case: ScoredCase, findings: FindingSet = CHEXPERT) -> ScoredCase:
    """The case as the offline narrator tells it, from the record's own evidence."""
    report, narrator = case.report, OfflineNarrator()
    brief = plain(brief_of_report(report, findings))
    start = time.perf_counter()
    sentences, sections, limits, cut = check_draft(narrator.write(brief), brief)
    told = report.explanation.model_copy(
        update={"sentences": sentences, "sections": sections, "limits": limits, "cut": cut}
    )
    step = Step(node="write", seconds=time.perf_counter() - start)
    update = {"explanation": told, "writer": narrator.about, "llm": None, "trace": (step,)}
    return replace(case, report=report.model_copy(update=update), cost=None)


def narrator_control(cases: Sequence[ScoredCase], findings: FindingSet = CHEXPERT) -> Control | str:
    """Every case told again; why not where the narrator wrote them all, or they keep no evidence."""
    if all(case.report.writer.kind == "offline" for case in cases):
        return "the narrator wrote the run itself"
    told = [case for case in cases if case.report.evidence]
    if not told:
        return "the records keep no evidence"
    names = [metric.name for metric in METRICS]
    return Control(
        about="the offline narrator on the same evidence",
        cases=len(told),
        run=mean_scores(told, names, findings),
        control=mean_scores([narrated(case, findings) for case in told], names, findings),
    )


@dataclass(frozen=True)
class PlaceboRequest:
    """What a placebo arm is made of."""

    data: str
    images: Path | None
    pair: tuple[Classifier, Classifier]
    opener: WriterOpener
    kind: Kind = "weights"
    most: int = 40
    max_cost: float | None = None
    concurrency: int | None = None


def placebo_control(
    request: PlaceboRequest, cases: Sequence[ScoredCase], out: Path, findings: FindingSet = CHEXPERT
) -> PlaceboControl:
    """The same writer on up to `most` of the run's films with placebo maps, kept below `out` and gone on with.

    `RequestError` where none of the cases is in the table, or the run was stopped.
    """
    table = list_cases(request.data, images=request.images, findings=findings)
    scored = {case.report.case_id: case for case in cases}
    known = [case for case in table.cases if case.case_id in scored]
    if not known:
        raise RequestError(f"none of the explained cases is in {request.data}; the placebo arm needs their films")
    wanted = random.Random(0).sample(known, min(request.most, len(known)))  # noqa: S311  a sample, not a secret
    chosen = placebo_cases(table, wanted, request.kind)
    folder = out / CONTROLS / f"placebo-{request.kind}-{len(wanted)}"
    finding = next((c.report.finding for c in cases), None)
    job = BatchJob(
        chosen,
        request.pair,
        lambda _: first_draft(request.opener),
        BatchSettings(
            workers=request.opener.cases_at_once(request.concurrency),
            thumbnails=False,
            finding=finding,
            max_cost=request.max_cost,
        ),
    )
    record = run_record(
        f"{Path(request.data).name}, placebo maps", chosen, request.pair, [job.make_writer(wanted[0])]
    )
    stop = Stop()
    with BatchStore.begin(folder, record, chosen, resume=True) as store, stop:
        with Bar(len(chosen), len(store.finished)) as bar:
            run_batch(job, store, cost_of=_cost, on_progress=bar, should_stop=stop)
        left = len(chosen) - len(store.finished)
        if left:
            raise RequestError(
                f"the placebo arm was stopped with {left} cases left; the same command goes on with it"
            )
        if not store.done:
            raise RequestError(f"no case of the placebo arm could be explained: {store.failures[0].reason}")
    placebo = [
        replace(case, truth=scored[case.report.case_id].truth, patient=scored[case.report.case_id].patient)
        for case in load_cases(folder)
    ]
    same = [scored[case.report.case_id] for case in placebo]
    praise = count_praise(placebo, findings)
    return PlaceboControl(
        about=_ABOUT[request.kind],
        kind=request.kind,
        cases=len(placebo),
        run=mean_scores(same, RUN_FIELDS, findings),
        control=mean_scores(placebo, RUN_FIELDS, findings),
        run_praise=count_praise(same, findings),
        control_praise=praise,
        verdict=_verdict(praise),
    )


def writer_of(cases: Sequence[ScoredCase]) -> tuple[str, str]:
    """(LLM or `offline`, prompt) that most of the run was to be written with."""
    counted = Counter(_meant(case.report) for case in cases)
    return counted.most_common(1)[0][0]


def models_of(cases: Sequence[ScoredCase]) -> tuple[str, str]:
    predictions = cases[0].report.predictions
    return predictions["baseline"].model, predictions["finetuned"].model


_ABOUT: dict[Kind, str] = {
    "weights": "the same writer on maps of shuffled weights",
    "case": "the same writer on maps of other patients' films",
}


def _meant(report: CaseReport) -> tuple[str, str]:
    """Who was to write; where the narrator stands in, the LLM it stands in for."""
    meant, _, prompt = (report.writer.stands_in_for or "").rpartition(" with ")
    if meant:
        return meant, prompt
    return OFFLINE if report.writer.kind == "offline" else report.writer.name, report.writer.prompt


def _cost(report: CaseReport) -> float | None:
    return 0.0 if report.llm is None else report.llm.cost


def _verdict(praise: Praise) -> str:
    counted = f"{praise.misplaced_praised} of {praise.misplaced} statements on placebo maps outside the usual places"
    if praise.statements == 0:
        return "It says nothing of where placebo maps lie."
    if praise.praises_misplaced is None:
        return f"Not decided: only {praise.misplaced} statements are on placebo maps outside the usual places."
    if praise.praises_misplaced:
        return f"It PRAISES placebo maps: {counted} call their place usual."
    return f"It does not praise placebo maps: {counted} call their place usual."
