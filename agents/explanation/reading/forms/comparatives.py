"""Comparisons whose other side goes without saying, and the two numbers told with them.

    the share in usual places is higher for the baseline, 62 % compared with 18 %
    the fine-tuned model has a lower threshold than the baseline, 0.40 against 0.50
    the baseline's is the better placed, with 62 % in usual places against 18 %

Of two numbers set against each other the first is the one of the model that the comparison is about.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from .closeness import Closeness
from .forms import Forms

_MUCH = r"(?:(?:much|far|clearly|slightly|somewhat|a little|considerably|markedly) )?"
_WORD = r"(?P<word>higher|lower|larger|smaller|greater)"
_NOUN = r"(?P<noun>scores?|thresholds?|cut-offs?|shares? in usual places)"
_AGAINST = (
    r"(?:against|versus|vs|rather than|instead of|compared (?:with|to)|as (?:against|opposed to|compared with))"
)
_PAIR = (
    rf"(?:,? (?:at |with )?(?P<a>N+)(?: in (?:the )?usual places)?,? {_AGAINST} (?P<b>N+)(?=$|[.,;:]| and\b))?"
    r"(?! (?:than|against|compared)\b)"
)
_KINDS = {"sc": ("compare", "score"), "th": ("threshold_more", "threshold"), "cu": ("threshold_more", "threshold")}


class Comparatives(Closeness):
    """What a sentence compares of two models without naming both."""

    def _forms(self) -> None:
        self._read_forms(_COMPARATIVES)
        super()._forms()

    def _tell_is_higher(self, m: re.Match[str]) -> None:
        i = self._inside(m)[0]
        named = self._inside(m, "", "role")
        role = self.s.who[named[0]].roles if named else self._roles(i, forward=False).roles
        self._tell_compared(m, i, role, *_KINDS.get(m["noun"][:2], ("share_more", "share")))

    def _tell_placed(self, m: re.Match[str]) -> None:
        self._tell_compared(m, self._inside(m)[0], self._model(m), "share_more", "share")

    def _tell_surer(self, m: re.Match[str]) -> None:
        self._tell_compared(m, self._inside(m)[0], self._model(m), "compare", "score")

    def _tell_compared(self, m: re.Match[str], i: int, role: tuple[str, ...], kind: str, cue: str) -> None:
        """The comparison, and of each model its number."""
        findings, other = self._findings(i), tuple(r for r in ROLES if r not in role)
        named = {r for x in self._inside(m, "", "role") for r in self.s.who[x].roles}
        self._take_form(m)
        told = [c for c in self.before.told if c.kind == "number" and c.cue == cue and c.roles == role]
        of_findings = kind == "compare" and any(c.findings != findings for c in told) and len(named) < len(ROLES)
        if len(role) != 1 or of_findings:  # `its score for F is higher`: than that for another finding
            self._say("unread", i)
            return
        up = re.match(r"higher|larger|greater|more|better", m["word"]) is not None
        self._say(kind, i, (*role, *other), findings, value="up" if up else "down")
        if m["a"]:
            for of, group in ((role, "a"), (other, "b")):
                number = self._inside(m, group, "number")[0]
                self._say("number", number, of, findings, value=(self.s[number].text, None), cue=cue)


_COMPARATIVES: Forms = (
    (
        ("higher", "lower", "larger", "smaller", "greater"),
        re.compile(
            rf"(?:R+'s )?\b{_NOUN}(?: (?:for|of|on) F+)? (?:is|are|was|lies|gets|becomes) {_MUCH}{_WORD}"
            rf"(?: (?:(?:for|in|with|of) )?R+)?(?: (?:for|on) F+)?{_PAIR}"
        ),
        Comparatives._tell_is_higher,
    ),
    (
        ("higher", "lower", "larger", "smaller", "greater"),
        re.compile(
            rf"R+ has (?:a|the) {_MUCH}{_WORD} (?P<noun>threshold|cut-off)(?: (?:for|on) F+)?"
            rf"(?: than R+(?: does)?)?{_PAIR}"
        ),
        Comparatives._tell_is_higher,
    ),
    (
        (" placed", "-placed"),
        re.compile(rf"R+'s (?:map |one )?is the (?P<word>better|worse)[- ]placed(?: (?:one|map))?{_PAIR}"),
        Comparatives._tell_placed,
    ),
    (
        (" sure of", " sure about", " certain of", " confident of", " confident about"),
        re.compile(
            rf"R+ is {_MUCH}(?P<word>more|less) (?:sure|certain|confident) (?:of|about) F+ than R+(?: is)?{_PAIR}"
        ),
        Comparatives._tell_surer,
    ),
)
