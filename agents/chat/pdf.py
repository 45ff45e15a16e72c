"""A case's report as PDF: the panel, the summary with marks, scores, conversation, limits. A4, one column.

matplotlib draws it, as it draws the panel, so that no further package is needed. Text is text, not pixels.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image

from ...tools.workbench import Workbench
from ..records import CaseReport
from ..reports.output import render_panel
from ..reports.report import BASES, LEVELS, ROLE_NAMES, ROLES
from .records import Message

WIDTH, HEIGHT = 8.27, 11.69
"""A4, inches."""
LEFT, TOP, BOTTOM = 0.07, 0.945, 0.06
"""Margins as shares of the page."""
SIZES = {"title": 15, "head": 11.5, "text": 9, "small": 7.5}
"""Points."""
COLUMNS = {"title": 62, "head": 80, "text": 104, "small": 124}
"""Characters a line holds."""
INK, SOFT = "#111111", "#555555"


class Sheets:
    """Lines set from top to bottom, page after page."""

    def __init__(self, pages: PdfPages, footer: str):
        self.pages = pages
        self.footer = footer
        self._begin()

    def _begin(self) -> None:
        self.figure = Figure(figsize=(WIDTH, HEIGHT))
        self.at = TOP
        self.figure.text(LEFT, 0.03, self.footer, fontsize=7.5, color=SOFT, parse_math=False)

    def end(self) -> None:
        self.pages.savefig(self.figure)

    def room(self, share: float) -> None:
        """Begin a page where less than this share of one is left."""
        if self.at - share < BOTTOM:
            self.end()
            self._begin()

    def say(self, text: str, kind: str = "text", colour: str = INK, indent: float = 0.0) -> None:
        """A paragraph, wrapped."""
        line = SIZES[kind] * 1.42 / 72 / HEIGHT
        columns = int(COLUMNS[kind] * (1 - indent / 0.9))
        weight = "bold" if kind in ("title", "head") else "normal"
        for part in textwrap.wrap(text, columns) or [""]:
            self.room(line)
            self.at -= line
            self.figure.text(
                LEFT + indent, self.at, part, fontsize=SIZES[kind], color=colour, weight=weight, parse_math=False
            )
        self.at -= line * 0.25

    def head(self, text: str) -> None:
        self.room(0.08)
        self.at -= 0.012
        self.say(text, "head")

    def picture(self, png: bytes) -> None:
        image = Image.open(io.BytesIO(png)).convert("RGB")
        width = 1 - 2 * LEFT
        height = width * WIDTH / HEIGHT * image.height / image.width
        self.room(height)
        self.at -= height
        axes = self.figure.add_axes((LEFT, self.at, width, height))
        axes.imshow(np.asarray(image), interpolation="lanczos", aspect="auto")
        axes.set_axis_off()
        self.at -= 0.01


def render_pdf(report: CaseReport, bench: Workbench, messages: Sequence[Message]) -> bytes:
    """The report and the conversation as PDF bytes."""
    out = io.BytesIO()
    about = {"Title": f"{report.case_id}: Chest X-Ray LENS", "Creator": report.provenance.software, "Producer": None}
    with PdfPages(out, metadata={**about, "CreationDate": None}) as pages:
        sheets = Sheets(pages, f"{report.research_only}  ·  {report.case_id}")
        sheets.say(report.case_id, "title")
        sheets.say(report.research_only, "text", "#8a3b00")
        difficulty = report.difficulty
        sheets.say(
            f"Difficulty for the models: {difficulty.level}, {BASES[difficulty.basis]} ({LEVELS[difficulty.level]}). "
            f"Models {report.explanation.relation}. "
            + (
                "Blind: the writer did not see the truth."
                if report.blind
                else f"Verdict: {report.explanation.verdict}."
            ),
        )
        sheets.picture(render_panel(report, bench))
        sheets.head("Summary")
        for sentence in report.explanation.sentences:
            sheets.say(sentence.text)
            sheets.say(f"{sentence.mark}; {', '.join(sentence.evidence)}", "small", SOFT, 0.02)
        _scores(sheets, report)
        for section in report.explanation.sections:
            sheets.head(section.title)
            for sentence in section.sentences:
                sheets.say(f"{sentence.text}  [{sentence.mark}]")
        _conversation(sheets, messages)
        sheets.head("Limits")
        for limit in report.explanation.limits:
            sheets.say(limit)
        for flag in report.quality.flags:
            sheets.say(f"{flag.message} {flag.way_on}")
        sheets.say("Supported = agrees with the tools' results; it does not mean clinically true.", "small", SOFT)
        sheets.end()
    return out.getvalue()


def _scores(sheets: Sheets, report: CaseReport) -> None:
    sheets.head("Scores against thresholds")
    for finding in report.comparison.findings:
        cells = []
        for role in ROLES:
            score = report.predictions[role].findings.get(finding)
            if score is None:
                cells.append(f"{ROLE_NAMES[role]} not assessed")
            else:
                sign = "≥" if score.positive else "<"
                cells.append(f"{ROLE_NAMES[role]} {score.score:.2f} {sign} {score.threshold:.2f}")
        sheets.say(f"{finding}: " + "; ".join(cells), "small")


def _conversation(sheets: Sheets, messages: Sequence[Message]) -> None:
    if len(messages) < 2:
        return
    sheets.head("Conversation")
    for message in messages:
        if message.role == "user":
            sheets.say(f"Q: {message.text}")
            continue
        for sentence in message.sentences:
            sheets.say(f"{sentence.text}  [{sentence.mark}]", indent=0.02)
        if message.text:
            sheets.say(message.text, "small", SOFT, 0.02)
