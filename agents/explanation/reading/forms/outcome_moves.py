"""Outcomes that go from one to another, which is from the baseline's to the fine-tuned model's.

    Edema and Fracture turn from FP to TN with fine-tuning, while Pneumonia goes the other way, from TN to FP
    Lung Lesion, which changes from TP to FN          three findings go from FN to TP: Edema, Fracture and Pneumonia
    two changes lie behind this: Edema turns from FN to TP and Pneumonia from FP to TN

Where another model is named in the same part of the sentence, a move is not read.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.binding import OPENINGS
from ..cutting.sentence import count_of
from .attention_moves import AttentionMoves
from .forms import FINDINGS

_MOVE = (
    r"(?:goe?s?|going|went|moves?|moved|moving|turns?|turned|turning|changes?|changed|changing|shifts?|shifted"
    r"|switch(?:es|ed)?|switching|flips?|flipped|flipping|(?:has|have) (?:moved|gone|shifted|turned|changed|switched"
    r"|flipped))"
)
_WAY = r"(?: (?:in )?(?:the |an )?(?P<way>other|opposite|reverse) (?:way|direction),?)"
_FROM = re.compile(r"\bfrom (?:an? )?(?P<a>O+) (?:in)?to (?:an? )?(?P<b>O+)")
_SUBJECT = re.compile(
    rf"(?P<f>{FINDINGS})(?P<verb>(?:,? (?:which|both|all|each|also|now|then|thereby|thus))* {_MOVE}{_WAY}?"
    rf"(?: {_MOVE})?|,)? $"
)
_COUNTED = re.compile(rf"\b(?P<n>two|three|four|five|six) (?:of the )?findings (?:also |now )?{_MOVE} $")
_CHANGES = re.compile(
    r"\b(?P<n>two|three|four|five|six) (?:changes|findings (?:change|move))"
    r"(?: (?:lie|stand|are) behind (?:this|it|that|the (?:verdict|gain|loss))| for the (?P<way>better|worse))?:"
)
_LISTED = re.compile(rf"(?:,? namely|:|,? (?:for|on|in|of)) (?P<f>{FINDINGS})")
_BOUND = re.compile(r"(?:[;:,.]|\b(?:and|but|while|whereas|although|though|yet|by|carried by)) (?:by )?")
_OPENING = re.compile(rf"(?:{OPENINGS},? )*(?:the )?")
_AGENT = re.compile(rf"(?:\bfine-?tuning|R+)(?: also| thus| then)? {_MOVE} $")
_NO_MODEL = re.compile(r" (?:way|direction)\b")
_MODEL_BEHIND = re.compile(r",? (?:\w+ )?(?:for|in|by|of|under) R")


class OutcomeMoves(AttentionMoves):
    """What a sentence says of outcomes that change."""

    def _forms(self) -> None:
        super()._forms()
        if "outcome" in self.kinds and " from " in self.text:
            self._moves()

    def _moves(self) -> None:
        shape, end = self._shape, 0
        for m in _FROM.finditer(shape):
            move = self._subject_ahead(m, end) or self._subject_behind(m, end)
            a, b = (self._inside(m, group, "outcome")[0] for group in ("a", "b"))
            if move is None or self.s[a].taken or self.s[b].taken:
                continue
            if self._of_a_model(m):
                self._say("unread", a)
                continue
            start, findings, way = move
            for role, i in zip(ROLES, (a, b), strict=True):
                self._say("outcome", i, (role,), findings)
                self.claims[-1] = self.claims[-1]._replace(cue="move")
            if way is not None:
                self._opposite_way(way)
                if not self.s[way].taken:
                    self._say("unread", way)
            self._take_until(start, m.end())
            self.formed.append((start, m.end()))
            end = m.end()
        self._count_moves()

    def _subject_ahead(self, m: re.Match[str], end: int) -> tuple[int, tuple[str, ...], int | None] | None:
        """Where a move begins whose findings stand before it, these findings, and the word of `the other way`."""
        segment = m.string[end : m.start()]
        subject = _SUBJECT.search(segment)
        if subject is None:
            return None
        last = max(i for i in self.s.of("finding") if self.s[i].at < end + subject.end("f"))
        if self.s[self.s.groups[last][0]].at < end + subject.start("f"):
            return None
        ahead = segment[: subject.start()]
        agent = _AGENT.search(ahead)
        if subject["verb"] is None and not agent and not end:
            return None
        if agent and "R" in agent[0] and self._model_ahead(end + len(ahead)) != ("finetuned",):
            self._say("unread", last)
            return None
        if not agent:
            bounds = [0, *(bound.end() for bound in _BOUND.finditer(ahead))]
            opening = next((at for at in bounds if _OPENING.fullmatch(ahead, at)), None)
            if opening is None:
                return None
            start = end + opening
        else:
            start = end + (subject.start("f") if "R" in agent[0] else agent.start())
        way = [i for i, t in enumerate(self.s) if subject["way"] and end + subject.start("way") in range(t.at, t.end)]
        return start, self.s.group(last), way[0] if way else None

    def _subject_behind(self, m: re.Match[str], end: int) -> tuple[int, tuple[str, ...], int | None] | None:
        """`three findings go from O to O: F, F and F`."""
        counted, listed = _COUNTED.search(m.string[end : m.start()]), _LISTED.match(m.string, m.end())
        if counted is None or listed is None:
            return None
        findings = self.s.group(self._inside(listed, "f", "finding")[0])
        if count_of(counted["n"]) != len(findings):
            return None
        self._take(*self._inside(listed, "f", "finding"))
        return end + counted.start(), findings, None

    def _model_ahead(self, at: int) -> tuple[str, ...]:
        """The models named last before a place."""
        named = [x for x in sorted(self.s.listed) if self.s[x].at < at]
        return self.s.listed[named[-1]].roles if named else ()

    def _of_a_model(self, m: re.Match[str]) -> bool:
        """Whether a model is named before a move in its part of the sentence, or right behind it."""
        start = max(m.string.rfind(sign, 0, m.start()) for sign in ";:.") + 1
        ahead = [x for x in self.s.who if start <= self.s[x].at < m.start()]
        named = [x for x in ahead if self.s[x].kind != "both" and not _NO_MODEL.match(m.string, self.s[x].end)]
        agent = _AGENT.search(m.string[: m.start()]) or re.search(rf"R+ {_MOVE} F+ $", m.string[: m.start()])
        return bool(named and not agent) or _MODEL_BEHIND.match(m.string, m.end()) is not None

    def _count_moves(self) -> None:
        """`two changes lie behind this: ...`: as many findings follow."""
        counted = _CHANGES.search(self._shape)
        if counted is None:
            return
        moved = [c for c in self.claims if c.cue == "move" and c.roles == ROLES[:1] and c.at > counted.end()]
        if sum(len(c.findings) for c in moved) != count_of(counted["n"]):
            return
        i = self._first(counted)
        self._take_form(counted)
        for c in moved if counted["way"] else ():
            self._say("better", i, ROLES[1:] if counted["way"] == "better" else ROLES[:1], c.findings)
