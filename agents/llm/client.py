"""An LLM behind any OpenAI-compatible server, asked through langchain-openai: bounded, retried, cached, accounted.

    model = LanguageModel(settings, "gpt-4o-mini")
    answer = model.ask(messages, Spending(Budget()), purpose="write", prompt="case_explainer@v1", schema=schema)

Messages are dicts of the chat completions format. What a server does not understand (a JSON Schema, JSON mode,
pictures, tools, a seed, a temperature, counting) is left out and remembered. `LlmError` says why there is no answer.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from functools import partial
from typing import Any

import httpx
import openai
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from langsmith.run_helpers import tracing_context

from ..records import LlmCall, ToolRequest
from ..settings import Settings
from ..writer import StoppedError
from .budget import Price, Purpose, Spending, cost_of, estimate_tokens
from .cache import Answer, AnswerCache, question_key
from .faults import AttemptError, LlmError, fault_of, is_refusal
from .following import follow
from .slots import CallSlots
from .transport import make_client

MOST_CHARACTERS = 40_000
"""Of an answer; a long report takes a tenth of it."""
MOST_ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between attempts: doubled each time, or as the server's Retry-After says, up to the longest."""

_log = logging.getLogger(__name__)

_SEES = re.compile(
    r"gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-5|chatgpt|\bo[134]\b|vision|[-_/]?vl\b|-vl-|llava|pixtral|gemma-?3|medgemma|internvl"
    r"|minicpm-v|llama-?4|moondream|smolvlm|claude|gemini",
    re.IGNORECASE,
)
"""Names of models that are known to take pictures."""

_FEATURES = ("schema", "json", "tools", "image", "seed", "temperature", "usage")
_WORDS = {
    "schema": ("json_schema", "response_format", "schema", "grammar", "guided"),
    "json": ("json_object", "response_format"),
    "tools": ("tool", "function"),
    "image": ("image", "multimodal", "content part", "content type", "vision", "must be a string"),
    "seed": ("seed",),
    "temperature": ("temperature",),
    "usage": ("stream_options", "include_usage"),
}
"""What a server's complaint about a feature contains."""


