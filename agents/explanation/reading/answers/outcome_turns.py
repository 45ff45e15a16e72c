"""Outcomes that fine-tuning brings or takes away, that one model has and the other is spared, and that decide a case.

    fine-tuning removes two false positives, namely Edema and Fracture, but brings in one for Pneumonia
    Edema is a false positive that the fine-tuned model avoids
    the gain on Edema comes with an FP on Pneumonia         Edema decides the case

What is removed the baseline has and the fine-tuned model not, what is added the other way round.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .shared_calls import SharedCalls

_END = r"(?=$|[.,;:)]| (?:and|but|while|whereas)\b)"
_REMOVES = r"(?:clears?(?: away| up)?|removes?|drops?|sheds?|corrects?|undoes|gets? rid of|erases?|eliminates?)"
_ADDS = r"(?:brings? in|brings?|adds?|introduces?|creates?|incurs?)"
_NUMBER = r"(?:an?|one|two|three|four|five|six|seven|eight)"
_ONE = re.compile(r"\b(?:one|ones|another|none) (?:for|on|in|about)\b")
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
        theirs = self._inside(m, "of", "role") if m.groupdict().get("of") else []
        if (m["n"] and count_of(m["n"]) != len(findings)) or any(self.s.who[x].roles != ROLES[:1] for x in theirs):
            self._say("unread", i)
        before, after = ROLES[::-1] if m["adds"] else ROLES
        self._say_outcome(i, name, (before,), findings, negated=False)
        self.claims[-1] = self.claims[-1]._replace(cue="turn")
        self._say_outcome(i, name, (after,), findings, negated=True)

    def _tell_exchanged(self, m: re.Match[str]) -> None:
        """`fine-tuning drops F and adds F`: calls given up and calls made."""
        i, dropped, added = self._first(m), self._named(m, "f"), self._named(m, "g")
        if self._inside(m, "", "role") and self._model(m) != ("finetuned",):
            return
        self._take_form(m)
        self._say_turned(i, ROLES, dropped)
        self._say_turned(i, ROLES[::-1], added)

    def _say_turned(self, i: int, order: tuple[str, ...], findings: tuple[str, ...]) -> None:
        """What the first of two models calls and the second, which assesses it as well, does not."""
        for role in order:
            self._say("call", i, (role,), findings, negated=role != order[0])

    def _tell_dropped(self, m: re.Match[str]) -> None:
        """`F is dropped by R`, `R gives up F`: a call of the baseline that the fine-tuned model does not make."""
        i, findings, tuned = self._inside(m, "f", "finding")[0], self._listed_in(m), self._inside(m, "", "role")
        fits = not tuned or self._model(m) == ("finetuned",)
        self._take_form(m)
        self._say_turned(i, ROLES, findings)
        if not fits:
            self._say("unread", i)

    def _tell_takes_up(self, m: re.Match[str]) -> None:
        i, role, findings = self._inside(m, "f", "finding")[0], self._model(m), self._listed_in(m)
        self._take_form(m)
        self._say("call", i, role, findings)

    def _tell_pays(self, m: re.Match[str]) -> None:
        """`R pays for F with two new O, F and F`."""
        i, role = self._inside(m, "", "outcome")[0], self._model(m)
        other = tuple(r for r in ROLES if r not in role)
        won, findings = self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        fits = m["n"] is None or count_of(m["n"]) == len(findings)
        self._say("better" if fits else "unread", i, role, won)
        self._say("outcome", i, role, findings)
        self._say("outcome", i, other, findings, negated=True)

    def _tell_fools(self, m: re.Match[str]) -> None:
        """`F fools both models`, `neither model is fooled by F`: the answer is wrong, or not."""
        who = self._who_behind(m)
        if who is not None and who.quantity != "either":
            i, findings = self._first(m), self._listed_in(m)
            self._take_form(m)
            self._say("right", i, who, findings, negated=True)

    def _tell_fooled(self, m: re.Match[str]) -> None:
        i, findings = self._inside(m, "f", "finding")[0], self._listed_in(m)
        who = self._roles(i, forward=False)
        self._take_form(m)
        self._say("right", i, who, findings, negated=m["no"] is None)

    def _tell_gain_loss(self, m: re.Match[str]) -> None:
        """`F is a gain, F a loss`, `for the better on F, for the worse on F`."""
        i, first, second = self._first(m), self._named(m, "f"), self._named(m, "g")
        self._take_form(m)
        up = m["a"] in ("gain", "gained", "better")
        if up == (m["b"] in ("gain", "gained", "better")):
            self._say("unread", i)
        self._say("better", i, ROLES[1:] if up else ROLES[:1], first)
        self._say("better", i, ROLES[:1] if up else ROLES[1:], second)

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
        if "outcome" not in self.kinds or not _ONE.search(self.text):
            return
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
        ("drops ",),
        re.compile(
            rf"(?:\bfine-?tuning|R+) drops (?P<f>{FINDINGS})(?:,? and|,? but|,) (?:it )?adds (?P<g>{FINDINGS})"
            r"(?=$|[.,;])"
        ),
        OutcomeTurns._tell_exchanged,
    ),
    (
        ("dropped by", "given up by", "abandoned by"),
        re.compile(rf"(?P<f>{FINDINGS}) (?:is|are) (?:dropped|given up|abandoned) by R+"),
        OutcomeTurns._tell_dropped,
    ),
    (
        ("drops ", "gives up ", "abandons "),
        re.compile(
            rf"(?:\bfine-?tuning|R+) (?:drops|gives up|abandons) (?P<f>{FINDINGS})(?=$|[.,;]| and\b| while\b)"
        ),
        OutcomeTurns._tell_dropped,
    ),
    (
        (" takes up ",),
        re.compile(rf"R+ takes up (?P<f>{FINDINGS})(?=$|[.,;])"),
        OutcomeTurns._tell_takes_up,
    ),
    (
        ("pays for ",),
        re.compile(
            rf"R+ pays for (?P<f>{FINDINGS}) with (?:(?P<n>{_NUMBER}) )?(?:new )?O+(?:, namely|,|:| on| for) "
            rf"(?P<g>{FINDINGS})"
        ),
        OutcomeTurns._tell_pays,
    ),
    (
        ("fool", "deceive", "mislead", "trip"),
        re.compile(rf"(?P<f>{FINDINGS}) (?:also )?(?:fools?|deceives?|misleads?|trips? up) "),
        OutcomeTurns._tell_fools,
    ),
    (
        ("fooled by", "deceived by", "misled by"),
        re.compile(
            rf"\b(?:is|are) (?P<no>not )?(?:fooled|deceived|misled) by (?P<f>{FINDINGS})(?=$|[.,;]| and\b| while\b)"
        ),
        OutcomeTurns._tell_fooled,
    ),
    (
        (" gain", "better"),
        re.compile(
            rf"(?P<f>{FINDINGS}) (?:is|are) (?:an? )?(?P<a>gain|loss|gained|lost)(?:,| and|,? while|,? but) "
            rf"(?P<g>{FINDINGS}) (?:(?:is|are) )?(?:an? )?(?P<b>gain|loss|gained|lost)(?=$|[.,;])"
        ),
        OutcomeTurns._tell_gain_loss,
    ),
    (
        ("better",),
        re.compile(
            rf"\bfor the (?P<a>better|worse) (?:on|for|in) (?P<f>{FINDINGS})(?:,| and|,? but)(?: and)? for the"
            rf" (?P<b>better|worse) (?:on|for|in) (?P<g>{FINDINGS})(?=$|[.,;])"
        ),
        OutcomeTurns._tell_gain_loss,
    ),
    (
        ("clear", "remove", "drop", "shed", "correct", "undo", "rid of", "erase", "eliminate"),
        re.compile(
            rf"\b{_REMOVES}(?P<adds>(?!))? (?:the |its |(?P<of>R+)'s )?(?:(?P<n>{_NUMBER}) )?O+(?:,? namely|:)?"
            rf"(?: for| on| of)? (?P<f>{FINDINGS})"
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
