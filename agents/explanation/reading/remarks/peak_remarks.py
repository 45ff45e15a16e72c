"""What writers remark on peaks and maps in their own order: the place first, the one map and the other, the map behind
a call.

    left lower lung: that is where the fine-tuned one does        one peaks in left apex, the other in the neck
    just one of the two maps contains anything, that of the baseline
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import ASIDE, Forms
from .box_remarks import BoxRemarks

_END = r"(?=$|[.,;:])"
_ANYTHING = r"(?:contains?|shows?|holds?|has|have|displays?) (?:anything|something|any activation)\b(?: at all)?"
_DOUBT = r"(?:doubt|question|suspicion|reproach|blame)"
_BEHIND_CALL = re.compile(
    r"\b(?:maps?|attention|focus|activation) (?:behind|beneath|under|that goes with) (?:that|this) call\b"
)


class PeakRemarks(BoxRemarks):
    """Remarks on peaks and maps."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)
        if "call" in self.text:
            self._behind_call()

    def _behind_call(self) -> None:
        """`the map behind that call peaks in Z`: the map cited, of a model that does call the finding."""
        m = _BEHIND_CALL.search(self.text)
        cited = self.before.cited
        if m is None or self.s.of("role") or len(cited.roles) != 1 or len(cited.findings) != 1:
            return
        self.before = self.before._replace(roles=tuple(cited.roles), findings=tuple(cited.findings), subject=None)
        call = next(i for i, t in enumerate(self.s) if m.start() < t.at and t.end == m.end())
        self._take_until(m.start(), m.end())
        self._say("presumed_call", call, self.before.roles, self.before.findings)

    def _peak_told(self) -> bool:
        """Whether the sentence before said where a map peaks."""
        return any(c.kind == "zone" and c.cue == "peak" for c in self.before.told)

    def _tell_one_other(self, m: re.Match[str]) -> None:
        """`one peaks in Z, the other in Z`: which is which nobody says."""
        zones = self._inside(m, "", "zone")
        findings = self._findings(zones[0], one=True)
        self._take_form(m)
        kind = "peaks_pair" if len(self.before.cited.roles) == 2 else "unread"
        self._say(kind, zones[0], ROLES, findings, value=tuple(map(self._zone_name_at, zones)))

    def _tell_where(self, m: re.Match[str]) -> None:
        """`Z: that is where R's map peaks`; `does` is what the sentence before said."""
        zone = self._inside(m, "", "zone")[0]
        named = self._inside(m, "", "finding")
        findings = (self.s.finding(named[0]),) if named else self._findings(zone, one=True)
        role = self._model(m)
        self._take_form(m)
        self._say(
            "unread" if m["verb"] == "does" and not self._peak_told() else "zone",
            *(zone, role, findings),
            value=self._zone_name_at(zone),
            cue="peak",
        )

    def _tell_that_of(self, m: re.Match[str]) -> None:
        """`Z is that of R's`: the peak that the sentence before told of the other."""
        zone = self._inside(m, "", "zone")[0]
        role, findings = self._model(m), self._findings(zone, one=True)
        self._take_form(m)
        kind = "zone" if self._peak_told() else "unread"
        self._say(kind, zone, role, findings, value=self._zone_name_at(zone), cue="peak")

    def _tell_largest(self, m: re.Match[str]) -> None:
        """`Z and Z hold the largest shares, N each`."""
        zones, numbers = self._inside(m, "z", "zone"), self._inside(m, "", "number")
        roles, findings = self._model_here(zones[0]), self._findings(zones[0], one=True)
        self._take_form(m)
        names = tuple(map(self._zone_name_at, zones))
        self._say("zones_are", zones[0], roles, findings, value=names)
        for name in names if numbers else ():
            self._say("number", numbers[0], roles, findings, value=(self.s[numbers[0]].text, name), cue="zone")

    def _tell_maps(self, m: re.Match[str]) -> None:
        """`only one of the two maps contains anything, that of R`, `neither map shows anything`."""
        first = self._first(m)
        one = bool(self._inside(m, "", "role"))
        who = Who(self._model(m), "only") if one else Who(ROLES, "all" if m["both"] else "neither")
        findings = self._findings(first)
        self._take_form(m)
        self._say("has_map", first, who, findings, value=True)

    def _tell_help(self, m: re.Match[str]) -> None:
        """`where attention should help, it does not`: the maps cited do not lie mostly in usual places."""
        i = self._inside(m, "", "map")[0]
        roles = tuple(r for r in ROLES if r in self.before.cited.roles)
        findings = self._findings(i)
        self._take_form(m)
        self._say("plausible", i, roles, findings, value="inside", negated=m["not"] is not None)

    def _tell_attention_calls(self, m: re.Match[str]) -> None:
        """`relevant attention does not lead to a call`: of one of the models, which nobody says."""
        i = self._inside(m, "", "callnoun")[0] if self._inside(m, "", "callnoun") else self._first(m)
        findings = self._findings(i)
        kind = "unread" if self.s.of("role") else "attention_calls"
        self._take_form(m)
        self._say(kind, i, ROLES, findings, value=m["ir"] is None, negated=m["not"] is not None)

    def _tell_content(self, m: re.Match[str]) -> None:
        """`R's map contains nothing`, `R's map shows something`."""
        i = self._inside(m, "", "map")[0]
        role, findings = self._model(m), self._findings(i)
        self._take_form(m)
        self._say("has_map", i, role, findings, value=True, negated=m["no"] is not None)

    def _tell_doubt(self, m: re.Match[str]) -> None:
        """`nor is R beyond doubt`: as far as its map tells."""
        i = self._inside(m, "", "role")[0]
        role, findings = self._model(m), self._findings(i)
        self._take_form(m)
        self._say("plausible", i, role, findings, value="inside", negated=True)


