"""Holds one claim against facts: `why_wrong` gives None where they say the same, else the exact reason."""

from __future__ import annotations

from collections.abc import Mapping

from ...state import Brief
from ..facts import Facts
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
        ),
        *("outcome_count", "no_outcome", "right_one", "verdict_is", "verdict_not"),
        *("f1_more", "f1_same", "f1_pair", "source_is", "outcome_nowhere", "no_true_call", "errors_exchanged"),
        *("decides", "one_each", "outcome_number", "wins_case"),
    ]
)
"""Kinds of claim that speak of the truth: none of them may stand in blind text."""


def why_wrong(claim: Claim, facts: Facts, brief: Brief) -> str | None:
    """None where the facts say what the claim says."""
    rule = _RULES.get(claim.kind)
    if rule is None:
        return f"{claim.text!r} is nothing that a tool result says"
    return rule(claim, Held(facts, brief))


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
