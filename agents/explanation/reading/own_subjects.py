"""Findings that a verb left out is about, where it has its own, and lists of findings that are counted before.

the maps for Edema and Fracture are mostly in usual places, while Pneumonia and Lung Lesion are not
two of the baseline's four maps, Edema and Fracture, lie mostly in usual places, and only Pneumonia does not
"""

from __future__ import annotations

from .claims import Claim
from .film import FilmReading


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

    def _say_only_these(self, i: int, roles: tuple[str, ...], findings: tuple[str, ...], *, inside: bool) -> None:
        """`only A and B do not` of maps: all others that are cited of the model do."""
        s = self.s
        first = next((f for f in sorted(s.groups) if f < i and s.group(f) == findings and s[f].taken), None)
        before = None if first is None else s[s.groups[first][0] - 1]
        if before is not None and before.kind == "only":
            before.taken = True
            self._say("plausible_alone", i, roles, findings, value="inside" if inside else "outside")
