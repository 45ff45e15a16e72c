"""Calls that fine-tuning gives up or takes on.

    the fine-tuned model drops Lung Lesion              it adds Edema but gives up Fracture
    fine-tuning gives up the call of Pneumonia

What is given up the baseline calls and the fine-tuned model does not, what is added the other way round.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.binding import OPENINGS
from .forms import FINDINGS
from .outcome_moves import OutcomeMoves

_GIVES_UP = r"(?:drops?|gives? up|abandons?|relinquish(?:es)?|lets? go of|parts? with)"
_ADDS = r"(?:adds?|takes? on|takes? up)"
_CALL = r"(?: (?:the|its|a) calls? (?:of|for|on))?"
_TURN = re.compile(rf"\b(?:(?P<gone>{_GIVES_UP})|{_ADDS}){_CALL} (?P<f>{FINDINGS})(?! (?:from|by|to N|with|in)\b)")
_TUNED = re.compile(r"\bfine-?tuning (?:also |thus |then |thereby )?$")
_SUBJECT = re.compile(r"(?:R|\bit) (?:also |thus |then |thereby )?$")
_AGAIN = re.compile(r"(?:,? (?:and|but|yet),?|,) (?:also |in return |in exchange |instead )?$")
_IT = re.compile(rf"^(?:{OPENINGS},? )?it (?:also |thus |then |thereby )?$")


class CallTurns(OutcomeMoves):
    """What a sentence says of calls that fine-tuning changes."""

    def _forms(self) -> None:
        super()._forms()
        last = -1
        for m in _TURN.finditer(self._shape):
            roles = self._who_turns(m, last)
            if roles is None or any(self.s[i].taken for i in self._inside(m)):
                continue
            if roles == ROLES[1:]:
                self._tell_call_turn(m)
                last = m.end()
            else:
                self._say("unread", self._inside(m, "f", "finding")[0])

    def _who_turns(self, m: re.Match[str], last: int) -> tuple[str, ...] | None:
        """Whose calls change: of the model named right before, as `it`, or as what did the like before."""
        ahead = m.string[: m.start()]
        if _TUNED.search(ahead) or (last >= 0 and _AGAIN.fullmatch(ahead, last)):
            return ROLES[1:]
        if not _SUBJECT.search(ahead):
            return None
        named = [x for x in sorted(self.s.listed) if self.s[x].at < m.start()]
        return self.s.listed[named[-1]].roles if named else self.before.role() if _IT.match(ahead) else ()

    def _tell_call_turn(self, m: re.Match[str]) -> None:
        i = self._inside(m, "f", "finding")[0]
        findings = self.s.group(i)
        self._take(*self.s.groups[i])
        self._take_until(m.start(), m.start("f"))
        self.formed.append((m.start(), m.start("f")))
        for role, calls in zip(ROLES, (True, False) if m["gone"] else (False, True), strict=True):
            self._say("call", i, (role,), findings, negated=not calls)
