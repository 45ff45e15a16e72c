"""What the program says of a run while it goes on and when it has ended."""

from __future__ import annotations

from ..records import CaseReport, Step


def waiting_words(done: Step, llm: str) -> str:
    """What an LLM is at after a step of the run; empty where the step tells nothing of that."""
    if done.node in ("locate_findings", "answer_requests"):
        return f"{llm} looks at the evidence and may call tools."
    if done.node == "investigate" and done.note is None:
        return f"{llm} writes; a sentence appears here once it has passed the check."
    if done.node == "check_explanation" and done.note is not None:
        return f"{done.note[:1].upper()}{done.note[1:]} by the check: back to {llm}."
    return ""


def closing_words(report: CaseReport) -> str:
    """What the program says of a run that ended."""
    explanation = report.explanation
    kept, cut = len(explanation.sentences), len(explanation.cut)
    seconds = sum(step.seconds for step in report.trace)
    words = f"Explained in {seconds:.1f} s: {kept} sentence{'s' if kept != 1 else ''} passed the check"
    words += f", {cut} {'was' if cut == 1 else 'were'} cut." if cut else "."
    if explanation.sections:
        words += " The long report stands beside the film."
    if report.writer.stands_in_for:
        words += f" {report.writer.stands_in_for} did not write ({report.writer.reason}): the offline narrator did."
    return f"{words} Ask about the models, their maps, a finding or a threshold."
