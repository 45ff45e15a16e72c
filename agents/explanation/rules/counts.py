"""Counts of calls, assessed findings and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..facts import ROLES
from ..prose import NAMES
from ..reading.claims import Claim
from .held import Held, Rule


def _counted(claim: Claim, has: Callable[[str], int | None], what: str) -> str | None:
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    for role in claim.roles:
        number = has(role)
        if number is None:
            return f"no evidence says how many findings {NAMES[role]} {what}"
        if number != claim.value:
            return f"{NAMES[role]} {what} {number} findings"
    return None


def _call_count(claim: Claim, held: Held) -> str | None:
    return _counted(claim, lambda r: len(held.facts.calls(r)) if held.facts.assessed(r) else None, "calls")


def _assess_count(claim: Claim, held: Held) -> str | None:
    return _counted(claim, held.assessed, "assesses")


def _call_of(claim: Claim, held: Held) -> str | None:
    number, total = claim.value
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    for role in claim.roles:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        has = len(held.facts.calls(role)), held.assessed(role)
        if (number, total) != has:
            return f"{NAMES[role]} calls {has[0]} of {has[1]} findings"
    return None


def _only_count(claim: Claim, held: Held) -> str | None:
    compared = held.facts.comparison and not held.facts.comparison.get("finding")
    if len(claim.roles) != 1 or not (compared or all(held.facts.assessed(r) for r in ROLES)):
        return f"{claim.text!r} does not say of which model"
    mine, theirs = claim.roles[0], next(r for r in ROLES if r not in claim.roles)
    rows = held.facts.comparison["findings"] if compared else held.facts.assessed(mine)
    calls = [f for f in rows if f != "No Finding" and held.called(mine, f)]
    only = [f for f in calls if held.called(theirs, f) is False]
    wide = [f for f in calls if not held.called(theirs, f)]
    return None if claim.value in (len(only), len(wide)) else f"{NAMES[mine]} alone calls {len(only)} findings"


def _both_count(claim: Claim, held: Held) -> str | None:
    both = set(held.facts.calls("baseline")) & set(held.facts.calls("finetuned"))
    if any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    return None if len(both) == claim.value else f"both models call {len(both)} findings"


def _outcome_count(claim: Claim, held: Held) -> str | None:
    if claim.findings:
        return None if len(claim.findings) == claim.value else f"{len(claim.findings)} findings are named"
    return f"{claim.text!r} names no findings"


def _calls_more(claim: Claim, held: Held) -> str | None:
    if any(not held.facts.assessed(r) for r in claim.roles):
        return "no evidence says what both models call"
    a, b = (len(held.facts.calls(r)) for r in claim.roles)
    return None if a != b and (a > b) == (claim.value == "up") else f"the models call {a} and {b} findings"


def _calls_others(claim: Claim, held: Held) -> str | None:
    """So many calls that are none of the findings named."""
    return _counted(
        claim,
        lambda r: len(set(held.facts.calls(r)) - set(claim.findings)) if held.facts.assessed(r) else None,
        "calls, beside those named,",
    )


def _calls_some(claim: Claim, held: Held) -> str | None:
    none = [r for r in claim.roles if not held.facts.calls(r)]
    if not claim.roles or none:
        return f"no evidence says that {NAMES[none[0]] if none else claim.text} calls a finding"
    return None


def _assess_same(claim: Claim, held: Held) -> str | None:
    a, b = (held.assessed(r) for r in ROLES)
    return None if a and a == b else f"the models assess {a} and {b} findings"


def _calls_same(claim: Claim, held: Held) -> str | None:
    if any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    a, b = (len(held.facts.calls(r)) for r in ROLES)
    return None if a == b else f"the models call {a} and {b} findings"


COUNTS: Mapping[str, Rule] = {
    "assess_count": _assess_count,
    "assess_same": _assess_same,
    "both_count": _both_count,
    "call_of": _call_of,
    "calls_more": _calls_more,
    "calls_number": _call_count,
    "calls_others": _calls_others,
    "calls_same": _calls_same,
    "calls_some": _calls_some,
    "only_count": _only_count,
    "outcome_count": _outcome_count,
}
