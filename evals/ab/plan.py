"""What a comparison needs and what it will cost, told before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ...agents.batch.cases import BatchCases
from ...agents.case import explain_case
from ...agents.llm.budget import cost_of, estimate_tokens, read_prices
from ...agents.llm.opening import WriterOpener
from ...agents.llm.prompts import fill_prompt, form_of_answer
from ...agents.llm.writer import INVESTIGATOR
from ...agents.settings import OFFLINE
from ...agents.state import Brief, brief_of_report
from ...prompts.loader import Prompt, load_prompt
from ...training.errors import RequestError
from ...training.models.classifier import Classifier
from .paired_statistics import ALPHA, cases_needed

SPREADS = (0.1, 0.2, 0.3)
"""Standard deviations of per-case differences to plan for: of a metric in [0, 1], 0.3 is a lot."""
ANSWER_TOKENS = 400
"""Of an explanation: five sentences with their evidence as JSON take some 300."""
TRIES = 5
"""Cases that are opened to find one whose prompt can be measured."""


class ArmCost(BaseModel):
    """What one arm will send and receive, without what is asked again or found in the cache."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    writer: str
    calls: int
    """One to search for evidence, one to write, per case and repeat."""
    input_tokens: int
    output_tokens: int
    cost: float | None
    """In the price table's currency; None without a price."""


def tell_power(patients: int, effect: float, metrics: int) -> list[str]:
    """How many patients a difference of `effect` takes, beside how many there are."""
    needed = ", ".join(f"{cases_needed(spread, effect)} where they spread by {spread:g}" for spread in SPREADS)
    strict = cases_needed(SPREADS[-1], effect, alpha=ALPHA / metrics)
    return [
        f"{patients} patients. To find a difference of {effect:g} (80 % power, 5 %) takes, by the standard deviation "
        f"of the per-case differences, {needed}; up to {strict} once {metrics} metrics share the 5 %"
    ]


def estimate_arm(opener: WriterOpener, brief: Brief, runs: int) -> ArmCost | None:
    """From the prompts of one case; None for the offline narrator, which costs nothing."""
    if opener.name == OFFLINE:
        return None
    read = 0
    writing = load_prompt(opener.prompt)
    budget = opener.settings.llm_max_tool_calls
    asked: list[tuple[Prompt, dict[str, Any]]] = [(writing, {"form": form_of_answer(writing.output)})]
    if budget:
        asked.append((load_prompt(INVESTIGATOR), {"calls": budget}))
    for prompt, more in asked:
        read += sum(map(estimate_tokens, fill_prompt(prompt, brief, picture=False, **more)))
    price = (read_prices(opener.settings.llm_prices) if opener.settings.llm_prices else {}).get(opener.name)
    each = cost_of(price, read, ANSWER_TOKENS, cached=False)
    return ArmCost(
        writer=opener.name,
        calls=len(asked) * runs,
        input_tokens=read * runs,
        output_tokens=ANSWER_TOKENS * runs,
        cost=None if each is None else each * runs,
    )


def example_brief(cases: BatchCases, pair: tuple[Classifier, Classifier], finding: str | None) -> Brief | None:
    """What a writer gets of the first case that can be opened; None where none of a few can."""
    for case in cases.cases[:TRIES]:
        try:
            bench = cases.open(case, pair)
            report = explain_case(bench, finding=finding)
        except RequestError:
            continue
        return brief_of_report(report, bench.findings)
    return None


def tell_cost(arms: Mapping[str, ArmCost | None], max_cost: float | None) -> list[str]:
    lines = []
    for arm, cost in arms.items():
        if cost is None:
            lines.append(f"arm {arm}: the offline narrator, at no cost")
            continue
        money = "no price known (CXR_LENS_LLM_PRICES)" if cost.cost is None else f"about {cost.cost:.2f}"
        lines.append(
            f"arm {arm}: {cost.writer}, {cost.calls} calls, about {thousands(cost.input_tokens)} tokens in and "
            f"{thousands(cost.output_tokens)} out: {money}"
        )
    if any(arms.values()):
        lines.append(
            "pictures, further searches and what the checker sends back come on top; cached answers are free"
        )
    total = total_cost(list(arms.values()))
    if total and max_cost is not None and total > max_cost:
        lines.append(f"this is more than --max-cost {max_cost:g}: the run will stop there, and --resume go on")
    return lines


def total_cost(arms: Sequence[ArmCost | None]) -> float | None:
    """The sum; None where a price is not known."""
    costs = [0.0 if arm is None else arm.cost for arm in arms]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def thousands(count: int) -> str:
    return f"{count / 1000:.0f}k" if count >= 10_000 else str(count)
