"""Whether two models agree or differ, and on what."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from .boxes import BoxReading

_SOLE = re.compile(
    r"\b(?:only|one|sole|single) (?:finding|point|label|disagreement|difference|agreement)"
    r"(?: of (?:difference|dispute))?(?= (?:(?:on|over|about|in) )?(?:which|where|that|is)\b|$)"
)
"""Before what alone the models differ on."""


class AgreementReading(BoxReading):
    """What a sentence says of two models being of one mind."""

    def _on_differ(self, i: int) -> None:
        self._agreement(i, differ=True)

    def _on_agree(self, i: int) -> None:
        if re.match(
            r" (?:on|over|about) (?:some|several|many|most|other|the other|the rest|the remaining)\b",
            self.s.behind(i, 30),
        ):
            self._take(i)
            return
        if "same" in self.s[i].text and not re.search(r"conclusion|call|answer|view", self.s[i].text):
            return
        self._agreement(i, differ=False)

    def _agreement(self, i: int, *, differ: bool) -> None:
        s, t = self.s, self.s[i]
        if (
            re.search(
                r"\b(?:attention|maps?|place|focus|peaks?)\b"
                r"|\bwhere they look\b",
                self._clause_text(t) + self.text[t.end : t.end + 30],
            )
            and differ
            and not any(f > i for f in s.groups)
        ):
            findings = self._findings(i, forward=False)
            if not findings and not s.groups and len(self.before.cited.findings) == 1:
                findings = tuple(self.before.cited.findings)
            self._say("places_differ", i, ROLES, findings)
            return
        negated = self._denied(i)
        no = [x for x in s.tokens if x.kind == "count" and x.text == "no" and x.clause == t.clause and x.at < t.at]
        for x in no:
            x.taken = True
            negated = not negated
        counts = [x for x in range(len(s)) if s[x].clause == t.clause and self._is_count(x)]
        behind = [
            f
            for f in sorted(s.groups)
            if f > i
            and not s[f].bracket
            and not any(s[x].kind == "role" and s[x].clause == s[f].clause for x in range(i + 1, f))
        ]
        stop = next((x for x in s.of("differ", "agree") if x > i), len(s))
        behind = [f for f in behind if f < stop]
        behind = [
            f
            for f in behind
            if s[f].clause == t.clause or not any(s[x].kind in ("call", "peak", "map") for x in range(i, f))
        ]
        ahead = [
            f
            for f in sorted(s.groups)
            if f < i and s[f].clause == t.clause and not re.search(r"\bshares? (?:the )?$", s.before(f, 12))
        ]
        findings: tuple[str, ...] = ()
        for f in dict.fromkeys(s.groups[x] for x in behind):
            findings += s.group(f[0])
            self._take(*f)
        if not behind and ahead:
            findings = s.group(ahead[-1])
            self._take(*s.groups[ahead[-1]])
        if not findings and re.search(
            r"\b(?:on|over|about) (?:it|this finding|that finding|them)\b", self.text[t.end : t.end + 40]
        ):
            findings = self.before.finding()
        if (
            not findings
            and self.before.said is not None
            and len({w.roles for w in s.who.values()}) == 1
            and any(x.kind in ("role", "other") and x.clause == t.clause for x in s.tokens[:i])
        ):
            findings = self.before.said.findings  # `the other model disagrees`
        if not findings and (t.text.startswith("opposite") or self._of_one_call(i)):
            findings = (
                tuple(self.before.cited.findings) if len(self.before.cited.findings) == 1 else self.before.finding()
            )
        if (counts and not findings) or (
            counts and s[counts[0]].at < (s[behind[0]].at if behind else 9999) and differ
        ):
            n = count_of(s[counts[0]].text)
            if (n is not None and not re.match(r"two", s[counts[0]].text + "")) or (
                n is not None and re.match(r" (?:other )?findings", s.behind(counts[0]))
            ):
                other = re.match(r" other findings", s.behind(counts[0])) is not None
                named = len({s.finding(f) for f in s.groups}) if other else 0
                self._take(*(f for f in s.groups if other))
                self._say("differ_count", counts[0], ROLES, () if other else findings, value=n + named)
                s[counts[0]].taken = True
        alone = [
            x
            for x in s.tokens
            if x.kind in ("alone", "only") and x.at > t.at and x.clause <= t.clause + 1 and not x.taken
        ]
        sole = _SOLE.search(self.text[: t.end]) if findings else None
        if sole is not None and not (alone and differ):
            self._take_until(sole.start(), sole.end())
            self._say("differ_only" if differ and not negated else "unread", i, ROLES, findings)
        if alone and findings and differ:
            for x in alone:
                x.taken = True
            self._say("differ_only", i, ROLES, findings)
        of_scores = [x.kind for x in s.tokens[:i] if x.clause == t.clause and x.kind in ("score", "call", "callnoun")]
        if of_scores[-1:] == ["score"] and findings:
            hardly = re.search(r"\b(?:hardly|barely|scarcely|slightly) $", s.before(i, 9)) is not None
            self._say("scores_differ", i, ROLES, findings, value=hardly, negated=not differ or negated)
            return
        self._say("agree", i, ROLES, findings, value="differ" if differ else "agree", negated=negated)

    def _of_one_call(self, i: int) -> bool:
        """`the same call rests on different places`: the call for the finding whose maps are told of."""
        places = self.kinds & {"map", "peak", "usual"}
        return bool(places) and re.match(r"(?:the same|different) (?:call|answer)\b", self.s[i].text) is not None
