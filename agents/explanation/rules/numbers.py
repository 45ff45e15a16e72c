"""Numbers: each must be the tool's own, rounded to the digits the text gives; and which of two is higher.

`0.62` stands for 0.615 to 0.625, `62 %` for 61.5 to 62.5 %. A fraction with no decimals must be exact. Nothing else is
rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...difficulty import CLOSE
from ..facts import ROLES, Look
from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule

SAME = 0.005
"""Thresholds nearer to each other than this print as the same."""


def _number(claim: Claim, held: Held) -> str | None:
    text, zone = claim.value
    measure = claim.cue or "score"
    if measure in ("rotation", "unusual", "coverage"):
        value = held.facts.quality.get({"unusual": "out_of_distribution"}.get(measure, measure))
        signed = measure == "rotation" and not text.startswith("-")
        return _matches(text, [] if value is None else [abs(value) if signed else value], measure)
    if measure == "f1":
        found = [held.facts.judgement(role).get("f1") for role in claim.roles]
        return all_match(text, found, "case F1") if claim.roles else f"{text} does not say of which model"
    findings = held.findings(claim)
    if not findings or not claim.roles:
        return f"the number {text} does not say of which model and finding"
    if measure == "under":
        return _all_under(text, zone or "", [held.look(role, findings[-1]) for role in claim.roles])
    if (
        len(claim.roles) > 1
        and measure in ("score", "threshold")
        and len(set(claim.roles)) > 1
        and claim.quantity != "all"
    ):
        return f"the number {text} does not say of which model"
    if measure == "share or zone":
        told = [
            all_match(text, [_measured(held, m, zone, r, findings[-1]) for r in claim.roles], "share")
            for m in ("share", "zone")
        ]
        return told[0] if None not in told else None
    if measure in ("mean activation", "every mean activation", "area"):
        return _of_some_box(claim, held, text, findings[-1])
    values = [_measured(held, measure, zone, role, findings[-1]) for role in claim.roles]
    about = f"{measure} of {' and '.join(NAMES[r] for r in claim.roles)} for {prose(findings[-1])}"
    return all_match(text, values, about)


def _of_some_box(claim: Claim, held: Held, text: str, finding: str) -> str | None:
    """A number that one of the boxes has."""
    for role in claim.roles:
        look = held.look(role, finding)
        boxes = () if look is None else look.boxes or ()
        shares = [box.area_share if claim.cue == "area" else box.mean_activation for box in boxes]
        wrong = [_matches(text, [share], "box") is not None for share in shares]
        if all(wrong) or (claim.cue == "every mean activation" and any(wrong)):
            return f"no box of {NAMES[role]} for {prose(finding)} has {text}"
    return None


def _all_under(text: str, zone: str, looks: Iterable[Look | None]) -> str | None:
    """`less than 1 % of it lies in ...`: a map names every zone that holds a hundredth of it or more."""
    for look in looks:
        if look is None or look.peak_zone is None:
            return f"no evidence gives a map ({text})"
        share = dict(look.zones).get(zone, 0.0)
        limit = float(re.findall(r"[\d.]+", text)[0])
        if limit < 1 or 100 * share >= limit:
            return f"{100 * share:.0f} % of the map lies in the {zone}"
    return None


def _measured(held: Held, measure: str, zone: str | None, role: str, finding: str) -> float | None:
    reading = held.facts.readings.get((role, finding))
    row = held.facts.row(finding)
    if measure == "score":
        return held.score(role, finding)
    if measure == "threshold":
        return reading.threshold if reading else None
    if measure == "margin":
        return reading.margin if reading else None
    if measure == "difference":
        return abs(row["difference"]) if row.get("difference") is not None else None
    look = held.look(role, finding)
    if look is None:
        return None
    if measure in ("share", "any share"):
        return look.share
    if measure == "expected":
        return look.expected
    if measure in ("mean activation", "area"):
        return None
    if measure == "outside share":
        return None if look.share is None else 1 - look.share
    if measure == "box level":
        return look.box_level
    if measure == "magnitude":
        return look.magnitude
    if measure == "zone":
        return dict(look.zones).get(zone or "")
    return None


def all_match(text: str, values: Iterable[float | None], about: str) -> str | None:
    values = list(values)
    for value in values:
        if wrong := _matches(text, [] if value is None else [value], about):
            return wrong
    return None if values else f"no evidence gives the {about}"


def _matches(text: str, values: list[float], about: str) -> str | None:
    if not values:
        return f"no evidence gives the {about} ({text})"
    number = re.match(r"-?[\d.]+(?:e-?\d+)?", text)
    digits = number[0] if number else text
    scale = 100 if "%" in text or "cent" in text else 1
    decimals = len(digits.partition(".")[2])
    step = 0.5 * 10**-decimals if decimals or scale == 100 or "deg" in text else 0.0
    if any(abs(float(digits) - scale * value) <= step + 1e-6 for value in values):
        return None
    return f"the {about} is {scale * values[0]:.{max(decimals, 2)}f}, not {text}"


def _compare(claim: Claim, held: Held) -> str | None:
    """One model's score for a finding against the other's."""
    findings = held.findings(claim)
    if claim.value is None or len(claim.roles) != 2 or not findings:
        return f"{claim.text!r} does not say which models' scores for which finding"
    return _higher(claim, held, claim.roles, findings)


def _change(claim: Claim, held: Held) -> str | None:
    """The score from the baseline to the fine-tuned model."""
    findings = held.findings(claim)
    if not findings:
        return f"{claim.text!r} does not say of which finding"
    return _higher(claim, held, ("finetuned", "baseline"), findings)


def _higher(claim: Claim, held: Held, roles: tuple[str, ...], findings: tuple[str, ...]) -> str | None:
    for finding in findings:
        mine, theirs = (_measured(held, "score", None, role, finding) for role in roles)
        if mine is None or theirs is None:
            return f"no evidence gives both scores for {prose(finding)}"
        if (mine > theirs) != (claim.value == "up") or mine == theirs:
            return f"for {prose(finding)} {NAMES[roles[0]]} scores {mine:.3f} and {NAMES[roles[1]]} {theirs:.3f}"
    return None


def _scores_differ(claim: Claim, held: Held) -> str | None:
    """Both scores for a finding, apart or, where that is denied, printed the same; `hardly`: less than `CLOSE`."""
    findings = held.findings(claim)
    for finding in findings:
        mine, theirs = (_measured(held, "score", None, role, finding) for role in ROLES)
        if mine is None or theirs is None:
            return f"no evidence gives both scores for {prose(finding)}"
        if (abs(mine - theirs) >= (CLOSE if claim.value else SAME)) == claim.negated:
            return f"the scores for {prose(finding)} are {mine:.3f} and {theirs:.3f}"
    return None if findings else f"{claim.text!r} does not say of which finding"


def _same_threshold(claim: Claim, held: Held) -> str | None:
    """Both models have one threshold for a finding."""
    for finding in held.findings(claim):
        mine, theirs = (_measured(held, "threshold", None, role, finding) for role in ROLES)
        if mine is None or theirs is None:
            return f"no evidence gives both thresholds for {prose(finding)}"
        if (abs(mine - theirs) >= SAME) != claim.negated:
            return f"the thresholds for {prose(finding)} are {mine:.3f} and {theirs:.3f}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _threshold_more(claim: Claim, held: Held) -> str | None:
    """One model's threshold for a finding against the other's."""
    for finding in held.findings(claim):
        mine, theirs = (_measured(held, "threshold", None, role, finding) for role in claim.roles)
        if mine is None or theirs is None:
            return f"no evidence gives both thresholds for {prose(finding)}"
        if (mine > theirs) != (claim.value == "up") or abs(mine - theirs) < SAME:
            return f"the thresholds for {prose(finding)} are {mine:.3f} and {theirs:.3f}"
    return None if held.findings(claim) else f"{claim.text!r} does not say for which finding"


def _value(text: str) -> float:
    """`62 %` is 62."""
    return float(re.sub(r"[^\d.e-].*$", "", text))


def _same_number(claim: Claim, held: Held) -> str | None:
    """Two numbers of the text, each held against the evidence by itself."""
    mine, theirs = map(_value, claim.value)
    return None if mine == theirs else f"{claim.value[0]} is not {claim.value[1]}"


def _told_more(claim: Claim, held: Held) -> str | None:
    """A number of the text against one told before, each held against the evidence by itself."""
    mine, theirs = map(_value, claim.value[:2])
    if mine != theirs and (mine > theirs) == (claim.value[2] == "up"):
        return None
    return f"{claim.value[0]} is not {'more' if claim.value[2] == 'up' else 'less'} than {claim.value[1]}"


def _f1_pair(claim: Claim, held: Held) -> str | None:
    """Two case F1 in either order."""
    scores = [x for role in ROLES if (x := held.facts.judgement(role).get("f1")) is not None]
    if len(scores) != 2:
        return "no evidence gives both case F1"
    first, second = claim.value
    for pair in (scores, scores[::-1]):
        if not _matches(first, [pair[0]], "F1") and not _matches(second, [pair[1]], "F1"):
            return None
    return f"the case F1 are {scores[0]:.2f} and {scores[1]:.2f}"


def _f1_more(claim: Claim, held: Held) -> str | None:
    scores = [x for role in claim.roles if (x := held.facts.judgement(role).get("f1")) is not None]
    if len(scores) != 2:
        return "no evidence gives both case F1"
    return (
        None
        if scores[0] != scores[1] and (scores[0] > scores[1]) == (claim.value == "up")
        else f"the case F1 are {scores[0]:.2f} and {scores[1]:.2f}"
    )


def _f1_same(claim: Claim, held: Held) -> str | None:
    scores = [x for role in ROLES if (x := held.facts.judgement(role).get("f1")) is not None]
    if len(scores) != 2:
        return "no evidence gives both case F1"
    return (
        None if round(scores[0], 2) == round(scores[1], 2) else f"the case F1 are {scores[0]:.2f} and {scores[1]:.2f}"
    )


NUMBERS: Mapping[str, Rule] = {
    "change": _change,
    "compare": _compare,
    "f1_more": _f1_more,
    "f1_pair": _f1_pair,
    "f1_same": _f1_same,
    "number": _number,
    "same_number": _same_number,
    "same_threshold": _same_threshold,
    "scores_differ": _scores_differ,
    "threshold_more": _threshold_more,
    "told_more": _told_more,
}
