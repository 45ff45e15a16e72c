"""What labels say, told by the way: `without Edema in the labels`, `which the labels deny`."""

from __future__ import annotations

import re

from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .call_counts import CallCounts

_DENY = r"(?:deny|denies|denied)"


class LabelRemarks(CallCounts):
    """Labels in set forms."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_LABELS)

    def _tell_in_labels(self, m: re.Match[str]) -> None:
        i = self._inside(m, "f", "finding")[0]
        self._take_form(m)
        self._say("label", i, (), self._named(m, "f"), value="positive", negated=m["no"] is not None)

    def _tell_denied(self, m: re.Match[str]) -> None:
        """`which the labels deny`, `which they deny` where the labels were spoken of, `denied by the labels`."""
        i = self._inside(m, "deny", "twist")[0]
        ahead = [f for f in sorted(self.s.groups) if self.s[f].at < m.start("deny")]
        if m.groupdict().get("they") and (not self._labels_before(m.start()) or self.s.of("both")):
            return
        findings = self._listed_in(m) if m.groupdict().get("f") else self.s.group(ahead[-1]) if ahead else ()
        self._take_form(m)
        self._say("label", i, (), findings, value="negative")

    def _tell_side_with(self, m: re.Match[str]) -> None:
        """`the labels side with R on F`: it is right there, and the other not."""
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("right", i, Who(role, "only"), findings)

    def _tell_all_positive(self, m: re.Match[str]) -> None:
        """`all three positives, F, F and F, are ...`: what they are is read behind."""
        start, end = m.span("f")
        findings = self._named(m, "f")
        self._take(*(x for x in self._inside(m) if self.s[x].at < start or start <= self.s[x].at < end))
        value = count_of(self.text[m.start("n") : m.end("n")]), m["value"]
        self._say("label_count", self._inside(m, "", "lvalue")[0], (), findings, value=value)

    def _tell_none_positive(self, m: re.Match[str]) -> None:
        """`none of the positives is called by R`, `R calls none of the positives`."""
        role, outcome = self._model(m), self._inside(m, "", "outcome")
        if any(self.s[x].text not in ("caught", "catches") for x in outcome):
            return
        self._take_form(m)
        self._say("no_true_call", self._first(m), role)

    def _labels_before(self, at: int) -> bool:
        return any(self.s[x].at < at for x in self.s.of("label"))


_LABELS: Forms = (
    (
        ("positives, ", "negatives, "),
        re.compile(
            rf"\b(?:all |the )+(?P<n>two|three|four|five|six|N+) (?P<value>positive|negative)s, (?P<f>{FINDINGS})(?=,)"
        ),
        LabelRemarks._tell_all_positive,
    ),
    (
        ("positive",),
        re.compile(
            r"\b(?:none of the positives|(?:no|not (?:a single|one)) positive(?: finding| label)) is"
            r" (?:O+|called|found|detected|flagged) by R+"
            r"|R+ (?:O+|calls|finds|detects|flags) none of the positives\b"
        ),
        LabelRemarks._tell_none_positive,
    ),
    (
        ("the labels side", "the labels agree"),
        re.compile(rf"\bthe labels (?:side|agree) with R+ (?:on|about|for) (?P<f>{FINDINGS})(?=$|[.,;])"),
        LabelRemarks._tell_side_with,
    ),
    (
        ("the labels",),
        re.compile(
            rf"\b(?:(?P<no>without|with no|there being no)|with) (?:an? |any )?(?P<f>{FINDINGS}) (?:in|according to)"
            r" the labels(?=,)"
        ),
        LabelRemarks._tell_in_labels,
    ),
    (
        ("den",),
        re.compile(rf"\b(?:which|that) (?:the labels|(?P<they>they)) (?P<deny>{_DENY})(?=$|[.,;])"),
        LabelRemarks._tell_denied,
    ),
    (
        ("den",),
        re.compile(rf"(?:^|[,;:] )the labels (?P<deny>{_DENY}) (?P<f>{FINDINGS})(?=$|[.,;])"),
        LabelRemarks._tell_denied,
    ),
    (
        ("denied by",),
        re.compile(rf"(?P<f>{FINDINGS}) (?:is|are) (?P<deny>denied) by the labels\b"),
        LabelRemarks._tell_denied,
    ),
)
