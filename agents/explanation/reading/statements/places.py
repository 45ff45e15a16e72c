"""Places: how much of a map lies in usual places, and whose lies better."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .sides import SideReading

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


class PlaceReading(SideReading):
    """What a sentence says of sides and of usual places."""

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
