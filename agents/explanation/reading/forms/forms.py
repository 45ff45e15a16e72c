"""Set forms of statements that writers take over from the evidence, each read whole, slot by slot.

    it is at rank 3 of its highest labels
    the maps are mostly in usual places for Edema, 51 %, and NOT mainly for Pneumonia, 11 %

A form is sought in the sentence with its names masked, letter for letter, so that places stay: F for a finding,
Z a zone, R a model, N a number, O an outcome. What goes from one state to another goes from the baseline to the
fine-tuned model, for the prompts say so; where a model is named before it the form is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from ...facts import ROLES
from ..cutting.tokens import Who
from ..left_out.sameness import SamenessReading

_WITH_MODELS = frozenset(["only", "alone", "oneof"])
"""Kinds of token that a model's name takes up with it."""
_MASK = {"finding": "F", "zone": "Z", "role": "R", "number": "N", "outcome": "O"}
FINDINGS = r"F+(?:(?:, and|,| and) F+)*"
_SHARES = r"F+(?:, N+)?(?:(?:,? and|,) F+(?:, N+)?)*"
PLACE = r"(?:mostly|mainly|not mainly)"
ASIDE = r"(?: \(sides? as displayed\))?"
_MOVES = r"(?:goe?s?|went|moves?|moved|(?:has|have) (?:moved|gone|shifted)|shifts?|shifted)"


Forms = tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[Any, re.Match[str]], None]], ...]
"""Words of which a sentence in the form has one, the form, and what reads it."""


_TABLES: dict[int, tuple[Forms, dict[str, tuple[int, ...]]]] = {}
"""Tables of forms in use, each with the places of the forms that a word may stand in."""
_WORDS: dict[str, None] = {}
"""Words of all of them, in a sentence sought once."""


def _places_of(forms: Forms) -> dict[str, tuple[int, ...]]:
    found = _TABLES.get(id(forms))
    if found is None:
        words = dict.fromkeys(word for form in forms for word in form[0])
        found = forms, {w: tuple(n for n, form in enumerate(forms) if w in form[0]) for w in words}
        _TABLES[id(forms)] = found  # holds the table, so that its identity stays its own
        _WORDS.update(words)
    return found[1]


