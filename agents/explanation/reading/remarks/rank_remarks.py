"""What writers remark on ranks: what heads a list, what is absent from it, what nothing else comes up to.

topping its list is Lung Lesion        it is absent from the top five        it is not among those of the other
nothing else goes that high            it is for Edema alone that its map lies mostly in usual places
"""

from __future__ import annotations

import re

from ..cutting.sentence import count_of
from ..forms.forms import FINDINGS, Forms
from .listed_ranks import ListedRanks

RANKS = frozenset(["rank", "native_rank", "in_top", "top_set", "called_top", "listed"])
"""Kinds of claim that speak of a model's highest labels."""
_MANY = r"(?:two|three|four|five|six|seven|eight|nine|ten)"
_LIST = r"(?:list|ranking|highest labels)(?: of highest labels)?"
_IN_USUAL = r"(?:mostly|mainly) (?:in|within|inside) (?:the )?usual places"


class RankRemarks(ListedRanks):
    """Remarks on ranks, and on a finding alone."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _say_first(self, i: int, roles: tuple[str, ...], findings: tuple[str, ...]) -> None:
        """The highest label, or so many highest ones."""
        if len(findings) == 1:
            self._say("rank", i, roles, findings, value=1)
        else:
            self._say("top_set", i, roles, findings)

    def _tell_start(self, m: re.Match[str]) -> None:
        """`those start with F`."""
        i = self._inside(m, "f", "finding")[0]
        roles = self._model(m) if self._inside(m, "", "role") else self._roles(i).roles
        self.asides.update(self._inside(m, "f", "finding"))
        self._take_form(m)
        self._say_first(i, roles, self._named(m, "f"))

    def _tell_topping(self, m: re.Match[str]) -> None:
        """`topping R's list is F`."""
        i = self._inside(m, "f", "finding")[0]
        named = [x for x in self._inside(m) if x in self.s.who]
        roles = self.s.who[named[0]].roles if named else self.before.role()
        self._take_form(m)
        self._say_first(i, roles, self._named(m, "f"))

    def _tell_absent(self, m: re.Match[str]) -> None:
        """`F is absent from R's top five`."""
        i = self._first(m)
        roles = self._model(m) if self._inside(m, "", "role") else self._roles(i).roles
        findings, denied = self._findings(i, forward=False), self._denied(i)
        self._take_form(m)
        self._say("in_top", i, roles, findings, value=count_of(m["n"] or m["k"]), negated=not denied)

    def _tell_among_those(self, m: re.Match[str]) -> None:
        """`it is not among those of R`, of the highest labels told of before."""
        i = self._first(m)
        told = any(c.kind in RANKS for c in self.before.told) or any(x < i for x in self.s.of("rank"))
        role, findings, denied = self._model(m), self._findings(i, forward=False), self._denied(i)
        self._take_form(m)
        self._say("in_top" if told else "unread", i, role, findings, value=5, negated=denied)

    def _tell_nothing_else(self, m: re.Match[str]) -> None:
        """`..., and nothing else goes that high`, as the findings told of before it."""
        s, first = self.s, self._first(m)
        named = dict.fromkeys(r for x in s.of("role", "former", "other") if x in s.who for r in s.who[x].roles)
        findings = tuple(dict.fromkeys(s.finding(f) for f in sorted(s.groups) if f < first))
        self._take_form(m)
        self._say("top_set" if findings else "unread", first, tuple(named), findings)

    def _tell_as_high(self, m: re.Match[str]) -> None:
        """`nothing in R scores as high as F`."""
        i = self._inside(m, "f", "finding")[0]
        roles = self._model(m) if self._inside(m, "", "role") else self._roles(i).roles
        self._take_form(m)
        self._say_first(i, roles, self._named(m, "f"))

    def _tell_alone(self, m: re.Match[str]) -> None:
        """`it is for F alone that R's map lies mostly in usual places`, of the maps cited."""
        i = self._inside(m, "", "usual")[0]
        roles = self._model(m) if self._inside(m, "", "role") else self._roles(i).roles
        findings = self._named(m, "f" if m["f"] else "g")
        self._take_form(m)
        self._say("plausible", i, roles, findings, value="inside")
        self._say("plausible_alone", i, roles, findings, negated="not only" in m[0])


_FORMS: Forms = (
    (
        ("start with", "starts with", "begin with", "begins with", "open with", "opens with"),
        re.compile(
            rf"\b(?:(?:those|these|they|which) (?:start|begin|open)|(?:the|its|R+'s) {_LIST} (?:starts|begins|opens))"
            rf" with (?:the )?(?P<f>{FINDINGS})"
        ),
        RankRemarks._tell_start,
    ),
    (
        ("list", "ranking", "highest labels"),
        re.compile(
            r"^(?:(?:topping|heading|leading|at the (?:top|head) of|first (?:on|in)) (?:(?:R+|the (?:latter|former))"
            rf"(?:'s)?|its|the) {_LIST} (?:is|are|comes?|stands?)"
            rf"|(?:(?:R+|the (?:latter|former))'s|its) {_LIST} is (?:headed|topped) by) (?P<f>{FINDINGS})"
        ),
        RankRemarks._tell_topping,
    ),
    (
        ("absent from", "missing from"),
        re.compile(
            r"\b(?:absent|O{7}) from (?:the |its |R+'s )?(?:(?P<n>{0}) (?:highest|top|leading)(?: labels| scores"
            r"| findings)?|(?:top|highest) (?P<k>{0}))(?: (?:of|for|in) R+)?".replace("{0}", _MANY)
        ),
        RankRemarks._tell_absent,
    ),
    (
        ("those of", "these of", "the ones of"),
        re.compile(r"\b(?:among|one of) (?:those|these|the ones) of R+"),
        RankRemarks._tell_among_those,
    ),
    (
        (" else ", "other "),
        re.compile(
            r"\b(?:nothing else|no other (?:finding|label|score)) (?:goes|comes|gets|scores|rises|is|lies)"
            r" (?:that|this|as|so) high\b"
        ),
        RankRemarks._tell_nothing_else,
    ),
    (
        ("as high as",),
        re.compile(
            r"\b(?:nothing|no (?:other )?(?:finding|label|score))(?: else)?(?: (?:in|of|for|from) R+)?"
            rf" (?:scores|goes|is|comes) as high as (?P<f>{FINDINGS})"
        ),
        RankRemarks._tell_as_high,
    ),
    (
        ("alone", "only for", "only on"),
        re.compile(
            rf"(?:\bit is )?\b(?:for|on) (?P<f>{FINDINGS}) alone,?(?: that)? (?:R+'s|its) (?:map|attention) (?:lies|is"
            rf"|falls) {_IN_USUAL}"
            rf"|(?:\bnot )?\bonly (?:for|on) (?P<g>{FINDINGS}) does (?:R+'s|its) (?:map|attention) lie {_IN_USUAL}"
        ),
        RankRemarks._tell_alone,
    ),
)
