"""Sides; and who is right, for `right` is also a side."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..claims import Claim
from ..cutting.tokens import Who
from .zones import ZoneReading

COUNTED = r"(?:two|three|four|five)"
_AND_IS = re.compile(r"(?:,| and) (?:and )?(?:it |both |each |they )?(?:is|are|was|were) (?:thus |therefore |so )?$")
_COMES_WITH = re.compile(r"\b(?:comes?|goes|go|coincides?|accompan\w+|belongs?)\b[^,;]*$")
_ON_SOME = re.compile(
    r" (?:on|about|in|for) (?:all|both|each|none|most|some|two|three|either|any)\b(?! case)"
    r"| (?:once|twice|always|never|(?:more |less |most )?often|sometimes|throughout|(?:two|three|four|five) times)\b"
)
_GETS_ALL = re.compile(
    r"\b(?:gets?|got|getting|has|have|had|is|are) (?:everything|every\w*|all(?: of (?:them|it))?|most|much|anything"
    r"|nothing|something|each|half)(?: (?:of them|else))? $"
)
_NOT_AND = re.compile(r"\bnot [a-z]+(?: by [a-z -]+)?,? (?:and|but) $")
_OF_CASE = re.compile(r"\b(?:case|film)\b")
_OF_MAPS = frozenset(["map", "peak", "look", "zone", "box"])
"""Kinds of word that tell what a side is of."""


class SideReading(ZoneReading):
    """What a sentence says of sides, and of who is right."""

    def _on_right(self, i: int) -> None:
        s, t = self.s, self.s[i]
        wrong = t.text in ("wrong", "incorrect", "mistaken")
        if t.text == "right" and self._is_side(i):
            return self._on_side(i)
        negated = self._denied(i) != wrong
        who = self._roles(i)
        clause = self._clause_all(t)
        acts = re.match(r" (not )?to\b| in (?:doing|calling|leaving|not)\b", self.text[t.end :])
        if acts is not None or re.search(r"\bwhich is $", s.before(i)):
            calls = [c for c in self.claims if c.kind == "call" and c.at < t.at] or (
                [self.before.said] if self.before.said is not None and self.before.said.kind == "call" else []
            )
            if calls:  # of that call, not of the case
                said = max(calls, key=lambda c: c.at)
                which = next((x for x in range(i - 1, -1, -1) if s[x].text == "which"), 0)
                head = which - (2 if which and s[which - 1].kind == "comma" else 1)
                roles = said.roles if acts is not None or head not in s.listed else s.listed[head].roles
                self._take_until(t.end, t.end + 5, "neg")
                self._say_right(
                    i, Who(roles if acts is None else who.roles or roles), said.findings, negated=negated, case=False
                )
                if acts is not None and re.match(r" (?:not )?to (?:do so|call|flag)\b", self.text[t.end :]):
                    self._say("call", i, who, said.findings, negated=acts[1] is not None)
                return None
        one = re.search(
            r"\b(?:exactly|precisely|only|just) one\b|\bonly one model\b|^[\s,]*one (?:of|model)"
            r"|\bone of (?:the (?:two )?models|them) (?:being|is|was)\b",
            clause,
        )
        if one and "one that" not in clause:
            for x in s.tokens:
                if x.clause == t.clause and x.kind in ("count", "only", "both", "oneof"):
                    x.taken = True
            named = [x for x in s.of("role") if x in s.who]
            if len({s.who[x].roles for x in named}) == 1 and s[named[0]].at < t.at:
                self._say("right", i, Who(s.who[named[0]].roles, "only"), negated=negated)
                return None
            self._say("right_one", i, ROLES, negated=negated)
            return None
        if (
            re.search(r"\bwhich (?:of|model|one)\b", self.text[: t.at])
            and "answer is" not in self.text
            and not re.search(r"answer is", self.text)
        ):
            self._say("idle", i)
            return None
        scope = self.text[t.end : t.end + 40]
        case = re.match(
            r"[\s,]*(?:on|about|in|for)? ?(?:the |this )?(?:case|film|whole|overall)|\s*(?:here|overall)\b", scope
        ) or re.search(r"\bcase (?:right|correct)", s.before(i) + t.text)
        findings: tuple[str, ...] = ()
        near = [f for f in sorted(s.groups) if s[f].clause == t.clause]
        near = near[: next((n for n, f in enumerate(near, 1) if f > i), None)]
        called = [
            f
            for f in near
            if f < i
            and re.search(
                r"\b(?:calls?|answers?|predictions?|readings?) (?:of|for|on) (?:the |an? )?$", s.before(f, 30)
            )
        ]
        if called:
            findings = s.group(called[-1])
            self._take(*s.groups[called[-1]])
        elif re.search(r"\bgets? (?:the |an? )?$", s.before(near[-1], 12) if near and near[-1] < i else "") or (
            not case
            and near
            and re.match(
                r"\s*(?:about|on|for|in|with|regarding) (?:the )?$",
                self.text[t.end : s[near[-1]].at] if s[near[-1]].at > t.end else "",
            )
        ):
            findings = s.group(near[-1])
            self._take(*s.groups[near[-1]])
        elif (not case and re.match(r"\s*(?:about|on|for|in) (?:it|this finding|that finding)\b", scope)) or (
            not case and re.search(r"finding", clause)
        ):
            findings = self._findings(i)
        if not findings and not case and (call := self._call_judged(i, who)) is not None:
            findings = call.findings
        self._say_right(i, who, findings, negated=negated, case=case is not None)
        for x in range(who.first, who.last + 1):
            if x < len(s) and s[x].text == "nor":
                s[x].taken = True
        return None

    def _say_right(self, i: int, who: Who, findings: tuple[str, ...], *, negated: bool, case: bool) -> None:
        """On what stands before, where that goes without saying: behind `where`, and of a call told just before."""
        s, t, said = self.s, self.s[i], self.before.said
        vague = _ON_SOME.match(self.text, t.end) is not None
        of_one = re.match(
            r" (?:for|of) (?:the )?(?:baseline|bl\b|fine-?tuned|ft\b|former|latter|other|one\b)", self.text[t.end :]
        )
        if (
            vague
            or of_one
            or _GETS_ALL.search(s.before(i, 20))
            or ("plausibler" in self.kinds and _COMES_WITH.search(s.before(i, 30)))
        ):
            self._say("unread", i)  # on which findings, or which model, is told elsewhere
        if (
            not findings
            and not case
            and (self._clause_opening(t) == "where" or self.text.startswith(" there", t.end))
        ):
            told = [c for c in self.claims if c.at < t.at and c.findings]
            findings = told[-1].findings if told else ()
        self._say("right", i, who, findings, negated=negated)
        if _NOT_AND.search(s.before(i, 50)):
            self._say("unread", i)  # `not shared, and wrong`: what is denied is open
        if said is not None and said.kind not in ("call", "outcome"):
            return
        told = self.before.findings if said is None else said.findings
        if told and not (
            findings or case or s.groups or self.kinds & {"level", "verdict"} or _OF_CASE.search(self.text)
        ):
            self._say("right", i, who, told, negated=negated)  # of that call as well as of the case

    def _call_judged(self, i: int, who: Who) -> Claim | None:
        """`R calls X, and it is right`: of that call, not of the case."""
        start = _AND_IS.search(self.text[: self.s[i].at])
        if start is None or not re.match(r"\s*(?:$|[.,;:])", self.text[self.s[i].end :]):
            return None
        told = [c for c in self.claims if c.kind in ("call", "right") and c.at < self.s[i].at]
        last = told[-1] if told else None
        return last if last is not None and last.kind == "call" and last.roles == who.roles else None

    def _is_side(self, i: int) -> bool:
        s, t = self.s, self.s[i]
        before, behind = s.before(i, 20), self.text[t.end : t.end + 16]
        if re.match(r" (?:calls?|answers?|verdicts?|conclusions?|results?|decisions?|outcomes?)\b", behind):
            return False
        return bool(
            (
                re.search(r"\b(?:the|to|left and|left or|of the|again on the|all|patient's) $", before)
                and not re.search(r"\b(?:is|are) all $", before)
            )
            or re.match(r"[- ](?:side|sided|lung|half)|\s*(?:side|and left)", behind)
            or re.search(r"\bbox(?:es)?[^;]*(?:, |\()(?:both |all |also )?$", self.text[: t.at])
        )

    def _on_side(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if t.text == "right" and not self._is_side(i):
            return self._on_right(i)
        if any(
            x.kind in ("sides", "marker") and x.text != "side" and x.clause == t.clause for x in s.tokens
        ) or re.match(r" from left", self.text[t.end :]):
            return None
        side = "bilateral" if t.text.startswith(("bilateral", "both")) else t.text.removesuffix("-sided")
        cue = self._cue(i)
        if cue is None and self.before.told and self.before.told[-1].kind == "boxes" and not self.kinds & _OF_MAPS:
            cue = "every box"  # `draws two boxes. The other's are on the left, too.`
        who = self._roles(i, alone=False)
        if t.text in ("both sides",) and "peak" in self.text:
            return None
        findings = self._findings(i, one=True)
        every = re.search(r"\b(?:all|both|each|everyone)\b[^;:]{0,30}$", self.text[: t.at]) is not None
        if re.search(rf"\b{COUNTED} $", s.before(i, 8)) and re.match(r" (?:boxes|ones)\b", self.text[t.end :]):
            every = True  # `two midline boxes` are all there are
        counted = [x for x in self.claims if x.kind == "boxes" and not x.value]
        if cue == "box" and counted and who.roles == counted[-1].roles and abs(counted[-1].at - t.at) < 20:
            who = Who(tuple(r for r in ROLES if r not in who.roles))
        self._say(
            "side", i, who, findings, value=side, cue="every box" if cue == "box" and every else cue, negated=False
        )
        return None
