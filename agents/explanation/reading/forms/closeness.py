"""How narrowly a call is made or missed: the narrowest of the calls, what separates a model from one, scores alone.

3 of 11 reach their threshold, the narrowest being Edema        the smallest margin of the model's calls
the surer of them is Edema at 0.63                              the higher score of its two calls
only a sliver separates the baseline from a call
what improves is no more than the score                         the calls stay, the score moves towards the label
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from .concord import Concord
from .forms import FINDINGS, Forms

_NEAR = r"(?:narrow|clos|tight|slimm|thinn)"
_FAR = r"(?:wid|clear|clean|saf)"
_SURE = r"(?:sur|strong|firm)"
_EXTREME = rf"(?:{_NEAR}|{_FAR}|{_SURE}|weak|larg|small|bigg|great)(?:er|est)"
_OF_CALLS = (
    r"(?: of (?:them|these|those|which|the two|(?:its|R+'s) (?:(?P<n>two|three|four|five|six|seven) )?calls))?"
)
_SMALL = re.compile(r"\b(?:sliver|hair|whisker|trifle|fraction|little|narrow|small|barely|mere)\b")
_SCORE_MOVES = {
    "improves": "better",
    "worsens": "worse",
    "rises": "up",
    "grows": "up",
    "falls": "down",
    "drops": "down",
}


class Closeness(Concord):
    """What a sentence says of how narrow a call is."""

    distances: int | None = None
    """The word that says that distances to thresholds differ."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_CLOSE)

    def _tell_close_to_call(self, m: re.Match[str]) -> None:
        """`R is close to calling F`: not called, by a score close below its threshold."""
        i = self._first(m)
        who, denied = self._roles(i), self._denied(i)
        findings = self._named(m, "f") or self._findings(i, forward=False)
        self._take_form(m)
        self._say("unread" if denied or m["un"] else "close", i, Who(who.roles), findings)
        self._say("call", i, Who(who.roles), findings, negated=True)

    def _tell_extreme(self, m: re.Match[str]) -> None:
        """`the narrowest being F`: the smallest margin, or the highest or lowest score, of a model's calls."""
        finding = self._inside(m, "", "finding")[-1]
        who, word = self._roles(finding), m["word"] or "surer"
        self._take_form(m)
        if number := m.groupdict().get("n"):
            self._say("calls_number", finding, Who(who.roles), value=count_of(number))
        if re.match(r"larg|small|bigg|great", word):
            self._say("unread", finding)  # of what, it does not say
            return
        measure = "margin" if re.match(rf"{_NEAR}|{_FAR}", word) else "score"
        most = re.match(rf"{_FAR}|{_SURE}", word) is not None
        value = measure, "most" if most else "least", "two" if word.endswith("r") else "all"
        self._say("extreme_call", finding, Who(who.roles), (self.s.finding(finding),), value=value)

    def _tell_closest(self, m: re.Match[str]) -> None:
        """`closest to its threshold is R's F`: the smallest margin of all the model's scores."""
        finding = self._inside(m, "f", "finding")[0]
        role = self._model(m) if self._inside(m, "", "role") else self._roles(finding).roles
        self._take_form(m)
        self._say("extreme_call", finding, role, (self.s.finding(finding),), value=("margin", "least", "scores"))

    def _tell_separates(self, m: re.Match[str]) -> None:
        """`a sliver separates R from a call`: no call, and a score close to the threshold."""
        i = self._inside(m)[0]
        role, findings = self._model(m), self._named(m, "f") or self._findings(i)
        self._take_form(m)
        self._take(*(x for x in self.s.of("only") if x < i))
        if re.search(r"\bnot (?:to )?$", self.text[: m.start()]):
            self._say("unread", i)
            return
        self._say("call", i, role, findings, negated=True)
        if _SMALL.search(self.text[: m.start()]):
            self._say("close", i, role, findings)

    def _tell_score_only(self, m: re.Match[str]) -> None:
        """`what improves is no more than the score`: the calls stay as they are."""
        i = self._inside(m)[0]
        findings = self._findings(i)
        self._take_form(m)
        self._say("calls_stay", i, ROLES, findings)
        move = _SCORE_MOVES.get(m["verb"])
        if move in ("better", "worse"):
            self._say("score_nears_label", i, ROLES, findings, negated=move == "worse")
        elif move is not None:
            self._say("change", i, ROLES, findings, value=move)

    def _tell_trouble(self, m: re.Match[str]) -> None:
        """`thresholds trouble them less on F`: both scores reach theirs."""
        i = self._inside(m)[0]
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("call", i, ROLES, findings, negated=m["word"] == "more")

    def _tell_distances(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self.distances = self._inside(m, "", "differ")[0]

    def _verbless(self) -> None:
        """`the distance to the threshold differs: ...`: that of the scores told behind it."""
        super()._verbless()
        if self.distances is None:
            return
        at = self.s[self.distances].at
        behind = [c for c in self.claims if c.kind == "number" and c.at > at and len(c.roles) == 1]
        pairs = tuple(dict.fromkeys((c.roles[0], f) for c in behind for f in c.findings))
        self._say("margins_differ" if len(pairs) > 1 else "unread", self.distances, value=pairs)


_CLOSE: Forms = (
    (
        ("est ", "er "),
        re.compile(
            rf"\bthe (?P<word>{_EXTREME}){_OF_CALLS}(?: (?:one|call))?,? (?:is|being|was) (?P<f>F+)(?! and\b)"
        ),
        Closeness._tell_extreme,
    ),
    (
        ("est call", "er call", "surer of"),
        re.compile(
            rf"R+'s (?P<word>{_EXTREME}) call is F+(?! and\b)"
            rf"|\bof (?:its|the) two calls,? (?:the )?R+ is surer of F+"
        ),
        Closeness._tell_extreme,
    ),
    (
        ("closest to",),
        re.compile(
            r"\b(?:the )?closest to (?:a|its|the|their) (?:bar|thresholds?|cut-?offs?)(?: (?:in|for|of) R+)?,?"
            r" (?:is|comes|stands|lies) (?:R+'s )?(?P<f>F+)(?! and\b)"
        ),
        Closeness._tell_closest,
    ),
    (
        ("separate",),
        re.compile(r"\bseparates? R+ from (?:a|the|its) (?:positive )?call(?: (?:of|for) (?P<f>F+))?(?=$|[.,;:])"),
        Closeness._tell_separates,
    ),
    (
        ("what ",),
        re.compile(
            r"\bwhat (?P<verb>improves|worsens|rises|grows|falls|drops|changes|differs|moves) is (?:no more than|only"
            r"|merely|just|nothing but) (?:the |its |their )?scores?(?=$|[.,;:])"
        ),
        Closeness._tell_score_only,
    ),
    (
        ("threshold", "cut-off"),
        re.compile(
            rf"\b(?:thresholds?|cut-offs?) (?:trouble|bother|hinder)s? (?:them|both(?: models)?) (?P<word>less|more)"
            rf" (?:on|for|with) (?P<f>{FINDINGS})"
        ),
        Closeness._tell_trouble,
    ),
    (
        ("close to", "near to"),
        re.compile(
            r"\b(?:close|near) to (?P<un>not )?(?:calling|flagging|detecting|a (?:positive )?calls?(?: (?:of|for|on))?)"
            rf"(?: (?:it|this finding|the finding|(?P<f>{FINDINGS})))?(?=$|[.,;:)]| (?:with|at|and|but|by)\b)"
        ),
        Closeness._tell_close_to_call,
    ),
    (
        ("distance", "margin"),
        re.compile(
            r"^(?:the )?(?:distances?|margins?)(?: (?:to|from|over) (?:the|their) thresholds?)? differs?"
            r"(?: (?:too|as well|also))?(?=:)"
        ),
        Closeness._tell_distances,
    ),
)
