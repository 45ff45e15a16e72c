"""The offline narrator: writes an explanation from evidence with the phrases of a prompt, no LLM.

It is the default writer, the fallback when an LLM keeps failing, and the control in comparisons.
"""

from __future__ import annotations

from ...prompts.loader import PromptError, load_prompt
from ...training.errors import RequestError
from ..records import Cut, Writer
from ..state import Brief, Draft
from .sections import write_limits, write_sections
from .summary import summarise_case, summarise_finding
from .telling import Telling

NARRATOR, DEFAULT_PROMPT = "narrator", "narrator@v1"


class OfflineNarrator:
    """A writer (see agents/writer.py) that needs nothing but the evidence. The same brief gives the same text."""

    def __init__(self, prompt: str = DEFAULT_PROMPT):
        try:
            self.prompt = load_prompt(prompt)
        except PromptError as error:
            raise RequestError(str(error)) from None
        if self.prompt.name != NARRATOR:
            raise RequestError(f"{prompt!r} is not for the offline narrator; use {DEFAULT_PROMPT}")

    @property
    def about(self) -> Writer:
        return Writer(kind="offline", name="narrator", prompt=self.prompt.key, prompt_sha256=self.prompt.sha256)

    def write(self, brief: Brief) -> Draft:
        telling = Telling(brief, self.prompt)
        about = brief.finding
        sentences = summarise_case(telling) if about is None else summarise_finding(telling, about)
        return Draft(sentences=tuple(sentences), sections=write_sections(telling), limits=write_limits(telling))

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        """Nothing: the narrator has no second wording, so a sentence the checker refuses is cut."""
        return None
