"""Boxes: how many a model marks, and over which zone."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from .places import PlaceReading

_COUNT = r"(?:no|none|nothing|one|two|three|four|five|a single one|\d)"
_PAIR = re.compile(rf"\b({_COUNT})(?: box(?:es)?)? (?:against|versus|vs|to|and) ({_COUNT})\b(?! (?:of|box))")
_MARKED = re.compile(
    r"(?: (?:in all|of them|at all))?,?(?: all (?:of them )?[a-z- ]+?,)? (?:is|are|was|were|has been|have been) "
    r"(?:marked|drawn|found|obtained|placed|given|made)\b"
)
_MARKS = re.compile(r"\b(?:marks?|draws?|gives?|has|have|yields?|shows?|makes?|marking|with|places?|produces?) $")

_FOR_A_MODEL = re.compile(r" (?:for|by|from|in) (?:the )?(?:baseline|bl|fine-?tuned|ft)\b")


class BoxReading(PlaceReading):
    """What a sentence says of boxes."""

    def _on_box(self, i: int) -> None:
        s, t = self.s, self.s[i]
        t.taken = True
        self._take(*s.of("oneof"))
        if (
            i
            and s[i - 1].kind in ("count", "number")
            and re.fullmatch(r" (?:separate |such |called |different )?", s.between(i - 1, i))
        ):
            return  # the count says it
        m = re.search(r"\b(a|an|one|the only|its one|any|its) (?:single |sole |such )?$", s.before(i))
        word = m[1] if m else ""
        if word in ("a", "an", "one", "its one", "any") and (word != "any"):
            who = self._roles(i)
            negated = self._denied(i) or who.quantity == "neither"
            for x in s.of("neither") if who.quantity == "neither" else ():
                s[x].taken = True
            self._say(
                "boxes",
                i,
                Who(who.roles),
                self._findings(i, one=True),
                value=0 if negated else 1,
                cue="some" if word in ("a", "an") and not negated else None,
            )
        elif word == "any" and self._denied(i):
            self._say("boxes", i, self._roles(i), self._findings(i, one=True), value=0)

    def _boxed(self) -> bool:
        return "box" in self.kinds or self.before.cited.boxes

    def _box_counts(self) -> None:
        """Counts whose `boxes` is left out: `three against one`, `marks nothing`, `none has been obtained`."""
        s = self.s
        if not self._boxed() or self.kinds & {"call", "score", "threshold"}:
            return
        m = _PAIR.search(self.text)
        pair = [x for x in range(len(s)) if m is not None and s[x].at in (m.start(1), m.start(2))]
        if (
            m is not None
            and len(pair) == 2
            and not any(t.kind in ("usual", "zone") for t in s.tokens[pair[0] : pair[1]])
        ):
            named = list(dict.fromkeys(r for x in sorted(s.who) if s[x].kind == "role" for r in s.who[x].roles))
            both = len(self.before.cited.roles) == 2 or len(named) == 2
            if both and not any(s[x].kind == "role" for x in range(pair[0] + 1, min(pair[1] + 2, len(s)))):
                order = named if len(named) == 2 else list(ROLES)
                for x, role, word in zip(pair, order, m.groups(), strict=True):
                    self._say("boxes", x, (role,), self._findings(x, one=True), value=count_of(word) or 0)
                return
        for x in range(len(s)):
            t = s[x]
            own = s.listed.get(x + 1)
            if t.text == "a single one" and own is not None and s.between(x, x + 1) == " " and not t.taken:
                self._say("boxes", x, Who(own.roles), self._findings(x, one=True), value=1)
                continue
            if t.taken or (t.text not in ("nothing", "none", "no", "neither") and t.kind != "count"):
                continue
            alone = re.match(r"\s*(?:$|[.,;)]|for\b|by\b|in\b|while\b|whereas\b)", self.text[t.end :]) is not None
            if t.kind == "neither":
                if re.search(
                    r"\bbox(?:es)? (?:was|were|is|are|has been|have been) (?:drawn|marked|made|found"
                    r"|given) (?:for|by|from) $",
                    s.before(x),
                ):
                    self._say("boxes", x, Who(ROLES), self._findings(x, one=True), value=0)
            elif (
                _MARKED.match(self.text, t.end)
                or (t.text == "none" and _FOR_A_MODEL.match(self.text, t.end))
                or (
                    alone
                    and _MARKS.search(s.before(x, 12))
                    and (self.before.cited.only_boxes or re.search(r"\bmark\w* $", s.before(x, 12)))
                )
            ):
                n = 0 if t.text in ("nothing", "none") else count_of(t.text)
                if n is not None:
                    self._say("boxes", x, self._agent(x) or self._roles(x), self._findings(x, one=True), value=n)

    def _count_boxes(self, i: int, n: int) -> bool:
        """A count that stands before its boxes or their zone."""
        s, t = self.s, self.s[i]
        tail = self.text[t.end : t.end + 70]
        over = re.match(
            r"(?: of (?:them|these|those|the [a-z' -]*?boxes|(?:its|their) (?:two |three "
            r"|four )?boxes))?(?:,? (?:boxes )?(?:is|are|being|lies?"
            r"|lying|sits?|falls?"
            r"|covers?|covering|covered|over|in|at|situated|located|spans?|spanning))*(?: the)? $",
            self.text[t.end : s[z].at] if (z := next((x for x in s.of("zone") if x > i), None)) is not None else "-",
        )
        listed = (
            z is not None
            and re.match(r"(?: and|,) ", self.text[s[z].end :])
            and z + 2 < len(s)
            and s[z + 2].kind == "zone"
        )
        if (
            over
            and not (listed and "boxes " in over[0])
            and z is not None
            and ("box" in self.kinds or self.before.cited.only_boxes)
        ):
            self._take_until(t.at, s[z].end)
            zone = self._zone_name(s[z].text, re.sub(r" (?:zone|region|area)$", "", s[z].text))
            if (told := re.search(r"\b(?:its|their) (two|three|four) boxes", over[0])) is not None:
                self._say("boxes", i, self._roles(i), self._findings(i, one=True), value=count_of(told[1]))
            self._say("boxes_in", i, self._roles(i), self._findings(i, one=True), value=(n, zone))
            return True
        if re.match(
            r" (?:separate |single |different |such |midline |(?:left|right)-sided )?(?:box(?:es)?|regions?|ones)\b",
            tail,
        ) and (
            not re.match(r"(?: [a-z-]+)? (?:regions|ones)", tail)
            or self.before.cited.only_boxes
            or "box" in self.kinds
        ):
            t.taken = True
            who = self._roles(i)
            neg = self._denied(i)
            if who.quantity == "either":
                who = Who(ROLES if n == 0 else ())
            if who.quantity == "neither":
                who, n = Who(ROLES), 0 if n else 1
                for x in s.of("neither"):
                    s[x].taken = True
            least = n == 1 and s.before(i, 10).endswith("at least ")
            self._say(
                "boxes", i, who, self._findings(i, one=True), value=-1 if neg else n, cue="some" if least else None
            )
            return True
        return False
