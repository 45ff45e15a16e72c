"""Ranks of a model's scores."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule

SAME_MARGIN = 0.005
"""Distances from thresholds nearer to each other than this print as the same."""


def _ranked(held: Held, role: str) -> list[str]:
    scores = {f: x.score for (r, f), x in held.facts.readings.items() if r == role}
    return sorted(scores, key=lambda f: -scores[f])


def _rank(claim: Claim, held: Held) -> str | None:
    if len(claim.roles) != 1 or len(held.findings(claim)) != 1:
        return f"{claim.text!r} does not say which model and finding"
    order, finding = _ranked(held, claim.roles[0]), held.findings(claim)[0]
    if finding not in order:
        return f"no evidence gives the score of {NAMES[claim.roles[0]]} for {prose(finding)}"
    at = order.index(finding) + 1
    return (
        None
        if at == claim.value and not claim.negated
        else f"{prose(finding)} comes at place {at} of {NAMES[claim.roles[0]]}"
    )


def _top_set(claim: Claim, held: Held) -> str | None:
    if len(claim.roles) != 1 or not claim.findings:
        return f"{claim.text!r} does not say which model and findings"
    if claim.value is not None and claim.value != len(claim.findings):
        return f"{len(claim.findings)} findings are named"
    top = _ranked(held, claim.roles[0])[: len(claim.findings)]
    return (
        None
        if set(top) == set(claim.findings)
        else f"the highest of {NAMES[claim.roles[0]]} are {', '.join(map(prose, top))}"
    )


def _in_top(claim: Claim, held: Held) -> str | None:
    if not claim.roles or not held.findings(claim):
        return f"{claim.text!r} does not say which model and finding"
    negated = claim.negated != (claim.quantity == "neither")
    for role in claim.roles:
        top = _ranked(held, role)[: claim.value]
        if not top:
            return f"no evidence gives the scores of {NAMES[role]}"
        for finding in held.findings(claim):
            if (finding in top) == negated:
                return f"the highest of {NAMES[role]} are {', '.join(map(prose, top))}"
    return None


def _called_top(claim: Claim, held: Held) -> str | None:
    """Leads the findings the model calls, or all."""
    if len(claim.roles) != 1:
        return f"{claim.text!r} does not say of which model"
    top = [f for f in _ranked(held, claim.roles[0]) if f != "No Finding"][:1]
    return (
        None
        if top == list(claim.findings)
        else f"the highest of {NAMES[claim.roles[0]]} is {', '.join(map(prose, top))}"
    )


def _order(claim: Claim, held: Held) -> str | None:
    if len(claim.roles) != 1:
        return f"{claim.text!r} does not say of which model"
    order = _ranked(held, claim.roles[0])
    first, second = claim.findings
    if first not in order or second not in order:
        return f"no evidence gives both scores of {NAMES[claim.roles[0]]}"
    a, b = order.index(first), order.index(second)
    return (
        None
        if b == a + 1 or (a < b and claim.text == "ahead of")
        else f"{prose(second)} does not follow {prose(first)}"
    )


def _extreme_call(claim: Claim, held: Held) -> str | None:
    """The call of a model with the smallest or largest margin or score; `two`: of two, `scores`: called or not."""
    measure, end, of = claim.value
    if len(claim.roles) != 1:
        return f"{claim.text!r} does not say of which model"
    role = claim.roles[0]
    named = [f for f in held.facts.assessed(role) if f != "No Finding"] if of == "scores" else held.facts.calls(role)
    calls = {f: held.facts.readings[role, f] for f in named}
    if not calls:
        return f"no evidence says what {NAMES[role]} calls"
    if of == "two" and len(calls) != 2:
        return f"{NAMES[role]} calls {len(calls)} findings"
    found = {f: x.margin if measure == "margin" else x.score for f, x in calls.items()}
    first = (max if end == "most" else min)(found, key=lambda f: found[f])
    tied = sum(value == found[first] for value in found.values()) > 1
    return None if claim.findings == (first,) and not tied else f"of the calls of {NAMES[role]} it is {prose(first)}"


def _margins_differ(claim: Claim, held: Held) -> str | None:
    """No two of the scores told lie at one distance from their thresholds."""
    margins = [x.margin for pair in claim.value if (x := held.facts.readings.get(pair)) is not None]
    if len(margins) != len(claim.value):
        return f"no evidence gives all the scores and thresholds ({claim.text})"
    ordered = sorted(margins)
    near = [b - a for a, b in pairwise(ordered) if b - a < SAME_MARGIN]
    return "the distances to the thresholds are the same" if near else None


RANKS: Mapping[str, Rule] = {
    "called_top": _called_top,
    "extreme_call": _extreme_call,
    "in_top": _in_top,
    "margins_differ": _margins_differ,
    "order": _order,
    "rank": _rank,
    "top_set": _top_set,
}
