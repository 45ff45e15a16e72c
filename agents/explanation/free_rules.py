"""Rules for what only free English says: counts, ranks, comparisons of shares, what the labels hold, the film."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .claims import Claim
from .facts import ROLES
from .held import Held
from .prose import NAMES, prose

UPRIGHT = 3.0
"""A film tilted by fewer degrees is said to be hardly tilted."""

NEAR = 6
"""Percent: a share that is `hardly more` than that of a flat map."""

SLACK = 0.005
"""Shares as whole percents: two that print the same are the same."""


def _label(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        value = held.truth(finding)
        if value is None:
            return f"no evidence gives the truth of {prose(finding)}"
        if claim.value == "blank":
            fits = (value == "blank") != claim.negated
        elif claim.value == "open":
            fits = (value in ("uncertain", "blank")) != claim.negated
        elif claim.negated:
            fits = (
                value == "negative"
                if claim.value == "positive"
                else value == "positive"
                if claim.value == "negative"
                else value in ("positive", "negative")
            )
        else:
            fits = value == claim.value
        if not fits:
            return f"the labels have {prose(finding)} as {value}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _label_count(claim: Claim, held: Held) -> str | None:
    number, value = claim.value
    truth = held.facts.truth
    if not truth:
        return "no evidence gives the labels"
    fits = [f for f, v in truth.items() if v == value]
    if len(fits) != number:
        return f"the labels have {len(fits)} findings as {value}"
    if claim.findings and (len(claim.findings) != number or set(claim.findings) != set(fits)):
        return f"the labels have {', '.join(map(prose, fits))} as {value}"
    return None


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
    if len(claim.roles) != 1 or any(not held.facts.assessed(r) for r in ROLES):
        return f"{claim.text!r} does not say of which model"
    mine, theirs = claim.roles[0], next(r for r in ROLES if r not in claim.roles)
    only = [f for f in held.facts.calls(mine) if held.called(theirs, f) is False]
    wide = [f for f in held.facts.calls(mine) if not held.called(theirs, f)]
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


def _differ_count(claim: Claim, held: Held) -> str | None:
    differing = held.facts.comparison.get("differing")
    if differing is None:
        return "no evidence compares the models"
    return None if len(differing) == claim.value else f"the models differ on {len(differing)} findings"


def _differ_only(claim: Claim, held: Held) -> str | None:
    differing = held.facts.comparison.get("differing")
    if differing is None:
        return "no evidence compares the models"
    return (
        None if set(differing) == set(claim.findings) else f"the models differ on {', '.join(map(prose, differing))}"
    )


def _exclusive(claim: Claim, held: Held) -> str | None:
    for role in claim.roles:
        if not held.facts.assessed(role):
            return f"no evidence says what {NAMES[role]} calls"
        calls = held.facts.calls(role)
        if set(calls) != set(claim.findings):
            return f"{NAMES[role]} calls {', '.join(map(prose, calls)) or 'no finding'}"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _both_only(claim: Claim, held: Held) -> str | None:
    both = [f for f in held.facts.calls("baseline") if f in held.facts.calls("finetuned")]
    if any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    return (
        None if set(both) == set(claim.findings) else f"both models call {', '.join(map(prose, both)) or 'nothing'}"
    )


# ── ranks ────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── comparisons ──────────────────────────────────────────────────────────────────────────────────────────────


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
    wrong = _not_both_usual(replace(claim, value="one"), held)
    return "the maps are not alike" if wrong is None else None if "of the maps" in wrong else wrong


def _share_near(claim: Claim, held: Held) -> str | None:
    """Shares that do not make one map the more plausible."""
    for finding in held.findings(claim):
        if any((look := held.look(role, finding)) is None or look.share is None for role in ROLES):
            return f"no evidence compares the maps for {prose(finding)}"
        if (more := held.facts.more_plausible(finding)) is not None:
            return f"the map of {NAMES[more]} for {prose(finding)} lies clearly more in usual places"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _boxes_more(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    for finding in findings:
        counts = [
            None if (x := held.look(r, finding)) is None or x.boxes is None else len(x.boxes) for r in claim.roles
        ]
        mine, theirs = counts
        if mine is None or theirs is None:
            return f"no evidence gives the boxes of both models for {prose(finding)}"
        if mine == theirs or (mine > theirs) != (claim.value == "up"):
            return f"the models have {theirs} and {mine} boxes for {prose(finding)}"
    return None if findings else f"{claim.text!r} does not say of which finding"


def _boxes_in(claim: Claim, held: Held) -> str | None:
    """So many boxes lie over a zone."""
    number, zone = claim.value
    findings = held.findings(claim)
    if not findings or len(claim.roles) != 1:
        return f"{claim.text!r} does not say of which model and finding"
    for finding in findings:
        look = held.look(claim.roles[0], finding)
        if look is None or look.boxes is None:
            return f"no evidence gives the boxes of {NAMES[claim.roles[0]]} for {prose(finding)}"
        over = sum(zone in box.zones for box in look.boxes)
        if over != number:
            return f"{over} boxes of {NAMES[claim.roles[0]]} for {prose(finding)} lie over {zone}"
    return None


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


def _calls_more(claim: Claim, held: Held) -> str | None:
    if any(not held.facts.assessed(r) for r in claim.roles):
        return "no evidence says what both models call"
    a, b = (len(held.facts.calls(r)) for r in claim.roles)
    return None if a != b and (a > b) == (claim.value == "up") else f"the models call {a} and {b} findings"


def _calls_same(claim: Claim, held: Held) -> str | None:
    if any(not held.facts.assessed(r) for r in ROLES):
        return "no evidence says what both models call"
    a, b = (len(held.facts.calls(r)) for r in ROLES)
    return None if a == b else f"the models call {a} and {b} findings"


def _places_differ(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    looks = [held.look(role, f) for f in findings for role in ROLES]
    if not looks or any(look is None for look in looks):
        return "no evidence gives both maps"
    pairs = zip(looks[::2], looks[1::2], strict=True)
    differ = [a is not None and b is not None and a.peak_zone != b.peak_zone for a, b in pairs]
    if claim.negated:
        return None if not any(differ) else "the maps peak in different places"
    return None if all(differ) else "both maps peak in the same place"


# ── models, film, level ──────────────────────────────────────────────────────────────────────────────────────


def _right_one(claim: Claim, held: Held) -> str | None:
    rights = [x for role in ROLES if (x := held.facts.judgement(role).get("right")) is not None]
    if len(rights) != 2:
        return "no evidence judges the models"
    return None if sum(rights) == 1 else f"{sum(rights)} of the models are right"


def _verdict_is(claim: Claim, held: Held) -> str | None:
    if not held.facts.comparison:
        return "no evidence gives a verdict"
    verdict = held.facts.comparison.get("verdict")
    if claim.findings and claim.findings != (held.facts.comparison.get("finding"),):
        return "the verdict is on the whole case"
    return None if verdict == claim.value else f"the verdict is {verdict or 'none'}"


def _verdict_not(claim: Claim, held: Held) -> str | None:
    verdict = held.facts.comparison.get("verdict")
    return None if verdict and verdict != claim.value else f"the verdict is {verdict or 'none'}"


def _no_verdict(claim: Claim, held: Held) -> str | None:
    comparison = held.facts.comparison
    if not comparison:
        return None if held.brief.blind else "no evidence gives a verdict"
    return None if comparison.get("verdict") is None else f"the verdict is {comparison['verdict']}"


def _projection_is(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection")
    return None if value == claim.value else f"the projection is {value or 'not in the evidence'}"


def _known_projection(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection")
    if value is None:
        return "no evidence gives the projection"
    return None if (value == "unknown") == claim.negated else f"the projection is {value}"


def _basis_is(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection_basis")
    return None if value == claim.value else f"the basis of the projection is {value or 'not in the evidence'}"


def _sides_by(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("sides")
    if claim.value == "as displayed" and any(x.side_basis == claim.value for x in held.facts.looks.values()):
        return None
    return None if value == claim.value else f"the sides are settled by {value or 'nothing in the evidence'}"


def _frontal(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("frontal_chest")
    if value is None:
        return "no evidence says whether this is a frontal chest film"
    return None if value != claim.negated else "it is otherwise"


def _odd(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence says how usual the film is"
    low = 0.25 if claim.cue == "mild" else 0.5
    if claim.value and held.facts.quality.get("frontal_chest") is False:
        return None
    fits = value >= low if claim.value else value < 0.5
    return None if fits else f"its out-of-distribution score is {value:.2f}"


def _level_is(claim: Claim, held: Held) -> str | None:
    difficulty = held.brief.difficulty
    if (claim.value == difficulty.level) == claim.negated:
        return f"the level is {difficulty.level}, by {difficulty.basis.replace('_', ' ')}"
    return None


def _level_based(claim: Claim, held: Held) -> str | None:
    basis = held.brief.difficulty.basis
    return None if basis == claim.value else f"the level is known by {basis.replace('_', ' ')}"


def _source_is(claim: Claim, held: Held) -> str | None:
    source = held.facts.truth_source
    return None if source == claim.value else f"the labels are from {source or 'no evidence'}"


def _calibrated_is(claim: Claim, held: Held) -> str | None:
    """Of the scores named, else of all that a model has."""
    for role in claim.roles:
        named = held.findings(claim) or held.facts.assessed(role)
        readings = [held.facts.readings.get((role, finding)) for finding in named]
        if not readings or any(x is None or x.calibrated == claim.negated for x in readings):
            return f"no evidence says so of the scores of {NAMES[role]}"
    return None if claim.roles else f"{claim.text!r} does not say of which model"


def _upright(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("rotation")
    if value is None:
        return "no evidence gives the tilt"
    return None if abs(value) < UPRIGHT else f"the film is tilted by {value:.1f} degrees"


def _no_outcome(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        told = [x for role in ROLES if (x := held.facts.outcome(role, finding))]
        if not held.facts.comparison and held.facts.truth.get(finding) in ("uncertain", "blank"):
            continue
        if told or not held.facts.comparison:
            return f"{prose(finding)} was judged"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _calls_match(claim: Claim, held: Held) -> str | None:
    """Why a level was inferred, in the words of the reason."""
    reasons = " ".join(held.brief.difficulty.reasons)
    return None if claim.text in reasons else "it is no reason for the level"


def _unjudged(claim: Claim, held: Held) -> str | None:
    judged = held.facts.comparison.get("judged")
    if judged is None or not held.findings(claim):
        return "no evidence says what was judged"
    named = [f for f in held.findings(claim) if f in judged]
    return f"{prose(named[0])} was judged" if named else None


def _no_positive(claim: Claim, held: Held) -> str | None:
    judgement = held.facts.judgement("baseline")
    return None if judgement and judgement["f1"] is None else "the labels name a judged finding"


def _nothing(claim: Claim, held: Held) -> str | None:
    return None


def _unread(claim: Claim, held: Held) -> str | None:
    return f"{claim.text!r} cannot be read with certainty here"


FREE_RULES: Mapping[str, Callable[[Claim, Held], str | None]] = {
    "label": _label, "label_count": _label_count, "calls_number": _call_count, "assess_count": _assess_count,
    "call_of": _call_of, "only_count": _only_count, "both_count": _both_count, "outcome_count": _outcome_count,
    "differ_count": _differ_count, "differ_only": _differ_only, "exclusive": _exclusive, "both_only": _both_only,
    "rank": _rank, "top_set": _top_set, "called_top": _called_top, "order": _order, "in_top": _in_top,
    "no_positive": _no_positive, "unjudged": _unjudged, "calls_match": _calls_match,
    "boxes_more": _boxes_more,
    "both_usual_alike": _both_usual_alike, "not_both_usual": _not_both_usual,
    "boxes_in": _boxes_in, "share_near": _share_near, "flat": _flat,
    "share_more": _share_more, "f1_more": _f1_more, "f1_same": _f1_same, "calls_more": _calls_more,
    "calls_same": _calls_same, "places_differ": _places_differ, "right_one": _right_one, "verdict_is": _verdict_is,
    "verdict_not": _verdict_not, "no_verdict": _no_verdict, "projection_is": _projection_is,
    "known_projection": _known_projection, "basis_is": _basis_is,
    "sides_by": _sides_by, "frontal": _frontal, "odd": _odd, "level_is": _level_is, "level_based": _level_based,
    "source_is": _source_is, "calibrated_is": _calibrated_is, "idle": _nothing, "unread": _unread,
    "upright": _upright, "no_outcome": _no_outcome,
}  # fmt: skip
