"""Calls as what one model has or both share: lists of calls, calls that belong to a model, findings that escape it.

    Edema and Fracture are the shared calls         Pneumothorax is on neither list of calls
    Edema belongs to the baseline alone             Fracture escapes both models
    the baseline's four calls include Edema and Fracture, neither shared by its counterpart

`not called by both models` denies that both call it: one of them may.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from ..remarks.remarks import RemarkReading

_BOTH = r"(?:both|the two)(?: models| of them)?"
_CALL = r"(?:calls?|flags?|makes?|shares?|have)"
_LIST = r"(?:lists?|sets?) of (?:positive )?calls"
_SHARED_CALLS = rf"(?:shared|common) calls?(?: of {_BOTH})?\b"
_ARE = r"(?:is|are|stands?|appears?|figures?|features?|occurs?)"


class SharedCalls(RemarkReading):
    """What models' calls have in common and what not."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_SHARED)

    def _who_behind(self, m: re.Match[str]) -> Who | None:
        """The models named right behind a form."""
        at = next((i for i, t in enumerate(self.s) if t.at >= m.end()), None)
        if at is not None and self.s[at].kind == "only":
            at += 1
        return None if at is None else self.s.listed.get(at)

    def _listed_in(self, m: re.Match[str]) -> tuple[str, ...]:
        """The whole list of findings that a form's last one belongs to."""
        return self.s.group(self._inside(m, "f", "finding")[-1])

    def _say_called(self, m: re.Match[str], i: int, who: Who, *, negated: bool) -> None:
        """That models call what a form names; who alone is denied to call it is left open."""
        findings = self._listed_in(m)
        self._take_form(m)
        if negated and who.quantity != "all":
            self._say("unread", i)
        elif negated and who.roles == ROLES:
            self._say("not_both_call", i, ROLES, findings)
        else:
            self._say("call", i, who, findings, negated=negated)

    def _tell_on_lists(self, m: re.Match[str]) -> None:
        who = Who(ROLES, "neither" if m["q"].startswith("neither") else "all")
        self._say_called(m, self._first(m), who, negated=False)

    def _tell_shared(self, m: re.Match[str]) -> None:
        """`X and Y are the shared calls` names all of them, `X is a shared call` one."""
        every = m["the"] is not None and m["no"] is None
        self._say_called(m, self._first(m), Who(ROLES), negated=m["no"] is not None)
        if every:
            self._say("both_only", self._first(m), ROLES, self._listed_in(m))

    def _tell_of_both(self, m: re.Match[str]) -> None:
        """`not a finding that both call`, `not called by both, only by R`."""
        i, only = self._first(m), m.groupdict().get("only")
        who = self._who_behind(m)
        self._say_called(m, i, Who(ROLES), negated=m["no"] is not None)
        if only is not None:
            told = who is not None and len(who.roles) == 1
            self._say("call" if told else "unread", i, Who(who.roles if who else (), "only"), self._listed_in(m))

    def _tell_belongs(self, m: re.Match[str]) -> None:
        who = self._who_behind(m)
        if who is not None:
            self._say_called(m, self._first(m), who, negated=m["no"] is not None)

    def _tell_escapes(self, m: re.Match[str]) -> None:
        who = self._who_behind(m)
        if who is None or who.quantity != "all" or (m["no"] and who.roles == ROLES):
            return
        findings = self._listed_in(m)
        self._take_form(m)
        self._say("call", self._first(m), who, findings, negated=m["no"] is None)

    def _tell_leaves_alone(self, m: re.Match[str]) -> None:
        i, findings = self._inside(m, "f", "finding")[0], self._listed_in(m)
        role = self.s.listed[i - 1].roles if i - 1 in self.s.listed else ()
        self._take_form(m)
        self._say("call", i, role, findings, negated=True)

    def _tell_includes(self, m: re.Match[str]) -> None:
        """`R's four calls include F and F, neither of them shared by R`."""
        role, findings, i = self._model(m), self._listed_in(m), self._inside(m, "f", "finding")[0]
        self._take_form(m)
        if m["n"] is not None:
            self._say("calls_number", i, role, value=count_of(m["n"]))
        self._say("call", i, role, findings, negated=m["no"] is not None)
        if m["q"] is None:
            return
        who = self._who_behind(m)
        fits = who is not None and who.quantity == "all" and (m["q"] in ("none", "all") or len(findings) == 2)
        if who is None or not fits or m["no"]:
            self._say("unread", i)
        else:
            self._say("call", i, who, findings, negated=m["q"] in ("neither", "none"))

    def _tell_share_count(self, m: re.Match[str]) -> None:
        """`the two share three calls: F, F and F`, `three findings are called by both, namely ...`."""
        i, number = self._first(m), count_of(self.text[m.start("n") : m.end("n")])
        findings = self._listed_in(m) if m["f"] else ()
        self._take_form(m)
        self._say("both_count", i, ROLES, value=number)
        if findings:
            self._say("both_only" if len(findings) == number else "unread", i, ROLES, findings)

    def _tell_alone_in(self, m: re.Match[str]) -> None:
        """`nothing but F is called by R alone`: of all it calls, what the other does not."""
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("only_these", i, role, findings)

    def _tell_new(self, m: re.Match[str]) -> None:
        """`F and F are new calls of the fine-tuned model`."""
        i, role, findings = self._first(m), self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("call" if role == ("finetuned",) else "unread", i, Who(role, "only"), findings)

    def _tell_neither_nor(self, m: re.Match[str]) -> None:
        """`neither F nor F is called by R`."""
        i, who, findings = self._inside(m, "f", "finding")[0], self._who_behind(m), self._named(m, "f")
        if who is not None and who.quantity in ("all", "either"):
            self._take_form(m)
            self._say("call", i, Who(who.roles, "neither"), findings)

    def _tell_calls_neither(self, m: re.Match[str]) -> None:
        """`R calls neither F nor F`."""
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._named(m, "f")
        self._take_form(m)
        self._say("call", i, role, findings, negated=True)

    def _tell_part_shared(self, m: re.Match[str]) -> None:
        """`of the N calls of R, N are shared by R`, `N of R's N calls are not shared by R`."""
        i, role, findings = self._first(m), self._model(m), self._listed_in(m) if m["f"] else ()
        number, total = (count_of(self.text[m.start(g) : m.end(g)]) for g in ("n", "of"))
        other = self._model(m, 1)
        self._take_form(m)
        if role == other or (findings and (m["no"] or len(findings) != number)):
            self._say("unread", i)
        self._say("calls_number", i, role, value=total)
        if m["no"]:
            self._say("only_count", i, role, value=number)
        else:
            self._say("both_count", i, ROLES, value=number)
        if findings:
            self._say("both_only", i, ROLES, findings)

    def _tell_calls_that_not(self, m: re.Match[str]) -> None:
        """`R makes calls for F and F that R does not make`, `that R does make`."""
        i, role, findings = self._first(m), self._model(m), self._listed_in(m)
        who = Who(role, "only") if m["no"] else Who(ROLES)
        self._take_form(m)
        self._say("unread" if role == self._model(m, 1) else "call", i, who, findings)

    def _tell_overlap(self, m: re.Match[str]) -> None:
        i, findings = self._first(m), self._listed_in(m)
        self._take_form(m)
        self._say("both_only", i, ROLES, findings)

    def _tell_shared_right(self, m: re.Match[str]) -> None:
        i, first, second = self._first(m), self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        self._say("call", i, Who(ROLES), (*first, *second))
        for findings, word in ((first, m["a"]), (second, m["b"])):
            self._say("right", i, Who(ROLES), findings, negated=word == "wrong")

    def _tell_on_list(self, m: re.Match[str]) -> None:
        """`F does not make it onto R's list of calls`."""
        i, role, findings = self._first(m), self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("call", i, role, findings, negated=m["no"] is not None)

    def _tell_no_label_called(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("no_true_call", self._first(m))


_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|N+)"

