"""Reads the claims out of a sentence of free English: who, about which finding, says what.

Each word that says something is read by the part of the reader for its kind. A word that a statement turns on and that
nothing took up (`not`, `seven`, `second`, `more`) leaves the sentence unread: `unread` says which.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from .claims import NOTHING_BEFORE, Context
from .facts import ROLES
from .film_reading import FilmReading
from .reading import _PRONOUN
from .sentence import Who
from .sentence_words import Words

CRITICAL = frozenset(
    [
        "neg",
        "oneof",
        "twist",
        "count",
        "rank",
        "lead",
        "more",
        "finding",
        "number",
        "neither",
        "alone",
        "plausibler",
        "evenless",
        "same",
    ]
)


class Reader(FilmReading):
    """One sentence, read."""

    def read(self) -> Reader:
        s = self.s
        self._pair_lists()
        for i in range(len(s)):
            handler = getattr(self, f"_on_{s[i].kind}", None)
            if handler is not None and not s[i].taken:
                handler(i)
        self._ellipses()
        self._repeats()
        self._verbless()
        return self

    def unread(self) -> str | None:
        """A word the meaning turns on that no claim took up."""
        for t in self.s.tokens:
            if t.kind in CRITICAL and not t.taken:
                return t.text
        return None

    def handed_on(self) -> Context:
        s = self.s
        findings = sorted(s.groups)
        roles = tuple(
            dict.fromkeys(
                r for i in sorted(s.who) for r in s.who[i].roles if s[i].kind in ("role", "other", "former")
            )
        )
        if not roles:
            roles = tuple(dict.fromkeys(r for i in sorted(s.who) for r in s.who[i].roles))
        pair = (
            roles
            if len(roles) == 2
            else tuple(dict.fromkeys((*[r for r in self.before.pair[-1:] if r not in roles], *roles)))
        )
        if any(t.kind == "former" for t in s.tokens):
            pair = self.before.pair or self.before.roles
        if _PRONOUN.match(self.text) and len(self.before.role()) == 1 and "it" in self.text[:40]:
            held = self.before.role()
            return Context(
                tuple(dict.fromkeys((*held, *roles))),
                s.group(findings[-1]) if findings else self.before.finding() or self.before.findings,
                subject=held[0],
                pair=pair,
                every=tuple(dict.fromkeys(s.finding(i) for i in findings)) or self.before.every,
            )
        first = min(s.who, default=None)
        starts = (
            first is not None and first <= 1 and len(s.listed[first].roles) == 1 and s.listed[first].first == first
        )
        return Context(
            roles or self.before.role() or self.before.roles,
            s.group(findings[-1]) if findings else self.before.finding() or self.before.findings,
            subject=s.listed[first].roles[0]
            if starts and first is not None
            else None
            if roles
            else self.before.subject,
            pair=pair,
            plural=first is not None and len(s.listed[first].roles) > 1,
            every=tuple(dict.fromkeys(s.finding(i) for i in findings)) or self.before.every,
        )

    def _on_neither(self, i: int) -> None:
        """`neither of them` as the models of some statement: taken by it."""
        s = self.s
        if any(c.quantity == "neither" for c in self.claims):
            s[i].taken = True

    def _ellipses(self) -> None:
        """`... and the other does not`, `but not X`, `unlike Y`, `FT: neither`."""
        s = self.s
        kept = {"call", "outcome", "plausible", "right", "boxes"}
        for i, t in enumerate(s.tokens):
            if t.taken or t.kind not in ("neg", "neither"):
                continue
            earlier = [n for n, c in enumerate(self.claims) if c.kind in kept and c.at < t.at]
            later = [n for n, c in enumerate(self.claims) if c.kind in kept and c.at > t.at]
            if t.kind == "neither" and any(c.quantity == "neither" for c in self.claims):
                t.taken = True
                continue
            pick = (
                self.claims[earlier[-1]]
                if earlier
                else self.claims[later[0]]
                if later and t.text == "unlike"
                else None
            )
            if (
                pick is not None
                and t.text == "nothing"
                and re.match(r" else\b(?! (?:goes|is|gets))", self.text[t.end :])
                and pick.kind == "call"
            ):
                self._say("exclusive", i, Who(pick.roles), pick.findings)
                continue
            if pick is None or t.text in ("nor", "nothing", "without"):
                continue
            tail = self.text[t.end : t.end + 40]
            kind, negated = pick.kind, not pick.negated
            if kind == "outcome":
                called = re.search(r"tp|fp|true pos|false pos|false alarm|overcall", pick.text) is not None
                kind, _text, negated = "call", t.text, called
            nxt = i + 1
            follow = s[nxt] if nxt < len(s) else None
            if (
                follow is not None
                and follow.kind == "finding"
                and re.fullmatch(r" (?:for |on |about |the |an? |also )*", s.between(i, nxt))
                and kind in ("call", "right", "plausible")
            ):
                self._take(*s.groups[nxt])
                group = s.group(nxt)
                who = Who(pick.roles, "all" if pick.quantity == "only" else pick.quantity)
                self._say(kind, i, who, group, negated=negated, value=pick.value)
                continue
            if (
                follow is not None
                and nxt in s.listed
                and re.fullmatch(r"\s*(?:by |in |for |with |from |that of |those of )?(?:the )?", s.between(i, nxt))
            ):
                self._say(kind, i, Who(s.listed[nxt].roles), pick.findings, negated=negated, value=pick.value)
                continue
            if re.match(
                r"\s*(?:$|[.,;:()]|by |with |at |so\b|follow|do so|and\b|hence|while|call it)", tail
            ) or t.text.startswith("fail"):
                who = self._roles(i, forward=False)
                findings = pick.findings
                local = [f for f in sorted(s.groups) if s[f].clause == t.clause and f < i and not s[f].bracket]
                if local and kind == "call":
                    findings = s.group(local[-1])
                    self._take(*s.groups[local[-1]])
                self._say(kind, i, Who(who.roles), findings, negated=negated, value=pick.value)

    def _repeats(self) -> None:
        """`... and the other does too`: the last call again, of another model."""
        s = self.s
        for m in re.finditer(r"\b(?:does|do|did) (?:too|so|as well|likewise)\b|\bas (?:does|did) ", self.text):
            calls = [c for c in self.claims if c.kind == "call" and c.at < m.start()]
            ahead = [x for x in sorted(s.listed) if s[x].at < m.start() and (not calls or s[x].at > calls[-1].at)]
            if calls and ahead:
                who = s.listed[ahead[-1]]
                said = calls[-1]
                self._say("call", ahead[-1], Who(who.roles), said.findings, negated=said.negated)

    def _verbless(self) -> None:
        """`X: FT only`, and `3 of 11 and 5 of 12` before and after."""
        s = self.s
        tallies = [n for n, c in enumerate(self.claims) if c.kind == "call_of"]
        named = list(dict.fromkeys(r for x in sorted(s.who) if s[x].kind == "role" for r in s.who[x].roles))
        same = len({self.claims[n].roles for n in tallies}) == 1
        if len(tallies) == 2 and (not s.listed or (same and len(named) == 2)):
            for n, role in zip(tallies, named if len(named) == 2 else ROLES, strict=True):
                self.claims[n] = replace(self.claims[n], roles=(role,))
        outcomes = [n for n, c in enumerate(self.claims) if c.kind == "outcome"]
        if (
            len(outcomes) == 2
            and not any(s[x].kind in ("role", "other", "former") for x in s.who)
            and re.search(
                r"\b(?:into|becomes?|became|to|at first|then|and)\b|->",
                self.text[self.claims[outcomes[0]].at : self.claims[outcomes[1]].at],
            )
        ):
            for n, role in zip(outcomes, ROLES, strict=True):
                self.claims[n] = replace(self.claims[n], roles=(role,), quantity="all")
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


@lru_cache(maxsize=4096)
def read_sentence(text: str, words: Words, before: Context = NOTHING_BEFORE) -> Reader:
    """A sentence, read. A draft is read when it is checked and when it is finished, and limits recur from case to
    case."""
    return Reader(text, words, before).read()
