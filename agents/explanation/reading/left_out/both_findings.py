"""Two or more findings of the sentence before, meant together, and those left when one is excepted.

those two are also the findings on which the models differ
in both findings its share in usual places is below the baseline's
apart from Edema the fine-tuned model's attention seems less anatomically informed than the baseline's
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..forms.forms import FINDINGS, Forms
from ..remarks.place_remarks import PlaceRemarks

_END = r"(?=$|[.,;:])"
_EXCEPT = r"(?:apart from|except for|but for|other than|with the exception of)"


class BothFindings(PlaceRemarks):
    """What a sentence says of findings told before."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _tell_those(self, m: re.Match[str]) -> None:
        """`those two are the findings on which the models differ`: these, and no others."""
        i, findings = self._first(m), self.before.findings
        self._take_form(m)
        if count_of(self._text(m, "n")) != len(findings):
            self._say("unread", i)
            return
        self._say("agree", i, ROLES, findings, value="differ")
        self._say("differ_only", i, ROLES, findings)

    def _tell_share(self, m: re.Match[str]) -> None:
        """`in both findings its share in usual places is below R's`."""
        (i,) = self._inside(m, "", "usual")
        named = self._inside(m, "", "role")
        theirs = self.s.who[named[-1]].roles
        roles = self.s.who[named[0]].roles if len(named) > 1 else self.before.role()
        findings = self._findings(i)
        if m["both"]:
            findings = self.before.findings if len(self.before.findings) == len(ROLES) else self.before.every
        self._take_form(m)
        fits = len(roles) == 1 and roles != theirs and (not m["both"] or len(findings) == len(ROLES))
        up = re.match("above|over|higher|larger|greater", m["w"]) is not None
        self._say("share_more" if fits else "unread", i, (*roles, *theirs), findings, value="up" if up else "down")

    def _tell_less_informed(self, m: re.Match[str]) -> None:
        """Of the findings told of, else of all whose maps are cited, but that excepted, of which it is not so; what
        only seems so is that less of the maps lies in usual places."""
        i = self._inside(m, "", "map")[0]
        role, other = self._model(m), self._model(m, 1)
        but = self._named(m, "but") if m["but"] else ()
        cited = tuple(sorted(self.before.cited.findings - set(but)))
        findings = cited if but or not self.s.groups else self._findings(i)
        self._take_form(m)
        if role == other or not findings:
            self._say("unread", i)
        elif m["seems"]:
            self._say("share_more", i, (*role, *other), findings, value="down")
        else:
            self._say("more_plausible", i, other, findings)
        if but:
            self._say("more_plausible", i, other, but, negated=True)


_FORMS: Forms = (
    (
        ("those ", "these "),
        re.compile(
            r"^(?:those|these) (?P<n>two|three|four) are (?:also |indeed )?the (?:only )?(?:findings|ones)"
            rf" (?:on which|where) (?:the |the two )?models (?:differ|disagree){_END}"
        ),
        BothFindings._tell_those,
    ),
    (
        ("share in ",),
        re.compile(
            r"(?P<both>\b(?:in|for|on) both findings,? )?(?:R+'s|\bits) share in (?:the )?usual places (?:is|lies|stays"
            r"|remains) (?:clearly |well )?(?P<w>below|above|under|over|(?:lower|higher|smaller|larger|greater) than)"
            rf" (?:that of )?R+(?:'s)?{_END}"
        ),
        BothFindings._tell_share,
    ),
    (
        ("less anatomically",),
        re.compile(
            rf"(?:{_EXCEPT} (?P<but>{FINDINGS}),? )?R+'s attention (?:(?P<seems>seems|appears)|is)(?: to be)?"
            rf" less anatomically informed than R+'s{_END}"
        ),
        BothFindings._tell_less_informed,
    ),
)
