"""`one` that stands for a call or a box: `0.76 earns a call from the one model, and the other makes one`."""

from __future__ import annotations

import re

from ..cutting.tokens import Who
from .ellipses import EllipsisReading

_OWN_ONE = re.compile(r"\s*(?:$|[.,;(])")
_MAKES_ONE = re.compile(
    r"\b(?:makes?|made|earns?|earned|gets?|brings?|yields?) one(?=(?P<by> (?:from|by|of) )|\s*(?:$|[.,;]))"
)


class OneReading(EllipsisReading):
    """Calls and boxes told by `one`."""

    def _repeats(self) -> None:
        super()._repeats()
        self._one_more()

    def _one_more(self) -> None:
        """`0.76 earns a call from the one model, and the other makes one`."""
        for m in _MAKES_ONE.finditer(self.text) if "callnoun" in self.kinds or "nocall" in self.kinds else ():
            pick, _ = self._said_before(m.start())
            last = max((i for i, t in enumerate(self.s) if t.at < m.start()), default=0)
            who = self._agent(last) if m["by"] else self._roles(last, forward=False)
            if pick is None or pick.kind != "call" or who is None:
                self._say("unread", last)
            else:
                self._take_until(m.start(), m.end(), "count")
                self._say("call", last, Who(who.roles), pick.findings, negated=self._denied(last))
        for x in sorted(self.s.listed):
            if self.s[x].text.endswith(" one") and _OWN_ONE.match(self.text, self.s[x].end):
                self._own_box(x)

    def _own_box(self, x: int) -> None:
        """`the baseline has two boxes, the fine-tuned one`: as many, where no verb follows."""
        boxes = [c for c in self.claims if c.kind == "boxes" and c.at < self.s[x].at]
        if (
            boxes
            and boxes[-1].roles != self.s.listed[x].roles
            and x
            and self.s[x - 1].kind in ("comma", "and", "clause")
        ):
            self._say("boxes", x, self.s.listed[x].roles, boxes[-1].findings, value=1)
