"""An LLM as the writer and investigator of one case (see agents/writer.py).

    writer = LlmWriter(model, "case_explainer@v1")
    report = explain_case(bench, writer=writer)

It sees the evidence as text and, where it can, the panel with burnt-in text masked; never the case's id, a file or a
header. `WriterError` (from agents/writer.py) tells the graph that the narrator has to write instead, and why.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...prompts.loader import Prompt, load_prompt
from ..explanation.narrator import DEFAULT_PROMPT
from ..explanation.sections import write_limits
from ..explanation.telling import Telling
from ..records import Cut, LlmCall, Turn, Writer
from ..state import Brief, Draft
from ..writer import WriterError
from ..writing import OnDraft
from .answer import AnswerError, read_answer, read_beginning
from .budget import Budget, Spending
from .client import LanguageModel
from .faults import LlmError
from .picture import draw_picture
from .prompts import (
    draft_as_json,
    explainer,
    fill_prompt,
    form_of_answer,
    mistakes_for_prompt,
    schema_of_answer,
)
from .tools import tool_schemas

if TYPE_CHECKING:
    from ...tools.workbench import Workbench

INVESTIGATOR, REPAIR = "investigator@v1", "repair@v1"

_TITLE = re.compile(r'^- "([^"\n]+)":', re.MULTILINE)
"""How a prompt names the sections it asks for."""

MOST_READINGS = 2
"""How often an explanation is asked for that then cannot be read."""


class LlmWriter:
    """Writes with one prompt, for one case. `repeat` tells apart runs that would else share an answer."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: str,
        *,
        finding: str | None = None,
        budget: Budget | None = None,
        repeat: int = 0,
    ):
        self.model = model
        self.prompt = explainer(prompt, finding)
        self.bench: Workbench | None = None
        self.repeat = repeat
        self.spending = Spending(budget or Budget())
        self._pictures: dict[tuple[str, ...], bytes] = {}
        self._on_draft: OnDraft | None = None
        self._stop: threading.Event | None = None

    def watch(self, on_draft: OnDraft | None, stop: threading.Event | None) -> None:
        self._on_draft, self._stop = on_draft, stop

    def take(self, bench: Workbench) -> None:
        self.bench = bench

    @property
    def about(self) -> Writer:
        return Writer(kind="llm", name=self.model.name, prompt=self.prompt.key, prompt_sha256=self.prompt.sha256)

    @property
    def calls(self) -> tuple[LlmCall, ...]:
        return self.spending.calls

    def restore(self, calls: tuple[LlmCall, ...]) -> None:
        self.spending.restore(calls)

    # ── searching ────────────────────────────────────────────────────────────────────────────────────────────

    def investigate(self, brief: Brief, turns: tuple[Turn, ...]) -> Turn | None:
        """The next turn of the search: tool calls, or None where the LLM has seen enough or the budget for it ends.

        Raises `WriterError` where the LLM does not answer.
        """
        if self.tool_calls_left(turns) <= 0 or self.spending.exhausted(self.spending.budget.search_share):
            return None
        told = {turn.evidence for turn in turns}
        start = brief.model_copy(update={"evidence": tuple(e for e in brief.evidence if e.id not in told)})
        prompt = load_prompt(INVESTIGATOR)
        messages = self._messages(prompt, start, calls=self.spending.budget.tool_calls)
        messages += turn_messages(turns)
        answer = self._ask(messages, "investigate", prompt, tools=tool_schemas(brief.findings, brief.blind))
        if not answer.requests:
            return None
        return Turn(role="assistant", text=answer.text[:500], requests=answer.requests[:16])

    def tool_calls_left(self, turns: Iterable[Turn]) -> int:
        return self.spending.budget.tool_calls - sum(turn.role == "tool" for turn in turns)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, brief: Brief) -> Draft:
        """The draft. Raises `WriterError` where there is no answer, or none that can be read."""
        messages = self._messages(self.prompt, brief, form=form_of_answer(self.prompt.output))
        return self._explain(messages, brief, "write", self.prompt)

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        """The draft with the mistakes mended; None where the LLM gives none, so that they are cut."""
        prompt = load_prompt(REPAIR)
        messages = self._messages(
            prompt,
            brief,
            form=form_of_answer(self.prompt.output),
            draft=draft_as_json(draft),
            mistakes=mistakes_for_prompt(mistakes),
        )
        try:
            mended = self._explain(messages, brief, "repair", prompt, draft)
        except WriterError:
            return None
        return mended if mended != draft else None

    def _explain(
        self, messages: list[dict[str, Any]], brief: Brief, purpose: Any, prompt: Prompt, before: Draft | None = None
    ) -> Draft:
        """Ask, read, and once ask again with what was wrong; the last answer may be prose. Whoever watches sees it
        grow, over the draft `before` it."""
        ids = [evidence.id for evidence in brief.evidence]
        schema = schema_of_answer(self.prompt.output, ids)
        titles = self._titles(brief)
        problem = ""
        for attempt in range(MOST_READINGS):
            prose = attempt == MOST_READINGS - 1

            def tell(text: str, prose: bool = prose) -> None:
                self._show(brief, read_beginning(text, ids, titles, prose=prose), before)

            watched = tell if self._on_draft is not None else None
            answer = self._ask(messages, purpose, prompt, schema=schema, on_text=watched)
            try:
                draft = read_answer(answer.text, ids, titles, prose=prose)
            except AnswerError as error:
                problem = str(error)
                messages = [
                    *messages,
                    {"role": "assistant", "content": answer.text[:2000]},
                    {
                        "role": "user",
                        "content": f"This cannot be read: {problem}. {form_of_answer(self.prompt.output)}",
                    },
                ]
                continue
            self._show(brief, draft)
            return draft.model_copy(update={"limits": self._limits(brief)})
        raise WriterError(f"its answer cannot be read: {problem}")

    def _show(self, brief: Brief, draft: Draft, before: Draft | None = None) -> None:
        """Tell whoever watches; what was written before stands until its place is reached."""
        if self._on_draft is None:
            return
        if before is not None:
            rest = before.sentences[len(draft.sentences) :]
            new = {section.title for section in draft.sections}
            sections = (*draft.sections, *(s for s in before.sections if s.title not in new))
            draft = Draft(sentences=draft.sentences + rest, sections=sections)
        self._on_draft(brief, draft)

    def _titles(self, brief: Brief) -> list[str]:
        """Of the sections the prompt asks for."""
        if self.prompt.output != "report":
            return []
        form = form_of_answer(self.prompt.output)
        _, task = fill_prompt(self.prompt, brief, picture=False, form=form)
        return _TITLE.findall(task)

    def _limits(self, brief: Brief) -> tuple[str, ...]:
        """What a report cannot say follows from the evidence, so the narrator's own sentences tell it."""
        return write_limits(Telling(brief, load_prompt(DEFAULT_PROMPT)))

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────

    def _messages(self, prompt: Prompt, brief: Brief, **more: Any) -> list[dict[str, Any]]:
        picture = self._picture(brief) if "picture" in prompt.inputs else None
        system, task = fill_prompt(prompt, brief, picture=picture is not None, **more)
        content: Any = task
        if picture is not None:
            url = "data:image/png;base64," + base64.b64encode(picture).decode()
            content = [{"type": "text", "text": task}, {"type": "image_url", "image_url": {"url": url}}]
        return [{"role": "system", "content": system}, {"role": "user", "content": content}]

    def _picture(self, brief: Brief) -> bytes | None:
        if self.bench is None or not self.model.sees:
            return None
        key = tuple(evidence.id for evidence in brief.evidence)
        if key not in self._pictures:
            self._pictures[key] = draw_picture(self.bench, brief)
        return self._pictures[key]

    def _ask(self, messages: Iterable[Mapping[str, Any]], purpose: Any, prompt: Prompt, **more: Any) -> Any:
        used_up = self.spending.exhausted()
        if used_up:
            raise WriterError(used_up)
        try:
            return self.model.ask(
                list(messages),
                self.spending,
                purpose=purpose,
                prompt=prompt.key,
                repeat=self.repeat,
                stop=self._stop,
                **more,
            )
        except LlmError as error:
            raise WriterError(str(error)) from None


def turn_messages(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Turns as messages of the chat completions format."""
    return [_turn_message(turn) for turn in turns]


def _turn_message(turn: Turn) -> dict[str, Any]:
    if turn.role == "tool":
        return {"role": "tool", "tool_call_id": turn.answers, "content": turn.text}
    calls = [
        {"id": r.id, "type": "function", "function": {"name": r.name, "arguments": json.dumps(r.arguments)}}
        for r in turn.requests
    ]
    return {"role": "assistant", "content": turn.text, "tool_calls": calls}
