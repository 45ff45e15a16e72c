"""Holds one claim against facts: `why_wrong` gives None where they say the same, else the exact reason."""

from __future__ import annotations

from collections.abc import Mapping

from ...state import Brief
from ..facts import ROLES, Facts
from ..reading.claims import Claim
from .calls import CALLS
from .case import CASE
from .counts import COUNTS
from .film import FILM
from .forms import FORMS
from .held import Held, Rule
from .numbers import NUMBERS
from .places import PLACES
from .ranks import RANKS
from .shares import SHARES
from .truth import TRUTH

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
            "labels_only",
        ),
        *(
            "outcome_count",
            "no_outcome",
            "right_one",
            "one_right_on",
            "same_outcome",
            "score_nears_label",
            "shared_outcomes",
            "verdict_by_score",
            "verdict_is",
            "verdict_not",
        ),
        *("f1_more", "f1_same", "f1_pair", "source_is", "outcome_nowhere", "no_true_call", "errors_exchanged"),
        *(
            "decides",
            "errors_are",
            "one_each",
            "outcomes_exchanged",
            "outcome_number",
            "outcome_of_none",
            "outcomes_more",
            "verdict_by_score",
            "wins_case",
        ),
    ]
)
"""Kinds of claim that speak of the truth: none of them may stand in blind text."""


_TAKES_NOT = frozenset(
    [
        *(
            "agree",
            "assessed",
            "attention_calls",
            "plausible_alone",
            "better",
            "calibrated_is",
            "call",
            "calls_stay",
            "close",
            "default",
            "film_flagged",
        ),
        *("flat", "frontal", "has_map", "in_top", "label", "level_is", "more_plausible", "native_rank", "not_moved"),
        "listed",
        *("main_part", "scores_differ", "not_clearly_more", "outcome", "places_differ", "plausible", "rank", "right"),
        *("maps_usual", "same_outcome", "same_threshold", "score_nears_label", "some_map_usual"),
    ]
)
"""Kinds whose rule heeds a negation."""
_TAKES_NEITHER = frozenset(
    [
        "assessed",
        "call",
        "default",
        "flat",
        "has_map",
        "in_top",
        "listed",
        "more_plausible",
        "outcome",
        "plausible",
        "right",
    ]
)
_TAKES_ONLY = frozenset(["both_only", "call", "has_map", "listed", "more_plausible", "outcome", "plausible", "right"])


def why_wrong(claim: Claim, facts: Facts, brief: Brief) -> str | None:
    """None where the facts say what the claim says."""
    rule = _RULES.get(claim.kind)
    if rule is None:
        return f"{claim.text!r} is nothing that a tool result says"
    held = Held(facts, brief)
    if (claim.negated and claim.kind not in _TAKES_NOT) or (
        claim.quantity == "neither" and claim.kind not in _TAKES_NEITHER
    ):
        return _unread(claim, held)
    if claim.quantity == "only" and claim.kind not in _TAKES_ONLY:
        return rule(claim, held) or _why_others_too(rule, claim, held)
    return rule(claim, held)


def _why_others_too(rule: Rule, claim: Claim, held: Held) -> str | None:
    """Why a claim does not hold of the models it names alone."""
    others = tuple(role for role in ROLES if role not in claim.roles)
    wrong = rule(claim._replace(roles=others, quantity="all"), held)
    if wrong is None:
        return f"{claim.text!r} holds of both models"
    return wrong if wrong.startswith("no evidence") else None


def _nothing(claim: Claim, held: Held) -> str | None:
    return None


def _unread(claim: Claim, held: Held) -> str | None:
    return f"{claim.text!r} cannot be read with certainty here"


_RULES: Mapping[str, Rule] = {
    **CALLS,
    **CASE,
    **COUNTS,
    **FILM,
    **FORMS,
    **NUMBERS,
    **PLACES,
    **RANKS,
    **SHARES,
    **TRUTH,
    "idle": _nothing,
    "unread": _unread,
}
