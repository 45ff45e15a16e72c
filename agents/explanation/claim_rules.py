"""Holds one claim of a sentence against facts: `why_wrong` gives None where they say the same, else the exact reason.

Tolerances. A number must be the tool's own, rounded to the digits the text gives: `0.62` stands for 0.615 to 0.625,
`62 %` for 61.5 to 62.5 %. A fraction with no decimals must be exact. Nothing else is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..difficulty import CLOSE, is_close
from ..state import Brief
from .claims import Claim
from .facts import ROLES, Facts, Look
from .free_rules import FREE_RULES
from .held import Held
from .prose import NAMES, prose
from .telling import SHOWN_ZONES, where

_OUTCOMES = (
    (r"\btps?\b|true[- ]positive|\bcatch|\bcaught", "TP"),
    (r"\bfps?\b|false[- ](?:positive|alarm|call)|overcall|hallucinat", "FP"),
    (r"\btns?\b|true[- ]negative|\b(?:correctly|rightly) (?:leave|reject|withhold|stay|remain)", "TN"),
    (
        r"\bfns?\b|false[- ]negative|\bmiss(?!taken)|overlook|(?:falsely|wrongly|incorrectly) (?:leave|reject|stay)",
        "FN",
    ),
    (r"\b(?:correct|right) not to ", "TN"),
    (r"\b(?:wrong|incorrect) not to ", "FN"),
    (r"\b(?:correct|right) to ", "TP"),
    (r"\b(?:wrong|incorrect) to ", "FP"),
    (r"\b(?:correctly|rightly) (?:does|do|did|is|never|fail)", "TN"),
    (r"(?:falsely|wrongly|incorrectly) (?:does|do|did|is|never|fail)", "FN"),
    (r"\b(?:correctly|rightly)", "TP"),
    (r"(?:falsely|wrongly|incorrectly|mistakenly)", "FP"),
)
BLIND_KINDS = frozenset(
    [
        *(
            "truth",
            "outcome",
            "right",
            "better",
            "worse_word",
            "no_positive",
            "unjudged",
            "source",
            "label",
            "label_count",
        ),
        *("outcome_count", "no_outcome", "right_one", "verdict_is", "verdict_not", "f1_more", "f1_same", "source_is"),
    ]
)
"""Kinds of claim that speak of the truth: none of them may stand in blind text."""


def why_wrong(claim: Claim, facts: Facts, brief: Brief) -> str | None:
    """None where the facts say what the claim says."""
    rule = _RULES.get(claim.kind) or FREE_RULES.get(claim.kind)
    if rule is None:
        return f"{claim.text!r} is nothing that a tool result says"
    return rule(claim, Held(facts, brief))


def _each(claim: Claim, held: Held, holds: Callable[[str, str], bool | None], says: str) -> str | None:
    """The claim for every finding it names and every model it names, as its quantity and negation say."""
    findings = held.findings(claim)
    if not findings:
        return f"{claim.text!r} does not say of which finding"
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    for finding in findings:
        for role in ROLES:
            value = holds(role, finding)
            if role in claim.roles:
                wanted = not claim.negated
                if claim.quantity == "neither":
                    wanted = not wanted
                if value is None:
                    return f"no evidence says that {NAMES[role]} {says} {prose(finding)}"
                if value != wanted:
                    return f"{NAMES[role]} {'does' if value else 'does not'}: {says} {prose(finding)}"
            elif claim.quantity == "only" and bool(value) == (not claim.negated):
                return f"not only {NAMES[claim.roles[0]]}: {says} {prose(finding)}"
    return None


# ── predictions ──────────────────────────────────────────────────────────────────────────────────────────────


def _call(claim: Claim, held: Held) -> str | None:
    return _each(claim, held, held.called, "calls")


def _call_none(claim: Claim, held: Held) -> str | None:
    if " any " in f" {claim.text.lower()} " and claim.quantity != "neither" and not claim.negated:
        return f"{claim.text!r} does not say which"
    for role in claim.roles or ROLES:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        if calls := held.facts.calls(role):
            return f"{NAMES[role]} calls {prose(calls[0])}"
    return None


def _assessed(claim: Claim, held: Held) -> str | None:
    def missing(role: str, finding: str) -> bool | None:
        if (role, finding) in held.facts.not_assessed:
            return True
        if (role, finding) in held.facts.readings:
            return False
        row = held.facts.row(finding)
        return row[f"{role}_score"] is None if row else None

    return _each(_with(claim, claim.value == "has"), held, missing, "lacks a label for")


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
            printed = abs(round(reading.score, 2) - round(reading.threshold, 2)) < CLOSE + 0.001
            if (reading.margin < CLOSE) == claim.negated and printed == claim.negated:
                return f"the score of {NAMES[role]} for {prose(finding)} is {reading.margin:.2f} from its threshold"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


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


def _default(claim: Claim, held: Held) -> str | None:
    def default(role: str, finding: str) -> bool | None:
        reading = held.facts.readings.get((role, finding))
        return None if reading is None else reading.rule == "default"

    return _each(claim, held, default, "has a default threshold for")


# ── truth ────────────────────────────────────────────────────────────────────────────────────────────────────


def _outcome(claim: Claim, held: Held) -> str | None:
    text = claim.text.lower()
    name = next((name for pattern, name in _OUTCOMES if re.search(pattern, text)), None)
    if re.match(
        r"(?:(?:is|are|was|were) )?(?:correct(?:ly)?|right(?:ly)?|falsely|wrong(?:ly)?|incorrect(?:ly)?) ", text
    ):
        claim = _with(claim, False)

    def has(role: str, finding: str) -> bool | None:
        outcome = held.facts.outcome(role, finding)
        return None if outcome is None else outcome == name

    return _each(claim, held, has, f"has a {name} on")


def _right(claim: Claim, held: Held) -> str | None:
    denies = claim.negated
    if claim.findings:

        def answered(role: str, finding: str) -> bool | None:
            outcome = held.facts.outcome(role, finding)
            return None if outcome is None else outcome in ("TP", "TN")

        return _each(_with(claim, denies), held, answered, "is right on")

    def right(role: str) -> bool | None:
        return held.facts.judgement(role).get("right")

    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    if claim.quantity == "neither":
        denies = not denies
    for role in ROLES:
        if right(role) is None:
            return "no evidence judges the models"
        if role in claim.roles and right(role) == denies:
            return f"{NAMES[role]} is {'right' if right(role) else 'not right'}"
        if role not in claim.roles and claim.quantity == "only" and right(role) != denies:
            return f"{NAMES[role]} is {'right' if right(role) else 'not right'} as well"
    return None


def _better(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    if len(claim.roles) != 1 or not findings:
        return f"{claim.text!r} does not say which model on which finding"
    mine, theirs = claim.roles[0], next(r for r in ROLES if r != claim.roles[0])
    for finding in findings:
        a, b = (held.facts.outcome(role, finding) for role in (mine, theirs))
        if a is None or b is None:
            return f"no evidence judges both models on {prose(finding)}"
        if (a in ("TP", "TN") and b in ("FP", "FN")) == claim.negated:
            return f"{NAMES[mine]} has a {a} and {NAMES[theirs]} a {b} on {prose(finding)}"
    return None


def _hidden(claim: Claim, held: Held) -> str | None:
    return None if held.brief.blind else "the truth was shown"


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────


def _zone(claim: Claim, held: Held) -> str | None:
    zone = str(claim.value)

    def there(role: str, look: Look) -> str | None:
        if claim.cue == "box":
            zones = [z for box in look.boxes or () for z in box.zones]
            return None if zone in zones else f"no box of {NAMES[role]} lies in the {zone}"
        if claim.cue == "main":
            zones = [z for z, share in look.zones[:2] if share >= SHOWN_ZONES]
            return (
                None
                if zone in zones
                else f"the map of {NAMES[role]} lies mainly in {' and '.join(zones) or 'no zone'}"
            )
        if claim.cue == "any":
            return None if zone in dict(look.zones) else f"the map of {NAMES[role]} does not reach the {zone}"
        if look.peak_zone == zone:
            return None
        if claim.cue in (None, "look") and zone in [z for z, share in look.zones[:1] if share >= SHOWN_ZONES]:
            return None
        return f"the map of {NAMES[role]} peaks in {look.peak_zone or 'no zone'}"

    if zone == "outside the body" and claim.cue is None:
        return None
    return _places(claim, held, there)


def _side(claim: Claim, held: Held) -> str | None:
    side = str(claim.value)

    def there(role: str, look: Look) -> str | None:
        if claim.cue in ("box", "every box"):
            sides = [box.side for box in look.boxes or ()]
            if claim.cue == "every box" and set(sides) != {side}:
                return f"not every box of {NAMES[role]} lies on the {side}"
            return None if side in sides else f"no box of {NAMES[role]} lies on the {side}"
        return None if look.peak_side == side else f"the map of {NAMES[role]} peaks {look.peak_side or 'nowhere'}"

    return _places(claim, held, there)


def _boxes(claim: Claim, held: Held) -> str | None:
    def count(role: str, look: Look) -> str | None:
        if look.boxes is None:
            return f"no evidence gives boxes of {NAMES[role]}"
        stated = re.findall(r"\d+(?:\.\d+)?", claim.text) if claim.text.startswith("no ") else []
        if stated and not set(stated) <= set(re.findall(r"\d+(?:\.\d+)?", look.why_none or "")):
            return f"{claim.text!r} is not the reason given"
        fits = len(look.boxes) >= 1 if claim.cue == "some" else len(look.boxes) == claim.value
        return None if fits else f"{NAMES[role]} has {len(look.boxes)} boxes"

    return _places(claim, held, count)


def _has_map(claim: Claim, held: Held) -> str | None:
    denies = bool(re.search(r"\bno\b|empty|nothing", claim.text.lower())) != (claim.quantity == "neither")
    denies = denies != claim.negated

    def empty(role: str, look: Look) -> str | None:
        has = look.peak_zone is not None
        return None if has != denies else f"{NAMES[role]} has {'a' if has else 'no'} map"

    wrong = _places(claim, held, empty)
    if wrong is None and claim.quantity == "only":
        others = [held.look(r, f) for r in ROLES if r not in claim.roles for f in held.findings(claim)]
        if any(look is not None and (look.peak_zone is not None) != denies for look in others):
            return "the other model has a map as well"
    return wrong


def _plausible(claim: Claim, held: Held) -> str | None:
    if claim.value == "unknown":
        return _places(claim, held, lambda r, x: None if where(x) is None else "usual places are known for it")
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    denies = claim.negated != (claim.quantity == "neither")

    def fits(role: str, look: Look) -> bool | None:
        place = where(look)
        if place is None:
            return None
        return {"inside": place == "in", "outside": place == "out", "chance": place == "chance"}[claim.value]

    for finding in held.findings(claim):
        for role in ROLES:
            look = held.look(role, finding)
            value = None if look is None else fits(role, look)
            if role in claim.roles and (value is None or value == denies):
                return f"the map of {NAMES[role]} for {prose(finding)}: {_told(look)}"
            if role not in claim.roles and claim.quantity == "only" and value is not None and value != denies:
                return f"the map of {NAMES[role]} for {prose(finding)}: {_told(look)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _told(look: Look | None) -> str:
    place = None if look is None else where(look)
    words = {"in": "in usual places", "out": "mostly outside the usual places", "chance": "no more than a flat map"}
    return words[place] if place else "no evidence says whether its place is usual"


def _more_plausible(claim: Claim, held: Held) -> str | None:
    if not claim.roles or not held.findings(claim):
        return f"{claim.text!r} does not say which model for which finding"
    for finding in held.findings(claim):
        if any(held.look(role, finding) is None for role in ROLES):
            return f"no evidence compares the maps for {prose(finding)}"
        more = held.facts.more_plausible(finding)
        wanted = None if claim.quantity == "neither" else claim.roles[0]
        if more != wanted:
            return f"the more plausible for {prose(finding)} is {NAMES[more] if more else 'neither'}"
    return None


def _places(claim: Claim, held: Held, check: Callable[[str, Look], str | None]) -> str | None:
    findings = held.findings(claim)
    if not claim.roles or not findings:
        return f"{claim.text!r} does not say which model for which finding"
    for finding in findings:
        for role in claim.roles:
            look = held.look(role, finding)
            if look is None:
                return f"no evidence says where {NAMES[role]} looks for {prose(finding)}"
            if wrong := check(role, look):
                return f"{wrong} for {prose(finding)}"
    return None


# ── film ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _unknown_projection(claim: Claim, held: Held) -> str | None:
    return _same("unknown", held.facts.quality.get("projection"), "projection")


def _usual_film(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence says how usual the film is"
    text = claim.text.lower()
    level = "like" if value < 0.3 else "unlike" if value >= 0.6 else "somewhat"
    said = "somewhat" if "somewhat" in text else "unlike" if "unlike" in text or "unusual" in text else "like"
    return None if said == level else f"its out-of-distribution score is {value:.2f}"


def _same(said: str, value: str | None, what: str) -> str | None:
    return None if said == value else f"the {what} is {value or 'not in the evidence'}"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _number(claim: Claim, held: Held) -> str | None:
    text, zone = claim.value
    measure = claim.cue or "score"
    if measure in ("rotation", "unusual", "coverage"):
        value = held.facts.quality.get({"unusual": "out_of_distribution"}.get(measure, measure))
        signed = measure == "rotation" and not text.startswith("-")
        return _matches(text, [] if value is None else [abs(value) if signed else value], measure)
    if measure == "f1":
        found = [held.facts.judgement(role).get("f1") for role in claim.roles]
        return _all_match(text, found, "case F1") if claim.roles else f"{text} does not say of which model"
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
            _all_match(text, [_measured(held, m, zone, r, findings[-1]) for r in claim.roles], "share")
            for m in ("share", "zone")
        ]
        return told[0] if None not in told else None
    if measure in ("mean activation", "area"):
        return _of_some_box(claim, held, text, findings[-1])
    values = [_measured(held, measure, zone, role, findings[-1]) for role in claim.roles]
    about = f"{measure} of {' and '.join(NAMES[r] for r in claim.roles)} for {prose(findings[-1])}"
    return _all_match(text, values, about)


def _of_some_box(claim: Claim, held: Held, text: str, finding: str) -> str | None:
    """A number that one of the boxes has."""
    for role in claim.roles:
        look = held.look(role, finding)
        boxes = () if look is None else look.boxes or ()
        shares = [box.mean_activation if claim.cue == "mean activation" else box.area_share for box in boxes]
        if all(_matches(text, [share], "box") for share in shares):
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
        return reading.score if reading else row.get(f"{role}_score")
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


def _all_match(text: str, values: Iterable[float | None], about: str) -> str | None:
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


def _with(claim: Claim, negated: bool) -> Claim:
    return Claim(
        claim.kind, claim.text, claim.at, claim.roles, claim.quantity, claim.findings, claim.value, negated, claim.cue
    )


def _heart_size(claim: Claim, held: Held) -> str | None:
    """Knowledge of AP films."""
    return None


_RULES: dict[str, Callable[[Claim, Held], str | None]] = {
    "agree": _agree,
    "assessed": _assessed,
    "better": _better,
    "boxes": _boxes,
    "call": _call,
    "call_none": _call_none,
    "change": _change,
    "close": _close,
    "compare": _compare,
    "default": _default,
    "has_map": _has_map,
    "heart_size": _heart_size,
    "hidden": _hidden,
    "more_plausible": _more_plausible,
    "number": _number,
    "outcome": _outcome,
    "plausible": _plausible,
    "right": _right,
    "side": _side,
    "unknown_projection": _unknown_projection,
    "usual_film": _usual_film,
    "zone": _zone,
}
