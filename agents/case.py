"""Explains one case that is on the bench: runs the graph and puts the whole record together.

report = explain_case(bench)
print("\\n".join(sentence.text for sentence in report.explanation.sentences))
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, cast

from langsmith.run_helpers import tracing_context

from ..tools.compare_models import compare_models
from ..tools.schemas import BoxSet, CompareModelsInput, Evidence, Heatmap, Prediction, Role
from ..tools.toolbox import Toolbox
from . import nodes
from .difficulty import true_difficulty
from .explanation.narrator import OfflineNarrator
from .graph import CaseGraph, Hands, build_graph, shared_graph, steps_of
from .llm.budget import usage
from .llm.tools import told_request
from .nodes import Tools, comparison_of
from .records import CaseReport, Difficulty, Level, Provenance, Step, Writer
from .state import CaseState, CaseUpdate, GraphSettings, Request
from .writer import InvestigatorProtocol, WriterProtocol
from .writing import SoFar, WatchedProtocol, Writing

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from ..tools.workbench import Workbench


def explain_case(
    bench: Workbench,
    *,
    finding: str | None = None,
    difficulty: Level | None = None,
    writer: WriterProtocol | None = None,
    on_step: Callable[[Step], None] | None = None,
    on_writing: Callable[[Writing], None] | None = None,
    stop: threading.Event | None = None,
    settings: GraphSettings | None = None,
    checkpoint: BaseCheckpointSaver | None = None,
    resume: bool = False,
    tools: Tools | None = None,
) -> CaseReport:
    """The report on a case, blind or revealed as the bench is; `files` is empty until it is written.

    `on_step` is called after each node, `on_writing` as sentences pass the check; once `stop` is set, a writer that
    waits for a server raises `StoppedError`. `tools` are the bench's own unless others stand around them. With
    `checkpoint` (agents/checkpoint.py) the state is kept after each; `resume` goes on where a run of the same request
    was stopped, else the run starts anew.
    Raises `ToolError` where `finding` is unknown or not assessed by both models.
    """
    writer = writer or OfflineNarrator()
    settings = settings or GraphSettings()
    request = Request(
        case_id=bench.case_id, finding=None if finding is None else bench.finding(finding), difficulty=difficulty
    )
    if isinstance(writer, InvestigatorProtocol):
        writer.take(bench)
    on_draft = None if on_writing is None else SoFar(on_writing)
    if isinstance(writer, WatchedProtocol):
        writer.watch(on_draft, stop)
    hands = Hands(tools or Toolbox(bench), writer, settings, bench.findings, on_draft)
    config: RunnableConfig = {"recursion_limit": steps_of(settings)}
    start: CaseUpdate | None = {"request": request, "evidence": (quality_evidence(bench),)}
    trace: list[Step] = []
    if checkpoint is None:
        graph = shared_graph(isinstance(writer, InvestigatorProtocol))
    else:
        graph = build_graph(hands.tools, writer, settings, bench.findings, checkpoint, on_draft)
        thread = thread_of(bench, request, writer)
        config["configurable"] = {"thread_id": thread}
        before = graph.get_state(config)
        if resume and before.values:
            steps = before.metadata.get("step", 0) if before.metadata else 0
            trace.append(Step(node="resume", seconds=0, note=f"{steps} steps were done before"))
            start = None
        else:
            checkpoint.delete_thread(thread)
    state, steps = _run(graph, start, config, on_step, hands)
    return _report(bench, state, writer, (*trace, *steps))


def collect_evidence(
    bench: Workbench,
    tools: Tools,
    *,
    finding: str | None = None,
    difficulty: Level | None = None,
    settings: GraphSettings | None = None,
) -> None:
    """Ask for all the evidence the graph asks for before anything is written; with a `KeptToolbox` it is then there.

    Raises `ToolError` as `explain_case` does.
    """
    request = Request(
        case_id=bench.case_id, finding=None if finding is None else bench.finding(finding), difficulty=difficulty
    )
    state: dict[str, Any] = {"request": request, "evidence": (quality_evidence(bench),)}

    def take(update: CaseUpdate) -> CaseState:
        state.update({**update, "evidence": (*state["evidence"], *update.get("evidence", ()))})
        return cast(CaseState, state)

    now = take(nodes.predict_models(cast(CaseState, state), tools=tools))
    now = take(nodes.compare_pair(now, tools=tools))
    if nodes.route_truth(now) == "lookup_truth":
        now = take(nodes.lookup_truth(now, tools=tools))
    now = take(nodes.sort_difficulty(now, findings=bench.findings))
    nodes.locate_findings(now, tools=tools, findings=bench.findings, settings=settings or GraphSettings())


def thread_of(bench: Workbench, request: Request, writer: WriterProtocol) -> str:
    """What makes two runs the same one: film, models, sight, request, and who writes with which prompt."""
    models = [bench.baseline.weights_sha256, bench.finetuned.weights_sha256]
    parts = [bench.film.info.pixel_sha256, *models, bench.revealed, request.model_dump(), writer.about.model_dump()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def quality_evidence(bench: Workbench) -> Evidence:
    """The film's quality, measured when the case was opened, as evidence like any other."""
    return Evidence(
        id="quality", tool="assess_quality", arguments={}, result=bench.quality.model_dump(mode="json"), seconds=0
    )