_SHARED: Forms = (
    (
        ("what both",),
        re.compile(rf"(?P<f>{FINDINGS}) (?:is|are) what both(?: models)? (?:call|flag)(?=$|[.,;])"),
        SharedCalls._tell_overlap,
    ),
    (
        ("of the shared calls",),
        re.compile(
            rf"\bof the shared calls, (?P<f>{FINDINGS}) (?:is|are) (?P<a>right|wrong)(?: and|,? but|,) "
            rf"(?P<g>{FINDINGS}) (?:(?:is|are) )?(?P<b>right|wrong)(?=$|[.,;])"
        ),
        SharedCalls._tell_shared_right,
    ),
    (
        (" neither ",),
        re.compile(r"R+ (?:calls|flags|detects|finds) neither (?P<f>F+ nor F+)(?=$|[.,;])"),
        SharedCalls._tell_calls_neither,
    ),
    (
        ("shared by", "made by", "repeated by"),
        re.compile(
            rf"\b(?P<n>{_NUMBER}) of (?:the )?R+'s (?P<of>{_NUMBER}) calls (?:is|are) (?P<no>not )?"
            rf"(?:shared|also made|repeated) by R+(?:, namely (?P<f>{FINDINGS}))?(?=$|[.,;])"
        ),
        SharedCalls._tell_part_shared,
    ),
    (
        ("shared by", "made by", "repeated by"),
        re.compile(
            rf"\b(?P<n>{_NUMBER}) of the (?P<of>{_NUMBER}) calls of R+ (?:is|are) (?P<no>not )?"
            rf"(?:shared|also made|repeated) by R+(?:, namely (?P<f>{FINDINGS}))?(?=$|[.,;])"
        ),
        SharedCalls._tell_part_shared,
    ),
    (
        ("shared by", "made by", "repeated by"),
        re.compile(
            rf"\bof the (?P<of>{_NUMBER}) calls of R+, (?P<n>{_NUMBER}) (?:is|are) (?P<no>not )?"
            rf"(?:shared|also made|repeated) by R+(?:, namely (?P<f>{FINDINGS}))?(?=$|[.,;])"
        ),
        SharedCalls._tell_part_shared,
    ),
    (
        ("makes ",),
        re.compile(
            rf"R+ makes (?:an? )?calls? (?:for|of|on) (?P<f>{FINDINGS}) that R+ "
            r"(?:does (?P<no>not )?(?:also )?(?:make|share)|(?:also )?(?:makes|shares))(?=$|[.,;])"
        ),
        SharedCalls._tell_calls_that_not,
    ),
    (
        (" does not is ",),
        re.compile(
            r"\bthe (?:one|only) finding that R+ calls and (?:that |which )?R+ does not is "
            rf"(?P<f>{FINDINGS})(?=$|[.,;])"
        ),
        SharedCalls._tell_alone_in,
    ),
    (
        ("overlap",),
        re.compile(
            rf"\bthe (?:overlap (?:between|of) the calls is|calls overlap on) (?:only )?(?P<f>{FINDINGS})"
            r"(?: alone| only)?(?=$|[.,;])"
        ),
        SharedCalls._tell_overlap,
    ),
    (
        (" share ",),
        re.compile(rf"\b{_BOTH} share (?P<n>{_NUMBER}) calls(?:(?:, namely|:) (?P<f>{FINDINGS}))?(?=$|[.,;])"),
        SharedCalls._tell_share_count,
    ),
    (
        ("by both",),
        re.compile(
            rf"\b(?P<n>{_NUMBER}) findings are (?:called|shared|flagged) by {_BOTH}"
            rf"(?:(?:, namely|:) (?P<f>{FINDINGS}))?(?=$|[.,;])"
        ),
        SharedCalls._tell_share_count,
    ),
    (
        ("nothing but",),
        re.compile(rf"\bnothing but (?P<f>{FINDINGS}) is called by R+ alone(?=$|[.,;])"),
        SharedCalls._tell_alone_in,
    ),
    (
        ("not shared", "unshared"),
        re.compile(
            rf"R+'s only (?:calls? that (?:is|are) not shared|unshared calls?) (?:is|are) (?P<f>{FINDINGS})(?=$|[.,;])"
        ),
        SharedCalls._tell_alone_in,
    ),
    (
        ("new call",),
        re.compile(rf"(?P<f>{FINDINGS}) (?:is an?|are) new calls? (?:of|by|from) R+"),
        SharedCalls._tell_new,
    ),
    (
        ("neither ",),
        re.compile(r"\bneither (?P<f>F+(?:, F+)*,? nor F+) is (?:called|flagged) by "),
        SharedCalls._tell_neither_nor,
    ),
    (
        ("list of calls",),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:(?:does|do) (?P<no>not) )?(?:makes? it|gets?|is|are) (?:onto|on|in) "
            r"R+'s list of calls"
        ),
        SharedCalls._tell_on_list,
    ),
    (
        ("list", "set"),
        re.compile(
            rf"(?P<f>{FINDINGS}) {_ARE} (?:on|in|among) (?P<q>neither(?: model's| of the)?|both(?: models')?) {_LIST}\b"
        ),
        SharedCalls._tell_on_lists,
    ),
    (
        ("shared call", "common call"),
        re.compile(rf"(?P<f>{FINDINGS}) (?:is|are) (?P<no>not )?(?P<the>the )?(?:an? |only )*{_SHARED_CALLS}"),
        SharedCalls._tell_shared,
    ),
    (
        ("shared call", "common call"),
        re.compile(rf"\b(?P<the>the )(?:only )?{_SHARED_CALLS} (?:is|are) (?P<no>not )?(?P<f>{FINDINGS})"),
        SharedCalls._tell_shared,
    ),
    (
        ("that both", "which both"),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:is|are) (?P<no>not )?(?:an? |the )?(?:findings?|calls?|ones?) (?:that|which)"
            rf" {_BOTH} {_CALL}\b"
        ),
        SharedCalls._tell_of_both,
    ),
    (
        ("by both", "by the two"),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:is|are) (?P<no>not )(?:called|flagged|shared) by {_BOTH}(?P<only>, only by)?"
        ),
        SharedCalls._tell_of_both,
    ),
    (
        ("belong",),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?P<no>(?:does|do) not )?(?:only |also )?belongs? (?:(?:only|solely) )?to (?!a\b)"
        ),
        SharedCalls._tell_belongs,
    ),
    (
        (" alone",),
        re.compile(rf"(?<=R )leaves (?P<f>{FINDINGS}) alone(?=$|[.,;]| and\b| while\b)"),
        SharedCalls._tell_leaves_alone,
    ),
    (
        ("escape", "elude"),
        re.compile(rf"(?P<f>{FINDINGS}) (?P<no>(?:does|do) not )?(?:also )?(?:escapes?|eludes?) "),
        SharedCalls._tell_escapes,
    ),
    (
        ("calls ",),
        re.compile(
            rf"R+'s (?:(?P<n>[a-z]+) )?calls (?P<no>do not )?(?:include|comprise|contain) (?:the )?(?P<f>{FINDINGS})"
            r"(?:,? (?P<q>neither|none|both|all)(?: of (?:them|which|these|the two))?(?: is| are| being)?"
            r" (?:shared|called) by )?"
        ),
        SharedCalls._tell_includes,
    ),
    (
        ("neither ",),
        re.compile(
            r"\bneither (?:set of calls|model's calls) (?:touch|reach|include|contain|cover)(?:es|s)?"
            r" (?:any of )?the positive (?:labels?|findings?)\b"
        ),
        SharedCalls._tell_no_label_called,
    ),
)
