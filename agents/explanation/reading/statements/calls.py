"""Calls: what a model calls, leaves uncalled or does not assess."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import ROLE_KINDS, Who
from .call_nouns import CallNouns

BE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got|remains?|left|leaves?|stays?)(?: \w+ly| both| also| too| now"
    r"| in fact| likewise)?\s*$"
)


_BASE_FORM = re.compile(
    r"\b(?:does|do|did|not|to|both|models|they|would|could|can|may|might|should|will|neither|pair|two|them|it|which"
    r"|networks|classifiers|that|versions|model|baseline|ft|bl|each|even|never|actually|indeed)(?: \w+ly| also"
    r"| still| too| both|,[^,]*,)? $"
)
"""Before `call` as a verb."""


_ANY_OF_THEM = re.compile(
    r" (?:any|(?P<either>either))(?: one)? of (?:them|these|those|the (?P<n>two|three|four|five|six))\b"
)
"""`does not call any of the three`: findings named before."""
_SOME_OF_LIST = re.compile(r" the (?:(?P<first>first)|last) (?P<n>two|three|four|five)\b(?! of| findings)")
"""`calls the first two`: of the findings listed before."""


_NARROW = re.compile(r"\b(?:near|close|narrow|borderline|confident|strong|weak) $")


class CallReading(CallNouns):
    """What a sentence says of calls."""

    def _on_call(self, i: int) -> None:
        self._call(i)

    def _on_callish(self, i: int) -> None:
        s = self.s
        word = s[i].text
        nxt = s[i + 1] if i + 1 < len(s) else None
        beside = {t.kind for t in s.tokens if t.clause == s[i].clause}
        if beside & {"box", "peak", "map", "usual"} or ("differ" in beside and not word.startswith("share")):
            return
        if any(t.kind == "level" and t.clause == s[i].clause and t.at > s[i].at for t in s.tokens) or re.search(
            r"\bcase\b", self._clause_text(s[i])
        ):
            return
        if word in ("names", "named", "name") or self.labels:
            return
        agent = (
            nxt is not None
            and (nxt.kind in ROLE_KINDS or nxt.kind == "oneof")
            and re.fullmatch(r" by (?:the )?", self.text[s[i].end : nxt.at])
        )
        if (
            (
                nxt is not None
                and nxt.kind in ("finding", "it", "them")
                and re.fullmatch(r" (?:the |an? |for |both |only )?", self.text[s[i].end : nxt.at])
            )
            or agent
            or (self._clause_opening(s[i]) == "which" and re.match(r"\s*(?:$|[.,;])", self.text[s[i].end :]))
            or re.match(r"(?:sees?|finds?|found) no\b(?! finding| evidence)", self.text[s[i].at :])
        ):
            self._call(i)

    def _on_uncalled(self, i: int) -> None:
        self._call(i, negated=True)

    def _on_reject(self, i: int) -> None:
        self._call(i, negated=True)

    def _on_noregion(self, i: int) -> None:
        for t in self.s.tokens:
            if self.s[i].at <= t.at < self.s[i].end:
                t.taken = True
        own = re.search(r"\b(?:(baseline|bl)|fine-?tuned|ft)\b", self.s[i].text)
        self.own = () if own is None else ("baseline",) if own[1] else ("finetuned",)
        who = Who(self.own) if self.own else self._roles(i)
        kind = "unread" if re.search(r"\b(?:not|hardly|never)\b", self.s[i].text) else "boxes"
        self._say(kind, i, who, self._findings(i), value=0)

    def _on_signed(self, i: int) -> None:
        """`FT +, BL -`, `FT yes`."""
        self._say("call", i, self._roles(i, alone=True), self._findings(i), negated=self.s[i].text in ("-", "no"))

    def _call(self, i: int, negated: bool = False) -> None:  # noqa: PLR0915  a reader of many cases is clearer in one place
        s, t = self.s, self.s[i]
        if any(x.kind == "level" and x.clause == t.clause for x in s.tokens) and not any(
            x.kind == "finding" and x.clause == t.clause for x in s.tokens
        ):
            return
        if re.match(r"(?:called|flagged|detected) (?:findings|scores|labels)", self.text[t.at : t.at + 40]):
            return
        if m := re.match(
            r" none of (?:the |its )?(\w+)(?: assessed)? findings(?: that)?(?: it)?(?: assesses)?", self.text[t.end :]
        ):
            total = count_of(m[1])
            self._take_until(t.at, t.end + m.end())
            who = self._roles(i)
            if total is None:
                self._say("call_none", i, who)
            else:
                self._say("call_of", i, who, value=(0, total))
            return
        if re.search(
            r"\bno finding (?:that |which |is |was )?$|\bnot (?:one|a single(?: one| finding)?) (?:is |was )?$"
            r"|\bnot (?:one|a single) finding (?:that |which )?$",
            s.before(self._subject_start(i)),
        ):
            if any(s[x].kind == "neg" for x in range(self._subject_start(i), i)):
                self._say("unread", i)  # `no finding that it does not call`
            self._take_until(0, t.at, "count", "neg", "findings", "all")
            self._say("both_only" if self._roles(i).roles == ROLES else "call_none", i, self._roles(i))
            for x in range(i + 1, len(s)):
                if re.match(r"not even", self.text[s[x].at :]):
                    s[x].taken = True
                    self._take(*[f for f in s.groups if f > x])
            return
        but = re.match(r" nothing (?:but|except|other than|apart from) (?:the )?", self.text[t.end :])
        if but is not None:
            f = next((f for f in sorted(s.groups) if s[f].at == t.end + but.end()), None)
            if f is not None:
                self._take_until(t.at, s[f].at)
                self._take(*s.groups[f])
                self._say("exclusive", i, self._roles(i), s.group(f))
                return
        if any(c.kind in ("call_of", "calls_number", "only_count") for c in self.claims) and re.search(
            r"\b(?:number(?: of findings)?|findings) (?:that |which )?(?:only )?(?:the )?$",
            s.before(self._subject_start(i), 40),
        ):
            t.taken = True
            return
        if re.match(r" (?:the )?(?:more|less|than)\b", self.text[t.end :]) or s.before(i, 4) == "who ":
            t.taken = True
            return
        only = re.search(
            r"\b(?:the )?(?:only|one|sole) (?:finding|one) (?:that |which |called )?$",
            s.before(self._subject_start(i)),
        ) or (re.search(r"\b(?:only|one|sole) finding (?:that is |which is )?$", s.before(i)))
        if only and s.groups:
            self._take_until(s[self._subject_start(i)].at - 40, t.at, "count", "only", "findings", "finding")
            who = self._agent(i) or self._roles(i)
            first = sorted(s.groups)[0]
            self._say("both_only" if who.roles == ROLES else "exclusive", i, who, s.group(first))
            return
        if t.text == "calls" and _NARROW.search(s.before(i)):
            t.taken = True  # a noun
            return
        if t.text == "calls" and re.search(
            r"\b(?:two|three|four|five|six|seven|eight|nine|ten|no|\d+|of|both|more|fewer) $", s.before(i)
        ):
            return
        if t.text == "calls" and re.match(r" (?:of|from|by|apiece)\b(?! (?:them|these|those))", self.text[t.end :]):
            t.taken = True  # a noun
            return
        if t.text in ("call", "flag") and not _BASE_FORM.search(s.before(i, 40)):
            t.taken = True  # a noun
            return
        if "neither by it nor by" in self.text:
            self._take(*(x for x in s.of("neg") if s[x].text == "nor"))
        negated ^= self._denied(i)
        done = bool(re.search(r"ed\b|^picked|^found|^seen|^caught|^spotted", t.text))
        prev = next(
            (
                x
                for x in range(i - 1, -1, -1)
                if s[x].kind not in ("neg", "both", "paren", "number", "all", "only", "and")
            ),
            None,
        )
        subject = (
            prev is not None and prev in s.listed and s[prev].clause == t.clause and len(s.between(prev, i)) < 22
        )
        passive = done and (
            bool(BE.search(re.sub(r"\b(?:not|never|nor|neither)\b", "", s.before(i)).rstrip() + " ")) or not subject
        )
        passive = passive or s[i].kind == "uncalled"
        agent = self._agent(i) if passive else None
        who = agent or self._roles(i, forward=True)
        for y in range(who.first, who.last + 1 if s.who else 0):
            if y < len(s) and s[y].kind == "neg" and s[y].text == "nor":
                s[y].taken = True
        for y in s.of("neither"):
            if y in s.listed and s.listed[y] == who:
                s[y].taken = True
        if s[i].kind == "uncalled":
            active = self._leaver(i)
            who = agent or active or who
        who, neither = self._neither_finding(i, who)
        findings: tuple[str, ...] = ()
        nxt = i + 1
        tail = self.text[t.end : t.end + 40]
        if re.match(
            r" (?:no|any|nothing|none)\b(?! of)(?! (?:edema|label))| (?:not )?a single (?:one|finding)\b"
            r"| not? ?one finding",
            tail,
        ) and not (
            nxt < len(s) and any(x.kind == "finding" and x.clause == t.clause and x.at - t.end < 12 for x in s.tokens)
        ):
            for x in range(nxt, min(nxt + 3, len(s))):
                if s[x].kind in ("count", "all", "findings", "neg"):
                    s[x].taken = True
            if negated and re.match(r" (?:no|nothing|none)\b", tail):
                self._say("unread", i)
                return
            if not re.match(r" any| a single", tail) or negated:
                self._say("call_none", i, Who(who.roles, "all") if who.quantity != "neither" else who)
                return
            if who.quantity == "neither":
                self._say("call_none", i, Who(ROLES, "all"))
                return
        if neither:
            findings, negated = self._last_group(i), True
        elif passive and (group := self._group_meant(i)):
            findings = group
        elif t.kind == "uncalled" and nxt in s.groups and s.between(i, nxt) == " ":  # `an uncalled Edema`
            self._take(*s.groups[nxt])
            findings = s.group(nxt)
        elif passive:
            ahead = [x for x in sorted(s.groups) if x < i and not s[x].bracket]
            same = [x for x in ahead if s[x].clause == t.clause]
            behind = [x for x in sorted(s.groups) if x > i and s[x].clause == t.clause and not s[x].bracket]
            if same or (ahead and not behind):
                x = (same or ahead)[-1]
                findings = s.group(x)
                self._take(*s.groups[x])
            elif any(x.kind in ("findings", "count") and x.clause == t.clause for x in s.tokens) and not behind:
                if negated:
                    self._say("unread", i)
                t.taken = True
                return
            elif behind:
                findings = s.group(behind[0])
                self._take(*s.groups[behind[0]])
            else:
                findings = self._group_meant(i) or self.before.finding()
        elif (some := _ANY_OF_THEM.match(self.text, t.end)) is not None:
            findings = self._last_group(i)
            self._take_until(t.end, t.end + some.end() - some.start())
            told = 2 if some["either"] else count_of(some["n"] or "")
            if not (negated or who.quantity == "neither") or told not in (None, len(findings)):
                self._say("unread", i)
        elif (some := _SOME_OF_LIST.match(self.text, t.end)) is not None:
            number, listed = count_of(some["n"]) or 0, self._last_group(i)
            findings = listed[:number] if some["first"] else listed[-number:]
            self._take_until(t.end, t.end + some.end() - some.start())
            if len(findings) != number or len(listed) <= number:
                self._say("unread", i)
        else:
            meant, deny = self._object(i)
            if meant is None:
                if negated:
                    self._say("unread", i)
                t.taken = True
                return
            negated ^= deny
            findings = meant
        no = [x for x in s.of("count") if s[x].text == "no" and s[x].clause == t.clause and not s[x].taken]
        if findings and any(
            x + 1 < len(s) and s[x + 1].kind == "finding" and s[x + 1].at == s[x].end + 1 for x in no
        ):
            self._take(*no)
            negated = not negated
        self._say("call", i, who, findings, negated=negated)

    def _neither_finding(self, i: int, who: Who) -> tuple[Who, bool]:
        """`0.08 and 0.47, neither called`, `FT calls neither`: neither of two findings, of the one model there is."""
        s = self.s
        bare = [x for x in s.of("neither") if s[x].text == "neither" and s[x].clause == s[i].clause]
        if who.quantity != "neither" or not bare or len(self._last_group(i)) != 2:
            return who, False
        ahead = [x for x in sorted(s.listed) if x < i and s[x].kind == "role" and len(s.listed[x].roles) == 1]
        if bare[0] == i + 1 and ahead:
            return s.listed[ahead[-1]], False  # its object, which says so itself
        named = {r for x in s.of("role") if x in s.who for r in s.who[x].roles} or set(self.before.role())
        if len(named) != 1:
            return who, False
        s[bare[0]].taken = True
        return Who(tuple(named)), True

    def _leaver(self, i: int) -> Who | None:
        s = self.s
        ahead = [x for x in sorted(s.listed) if x < i and s[x].clause == s[i].clause]
        if ahead and re.search(r"\bleaves?\b|\bleaving\b", self.text[s[ahead[-1]].end : s[i].at]):
            return s.listed[ahead[-1]]
        return None

    def _object(self, i: int) -> tuple[tuple[str, ...] | None, bool]:
        """Findings an active verb takes, and whether its object denies; None: it takes a count instead."""
        s, t = self.s, self.s[i]
        x = i + 1
        if x < len(s) and s[x].kind == "both" and x not in s.who:  # `calls both`
            group = self._last_group(i)
            if len(group) != 2 or self._denied(i):
                self._say("unread", i)
            return group if len(group) == 2 else (), False
        while x < len(s) and (s[x].kind in ("number", "paren", "comma", "both") or s[x].bracket):
            if s[x].kind == "number" and re.fullmatch(r"\d+", s[x].text) and not s[x].bracket:
                return None, False
            if s[x].kind == "paren" and s[x].bracket and s[x].text == "(" and s.text[t.end : s[x].at].strip():
                break
            x += 1
        if x < len(s) and s[x].clause == t.clause:
            k = s[x]
            if k.kind == "finding":
                self._take(*s.groups[x])
                return s.group(x), False
            if k.kind == "neither" and s.between(i, x).strip() == "":
                group = self._last_group(i)
                k.taken = True
                return (group, True) if len(group) == 2 else ((), True)
            if k.kind == "all" or (k.kind == "count" and re.match(r"\s*of (?:them|these|those|the)|\b", k.text)):
                group = self._quantified(x, i)
                if group is not None:
                    return group, k.text == "none"
            if k.kind == "count" and k.text == "no":
                nf = x + 1
                if nf < len(s) and s[nf].kind == "finding":
                    k.taken = True
                    self._take(*s.groups[nf])
                    return s.group(nf), True
            if k.kind in ("count", "findings"):
                return None, False
            if k.kind == "only":
                nf = x + 1
                if nf < len(s) and s[nf].kind == "finding":
                    k.taken = True
                    self._take(*s.groups[nf])
                    self._say("exclusive", nf, self._roles(i), s.group(nf))
                    return s.group(nf), False
                if nf < len(s) and (s[nf].kind == "count" or s[nf].kind == "number"):
                    return None, False
            if k.kind == "them":
                return self._last_group(i), False
        if re.match(
            r"[\s,]*(?:at least something|other things|things|twice|more|something)", self.text[t.end : t.end + 30]
        ):
            return None, False
        ahead = [f for f in sorted(s.groups) if f < i and not s[f].bracket]
        same = [f for f in ahead if s[f].clause == t.clause]
        if same or ahead:
            f = (same or ahead)[-1]
            self._take(*s.groups[f])
            return s.group(f), False
        meant = self._group_meant(i)
        if meant:
            return meant, False
        later = [f for f in sorted(s.groups) if f > i and not s[f].bracket]
        if self.before.finding():
            return self.before.finding(), False
        if later:
            self._take(*s.groups[later[0]])
            return s.group(later[0]), False
        return (), False
