"""Where two models agree and where they part, by what is compared: calls, attention, peaks, answers in common.

On Edema the two agree in call but not in attention.
The maps could hardly be placed more differently.       they peak in different places
Attention mirrors that.                                 the maps part where the calls told before do
The two share more failures than successes.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .flat_maps import FlatMaps
from .forms import Forms

_CALLS = r"(?:calls?|answers?|verdicts?|decisions?)"
_PLACES = r"(?:attention|places?|placement|focus|peaks?|where they look)"
_SCOPE = rf"(?:{_CALLS}|{_PLACES})"
_IN = r"(?:in|on|as to|about|over) (?:the |their )?"
_WRONG = r"(?:failures|errors|mistakes|wrong answers)"
_RIGHT = r"(?:successes|right answers|correct answers)"
_SHARED = r"(?: (?:in common|together))?"


class Concord(FlatMaps):
    """What two models have in common and what not."""

    def _forms(self) -> None:
        self._read_forms(_CONCORD)  # `each has a map that is not mainly ...` before `is not mainly ...`
        super()._forms()

    def _tell_scopes(self, m: re.Match[str]) -> None:
        """`agree in call but not in attention`, `differ in call and in place`, `agree not in place but in call`."""
        i = self._inside(m, "verb")[0]
        findings, alike = self._findings(i), m["verb"].startswith("agree")
        if self._denied(i):
            self._say("unread", i)
            return
        self._take_form(m)
        self._say_alike(i, findings, m["a"], alike=alike != (m["not"] is not None))
        self._say_alike(i, findings, m["b"], alike=alike != ("not" in m["joined"]))

    def _say_alike(self, i: int, findings: tuple[str, ...], what: str, *, alike: bool) -> None:
        if re.fullmatch(_CALLS, what):
            self._say("agree", i, ROLES, findings, value="agree" if alike else "differ")
        else:
            self._say("places_differ", i, ROLES, findings, negated=alike)

    def _tell_no_peak_shared(self, m: re.Match[str]) -> None:
        """Of the finding named before it, else of every finding that both models have a map for."""
        i = self._inside(m)[-1]
        group = next((x for x in sorted(self.s.groups, reverse=True) if x < i), None)
        self._take_form(m)
        if group is None:
            self._say("no_peak_shared", i)
        else:
            self._take(*self.s.groups[group])
            self._say("places_differ", i, ROLES, self.s.group(group))

    def _tell_peaks_apart(self, m: re.Match[str]) -> None:
        """`neither map for F peaks where the other does`, `the peaks differ for F, Z versus Z`."""
        zones, i = self._inside(m, "", "zone"), self._inside(m)[0]
        findings = self._findings(i)
        self._take_form(m)
        self._say("places_differ", i, ROLES, findings)
        for role, zone in zip(ROLES, zones, strict=False):
            self._say("zone", zone, (role,), findings, value=self._zone_name_at(zone), cue="peak")

    def _tell_unlike(self, m: re.Match[str]) -> None:
        i = self._inside(m)[-1]
        findings = self._findings(i)
        self._take_form(m)
        self._say("places_differ" if re.search(_PLACES + r"|\bmaps\b", m[0]) else "unread", i, ROLES, findings)

    def _tell_mirrors(self, m: re.Match[str]) -> None:
        """The maps part where the calls told before do; where both models called alike, they do not."""
        told = [c for c in self.before.told if c.kind == "call" and c.quantity == "all" and len(c.roles) == 1]
        i = self._inside(m)[0]
        findings = told[-1].findings if told else ()
        calls = {c.roles[0]: c.negated for c in told if c.findings == findings}
        self._take_form(m)
        if len(calls) < len(ROLES):
            self._say("unread", i)
        else:
            self._say("places_differ", i, ROLES, findings, negated=len(set(calls.values())) == 1)

    def _tell_more_failures(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "more")[0]
        self._take_form(m)
        wrong_first = re.fullmatch(_WRONG, m["a"]) is not None
        self._say("shared_outcomes", i, ROLES, value="wrong" if wrong_first == (m["word"] == "more") else "right")

    def _tell_one_map_order(self, m: re.Match[str]) -> None:
        """`R's F map seems less plausible than its G map`: the shares of one model's two maps."""
        i = self._inside(m, "word")[0]
        role, first, second = self._model(m), self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("place_order", i, role, (*first, *second), value="up" if m["word"] == "more" else "down")
        for what, finding in ((m["x"], first), (m["y"], second)):
            if what == "call":
                self._say("call", i, role, finding)

    def _tell_likewise(self, m: re.Match[str]) -> None:
        """`Likewise for F`: what was told, once more."""
        self._same_again(self._inside(m)[0], m.start("of"))

    def _tell_each_map(self, m: re.Match[str]) -> None:
        """`each has a map that is not mainly in usual places`: some map of each model, of those cited."""
        i = self._inside(m, "", "usual")[0]
        self._take_form(m)
        self._say("some_map_usual", i, Who(ROLES), negated=m["no"] is not None)


