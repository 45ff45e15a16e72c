"""The graph's nodes: plain functions from the state to a partial update, with tools and writer as arguments."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from ..tools.schemas import Comparison, Evidence, Role
from ..training.findings import FindingSet
from ..training.radiographs.quality import Quality
from .difficulty import decide_difficulty
from .explanation.checker import check_draft, find_mistakes
from .explanation.facts import ROLES, Facts, read_facts
from .focus import choose_findings
from .records import Explanation, LlmCall
from .state import Brief, CaseState, CaseUpdate, GraphSettings
from .writer import InvestigatorProtocol, WriterError, WriterProtocol
from .writing import OnDraft


class Tools(Protocol):
    """What a node needs of a Toolbox."""

    def call(self, tool: str, **arguments: Any) -> Evidence: ...


def predict_models(state: CaseState, *, tools: Tools) -> CaseUpdate:
    return {"evidence": tuple(tools.call("predict", model=role) for role in ROLES)}


def compare_pair(state: CaseState, *, tools: Tools) -> CaseUpdate:
    finding = state["request"].finding
    return {"evidence": (tools.call("compare_models", **({"finding": finding} if finding else {})),)}


def route_truth(state: CaseState) -> Literal["lookup_truth", "sort_difficulty"]:
    """The truth is looked up only where the comparison could see it too."""
    return "lookup_truth" if comparison_of(state).revealed else "sort_difficulty"


def lookup_truth(state: CaseState, *, tools: Tools) -> CaseUpdate:
    return {"evidence": (tools.call("lookup_ground_truth"),)}


def sort_difficulty(state: CaseState, *, findings: FindingSet) -> CaseUpdate:
    difficulty = decide_difficulty(
        comparison_of(state), facts_of(state), quality_of(state), findings, asked=state["request"].difficulty
    )
    return {"difficulty": difficulty}


def locate_findings(state: CaseState, *, tools: Tools, findings: FindingSet, settings: GraphSettings) -> CaseUpdate:
    """Maps and boxes of the findings that matter, for each model that assesses them."""
    facts = facts_of(state)
    chosen = choose_findings(
        comparison_of(state),
        facts,
        findings,
        settings.max_findings,
        asked=state["request"].finding,
        shared_first=state["difficulty"].level == "easy",
    )
    evidence = [
        tools.call(tool, model=role, finding=finding)
        for finding in chosen
        for role in ROLES
        if (role, finding) in facts.readings
        for tool in ("gradcam", "detect_boxes")
    ]
    return {"evidence": tuple(evidence)}


def write_explanation(
    state: CaseState,
    *,
    writer: WriterProtocol,
    stand_in: WriterProtocol,
    findings: FindingSet,
    on_draft: OnDraft | None = None,
) -> CaseUpdate:
    """The writer's draft; where it cannot write, the stand-in's, with the reason."""
    _restore(state, writer)
    brief, reason = brief_of(state, findings), None
    try:
        draft = writer.write(brief)
    except WriterError as error:
        draft, reason = stand_in.write(plain(brief)), str(error)
    if on_draft is not None:
        on_draft(brief, draft)
    return {"draft": draft, "repairs": 0, "calls": _calls(writer), "stand_in": reason}


def check_explanation(state: CaseState, *, findings: FindingSet) -> CaseUpdate:
    return {"mistakes": find_mistakes(state["draft"], brief_of(state, findings))}


def route_repair(state: CaseState, *, settings: GraphSettings) -> Literal["repair", "finish"]:
    """Back to the writer while there is something to mend and turns are left."""
    return "repair" if state["mistakes"] and state["repairs"] < settings.max_repairs else "finish"


def repair(state: CaseState, *, writer: WriterProtocol, findings: FindingSet, settings: GraphSettings) -> CaseUpdate:
    """The writer mends its draft; one with nothing to mend ends the loop, and the mistakes are cut."""
    _restore(state, writer)
    mended = None
    if state["stand_in"] is None:
        mended = writer.repair(brief_of(state, findings), state["draft"], state["mistakes"])
    if mended is None:
        return {"repairs": settings.max_repairs, "calls": _calls(writer)}
    return {"draft": mended, "repairs": state["repairs"] + 1, "calls": _calls(writer)}


def finish(state: CaseState, *, writer: WriterProtocol, stand_in: WriterProtocol, findings: FindingSet) -> CaseUpdate:
    """What passed the checker, with marks; what did not is cut with the reason.

    Where nothing of a writer's summary is left, the stand-in's explanation is given, with what was cut of the writer's.
    """
    brief = brief_of(state, findings)
    sentences, sections, limits, cut = check_draft(state["draft"], brief)
    reason = state["stand_in"]
    if not sentences and reason is None and isinstance(writer, InvestigatorProtocol):
        reason = "none of its sentences agreed with the tools"
        refused = cut
        sentences, sections, limits, cut = check_draft(stand_in.write(plain(brief)), plain(brief))
        cut = (*refused, *cut)
    comparison = comparison_of(state)
    more_plausible: Role | None = None
    if brief.blind:
        facts = facts_of(state)
        leads = dict.fromkeys(finding for _, finding in facts.looks)
        more_plausible = facts.more_plausible(next(iter(leads))) if leads else None
    explanation = Explanation(
        sentences=sentences,
        sections=sections,
        limits=limits,
        cut=cut,
        verdict=comparison.verdict,
        relation=comparison.relation,
        more_plausible=more_plausible,
    )
    return {"explanation": explanation, "stand_in": reason}


def plain(brief: Brief) -> Brief:
    """A brief without what an LLM asked of a tool at other than its default: the narrator does not speak of that."""
    return brief.model_copy(update={"evidence": tuple(e for e in brief.evidence if "@" not in e.id)})


def _restore(state: CaseState, writer: WriterProtocol) -> None:
    """After a stop, what was spent before it counts."""
    if isinstance(writer, InvestigatorProtocol):
        writer.restore(state.get("calls", ()))


def _calls(writer: WriterProtocol) -> tuple[LlmCall, ...]:
    return writer.calls if isinstance(writer, InvestigatorProtocol) else ()


def brief_of(state: CaseState, findings: FindingSet) -> Brief:
    return Brief(
        case_id=state["request"].case_id,
        finding=state["request"].finding,
        blind=not comparison_of(state).revealed,
        difficulty=state["difficulty"],
        evidence=state["evidence"],
        findings=findings,
    )


def facts_of(state: CaseState) -> Facts:
    return read_facts(state["evidence"])


def comparison_of(state: CaseState) -> Comparison:
    return Comparison.model_validate(_result(state, "compare_models"))


def quality_of(state: CaseState) -> Quality:
    return Quality.model_validate(_result(state, "assess_quality"))


def _result(state: CaseState, tool: str) -> dict[str, Any]:
    return next(evidence.result for evidence in state["evidence"] if evidence.tool == tool)
