"""How many findings a model calls, told by what it is set against: others, the same number, none of them.

the baseline calls Edema and three others           there is not one finding that the baseline calls
the fine-tuned model, with the same number to assess, calls just three
the fine-tuned model calls four that the baseline does not, and vice versa for Fracture
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..claims import Claim
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..forms.forms import Forms
from .outcome_counts import OutcomeCounts

_OTHERS = re.compile(r" (?:others|other(?= ?$|[.,;])|(?:other|further|more) findings?)\b(?! of\b)")
_NOTHING_MORE = re.compile(r"\s*(?:$|[.,;)])")
_AS_WELL = re.compile(r",? (?:as well as|besides|plus|and) (?:the )?")
_NUMBER = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|N+)"


class CallCounts(OutcomeCounts):
    """Calls counted against something told."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_COUNTS)

    def _ellipses(self) -> None:
        super()._ellipses()
        self._both_again()
        self._vice_versa()

    def _on_count(self, i: int) -> None:
        """`calls X and three others`, `calls three others as well as X`: of what is not named before."""
        s = self.s
        n, m = count_of(s[i].text), _OTHERS.match(self.text, s[i].end)
        named = tuple(dict.fromkeys(s.finding(f) for f in s.groups if f < i))
        if n is None or m is None or not named or not any(x < i for x in s.of("call")):
            super()._on_count(i)
            return
        who = self._roles(i, alone=True)
        self._take_until(s[i].at, m.end())
        more = _AS_WELL.match(self.text, m.end())
        f = next((f for f in s.groups if more and s[f].at == more.end()), None)
        if more is not None and f is not None:
            self._take_until(m.end(), more.end())
            self._take(*s.groups[f])
            named = (*named, *s.group(f))
            self._say("call", f, who, s.group(f))
        self._say("calls_others", i, who, named, value=n)

    def _tell_same_number(self, m: re.Match[str]) -> None:
        i = self._first(m)
        self._take_form(m)
        self._say("assess_same", i, ROLES)

    def _tell_no_finding_called(self, m: re.Match[str]) -> None:
        """`there is not one finding, of the ten which it assesses, that R calls`."""
        i, role = self._inside(m, "call", "call")[0], self._model(m, -1)
        self._take_form(m)
        self._say("call_none", i, role)
        if m["n"]:
            self._say("assess_count", i, role, value=count_of(self.text[m.start("n") : m.end("n")]))

    def _tell_some(self, m: re.Match[str]) -> None:
        i = self._inside(m, "", "call")[0]
        who = self._roles(i, forward=False)
        denied = self._denied(i)
        self._take_form(m)
        self._say("unread" if denied else "calls_some", i, who)

    def _both_again(self) -> None:
        """`the baseline calls both, the other both`: the verb once more, of the two findings it was told of."""
        s = self.s
        for i in s.of("both"):
            own = s.listed.get(i - (2 if i and s[i - 1].text == ":" else 1))
            if own is None or len(own.roles) != 1 or not _NOTHING_MORE.match(self.text, s[i].end):
                continue
            told = [c for c in self.claims if c.kind == "call" and c.at < s[i].at]
            findings = tuple(dict.fromkeys(f for c in told for f in c.findings if c.roles == told[-1].roles))
            self._say("call" if len(findings) == 2 else "unread", i, own.roles, findings)

    def _vice_versa(self) -> None:
        """`R calls F, which R does not, and vice versa for F`: the last call of one model alone, turned round."""
        s = self.s
        for i in s.of("twist"):
            m = re.match(r" (?:for|on|in) (?:the )?", self.text[s[i].end :]) if s[i].text == "vice versa" else None
            f = next((f for f in s.groups if m and s[f].at == s[i].end + m.end()), None)
            caller = self._sole_caller(s[i].at)
            if f is None or caller is None:
                continue
            self._take(*s.groups[f])
            self._say("call", i, Who(tuple(r for r in ROLES if r != caller), "only"), s.group(f))

    def _sole_caller(self, at: int) -> str | None:
        """Which of the models was last said to call what the other does not."""
        told = [c for c in self.claims if c.at < at and c.kind in ("call", "only_count")]
        told.sort(key=lambda c: c.at)
        if not told or any(len(c.roles) != 1 for c in told[-2:]):
            return None
        if told[-1].kind == "only_count" or _says_alone(told[-1]):
            return told[-1].roles[0]
        pair = told[-2:]
        if len(pair) == 2 and pair[0].findings == pair[1].findings and pair[0].negated != pair[1].negated:
            calls, calls_not = sorted(pair, key=lambda c: c.negated)
            return calls.roles[0] if calls.roles != calls_not.roles else None
        return None


def _says_alone(claim: Claim) -> bool:
    return claim.quantity == "only" and not claim.negated


_COUNTS: Forms = (
    (
        ("same number",),
        re.compile(
            r"\bwith the same number(?: of findings)?(?: to assess| assessed)\b"
            r"|\bwith the same number of assessed findings\b"
        ),
        CallCounts._tell_same_number,
    ),
    (
        ("there is no",),
        re.compile(
            rf"\bthere is (?:not (?:one|a single)|no) finding(?:,? (?:out )?of the (?P<n>{_NUMBER}) (?:that|which)"
            r" (?:it|R+) assess(?:es)?,)? (?:that|which) R+ (?P<call>(?:calls|flags|detects)\b)"
        ),
        CallCounts._tell_no_finding_called,
    ),
    (
        ("something",),
        re.compile(r"\b(?:calls?|flags?) (?:at least )?something\b(?! else| but)"),
        CallCounts._tell_some,
    ),
)
