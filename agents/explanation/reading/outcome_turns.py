"""Outcomes that fine-tuning brings or takes away, that one model has and the other is spared, and that decide a case.

    fine-tuning removes two false positives, namely Edema and Fracture, but brings in one for Pneumonia
    Edema is a false positive that the fine-tuned model avoids
    the gain on Edema comes with an FP on Pneumonia         Edema decides the case

What is removed the baseline has and the fine-tuned model not, what is added the other way round.
"""

from __future__ import annotations

import re

from ..facts import ROLES
from .forms import FINDINGS, Forms
from .sentence import count_of
from .shared_calls import SharedCalls
from .tokens import Who

_END = r"(?=$|[.,;:)]| (?:and|but|while|whereas)\b)"
_REMOVES = r"(?:clears? (?:away|up)|removes?|drops?|sheds?|corrects?|undoes|gets? rid of|erases?|eliminates?)"
_ADDS = r"(?:brings? in|brings?|adds?|introduces?|creates?|incurs?)"
_NUMBER = r"(?:an?|one|two|three|four|five|six|seven|eight)"
_HAS_ONE = re.compile(
    r"(?:(?:also|just|only|and|with|has|have|had|makes?|gets?|adds?|shows?),? )*"
    r"(?P<one>one|another|none|(?:new |further )?ones) (?:for|on|in|about) (?:the )?"
)


