"""One turn answered by an LLM with the tools: it may look again within a budget, and the checker reads what it says.

The question is data beside the evidence: the LLM can name a tool, a model and a finding of this case and nothing else.
Where it does not answer, the offline answers stand in and say so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

from ...prompts.loader import Prompt, load_prompt
from ..llm.answer import AnswerError, read_answer, read_beginning
from ..llm.budget import Budget, Spending
from ..llm.faults import LlmError
from ..llm.prompts import fill_prompt, form_of_answer
from ..llm.tools import tool_schemas, use_tools
from ..llm.writer import turn_messages
from ..nodes import Tools
from ..records import Turn
from ..state import Draft, add_evidence
from ..writer import StoppedError
from .conversation import Check, Memory, WatchedTools, check_sentences, converse
from .records import Message

PROMPT = "chat@v1"
LONGEST_QUESTION = 2000
"""Characters."""


class Asked(Protocol):
    """What is needed of agents/llm/client.py's LanguageModel."""

    @property
    def name(self) -> str: ...

    @property
    def ask(self) -> Callable[..., Any]: ...


def converse_with(  # noqa: PLR0917  as `converse`, with the model before
    model: Asked,
    text: str,
    memory: Memory,
    tools: Tools,
    check: Check,
    narrator: Prompt,
    *,
    budget: Budget | None = None,
    on_change: Callable[[Message], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> tuple[Message, Memory]:
    """Answer a question with an LLM; as `converse` in all else."""
    budget = budget or Budget()
    message = Message(role="assistant", writer=model.name)

    def tell(**update: Any) -> None:
        nonlocal message
        message = message.model_copy(update=update)
        on_change(message)

    tell()
    watched = WatchedTools(tools, lambda calls: tell(calls=calls), stop)
    brief, prompt, spending = memory.brief, load_prompt(PROMPT), Spending(budget)
    form = form_of_answer(prompt.output)
    system, task = fill_prompt(
        prompt, brief, picture=False, question=text[:LONGEST_QUESTION], calls=budget.tool_calls, form=form
    )
    start = [{"role": "system", "content": system}, {"role": "user", "content": task}]
    turns: tuple[Turn, ...] = ()

    def grow(text_so_far: str) -> None:
        say(read_beginning(text_so_far, [e.id for e in brief.evidence], prose=True))

    def say(draft: Draft) -> None:
        kept, cut = check_sentences(draft.sentences, brief, check)
        if (kept, cut) != (message.sentences, message.cut):
            tell(sentences=kept, cut=cut)

    try:
        while True:
            left = budget.tool_calls - sum(turn.role == "tool" for turn in turns)
            more = {"tools": tool_schemas(brief.findings, brief.blind)} if left > 0 else {}
            messages = [*start, *turn_messages(turns)]
            answer = model.ask(
                messages, spending, purpose="chat", prompt=prompt.key, repeat=0, on_text=grow, stop=stop, **more
            )
            if stop is not None and stop.is_set():
                raise StoppedError
            if not answer.requests or left <= 0:
                break
            turn = Turn(role="assistant", text=answer.text[:500], requests=answer.requests[:16])
            new, told = use_tools(turn.requests, watched, brief.evidence, brief.blind, left)
            brief = brief.model_copy(update={"evidence": add_evidence(brief.evidence, new)})
            turns = (*turns, turn, *told)
        draft = read_answer(answer.text, [e.id for e in brief.evidence], prose=True)
        say(draft)
        if not message.sentences:
            tell(text="Nothing the LLM said passed the check; ask differently, or look at what was cut.")
    except StoppedError:
        tell(stopped=True)
    except (LlmError, AnswerError) as error:
        said, after = converse(text, memory, tools, check, narrator, on_change=on_change, stop=stop)
        words = f"The LLM did not answer ({error}); this is the offline answer. {said.text}"
        return said.model_copy(update={"text": words, "calls": (*message.calls, *said.calls)}), after
    return message, Memory(brief=brief, before=memory.before)
