"""The one call of a model, and no call that both make.

the baseline makes a single call, Edema at 0.71          the only call of the baseline, Edema, scores 0.32 in ...
the two models share no call                             no finding is called by both
the labels name Edema and Fracture, and neither model calls either
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..forms.forms import Forms
from .label_remarks import LabelRemarks

_ONE = r"(?:a single|just one|only one|one|a sole)"
_SOLE = r"(?:single|only|sole|one)"
_BOTH = r"(?:both(?: models| of them)?|the (?:two )?models|the two(?: models)?)"
_NO_MORE = r"(?!(?:,|,? and|,? or) F)"


class SoleCalls(LabelRemarks):
    """What a sentence says of one call and of none in common."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_SOLE_CALLS)

    def _tell_sole(self, m: re.Match[str]) -> None:
        f = self._inside(m, "f", "finding")[0]
        role = self._model(m)
        self._take_form(m)
        self._say("exclusive", f, role, (self.s.finding(f),))

    def _tell_none_shared(self, m: re.Match[str]) -> None:
        i = self._inside(m)[-1]
        self._take_form(m)
        self._say("both_only", i, ROLES)

    def _tell_neither_either(self, m: re.Match[str]) -> None:
        """Of the two findings told before, of which a model may lack a label."""
        i = self._inside(m, "", "call")[0]
        findings = self._last_group(i)
        self._take_form(m)
        self._say("calls_none_of" if len(findings) == 2 else "unread", i, ROLES, findings)


_SOLE_CALLS: Forms = (
    (
        (" call, ", " call: "),
        re.compile(rf"R+ (?:makes|has|gives) {_ONE} call[,:] (?:that of |namely |on |for )?(?P<f>F+){_NO_MORE}"),
        SoleCalls._tell_sole,
    ),
    (
        (" call of ", " call by "),
        re.compile(rf"\b(?:the|a) {_SOLE} call (?:of|by) R+(?:,| is| being) (?P<f>F+){_NO_MORE}"),
        SoleCalls._tell_sole,
    ),
    (
        (" call, ",),
        re.compile(rf"R+'s {_SOLE} call, (?P<f>F+){_NO_MORE}"),
        SoleCalls._tell_sole,
    ),
    (
        ("share none",),
        re.compile(rf"(?<=\bno calls, ){_BOTH} share none(?=$|[.,;:])"),
        SoleCalls._take_form,
    ),
    (
        ("no call", "no shared call", "no common call", "no finding is"),
        re.compile(
            rf"\b(?:{_BOTH} (?:share no calls?|have no (?:(?:shared|common) calls?|calls? in common))"
            rf"|no calls? (?:is|are) (?:shared by|common to) {_BOTH}|there (?:is|are) no (?:shared|common) calls?"
            rf"|no finding is (?:called|flagged|detected) by {_BOTH})(?=$|[.,;:])"
        ),
        SoleCalls._tell_none_shared,
    ),
    (
        ("neither ",),
        re.compile(
            r"\bneither (?:model|of them) (?:calls|flags|detects) either(?: of (?:them|the two|these))?(?=$|[.,;:])"
        ),
        SoleCalls._tell_neither_either,
    ),
)
