"""What filled-in reports remark: whose calls findings are, of whose maps only one lies well, what cannot be stated.

Edema and Fracture are calls of the baseline only          of the fine-tuned model's only the one for Edema does
no move of the attention can be stated                     the attention in neck has no counterpart after fine-tuning
gains and losses balance                                   Edema, a finding the baseline does not assess, ...
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .winners import Winners

_END = r"(?=$|[.,;:])"
_STATED = r"(?:stated|told|said|given|made out)"
_LIE_THERE = re.compile(
    r"\b(?:lies?|is|are|sits?|falls?) (?:mostly|mainly) (?:in|within|inside) (?:the )?usual places[;,]?"
    r"(?: and| but| while| whereas)? $"
)
_ONLY = r"(?: alone| only)?"
_NEGATION = re.compile(r"\b(?:not|no|none|neither|never|without|hardly)\b")


class ReportRemarks(Winners):
    """Remarks of filled-in reports."""

    def _forms(self) -> None:
        self._read_forms(_ASIDES)
        super()._forms()
        self._read_forms(_FORMS)

    def _tell_aside(self, m: re.Match[str]) -> None:
        """`F, a finding R does not assess, ...`: nothing else of the sentence is about that model."""
        x = self._inside(m, "", "role")[0]
        i = next(i for i, t in enumerate(self.s) if t.at >= m.end("r"))
        before = [f for f in sorted(self.s.groups) if self.s[f].at < m.start()]
        findings = (self.s.finding(before[-1]),) if before else ()
        role = self._model(m)
        self._take_form(m)
        self._say("assessed", i, role, findings, value="has", negated=m["not"] is not None)
        self.s.who.pop(x)
        self.s.listed.pop(x)

    def _tell_calls_of(self, m: re.Match[str]) -> None:
        """`F and F are calls of R only`, `F is among the calls of R, not of R`."""
        i = next(x for x in self._inside(m) if self.s[x].at >= m.end("f"))
        named = [x for x in self._inside(m, "who") if x in self.s.listed]
        who, findings, denied = self.s.listed[named[0]], self._named(m, "f"), m["not"] is not None
        self._take_form(m)
        if denied and who.quantity != "all":
            self._say("unread", i)
        self._say("call", i, Who(who.roles, who.quantity), findings, negated=denied)
        for x in self._inside(m, "other", "role") if m["other"] else ():
            self._say("call", x, self.s.who[x].roles, findings, negated=True)

    def _tell_only_one_does(self, m: re.Match[str]) -> None:
        """`R's maps lie mostly in usual places; of R's only the one for F does`, of the maps cited."""
        i, role, findings = self._first(m), self._model(m), self._named(m, "f")
        said = _LIE_THERE.search(m.string[: m.start()])
        clause = re.split(r"[;.:]", m.string[: said.start()])[-1] if said else "not"
        self._take_form(m)
        if _NEGATION.search(clause):
            self._say("unread", i)
        self._say("plausible", i, role, findings, value="inside")
        self._say("plausible_alone", i, role, findings)

    def _tell_no_move(self, m: re.Match[str]) -> None:
        """`no move of the attention can be stated`: not both models have a map that peaks."""
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("unread" if m["can"] else "no_move", i, ROLES, findings)

    def _tell_no_counterpart(self, m: re.Match[str]) -> None:
        """`the attention in Z has no counterpart in R`: the one map peaks there, the other is empty."""
        zone, role = self._inside(m, "", "zone")[0], self._model(m)
        other = tuple(r for r in ROLES if r not in role)
        findings = self._findings(zone)
        self._take_form(m)
        if m["none"] != "no":
            self._say("unread", zone)
        self._say("zone", zone, other, findings, value=self._zone_name_at(zone), cue="peak")
        self._say("no_move", zone, ROLES, findings)
        self._say("lacks_map", zone, role, findings)

    def _tell_not_placed(self, m: re.Match[str]) -> None:
        """`the attention can not be placed on anatomy`: no usual places are known."""
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("no_usual", i, (), findings)

    def _tell_by_score(self, m: re.Match[str]) -> None:
        """`what carries it is the lower score`: both models answer the same, and the verdict is of one finding."""
        i = self._first(m)
        findings, word = self._findings(i), (m["a"] or m["b"] or "").strip()
        self._take_form(m)
        self._say("verdict_by_score", i, ROLES, findings)
        if word:
            self._say("change", i, ROLES, findings, value="up" if word == "higher" else "down")

    def _tell_rests(self, m: re.Match[str]) -> None:
        """`the higher score seems to rest on anatomy`: of the model fine-tuned, whose map lies in usual places."""
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("change", i, ROLES, findings, value="up" if m["word"] == "higher" else "down")
        self._say("plausible", i, (ROLES[1],), findings, value="inside")

    def _tell_balance(self, m: re.Match[str]) -> None:
        """`gains and losses balance`: some answers became right, some wrong, and the verdict is NO CHANGE."""
        i = self._first(m)
        self._take_form(m)
        self._say("errors_exchanged", i)
        self._say("verdict_is", i, value="NO CHANGE")


_ASIDES: Forms = (
    (
        ("a finding",),
        re.compile(
            r"(?<=[FN]), (?:which is )?a finding (?:that |which )?(?P<r>R+) (?P<not>does not )?assess(?:es)?"
            r"(?=$|[.,;]| (?:and|with|at)\b)"
        ),
        ReportRemarks._tell_aside,
    ),
)
_FORMS: Forms = (
    (
        ("calls of", "call of"),
        re.compile(
            rf"(?P<f>{FINDINGS}),? (?:is|are) (?P<not>not )?(?:(?:among|one of|part of) the |an? |the )?(?:positive )?"
            r"calls? of (?P<who>(?:R+|(?:both|the two|either|neither) models?|both)(?: only| alone)?)"
            rf"(?P<other>,?(?: and| but)? not (?:of )?(?:those of )?R+)?{_END}"
        ),
        ReportRemarks._tell_calls_of,
    ),
    (
        ("only",),
        re.compile(
            rf"\bof R+'s (?:maps )?only (?:(?:the (?:one|map)|that) (?:for|of) )?(?P<f>{FINDINGS})"
            rf" (?:does|do)(?: so)?{_END}"
        ),
        ReportRemarks._tell_only_one_does,
    ),
    (
        ("move", "shift"),
        re.compile(
            rf"\b(?:no (?:move|shift)(?: of (?:the )?attention)? can be {_STATED}"
            r"|(?:a|the) (?:move|shift)(?: of (?:the )?attention)?(?: from one place to another)?"
            rf" (?:can not|(?P<can>can)) be {_STATED}){_END}"
        ),
        ReportRemarks._tell_no_move,
    ),
    (
        (" counterpart",),
        re.compile(
            rf"\battention in (?:the )?Z+ has (?P<none>no|an?|its) counterpart (?:in |with |for )?R+(?:'s)?{_END}"
        ),
        ReportRemarks._tell_no_counterpart,
    ),
    (
        ("on anatomy",),
        re.compile(rf"\b(?:attention|map) can not be placed on anatomy(?: in (?:that|this) sense)?{_END}"),
        ReportRemarks._tell_not_placed,
    ),
    (
        ("carrie", "drive", "rests on", "decide"),
        re.compile(
            r"\b(?:it|the verdict) (?:is (?:carried|driven|decided) by|rests on) the"
            rf" (?P<a>lower |higher )?scores?{_ONLY}{_END}"
            rf"|\bwhat (?:carries|drives|decides) (?:it|the verdict) is the (?P<b>lower |higher )?score{_ONLY}{_END}"
        ),
        ReportRemarks._tell_by_score,
    ),
    (
        ("rest on anatomy",),
        re.compile(
            rf"\bthe (?P<word>higher|lower) score (?:thus |therefore )?(?:seems to|may) rest on anatomy{_END}"
        ),
        ReportRemarks._tell_rests,
    ),
    (
        ("gains and losses",),
        re.compile(rf"\bgains and losses (?:balance(?: out)?|cancel(?: out)?|even out|offset each other){_END}"),
        ReportRemarks._tell_balance,
    ),
)
