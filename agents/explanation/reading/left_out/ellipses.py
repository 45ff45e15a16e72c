"""What a sentence leaves out: `... and the other does not`, `but not X`, `as does Y`, `FT: neither`.

A verb that is left out is the one of the last statement, of this sentence or of the one before. `not` denies that
verb, so that `does not` behind `leaves it uncalled` says that it is called.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..claims import Claim
from ..cutting.tokens import Token, Who
from .own_subjects import REPEATED, UNLIKELY, OwnSubjects

_DENIES_ITSELF = frozenset(["uncalled", "reject", "noncall", "nocall", "under", "noevidence", "lacks"])
"""Kinds of token whose statement is negative without any `not`."""
_JUDGED = {"right": True, "correct": True, "wrong": False, "incorrect": False, "mistaken": False}
"""Words for an answer -> whether to deny them says that it is not right."""
_ENDS = (
    r"\s*(?:$|[.,;:()]|(?:too|so|as well|likewise|also|either|by|with|at|from|in|for|and|but|hence|while"
    r"|whereas|though|although"
    r"|because|since|yet|which|here|there|on|under|follow\w*|do so|call it)\b)"
)
_NOT_ENDS = re.compile(_ENDS)
_DOES = re.compile(
    r" (?:does|do|did)(?: (?:do )?so)?(?: (?:too|as well|likewise|also))?"
    r"(?=\s*(?:$|[.,;:()]|(?:and|but|while|whereas|at|with|because|since)\b))"
)
_AS_DOES = re.compile(
    r"\b(?:as|so|and so) (?:does|do|did|is|are|was|were) (?:that of )?(?:the )?$|, (?:just |much )?like $"
)


_WITH_NUMBER = re.compile(r"\s*\([^()]*\)\s*(?:$|[.,;]|and\b)")
"""Behind a finding with its score, and nothing more: `..., the fine-tuned model Edema (0.42)`."""
_NOR = re.compile(r" (?:(?:does|do|did|is|was|has|by|in|with|for|that of) )?(?:the )?")


class EllipsisReading(OwnSubjects):
    """Statements without their verb."""

    def _ellipses(self) -> None:
        self._cannot_be_said()
        for i, t in enumerate(self.s.tokens):
            if not t.taken and t.kind in ("neg", "neither"):
                self._left_out(i)
        self._repeats()

    def _left_out(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if t.kind == "neither":
            if any(c.quantity == "neither" for c in self.claims):
                t.taken = True
                return
            if not re.fullmatch(r"\s*", self.text[t.end :].strip(".")):
                return
        if t.text == "nor":
            self._nor(i)
        if t.text in ("nor", "without"):
            return
        pick, word = self._said_before(t.at)
        if t.text == "nothing":
            if (
                pick is not None
                and pick is not self.before.said
                and pick.kind == "call"
                and re.match(r" else\b(?! (?:goes|is|gets))", self.text[t.end :])
            ):
                self._say("exclusive", i, Who(pick.roles), pick.findings)
            return
        if pick is None and t.text == "unlike":
            later = [c for c in self.claims if c.kind in REPEATED]
            pick = later[0] if later else None
        if pick is None or (pick is self.before.said and t.text not in ("not", "no longer", "never")):
            return
        kind, negated = self._denied_again(pick, word, t)
        nxt = i + 1
        follow = s[nxt] if nxt < len(s) else None
        if (
            follow is not None
            and follow.kind == "finding"
            and re.fullmatch(r" (?:for |on |about |the |an? |also )*", s.between(i, nxt))
            and kind in ("call", "right", "plausible")
            and pick is not self.before.said
        ):
            self._take(*s.groups[nxt])
            who = Who(pick.roles, "all" if pick.quantity == "only" else pick.quantity)
            self._say(kind, i, who, s.group(nxt), negated=negated, value=pick.value)
            return
        if (
            follow is not None
            and nxt in s.listed
            and re.fullmatch(r"\s*(?:by |in |for |with |from |that of |those of )?(?:the )?", s.between(i, nxt))
        ):
            self._say(kind, i, Who(s.listed[nxt].roles), pick.findings, negated=negated, value=pick.value)
            return
        if not (_NOT_ENDS.match(self.text[t.end : t.end + 40]) or t.text.startswith("fail")):
            return
        who = self._roles(i, forward=False)
        if word == "under" and who.roles == pick.roles:
            negated = True  # the call is denied once more
        if kind == "assessed":
            negated = False
        findings = pick.findings
        if t.kind == "neither":
            told = [c for c in self.claims if c.kind == "call" and c.at < t.at and c.roles == pick.roles]
            findings = tuple(dict.fromkeys(f for c in told for f in c.findings))
            if len(findings) != 2:
                return
        own = self._own_findings(i, pick, kind)
        self._say(kind, i, Who(who.roles), own or findings, negated=negated, value=pick.value)
        if own and kind == "plausible":
            self._say_only_these(i, who.roles, own, inside=not negated)

    def _denied_again(self, pick: Claim, word: str, t: Token) -> tuple[str, bool]:
        """What a `not` makes of the statement whose verb is left out: its kind, and whether it is denied."""
        by_form = pick.kind == "call" and pick.negated and word == "finding"  # `X escapes A, not B`
        kind = "unread" if by_form else pick.kind
        negated = word not in _DENIES_ITSELF if word else not pick.negated
        if kind in ("right", "plausible", "flat", "boxes"):
            negated = pick.negated if re.match(r" either\b", self.text[t.end :]) else not pick.negated
        if kind == "right" and pick.text in _JUDGED:
            negated = _JUDGED[pick.text]  # `is wrong, and the other is not`
        if kind == "plausible" and pick.negated:
            if pick is self.before.said and pick.text != "not":
                kind = "unread"
            negated = negated or self._said_with_not(pick)  # `is not there, and the other is not`
        if kind == "outcome":
            kind, negated = "call", re.search(r"tp|fp|true pos|false pos|false alarm|overcall", pick.text) is not None
        return kind, negated

    def _nor(self, i: int) -> None:
        """`..., nor does the fine-tuned model`, `nor by the other`: a statement that denies, of another model."""
        s, nxt = self.s, i + 1
        follow = nxt in s.listed and _NOR.fullmatch(s.between(i, nxt)) is not None
        pick, word = self._said_before(s[i].at)
        if not follow or pick is None or pick.kind not in ("call", "plausible", "right"):
            return
        if not (pick.negated or pick.quantity == "neither" or word in _DENIES_ITSELF):
            return
        self._say(pick.kind, i, Who(s.listed[nxt].roles), pick.findings, negated=True, value=pick.value)

    def _agents(self) -> None:
        """`called by the baseline at 0.64, and by the fine-tuned model at 0.44`."""
        s = self.s
        for x in sorted(s.who):
            if s[x].kind != "role" or not re.search(r"\b(?:and|but)(?: also)? by (?:the )?$", s.before(x, 18)):
                continue
            pick, _ = self._said_before(s[x].at)
            if pick is not None and pick.kind == "call" and not set(s.who[x].roles) & set(pick.roles):
                self._say("call", x, Who(s.who[x].roles), pick.findings, negated=pick.negated)

    def _repeats(self) -> None:
        """`... and the other does too`, `as does the other`: the last statement again, of another model or finding."""
        s = self.s
        for f in sorted(s.groups):
            if s[f].taken or not re.search(
                r"\b(?:as|so|and so) (?:is|are|was|were|does) (?:the )?$", s.before(f, 14)
            ):
                continue
            pick, _ = self._said_before(s[f].at)
            if pick is not None and pick.kind in ("call", "outcome", "plausible"):
                self._take(*s.groups[f])
                who = Who(pick.roles, pick.quantity)
                self._say(pick.kind, f, who, s.group(f), negated=pick.negated, value=pick.value)
                if pick.kind == "outcome":
                    self.claims[-1] = self.claims[-1]._replace(text=pick.text)
        self._agents()
        self._gapped()
        self._positive()
        for i in s.of("all"):
            if s[i].text == "none" and not s[i].taken:
                self._none(i)
        for x in sorted(s.listed):
            who, t = s.listed[x], s[x]
            if x != who.last or t.bracket or t.taken:
                continue
            ends = _DOES.match(self.text, t.end)
            asdoes = _AS_DOES.search(s.before(who.first, 30))
            if ends is None and asdoes is None:
                continue
            if re.search(r"\bthan(?: that of)? (?:the )?$|\bwhat (?:the )?$", s.before(who.first, 20)):
                continue
            pick, word = self._said_before(s[who.first].at)
            if pick is None:
                self._say("unread", x)
                continue
            if asdoes is not None and pick.kind == "outcome":
                self._say("outcome", x, Who(who.roles), pick.findings, negated=pick.negated)
                self.claims[-1] = self.claims[-1]._replace(text=pick.text)
            elif asdoes is not None:
                self._say(pick.kind, x, Who(who.roles), pick.findings, negated=pick.negated, value=pick.value)
            elif pick.kind == "outcome":
                called = re.search(r"tp|fp|true pos|false pos|false alarm|overcall", pick.text) is not None
                self._say("call", x, Who(who.roles), pick.findings, negated=not called)
            else:
                negated = word in _DENIES_ITSELF if pick.kind == "call" else pick.kind != "assessed" and pick.negated
                if pick.kind == "plausible":
                    negated = UNLIKELY.search(pick.text) is not None
                value = "has" if pick.kind == "assessed" else pick.value
                findings = (self._own_findings(x, pick, pick.kind) if pick.at else ()) or pick.findings
                quantity = "neither" if who.quantity == "neither" else "all"
                self._say(pick.kind, x, Who(who.roles, quantity), findings, negated=negated, value=value)

    def _positive(self) -> None:
        """`..., peaking in the left hilum, does`: a verb left out at some distance from its model."""
        s = self.s
        for i in s.of("aux"):
            t = s[i]
            if re.search(r"\bnot $", s.before(i, 4)):
                continue
            if re.search(r"% $", s.before(i, 2)):
                continue  # `in the other 52 % does`: the share says it
            near = i and i - 1 in s.listed and _DOES.match(self.text, s[i - 1].end)
            relative = i > 2 and s[i - 1].text == "which" and i - 3 in s.listed and s[i - 2].kind == "comma"
            aside = re.search(
                r"\b(?:than|as|what|where|which|how|that|so|who|whom|one|there|this)\b[^,;:]*$", s.before(i, 34)
            )
            if near or (aside and not relative and not t.text.startswith("follow")) or t.bracket:
                continue
            pick, word = self._said_before(t.at)
            who = self._roles(i, forward=False)
            if pick is None or not who.roles or pick.kind == "boxes":
                continue
            if pick is self.before.said and (pick.kind != "plausible" or i - 1 not in s.groups):
                continue
            kind, negated = (
                pick.kind,
                pick.negated if pick.kind not in ("call", "assessed") else word in _DENIES_ITSELF,
            )
            if kind in ("plausible", "right", "flat"):
                negated = kind == "right" and not _JUDGED.get(pick.text, True)
            if kind == "outcome":
                kind, negated = "call", re.search(r"tn|fn|true neg|false neg|miss", pick.text) is not None
            value = "has" if kind == "assessed" else pick.value
            findings = self._own_findings(i, pick, "plausible") or pick.findings
            if re.search(r"\bstill $", s.before(i, 6)) and who.roles == pick.roles == ROLES[:1]:
                who = Who(ROLES[1:])  # `called before fine-tuning and still is`
            quantity = "neither" if who.quantity == "neither" and s[who.first].clause == t.clause else "all"
            self._take(*(x for x in (who.first,) if quantity == "neither"))
            self._say(kind, i, Who(who.roles, quantity), findings, negated=negated, value=value)
            if kind == "plausible":
                self._say_only_these(i, who.roles, findings, inside=not negated)

    def _none(self, i: int) -> None:
        """`..., and the other none`, `none by the other`, `none of which concerns X`, `None of its map, 0 %`."""
        s, t = self.s, self.s[i]
        tail = self.text[t.end : t.end + 60]
        if re.match(
            r" of (?:its|the|(?:the )?(?:baseline|fine-?tuned)[a-z ]*'s) [\w ]*, (?:just |only "
            r"|that is )?0 ?%",
            tail,
        ):
            t.taken = True
            return
        which = re.match(r" of (?:which|them|these) (?:is|are|concerns?|being|includes?) (?:the )?", tail)
        f = next((f for f in sorted(s.groups) if which and s[f].at == t.end + which.end()), None)
        counted = [c for c in self.claims if c.kind in ("calls_number", "call_of") and c.at < t.at]
        if f is not None and counted:
            self._take(*s.groups[f])
            self._say("call", i, counted[-1].roles, s.group(f), negated=True)
            return
        pick, word = self._said_before(t.at)
        own = s.listed.get(i - 1)
        if counted and own is not None and own.roles != counted[-1].roles and re.match(r"\s*(?:$|[.,;])", tail):
            self._say("call_none", i, Who(own.roles))  # `calls two of 13, the other none`
            return
        if pick is None or not re.match(r"\s*(?:$|[.,;:()]|by |for |in |of (?:these|them)\b)", tail):
            return
        behind = re.match(r" (?:by|for|in) (?:the )?", tail)
        who = s.listed[i + 1] if behind and i + 1 in s.listed else self._roles(i, forward=False)
        if pick.kind == "boxes":
            self._say("boxes", i, Who(who.roles), pick.findings, value=0)
        elif pick.kind == "call" and word not in _DENIES_ITSELF:
            told = [c for c in self.claims if c.kind == "call" and c.at < t.at and c.roles == pick.roles] or [pick]
            findings = tuple(dict.fromkeys(f for c in told for f in c.findings))
            if len(findings) > 1:
                self._say("calls_none_of", i, Who(who.roles), findings)
            else:
                self._say("call", i, Who(who.roles), findings, negated=True)
        elif pick.kind == "outcome" and re.match(r" of (?:these|them)\b", tail):
            self._say("call", i, Who(who.roles), pick.findings, negated=True)

    def _gapped(self) -> None:
        """`the baseline calls A, the fine-tuned model B and C`: the verb once more, of the other model."""
        s = self.s
        for f in sorted(s.groups):
            first = s.groups[f][0]
            if f != first or not f or (s[f].taken and not _WITH_NUMBER.match(self.text, s[f].end)):
                continue
            behind = s.groups[f][-1] + 1
            if behind in s.listed and re.fullmatch(r" by (?:the )?", s.between(behind - 1, behind)):
                pick, _ = self._said_before(s[f].at)
                if pick is not None and pick is not self.before.said and pick.kind == "call":
                    self._take(*s.groups[f])
                    self._say("call", f, s.listed[behind], s.group(f), negated=pick.negated)
                continue
            own = f - 2 if s[f - 1].kind == "alone" else f - 1
            if own not in s.listed or len(s.listed[own].roles) != 1:
                continue
            if not re.fullmatch(r" (?:only |just )?(?:alone )?(?:on |for |about |in )?(?:the )?", s.between(own, f)):
                continue
            pick, word = self._said_before(s[own].at)
            if pick is None or pick is self.before.said or pick.roles == s.listed[own].roles:
                continue
            if pick.kind == "right":
                self._take(*s.groups[f])
                self._say("right", f, Who(s.listed[own].roles, pick.quantity), s.group(f), negated=pick.negated)
                continue
            if pick.kind == "outcome" and word in ("call", "callish"):  # `wrongly calls X, the other Y`
                self._take(*s.groups[f])
                self._say("outcome", f, s.listed[own].roles, s.group(f), negated=pick.negated)
                self.claims[-1] = self.claims[-1]._replace(text=pick.text)
            if pick.kind != "call":
                continue
            if word in ("call", "callish") and pick.quantity == "all":
                self._take(*s.groups[f])
                self._say("call", f, s.listed[own].roles, s.group(f), negated=pick.negated)

    def _verbless(self) -> None:
        """`X: FT only`, and `3 of 11 and 5 of 12` before and after."""
        s = self.s
        self._tallies()
        self._two_outcomes()
        if not self.claims and s.groups and len({w.roles for w in s.listed.values()}) == 1:
            who = next(iter(s.listed.values()))
            first = sorted(s.groups)[0]
            if (
                len(s) - 1 <= who.last + 2
                and re.search(r":", self.text)
                and (who.quantity != "all" or who.roles == ROLES)
            ):
                self._take(*s.groups[first], *s.of("neither"))
                self._say("call", first, who, s.group(first))

    def _tallies(self) -> None:
        """`3 of 11 and 5 of 12`: of the two models named, else before and after."""
        s = self.s
        tallies = [n for n, c in enumerate(self.claims) if c.kind == "call_of"]
        named = list(dict.fromkeys(r for x in sorted(s.who) if s[x].kind == "role" for r in s.who[x].roles))
        same = len({self.claims[n].roles for n in tallies}) == 1
        between = len(tallies) == 2 and any(
            self.token_of[tallies[0]] < x < self.token_of[tallies[1]] for x in s.of("role")
        )
        if len(tallies) == 2 and (not s.listed or (same and len(named) == 2 and not between)):
            for n, role in zip(tallies, named if len(named) == 2 else ROLES, strict=True):
                self.claims[n] = self.claims[n]._replace(roles=(role,))

    def _two_outcomes(self) -> None:
        """`a TN, then a FP`: before and after."""
        s = self.s
        outcomes = [n for n, c in enumerate(self.claims) if c.kind == "outcome"]
        if (
            len(outcomes) == 2
            and self.claims[outcomes[0]].findings == self.claims[outcomes[1]].findings
            and (
                not s.who
                or re.search(
                    r"\b(?:tp|fp|tn|fn) (?:against|versus|vs|to) (?:an? )?(?:tp|fp|tn|fn)\b",
                    self.text[self.claims[outcomes[0]].at : self.claims[outcomes[1]].at + 3],
                )
            )
            and re.search(
                r"\b(?:against|versus|vs|into|becomes?|became|to|at first|then|and)\b|->",
                self.text[self.claims[outcomes[0]].at : self.claims[outcomes[1]].at],
            )
        ):
            named = list(dict.fromkeys(r for x in sorted(s.who) if s[x].kind == "role" for r in s.who[x].roles))
            for n, role in zip(outcomes, named if len(named) == 2 else ROLES, strict=True):
                self.claims[n] = self.claims[n]._replace(roles=(role,), quantity="all")
