"""Findings that a verb left out is about, where it has its own, and lists of findings that are counted before.

the maps for Edema and Fracture are mostly in usual places, while Pneumonia and Lung Lesion are not
two of the baseline's four maps, Edema and Fracture, lie mostly in usual places, and only Pneumonia does not
"""

from __future__ import annotations

import re

from ..claims import Claim
from ..statements.film import FilmReading

REPEATED = ("call", "outcome", "plausible", "right", "boxes", "assessed", "flat")
"""Kinds of statements that a verb left out may repeat."""
UNLIKELY = re.compile(r"implausible|irrelevant|no sense|little sense|poorly|badly")
"""Words for a place that say themselves that it is not a usual one."""


class OwnSubjects(FilmReading):
    """What stands before a verb that is left out."""

    def _own_findings(self, i: int, pick: Claim, kind: str) -> tuple[str, ...]:
        """The findings named last before `do not` or `are`, in its own clause and behind the statement it repeats."""
        s = self.s
        since = 0 if kind == "call" else pick.at
        own = [f for f in sorted(s.groups) if f < i and s[f].clause == s[i].clause and s[f].at >= since]
        own = [f for f in own if not s[f].bracket]
        if not own:
            return ()
        self._take(*s.groups[own[-1]])
        return s.group(own[-1])

    def _said_before(self, at: int) -> tuple[Claim | None, str]:
        """The statement whose verb is left out at a place, and the kind of its token."""
        earlier = [n for n, c in enumerate(self.claims) if c.kind in REPEATED and c.at < at]
        if earlier:
            last = max(earlier, key=lambda n: (self.claims[n].at, n))
            return self.claims[last], self.s[self.token_of[last]].kind
        said = self.before.said
        return said, "" if said is None else (said.cue or "")

    def _said_with_not(self, pick: Claim) -> bool:
        """Whether a statement that denies does so with a `not` of its own."""
        s, at = self.s, next((i for i, t in enumerate(self.s) if t.at == pick.at), 0)
        return (
            pick is self.before.said
            or s[at].kind == "neg"
            or any(s[x].text == "not" and s[x].clause == s[at].clause for x in range(at))
        )

    def _cannot_be_said(self) -> None:
        """`..., which cannot be said of the baseline's`: the statement before, denied of another model or finding."""
        s = self.s
        m = re.search(r"\bcan not be said (?:of|for) ", self.text)
        if m is None:
            return
        at = next((i for i in s.of("neg") if m.start() <= s[i].at < m.end()), None)
        pick, _ = self._said_before(m.start())
        if at is None or pick is None or pick is self.before.said or pick.kind == "outcome":
            return
        named = [x for x in sorted(s.listed) if s[x].at >= m.end()]
        findings = [f for f in sorted(s.groups) if s[f].at >= m.end()]
        if not named and not findings:
            return
        group = s.group(findings[0]) if findings else pick.findings
        roles = s.listed[named[0]].roles if named else pick.roles
        self._take_until(m.start(), m.end())
        self._say(pick.kind, at, roles, group, negated=not pick.negated, value=pick.value)
        if findings:
            self._take(*s.groups[findings[0]])
