"""Places: sides and usual places; and who is right, for `right` is also a side."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..claims import Claim
from ..cutting.tokens import Who
from .zones import ZoneReading

COUNTED = r"(?:two|three|four|five)"

_AND_IS = re.compile(r"(?:,| and) (?:and )?(?:it |both |each |they )?(?:is|are|was|were) (?:thus |therefore |so )?$")


_UNUSUAL = re.compile(r"(?:anatomically )?(?:un|im|ir)\w+ ")
_OUT = re.compile(
    r"\b(?:outside|out of|away from|far from|off|little to do with|closer to|nearer to)(?: of)? (?:the |its |any )?$"
)


_SHARE_NOT = re.compile(
    r"% of (?:it|(?:its|the|their) \w+)(?:, respectively,)? (?:does|do|is|are) not (?:\w+ )?(?:in|within)"
    r" (?:the |its )?$"
)
"""`8 % of its activation does not lie in usual places`: a share of the rest, which no tool tells."""
_FROM_TO = re.compile(r"\bfrom (?:not )?\w+ to (?:not )?\w+ in (?:the )?$")
"""Before usual places, where no set form has read it."""

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


class PlaceReading(ZoneReading):
    """What a sentence says of sides and of usual places."""

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

    def _on_usual(self, i: int) -> None:
        s, t = self.s, self.s[i]
        before, clause = s.before(i, 40), self._clause_text(t)
        if _FROM_TO.search(before) or _SHARE_NOT.search(self.text[: t.at]):
            self._say("unread", i)
            return
        if re.match(r" (?:for (?:it|this finding) )?(?:is|are) (?:unknown|not known)\b", self.text[t.end :]):
            self._take(*(x for x in s.of("neg") if t.end < s[x].at < t.end + 30))
            self._say("plausible", i, self._roles(i), self._findings(i), value="unknown")
            return
        if re.search(r"\bno $", before) and re.search(r"known", self.text[t.end : t.end + 20]):
            for x in s.tokens:
                if x.kind == "count" and x.end == t.at - 1:
                    x.taken = True
            self._say(
                "plausible",
                i,
                Who(("baseline",)) if not s.listed else self._roles(i),
                self._findings(i),
                value="unknown",
            )
            return
        if re.search(r"\b(?:closer|nearer) to (?:the |its )?$", before) and len(self._roles(i).roles) == 1:
            roles = self._roles(i).roles
            self._say("share_more", i, (*roles, *(r for r in ROLES if r not in roles)), self._findings(i), value="up")
            return
        if re.search(
            r"\b(?:can not be said|not clear|open|unclear) whether\b[^;.]*$|^whether\b[^,;.]*$", s.before(i, 120)
        ):
            t.taken = True  # asked, not said
            return
        if self._is_noun_of_share(i) or re.search(
            r"\b(?:as regards|regarding|in terms of|with respect to) (?:the |its )?$", before
        ):
            t.taken = True
            return
        if re.search(r"\b(?:more|less) (?:in|within) (?:the |its )?$", before) and re.match(
            r"[^,;]{0,15} than [^,;]{0,15}\b(?:flat|chance)\b", self.text[t.end :]
        ):
            t.taken = True  # the comparison with a flat map says it
            return
        if re.search(r"\b(?:similar|comparable) shares?\b", self._clause_all(t)):
            self._say("share_near", i, ROLES, self._findings(i))
            return
        attached = [
            x
            for x in s.of("number")
            if x < i
            and "%" in s[x].text
            and s[x].clause == t.clause
            and s[x].bracket == t.bracket
            and not re.search(r"relevant$|plausible$|placed$|^mainly", t.text)
            and self._attached(x, i)
        ]
        fronted = re.search(r"(?:^|[,;] )(?:in|within) (?:the |its )?$", self.text[: t.at]) is not None and any(
            "%" in s[x].text and s[x].clause == t.clause for x in s.of("number")
        )
        if (
            attached
            or fronted
            or (
                "more" in self.kinds
                and t.text != "there"
                and not any(x.kind == "mainly" and x.phrase == t.phrase and x.at < t.at for x in s.tokens)
                and re.search(
                    r"\b(?:more|larger|less|smaller|greater|lower|higher)\b(?! than half)", self._clause_all(t)
                )
            )
        ):
            t.taken = True
            self._take(*(x for x in s.of("neg") if attached and attached[-1] < x < i))  # the share is one outside
            return
        word = t.text
        negated = self._denied(i) != bool(
            re.search(r"implausible|irrelevant|^(?:anatomically )?un|no sense|little sense|poorly|badly", word)
        )
        if re.search(
            r"\blittle (?:attention|activation|of (?:it|(?:its|the) (?:map|attention|activation)))(?: is| lies| falls)?"
            r" (?:in|inside|within|outside|out of) (?:the |its )?$|\blittle to do with (?:the )?$|\bfar from (?:the )?$"
            r"|\boff (?:the )?$|\baway from (?:the )?$",
            before,
        ):
            negated = not negated
        out = re.search(r"\b(?:outside|out of)(?: of)? (?:the |its |any )?$", before) is not None
        who = self._roles(i)
        for x in range(who.first, who.last + 1):
            if x < len(s) and s[x].kind == "neither":
                s[x].taken = True
        del clause
        if (
            negated
            and who.roles == ROLES
            and who.quantity == "all"
            and re.search(
                r"\balike\b|\bequally\b"
                r"|\bfor both\b",
                self._clause_all(t),
            )
        ):
            self._take(*s.of("same"))
            self._say("not_both_usual", i, ROLES, self._findings(i))
            return
        findings = self._findings(i)
        self._say("plausible", i, who, findings, value="outside" if out else "inside", negated=negated)
        self._say_only_these(i, who.roles, findings, inside=negated == out)

    def _unusual_places(self) -> None:
        """`60 % lies in unusual places`: of these no tool tells a share, nor which has more."""
        for i in self.s.of("usual"):
            if _UNUSUAL.match(self.s[i].text) and self._only_usual_are_told(i):
                self._say("unread", i)

    def _only_usual_are_told(self, i: int) -> bool:
        s, t = self.s, self.s[i]
        if _OUT.search(s.before(i, 40)) or self.kinds & {"more", "evenless"} or re.match(r" are\b", s.behind(i)):
            return True
        usual = [x for x in s.of("usual") if x != i]
        for x in s.of("number"):
            if "%" in s[x].text and s[x].clause == t.clause:
                told = any(x < y < i for y in usual) if x < i else any(y > i for y in usual)
                if not told:
                    return True
        return False

    def _say_only_these(self, i: int, roles: tuple[str, ...], findings: tuple[str, ...], *, inside: bool) -> None:
        """`only A and B do not` of maps: all others that are cited of the model do."""
        s = self.s
        groups = [f for f in sorted(s.groups) if f < i and s[f].clause == s[i].clause]
        first = next((f for f in groups if s.group(f) == findings and s[f].taken), None)
        before = None if first is None else s[s.groups[first][0] - 1]
        if before is not None and before.kind == "only":
            before.taken = True
            self._say("plausible_alone", i, roles, findings, value="inside" if inside else "outside")

    def _on_outward(self, i: int) -> None:
        """`mainly elsewhere`: outside the usual places told of before."""
        s, t = self.s, self.s[i]
        if t.text == "elsewhere" and re.search(r"\b(?:mainly|mostly|largely|chiefly) $", s.before(i, 10)):
            self._say("plausible", i, self._roles(i), self._findings(i), value="outside", negated=self._denied(i))

    def _is_noun_of_share(self, i: int) -> bool:
        """`the share in usual places`, which says nothing until a number does."""
        s = self.s
        told = any("%" in s[x].text for x in s.of("number")) or bool(self.kinds & {"more", "change"})
        return (
            told
            and re.search(
                r"\bshares?\b(?: of [^,;]{3,40})? (?:in|inside|within|of|for) (?:the |its |their )?$", s.before(i, 70)
            )
            is not None
        )

    def _attached(self, number: int, usual: int) -> bool:
        """`34 % of it lies in usual places`: the number is the claim."""
        if any(
            x.kind in ("zone", "mainly", "peak", "call", "finding", "neg") for x in self.s.tokens[number + 1 : usual]
        ):
            gap = self.text[self.s[number].end : self.s[usual].at]
            if (
                not re.fullmatch(
                    r" of [^,;]*?(?:is|lies|sits|falls|found|placed|located|in|inside|within)(?: \w+)* (?:the "
                    r"|its )?",
                    gap,
                )
                or "mostly" in gap
            ):
                return False
        return True

    def _on_empty(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        if t.text.startswith("nothing") and any(c.kind == "has_map" for c in self.claims):
            t.taken = True
            return
        self._say("has_map", i, self._roles(i, alone=True), self._findings(i), value=False, negated=self._denied(i))

    def _on_plausibler(self, i: int) -> None:
        if self.s[i].text.startswith("the less"):
            ahead = [x for x in sorted(self.s.listed) if x < i]
            who = self.s.listed[ahead[-1]] if ahead else Who(self.before.role())
            other = tuple(r for r in ROLES if r not in who.roles)
            one_of_two = len(other) == 1 and not re.match(r" of the (?:three|four|five)\b", self.s.behind(i))
            kind = "more_plausible" if one_of_two else "unread"
            self._say(kind, i, other, self._findings(i), negated=self._denied(i))
            return
        if re.search(r"\b(?:which|whether|whose) (?:of|one|model|either|attention|map)\b", self.text[: self.s[i].at]):
            self._say("idle", i)
            for x in self.s.of("neither"):
                self.s[x].taken = True
            return
        ahead = [x for x in sorted(self.s.listed) if x < i]
        if re.match(r" of (?:the two|both)\b", self.s.behind(i)) and ahead:
            self._say("more_plausible", i, self.s.listed[ahead[-1]], self._findings(i), negated=self._denied(i))
            return
        negated = self._denied(i)
        kind = "not_clearly_more" if negated and self.s.before(i).endswith(" clearly ") else "more_plausible"
        self._say(kind, i, self._roles(i), self._findings(i), negated=negated)
        for x in self.s.of("neither"):
            self.s[x].taken = True

    def _on_evenless(self, i: int) -> None:
        who = self._roles(i)
        if self.s[i].text.endswith("of all") and (
            not self.kinds & {"usual", "flat"} or "'s" not in self.s.before(i, 3)
        ):
            return
        if len(who.roles) == 1:
            other = tuple(r for r in ROLES if r not in who.roles)
            self._say(
                "share_more",
                i,
                (*who.roles, *other),
                self._findings(i, one=True),
                value="up" if "mo" in self.s[i].text else "down",
            )
