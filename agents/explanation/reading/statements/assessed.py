"""What a model assesses, and how: labels it lacks, thresholds by default, calibration, scores close to a threshold."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .meant import MeantReading

_THE_FINDING = re.compile(r" (?:it|(?:the|this|that) finding)(?=$|[.,;:)]| (?:and|but|while|though|as|with)\b)")


class AssessedReading(MeantReading):
    """What a sentence says of what is assessed."""

    def _on_lacks(self, i: int) -> None:
        s, t = self.s, self.s[i]
        for x in s.tokens:
            if t.at <= x.at < t.end:
                x.taken = True
        if t.text.endswith("what") and self._denied(i):
            self._take(*(x for x in s.of("assess") if x > i))
            self._say("assessed", i, self._roles(i), self._findings(i), value="has")
            return
        if "opinion" in t.text and ("from" in t.text or not s.groups):
            if "from" in t.text:
                self._say("assessed", i, self._roles(i), self._findings(i))
            return
        extra = (
            re.search(r"\b(?:them|it|those), nor for (?:the )?$", s.before(behind[0]))
            if (behind := [f for f in sorted(s.groups) if f > i and s[f].clause == t.clause])
            else None
        )
        if extra is not None and self.before.finding():
            self._take(*s.groups[behind[0]], *(x for x in s.of("neg") if s[x].text == "nor"))
            self._say("assessed", i, self._roles(i), (*self.before.finding(), *s.group(behind[0])))
            return
        if re.search(r"\bby$", t.text) or re.match(r" by\b", self.text[t.end :]):
            nxt = i + 1
            who = s.listed[nxt] if nxt in s.listed else self._roles(i)
            self._say_lacks(i, who, self._findings(i, forward=False))
            return
        behind = [f for f in sorted(s.groups) if f > i and s[f].clause == t.clause]
        if behind and re.fullmatch(r"\s*(?:for |of )?(?:the )?", self.text[t.end : s[behind[0]].at]):
            self._take(*s.groups[behind[0]])
            findings = s.group(behind[0])
        else:
            findings = self._findings(i)
        if re.search(r"left|leave", t.text):
            return
        self._say_lacks(i, self._roles(i), findings)

    def _say_lacks(self, i: int, who: Who, findings: tuple[str, ...]) -> None:
        """`lacks a label for F alone`, `only F is not assessed`: and assesses all the others."""
        s = self.s
        self._say("assessed", i, who, findings)
        named = [f for f in sorted(s.groups) if s.finding(f) in findings]
        if not named:
            return
        first, last = named[0], named[-1]
        alone = [x for x in s.of("alone") if x == last + 1]
        alone += [x for x in s.of("only") if x == first - 1 and re.fullmatch(r" (?:for )?", s.between(x, first))]
        if alone:
            self._take(*alone)
            self._say("lacks_only", i, who, findings)

    def _on_assess(self, i: int) -> None:
        s, t = self.s, self.s[i]
        agent = self._agent(i)
        if agent is not None and agent.quantity == "neither":
            self._take(*s.of("neither"))
            self._say("assessed", i, Who(ROLES), self._findings(i, forward=False))
            return
        if t.text in ("assess", "assesses") and _THE_FINDING.match(self.text, t.end):
            self._say("assessed", i, self._roles(i), self._findings(i), value="has", negated=self._denied(i))
            return
        if any(x.kind in ("count", "number") and x.clause == t.clause for x in s.tokens) or re.search(
            r"\bfindings? (?:that )?(?:it|they|each)? ?$", s.before(i)
        ):
            return
        if self._denied(i):
            self._say("assessed", i, self._roles(i), self._findings(i))
        elif any(f > i and s[f].clause == t.clause for f in s.groups) or (agent is not None and s.groups):
            self._say("assessed", i, agent or self._roles(i), self._findings(i, forward=agent is None), value="has")
        elif re.search(r"\bdoes $", s.before(i, 5)):
            self._say("assessed", i, self._roles(i), self._findings(i), value="has")

    def _on_close(self, i: int) -> None:
        no = self.s[i].text.startswith("no score")
        self._say("close", i, () if no else self._roles(i), self._findings(i), negated=self._denied(i))

    def _on_nearmiss(self, i: int) -> None:
        """`a near miss of 0.49 against 0.50`: not called, but nearly."""
        who, findings = self._roles(i), self._findings(i)
        if self._denied(i):
            self._say("unread", i)
            return
        self._say("call", i, who, findings, negated=True)
        self._say("close", i, who, findings)

    def _on_calibrated(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        negated = self._denied(i) != t.text.startswith("un")
        self._say("calibrated_is", i, self._roles(i), self._findings(i), negated=negated)

    def _on_default(self, i: int) -> None:
        self._say("default", i, self._roles(i).roles, self._findings(i), negated=self._denied(i))
