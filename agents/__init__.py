"""The agent: graph, narrator, checker, reports and the command line.

from cxr_lens.agents import explain_case
report = explain_case(bench)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .case import explain_case
    from .explanation.narrator import OfflineNarrator
    from .graph import build_graph
    from .opening import open_case
    from .records import CaseReport, Explanation
    from .reports.output import write_case
    from .reports.report import render_report
    from .state import GraphSettings
    from .writer import WriterProtocol

__all__ = [
    "CaseReport",
    "Explanation",
    "GraphSettings",
    "OfflineNarrator",
    "WriterProtocol",
    "build_graph",
    "explain_case",
    "open_case",
    "render_report",
    "write_case",
]

_PLACES = {
    "CaseReport": "records",
    "Explanation": "records",
    "OfflineNarrator": "explanation.narrator",
    "GraphSettings": "state",
    "WriterProtocol": "writer",
    "build_graph": "graph",
    "explain_case": "case",
    "open_case": "opening",
    "render_report": "reports.report",
    "write_case": "reports.output",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
