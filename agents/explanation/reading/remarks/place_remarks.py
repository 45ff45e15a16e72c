"""Set forms of what writers remark on places: whose map lies better, the largest zones of a map, peaks in lists.

the baseline looks at left apex, neck and left hilum        the three zones that hold most of the map
attention is more anatomically informed for Edema, but less for Pneumonia
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import ASIDE, FINDINGS, Forms
from .zone_lists import ZoneLists

_ZONES = r"Z+(?:, Z+)+,? and Z+"
_MORE = r"(?:the |clearly )*more (?:anatomically )?(?:informed|plausible|relevant|sensible)"
_END = r"(?=$|[.,;:])"


def _other(role: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(r for r in ROLES if r not in role)


class PlaceRemarks(ZoneLists):
    """Remarks on places in set forms."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_REMARKS)
        self._unusual_places()

    def _tell_informed(self, m: re.Match[str]) -> None:
        """`R's attention is more anatomically informed for F, and less so for F`; `at the price of F`; `R's for F`."""
        role = self._model(m)
        i = self._inside(m, "", "plausibler")[0]
        ahead = [f for f in sorted(self.s.groups) if self.s[f].at < m.start()]
        more, less = self._named(m, "f"), self._named(m, "g")
        if not more:
            more = self.s.group(ahead[-1]) if ahead else self.before.finding()
        other = self._model(m, 1) if m["theirs"] else _other(role)
        self._take_form(m)
        self._say("more_plausible" if other != role else "unread", i, role, more)
        self._say("more_plausible", i, other, less)

    def _tell_largest_change(self, m: re.Match[str]) -> None:
        """`the change is most marked for F`: of the findings for which both maps are cited."""
        i = self._inside(m, "f", "finding")[0]
        self._take(*(x for x in self._inside(m) if x != i))
        self.formed.append((m.start(), m.start("f")))
        self._say("largest_change", i, ROLES, (self.s.finding(i),))

    def _tell_not_informed(self, m: re.Match[str]) -> None:
        """Of the finding told of; with `except for F`, of all others whose maps are cited, and of F it is more so."""
        i = self._inside(m, "", "plausibler")[0]
        role, other, but = self._model(m), self._model(m, 1), self._named(m, "but")
        findings = tuple(sorted(self.before.cited.findings - set(but))) if but else self._findings(i)
        self._take_form(m)
        self._say("unread" if role == other or not findings else "not_more_plausible", i, role, findings)
        if but:
            self._say("more_plausible", i, role, but)

    def _tell_peaks_of(self, m: re.Match[str]) -> None:
        """`the peaks differ: Z against Z for F, and Z against Z for F`."""
        zones, found = self._inside(m, "", "zone"), self._inside(m, "", "finding")
        self._take_form(m)
        for n, f in enumerate(found):
            for role, zone in zip(ROLES, zones[2 * n : 2 * n + 2], strict=True):
                self._say_peak(zone, (role,), (self.s.finding(f),))
            self._say("places_differ", f, ROLES, (self.s.finding(f),))

    def _tell_two_peaks(self, m: re.Match[str]) -> None:
        """`R's map peaks in Z with N of its activation in usual places, and R's in Z with N`."""
        roles, zones = (self._model(m), self._model(m, 1)), self._inside(m, "", "zone")
        findings = self._findings(zones[0])
        self._take(*self._inside(m))
        self.formed.append(m.span())
        for role, zone, part in zip(roles, zones, ("a", "b"), strict=True):
            self._say_peak(zone, role, findings)
            for cue, i in zip(("share", "expected"), self._inside(m, part, "number"), strict=False):
                self._say("number", i, role, findings, value=(self.s[i].text, None), cue=cue)

    def _tell_its_boxes(self, m: re.Match[str]) -> None:
        zones = self._inside(m, "", "zone")
        who, findings = self._roles(zones[0]), tuple(self.before.cited.findings)
        if len(findings) != 1:
            return
        self._take_form(m)
        for zone in zones:
            self._say("zone", zone, Who(who.roles), findings, value=self._zone_name_at(zone), cue="box")

    def _tell_its_peaks(self, m: re.Match[str]) -> None:
        """`R calls F, F and F, with its peaks in Z, Z and Z`, in the order of the findings."""
        zones, found = self._inside(m, "", "zone"), self._inside(m, "f", "finding")
        if len(zones) != len(found):
            return
        role = self._model(m)
        self._take(*(i for i in self._inside(m) if self.s[i].at >= m.start("peaks")))
        self.formed.append(m.span("peaks"))
        for zone, f in zip(zones, found, strict=True):
            self._say_peak(zone, role, (self.s.finding(f),))

    def _say_peak(self, zone: int, role: tuple[str, ...], findings: tuple[str, ...]) -> None:
        self._say("zone", zone, role, findings, value=self._zone_name_at(zone), cue="peak")

    def _tell_both_zones(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        roles = self._model(m), self._model(m, 1)
        listed = [self._inside(m, group, "zone") for group in ("x", "y")]
        self._take_form(m)
        for role, zones in zip(roles, listed, strict=True):
            self._say("zones_are", zones[0], role, findings, value=tuple(map(self._zone_name_at, zones)))
        if set(map(self._zone_name_at, listed[0])) == set(map(self._zone_name_at, listed[1])) or roles[0] == roles[1]:
            self._say("unread", i)

    def _tell_neither_both(self, m: re.Match[str]) -> None:
        """`for F neither model's map lies mainly in usual places; for F both maps mostly do`."""
        i = self._inside(m, "", "usual")[0]
        neither, both = self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("plausible", i, Who(ROLES, "neither"), neither, value="inside")
        self._say("plausible", i, ROLES, both, value="inside")

    def _tell_outside(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "usual")[0]
        who, findings = self._roles(i), self._findings(i)
        self._take_form(m)
        self._say("plausible", i, Who(who.roles), findings, value="inside", negated=True)

    def _tell_no_usual(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "usual")[0]
        findings = self._named(m, "f") or self._findings(i)
        self._take_form(m)
        self._say("no_usual", i, (), findings)

    def _tell_not_moved(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("not_moved", i, ROLES, findings, negated="has moved" in m[0])

    def _tell_no_attention(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "empty")[0]
        role, findings = self._model(m), self._findings(i)
        self._take_form(m)
        self._say("has_map", i, role, findings, value=False)

    def _tell_usual_film(self, m: re.Match[str]) -> None:
        i = self._first(m)
        self._take_form(m)
        self._say("odd", i, value=False)


_SOMEWHAT = r"(?: (?:somewhat|rather|clearly|a little))?"

_REMARKS: Forms = (
    (
        ("change is", "shift is", "move is"),
        re.compile(
            r"\bthe (?:change|shift|move)(?: of attention)? is (?:most marked|largest|greatest|strongest|clearest)"
            r" (?:for|on|in) (?P<f>F+)(?!(?:,|,? and) F)"
        ),
        PlaceRemarks._tell_largest_change,
    ),
    (
        (" more ",),
        re.compile(
            rf"R+(?:'s (?:attention|maps?|focus|placement))? (?:seems?|is|are|looks?|appears?)(?: to be)?{_SOMEWHAT}"
            rf" {_MORE}(?: (?:for|on) (?P<f>{FINDINGS}))?(?:(?:,? and|,? but|,) (?:(?:the )?less (?:so )?"
            rf"|(?P<theirs>R+'s ))(?:for|on)"
            rf"|,? at the (?:price|expense|cost) of) (?P<g>{FINDINGS})(?:, so overall it does not seem so)?"
            r"(?=$|[.,;:])"
        ),
        PlaceRemarks._tell_informed,
    ),
    (
        ("not more", "not seem more"),
        re.compile(
            r"R+'s attention (?:is not|does not seem) more anatomically informed than R+'s"
            rf"(?:,? except (?:perhaps )?for (?P<but>{FINDINGS}))?{_END}"
        ),
        PlaceRemarks._tell_not_informed,
    ),
    (
        ("the peaks differ",),
        re.compile(r"^the peaks differ: Z+ against Z+ for F+(?:,? and Z+ against Z+ for F+)*(?=$|[.;])"),
        PlaceRemarks._tell_peaks_of,
    ),
    (
        ("peaks in",),
        re.compile(
            rf"R+ calls (?P<f>{FINDINGS}), (?P<peaks>with (?:its|their) peaks in Z+(?:, Z+)*,? and Z+)(?=$|[.;])"
        ),
        PlaceRemarks._tell_its_peaks,
    ),
    (
        ("main zones",),
        re.compile(
            rf"^the main zones of the two maps are not the same: (?P<x>{_ZONES}) for R+, (?:and "
            rf")?(?P<y>{_ZONES}) for R+"
            r"(?=$|[.;])"
        ),
        PlaceRemarks._tell_both_zones,
    ),
    (
        ("both maps",),
        re.compile(
            rf"^for (?P<f>{FINDINGS}) neither (?:model's )?map lies mainly in usual places; for "
            rf"(?P<g>{FINDINGS}) both maps "
            r"(?:mostly )?do(?=$|[.;])"
        ),
        PlaceRemarks._tell_neither_both,
    ),
    (
        ("found little", "little of this", "away from usual", "looked past"),
        re.compile(
            r"\bit may have gone there because it found little in usual places that raises the score"
            r"|^little of this attention is in clinically relevant places|\bmaps away from usual places"
            r"|\bboth models may have looked past the relevant places"
        ),
        PlaceRemarks._tell_outside,
    ),
    (
        ("no usual",),
        re.compile(rf"\bno usual places are known for (?:(?P<f>{FINDINGS})|this finding|it){_END}"),
        PlaceRemarks._tell_no_usual,
    ),
    (
        ("moved",),
        re.compile(r"(?:^|, )the attention has (?:not )?moved to another place(?=$|[.,:;])"),
        PlaceRemarks._tell_not_moved,
    ),
    (
        ("no attention",),
        re.compile(rf"R+'s empty map shows no attention to judge{_END}"),
        PlaceRemarks._tell_no_attention,
    ),
    (
        ("map peaks",),
        re.compile(
            rf"R+'s map peaks (?:in )?Z+{ASIDE},? with (?P<a>N+ of (?:its|the) activation in usual places"
            rf"(?: \(flat map N+\))?),? (?:and |while )?R+'s in Z+{ASIDE},? with (?P<b>N+(?: \(flat map "
            rf"N+\))?)(?=$|[.;])"
        ),
        PlaceRemarks._tell_two_peaks,
    ),
    (("boxes name",), re.compile(rf"\bits boxes name Z+(?:(?:,|,? and) Z+)*{_END}"), PlaceRemarks._tell_its_boxes),
    (
        ("unusual film",),
        re.compile(r"\bso an unusual film seems not to be the cause(?=[.;])"),
        PlaceRemarks._tell_usual_film,
    ),
)
