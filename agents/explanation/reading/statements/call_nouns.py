"""Calls told by a noun: `makes the call`, `its only call`, `no call`, `no evidence of`."""

from __future__ import annotations

import re

from .assessed import AssessedReading

_IS_A_CALL = re.compile(
    r"\b(?:is|are|was|were|makes?|made|making|amounts to) (?:not )?(?:a|the|that|this|another|its one)(?: [a-z]+)? $"
)
"""Before `call` as a noun that says that something is called."""

_MAKES_A_CALL = re.compile(
    r"\b(?:earn(?:s|ed)?|leads? to|led to|leading to|results? in|resulted in|brings?|brought|yield(?:s|ed)?"
    r"|produce[sd]?|end(?:s|ed)? in|suffices? for|(?:enough|sufficient) for|draws?)"
    r" (?:a|one|the|that|this)(?: positive)? $"
)
"""Before `call` as what a score or a map brings about."""


class CallNouns(AssessedReading):
    """Calls and what is no call, as nouns."""

    def _on_callnoun(self, i: int) -> None:
        """`is not a call`, `makes the call`: a call told by its noun."""
        s = self.s
        if re.search(r"\b(?:makes?|made) (?:only |just |exactly )?one $", s.before(i, 24)):
            self._take(*(x for x in s.of("only", "count") if x == i - 1))
            self._say("calls_number", i, self._roles(i), value=1)
            return
        if re.search(r"\b(?:sole|only|single|one) $", s.before(i)) and (who := self._roles(i)).roles:
            groups = [f for f in sorted(s.groups) if s[f].clause == s[i].clause]
            if (
                groups
                and len(who.roles) == 1
                and re.search(
                    r"\b(?:is|was|are|were"
                    r"|remains?)\b",
                    self._clause_all(s[i]),
                )
            ):
                self._take(*s.groups[groups[0]], *(x for x in s.of("only", "count") if s[x].end == s[i].at - 1))
                self._say("exclusive", i, who, s.group(groups[0]))
                return
        agent = (
            self._agent(i)
            if re.match(
                r"(?: (?:is|was) (?:not )?(?:made"
                r"|given))? by\b",
                self.text[s[i].end :],
            )
            else None
        )
        is_made = re.match(r" (?:is|was) (not )?(?:made|given)\b", self.text[s[i].end :])
        if (agent is not None and re.search(r"\ba $", s.before(i, 3))) or is_made:
            if is_made and is_made[1]:
                self._take_until(s[i].end, s[i].end + is_made.end(), "neg")
            self._say("call", i, agent or self._roles(i), self._findings(i), negated=bool(is_made and is_made[1]))
            return
        own = re.search(
            r"(?:'s|\bits) (?:[a-z]+ )?$", s.before(i, 24) if s[i - 1].kind != "finding" else s.before(i - 1, 24)
        )
        about = i - 1 if s[i - 1].kind == "finding" and not s.between(i - 1, i).strip() else i + 1
        if (
            own
            and about in s.groups
            and (about < i or re.fullmatch(r" (?:of|for|on) (?:the )?", s.between(i, about)))
        ):  # `the baseline's Edema call`: that it calls it is taken for granted
            self._take(*s.groups[about])
            self._say("call", i, self._roles(i), s.group(about))
            return
        if _MAKES_A_CALL.search(s.before(i, 40)):
            agent = self._agent(i) if re.match(r" (?:from|by|of|in)\b", self.text[s[i].end :]) else None
            self._say("call", i, agent or self._roles(i), self._findings(i), negated=self._denied(i))
            return
        m = _IS_A_CALL.search(s.before(i, 40))
        of = i + 1 in s.listed and s.between(i, i + 1) == " of "
        named = i - 1 in s.listed and s.between(i - 1, i) == "'s " and self.text[s[i].at : s[i].end] == "call"
        if m is None and named and len(s.listed[i - 1].roles) == 1:
            self._say("own_call", i, s.listed[i - 1], self._findings(i))
            return
        if m is None or (not of and re.match(r" (?:for|of|on) (?!the finding)", self.text[s[i].end :])):
            return
        self._say("call", i, self._roles(i), self._findings(i), negated=self._denied(i))

    def _on_enough(self, i: int) -> None:
        """`0.57 is enough for a call`, `0.43 suffices`."""
        if any(x < i and self.s[x].clause == self.s[i].clause for x in self.s.of("number")):
            self._say("call", i, self._roles(i), self._findings(i), negated=self._denied(i))

    def _on_nocall(self, i: int) -> None:
        bare = not any(self.s[f].clause == self.s[i].clause for f in self.s.groups)
        whole = (
            self.s[i].text[-1] == "s"
            and re.search(r"\b(?:has|have|makes?) $", self.s.before(i))
            and re.match(r"[,.;]|$", self.text[self.s[i].end :])
        )
        if bare and (whole or re.match(r" at all\b", self.text[self.s[i].end :])):
            self._say("call_none", i, self._agent(i) or self._roles(i))
            return
        self._say("call", i, self._agent(i) or self._roles(i), self._findings(i), negated=True)

    def _on_noevidence(self, i: int) -> None:
        self._say("call", i, self._roles(i), self._findings(i), negated=True)

    def _on_noncall(self, i: int) -> None:
        self._say("call", i, self._roles(i), self._findings(i), negated=True)
