"""Findings and what a model does with them, told in other words.

the heart is called enlarged by the baseline        airspace disease in the sense of Consolidation
several findings lie beyond the fine-tuned model    it may have misread what it saw as Edema
part of the heart may have been read as a lesion
"""

from __future__ import annotations

import re
from itertools import pairwise

from ..cutting.sentence import count_of
from ..forms.forms import FINDINGS, Forms
from .rank_remarks import RankRemarks

_MANY = r"(?:several|two|three|four|five|six|seven|eight|nine|ten)"
_SENSE = re.compile(r",? (?:in the sense of|meaning) (?:the )?")
_THAT_IS = re.compile(r",? (?:that is|i\.e\.),? (?:the )?")
_ALL = r"(?:all|every|everything)(?: (?:other )?findings?)? (?:but|except(?: for)?)"
_END = r"(?=$|[.,;:])"
_LARGE = r"(?:enlarged|large|big)"


class OtherWords(RankRemarks):
    """Remarks in which a finding has another name."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)
        self._same_finding()

    def _same_finding(self) -> None:
        """`airspace disease in the sense of Consolidation`: two names of one finding."""
        for a, b in pairwise(self.s.of("finding")):
            if self.s.finding(a) == self.s.finding(b):
                gap = self.text[self.s[a].end : self.s[b].at]
                if _SENSE.fullmatch(gap):
                    self._take(a)
                elif _THAT_IS.fullmatch(gap):
                    self._take(*((a, b) if self.text[self.s[b].end :].startswith(",") else (b,)))

    def _tell_heart(self, m: re.Match[str]) -> None:
        """`R calls the heart enlarged`."""
        i = self._inside(m, "", "call")[0]
        finding = self.s.words.finding_of.get("cardiomegaly")
        roles = self._model(m) if self._inside(m, "", "role") else self._roles(i).roles
        self._take_form(m)
        kind = "call" if finding and roles else "unread"
        self._say(kind, i, roles, (finding,) if finding else (), negated="does not" in m[0])

    def _tell_beyond(self, m: re.Match[str]) -> None:
        """`several findings lie beyond R`: it does not assess them."""
        i = self._first(m)
        self._take_form(m)
        self._say("lacks_count", i, self._model(m), value=count_of(m["n"]))

    def _tell_lacks_only(self, m: re.Match[str]) -> None:
        """`F is the only finding that R does not assess`, `R assesses all findings but F`."""
        i = self._inside(m, "", "finding")[0]
        role, findings = self._model(m), self._named(m, "f" if m["f"] else "g" if m["g"] else "h")
        self._take_form(m)
        self._say("lacks_only", i, role, findings)

    def _tell_misread(self, m: re.Match[str]) -> None:
        """`may have misread what it saw as F`, which it calls instead."""
        i = self._inside(m, "f" if m["f"] else "g", "finding")[0]
        roles = self._roles(i).roles
        self._take_form(m)
        self._say("misread", i, roles, (self.s.finding(i),))

    def _tell_as_findings(self, m: re.Match[str]) -> None:
        """`may have been read as two findings`: as many as were named last."""
        i = self._first(m)
        ahead = [f for f in sorted(self.s.groups) if f < i]
        fits = bool(ahead) and len(self.s.group(ahead[-1])) == count_of(m["n"])
        self._take_form(m)
        if not fits:
            self._say("unread", i)


_FORMS: Forms = (
    (
        (" findings",),
        re.compile(
            r"\b(?:may|might|could) have been (?:read|taken|counted) as (?P<n>two|three|four)"
            r" (?:different |separate )?findings\b"
        ),
        OtherWords._tell_as_findings,
    ),
    (
        ("the heart",),
        re.compile(
            rf"\bthe heart (?:is|was) called {_LARGE}(?: by R+)?|R+ calls the heart {_LARGE}"
            rf"|R+ does not call the heart {_LARGE}"
        ),
        OtherWords._tell_heart,
    ),
    (
        (" beyond ", " outside "),
        re.compile(
            rf"(?:^|(?<=[;:,] )|(?<=\band ))(?P<n>{_MANY}) findings (?:lie|fall|are) (?:beyond|outside)"
            r" (?:the (?:reach|scope|range) of )?R+(?:'s (?:reach|scope|range))?(?=$|[.,;:])"
        ),
        OtherWords._tell_beyond,
    ),
    (
        (" assess",),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:is|are) the (?:only|one|sole) findings? (?:that |which )?R+ does not assess{_END}"
            rf"|R+ assesses {_ALL} (?P<g>{FINDINGS}){_END}|\b{_ALL} (?P<h>{FINDINGS}) (?:is|are) assessed by R+{_END}"
        ),
        OtherWords._tell_lacks_only,
    ),
    (
        ("misread", "mistak", "mistook", "taken", "read as", "passed for", "seen as", "looked like"),
        re.compile(
            r"\b(?:misreads?|mistakes?|mistook|mistaken|taken) (?:it|this|that|F+|what it (?:saw|sees|looks at))"
            r" (?:as|for) (?:an? )?(?P<f>F+)"
            r"|\b(?:(?:(?:have|has) been|was|were) (?:mis)?(?:(?:read|seen|interpreted) as|taken for)"
            r"|(?:have|has) (?:passed for|looked like)) (?:an? |the )?(?P<g>F+)"
        ),
        OtherWords._tell_misread,
    ),
)