def _run(
    graph: CaseGraph,
    start: CaseUpdate | None,
    config: RunnableConfig,
    on_step: Callable[[Step], None] | None,
    hands: Hands,
) -> tuple[CaseState, tuple[Step, ...]]:
    """Stream the graph: the final state and one step per node, with the seconds it took."""
    trace: list[Step] = []
    clock = time.perf_counter()
    values: Any = {}
    keep: Any = {"durability": "sync"} if "configurable" in config else {}
    with tracing_context(enabled=False):  # a LANGSMITH_TRACING in the environment would send the case elsewhere
        chunk: Any
        for mode, chunk in graph.stream(start, config, context=hands, stream_mode=["updates", "values"], **keep):
            if mode == "values":
                values = chunk
                continue
            now = time.perf_counter()
            for node, update in chunk.items():
                trace.append(Step(node=node, seconds=now - clock, note=note_of(node, update or {})))
                if on_step is not None:
                    on_step(trace[-1])
            clock = now
    if not values:  # nothing was left to do: the run had ended before
        values = graph.get_state(config).values
    return cast(CaseState, values), tuple(trace)


def note_of(node: str, update: Any) -> str | None:
    """What a step did, where a reader wants to know more than its name. Never a word of an LLM's own."""
    if update.get("stand_in"):
        return f"the narrator stands in: {update['stand_in']}"
    if node == "investigate" and not update["searched"]:
        return "asks for " + ", ".join(told_request(request) for request in update["turns"][-1].requests)
    if node == "answer_requests":
        return f"{len(update['evidence'])} new results"
    if node == "check_explanation" and update["mistakes"]:
        count = len(update["mistakes"])
        return f"{count} statement{'s' if count > 1 else ''} refused"
    return None


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
        boxes=tuple(
            BoxSet.model_validate(e.result) for e in evidence if e.tool == "detect_boxes" and "@" not in e.id
        ),
        comparison=comparison,
        truth=bench.truth,
        explanation=state["explanation"],
        evidence=evidence,
        writer=_author(state, writer),
        trace=trace,
        llm=usage(state.get("calls", ())),
        provenance=Provenance(
            software=software(),
            command="cxr-lens explain",
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            baseline_sha256=bench.baseline.weights_sha256,
            finetuned_sha256=bench.finetuned.weights_sha256,
            notes=tuple(dict.fromkeys(m.config.note for m in (bench.baseline, bench.finetuned) if m.config.note)),
        ),
    )


def _author(state: CaseState, writer: WriterProtocol) -> Writer:
    """Who wrote what is in the report: the writer, or the narrator in its place and why."""
    if state.get("stand_in") is None:
        return writer.about
    about = writer.about
    return OfflineNarrator().about.model_copy(
        update={"stands_in_for": f"{about.name} with {about.prompt}", "reason": state["stand_in"]}
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


@cache
def software() -> str:
    """`chest-xray-lens 0.1.0`"""
    try:
        return f"chest-xray-lens {version('chest-xray-lens')}"
    except PackageNotFoundError:
        return "chest-xray-lens from source"
