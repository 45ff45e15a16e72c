"""Shares in usual places set against a flat map's, and against a share told before.

a flat map would have done better, at 31 %              a flat map, with 26 %, is surpassed
60 % of the baseline's is, compared with 59 %           the verb and the flat map of the sentence before
its gain over a flat map, 19 points, is smaller than the baseline's 27
stronger still is the baseline's placement, in a map that is 94 % in usual places
in neither is it the main part
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .call_turns import CallTurns
from .forms import Forms

_FLAT = r"flat (?:map|one)"
_LY = r"(?:(?:clearly|easily|plainly|comfortably|narrowly|slightly|just|well|far) )?"
_UP = re.compile(r"better|strong|high|larg|great|more|wid|big")
_GAIN = rf"(?:gain|lead|margin|advantage|surplus) over a {_FLAT}"
_POINTS = r"(?: (?:percentage )?points)"
_MAIN = r"(?:the (?:main|greater|larger|major) part|the bulk|the majority|most)"


class FlatMaps(CallTurns):
    """What a sentence says of flat maps and of shares told before."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FLAT_FORMS)

    def _take_words(self, m: re.Match[str]) -> None:
        """All of a form but its numbers, which are shares of a flat map."""
        self.measures.update(dict.fromkeys(self._inside(m, "", "number"), "expected"))
        self._take(*(i for i in self._inside(m) if self.s[i].kind != "number"))
        self.formed.append(m.span())

    def _tell_does_better(self, m: re.Match[str]) -> None:
        """That a flat map does better is that the map of the model does less well."""
        (i,) = self._inside(m, "flat", "flat")
        role, findings = (self._model(m) if m["r"] else self._roles(i).roles), self._findings(i)
        self._take_words(m)
        better, negated = m["word"] == "better", m["no"] is not None
        self._say("flat", i, role, findings, value="less" if better else "more", negated=negated)

    def _tell_beats(self, m: re.Match[str]) -> None:
        """`a flat map would beat R's F map`, `R's F map beats a flat map, which would have N`."""
        (i,) = self._inside(m, "flat", "flat") or self._inside(m, "than", "flat")
        role, findings = self._model(m), self._named(m, "f") or self._named(m, "g") or self._findings(i)
        self._take_words(m)
        self._say("flat", i, role, findings, value="less" if m["flat"] else "more", negated=m["no"] is not None)

    def _tell_surpassed(self, m: re.Match[str]) -> None:
        (i,) = self._inside(m, "flat", "flat")
        who, findings = self._roles(i, forward=False), self._findings(i)
        self._take_words(m)
        reached = m["word"] == "reached"
        value = "same" if m["word"] in ("matched", "equalled") else "less" if reached else "more"
        self._say("flat", i, Who(who.roles), findings, value=value, negated=(m["no"] is not None) != reached)

    def _tell_as_before(self, m: re.Match[str]) -> None:
        """`60 % of R's is, compared with 59 %`: what the two numbers told before were of the other model."""
        role, numbers = self._model(m), self._inside(m, "", "number")
        told = [c for c in self.before.told if c.kind == "number" and c.roles != role]
        if [c.cue for c in told] != ["share", "expected"] or told[0].findings != told[1].findings:
            return
        self._take_form(m)
        for c, number in zip(told, numbers, strict=True):
            self._say("number", number, role, c.findings, value=(self.s[number].text, None), cue=c.cue)

    def _tell_gain(self, m: re.Match[str]) -> None:
        """`R's gain over a flat map, 19 points, is smaller than R's 27`: points of the share in usual places."""
        (i,) = self._inside(m, "flat", "flat")
        who, findings = self._roles(i), self._findings(i)
        other = self.s.who[self._inside(m, "than", "role")[0]].roles if m["than"] else ()
        role = self.s.who[self._inside(m, "own", "role")[0]].roles if m["own"] else who.roles
        self._take_form(m)
        for group, of in (("a", role), ("b", other)):
            if m[group]:
                number = self._inside(m, group, "number")[0]
                self._say("flat_lead", number, of, findings, value=self.s[number].text)
        if m["than"]:
            up = _UP.match(m["word"]) is not None
            self._say("flat_lead_more", i, (*role, *other), findings, value="up" if up else "down")
        elif not m["a"]:
            self._say("flat", i, Who(role), findings, value="more")

    def _tell_stronger(self, m: re.Match[str]) -> None:
        i = self._inside(m, "word")[0]
        role, findings = self._model(m), self._findings(i)
        number = next((x for x in self.s.of("number") if "%" in self.s[x].text and self.s[x].at > m.end()), None)
        self._take_form(m)
        self._say_against_told(i, role, findings, number, up=_UP.match(m["word"]) is not None)

    def _tell_main_part(self, m: re.Match[str]) -> None:
        i = self._inside(m)[0]
        findings = self._findings(i)
        self._take_form(m)
        self._say("main_part", i, Who(ROLES), findings, negated=(m["q"] == "neither") != (m["no"] is not None))


