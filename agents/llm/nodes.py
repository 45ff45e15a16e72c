"""The graph's nodes for an LLM's search for evidence: it asks, the tools answer, until it or its budget has enough."""

from __future__ import annotations

from typing import Literal

from ...training.findings import FindingSet
from ..nodes import Tools, brief_of
from ..state import CaseState, CaseUpdate
from ..writer import InvestigatorProtocol, WriterError
from .tools import use_tools


def investigate(state: CaseState, *, writer: InvestigatorProtocol, findings: FindingSet) -> CaseUpdate:
    """The LLM's next tool calls, or the end of the search. Failing to answer ends it too: writing is still tried."""
    writer.restore(state.get("calls", ()))
    turns = state.get("turns", ())
    try:
        turn = writer.investigate(brief_of(state, findings), turns)
    except WriterError:
        turn = None
    if turn is None:
        return {"searched": True, "calls": writer.calls}
    return {"turns": (*turns, turn), "searched": False, "calls": writer.calls}


def route_search(state: CaseState) -> Literal["answer_requests", "write_explanation"]:
    return "write_explanation" if state["searched"] else "answer_requests"


def answer_requests(
    state: CaseState, *, writer: InvestigatorProtocol, tools: Tools, findings: FindingSet
) -> CaseUpdate:
    """The tools' answers to the last turn, as evidence and as turns."""
    turns = state["turns"]
    brief = brief_of(state, findings)
    new, answers = use_tools(turns[-1].requests, tools, brief.evidence, brief.blind, writer.tool_calls_left(turns))
    return {"evidence": new, "turns": (*turns, *answers)}
