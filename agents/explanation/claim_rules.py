"""Holds one claim of a sentence against facts: `why_wrong` gives None where they say the same, else the exact reason.

Tolerances. A number must be the tool's own, rounded to the digits the text gives: `0.62` stands for 0.615 to 0.625,
`62 %` for 61.5 to 62.5 %. A fraction with no decimals must be exact. Nothing else is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..difficulty import CLOSE, is_close
from ..state import Brief
from .facts import ROLES, Facts, Look
from .lexicon import count_of
from .prose import NAMES, SOURCES, prose
from .telling import SHOWN_ZONES, where
from .text_claims import Claim

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
_BELOW = re.compile(r"\b(?:below|under|short of|negative)\b")
BLIND_KINDS = frozenset(["truth", "outcome", "right", "better", "worse_word", "no_positive", "unjudged", "source"])
"""Kinds of claim that speak of the truth: none of them may stand in blind text."""


@dataclass(frozen=True)
class Held:
    """What one claim is held against."""

    facts: Facts
    brief: Brief

    def findings(self, claim: Claim) -> tuple[str, ...]:
        return claim.findings or ((self.brief.finding,) if self.brief.finding else ())

    def called(self, role: str, finding: str) -> bool | None:
        reading = self.facts.readings.get((role, finding))
        return reading.positive if reading is not None else self.facts.row(finding).get(f"{role}_positive")

    def look(self, role: str, finding: str) -> Look | None:
        return self.facts.looks.get((role, finding))


def why_wrong(claim: Claim, facts: Facts, brief: Brief) -> str | None:
    """None where the facts say what the claim says."""
    rule = _RULES.get(claim.kind)
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
    negated = claim.negated != bool(_BELOW.search(claim.text.lower()))
    return _each(_with(claim, negated), held, held.called, "calls")


def _call_none(claim: Claim, held: Held) -> str | None:
    if " any " in f" {claim.text.lower()} " and claim.quantity != "neither" and not claim.negated:
        return f"{claim.text!r} does not say which"
    for role in claim.roles or ROLES:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        if calls := held.facts.calls(role):
            return f"{NAMES[role]} calls {prose(calls[0])}"
    return None


def _call_count(claim: Claim, held: Held) -> str | None:
    words = claim.text.lower().split()
    total = next(int(word) for word in words[words.index("of") :] if word.isdigit())
    for role in claim.roles:
        has = len(held.facts.calls(role)), sum(f != "No Finding" for f in held.facts.assessed(role))
        if (count_of(words[1]), total) != has:
            return f"{NAMES[role]} calls {has[0]} of {has[1]} findings"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _assessed(claim: Claim, held: Held) -> str | None:
    def missing(role: str, finding: str) -> bool | None:
        if (role, finding) in held.facts.not_assessed:
            return True
        if (role, finding) in held.facts.readings:
            return False
        row = held.facts.row(finding)
        return row[f"{role}_score"] is None if row else None

    return _each(_with(claim, False), held, missing, "lacks a label for")


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
            if (reading.margin < CLOSE) == claim.negated:
                return f"the score of {NAMES[role]} for {prose(finding)} is {reading.margin:.2f} from its threshold"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _agree(claim: Claim, held: Held) -> str | None:
    denies = claim.negated != bool(re.search(r"differ|disagree", claim.text.lower()))
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


def _agree_all(claim: Claim, held: Held) -> str | None:
    relation = held.facts.comparison.get("relation")
    return None if relation == "AGREE" and held.facts.comparison.get("finding") is None else f"the models {relation}"


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


def _calibrated(claim: Claim, held: Held) -> str | None:
    denies = bool(re.search(r"\bnot\b|uncalibrated", claim.text.lower()))
    for role in claim.roles:
        flags = [reading.calibrated for (r, _), reading in held.facts.readings.items() if r == role]
        if not flags:
            return f"no evidence says whether {NAMES[role]} is calibrated"
        if (not any(flags)) != denies and all(flags) == denies:
            return f"the scores of {NAMES[role]} are {'' if any(flags) else 'not '}calibrated"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _default(claim: Claim, held: Held) -> str | None:
    def default(role: str, finding: str) -> bool | None:
        reading = held.facts.readings.get((role, finding))
        return None if reading is None else reading.rule == "default"

    return _each(claim, held, default, "has a default threshold for")


# ── truth ────────────────────────────────────────────────────────────────────────────────────────────────────


def _truth(claim: Claim, held: Held) -> str | None:
    text = claim.text.lower()
    if "resolved" in text:
        return f"{claim.text!r} speaks of change over time, which no tool sees"
    wanted = ("positive",)
    if re.search(r"settle|leave|nothing|known|uncertain|clear|for|about|on$", text) and not re.search(
        r"positive|negative|confirmed|named|listed|mentioned", text
    ):
        wanted = ("positive", "negative") if "settle" in text and not claim.negated else ("uncertain", "blank")
    elif claim.negated != ("absent" in text or "negative" in text):
        wanted = ("negative",)
    for finding in held.findings(claim):
        value = held.facts.truth.get(finding)
        if value is None:
            return f"no evidence gives the truth of {prose(finding)}"
        if value not in wanted:
            return f"the labels have {prose(finding)} as {value}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


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
    text = claim.text.lower()
    denies = bool(re.search(r"wrong|incorrect|falsely|mistaken", text)) != claim.negated
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


def _verdict(claim: Claim, held: Held) -> str | None:
    text = claim.text.lower()
    if re.search(r"no (?:change|difference)|neither|unchanged|changed nothing", text):
        said = "NO CHANGE"
    elif text == "no verdict":
        said = "NO VERDICT"
    else:
        said = "WORSE" if re.match(r"wors|hurt|harm|step back", text) else "IMPROVED"
        if claim.roles == ("baseline",) and claim.value == "than":
            said = "WORSE" if said == "IMPROVED" else "IMPROVED"  # "the baseline is worse"
    if not held.facts.comparison:
        return "no evidence gives a verdict"
    verdict = held.facts.comparison.get("verdict")
    said = {"NO VERDICT": None}.get(said, said)
    return None if said == verdict else f"the verdict is {verdict or 'none'}"


def _unjudged(claim: Claim, held: Held) -> str | None:
    comparison = held.facts.comparison
    if "settle any" in claim.text.lower():
        return None if comparison and not comparison["judged"] else "findings were judged"
    findings = held.findings(claim)
    judged = [f for f in findings if f in comparison.get("judged", ())]
    if not comparison or (findings and judged) or (not findings and comparison["judged"]):
        return f"{', '.join(map(prose, judged)) or 'the case'} was judged"
    return None


def _no_positive(claim: Claim, held: Held) -> str | None:
    judgement = held.facts.judgement("baseline")
    return None if judgement and judgement["f1"] is None else "the labels name a judged finding"


def _source(claim: Claim, held: Held) -> str | None:
    source = held.facts.truth_source
    return (
        None
        if source and claim.text == SOURCES[source]
        else f"the labels are {SOURCES.get(source or '', 'not known')}"
    )


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
        if look.peak_zone == zone:
            return None
        if claim.cue in (None, "look") and zone in [z for z, share in look.zones[:2] if share >= SHOWN_ZONES]:
            return None
        return f"the map of {NAMES[role]} peaks in {look.peak_zone or 'no zone'}"

    if zone == "outside the body" and claim.cue is None:
        return None
    return _places(claim, held, there)


def _side(claim: Claim, held: Held) -> str | None:
    side = str(claim.value)

    def there(role: str, look: Look) -> str | None:
        if claim.cue == "box":
            sides = [box.side for box in look.boxes or ()]
            return None if side in sides else f"no box of {NAMES[role]} lies on the {side}"
        return None if look.peak_side == side else f"the map of {NAMES[role]} peaks {look.peak_side or 'nowhere'}"

    return _places(claim, held, there)


def _boxes(claim: Claim, held: Held) -> str | None:
    def count(role: str, look: Look) -> str | None:
        if look.boxes is None:
            return f"no evidence gives boxes of {NAMES[role]}"
        return None if len(look.boxes) == claim.value else f"{NAMES[role]} has {len(look.boxes)} boxes"

    return _places(claim, held, count)


def _has_map(claim: Claim, held: Held) -> str | None:
    denies = bool(re.search(r"\bno\b|empty", claim.text.lower())) != (claim.quantity == "neither")

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


def _displayed(claim: Claim, held: Held) -> str | None:
    bases = [look.side_basis for look in held.facts.looks.values()]
    if "as displayed" in bases or held.facts.quality.get("sides") == "as displayed":
        return None
    return "the film settles the sides"


def _projection(claim: Claim, held: Held) -> str | None:
    said = next(name for name in ("lateral", "AP", "PA") if name.lower() in claim.text.lower().split())
    return _same(said, held.facts.quality.get("projection"), "projection")


def _unknown_projection(claim: Claim, held: Held) -> str | None:
    return _same("unknown", held.facts.quality.get("projection"), "projection")


def _basis(claim: Claim, held: Held) -> str | None:
    text = claim.text.lower()
    said = "header" if "header" in text else "table" if "table" in text else "estimated"
    return _same(said, held.facts.quality.get("projection_basis"), "basis of the projection")


def _usual_film(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence says how usual the film is"
    text = claim.text.lower()
    level = "like" if value < 0.3 else "unlike" if value >= 0.6 else "somewhat"
    said = "somewhat" if "somewhat" in text else "unlike" if "unlike" in text or "unusual" in text else "like"
    return None if said == level else f"its out-of-distribution score is {value:.2f}"


def _not_chest(claim: Claim, held: Held) -> str | None:
    return None if held.facts.quality.get("frontal_chest") is False else "the film looks like a frontal chest film"


def _same(said: str, value: str | None, what: str) -> str | None:
    return None if said == value else f"the {what} is {value or 'not in the evidence'}"


def _level(claim: Claim, held: Held) -> str | None:
    difficulty = held.brief.difficulty
    if claim.text.lower() != difficulty.level:
        return f"the level is {difficulty.level}, by {difficulty.basis.replace('_', ' ')}"
    return None


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


def _number(claim: Claim, held: Held) -> str | None:
    text, zone = claim.value
    measure = claim.cue or "score"
    if measure in ("rotation", "unusual"):
        key = "rotation" if measure == "rotation" else "out_of_distribution"
        value = held.facts.quality.get(key)
        return _matches(text, [] if value is None else [abs(value)], measure)
    if measure == "f1":
        found = [held.facts.judgement(role).get("f1") for role in claim.roles]
        return _all_match(text, found, "case F1")
    findings = held.findings(claim)
    if not findings or not claim.roles:
        return f"the number {text} does not say of which model and finding"
    if measure == "under":
        return _all_under(text, zone or "", [held.look(role, findings[-1]) for role in claim.roles])
    values = [_measured(held, measure, zone, role, findings[-1]) for role in claim.roles]
    about = f"{measure} of {' and '.join(NAMES[r] for r in claim.roles)} for {prose(findings[-1])}"
    return _all_match(text, values, about)


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
    number = re.match(r"[\d.]+(?:e-?\d+)?", text)
    digits = number[0] if number else text
    scale = 100 if "%" in text or "percent" in text else 1
    decimals = len(digits.partition(".")[2])
    step = 0.5 * 10**-decimals if decimals or scale == 100 or "degree" in text else 0.0
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
    "agree_all": _agree_all,
    "assessed": _assessed,
    "basis": _basis,
    "better": _better,
    "boxes": _boxes,
    "calibrated": _calibrated,
    "call": _call,
    "call_count": _call_count,
    "call_none": _call_none,
    "change": _change,
    "close": _close,
    "compare": _compare,
    "default": _default,
    "displayed": _displayed,
    "has_map": _has_map,
    "heart_size": _heart_size,
    "hidden": _hidden,
    "level": _level,
    "more_plausible": _more_plausible,
    "no_positive": _no_positive,
    "not_chest": _not_chest,
    "number": _number,
    "outcome": _outcome,
    "plausible": _plausible,
    "projection": _projection,
    "right": _right,
    "side": _side,
    "source": _source,
    "truth": _truth,
    "unjudged": _unjudged,
    "unknown_projection": _unknown_projection,
    "usual_film": _usual_film,
    "worse_word": _verdict,
    "zone": _zone,
}