class OutcomeTurns(SharedCalls):
    """Outcomes as what is won, lost or avoided."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_TURNS)

    def _ellipses(self) -> None:
        self._ones()
        super()._ellipses()

    def _say_outcome(
        self, i: int, name: str, role: tuple[str, ...], findings: tuple[str, ...], *, negated: bool
    ) -> None:
        self._say("outcome", i, role, findings, negated=negated)
        self.claims[-1] = self.claims[-1]._replace(text=name)

    def _tell_turn(self, m: re.Match[str]) -> None:
        """`fine-tuning removes two FP, namely F and F`; `it adds new ones for F` behind such a statement."""
        subject = re.search(
            r"(?:(?P<tuned>\bfine-?tuning|R)|(?P<again>\b(?:it|but|and|,))) (?:also |thus |thereby |then )?$",
            m.string[: m.start()],
        )
        outcomes = [i for i in self.s.of("outcome") if self.s[i].at < m.end()]
        turned = any(c.kind == "outcome" and c.cue == "turn" for c in self.claims)
        if subject is None or not outcomes or (subject["again"] and not turned):
            return
        if subject["tuned"] == "R" and self._subject_of(m.start()) != ("finetuned",):
            return
        i, name = self._first(m), self.s[outcomes[-1]].text
        findings = self._listed_in(m)
        self._take_form(m)
        if m["n"] is not None and count_of(m["n"]) != len(findings):
            self._say("unread", i)
        before, after = ROLES[::-1] if m["adds"] else ROLES
        self._say_outcome(i, name, (before,), findings, negated=False)
        self.claims[-1] = self.claims[-1]._replace(cue="turn")
        self._say_outcome(i, name, (after,), findings, negated=True)

    def _subject_of(self, at: int) -> tuple[str, ...]:
        """The models named last before a place."""
        named = [x for x in sorted(self.s.listed) if self.s[x].end <= at]
        return self.s.listed[named[-1]].roles if named else ()

    def _tell_avoids(self, m: re.Match[str]) -> None:
        i = self._inside(m, "o", "outcome")[0]
        role = self._model(m)
        theirs = tuple(r for r in ROLES if r not in role)
        if m.groupdict().get("of") and self._model(m, 1) != theirs:
            self._say("unread", i)
            return
        findings = self._listed_in(m) if m.groupdict().get("f") else self._outcome_findings(i)
        self._take_form(m)
        self._say("outcome", i, theirs, findings)
        self._say("outcome", i, role, findings, negated=True)

    def _tell_comes_with(self, m: re.Match[str]) -> None:
        """`the gain on F comes with an O on F`: a gain or a loss is that of fine-tuning."""
        ahead = [x for x in self.s.of("gain") if self.s[x].at < m.start()]
        if not ahead or not re.search(r"\b(?:the|these|those|this) $", self.s.before(ahead[-1])):
            return
        i, findings = self._inside(m, "", "outcome")[0], self._listed_in(m)
        self._take_form(m)
        self._say("outcome", i, ("finetuned",), findings)

    def _tell_decides(self, m: re.Match[str]) -> None:
        i, findings = self._inside(m, "f", "finding")[0], self._listed_in(m)
        self._take(*(x for x in self._inside(m) if self.s[x].kind == "open"))
        self.formed.append(m.span())
        self._say("decides", i, ROLES, findings)

    def _ones(self) -> None:
        """`R has an O for F, R one for F and another for F`: the outcome told last, once more."""
        s = self.s
        for f in sorted(s.groups):
            told = [c for c in self.claims if c.kind == "outcome" and c.at < s[f].at and not c.negated]
            if s[f].taken or f != s.groups[f][0] or not told:
                continue
            last = max(told, key=lambda c: c.at)
            named = [x for x in sorted(s.listed) if last.at < s[x].at < s[f].at]
            start = max((s[x].end for x in range(f) if s[x].kind in ("comma", "and", "clause")), default=0)
            m = _HAS_ONE.fullmatch(self.text[s[named[-1]].end if named else start : s[f].at].lstrip())
            if m is None:
                continue
            self._take(*s.groups[f])
            who = s.listed[named[-1]] if named else Who(last.roles)
            self._say_outcome(f, last.text, who.roles, s.group(f), negated=m["one"] == "none")
            if len(who.roles) != 1 or who.quantity != "all":
                self._say("unread", f)


_TURNS: Forms = (
    (
        ("clear", "remove", "drop", "shed", "correct", "undo", "rid of", "erase", "eliminate"),
        re.compile(
            rf"\b{_REMOVES}(?P<adds>(?!))? (?:the |its )?(?:(?P<n>{_NUMBER}) )?O+(?:,? namely|:)?(?: for| on| of)? "
            rf"(?P<f>{FINDINGS})"
        ),
        OutcomeTurns._tell_turn,
    ),
    (
        ("bring", "add", "introduce", "create", "incur"),
        re.compile(
            rf"\b(?P<adds>{_ADDS}) (?:(?P<n>{_NUMBER}) )?(?:new |further |more )?(?:O+|(?<=one )|ones?)"
            rf"(?:,? namely|:)?(?: for| on| of)? ?(?P<f>{FINDINGS})"
        ),
        OutcomeTurns._tell_turn,
    ),
    (
        ("avoids", "does not share", "is spared"),
        re.compile(rf"(?P<o>O+),? (?:that |which )?R+ (?:avoids|does not share|is spared){_END}"),
        OutcomeTurns._tell_avoids,
    ),
    (
        ("avoids",),
        re.compile(rf"R+ avoids (?:the|this|that) (?P<o>O+)(?P<of> of R+)?(?: (?:on|for) (?P<f>{FINDINGS}))?{_END}"),
        OutcomeTurns._tell_avoids,
    ),
    (
        ("comes ", "come ", "goes ", "go "),
        re.compile(
            r"\b(?:comes?|go(?:es)?) (?:along |together )?(?:with|at the (?:cost|price|expense) of) (?:an? |the )?O+"
            rf" (?:on|for) (?P<f>{FINDINGS})"
        ),
        OutcomeTurns._tell_comes_with,
    ),
    (
        ("decide", "tips", "tip ", "settle", "swing", "the difference"),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:(?:decides?|tips?|settles?|swings?) the (?:case|balance|scales)"
            rf"|makes? (?:all )?the difference){_END}"
        ),
        OutcomeTurns._tell_decides,
    ),
)
