"""Ranks of a model's scores."""

from __future__ import annotations

from collections.abc import Mapping

from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule


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


RANKS: Mapping[str, Rule] = {
    "called_top": _called_top,
    "in_top": _in_top,
    "order": _order,
    "rank": _rank,
    "top_set": _top_set,
}
