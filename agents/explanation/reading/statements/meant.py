"""Which findings and models a verb is about where they stand elsewhere: `all three`, `none of these`, `by R`."""

from __future__ import annotations

import re

from ..cutting.binding import BARRIERS, Reading
from ..cutting.sentence import count_of
from ..cutting.tokens import Who

_AGENT = re.compile(r"\b(?:by|in|from|for|with|of|between)(?: one,)?(?: the| only| either| both| that of| it)?\s*$")


class MeantReading(Reading):
    """Lists told before or behind, and who does what is told of them."""

    def _is_count(self, i: int) -> bool:
        t = self.s[i]
        return not t.taken and (
            t.kind == "count" or (t.kind == "number" and re.fullmatch(r"\d+", t.text) is not None)
        )

    def _subject_start(self, i: int) -> int:
        """The token of the models a verb is about, or the verb."""
        s = self.s
        ahead = [x for x in sorted(s.listed) if x < i and s[x].clause >= s[i].clause - 1]
        return s.listed[ahead[-1]].first if ahead else i

    def _last_group(self, i: int) -> tuple[str, ...]:
        s = self.s
        ahead = [f for f in sorted(s.groups) if f < i and not s[f].bracket]
        if ahead:
            self._take(*s.groups[ahead[-1]])
        return s.group(ahead[-1]) if ahead else self.before.findings

    def _quantified(self, x: int, i: int) -> tuple[str, ...] | None:
        """`all three`, `every one of them`, `none of these`, `all of them`."""
        s = self.s
        m = re.match(
            r"(?:all|both|none|every one|every single one|each)(?: (?P<n>two|three|four|five|six|seven"
            r"|eight))?(?: of (?:them|these|those|which|the (?P<m>two|three|four|five"
            r"|six)))?(?P<end> findings)?",
            self.text[s[x].at :],
        )
        if m is None:
            return None
        group = self._last_group(i)
        number = m["n"] or m["m"]
        end = s[x].at + m.end()
        for t in s.tokens[x:]:
            if t.at < end:
                t.taken = True
        if number is not None and count_of(number) != len(group):
            self._say("unread", x)
            return ()
        return group if len(group) > 1 else ()

    def _group_meant(self, i: int) -> tuple[str, ...]:
        for x in self.s.of("all"):
            if self.s[x].clause == self.s[i].clause and x < i and (group := self._quantified(x, i)):
                return group
        return ()

    def _agent(self, i: int) -> Who | None:
        s = self.s
        for x in range(i + 1, len(s)):
            t = s[x]
            if t.clause != s[i].clause or (t.kind in BARRIERS and not t.bracket):
                return None
            if x in s.listed and not t.bracket:
                if _AGENT.search(self.text[s[i].end : t.at]) or s[x - 1].kind == "only":
                    for y in range(s.listed[x].first, s.listed[x].last):
                        if s[y].kind == "neg" and s[y].text == "nor":
                            s[y].taken = True
                    return s.listed[x]
                return None
        return None

    def _listed_after(self, i: int) -> tuple[str, ...]:
        s = self.s
        behind = [f for f in sorted(s.groups) if f > i]
        if behind and re.search(r"\bnamely\b|:|\bwhich are\b|\bfor\b|\bon\b", self.text[s[i].end : s[behind[0]].at]):
            self._take(*s.groups[behind[0]])
            return s.group(behind[0])
        return ()
