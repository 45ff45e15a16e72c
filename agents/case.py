"""Explains one case that is on the bench: runs the graph and puts the whole record together.

report = explain_case(bench)
print("\\n".join(sentence.text for sentence in report.explanation.sentences))
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, cast

from ..tools.compare_models import compare_models
from ..tools.schemas import BoxSet, CompareModelsInput, Evidence, Heatmap, Prediction, Role
from ..tools.toolbox import Toolbox
from .difficulty import true_difficulty
from .graph import build_graph, steps_of
from .narrator import OfflineNarrator
from .nodes import comparison_of
from .records import CaseReport, Difficulty, Level, Provenance, Step
from .state import CaseState, CaseUpdate, GraphSettings, Request
from .writer import WriterProtocol

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

    from ..tools.workbench import Workbench


def explain_case(
    bench: Workbench,
    *,
    finding: str | None = None,
    difficulty: Level | None = None,
    writer: WriterProtocol | None = None,
    on_step: Callable[[Step], None] | None = None,
    settings: GraphSettings | None = None,
) -> CaseReport:
    """The report on a case, blind or revealed as the bench is; `files` is empty until it is written.

    `on_step` is called after each node. Raises `ToolError` where `finding` is unknown or not assessed by both models.
    """
    writer = writer or OfflineNarrator()
    settings = settings or GraphSettings()
    request = Request(
        case_id=bench.case_id, finding=None if finding is None else bench.finding(finding), difficulty=difficulty
    )
    graph = build_graph(Toolbox(bench), writer, settings, bench.findings)
    start: CaseUpdate = {"request": request, "evidence": (quality_evidence(bench),)}
    state, trace = _run(graph, start, steps_of(settings), on_step)
    return _report(bench, state, writer, trace)


def quality_evidence(bench: Workbench) -> Evidence:
    """The film's quality, measured when the case was opened, as evidence like any other."""
    return Evidence(
        id="quality", tool="assess_quality", arguments={}, result=bench.quality.model_dump(mode="json"), seconds=0
    )


def _run(
    graph: CompiledStateGraph, start: CaseUpdate, limit: int, on_step: Callable[[Step], None] | None
) -> tuple[CaseState, tuple[Step, ...]]:
    """Stream the graph: the final state and one step per node, with the seconds it took."""
    trace: list[Step] = []
    clock = time.perf_counter()
    values: Any = {}
    for mode, chunk in graph.stream(start, {"recursion_limit": limit}, stream_mode=["updates", "values"]):
        if mode == "values":
            values = chunk
            continue
        now = time.perf_counter()
        for node in chunk:
            trace.append(Step(node=node, seconds=now - clock))
            if on_step is not None:
                on_step(trace[-1])
        clock = now
    return cast(CaseState, values), tuple(trace)


def _report(bench: Workbench, state: CaseState, writer: WriterProtocol, trace: tuple[Step, ...]) -> CaseReport:
    evidence = state["evidence"]
    comparison = comparison_of(state)
    blind = not comparison.revealed
    roles: tuple[Role, ...] = ("baseline", "finetuned")
    return CaseReport(
        case_id=bench.case_id,
        radiograph=bench.film.info,
        quality=bench.quality,
        blind=blind,
        finding=state["request"].finding,
        difficulty=state["difficulty"],
        true_difficulty=_level_behind(bench, comparison.finding) if blind else None,
        predictions={role: Prediction.model_validate(_of(evidence, f"predict.{role}")) for role in roles},
        heatmaps=tuple(Heatmap.model_validate(e.result) for e in evidence if e.tool == "gradcam"),
        boxes=tuple(BoxSet.model_validate(e.result) for e in evidence if e.tool == "detect_boxes"),
        comparison=comparison,
        truth=bench.truth,
        explanation=state["explanation"],
        evidence=evidence,
        writer=writer.about,
        trace=trace,
        provenance=Provenance(
            software=software(),
            command="cxr-lens explain",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            baseline_sha256=bench.baseline.weights_sha256,
            finetuned_sha256=bench.finetuned.weights_sha256,
            notes=tuple(dict.fromkeys(m.config.note for m in (bench.baseline, bench.finetuned) if m.config.note)),
        ),
    )


def _level_behind(bench: Workbench, finding: str | None) -> Difficulty | None:
    """The level against the truth that the writer did not see, joined after the text was written."""
    if bench.truth is None:
        return None
    level = true_difficulty(compare_models(bench.reveal(), CompareModelsInput(finding=finding)))
    if level is None:
        return None
    return Difficulty(level=level, basis="ground_truth", finding=finding)


def _of(evidence: tuple[Evidence, ...], name: str) -> dict:
    return next(e.result for e in evidence if e.id == name)


def software() -> str:
    """`chest-xray-lens 0.1.0`"""
    try:
        return f"chest-xray-lens {version('chest-xray-lens')}"
    except PackageNotFoundError:
        return "chest-xray-lens from source"