_BEATS = r"(?:beats?|outdo(?:es)?|outstrips?|betters?|outperforms?)"
_FLAT_FORMS: Forms = (
    (
        ("beat", "outdo", "outstrip", "better", "outperform"),
        re.compile(
            rf"\ba (?P<flat>{_FLAT}) (?:(?:would|could|might) )?(?P<no>not )?{_LY}{_BEATS} R+'s"
            r"(?: (?P<f>F+))? (?:map|one)"
            rf"|R+'s (?P<g>F+) map {_LY}{_BEATS} a (?P<than>{_FLAT})(?:, which (?:would have|has) N+)?"
            r"(?=$|[.,;:]| and\b)"
        ),
        FlatMaps._tell_beats,
    ),
    (
        ("flat map ", "flat one "),
        re.compile(
            rf"\ba (?P<flat>{_FLAT}) (?:(?:would|could|might)(?P<no> not)? (?:have )?{_LY}(?:do|done|be|been|fare"
            r"|fared)|does|fares|is) (?P<word>better|worse)(?: than (?P<r>R+)(?:'s(?: map)?| does)?)?"
            r"(?:, (?:at|with) N+)?(?=$|[.,;:]| and\b)"
        ),
        FlatMaps._tell_does_better,
    ),
    (
        (" flat ",),
        re.compile(
            rf"\ba (?P<flat>{_FLAT})(?:, (?:with|at) N+,)? (?:is|was) (?P<no>not )?{_LY}(?P<word>surpassed|exceeded"
            r"|beaten|outdone|bettered|topped|reached|matched|equalled)(?=$|[.,;:]| and\b)"
        ),
        FlatMaps._tell_surpassed,
    ),
    (
        ("compared with", "against", "versus"),
        re.compile(
            r"^(?:only |just |a mere )?N+ of R+'s (?:map )?(?:is|does|are|do)(?: so| there)?,?"
            r" (?:as )?(?:compared with|against|versus) N+(?=$|[.;])"
        ),
        FlatMaps._tell_as_before,
    ),
    (
        (" over a flat ",),
        re.compile(
            rf"\b(?:its|(?P<own>R+)'s|the) {_GAIN.replace('flat (', '(?P<flat>flat (', 1)})"
            rf"(?:,? (?:of |at |is )?(?P<a>N+){_POINTS},?)?(?P<than> is (?P<word>smaller|larger|greater|less|more"
            rf"|higher|lower|narrower|wider|bigger) than R+'s(?: (?P<b>N+){_POINTS}?)?)?(?=$|[.,;:])"
        ),
        FlatMaps._tell_gain,
    ),
    (
        ("placement", "share", "attention", "focus", "map"),
        re.compile(
            r"^(?:but |yet |and )?(?P<word>stronger|better|weaker|worse|higher|lower|larger|smaller)(?: still| yet"
            r"| by far)? is R+'s (?:placement|share|attention|focus|map)(?=,| at| in| with)"
        ),
        FlatMaps._tell_stronger,
    ),
    (
        ("in neither", "in both"),
        re.compile(
            rf"\bin (?P<q>neither|both)(?: of them| maps?| cases?)?,? (?:is (?:it|that|this)|(?:it|that|this) is)"
            rf" (?P<no>not )?{_MAIN}(?: of (?:it|the map))?(?=$|[.,;])"
        ),
        FlatMaps._tell_main_part,
    ),
)
