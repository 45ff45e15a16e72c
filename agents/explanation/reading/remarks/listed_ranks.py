"""A finding among a model's highest labels: at which rank a model has it, and whether it is one of them at all.

the baseline calls it with 0.90 and ranks it 1         it ranks 4 for the baseline, 3 for the fine-tuned model
the fine-tuned model does not list it among its highest labels         ..., without being one of its five highest
"""

from __future__ import annotations

import re

from ..cutting.sentence import VERB, count_of
from ..cutting.tokens import Who
from ..forms.forms import Forms
from ..words.words import ORDINALS
from .peak_remarks import PeakRemarks

_END = r"(?=$|[.,;:)]| (?:and|but|with|while|whereas|though|although|yet|which|where|as|at|for|in|of|by)\b)"
_OBJECT = r"(?:it|them|(?:this|that|the) finding|F+)"
_MANY = r"(?P<k>two|three|four|five)"
_LABELS = rf"(?:its|their|the|R+'s|those) (?:{_MANY} )?(?:highest labels|top labels|highest (?=$|[.,;:]))"
_OF = r"(?: (?:of|for|in|from) (?P<of>R+|both models|either model))?"
_AMONG = rf"(?:among|amongst|one of) {_LABELS}{_OF}"
_RANK = r"(?:(?:at|to|on|as) )?(?:(?:rank|place|number) )?(?P<n>N+|first|second|third|fourth|fifth)"
_ACTS = re.compile(VERB)
_SHARES_NEGATION = re.compile(r"\bn?or (?:to )?$")


class ListedRanks(PeakRemarks):
    """Statements on a model's highest labels."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _ranker(self, i: int, m: re.Match[str]) -> Who:
        """Whose labels a form speaks of: of the model named in it, else of the one that acts before it."""
        s = self.s
        theirs = self._inside(m, "other") if "other" in m.groupdict() and m["other"] else []
        own = [x for x in self._inside(m) if x in s.listed and x not in theirs]
        acting = [
            x for x in s.listed if s[x].end <= m.start() and not s[x].bracket and _ACTS.match(self.text, s[x].end)
        ]
        pick = own or [max(acting)] if own or acting else []
        return s.listed[pick[-1]] if pick else self._roles(i)

    def _ranked(self, i: int, m: re.Match[str]) -> tuple[str, ...]:
        """The finding that is ranked: the one named in the form, else the one before it."""
        return self._named(m, "o") or self._findings(i, forward=False)

    def _tell_place(self, m: re.Match[str]) -> None:
        """`R ranks it N`, `ranks it N among its highest labels, R N`."""
        if (number := self._whole(m, "n")) is None:
            return
        i = next(x for x in self._inside(m) if self.s[x].at >= m.start("n"))
        who, findings = self._ranker(i, m), self._ranked(i, m)
        denied = self._denied(i)
        self._take_form(m)
        if denied or who.quantity != "all" or _SHARES_NEGATION.search(m.string[: m.start()]):
            self._say("unread", i)
        for roles in [(role,) for role in who.roles] or [()]:
            self._say("native_rank", i, roles, findings, value=number)
        for x in self._inside(m, "other", "role") if "other" in m.groupdict() and m["other"] else ():
            self._say("native_rank", x, self.s.who[x].roles, findings, value=self._whole(m, "l"))

    def _whole(self, m: re.Match[str], group: str) -> str | None:
        """The rank a form gives, as digits; None for what is no rank, such as a score."""
        text = self.text[slice(*m.span(group))]
        rank = str(ORDINALS.get(text, text))
        return rank if rank.isdigit() else None

    def _tell_listed(self, m: re.Match[str]) -> None:
        """`R lists it among its highest labels`, `it is one of its five highest labels`, `outside its labels`."""
        i = self._inside(m, "", "rank")[0]
        who, findings = self._ranker(i, m), self._ranked(i, m)
        denied = self._denied(i) or _SHARES_NEGATION.search(m.string[: m.start()]) is not None
        self._take_form(m)
        outside = m.groupdict().get("out") is not None
        self._say("listed", i, who, findings, value=count_of(m["k"]) if m["k"] else None, negated=denied != outside)


_FORMS: Forms = (
    (
        ("rank", "put", "place", "list"),
        re.compile(
            rf"\b(?:ranks?|ranking|puts?|putting|places?|placing|lists?) (?P<o>{_OBJECT}) {_RANK}"
            rf"(?: (?:among|of|in|on) {_LABELS}{_OF})?"
            r"(?:(?:,? and|,? but|,? while|,) (?P<other>R+)(?: at(?: rank)?)? (?P<l>N+)"
            r"(?: among their highest labels)?)?"
            rf"{_END}"
        ),
        ListedRanks._tell_place,
    ),
    (
        ("ranks ", "ranked "),
        re.compile(
            rf"\b(?:ranks|ranked)(?P<o>) {_RANK}(?: (?:among|of|in) {_LABELS})?(?: (?:for|of|in|with|by) R+)?"
            rf"{_END}"
        ),
        ListedRanks._tell_place,
    ),
    (
        ("highest", "top labels"),
        re.compile(
            r"\b(?:ranks?|ranking|lists?|listing|has|have|having|counts?|counting|places?|placing|puts?|putting|names?)"
            rf" (?P<o>{_OBJECT}) {_AMONG}"
        ),
        ListedRanks._tell_listed,
    ),
    (
        ("highest", "top labels"),
        re.compile(
            rf"\b(?:is|are|was|being|be|(?:is|nor is) (?:it|this finding)|lies|counts)(?P<o>)(?: not)? {_AMONG}"
        ),
        ListedRanks._tell_listed,
    ),
    (
        ("outside",),
        re.compile(rf"\b(?P<out>outside)(?P<o>)(?: of)? {_LABELS}{_OF}"),
        ListedRanks._tell_listed,
    ),
)
