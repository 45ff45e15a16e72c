"""Outcomes and labels: who is right, what the labels say and where they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..facts import ROLES
from ..prose import NAMES, prose
from ..reading.claims import Claim
from .held import Held, Rule, each, with_negation

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


def _name(text: str) -> str | None:
    """TP, FP, TN or FN for a text that tells one."""
    return next((name for pattern, name in _OUTCOMES if re.search(pattern, text.lower())), None)


def _outcome(claim: Claim, held: Held) -> str | None:
    text, name = claim.text.lower(), _name(claim.text)
    if re.match(
        r"(?:(?:is|are|was|were) )?(?:correct(?:ly)?|right(?:ly)?|falsely|wrong(?:ly)?|incorrect(?:ly)?) ", text
    ):
        claim = with_negation(claim, False)

    def has(role: str, finding: str) -> bool | None:
        outcome = held.facts.outcome(role, finding)
        return None if outcome is None else outcome == name

    return each(claim, held, has, f"has a {name} on")


def _outcome_number(claim: Claim, held: Held) -> str | None:
    """So many findings on which a model has an outcome and, where a second is told, the other model that one."""
    number, mine, theirs = claim.value
    if len(claim.roles) != 1 or not held.facts.revealed or held.facts.comparison.get("finding"):
        return f"no evidence says how many {mine} there are"
    other = next(r for r in ROLES if r not in claim.roles)
    rows = [f for f in held.facts.comparison["findings"] if f != "No Finding"]
    found = [f for f in rows if held.facts.outcome(claim.roles[0], f) == _name(mine)]
    if theirs is not None:
        has = {f: held.facts.outcome(other, f) for f in found}
        found = [f for f in found if has[f] and (has[f] == _name(theirs)) != theirs.startswith("not ")]
    return None if len(found) == number else f"there are {len(found)} such findings"


def _outcomes_more(claim: Claim, held: Held) -> str | None:
    """One model has an outcome on more findings than the other, or on fewer, No Finding counted or not."""
    rows = held.facts.comparison.get("findings", {})
    if len(set(claim.roles)) != 2 or not held.facts.revealed or held.facts.comparison.get("finding"):
        return f"no evidence says how many {claim.text} there are"
    for left_out in ((), ("No Finding",)):
        found = [f for f in rows if f not in left_out]
        mine, theirs = (sum(held.facts.outcome(r, f) == _name(claim.text) for f in found) for r in claim.roles)
        if mine == theirs or (mine > theirs) != (claim.value == "up"):
            return f"{NAMES[claim.roles[0]]} has {mine} {claim.text} and the other model {theirs}"
    return None


def _errors_are(claim: Claim, held: Held) -> str | None:
    """All findings on which a model is wrong; No Finding, which is none, may be left out."""
    if len(claim.roles) != 1 or not held.facts.revealed or held.facts.comparison.get("finding"):
        return "no evidence gives all answers of one model"
    wrong = {f for f in held.facts.comparison["findings"] if held.facts.outcome(claim.roles[0], f) in ("FP", "FN")}
    if set(claim.findings) in (wrong, wrong - {"No Finding"}):
        return None
    return f"{NAMES[claim.roles[0]]} is wrong on {', '.join(map(prose, sorted(wrong))) or 'no finding'}"


def _outcomes_exchanged(claim: Claim, held: Held) -> str | None:
    """Each model has an outcome on some finding where the other has another."""
    name = _name(claim.text)
    pairs = [[held.facts.outcome(role, f) for role in ROLES] for f in held.facts.comparison.get("findings", {})]
    alone = {a == name for a, b in pairs if a and b and (a == name) != (b == name)}
    return None if len(alone) == len(ROLES) else f"not each model has a {name} that the other has not"


def _outcome_of_none(claim: Claim, held: Held) -> str | None:
    """None of the findings has the outcome; one that was not judged has none."""
    if not claim.roles or not held.facts.revealed:
        return f"no evidence says what is a {_name(claim.text)}"
    for finding in claim.findings:
        for role in claim.roles:
            if held.facts.outcome(role, finding) == _name(claim.text):
                return f"{NAMES[role]} has a {_name(claim.text)} on {prose(finding)}"
    return None


def _one_each(claim: Claim, held: Held) -> str | None:
    """Of two findings whose labels say the same, each model calls one."""
    calls = [[held.called(role, f) for f in claim.findings] for role in ROLES]
    if any(held.truth(f) != claim.value for f in claim.findings):
        return f"the labels do not have both as {claim.value}"
    return None if sorted(calls, key=str) == [[False, True], [True, False]] else "not each model calls one of them"


def _decides(claim: Claim, held: Held) -> str | None:
    """Exactly one model is right on it."""
    for finding in held.findings(claim):
        told = [held.facts.outcome(role, finding) for role in ROLES]
        if None in told or len({x in ("TP", "TN") for x in told}) != len(ROLES):
            return f"{prose(finding)} does not tell the models apart"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _right(claim: Claim, held: Held) -> str | None:
    denies = claim.negated
    if claim.findings:

        def answered(role: str, finding: str) -> bool | None:
            outcome = held.facts.outcome(role, finding)
            if outcome is not None:
                return outcome in ("TP", "TN")
            called, told = held.called(role, finding), held.truth(finding)
            return called == (told == "positive") if called is not None and told in ("positive", "negative") else None

        return each(with_negation(claim, denies), held, answered, "is right on")

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


def _right_one(claim: Claim, held: Held) -> str | None:
    rights = [x for role in ROLES if (x := held.facts.judgement(role).get("right")) is not None]
    if len(rights) != 2:
        return "no evidence judges the models"
    return None if sum(rights) == 1 else f"{sum(rights)} of the models are right"


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


def _one_right_on(claim: Claim, held: Held) -> str | None:
    """`the better answer`: one model is right on a finding and the other wrong."""
    for finding in held.findings(claim):
        outcomes = [held.facts.outcome(role, finding) for role in ROLES]
        if None in outcomes:
            return f"no evidence judges both models on {prose(finding)}"
        if sum(outcome in ("TP", "TN") for outcome in outcomes) != 1:
            return f"neither model has the better answer on {prose(finding)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say on which finding"


def _same_outcome(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        outcomes = [held.facts.outcome(role, finding) for role in ROLES]
        if None in outcomes:
            return f"no evidence judges both models on {prose(finding)}"
        if (outcomes[0] == outcomes[1]) == claim.negated:
            return f"the outcomes on {prose(finding)} are {outcomes[0]} and {outcomes[1]}"
    return None if held.findings(claim) else f"{claim.text!r} does not say on which finding"


def _score_nears_label(claim: Claim, held: Held) -> str | None:
    """The fine-tuned model's score lies nearer to the label than the baseline's; denied, farther from it."""
    for finding in held.findings(claim):
        truth = held.truth(finding)
        scores = [held.score(role, finding) for role in ROLES]
        if truth not in ("positive", "negative") or None in scores:
            return f"no evidence gives the label and both scores for {prose(finding)}"
        step = (scores[1] or 0.0) - (scores[0] or 0.0)
        if step == 0 or ((step > 0) == (truth == "positive")) == claim.negated:
            return f"the label of {prose(finding)} is {truth}, and its score changes by {step:.3f}"
    return None if held.findings(claim) else f"{claim.text!r} does not say for which finding"


def _shared_outcomes(claim: Claim, held: Held) -> str | None:
    """Among answers that both models have alike, the `right` or the `wrong` ones are more."""
    pairs = [[held.facts.outcome(role, f) for role in ROLES] for f in held.facts.comparison.get("findings", {})]
    if not any(a and b for a, b in pairs):
        return "no evidence judges both models"
    right = sum(a == b and a in ("TP", "TN") for a, b in pairs)
    wrong = sum(a == b and a in ("FP", "FN") for a, b in pairs)
    if right != wrong and (claim.value == "right") == (right > wrong):
        return None
    return f"both models are right on {right} findings and wrong on {wrong}"


def _hidden(claim: Claim, held: Held) -> str | None:
    return None if held.brief.blind else "the truth was shown"


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


def _labels_only(claim: Claim, held: Held) -> str | None:
    """All that the labels have as positive, negative or uncertain."""
    fits = [f for f, v in held.facts.truth.items() if v == claim.value]
    if not held.facts.truth:
        return "no evidence gives the labels"
    return (
        None
        if set(fits) == set(claim.findings)
        else f"the labels have {', '.join(map(prose, fits))} as {claim.value}"
    )


def _no_outcome(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        told = [x for role in ROLES if (x := held.facts.outcome(role, finding))]
        if not held.facts.comparison and held.facts.truth.get(finding) in ("uncertain", "blank"):
            continue
        if told or not held.facts.comparison:
            return f"{prose(finding)} was judged"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _unjudged(claim: Claim, held: Held) -> str | None:
    judged = held.facts.comparison.get("judged")
    if judged is None or not held.findings(claim):
        return "no evidence says what was judged"
    named = [f for f in held.findings(claim) if f in judged]
    return f"{prose(named[0])} was judged" if named else None


def _no_positive(claim: Claim, held: Held) -> str | None:
    judgement = held.facts.judgement("baseline")
    return None if judgement and judgement["f1"] is None else "the labels name a judged finding"


def _source_is(claim: Claim, held: Held) -> str | None:
    source = held.facts.truth_source
    return None if source == claim.value else f"the labels are from {source or 'no evidence'}"


TRUTH: Mapping[str, Rule] = {
    "better": _better,
    "decides": _decides,
    "errors_are": _errors_are,
    "hidden": _hidden,
    "label": _label,
    "label_count": _label_count,
    "labels_only": _labels_only,
    "no_outcome": _no_outcome,
    "no_positive": _no_positive,
    "one_each": _one_each,
    "outcome": _outcome,
    "outcome_number": _outcome_number,
    "outcome_of_none": _outcome_of_none,
    "outcomes_exchanged": _outcomes_exchanged,
    "outcomes_more": _outcomes_more,
    "right": _right,
    "one_right_on": _one_right_on,
    "right_one": _right_one,
    "same_outcome": _same_outcome,
    "score_nears_label": _score_nears_label,
    "shared_outcomes": _shared_outcomes,
    "source_is": _source_is,
    "unjudged": _unjudged,
}
