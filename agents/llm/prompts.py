"""Fills a prompt for an LLM from a brief: which prompt is for what, its values, and the form of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from ...prompts.loader import Prompt, PromptError, load_prompt
from ...tools.schemas import Evidence
from ...training.errors import RequestError
from ..explanation.facts import read_facts
from ..records import Cut
from ..state import Brief, Draft
from .evidence import contrast_rows, describe_evidence

EXPLAINERS = ("box_explainer", "case_explainer", "clinical_analysis", "verdict_report")
"""Prompts that write an explanation; the others serve them."""

ONE_FINDING = ("box_explainer",)
"""Those that need to be told which finding they are about."""

CASE_PROMPT, FINDING_PROMPT = "case_explainer@v1", "box_explainer@v1"
"""What an LLM writes with where no prompt was asked for: about the case, about one finding."""

_SENTENCE = {"text": "One sentence.", "evidence": ["predict.baseline", "compare"]}
_FORMS: dict[str, dict[str, Any]] = {
    "summary": {"sentences": [_SENTENCE]},
    "summary with notes": {"notes": ["predict.baseline: a fact, copied"], "sentences": [_SENTENCE]},
    "report": {"sentences": [_SENTENCE], "sections": [{"title": "A title", "sentences": [_SENTENCE]}]},
}


def explainer(key: str, finding: str | None) -> Prompt:
    """The prompt an explanation is written with. `RequestError` for one that cannot write this one."""
    try:
        prompt = load_prompt(key)
    except PromptError as error:
        raise RequestError(str(error)) from None
    if prompt.name not in EXPLAINERS:
        raise RequestError(f"--prompt {key} does not explain a case; with an LLM use {', '.join(EXPLAINERS)}")
    if finding is None and prompt.name in ONE_FINDING:
        raise RequestError(f"--prompt {key} is about one finding: add --finding F, or use {CASE_PROMPT}")
    return prompt


def schema_of_answer(output: str, ids: Iterable[str]) -> dict[str, Any]:
    """The JSON Schema of an answer, strict: every field required, no other allowed, evidence only by known ids."""
    sentence = _closed(text={"type": "string"}, evidence=_many({"type": "string", "enum": sorted(ids)}))
    fields: dict[str, Any] = {"sentences": _many(sentence)}
    if output == "summary with notes":
        fields = {"notes": _many({"type": "string"}), **fields}
    if output == "report":
        fields["sections"] = _many(_closed(title={"type": "string"}, sentences=_many(sentence)))
    return _closed(**fields)


@cache
def form_of_answer(output: str) -> str:
    """The same in words and by example, for servers that know no schema."""
    example = json.dumps(_FORMS[output], indent=1)
    return f"Answer with one JSON object of this form and nothing else:\n{example}"


def fill_prompt(prompt: Prompt, brief: Brief, *, picture: bool, **more: Any) -> tuple[str, str]:
    """(system text, task text) of a prompt for a brief. `more` holds what only some prompts ask for."""
    values = {**_values(brief), "picture": picture, **more}
    return tuple(_render(prompt, part, values) for part in ("system", "task"))  # pyright: ignore[reportReturnType]


def draft_as_json(draft: Draft) -> str:
    """A draft in the form of an answer, for the prompt that asks to mend it."""
    document: dict[str, Any] = {"sentences": [s.model_dump(include={"text", "evidence"}) for s in draft.sentences]}
    if draft.sections:
        document["sections"] = [
            {"title": s.title, "sentences": [x.model_dump(include={"text", "evidence"}) for x in s.sentences]}
            for s in draft.sections
        ]
    return json.dumps(document, indent=1, ensure_ascii=False)


def mistakes_for_prompt(mistakes: Iterable[Cut]) -> list[dict[str, str]]:
    return [{"text": m.text, "reason": m.reason} for m in mistakes]


def _values(brief: Brief) -> dict[str, Any]:
    facts = read_facts(brief.evidence)
    return {
        "basis": brief.difficulty.basis,
        "blind": brief.blind,
        "evidence": describe_evidence(brief.evidence),
        "finding": brief.finding,
        "level": brief.difficulty.level,
        "reason": "; ".join(brief.difficulty.reasons) or "no reason is given",
        "rows": contrast_rows(comparison_result(brief.evidence)),
        "shown": list(dict.fromkeys(finding for _, finding in facts.looks)),
    }


def comparison_result(evidence: Iterable[Evidence]) -> dict[str, Any]:
    """The comparison a run is about: the first one."""
    return next(item.result for item in evidence if item.tool == "compare_models")


def _render(prompt: Prompt, part: str, values: dict[str, Any]) -> str:
    """A part with the values it declares; blank lines that branches leave behind are closed up."""
    text = prompt.render(part, **{name: values[name] for name in prompt.inputs if name in values})
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)


def _closed(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
