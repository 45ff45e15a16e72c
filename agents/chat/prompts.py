"""Which prompts an explanation may be written with, and what each does, for the list on the page."""

from __future__ import annotations

from ...prompts.loader import list_prompts, load_prompt
from ..explanation.narrator import DEFAULT_PROMPT, NARRATOR
from ..llm.prompts import CASE_PROMPT, EXPLAINERS, FINDING_PROMPT, ONE_FINDING
from ..settings import OFFLINE

ABOUT: dict[str, str] = {
    "narrator@v1": "fixed phrases filled in from the tools",
    "case_explainer@v1": "the case, by questions that fit its difficulty",
    "case_explainer@v2": "the case, both models contrasted first, with a rival reading",
    "box_explainer@v1": "one finding: are the marked regions relevant to it?",
    "clinical_analysis@v1": "features, possible misreadings, how sound each model's attention is",
    "verdict_report@v1": "a report per finding, from film quality to what fine-tuning did",
}
"""What a reader gets; a version without words of its own is told by what changed in it."""


def prompts_for(llm: str, finding: str | None) -> list[tuple[str, str]]:
    """(what the list says, key) of every prompt that `llm` can explain with; about one finding there is one more."""
    if llm == OFFLINE:
        names = {NARRATOR}
    else:
        names = {name for name in EXPLAINERS if finding is not None or name not in ONE_FINDING}
    keys = [key for key in list_prompts() if key.split("@")[0] in names]
    return [(f"{key}: {ABOUT.get(key) or load_prompt(key).changed}", key) for key in keys]


def prompt_for(llm: str, finding: str | None, wished: str | None = None) -> str:
    """The wished prompt where it fits, else the one that is usual."""
    offered = [key for _, key in prompts_for(llm, finding)]
    usual = DEFAULT_PROMPT if llm == OFFLINE else CASE_PROMPT if finding is None else FINDING_PROMPT
    return wished if wished in offered else usual
