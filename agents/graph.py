"""The LangGraph graph: from a request to a checked explanation. Tools and writer are arguments, so tests pass fakes.

predict_models -> compare_pair -> [lookup_truth when revealed] -> sort_difficulty -> locate_findings
    -> [investigate <-> answer_requests, bounded, where the writer is an LLM]
    -> write_explanation -> check_explanation -> [repair -> check_explanation, bounded] -> finish
"""

from __future__ import annotations

from functools import partial
from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from ..training.findings import CHEXPERT, FindingSet
from . import nodes
from .explanation.narrator import OfflineNarrator
from .llm import nodes as llm_nodes
from .state import CaseState, GraphSettings
from .writer import InvestigatorProtocol, WriterProtocol
from .writing import OnDraft

MOST_ROUNDS = 40
"""Of the search for evidence, for LangGraph's own loop guard; the writer's budget ends it long before."""


def build_graph(  # noqa: PLR0917  what a graph is made of, in a fixed order
    tools: nodes.Tools,
    writer: WriterProtocol,
    settings: GraphSettings | None = None,
    findings: FindingSet = CHEXPERT,
    checkpointer: Any = None,
    on_draft: OnDraft | None = None,
) -> CompiledStateGraph:
    """The compiled graph for one case. Its input holds `request` and the film's `quality` as first evidence.

    Where an LLM cannot write, or nothing it wrote passes, the offline narrator stands in. `on_draft` gets the first
    draft once it is written.
    """
    settings = settings or GraphSettings()
    narrator = OfflineNarrator()
    graph = StateGraph(CaseState)
    for name, node in {
        "predict_models": partial(nodes.predict_models, tools=tools),
        "compare_pair": partial(nodes.compare_pair, tools=tools),
        "lookup_truth": partial(nodes.lookup_truth, tools=tools),
        "sort_difficulty": partial(nodes.sort_difficulty, findings=findings),
        "locate_findings": partial(nodes.locate_findings, tools=tools, findings=findings, settings=settings),
        "write_explanation": partial(
            nodes.write_explanation, writer=writer, stand_in=narrator, findings=findings, on_draft=on_draft
        ),
        "check_explanation": partial(nodes.check_explanation, findings=findings),
        "repair": partial(nodes.repair, writer=writer, findings=findings, settings=settings),
        "finish": partial(nodes.finish, writer=writer, stand_in=narrator, findings=findings),
    }.items():
        graph.add_node(name, node)
    graph.add_edge(START, "predict_models")
    graph.add_edge("predict_models", "compare_pair")
    graph.add_conditional_edges("compare_pair", nodes.route_truth, ["lookup_truth", "sort_difficulty"])
    graph.add_edge("lookup_truth", "sort_difficulty")
    graph.add_edge("sort_difficulty", "locate_findings")
    if isinstance(writer, InvestigatorProtocol):
        graph.add_node("investigate", partial(llm_nodes.investigate, writer=writer, findings=findings))
        answer = partial(llm_nodes.answer_requests, writer=writer, tools=tools, findings=findings)
        graph.add_node("answer_requests", answer)
        graph.add_edge("locate_findings", "investigate")
        graph.add_conditional_edges("investigate", llm_nodes.route_search, ["answer_requests", "write_explanation"])
        graph.add_edge("answer_requests", "investigate")
    else:
        graph.add_edge("locate_findings", "write_explanation")
    graph.add_edge("write_explanation", "check_explanation")
    graph.add_conditional_edges(
        "check_explanation", partial(nodes.route_repair, settings=settings), ["repair", "finish"]
    )
    graph.add_edge("repair", "check_explanation")
    graph.add_edge("finish", END)
    return graph.compile(checkpointer=checkpointer)


def steps_of(settings: GraphSettings) -> int:
    """The most node runs a case can take: a limit for LangGraph's own loop guard."""
    return 12 + 2 * (settings.max_repairs + 1) + 2 * MOST_ROUNDS
