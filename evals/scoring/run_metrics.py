"""What an explanation took: money and time. Less is better."""

from __future__ import annotations

from ...training.findings import CHEXPERT, FindingSet
from .scored_case import ScoredCase


def cost(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """What the case's LLM calls cost, in the price table's currency, 0 or more; the offline narrator costs nothing.
    None where no price is known."""
    if case.report.llm is not None:  # also where the narrator stands in for an LLM that failed
        return case.report.llm.cost
    return 0.0 if case.report.writer.kind == "offline" else case.cost


def latency(case: ScoredCase, findings: FindingSet = CHEXPERT) -> float | None:
    """Wall-clock seconds of the case's steps, 0 or more; None for a record without a trace."""
    trace = case.report.trace
    return sum(step.seconds for step in trace) if trace else None
