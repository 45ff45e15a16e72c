"""Set forms of what writers remark on calls and scores: margins, gains, reasons.

    the baseline's score is 0.05 below its threshold            held to the digits printed
    these gains seem to rest on anatomy                         answers that became right, maps in usual places

A remark that only weighs what was told (`perhaps no single place decides the score`) is taken as it stands, with its
word of doubt; any other wording of it is not.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from ..left_out.both_findings import BothFindings

_END = r"(?=$|[.,;:])"
_MARGIN = r"N+ (?:above|below) (?:its(?: own)?(?: threshold)?(?! of\b)|a default(?: threshold)?(?! of\b))"


class RemarkReading(BothFindings):
    """Remarks in set forms."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_REMARKS)

    def _tell_nothing(self, m: re.Match[str]) -> None:
        self._take_form(m)

    # ── models and findings ─────────────────────────────────────────────────────────────────────────────────

    def _tell_outweighed(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("verdict_not", self._first(m), value="IMPROVED")

    def _tell_neither_right(self, m: re.Match[str]) -> None:
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("right", self._first(m), Who(ROLES, "neither"), findings)

    def _tell_against(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("right", i, self._model(m) if m["r"] else ROLES, findings, negated=m["none"] is None)

    def _tell_wrong_reason(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "right")[0]
        who, findings = self._roles(i), self._findings(i)
        if not findings:
            return
        self._take_form(m)
        self._say("right", i, Who(who.roles), findings)

    def _tell_alone(self, m: re.Match[str]) -> None:
        role, findings = self._model(m), self._named(m, "f")
        alone = self._inside(m, "", "alone")[0]
        self._say("exclusive", alone, role, findings)

    def _tell_calls_none(self, m: re.Match[str]) -> None:
        role, number = self._model(m), self._inside(m, "", "number")[0]
        if self.s[number].text == "0":
            self._take_form(m)
            self._say("call_none", number, role)

    def _tell_which_other(self, m: re.Match[str]) -> None:
        role, other, findings = self._model(m), self._model(m, 1), self._named(m, "f")
        self._take_form(m)
        i = self._inside(m, "", "call")[0]
        self._say("call", i, role, findings)
        self._say("call", i, other, findings, negated=True)

    def _tell_no_true_call(self, m: re.Match[str]) -> None:
        self._take_form(m)
        self._say("no_true_call", self._first(m))

    def _tell_calls_stay(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i) if self.s.groups else ()
        self._take_form(m)
        self._say("calls_stay", i, ROLES, findings, negated="calls differ" in m[0])
        if "maps do" in m[0]:
            self._say("places_differ", i, ROLES, findings)

    def _tell_same_answer(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._findings(i)
        self._take_form(m)
        self._say("agree", i, ROLES, findings, value="agree")

    def _tell_gain(self, m: re.Match[str]) -> None:
        i = self._first(m)
        findings = self._named(m, "f") or self._findings(i)
        self._take_form(m)
        self._say("better", i, ("baseline",) if "loss" in m[0] else ("finetuned",), findings)
        self._say("plausible", i, ("finetuned",), findings, value="inside")

    def _tell_fits(self, m: re.Match[str]) -> None:
        """`..., which fits a TN`: the outcome told."""
        i = self._inside(m, "", "outcome")[0]
        if any(self.s[x].text == self.s[i].text for x in self.s.of("outcome") if x < i):
            self._take_form(m)

    def _tell_has_none(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "outcome")[0]
        who = self._roles(i)
        self._take_form(m)
        self._say("outcome_nowhere", i, Who(who.roles))

    def _tell_sides(self, m: re.Match[str]) -> None:
        i = self._first(m)
        self._take_form(m)
        self._say("sides_by", i, value=m["by"])

    # ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────

    def _tell_margin(self, m: re.Match[str]) -> None:
        number = self._inside(m, "", "number")[0]
        role, findings = self._model(m), self._findings(number)
        self._take_form(m)
        self._say_margin(number, role, findings, above=" above " in m[0])
        if "default" in m[0]:
            self._say("default", number, role, findings)

    def _tell_margins(self, m: re.Match[str]) -> None:
        """`the scores lie N above and N below a default threshold of N`: the baseline's score stands first."""
        a, b, threshold = self._inside(m, "", "number")
        findings = self._findings(a)
        self._take_form(m)
        for role, number, word in zip(ROLES, (a, b), (m["p"], m["q"]), strict=True):
            self._say_margin(number, (role,), findings, above=word == "above")
        self._say("default", threshold, ROLES, findings)
        self._say("number", threshold, ROLES, findings, value=(self.s[threshold].text, None), cue="threshold")

    def _say_margin(self, number: int, role: tuple[str, ...], findings: tuple[str, ...], *, above: bool) -> None:
        self._say("margin_is", number, role, findings, value=self.s[number].text)
        self._say("call", number, role, findings, negated=not above)

    def _tell_with_numbers(self, m: re.Match[str]) -> None:
        """`R with score N at a threshold of N, R with N at N`."""
        numbers = self._inside(m, "", "number")
        findings = self._findings(numbers[0])
        roles = self._model(m), self._model(m, 1)
        self._take_form(m)
        for n, number in enumerate(numbers):
            cue = "threshold" if n % 2 else "score"
            self._say("number", number, roles[n // 2], findings, value=(self.s[number].text, None), cue=cue)

    def _tell_shares_of_calls(self, m: re.Match[str]) -> None:
        """`usual places accompany an O on each side: N lies in usual places for R's F call, N for R's F call`."""
        numbers, found = self._inside(m, "", "number"), self._inside(m, "", "finding")
        outcome = self._inside(m, "", "outcome")
        self._take_form(m)
        for n, (number, f) in enumerate(zip(numbers, found, strict=True)):
            role, finding = self._model(m, n), (self.s.finding(f),)
            self._say("number", number, role, finding, value=(self.s[number].text, None), cue="share")
            self._say("call", f, role, finding)
            self._say("plausible", f, role, finding, value="inside")
            if outcome:
                self._say("outcome", outcome[0], role, finding)

    def _tell_at_most(self, m: re.Match[str]) -> None:
        number = self._inside(m, "", "number")[0]
        who, findings = self._roles(number), self._findings(number)
        self._take_form(m)
        self._say("largest_zone", number, Who(who.roles), findings, value=self.s[number].text)

    def _tell_score_led(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "more")[0]
        findings = self._findings(i)
        self._take_form(m)
        self._say("change", i, ROLES, findings, value="up" if "higher" in m[0] else "down")


_REMARKS: Forms = (
    (
        ("settled by",),
        re.compile(r"(?:^|, )(?:the )?sides are settled by (?:the|a) (?P<by>header|marker)(?=$|[.,;:])"),
        RemarkReading._tell_sides,
    ),
    (
        ("outweigh",),
        re.compile(rf"\bwhich does not outweigh (?:this|these|them){_END}"),
        RemarkReading._tell_outweighed,
    ),
    (
        (
            "familiar",
            "more to do",
            "less weight",
            "likely reason",
            "no single",
            "borne out",
            "can not be",
            "shared call",
        ),
        re.compile(
            r"\b(?:may|might|could) have more to do with (?:the )?(?:training|film|score|threshold) than"
            r" with (?:the )?anatomy"
            rf"|\bmay make it less familiar to (?:both|the) models{_END}|\bmay carry less weight{_END}"
            r"|\bseems a less likely reason(?=,)|\bperhaps no single region was strong enough to carry the call"
            rf"|\bperhaps no single place decides the score{_END}"
            rf"|\bperhaps the label itself is not borne out by the film{_END}"
            r"|\bwhether (?:the )?R+'s attention is anatomically relevant can not be (?:judged|said)(?: here)?"
            r"|\bwhether (?:the )?R+'s attention is more anatomically informed than R+'s can not be (?:judged|said)"
            rf"|(?<=neither model, )so there is no shared call to place{_END}"
        ),
        RemarkReading._tell_nothing,
    ),
    (
        ("credited",),
        re.compile(
            rf"^neither model is right on (?P<f>{FINDINGS}), so no attention can be credited to an answer in "
            rf"line with "
            rf"the labels{_END}"
        ),
        RemarkReading._tell_neither_right,
    ),
    (
        ("against the labels",),
        re.compile(
            rf"(?:(?P<none>\bneither model)|\beach model|\bboth models|(?P<r>R+)) (?:goes|go) against the labels{_END}"
        ),
        RemarkReading._tell_against,
    ),
    (
        ("wrong reason",),
        re.compile(r"\b(?:may|might|could) (?:itself |only )?be right for the wrong reason"),
        RemarkReading._tell_wrong_reason,
    ),
    ((" alone",), re.compile(rf"R+ calls (?P<f>{FINDINGS}) alone{_END}"), RemarkReading._tell_alone),
    (("calls 0",), re.compile(rf"R+ calls N findings{_END}"), RemarkReading._tell_calls_none),
    (
        (", which",),
        re.compile(rf"(?:^|(?<=; ))R+ calls (?P<f>{FINDINGS}), which R+ does not(?=$|[.;])"),
        RemarkReading._tell_which_other,
    ),
    (
        ("either model",),
        re.compile(rf"^no finding that the labels name as positive is called by either model{_END}"),
        RemarkReading._tell_no_true_call,
    ),
    (
        ("rests on the score", "calls differ", "calls do not"),
        re.compile(
            r"\bwhich rests on the score and not on a call(?=[.;])|(?:^|, )the calls (?:do not )?differ(?:, but the "
            r"maps do)?(?=$|[.,:;])"
        ),
        RemarkReading._tell_calls_stay,
    ),
    (
        ("same answer",),
        re.compile(rf"\bthe same answer may, but need not, have different reasons{_END}"),
        RemarkReading._tell_same_answer,
    ),
    (
        ("rest on anatomy",),
        re.compile(
            rf"\b(?:this|the|these) (?:gains?|loss|losses)(?: for (?P<f>{FINDINGS}))? seems? to rest on anatomy{_END}"
        ),
        RemarkReading._tell_gain,
    ),
    (("which fits",), re.compile(r"\bwhich fits an? O+(?=$|[.;])"), RemarkReading._tell_fits),
    (
        ("above its", "below its", "a default"),
        re.compile(rf"R+'s (?:score )?(?:(?:is|lies) )?{_MARGIN}(?=$|[.,;]| that\b| and\b)"),
        RemarkReading._tell_margin,
    ),
    (
        ("the scores ",),
        re.compile(
            r"^the scores (?:lie|are) N+ (?P<p>above|below) and N+ (?P<q>above|below) a default threshold of N+"
        ),
        RemarkReading._tell_margins,
    ),
    (
        ("at a threshold",),
        re.compile(r"R+ with score N+ at a threshold of N+, (?:and )?R+ with N+ at N+(?=$|[.;])"),
        RemarkReading._tell_with_numbers,
    ),
    (
        (" call,",),
        re.compile(
            r"(?:^usual places accompany an? O+ on each side: )?N+ of the activation lies in usual places "
            r"for R+'s F+ call,"
            r" (?:and )?N+ for R+'s F+ call(?=$|[.;])"
        ),
        RemarkReading._tell_shares_of_calls,
    ),
    (
        ("in any one",),
        re.compile(r"(?:\bspread over several zones, )?\bwith no more than N+ in any one(?=[,.;])"),
        RemarkReading._tell_at_most,
    ),
    (
        ("led to",),
        re.compile(r"\bmay have led to the (?:lower|higher) score(?=[,.;])"),
        RemarkReading._tell_score_led,
    ),
    (("has no ",), re.compile(r"\bhas no O+(?=$|[.;])"), RemarkReading._tell_has_none),
)