class LanguageModel:
    """One model on one server. It may be shared between cases; what each case spends is counted by its `Spending`."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        cache: AnswerCache | None = None,
        prices: Mapping[str, Price] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        slots: CallSlots | None = None,
    ):
        self.name = name
        self.settings = settings
        self.cache = cache
        self.slots = slots
        self._price = (prices or {}).get(name)
        self._sleep = sleep
        self._unsupported: set[str] = set()
        self._key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
        client = make_client(settings.llm_base_url)
        weakref.finalize(self, client.close)
        self._chat = ChatOpenAI(
            model=name,
            base_url=settings.llm_base_url,
            api_key=settings.llm_api_key or "none",  # pyright: ignore[reportArgumentType]  pydantic makes it a SecretStr
            http_client=client,
            max_retries=0,  # retried here, where attempts are bounded by the case's budget and recorded
            use_responses_api=False,
        )

    @property
    def sees(self) -> bool:
        """Whether the model is given pictures."""
        if "image" in self._unsupported or self.settings.llm_vision == "no":
            return False
        return self.settings.llm_vision == "yes" or _SEES.search(self.name) is not None

    def ask(
        self,
        messages: Sequence[Mapping[str, Any]],
        spending: Spending,
        *,
        purpose: Purpose,
        prompt: str,
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] = (),
        repeat: int = 0,
        on_text: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Answer:
        """The model's answer, from the cache where it was given before. The call is added to `spending` either way.

        `on_text` gets the text so far as it streams in; an attempt that fails begins it anew. Once `stop` is set,
        `StoppedError` is raised at once, and the connection is given up.
        """
        start = time.monotonic()
        key = question_key(self._question(messages, schema, tools, repeat))
        faults: list[AttemptError] = []
        attempts = 0
        answer = self.cache.get(key) if self.cache else None
        cached = answer is not None
        try:
            while answer is None:
                left = spending.seconds_left - (time.monotonic() - start)
                if left <= 0:
                    raise LlmError(_told(faults) or f"the budget of {spending.budget.seconds:g} seconds is used up")
                attempts += 1
                seconds = min(left, self.settings.llm_timeout)
                try:
                    with self.slots.taken(stop) if self.slots else nullcontext(0.0) as waited:
                        start += waited  # for the other cases, not for the server: no part of this case's budget
                        answer = follow(partial(self._attempt, messages, schema, tools, seconds), on_text, stop)
                except AttemptError as fault:
                    faults.append(fault)
                    _log.warning("%s: %s%s", self.name, fault, f": {fault.detail}" if fault.detail else "")
                    wait = self._recover(fault, faults, left - (time.monotonic() - start), bool(schema), bool(tools))
                    self._wait(wait, stop)
            if self.cache and not cached:
                self.cache.put(key, answer)
            return answer
        finally:
            used = answer or Answer(text="", input_tokens=0, output_tokens=0)
            spending.add(
                LlmCall(
                    purpose=purpose,
                    prompt=prompt,
                    model=self.name,
                    ok=answer is not None,
                    attempts=attempts,
                    cached=cached,
                    faults=tuple(str(fault) for fault in faults),
                    input_tokens=used.input_tokens,
                    output_tokens=used.output_tokens,
                    tokens_estimated=used.tokens_estimated,
                    cost=cost_of(self._price, used.input_tokens, used.output_tokens, cached),
                    seconds=time.monotonic() - start,
                )
            )

    def _question(
        self,
        messages: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None,
        tools: Sequence[Mapping[str, Any]],
        repeat: int,
    ) -> dict[str, Any]:
        """All that decides about an answer, for the cache."""
        s = self.settings
        settings = [s.llm_base_url, s.llm_temperature, s.llm_seed, s.llm_answer_tokens, s.llm_vision]
        return {
            "model": self.name,
            "settings": settings,
            "messages": list(messages),
            "schema": schema,
            "tools": list(tools),
            "repeat": repeat,
        }

    def _attempt(
        self,
        messages: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None,
        tools: Sequence[Mapping[str, Any]],
        seconds: float,
        on_text: Callable[[str], None] | None,
    ) -> Answer:
        """One request. `AttemptError` for whatever keeps it from being an answer."""
        if "image" in self._unsupported:
            messages = without_pictures(messages)
        options = self._options(schema, tools, seconds)
        try:
            with (
                tracing_context(
                    enabled=False
                ),  # a LANGSMITH_TRACING in the environment would send the case elsewhere
                closing(self._stream(messages, options)) as chunks,
            ):
                whole = self._collect(chunks, on_text)
        # The last five are what the libraries raise for a reply that is JSON of another shape than they expect.
        except (
            openai.OpenAIError,
            httpx.HTTPError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
        ) as error:
            raise fault_of(error, self.scrub, seconds) from None
        return self._read(whole, messages)

    def _stream(self, messages: Sequence[Mapping[str, Any]], options: dict[str, Any]) -> Generator[Any]:
        yield from self._chat.stream([dict(m) for m in messages], **options)

    def _options(
        self, schema: Mapping[str, Any] | None, tools: Sequence[Mapping[str, Any]], seconds: float
    ) -> dict[str, Any]:
        s, missing = self.settings, self._unsupported
        options: dict[str, Any] = {"timeout": seconds}
        body: dict[str, Any] = {}
        if "api.openai.com" in s.llm_base_url:
            options["max_tokens"] = s.llm_answer_tokens  # langchain-openai sends it as max_completion_tokens
        else:
            body["max_tokens"] = s.llm_answer_tokens  # the name that servers other than OpenAI's know
        options["stream_usage"] = "usage" not in missing
        if s.llm_temperature is not None and "temperature" not in missing:
            options["temperature"] = s.llm_temperature
        if s.llm_seed is not None and "seed" not in missing:
            options["seed"] = s.llm_seed
        if tools and "tools" not in missing:
            options["tools"] = list(tools)
        if schema is not None and "json" not in missing:
            form: dict[str, Any] = {"type": "json_object"}
            if "schema" not in missing:
                form = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
            # As extra_body, not response_format: with that, langchain-openai streams through a parser of the SDK that
            # raises on a truncated answer instead of handing it over (langchain_openai/chat_models/base.py, _stream).
            body["response_format"] = form
        if body:
            options["extra_body"] = body
        return options

    def _collect(self, chunks: Iterable[Any], on_text: Callable[[str], None] | None) -> AIMessageChunk:
        """The whole message; `AttemptError` once it is longer than any honest answer."""
        whole: AIMessageChunk | None = None
        length, text = 0, ""
        for chunk in chunks:
            length += len(chunk.text) + sum(len(call.get("args") or "") for call in chunk.tool_call_chunks)
            if length > MOST_CHARACTERS:
                raise AttemptError("too long", f"the answer is longer than {MOST_CHARACTERS} characters")
            whole = chunk if whole is None else whole + chunk
            if on_text is not None:
                text += chunk.text
                on_text(self.scrub(text))
        if whole is None:
            raise AttemptError("empty", "the answer is empty")
        return whole

    def _read(self, whole: AIMessageChunk, messages: Sequence[Mapping[str, Any]]) -> Answer:
        text = self.scrub(whole.text).strip()
        finish = whole.response_metadata.get("finish_reason")
        if finish == "content_filter" or whole.additional_kwargs.get("refusal") or is_refusal(text):
            raise AttemptError("refusal", "the model refused to answer")
        requests = [_request(call, n) for n, call in enumerate(whole.tool_call_chunks)]
        if not text and not requests:
            raise AttemptError("empty", "the answer is empty")
        if finish is None:
            raise AttemptError("dropped", "the answer broke off before its end")
        usage = whole.usage_metadata
        counted = usage is not None and usage["input_tokens"] > 0
        return Answer(
            text=text,
            requests=tuple(requests),
            finish=str(finish),
            input_tokens=usage["input_tokens"] if usage and counted else sum(_tokens(m) for m in messages),
            output_tokens=max(0, usage["output_tokens"]) if usage and counted else estimate_tokens(text),
            tokens_estimated=not counted,
        )

    def _recover(
        self, fault: AttemptError, faults: Sequence[AttemptError], left: float, schema: bool, tools: bool
    ) -> float:
        """Get ready for the next attempt, or give up with `LlmError`. Gives the seconds to wait before it."""
        if fault.kind == "unsupported":
            feature = self._blamed(fault.detail, schema, tools)
            if feature is None:
                raise LlmError(_told(faults))
            self._unsupported.add(feature)
            return 0
        tries = sum(f.kind != "unsupported" for f in faults)
        if not fault.transient or tries >= MOST_ATTEMPTS:
            raise LlmError(_told(faults))
        wait = FIRST_WAIT * 2 ** (tries - 1) if fault.retry_after is None else fault.retry_after
        if wait > min(left, LONGEST_WAIT):
            raise LlmError(f"{_told(faults)}; the server asks to wait {wait:.0f} s, longer than this run can")
        return wait

    def _wait(self, seconds: float, stop: threading.Event | None) -> None:
        if not seconds:
            return
        if stop is None:
            self._sleep(seconds)
        elif stop.wait(seconds):
            raise StoppedError

    def _blamed(self, complaint: str, schema: bool, tools: bool) -> str | None:
        """The feature a server complains of that was in use; the first in use where it names none."""
        asked = {
            "schema": schema,
            "json": schema and "schema" in self._unsupported,
            "tools": tools,
            "image": self.sees,
            "seed": self.settings.llm_seed is not None,
            "temperature": self.settings.llm_temperature is not None,
            "usage": True,
        }
        used = [name for name in _FEATURES if asked[name] and name not in self._unsupported]
        named = [name for name in used if any(word in complaint.lower() for word in _WORDS[name])]
        return next(iter(named or used), None)

    def scrub(self, text: str) -> str:
        """A text without the key, should a server send it back."""
        return text.replace(self._key, "[key]") if len(self._key) >= 4 else text


def _request(call: Mapping[str, Any], number: int) -> ToolRequest:
    """A tool call as streamed, its arguments read strictly: langchain would make something of half an object."""
    name, identity = str(call.get("name") or ""), str(call.get("id") or f"call-{number}")
    try:
        arguments = json.loads(call.get("args") or "{}")
    except ValueError:
        arguments = None
    if isinstance(arguments, dict):
        return ToolRequest(id=identity, name=name, arguments=arguments)
    return ToolRequest(id=identity, name=name, arguments={}, problem="the arguments are not a JSON object")


def without_pictures(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Messages with their text alone."""
    return [{**m, "content": text_of(m)} if isinstance(m.get("content"), list) else m for m in messages]


def text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _tokens(message: Mapping[str, Any]) -> int:
    return estimate_tokens(text_of(message))


def _told(faults: Sequence[AttemptError]) -> str:
    """`the server is overloaded (503), 3 attempts`"""
    if not faults:
        return ""
    tries = sum(fault.kind != "unsupported" for fault in faults)
    return str(faults[-1]) + (f" ({tries} attempts)" if tries > 1 else "")
