"""Calls: what a model calls, leaves uncalled or does not assess, and where two models agree."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...difficulty import CLOSE, is_close
from ..facts import ROLES, read_facts
from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule, each, with_negation

SEVERAL = 3
"""So many at least."""

CALLED_CLOSE = 0.1
"""A score nearer to its threshold than this may be called close; one nearer than CLOSE may not be denied to be."""


def _call(claim: Claim, held: Held) -> str | None:
    return each(claim, held, held.called, "calls")


def _presumed_call(claim: Claim, held: Held) -> str | None:
    """`the map behind that call`: that there is one is known from the sentence before, whatever this one cites."""
    return _call(claim, Held(read_facts(held.brief.evidence), held.brief))


def _misread(claim: Claim, held: Held) -> str | None:
    """A call, that a model does make: held to the evidence even where an interpretation may leave a call open."""
    return _call(claim, held)


def _call_none(claim: Claim, held: Held) -> str | None:
    if " any " in f" {claim.text.lower()} " and claim.quantity != "neither" and not claim.negated:
        return f"{claim.text!r} does not say which"
    for role in claim.roles or ROLES:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        if calls := held.facts.calls(role):
            return f"{NAMES[role]} calls {prose(calls[0])}"
    return None


def _own_call(claim: Claim, held: Held) -> str | None:
    """`the baseline's call` is one that it makes, as far as is known."""
    calls = [held.called(role, f) for role in claim.roles for f in claim.findings]
    if calls and not any(call is None or call for call in calls):
        return f"{NAMES[claim.roles[0]]} does not call {prose(claim.findings[0])}"
    return None


def _calls_none_of(claim: Claim, held: Held) -> str | None:
    """None of several findings, of which a model may lack a label for some."""
    for role in claim.roles:
        told = [held.called(role, f) for f in claim.findings]
        if True in told or False not in told:
            return f"{NAMES[role]} does not call none of {', '.join(map(prose, claim.findings))}"
        missing = [f for f, called in zip(claim.findings, told, strict=True) if called is None]
        if unknown := [f for f in missing if (role, f) not in held.facts.not_assessed]:
            return f"no evidence says that {NAMES[role]} calls {prose(unknown[0])}"
    return None if claim.roles and claim.findings else f"{claim.text!r} does not say of which model"


def _sure(claim: Claim, held: Held) -> str | None:
    """Called, by a score that does not lie close to its threshold."""
    for finding in claim.findings:
        for role in claim.roles:
            reading = held.facts.readings.get((role, finding))
            if reading is None or not reading.positive or reading.margin < CALLED_CLOSE:
                return f"no evidence says that {NAMES[role]} is sure of {prose(finding)}"
    return None


def _assessed(claim: Claim, held: Held) -> str | None:
    def missing(role: str, finding: str) -> bool | None:
        if (role, finding) in held.facts.not_assessed:
            return True
        if (role, finding) in held.facts.readings:
            return False
        row = held.facts.row(finding)
        return row[f"{role}_score"] is None if row else None

    return each(with_negation(claim, (claim.value == "has") != claim.negated), held, missing, "lacks a label for")


def _missing(held: Held, role: str) -> set[str]:
    return {f for r, f in held.facts.not_assessed if r == role}


def _lacks_only(claim: Claim, held: Held) -> str | None:
    """No label is lacking but for these; No Finding, which is none, may lack as well."""
    for role in claim.roles:
        missing = _missing(held, role)
        if set(claim.findings) not in (missing, missing - {"No Finding"}):
            return f"{NAMES[role]} lacks a label for {', '.join(map(prose, sorted(missing))) or 'no finding'}"
    return None if claim.roles and claim.findings else f"{claim.text!r} does not say which model and findings"


def _lacks_count(claim: Claim, held: Held) -> str | None:
    """So many labels are lacking; None: several."""
    for role in claim.roles:
        missing = _missing(held, role)
        counts = len(missing), len(missing - {"No Finding"})
        if not (counts[1] >= SEVERAL if claim.value is None else claim.value in counts):
            return f"{NAMES[role]} lacks a label for {counts[0]} findings"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _close(claim: Claim, held: Held) -> str | None:
    if claim.text.lower().startswith("no score"):
        near = [f for f in held.findings(claim) or held.brief.findings.names if is_close(held.facts, f)]
        return f"{prose(near[0])} lies close to both thresholds" if near else None
    roles = ROLES if "both" in claim.text.lower() or not claim.roles else claim.roles
    for finding in held.findings(claim):
        for role in roles:
            reading = held.facts.readings.get((role, finding))
            if reading is None:
                return f"no evidence gives the score of {NAMES[role]} for {prose(finding)}"
            limit = CLOSE if claim.negated and claim.value != "far" else CALLED_CLOSE
            if (reading.margin < limit) == claim.negated:
                return f"the score of {NAMES[role]} for {prose(finding)} is {reading.margin:.2f} from its threshold"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _scores_close(claim: Claim, held: Held) -> str | None:
    """So many of the scores cited are close to their thresholds."""
    near = sum(x.margin < CALLED_CLOSE for x in held.facts.readings.values())
    least = {"several": SEVERAL, "many": SEVERAL, "few": 1}.get(claim.value, 2)
    return None if near >= least else f"{near} scores are close to their thresholds"


def _agree(claim: Claim, held: Held) -> str | None:
    said = claim.value or ("differ" if re.search(r"differ|disagree", claim.text.lower()) else "agree")
    denies = claim.negated != (said == "differ")
    if not claim.findings:
        relation = held.facts.comparison.get("relation")
        if relation is None:
            return "no evidence compares the models"
        return None if (relation == "DIFFER") == denies else f"the models {relation}"
    for finding in claim.findings:
        calls = [held.called(role, finding) for role in ROLES]
        if None in calls:
            return f"not both models are known on {prose(finding)}"
        if (calls[0] != calls[1]) != denies:
            return f"the models {'agree' if calls[0] == calls[1] else 'differ'} on {prose(finding)}"
    return None


def _default(claim: Claim, held: Held) -> str | None:
    def default(role: str, finding: str) -> bool | None:
        reading = held.facts.readings.get((role, finding))
        return None if reading is None else reading.rule == "default"

    return each(claim, held, default, "has a default threshold for")


def _exclusive(claim: Claim, held: Held) -> str | None:
    for role in claim.roles:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        calls = held.facts.calls(role)
        if set(calls) != set(claim.findings):
            return f"{NAMES[role]} calls {', '.join(map(prose, calls)) or 'no finding'}"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _not_both_call(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        calls = [held.called(role, finding) for role in ROLES]
        if all(calls):
            return f"both models call {prose(finding)}"
        if False not in calls:
            return f"not both models are known on {prose(finding)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _both_only(claim: Claim, held: Held) -> str | None:
    both = [f for f in held.facts.calls("baseline") if f in held.facts.calls("finetuned")]
    if any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    return (
        None if set(both) == set(claim.findings) else f"both models call {', '.join(map(prose, both)) or 'nothing'}"
    )


def _only_these(claim: Claim, held: Held) -> str | None:
    """All that a model calls and the other does not."""
    if len(claim.roles) != 1 or any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    theirs = held.facts.calls(next(r for r in ROLES if r not in claim.roles))
    only = [f for f in held.facts.calls(claim.roles[0]) if f not in theirs]
    told = ", ".join(map(prose, only)) or "no finding"
    return None if set(only) == set(claim.findings) else f"{NAMES[claim.roles[0]]} alone calls {told}"


def _differ_only(claim: Claim, held: Held) -> str | None:
    differing = held.facts.comparison.get("differing")
    if differing is None:
        return "no evidence compares the models"
    return (
        None if set(differing) == set(claim.findings) else f"the models differ on {', '.join(map(prose, differing))}"
    )


def _differ_count(claim: Claim, held: Held) -> str | None:
    differing = held.facts.comparison.get("differing")
    if differing is None:
        return "no evidence compares the models"
    if not set(claim.findings) <= set(differing):
        return f"the models differ on {', '.join(map(prose, differing))}"
    return None if len(differing) == claim.value else f"the models differ on {len(differing)} findings"


def _calibrated_is(claim: Claim, held: Held) -> str | None:
    """Of the scores named, else of all that a model has."""
    for role in claim.roles:
        named = held.findings(claim) or held.facts.assessed(role)
        readings = [held.facts.readings.get((role, finding)) for finding in named]
        if not readings or any(x is None or x.calibrated == claim.negated for x in readings):
            return f"no evidence says so of the scores of {NAMES[role]}"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


CALLS: Mapping[str, Rule] = {
    "agree": _agree,
    "assessed": _assessed,
    "both_only": _both_only,
    "calibrated_is": _calibrated_is,
    "call": _call,
    "call_none": _call_none,
    "calls_none_of": _calls_none_of,
    "close": _close,
    "default": _default,
    "differ_count": _differ_count,
    "differ_only": _differ_only,
    "exclusive": _exclusive,
    "lacks_count": _lacks_count,
    "lacks_only": _lacks_only,
    "misread": _misread,
    "presumed_call": _presumed_call,
    "not_both_call": _not_both_call,
    "only_these": _only_these,
    "own_call": _own_call,
    "scores_close": _scores_close,
    "sure": _sure,
}