_FORMS: Forms = (
    (
        ("the other",),
        re.compile(
            r"\bone(?: model's)?(?: map| of (?:them|the (?:two )?(?:maps|models)))? (?:peaks|has its peak"
            rf"|culminates) (?:in|at|over) (?:the )?Z+{ASIDE},?(?: and| while| whereas)? the other"
            rf"(?:'s| one| map| model)?(?: peaks| has its(?: peak)?| culminates)? (?:in|at|over)"
            rf" (?:the )?Z+{ASIDE}{_END}"
        ),
        PeakRemarks._tell_one_other,
    ),
    (
        ("is where",),
        re.compile(
            rf"(?:^|(?<=[;:,] )|(?<=\band ))(?:the )?Z+{ASIDE}(?:[:,] (?:that|this|there|it))? is where R+(?:'s)?"
            r"(?: F+)?(?: map| one| attention)? (?P<verb>does|peaks|looks most)(?=$|[.,;:]| for\b| on\b)"
        ),
        PeakRemarks._tell_where,
    ),
    (
        ("that of",),
        re.compile(
            rf"^(?:the )?Z+{ASIDE} is that of R+(?:'s)?(?: map| one)?{_END}"
            rf"|^that of R+(?:'s)?(?: map| one)? is (?:the )?Z+{ASIDE}{_END}"
        ),
        PeakRemarks._tell_that_of,
    ),
    (
        ("largest shares",),
        re.compile(
            r"(?P<z>Z+(?:(?:,? and|,? together with|,? along with|,) (?:the )?Z+)+),?(?: are)?(?: where| which| that)?"
            r"(?: its map| R+(?:'s map)?)?(?: have| has| hold| holds| take| draw)? (?:the |its |R+'s )(?:two |three )?"
            r"largest shares(?: of (?:its|the) map)?(?:(?:,| of|:| with| at)* N+ each)?"
        ),
        PeakRemarks._tell_largest,
    ),
    (
        ("anything", "something", "any activation"),
        re.compile(
            rf"\b(?:just|only|exactly) one of the (?:two )?(?:models' )?maps {_ANYTHING}[,:;] (?:that of |namely )?R+"
            rf"|\bonly R+'s map {_ANYTHING}|\bof the two maps,? only R+'s {_ANYTHING}"
            rf"|\b(?P<both>both) (?:models' )?maps {_ANYTHING}|\bneither (?:map|of the (?:two )?maps) {_ANYTHING}"
        ),
        PeakRemarks._tell_maps,
    ),
    (
        (" nothing", " something"),
        re.compile(rf"R+'s map (?:contains|shows|holds) (?:(?P<no>nothing)(?: at all)?|something){_END}"),
        PeakRemarks._tell_content,
    ),
    (
        (" help",),
        re.compile(
            r"\bwhere (?:the )?(?:attention|maps?) (?:should|might|could|ought to) help,? (?:it|they) (?:does|do"
            r"|(?P<not>(?:does|do) not|fails? to))(?: so)?(?=$|[.,;:])"
        ),
        PeakRemarks._tell_help,
    ),
    (
        ("relevant attention",),
        re.compile(
            r"\b(?P<ir>ir)?relevant attention (?:(?P<not>does not lead|did not lead|fails to lead)|leads|led)"
            r" to a call\b"
        ),
        PeakRemarks._tell_attention_calls,
    ),
    (
        ("beyond", "above"),
        re.compile(rf"^nor is R+ (?:beyond|above) {_DOUBT}\b|R+ is not (?:beyond|above) {_DOUBT}\b"),
        PeakRemarks._tell_doubt,
    ),
)
