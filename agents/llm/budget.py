"""What an LLM may spend on one case, and what it has spent: calls, tokens, seconds, money."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from ...tools.schemas import Record
from ...training.errors import RequestError
from ..records import LlmCall, LlmUse

CHARACTERS_PER_TOKEN = 4
"""Rough, for servers that do not count: https://help.openai.com/en/articles/4936856"""


class Budget(Record):
    """Limits of one case. What is left when the search for evidence ends is there for writing and mending."""

    calls: int = Field(default=12, ge=1)
    """Requests that were answered or given up, retries within one not counted."""
    tokens: int = Field(default=150_000, ge=1)
    """Read and written together."""
    seconds: float = Field(default=300, gt=0)
    """Waiting included."""
    tool_calls: int = Field(default=12, ge=0)
    """Tool calls the LLM may make to collect more evidence; 0 leaves the search out."""
    search_share: float = Field(default=0.5, ge=0, le=1)
    """Share of calls, tokens and seconds the search for evidence may use."""


class Price(Record):
    """Money for a million tokens, in the user's currency."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class Spending:
    """The running account of one case. It can be restored from calls that a checkpoint kept."""

    def __init__(self, budget: Budget, calls: tuple[LlmCall, ...] = ()):
        self.budget = budget
        self.calls = calls

    def add(self, call: LlmCall) -> None:
        self.calls = (*self.calls, call)

    def restore(self, calls: tuple[LlmCall, ...]) -> None:
        """Take over what was spent before a stop, where this account has seen less."""
        if len(calls) > len(self.calls):
            self.calls = calls

    @property
    def seconds(self) -> float:
        return sum(call.seconds for call in self.calls)

    @property
    def tokens(self) -> int:
        return sum(call.input_tokens + call.output_tokens for call in self.calls if not call.cached)

    @property
    def seconds_left(self) -> float:
        return self.budget.seconds - self.seconds

    def exhausted(self, share: float = 1.0) -> str | None:
        """Which limit is reached, in words; None while there is room. `share` of the budget counts as all of it."""
        if len(self.calls) >= self.budget.calls * share:
            return f"the budget of {self.budget.calls} calls is used up"
        if self.tokens >= self.budget.tokens * share:
            return f"the budget of {self.budget.tokens} tokens is used up"
        if self.seconds >= self.budget.seconds * share:
            return f"the budget of {self.budget.seconds:g} seconds is used up"
        return None


def usage(calls: tuple[LlmCall, ...]) -> LlmUse | None:
    """The sums of some calls, None where there were none. No cost is summed where a paid call's price is not known."""
    if not calls:
        return None
    costs = [call.cost for call in calls]
    return LlmUse(
        calls=calls,
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        seconds=sum(call.seconds for call in calls),
    )


def cost_of(price: Price | None, input_tokens: int, output_tokens: int, cached: bool) -> float | None:
    """Money for one call: nothing for one answered from the cache, None where no price is known."""
    if cached:
        return 0.0
    if price is None:
        return None
    return (price.input * input_tokens + price.output * output_tokens) / 1e6


def estimate_tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def read_prices(file: Path) -> Mapping[str, Price]:
    """`{MODEL: {input: 2.5, output: 10}}` as YAML or JSON, per million tokens. `RequestError` where it is not that."""
    try:
        loaded = yaml.safe_load(file.read_text("utf-8"))
        return TypeAdapter(dict[str, Price]).validate_json(json.dumps(loaded))
    except OSError as error:
        raise RequestError(f"CXR_LENS_LLM_PRICES: cannot read {file}: {error.strerror or error}") from None
    except (yaml.YAMLError, ValidationError, TypeError):
        raise RequestError(
            f"CXR_LENS_LLM_PRICES: {file} must hold MODEL: {{input: PRICE, output: PRICE}} per million tokens"
        ) from None


Purpose = Literal["investigate", "write", "repair", "chat", "judge"]
