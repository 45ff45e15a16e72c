"""What can go wrong with an LLM, sorted by what to do about it.

AttemptError   one attempt failed; `transient` ones are tried again
LlmError       no answer will come: the run goes on without the LLM and shows this sentence
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import openai

from .transport import TooLongAnswer

LONGEST_MESSAGE = 160

TRANSIENT = frozenset(["timeout", "connection", "overloaded", "limited", "dropped", "malformed", "empty"])

_REFUSAL = re.compile(
    r"^\W*(?:i(?:'|’)?m (?:very |so )?sorry|sorry,"
    r"|i (?:can(?:'|’)?t|cannot|can not|am unable to|am not able to|won(?:'|’)?t)\b"
    r"|as an ai\b|unfortunately, i (?:can|am)|i must decline)",
    re.IGNORECASE,
)


class LlmError(Exception):
    """There is no answer; the message is one clause for the reader of the report."""


class AttemptError(Exception):
    """One attempt failed. The message is ours; what the server said stays in `detail`, which no report shows."""

    def __init__(self, kind: str, message: str, retry_after: float | None = None, detail: str = ""):
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.detail = detail

    @property
    def transient(self) -> bool:
        return self.kind in TRANSIENT


def fault_of(error: Exception, scrub: Callable[[str], str], seconds: float) -> AttemptError:
    """The fault behind what the HTTP and LLM libraries raise. `scrub` takes secrets out of a server's own words."""
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return AttemptError("timeout", f"the server did not finish its answer within {seconds:.0f} s")
    causes = list(_chain(error))
    if any(isinstance(cause, TooLongAnswer) for cause in causes):
        return AttemptError("too long", "the server sent far more than an answer")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, scrub)
    if isinstance(error, openai.APIConnectionError | httpx.HTTPError):
        if any(isinstance(cause, httpx.ConnectError) for cause in causes):
            return AttemptError("connection", "the server cannot be reached")
        return AttemptError("dropped", "the connection broke off")
    if isinstance(error, openai.APIError):  # an error event inside a stream
        return AttemptError("overloaded", "the server reported an error", detail=_short(error.message, scrub))
    if isinstance(error, ValueError) and "No generation" in str(error):
        return AttemptError("empty", "the answer is empty")
    if isinstance(error, json.JSONDecodeError):
        return AttemptError("malformed", "the answer is not valid JSON on the wire")
    return AttemptError("malformed", "the answer does not have the form of a chat completion")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_refusal(text: str) -> bool:
    """Whether a text declines to answer instead of answering."""
    return _REFUSAL.match(text) is not None


def _of_status(error: openai.APIStatusError, scrub: Callable[[str], str]) -> AttemptError:
    status = error.status_code
    said = _short(_message(error), scrub)
    wait = _retry_after(error.response.headers)
    if status == 429 and "quota" in said.lower():
        return AttemptError("refused", "the account's quota is used up (429)", detail=said)
    if status == 429:
        return AttemptError("limited", "the server limits the rate of requests (429)", wait, said)
    if status in (408, 409, 425) or status >= 500:
        return AttemptError("overloaded", f"the server failed ({status})", wait, said)
    if status in (400, 413, 415, 422):
        return AttemptError("unsupported", f"the server does not accept the request ({status})", detail=said)
    if status in (401, 403):
        return AttemptError(
            "refused", f"the server refuses the key ({status}); set CXR_LENS_LLM_API_KEY", detail=said
        )
    if status == 404:
        return AttemptError("refused", "the server does not know the model or the address (404)", detail=said)
    return AttemptError("refused", f"the server answered {status}", detail=said)


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        said = inner.get("message") if isinstance(inner, dict) else inner
        if isinstance(said, str):
            return said
    return error.message


def _short(text: str, scrub: Callable[[str], str]) -> str:
    text = " ".join(scrub(text).split())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds a server asks to wait: `retry-after-ms`, or `Retry-After` as a number or a date."""
    milliseconds, said = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000)
        return None if said is None else max(0.0, float(said))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(str(said))
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
