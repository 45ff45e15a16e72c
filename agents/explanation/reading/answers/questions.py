"""Statements told as a question and its answer, or of `the one` model and `the other`.

if one asks which of the two is right on the case, the answer is the baseline and it alone
what the one calls is not called by the other       the fine-tuned model is the one that is wrong
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .report_remarks import ReportRemarks


class Questions(ReportRemarks):
    """Questions with their answers."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_QUESTIONS)

    def _tell_answer(self, m: re.Match[str]) -> None:
        """`which of the two is right on F, the answer is R`: that model and no other."""
        i, who = self._first(m), self._who_behind(m)
        asked = self._inside(m, "", "right") or self._inside(m, "", "call")
        findings = self._named(m, "f") if m["f"] else ()
        self._take_form(m)
        if who is None or len(who.roles) != 1 or not asked:
            self._say("unread", i)
        elif m["call"]:
            self._say("call", asked[0], Who(who.roles, "only"), findings)
        else:
            wrong = m["right"] in ("wrong", "mistaken")
            self._say("right", asked[0], Who(who.roles, "only"), findings, negated=wrong)

    def _tell_one_that_is(self, m: re.Match[str]) -> None:
        """`R is the one that is wrong`: and the other is not; on the finding spoken of, else on the case."""
        i = self._inside(m, "", "right")[0]
        findings = () if m["case"] else self._findings(i, forward=False)
        role = self._model(m)
        self._take_form(m)
        self._say("right", i, Who(role, "only"), findings, negated=m["right"] in ("wrong", "mistaken"))
        fault = re.match(r"(?:it|this|that) is (?P<no>not )?an? O+(?=, (?:so|hence)\b)", m.string)
        if fault is not None and len(role) == 1:
            outcome = self._inside(fault, "", "outcome")[0]
            self._take_form(fault)
            self._say("outcome", outcome, role, findings, negated=fault["no"] is not None)

    def _tell_one_not_other(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "call")
        i = (i or self._inside(m, "", "callnoun"))[0]
        findings = self._findings(i, forward=False)
        self._take_form(m)
        self._say("agree" if findings else "unread", i, ROLES, findings, value="differ")

    def _tell_only_one_to(self, m: re.Match[str]) -> None:
        """`R is the only one to call F`."""
        i, role, findings = self._inside(m, "", "call")[0], self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("call", i, Who(role, "only"), findings)

    def _tell_right_to(self, m: re.Match[str]) -> None:
        """`R is right to leave F uncalled and wrong to call F`."""
        i, findings = self._inside(m, "", "right")[0], self._named(m, "f")
        who = self._roles(i, forward=False)
        if (m["verb"] == "leave") != (m["left"] is not None):
            return
        self._take_form(m)
        self._say("call", i, who, findings, negated=(m["verb"] == "leave") != (m["no"] is not None))
        self._say("right", i, who, findings, negated=m["right"] in ("wrong", "mistaken"))

    def _tell_one_finds(self, m: re.Match[str]) -> None:
        """`only one of the two models finds F, namely R`."""
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("call", i, Who(role, "only"), findings)

    def _tell_asked_alone(self, m: re.Match[str]) -> None:
        """`asked about F alone`: what is asked about, not who answers."""
        self._take(*self._inside(m, "", "alone"), *self._inside(m, "", "only"))

    def _tell_sure(self, m: re.Match[str]) -> None:
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._named(m, "f")
        self._take(*(x for x in self._inside(m) if self.s[x].kind != "number"))
        self.formed.append(m.span())
        self._say("sure", i, role, findings)


_RIGHT = r"(?P<right>right|wrong|correct|mistaken)"

_QUESTIONS: Forms = (
    (
        ("right ", "wrong ", "correct ", "mistaken "),
        re.compile(
            rf"\b{_RIGHT} (?P<no>not )?to (?P<verb>leave|call|flag) (?P<f>{FINDINGS})(?P<left> (?:uncalled|alone))?\b"
        ),
        Questions._tell_right_to,
    ),
    (
        ("one of the two",),
        re.compile(
            r"\b(?:(?:only|just|exactly) )?one of the two(?: models)? (?:calls|finds|flags|detects) "
            rf"(?P<f>{FINDINGS})(?:, namely|,|:) R+(?=$|[.,;])"
        ),
        Questions._tell_one_finds,
    ),
    (
        ("asked ", "judged ", "compared "),
        re.compile(r"\b(?:asked|judged|compared) (?:about|on) F+ (?:alone|only)\b"),
        Questions._tell_asked_alone,
    ),
    (
        (" to call ", " to flag "),
        re.compile(rf"R+ is the only (?:one|model) (?:of the two )?to (?:call|flag) (?P<f>{FINDINGS})"),
        Questions._tell_only_one_to,
    ),
    (
        ("the answer is",),
        re.compile(
            rf"\bwhich (?:of the two|of them|model|one)(?: models)? (?:is {_RIGHT}(?: on (?:the|this) case)?"
            rf"|(?P<call>(?:calls|flags)\b))(?: on)?(?: (?P<f>{FINDINGS}))?,"
            r"(?: one (?:may|might|could) ask[,;:])? the answer is (?=R)"
        ),
        Questions._tell_answer,
    ),
    (
        ("that is ", "which is ", "who is "),
        re.compile(
            rf"R+ is the (?:one|model) (?:that|which|who) is {_RIGHT}(?P<case> on (?:the|this) case)?(?=$|[.,;])"
        ),
        Questions._tell_one_that_is,
    ),
    (
        ("one calls", "one model calls"),
        re.compile(
            r"\bwhat (?:the )?one (?:model )?calls(?: is not called by the other|,? the other does not)(?=$|[.,;])"
            r"|\bone (?:model )?calls it(?:,|,? and|,? but) the other does not(?=$|[.,;])"
        ),
        Questions._tell_one_not_other,
    ),
    (
        ("sure ", "certain ", "confident ", "convinced "),
        re.compile(
            r"R+ is (?:pretty |quite |very |rather |so )?(?:sure|certain|confident|convinced) (?:of|about) "
            r"(?P<f>F+(?: \(N+\))?(?:(?:, and|,| and) F+(?: \(N+\))?)*)"
        ),
        Questions._tell_sure,
    ),
)