_CONCORD: Forms = (
    (
        ("agree", "differ"),
        re.compile(
            rf"\b(?P<verb>agree|differ|disagree)(?: (?P<not>not))?(?: both)? {_IN}(?P<a>{_SCOPE})"
            rf"(?P<joined>,? (?:but |and )?not|,? but|,? and|,? as well as)(?: (?:also )?{_IN}| )(?P<b>{_SCOPE})\b"
        ),
        Concord._tell_scopes,
    ),
    (
        ("is shared",),
        re.compile(r"(?:\bwhere both have (?:a )?maps?, )?\bno (?:peak|place|zone) is shared(?=$|[.,;:])"),
        Concord._tell_no_peak_shared,
    ),
    (
        ("the other does", "different peaks", "in different", "peaks differ"),
        re.compile(
            r"\bneither(?: map| of the maps)?(?: for F+)? peaks where the other does(?=$|[.,;:])"
            r"|\b(?:have|show|with) different peaks\b|(?<=\bmaps )(?:for F+ )?peak in different"
            r" (?:places|zones|spots)\b"
            r"|\bthe (?:two )?peaks differ for F+, Z+ (?:versus|against) Z+(?=$|[.;])"
        ),
        Concord._tell_peaks_apart,
    ),
    (
        ("hardly", "scarcely"),
        re.compile(
            rf"(?:\bmaps|\b{_PLACES})(?: of R+ and R+)? could (?:hardly|scarcely) (?:be|lie|sit|look)(?: placed)?"
            r" (?:more (?:different|differently|unlike)|(?:further|farther) apart)(?=$|[.,;:])"
        ),
        Concord._tell_unlike,
    ),
    (
        ("mirror", "reflect", "echo"),
        re.compile(
            r"^(?:the )?(?:attention|maps) (?:mirrors?|reflects?|echo(?:es)?) (?:this|that|it)(?: split| difference)?"
            r"(?=$|[.,;:])"
        ),
        Concord._tell_mirrors,
    ),
    (
        ("more ", "fewer "),
        re.compile(
            rf"\b(?:share|have) (?P<word>more|fewer) (?:common |shared )?(?P<a>{_WRONG}|{_RIGHT}){_SHARED}"
            rf" than (?:common |shared )?(?:{_WRONG}|{_RIGHT}){_SHARED}(?=$|[.,;:])"
        ),
        Concord._tell_more_failures,
    ),
    (
        (" plausible",),
        re.compile(
            r"R+'s (?P<f>F+) (?P<x>call|map) (?:is|seems|looks|appears|may be|might be) (?P<word>more|less) plausible"
            r"(?: in place)? than its (?P<g>F+) (?P<y>call|map)(?=$|[.,;:])"
        ),
        Concord._tell_one_map_order,
    ),
    (
        ("likewise", "similarly", "so too"),
        re.compile(r"^(?:likewise|similarly|so too),? (?:for|with|on) (?P<of>F+|R+)(?=\.?$)"),
        Concord._tell_likewise,
    ),
    (
        ("has a map",),
        re.compile(
            r"\beach(?: model)? has a map that (?:is|lies) (?P<no>not )?(?:mainly|mostly) in (?:the )?usual places"
            r"(?=$|[.,;:])"
        ),
        Concord._tell_each_map,
    ),
)
