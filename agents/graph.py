"""The LangGraph graph: from a request to a checked explanation. Tools and writer are arguments, so tests pass fakes.

predict_models -> compare_pair -> [lookup_truth when revealed] -> sort_difficulty -> locate_findings
    -> [investigate <-> answer_requests, bounded, where the writer is an LLM]
    -> write_explanation -> check_explanation -> [repair -> check_explanation, bounded] -> finish
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from ..training.findings import CHEXPERT, FindingSet
from . import nodes
from .explanation.narrator import OfflineNarrator
from .llm import nodes as llm_nodes
from .state import CaseState, GraphSettings
from .writer import InvestigatorProtocol, WriterProtocol
from .writing import OnDraft

MOST_ROUNDS = 40
"""Of the search for evidence, for LangGraph's own loop guard; the writer's budget ends it long before."""


@dataclass(frozen=True)
class Hands:
    """What the nodes of one case work with."""

    tools: nodes.Tools
    writer: WriterProtocol
    settings: GraphSettings = field(default_factory=GraphSettings)
    findings: FindingSet = CHEXPERT
    on_draft: OnDraft | None = None
    """Gets the first draft once it is written."""
    stand_in: WriterProtocol = field(default_factory=OfflineNarrator)
    """Writes where an LLM cannot, or nothing it wrote passes."""

    def some(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


CaseGraph = CompiledStateGraph[Any, Hands, Any, Any]


def build_graph(  # noqa: PLR0917  what a graph is made of, in a fixed order
    tools: nodes.Tools,
    writer: WriterProtocol,
    settings: GraphSettings | None = None,
    findings: FindingSet = CHEXPERT,
    checkpointer: Any = None,
    on_draft: OnDraft | None = None,
) -> CaseGraph:
    """The compiled graph for one case. Its input holds `request` and the film's `quality` as first evidence.

    Where an LLM cannot write, or nothing it wrote passes, the offline narrator stands in. `on_draft` gets the first
    draft once it is written.
    """
    hands = Hands(tools, writer, settings or GraphSettings(), findings, on_draft)

    def bind(node: Callable[..., Any], *names: str) -> Callable[..., Any]:
        return partial(node, **hands.some(names))

    return _assemble(isinstance(writer, InvestigatorProtocol), bind, checkpointer)


@cache
def shared_graph(searches: bool) -> CaseGraph:
    """The graph for many cases, also at once, compiled once: each case's `Hands` are the context of its run.

    `searches`: the writers are of those that search for evidence.
    """

    def bind(node: Callable[..., Any], *names: str) -> Callable[..., Any]:
        def run(state: CaseState, runtime: Runtime[Hands]) -> Any:
            return node(state, **runtime.context.some(names))

        return run

    return _assemble(searches, bind, None)


def _assemble(searches: bool, bind: Callable[..., Callable[..., Any]], checkpointer: Any) -> CaseGraph:
    """`bind(node, *names)` gives a node the `Hands` of those names."""
    graph = StateGraph(CaseState, context_schema=Hands)
    for name, node in {
        "predict_models": bind(nodes.predict_models, "tools"),
        "compare_pair": bind(nodes.compare_pair, "tools"),
        "lookup_truth": bind(nodes.lookup_truth, "tools"),
        "sort_difficulty": bind(nodes.sort_difficulty, "findings"),
        "locate_findings": bind(nodes.locate_findings, "tools", "findings", "settings"),
        "write_explanation": bind(nodes.write_explanation, "writer", "stand_in", "findings", "on_draft"),
        "check_explanation": bind(nodes.check_explanation, "findings"),
        "repair": bind(nodes.repair, "writer", "findings", "settings"),
        "finish": bind(nodes.finish, "writer", "stand_in", "findings"),
    }.items():
        graph.add_node(name, node)
    graph.add_edge(START, "predict_models")
    graph.add_edge("predict_models", "compare_pair")
    graph.add_conditional_edges("compare_pair", nodes.route_truth, ["lookup_truth", "sort_difficulty"])
    graph.add_edge("lookup_truth", "sort_difficulty")
    graph.add_edge("sort_difficulty", "locate_findings")
    if searches:
        graph.add_node("investigate", bind(llm_nodes.investigate, "writer", "findings"))
        graph.add_node("answer_requests", bind(llm_nodes.answer_requests, "writer", "tools", "findings"))
        graph.add_edge("locate_findings", "investigate")
        graph.add_conditional_edges("investigate", llm_nodes.route_search, ["answer_requests", "write_explanation"])
        graph.add_edge("answer_requests", "investigate")
    else:
        graph.add_edge("locate_findings", "write_explanation")
    graph.add_edge("write_explanation", "check_explanation")
    graph.add_conditional_edges("check_explanation", bind(nodes.route_repair, "settings"), ["repair", "finish"])
    graph.add_edge("repair", "check_explanation")
    graph.add_edge("finish", END)
    return graph.compile(checkpointer=checkpointer)


def steps_of(settings: GraphSettings) -> int:
    """The most node runs a case can take: a limit for LangGraph's own loop guard."""
    return 12 + 2 * (settings.max_repairs + 1) + 2 * MOST_ROUNDS
