"""Errors and right answers of a whole case: which they all are, and what fine-tuning exchanges.

the baseline's errors are a FP on Support Devices and a FN on Atelectasis        no model has a TP
fine-tuning exchanges some false calls for others               what changes is the kind of false call
both make two calls that the labels do not support, Edema and Fracture
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .outcome_pairs import OutcomePairs

_END = r"(?=$|[.,;:])"
_ERRORS = r"(?:errors?|mistakes?|wrong answers?)"
_ITEM = rf"(?:an? |one |its )?O+ (?:on|for|in) {FINDINGS}(?: (?:at|with|of) N+)?"
_SUPPORT = r"(?:support|back|bear out|confirm|share|name)"


class ErrorsTold(OutcomePairs):
    """What a sentence says of all errors there are."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_ERRORS_TOLD)

    def _tell_errors(self, m: re.Match[str]) -> None:
        """All errors of a model; the outcomes of a list are read by themselves."""
        i, listed = self._first(m), self._named(m, "list")
        roles = self._model(m) if m["r"] else self._roles(i).roles
        if not self._inside(m, "list", "outcome"):
            self._take(*self._inside(m, "list", "finding"))
        self.formed.append((m.start(), m.start("list")))
        self._say("errors_are", i, roles, listed)

    def _tell_exchanged(self, m: re.Match[str]) -> None:
        i = self._first(m)
        told = self._inside(m, "what", "outcome")
        self._take_form(m)
        if told:
            self._say("outcomes_exchanged", told[0])
        else:
            self._say("errors_exchanged", i)

    def _tell_nowhere(self, m: re.Match[str]) -> None:
        i = self._inside(m, "o", "outcome")[0]
        self._take_form(m)
        self._say("outcome_nowhere", i, ROLES)

    def _tell_only_uncalled(self, m: re.Match[str]) -> None:
        """`all agreement with the labels consists of findings left uncalled`: there is no TP."""
        i = self._inside(m)[0]
        self._take_form(m)
        self._say("outcome_nowhere", i, ROLES)
        self.claims[-1] = self.claims[-1]._replace(text="TP")

    def _tell_unsupported(self, m: re.Match[str]) -> None:
        """`two calls that the labels do not support, F and F`: false positives."""
        i, findings = self._inside(m, "f", "finding")[0], self._listed_in(m)
        who = self._roles(i, forward=False)
        self._take_form(m)
        if not who.roles or who.quantity != "all" or (m["n"] and count_of(m["n"]) != len(findings)):
            self._say("unread", i)
        else:
            self._say_outcome(i, "false positive", who.roles, findings, negated=False)

    def _tell_each_outcome(self, m: re.Match[str]) -> None:
        """`R has O on F, R on F`: the outcome left out is the one told."""
        i = self._inside(m, "", "outcome")[0]
        first, second = self._named(m, "f"), self._named(m, "g")
        a, b = self._model(m), self._model(m, 1)
        self._take_form(m)
        for role, findings in ((a, first), (b, second)):
            self._say("outcome" if a != b else "unread", i, Who(role), findings)


_ERRORS_TOLD: Forms = (
    (
        ("error", "mistake", "wrong answer"),
        re.compile(
            rf"(?:(?P<r>R+)'s|\bits) (?:only |sole )?{_ERRORS}(?: (?:by|against) the labels)? (?:is|are)"
            rf"(?: both| all| namely)? (?P<list>{_ITEM}(?:(?:,|,? and) {_ITEM})*|{FINDINGS}){_END}"
        ),
        ErrorsTold._tell_errors,
    ),
    (
        ("exchanges", "trades", "swaps"),
        re.compile(
            r"\bfine-?tuning (?:exchanges|trades|swaps) (?:some |old |one set of |a few )?(?P<what>errors|mistakes|O+)"
            rf"(?: for (?:others?|other ones|new ones|another))?{_END}"
        ),
        ErrorsTold._tell_exchanged,
    ),
    (
        ("what changes", "what differs"),
        re.compile(
            r"\bwhat (?:changes|differs) (?:here )?is (?:only |just )?(?:the kind of|which)"
            rf" (?P<what>{_ERRORS}|O+){_END}"
        ),
        ErrorsTold._tell_exchanged,
    ),
    (
        ("model has ", "model gets ", "model makes "),
        re.compile(rf"\b(?:no|neither) model (?:has|gets|makes) (?:an? |any |a single )?(?P<o>O+)(?: here)?{_END}"),
        ErrorsTold._tell_nowhere,
    ),
    (
        ("agreement with the labels",),
        re.compile(
            r"\b(?:all|any|the only) agreement with the labels (?:consists of|lies in|comes from|rests on) findings"
            rf" (?:that (?:are|were) )?(?:left uncalled|uncalled|not called){_END}"
        ),
        ErrorsTold._tell_only_uncalled,
    ),
    (
        ("the labels do not",),
        re.compile(
            rf"(?:\b(?P<n>two|three|four|five|six) )?calls (?:that|which) the labels do not {_SUPPORT}[,:]?"
            rf" (?:namely |on )?(?P<f>{FINDINGS})"
        ),
        ErrorsTold._tell_unsupported,
    ),
    (
        (" on ", " for "),
        re.compile(
            rf"(?:^|(?<=[;:] ))R+ (?:is|has|makes|gets) (?:an? )?O+ (?:on|for) (?P<f>{FINDINGS}),? "
            rf"(?:(?:and|while|whereas|but) )?R+ (?:on|for) (?P<g>{FINDINGS})(?=$|[.;])"
        ),
        ErrorsTold._tell_each_outcome,
    ),
)
