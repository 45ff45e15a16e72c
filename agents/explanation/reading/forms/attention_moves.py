"""Attention that moves from the baseline's map to the fine-tuned model's: from a zone to another, into usual places.

the peak has moved from left hilum to right apex, and into usual places       from neck to left apex, it has moved
the map goes from NOT mainly to mostly in usual places for Edema              the attention has left usual places
for Fracture it goes the other way, from 65 % to 48 %                         fine-tuning moves it out of usual places
"""

from __future__ import annotations

import re

from ...facts import ROLES
from .forms import ASIDE, PLACE, FormReading

_THEM = r"(?:(?:mostly |mainly )?(?:the |its )?usual places|them\b)"
_HEAD = re.compile(
    rf"(?:\bfrom (?:the )?(?P<a>Z+){ASIDE} to (?:the )?(?P<b>Z+){ASIDE},? )?(?:the |its )?"
    r"(?:\b(?P<what>attention|maps?|heatmaps?|focus|peaks?|it) (?P<aux>(?:has|have|does|do|did) )?"
    r"(?:(?:now|thereby|also|thus|again|therefore) )?"
    r"(?P<not>(?:not(?: yet)?|never|hardly|nearly|almost|barely|scarcely|partly) )?"
    r"(?:(?P<out>leaves?|left)|(?P<into>enter(?:s|ed)?|reach(?:es|ed)?)"
    r"|move[sd]?|goe?s?|gone|went|shift(?:s|ed)?|comes?|came|wander(?:s|ed)?|travel(?:s|led)?)"
    r"|fine-tuning (?:has )?(?P<tuning>move[sd]|shift(?:s|ed)|brings|brought|takes|took|draws|drew)"
    r" (?:the |its )?(?:attention|focus|maps?|peak))\b"
)
_PIECES = tuple(
    re.compile(piece)
    for piece in (
        rf"(?: away)? from (?:the )?(?P<a>Z+){ASIDE}(?: (?:to|into|towards|over to) (?:the )?(?P<b>Z+){ASIDE})?",
        rf" (?:to|into|towards|over to) (?:the )?(?P<b>Z+){ASIDE}",
        rf"[,;:]?(?: and| that is,| so| thus| hence)?(?: has| have)?(?: moved| gone| come| shifted)?"
        r" (?:(?P<into>into(?! not)|(?:out of|away from)(?= not))|(?P<out>(?:out of|away from)(?! not)|into(?= not)))"
        rf"(?: not)? {_THEM}",
        r",?(?: and)?(?: has| have| thereby| thus)* (?:(?P<out>left|leaves|leaving)|(?P<into>enter(?:s|ed|ing)))"
        rf" {_THEM}",
        rf"[,:;]?(?: and)?(?: the map)? from (?P<p>{PLACE}) to (?P<q>{PLACE}) in (?:the )?usual places",
        r" the (?:(?P<same>same)|(?P<other>other|opposite)) way(?:,? from (?P<x>N+) to (?P<y>N+))?",
    )
)
_OBJECT = re.compile(rf" {_THEM}")
_END = re.compile(r"$|[.,;:]| (?:and|but|with|while|whereas|although|though|for|as)\b")


class AttentionMoves(FormReading):
    """What a sentence says of attention that moves."""

    def _forms(self) -> None:
        super()._forms()
        if self.kinds & {"usual", "zone"} or " way" in self.text or " them" in self.text:
            for m in _HEAD.finditer(self._shape):
                self._read_move(m)

    def _read_move(self, head: re.Match[str]) -> None:
        """A move and the pieces behind its verb, as long as they follow each other."""
        pieces, end = [head], head.end()
        if head["out"] or head["into"]:
            place = _OBJECT.match(self._shape, end)
            if place is None:
                return
            end = place.end()
        while (piece := self._piece_at(end)) is not None:
            pieces.append(piece)
            end = piece.end()
        told = {name: m for m in pieces for name, text in m.groupdict().items() if text}
        start, inside = head.start(), [i for i, t in enumerate(self.s) if head.start() <= t.at < end]
        anchor = next(
            (i for i in inside if self.s[i].kind in ("usual", "zone", "them")), inside[-1] if inside else None
        )
        if anchor is None or not set(told) - {"what", "aux", "not", "tuning"} or not _END.match(self._shape, end):
            return
        if any(self.s[i].taken for i in inside):
            return
        way = self._way(told)
        findings = self._findings(anchor)
        pronoun = told.get("what") is not None and head["what"] == "it"
        known = not (pronoun or "them" in self.text[start:end].split()) or bool(self._moves_told())
        self._take(*inside)
        self.formed.append((start, end))
        if head["not"] or way == "unclear" or not known or self._named_beside(start, end):
            self._say("unread", anchor, ROLES, findings)
            return
        self._say_move(anchor, told, way, findings)

    def _piece_at(self, end: int) -> re.Match[str] | None:
        return next((m for piece in _PIECES if (m := piece.match(self._shape, end)) is not None), None)

    def _moves_told(self) -> list[str]:
        """Ways that maps were told to move before, the last one last."""
        told = [c for c in (*self.before.told, *self.claims) if c.kind == "plausible" and c.cue == "move"]
        return ["out" if c.negated else "into" for c in told if c.roles == (ROLES[1],)]

    def _way(self, told: dict[str, re.Match[str]]) -> str | None:
        """`into` usual places or `out` of them, None where nothing is said of them; or `unclear`."""
        ways = {name for name in ("into", "out") if name in told}
        if "p" in told:
            pair = told["p"]["p"] == "not mainly", told["q"]["q"] == "not mainly"
            ways.add({(True, False): "into", (False, True): "out"}.get(pair, "unclear"))
        if "same" in told or "other" in told:
            last = self._moves_told()[-1:]
            ways.add(
                "unclear" if not last else last[0] if "same" in told else {"into": "out", "out": "into"}[last[0]]
            )
        return "unclear" if len(ways) > 1 else next(iter(ways), None)

    def _named_beside(self, start: int, end: int) -> bool:
        """A model is named in the same part of the sentence before a move, or right behind it."""
        part = re.split(r"[;.:]", self._shape[:start])[-1]
        return "R" in part or re.match(r",? (?:\w+ )?(?:for|in|by|of|with|on) R", self._shape[end:]) is not None

    def _say_move(
        self, anchor: int, told: dict[str, re.Match[str]], way: str | None, findings: tuple[str, ...]
    ) -> None:
        for role, group in zip(ROLES, ("a", "b"), strict=True):
            if group in told:
                zone = self._inside(told[group], group, "zone")[0]
                self._say("zone", zone, (role,), findings, value=self._zone_name_at(zone), cue="peak")
        if "b" in told and "a" not in told:
            self._say("not_moved", anchor, ROLES, findings, negated=True)
        for role, inside in zip(ROLES, ("out", "into"), strict=True):
            if way is not None:
                self._say("plausible", anchor, (role,), findings, value="inside", negated=way != inside, cue="move")
        for role, group in zip(ROLES, ("x", "y"), strict=True):
            if group in told:
                number = self._inside(told[group], group, "number")[0]
                self._say("number", number, (role,), findings, value=(self.s[number].text, None), cue="share")
