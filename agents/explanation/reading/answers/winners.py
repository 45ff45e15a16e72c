"""Who wins and loses: on the case, and on a finding.

    Edema is where the winner loses, FP to the baseline's TN
    the fine-tuned model gives away Edema               Edema and Fracture are where it wins

`the winner` is the other model than the one named beside it, and is held to the verdict; that a model *is* the winner
is the verdict's to say.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..forms.forms import FINDINGS, Forms
from .sole_calls import SoleCalls

_SUBJECT = r"(?:(?P<won>(?:the )?winner|(?:the )?loser)|(?P<it>it)|R+)"
_VERB = r"(?:still |also |precisely |here )?(?P<verb>wins?|loses?)"


class Winners(SoleCalls):
    """Gains and losses of a model."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_WINNERS)

    def _tell_where(self, m: re.Match[str]) -> None:
        """`F is where R wins`, `where R loses is F`."""
        groups = sorted({self.s.groups[f] for f in self.s.groups if self.s[f].at < m.start()})
        findings = self._named(m, "f") if m.groupdict().get("f") else ()
        if not findings and groups:
            held = groups if m["many"] else groups[-1:]
            findings = tuple(dict.fromkeys(self.s.finding(f) for group in held for f in group))
            self._take(*(f for group in held for f in group))
        self._tell_gained(m, findings, won=m["verb"].startswith("win"))

    def _tell_given(self, m: re.Match[str]) -> None:
        """`R gives away F`, `the winner takes F`."""
        taken = m["verb"].startswith(("win", "take"))
        if m["won"] or not taken:
            self._tell_gained(m, self._named(m, "f"), won=taken)

    def _tell_gained(self, m: re.Match[str], findings: tuple[str, ...], *, won: bool) -> None:
        i = self._first(m)
        role = self._winner_or_loser(m) if m["won"] else self.before.role() if m["it"] else self._model(m)
        self._take_form(m)
        if len(role) != 1 or not findings:
            self._say("unread", i)
            return
        other = tuple(r for r in ROLES if r not in role)
        self._say("better", i, role if won else other, findings)
        if m["won"]:
            self._say("wins_case", i, other if "loser" in m["won"] else role)
        if m.groupdict().get("to") and self._model(m, -1) != other:
            self._say("unread", i)

    def _winner_or_loser(self, m: re.Match[str]) -> tuple[str, ...]:
        """The model that is not named in the sentence; where none is, the one of the evidence or of what was told."""
        named = {r for x in self.s.of("role") if x in self.s.who for r in self.s.who[x].roles}
        if named:
            return tuple(r for r in ROLES if r not in named)
        return tuple(self.before.cited.roles) if len(self.before.cited.roles) == 1 else self.before.role()


_WINNERS: Forms = (
    (
        ("where ",),
        re.compile(
            rf"\b(?:is|(?P<many>are)) (?:precisely |exactly |just |also )?where {_SUBJECT} {_VERB}(?=$|[.,;])"
        ),
        Winners._tell_where,
    ),
    (
        ("where ",),
        re.compile(
            rf"\bwhere {_SUBJECT} {_VERB}(?P<to> to R+)? (?:is|(?P<many>are)) (?:on |in )?(?P<f>{FINDINGS})(?=$|[.,;:])"
        ),
        Winners._tell_where,
    ),
    (
        ("gives away", "winner", "loser"),
        re.compile(
            rf"{_SUBJECT} (?:still |also )?(?P<verb>gives? away|concedes|wins(?: on)?|takes|loses(?: on)?) "
            rf"(?P<f>{FINDINGS})"
        ),
        Winners._tell_given,
    ),
)