class FormReading(SamenessReading):
    """Statements in set forms."""

    _sought = 0
    """How many words the text was searched for."""
    _present: Sequence[str] = ()
    """Those of them that stand in it."""

    def _forms(self) -> None:
        self._read_forms(_FORMS)

    def _read_forms(self, forms: Forms) -> None:
        """Reads those of the forms of which some word stands in the text."""
        places = _places_of(forms)
        if self._sought != len(_WORDS):
            self._sought, text = len(_WORDS), self.text
            self._present = [word for word in _WORDS if word in text]
        told = {n for word in self._present if word in places for n in places[word]}
        for n in sorted(told):
            _, form, tell = forms[n]
            for m in form.finditer(self._shape):
                inside = [t for t in self.s if m.start() <= t.at < m.end()]
                if inside and not any(t.taken and t.kind not in _WITH_MODELS for t in inside if not t.bracket):
                    tell(self, m)

    @cached_property
    def _shape(self) -> str:
        """The text with the names in it masked."""
        masked = list(self.text)
        for t in self.s:
            if t.kind in _MASK:
                masked[t.at : t.end] = _MASK[t.kind] * (t.end - t.at)
        return "".join(masked)

    def _inside(self, m: re.Match[str], group: str = "", kind: str = "") -> list[int]:
        """Tokens of a group of a form, of one kind."""
        start, end = m.span(group) if group else m.span()
        return [i for i, t in enumerate(self.s) if start <= t.at < end and (not kind or t.kind == kind)]

    def _text(self, m: re.Match[str], group: str) -> str:
        """What stands in the text, unmasked, where a group of a form is."""
        start, end = m.span(group)
        return self.text[start:end]

    def _model(self, m: re.Match[str], n: int = 0) -> tuple[str, ...]:
        return self.s.who[self._inside(m, "", "role")[n]].roles

    def _first(self, m: re.Match[str]) -> int:
        return self._inside(m)[0]

    def _take_form(self, m: re.Match[str]) -> None:
        self._take(*(i for i in self._inside(m) if not self.s[i].bracket))
        self.formed.append(m.span())

    def _named(self, m: re.Match[str], group: str) -> tuple[str, ...]:
        return tuple(self.s.finding(i) for i in self._inside(m, group, "finding"))

    def _no_model_before(self, m: re.Match[str]) -> bool:
        """No model is named before the form in its part of the sentence, nor right behind it."""
        part = re.split(r"[;.:]", m.string[: m.start()])[-1]
        return "R" not in part and not re.match(r",? (?:\w+ )?(?:for|in|by|of|with|on) R", m.string[m.end() :])

    # ── from one state to another ───────────────────────────────────────────────────────────────────────────

    def _tell_arrow(self, m: re.Match[str]) -> None:
        a, b = self._inside(m, "", "outcome")
        findings = self._findings(a) if self.s.groups else ()
        self._take(*self._inside(m))
        self._say("outcome", a, (ROLES[0],), findings)
        self._say("outcome", b, (ROLES[1],), findings)
        for role, group in zip(ROLES, ("x", "y"), strict=True):
            if m[group]:
                number = self._inside(m, group, "number")[0]
                value = self.s[number].text, None
                self._say("number", number, (role,), findings, value=value, cue="score")

    def _tell_from_empty(self, m: re.Match[str]) -> None:
        if not self._no_model_before(m):
            return
        (zone,) = self._inside(m, "", "zone")
        (empty,) = self._inside(m, "", "empty")
        findings = self._findings(zone)
        self._take_form(m)
        a, b = ROLES if m["first"] else ROLES[::-1]
        self._say("has_map", empty, (a,), findings, value=False)
        self._say("zone", zone, (b,), findings, value=self._zone_name_at(zone), cue="peak")

    def _zone_name_at(self, i: int) -> str:
        text = self.s[i].text
        name = "outside the body" if text in ("off the body", "outside body") else text
        return self._zone_name(name, re.sub(r" (?:zone|region|area)$", "", name))

    # ── usual places ────────────────────────────────────────────────────────────────────────────────────────

    def _tell_place(self, m: re.Match[str]) -> None:
        (usual,) = self._inside(m, "", "usual")
        if any(self.s[x].kind == "neither" and self.s[x].clause == self.s[usual].clause for x in range(usual)):
            return
        who, findings = self._roles(usual), self._findings(usual)
        self._take_form(m)
        self._say("plausible", usual, Who(who.roles), findings, value="inside", negated=True)

    def _tell_places(self, m: re.Match[str]) -> None:
        """`R's maps are mostly in usual places for F, N, and F, N, and not mainly for F, N`."""
        (usual,) = self._inside(m, "", "usual")
        role = self.s.who[self._inside(m, "", "role")[0]].roles
        self._take_form(m)
        for part in re.finditer(rf"(?P<p>{PLACE}|empty)(?: in usual places)? for (?P<f>{_SHARES})", m[0]):
            at = m.start() + part.start("f"), m.start() + part.end("f")
            last: tuple[str, ...] = ()
            for i, t in enumerate(self.s):
                if not at[0] <= t.at < at[1]:
                    continue
                if t.kind == "finding":
                    last = (self.s.finding(i),)
                    if part["p"] == "empty":
                        self._say_empty(i, role, last)
                    else:
                        negated = part["p"] == "not mainly"
                        self._say("plausible", usual, role, last, value="inside", negated=negated)
                elif t.kind == "number":
                    self._say("number", i, role, last, value=(t.text, None), cue="share")

    def _say_empty(self, i: int, role: tuple[str, ...], findings: tuple[str, ...]) -> None:
        empty = self.s.of("empty")
        self._say("has_map", empty[0], role, findings, value=False)
        self._take(i)

    # ── ranks ───────────────────────────────────────────────────────────────────────────────────────────────

    def _tell_rank(self, m: re.Match[str]) -> None:
        number = self._inside(m, "n", "number")[0]
        findings = self._findings(number)
        who = self._roles(number)
        self._take_form(m)
        self._say("native_rank", number, who.roles, findings, value=self.s[number].text)

    def _tell_ranks(self, m: re.Match[str]) -> None:
        """`at rank N for R and rank N for R`, `at rank N of R's highest labels`."""
        numbers, models = self._inside(m, "", "number"), self._inside(m, "", "role")
        findings = self._findings(numbers[0])
        self._take_form(m)
        for number, model in zip(numbers, models, strict=False):
            role = self.s.who[model].roles
            self._say("native_rank", number, role, findings, value=self.s[number].text)
        if m.groupdict().get("none"):
            self._say("native_rank", models[-1], self.s.who[models[-1]].roles, findings, value="none")

    def _tell_highest(self, m: re.Match[str]) -> None:
        (rank,) = self._inside(m, "", "rank")
        findings = self._findings(rank)
        self._take_form(m)
        for role in ROLES:
            self._say("native_rank", rank, (role,), findings, value="1")


_FORMS: Forms = (
    (
        ("->",),
        re.compile(r"(?<=\()O+ -> O+(?:, score (?P<x>N+) -> (?P<y>N+))?(?=\))"),
        FormReading._tell_arrow,
    ),
    (
        ("empty",),
        re.compile(
            rf"\battention {_MOVES} from (?:(?P<first>an empty map) to a map (?:that peaks|peaking) in (?:the )?Z+"
            r"|a map (?:that peaks|peaking) in (?:the )?Z+ to an empty (?:map|one))(?=$|[.,;:])"
        ),
        FormReading._tell_from_empty,
    ),
    (
        ("mainly", "mostly"),
        re.compile(
            rf"R+'s (?:heat)?maps? (?:are|is|lies?) {PLACE} in (?:the )?usual places for {_SHARES}"
            rf",? (?:and |but )?{PLACE} for {_SHARES}(?:,? and empty for {FINDINGS})?(?=$|[.;])"
        ),
        FormReading._tell_places,
    ),
    (
        ("not mainly",),
        re.compile(r"(?<=\b(?:is|es|re) )not mainly in (?:the )?usual places(?=$|[.,;:])"),
        FormReading._tell_place,
    ),
    (
        ("rank ",),
        re.compile(
            r"\bat rank N+ for R+,? and (?:at )?rank N+ for R+"
            r"|\bat rank N+ of R+'s highest labels(?P<none>,? and not among those of R+)?(?=$|[.,;:])"
        ),
        FormReading._tell_ranks,
    ),
    (
        ("rank ",),
        re.compile(
            r"(?:(?<=\bis )|(?<=, )|(?<=still )|(?<=also ))(?:its highest label, )?at rank (?P<n>N+)"
            r"(?: of its highest labels)?(?=$|[.,;:])"
        ),
        FormReading._tell_rank,
    ),
    (
        ("highest label",),
        re.compile(r"\bit is the highest label of (?:each|both)(?: models?)?(?=$|[.,;:])"),
        FormReading._tell_highest,
    ),
)
