"""Shares of maps in the usual places: against a flat map's and against each other."""

from __future__ import annotations

from collections.abc import Mapping

from ..facts import ROLES
from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule

NEAR = 6
"""Percent: a share that is `hardly more` than that of a flat map."""

SLACK = 0.005
"""Shares as whole percents: two that print the same are the same."""


def _flat(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    if not claim.roles or not findings:
        return f"{claim.text!r} does not say which model for which finding"
    for finding in findings:
        for role in claim.roles:
            look = held.look(role, finding)
            if look is None or look.share is None or look.expected is None:
                return f"no evidence says how the map of {NAMES[role]} for {prose(finding)} compares with a flat one"
            mine, flat = round(100 * look.share), round(100 * look.expected)
            about = f"the map of {NAMES[role]} for {prose(finding)}"
            told = f"{mine} % of {about} lie in usual places, {flat} % of a flat one"
            negated = claim.negated != (claim.quantity == "neither")
            up = look.share > look.expected
            if claim.value == "same":
                fits = (abs(mine - flat) <= 1) != negated
            elif claim.value in ("near up", "near down"):
                fits = abs(mine - flat) <= NEAR and (mine == flat or up == (claim.value == "near up"))
            elif claim.value == "more":
                fits = (not up or mine == flat) if negated else (up and mine != flat)
            else:
                fits = (up or mine == flat) if negated else (not up and mine != flat)
            if not fits:
                return told
    return None


def _share_more(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    if len(claim.roles) != 2 or not findings:
        return f"{claim.text!r} does not say which models' maps"
    for finding in findings:
        looks = [held.look(role, finding) for role in claim.roles]
        shares = [None if look is None else look.share for look in looks]
        mine, theirs = shares
        if mine is None or theirs is None:
            return f"no evidence compares the maps for {prose(finding)}"
        if (mine > theirs) != (claim.value == "up") or abs(mine - theirs) < SLACK:
            return f"the shares for {prose(finding)} are {100 * mine:.0f} and {100 * theirs:.0f} %"
    return None


def _largest_change(claim: Claim, held: Held) -> str | None:
    """From the one model to the other the share changes most for this finding, of those with two maps."""
    known = {f for _, f in held.facts.looks}
    pairs = {f: [look.share if (look := held.look(role, f)) else None for role in ROLES] for f in known}
    changes = {f: abs(a - b) for f, (a, b) in pairs.items() if a is not None and b is not None}
    most = max(changes, key=lambda f: changes[f], default=None)
    if len(changes) > 1 and claim.findings == (most,):
        return None
    return f"the shares change most for {prose(most)}" if most else "no evidence compares the maps"


def _not_both_usual(claim: Claim, held: Held) -> str | None:
    """Not both maps lie in the usual places; `one`: exactly one does, or their shares differ clearly."""
    for finding in held.findings(claim):
        looks = [held.look(role, finding) for role in ROLES]
        if any(look is None or look.plausible is None for look in looks):
            return f"no evidence compares the maps for {prose(finding)}"
        inside = sum(bool(look and look.plausible) for look in looks)
        unlike = inside == 1 or (claim.value == "one" and held.facts.more_plausible(finding) is not None)
        if not (unlike or (claim.value is None and inside == 0)):
            return f"{inside} of the maps for {prose(finding)} lie in usual places"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _both_usual_alike(claim: Claim, held: Held) -> str | None:
    wrong = _not_both_usual(claim._replace(value="one"), held)
    return "the maps are not alike" if wrong is None else None if "of the maps" in wrong else wrong


def _share_near(claim: Claim, held: Held) -> str | None:
    """Shares that do not make one map the more plausible."""
    for finding in held.findings(claim):
        if any((look := held.look(role, finding)) is None or look.share is None for role in ROLES):
            return f"no evidence compares the maps for {prose(finding)}"
        if (more := held.facts.more_plausible(finding)) is not None:
            return f"the map of {NAMES[more]} for {prose(finding)} lies clearly more in usual places"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _lead(held: Held, role: str, finding: str) -> float | None:
    """By how much the share in usual places is more than a flat map's."""
    look = held.look(role, finding)
    return None if look is None or look.share is None or look.expected is None else look.share - look.expected


def _flat_lead(claim: Claim, held: Held) -> str | None:
    """`a gain over a flat map of 19 points`: rounded itself, or the difference of the two printed shares."""
    findings = held.findings(claim)
    if len(claim.roles) != 1 or len(findings) != 1:
        return f"{claim.text!r} does not say which model and finding"
    look, lead = held.look(claim.roles[0], findings[0]), _lead(held, claim.roles[0], findings[0])
    if look is None or look.share is None or look.expected is None or lead is None:
        return f"no evidence says how the map of {NAMES[claim.roles[0]]} compares with a flat one"
    printed = round(100 * look.share) - round(100 * look.expected)
    return None if str(claim.value) in (f"{100 * lead:.0f}", str(printed)) else f"it is {100 * lead:.0f} points"


def _flat_lead_more(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    if len(set(claim.roles)) != 2 or not findings:
        return f"{claim.text!r} does not say which models' maps"
    for finding in findings:
        mine, theirs = (_lead(held, role, finding) for role in claim.roles)
        if mine is None or theirs is None:
            return f"no evidence compares the maps for {prose(finding)}"
        if (mine > theirs) != (claim.value == "up") or abs(mine - theirs) < SLACK:
            return (
                f"the maps for {prose(finding)} lie {100 * mine:.0f} and {100 * theirs:.0f} points above a flat one"
            )
    return None


def _not_clearly_more(claim: Claim, held: Held) -> str | None:
    """`not clearly more informed`: the map does not lead, or leads by its share and not against a flat map."""
    for finding in held.findings(claim):
        leads = {role: _lead(held, role, finding) for role in ROLES}
        mine, theirs = (leads.get(role) for role in (*claim.roles, *(r for r in ROLES if r not in claim.roles)))
        if mine is None or theirs is None:
            return f"no evidence compares the maps for {prose(finding)}"
        if held.facts.more_plausible(finding) == claim.roles[0] and mine > theirs:
            return f"the more plausible for {prose(finding)} is {NAMES[claim.roles[0]]}"
    return None if len(claim.roles) == 1 and held.findings(claim) else f"{claim.text!r} does not say which model"


def _main_part(claim: Claim, held: Held) -> str | None:
    """More than half of each map lies in usual places; denied, of neither."""
    for finding in held.findings(claim):
        for role in claim.roles:
            look = held.look(role, finding)
            if look is None or look.share is None:
                return f"no evidence gives the share of {NAMES[role]} for {prose(finding)}"
            if (look.share > 0.5) == claim.negated:
                return f"{100 * look.share:.0f} % of the map of {NAMES[role]} lie in usual places"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


SHARES: Mapping[str, Rule] = {
    "both_usual_alike": _both_usual_alike,
    "flat": _flat,
    "flat_lead": _flat_lead,
    "flat_lead_more": _flat_lead_more,
    "main_part": _main_part,
    "not_clearly_more": _not_clearly_more,
    "largest_change": _largest_change,
    "not_both_usual": _not_both_usual,
    "share_more": _share_more,
    "share_near": _share_near,
}
