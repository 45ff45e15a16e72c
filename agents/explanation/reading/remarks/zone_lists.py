"""Zones told in lists: the zones over which one map spreads, and the peaks of several maps, in their order.

the baseline's attention is spread over left apex, neck and left hilum       the zones that hold most of the map
its map peaks in the neck and takes in left hilum and right apex             zones that hold some of it
its maps for Edema and Fracture peak in left hilum and neck                  one peak of each finding
the maps peak in left hilum and neck                                         the baseline's and the fine-tuned one's
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import ASIDE, FINDINGS, Forms
from .map_counts import MapCounts

_ZONE = rf"(?:the )?Z+{ASIDE}"
_ZONES = rf"(?P<z>{_ZONE}(?:(?:,| and|,? and) {_ZONE})+)"
_OVER = r"(?:over|across|among|between)"
_SPREAD = (
    rf"(?:\b(?:spreads?|spreading|distribute[ds]?|scattere?d?|divided?s?|split) (?:itself |out )?{_OVER}"
    rf"|\bmaps? (?:that (?:is|lies|are|lie) )?(?:over|across)|\b(?:looks?|looking) (?:for F+ )?(?:in|at|to|over)"
    r"|\battention (?:is |lies )?(?:in|on|over|to)|\bmap covers|\baround)"
)
_FURTHER = (
    r"(?:,? (?:and |with )?(?:also )?(?:takes? in|taking in|extends? (?:in)?to|extending (?:in)?to|reach(?:es|ing)?"
    r"(?: into)?|spills? (?:over )?into|spreads? (?:in)?to|(?:(?:further|smaller|other|more) )?shares in))"
)
_REST = r"(?:,? and (?:shares|divides|splits) the rest (?:mainly |mostly )?(?:with|between|among))"
_PEAKS = r"(?:\bmaps? (?:that )?peaks? in|\bpeaks? (?:is|are|lies?) (?:in )?|\bpeaks? in)"


class ZoneLists(MapCounts):
    """What a sentence says of several zones at once."""

    def _forms(self) -> None:
        super()._forms()
        if self.s.of("zone"):
            self._read_forms(_OF_EACH)
        if len(self.s.of("zone")) > 1:
            self._read_forms(_FORMS)

    def _names(self, m: re.Match[str]) -> tuple[str, ...]:
        return tuple(map(self._zone_name_at, self._inside(m, "z", "zone")))

    def _kind(self, roles: tuple[str, ...], names: tuple[str, ...]) -> str:
        """What is told of zones: nothing where one is named twice, or of which model is open."""
        return "zones_are" if len(roles) == 1 and len(set(names)) == len(names) else "unread"

    def _take_zones(self, m: re.Match[str]) -> None:
        self._take(*self._inside(m, "z", "zone"))
        self.formed.append((m.start(), m.start("z")))

    def _tell_spread(self, m: re.Match[str]) -> None:
        """`is spread over Z, Z and Z`: as many zones as hold most of the map; a call may be told once more with it."""
        if "box" in self.kinds and m[0].startswith("around"):
            return
        i, names = self._inside(m, "z", "zone")[0], self._names(m)
        who, findings = self._roles(i, alone=True), self._findings(i, one=True)
        self._take_zones(m)
        self._say(self._kind(who.roles, names), i, who.roles, findings, value=names)
        again = re.search(r"\band (F+) with (?:its |the )?$", m.string[: m.end()].partition(m[0])[0])
        calls = [c for c in self.claims if c.kind == "call"] or any(
            self.s[x].at < m.start() for x in self.s.of("call")
        )
        if again and calls:
            self._say("call", i, who.roles, findings)

    def _tell_further(self, m: re.Match[str]) -> None:
        """`peaks in Z and takes in Z and Z`, `with further shares in Z`."""
        peak = self._inside(m, "p", "zone")[0]
        zones = self._inside(m, "z", "zone")
        who, findings = self._roles(peak, alone=True), self._findings(peak, one=True)
        roles, names = who.roles, (self._zone_name_at(peak), *self._names(m))
        kind = self._kind(roles, names)
        self._take(peak, *zones)
        self.formed.append((m.start("p"), m.start("z")))
        self._say("zone", peak, roles, findings, value=self._zone_name_at(peak), cue="peak")
        if m["rest"] or kind == "unread":
            self._say(kind, peak, roles, findings, value=names)
        for zone in () if m["rest"] else zones:
            self._say("zone", zone, roles, findings, value=self._zone_name_at(zone), cue="any")

    def _tell_peaks(self, m: re.Match[str]) -> None:
        """`peak in Z and Z`: one zone for each of the findings of one model, or for each model of one finding."""
        zones = self._inside(m, "z", "zone")
        who = self._roles(zones[0], forward=False)
        own = any(self.s[x].clause == self.s[zones[0]].clause and self.s[x].at < m.start() for x in self.s.groups)
        findings = self._findings(zones[0], forward=not own)
        if len(zones) == len(findings) and len(who.roles) == 1:
            self._take_zones(m)
            for zone, finding in zip(zones, findings, strict=True):
                self._say("zone", zone, who.roles, (finding,), value=self._zone_name_at(zone), cue="peak")
        elif len(zones) == len(ROLES) and len(findings) == 1 and self._of_both(m, who):
            self._take_zones(m)
            for zone, role in zip(zones, ROLES, strict=True):
                self._say("zone", zone, (role,), findings, value=self._zone_name_at(zone), cue="peak")

    def _tell_in_each(self, m: re.Match[str]) -> None:
        """`R's maps for F and F both include Z`: some of each map lies there."""
        zones, found = self._inside(m, "z", "zone"), self._inside(m, "f" if m["f"] else "g", "finding")
        roles = self._model(m) if m["r"] else self._roles(zones[0], forward=False).roles
        findings = tuple(map(self.s.finding, found))
        self._take_form(m)
        fits = len(roles) == 1 and (m["q"] != "both" or len(findings) == len(ROLES))
        for zone in zones:
            value = self._zone_name_at(zone)
            self._say("zone" if fits else "unread", zone, roles, findings, value=value, cue="any")

    def _of_both(self, m: re.Match[str], who: Who) -> bool:
        """Whether the maps meant are those of both models, none of which is named by itself."""
        named = any(self.s[x].at < m.end() for x in self.s.of("role", "former", "other"))
        plural = re.search(r"\b(?:maps|peaks)\b", m[0]) or re.search(
            r"\bmaps (?:have|with) (?:their|its) $", self.text[: m.start()]
        )
        return bool(plural) and not named and (who.roles == ROLES or self.before.cited.roles == frozenset(ROLES))


_INCLUDE = r"(?:include|reach(?: into)?|take in|cover|touch|hold part of|extend (?:in)?to)"

_OF_EACH: Forms = (
    (
        (" maps ",),
        re.compile(
            rf"(?:(?P<r>R+)'s|\bits) (?:maps for (?P<f>{FINDINGS})|(?P<g>{FINDINGS}) maps) (?:(?P<q>both|all|each) )?"
            rf"{_INCLUDE} (?P<z>{_ZONE}(?:(?:,| and|,? and) {_ZONE})*)"
        ),
        ZoneLists._tell_in_each,
    ),
)

_FORMS: Forms = (
    (
        ("peak",),
        re.compile(
            rf"\bpeak(?:s|ing)? in (?P<p>{_ZONE})(?:{_FURTHER}|(?P<rest>{_REST})) "
            rf"(?P<z>{_ZONE}(?:(?:,| and|,? and) {_ZONE})*)"
        ),
        ZoneLists._tell_further,
    ),
    (("peak",), re.compile(rf"{_PEAKS} ?{_ZONES}(?=$|[.,;:)]| and\b| yet\b| but\b)"), ZoneLists._tell_peaks),
    (
        ("spread", "distribut", "scatter", "divide", "split", "look", "attention", "map", "around"),
        re.compile(rf"{_SPREAD} {_ZONES}(?=$|[.,;:)]| and\b| with\b| yet\b| but\b)"),
        ZoneLists._tell_spread,
    ),
)
