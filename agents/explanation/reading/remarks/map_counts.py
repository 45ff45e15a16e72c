"""How many of a model's maps lie in usual places, and lists of maps told by their number.

two of the baseline's maps, Edema and Fracture, are mostly in usual places      none of its maps lies mainly there
of its four maps only that for Edema is mostly in usual places
its attention lies mostly in usual places in three of the four compared findings, the baseline's in two

The maps counted are those that the sentence cites.
"""

from __future__ import annotations

import re

from ..cutting.sentence import count_of
from ..forms.forms import FINDINGS, Forms
from .empty_maps import EmptyMaps

_W = r"(?:one|two|three|four|five|six|seven|eight|N+)"
_MANY = rf"(?:all|both|none|{_W})"
_MAPS = r"(?:heat)?maps"
_IN = (
    r"(?P<no>(?:do|does) not )?(?:(?:are|is|lies?|sits?|falls?) )?(?P<p>mostly|mainly|not mainly)"
    r" (?:in|inside|within) (?:the |their )?(?:usual places|them)"
)
_OF_FINDINGS = (
    rf"(?P<n>{_MANY})(?: of)? (?:(?:the|its) )?(?P<of>{_W}) (?:(?:compared|mapped|cited|shown) )?"
    rf"(?:findings|{_MAPS}|cases)(?: below)?"
)
_JOIN = r",? (?:and |while |whereas |but )?"
_REST = (
    rf"(?P<rest>,? (?:as )?against (?P<a>{_MANY}) of R+'s(?: (?P<b>{_W}))?(?: {_MAPS})?"
    rf"|{_JOIN}R+'s(?: (?:{_MAPS}|attention))?(?: do| does)?(?: so)? (?:in|for|on) (?:only |just )?(?P<c>{_MANY})"
    rf"(?: of (?:them|these))?)?(?=$|[.,;:])"
)


class MapCounts(EmptyMaps):
    """Maps in usual places, counted."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _tell_maps_placed(self, m: re.Match[str]) -> None:
        """`two of R's four maps are mostly in usual places, against one of R's three`."""
        i = self._first(m)
        named = self._inside(m, "", "role")
        own = [x for x in named if not m["rest"] or self.s[x].at < m.start("rest")]
        roles = self.s.who[own[0]].roles if own else self._roles(i).roles
        denied = (m["no"] is not None) != (m["p"] == "not mainly")
        of = self._number(m, "n" if m["n"] == "both" else "m" if m.groupdict().get("m") else "of")
        number = self._number(m, "n")
        if re.search(r"\ball (?:of )?(?:the )?$", self.text[: m.start("n")]):
            of = number  # `all three of its maps`: it has no more
        self._take_form(m)
        self._say_placed(i, roles, number, of, negated=denied)
        if m["rest"]:
            theirs = self.s.who[named[-1]].roles
            number = self._number(m, "a" if m["a"] else "c")
            self._say_placed(i, theirs, number, self._number(m, "b") if m["b"] else of, negated=denied)
            if theirs == roles:
                self._say("unread", i)

    def _say_placed(
        self, i: int, roles: tuple[str, ...], number: int | str | None, total: int | str | None, *, negated: bool
    ) -> None:
        kind = "maps_usual" if len(roles) == 1 else "unread"
        number = total if number == "all" and total is not None else number
        self._say(kind, i, roles, value=(number, total), negated=negated)

    def _number(self, m: re.Match[str], group: str) -> int | str | None:
        """A count of a form; `all` and `none` as they stand, None where the form has none."""
        word = self._text(m, group) if m[group] else ""
        return word if word in ("all", "none") else 2 if word == "both" else count_of(word)

    def _tell_maps_listed(self, m: re.Match[str]) -> None:
        """`two of R's four maps, those for F and F,`: as many as are listed, of as many as are cited."""
        i = self._first(m)
        listed = self._named(m, "f")
        self._take(*(x for x in self._inside(m) if self.s[x].kind in ("count", "number", "all")))
        self.formed.append((m.start(), m.start("f")))
        if self._number(m, "n") != len(listed):
            self._say("unread", i)
        if m["of"]:
            own = self._inside(m, "", "role")
            roles = self.s.who[own[0]].roles if own else self._roles(i).roles
            self._say("maps_cited", i, roles, value=self._number(m, "of"))

    def _tell_maps_of(self, m: re.Match[str]) -> None:
        """`of R's four maps only ...`: as many as are cited."""
        own = self._inside(m, "", "role")
        self._take(*(x for x in self._inside(m) if self.s[x].kind in ("count", "number")))
        roles = self.s.who[own[0]].roles if own else self.before.role()
        self._say("maps_cited", self._first(m), roles, value=self._number(m, "of"))


_FORMS: Forms = (
    (
        ("of ",),
        re.compile(
            rf"(?:^|(?<=[;,:] )|(?<=\band )|(?<=\bwhile ))of (?:R+'s|its) (?P<of>{_W})"
            rf"(?: {_MAPS}|(?=,? only F+ (?:is|does|lies)\b)),? "
        ),
        MapCounts._tell_maps_of,
    ),
    (
        ("usual places",),
        re.compile(
            rf"\b(?P<n>{_MANY}) (?:of (?:R+'s|its) (?:(?P<of>{_W}) )?{_MAPS}|(?:(?P<m>{_W}) )?{_MAPS} (?:of|by) R+)"
            rf"(?: with (?:known )?usual places)? {_IN}{_REST}"
        ),
        MapCounts._tell_maps_placed,
    ),
    (
        ("usual places",),
        re.compile(rf"(?:R+'s|\bits) (?:attention|{_MAPS}) {_IN} (?:in|for|on) {_OF_FINDINGS}{_REST}"),
        MapCounts._tell_maps_placed,
    ),
    (
        ("usual places",),
        re.compile(rf"(?:R+'s|\bits) {_MAPS} for {_OF_FINDINGS} {_IN}{_REST}"),
        MapCounts._tell_maps_placed,
    ),
    (
        ("maps,",),
        re.compile(
            rf"\b(?P<n>{_W}) of (?:R+'s|its) (?:(?P<of>{_W}) )?{_MAPS}, (?:(?:namely )?(?:those|the ones) for )?"
            rf"(?P<f>{FINDINGS}),"
        ),
        MapCounts._tell_maps_listed,
    ),
)
