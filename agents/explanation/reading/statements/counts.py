"""Counts: of findings called, assessed or labelled, of boxes and of outcomes."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.binding import BARRIERS
from ..cutting.sentence import count_of
from ..cutting.tokens import ROLE_KINDS, Who
from .comparisons import ComparisonReading


class CountReading(ComparisonReading):
    """What a sentence counts."""

    def _on_count(self, i: int) -> None:  # noqa: PLR0915  a reader of many cases is clearer in one place
        s, t = self.s, self.s[i]
        n = count_of(t.text)
        if t.text in ("sole", "single", "a single", "one") and re.match(r" call\b", self.text[t.end :]):
            return
        shared = re.match(r"[^.;]*?\b(?:which|that) (?:are|were) called by both\b", self.text[t.end :])
        if (
            n is not None
            and shared
            and not any(t.end <= s[x].at < t.end + shared.end() for x in s.of("count", "number"))
        ):
            self._say("both_count", i, ROLES, value=n)
            return
        tail = self.text[t.end : t.end + 70]
        clause = self._clause_all(t)
        last = next(
            (c.kind for c in reversed(self.claims) if c.kind in ("assess_count", "calls_number", "call_of")), ""
        )
        if (
            last == "assess_count"
            and s.listed
            and re.match(r"\s*(?:$|[.,;)])", tail)
            and not re.search(r"\bcall", clause)
        ):
            self._say("assess_count", i, self._roles(i, alone=True), value=n)
            return
        if n is None:
            if (
                (t.text == "most" and re.match(r" (?:at|in|on|to|strongly|intensely|towards?)\b", tail))
                or (
                    re.match(r" of", tail)
                    and t.text in ("half", "most")
                    and re.search(r"\bjust over $|\bover $|\bmore than $", s.before(i))
                )
                or (t.text == "most" and re.match(r" of (?:its|the|it|that)|ly", tail))
            ):
                t.taken = True
            elif t.text == "several":
                return
            return
        m = re.match(
            r"(?: findings| labels)?,? (?:out of|of|from|among)(?: the| its| all)? (\w+)\b(?: assessed"
            r"| labelled)?(?: findings| labels| it assesses)?",
            tail,
        )
        total = count_of(m[1]) if m else None
        if (
            m
            and total is not None
            and not re.match(
                r" of (?:the |its |their )?\w+ (?:boxes|negatives"
                r"|positives)",
                tail,
            )
        ):
            self._take_until(t.at, t.end + m.end())
            who = self._roles(i, alone=True)
            after = next((x for x in sorted(s.who) if s[x].at >= t.end + m.end()), None)
            if after is not None and re.fullmatch(
                r" ?(?:findings )?(?:for|by|from|in|of) (?:the )?", self.text[t.end + m.end() : s[after].at]
            ):
                who = s.who[after]
            if re.search(r"\b(?:before|prior to) (?:fine-?tuning|it)\b", self.text[t.end : t.end + 60].split(",")[0]):
                who = Who(("baseline",))
            elif re.search(r"\bafter (?:fine-?tuning|it)\b", self.text[t.end : t.end + 60].split(",")[0]):
                who = Who(("finetuned",))
            self._say("call_of", i, who, value=(n, total), negated=False)
            self._listed_calls(i, who, n)
            return
        m = re.match(r"(?: \w+)?,? but of (\d+)", tail)
        if m:
            self._take_until(t.at, t.end + m.end())
            self._say("call_of", i, self._roles(i, alone=True), value=(n, int(m[1])))
            return
        if re.match(r" (?:\w+ )?findings? (?:(?:that|which) (?:it|the [a-z -]+?) )?assess", tail) and not re.search(
            r"\bcall\w*(?: only| just)? $", s.before(i, 14)
        ):
            self._say("assess_count", i, self._roles(i, alone=True), value=n)
            return
        if re.match(r" (?:is|are|was|were) called\b", tail) and s.before(i, 4) != "all ":
            self._say("calls_number", i, self._roles(i), value=n)
            return
        if self._count_boxes(i, n):
            return
        if (
            re.match(
                r" (?:of )?(?:the |its )?(?:true|false)[- ](?:positives?|negatives?)|(?: new)? (?:tp|fp|tn|fn)s?\b",
                tail,
            )
            and t.text != "no"
        ):
            group = self._listed_after(i) or (() if s.groups else self.before.findings)
            if n == 2 and len(group) < 2 and (not s.who or self._roles(i).roles == ROLES or self._each_named(i)):
                t.taken = True  # one of each model
                return
            self._say("outcome_count", i, self._roles(i), group, value=n)
            return
        owned = re.match(r" of (?:the |its |their )?(?:(?:baseline|bl|fine-?tuned(?: model)?|ft)'s )?boxes\b", tail)
        if owned:
            self._say("boxes", i, self._roles(i), self._findings(i, one=True), value=n)
            return
        if s[i - 1].text == "all" and i:
            return
        called = re.match(
            r"(?: of the (?:\w+ )?findings)(?: (?:that |which )?(?:it"
            r"|they) assess(?:es)?)?",
            tail,
        ) or re.match(
            r" (?:called |such |assessed |other |positive |negative |uncertain )*(findings?|labels?|calls?"
            r"|entries"
            r"|scores|of them)\b",
            tail,
        )
        if (
            called is None
            and re.search(
                r"\b(?:call|flag)(?:s|ed|ged|ing)?(?: just| only| exactly| no fewer than)? $", s.before(i, 40)
            )
            and re.match(r"\s*(?:$|[.,:;)]|and\b|which\b|that the\b|while\b|findings)", tail)
        ):
            called = re.match("", tail)
        if called is None and self.labels:  # `with four positive: A, B, C and D`
            called = re.match(r" (?:are )?(?:positive|negative|uncertain|blank)\b(?=\s*(?:$|[:,.;)]))", tail)
        if (
            called is None
            and any(c.kind in ("calls_number", "call_of") for c in self.claims)
            and re.match(r"\s*(?:$|[.,;)]| (?:by|for|after|before|in) )", tail)
            and s.listed
        ):
            called = re.match("", tail)
        if called is None:
            if t.text == "no":
                return
            boxes = [c for c in self.claims if c.kind == "boxes"]
            if (boxes or "box" in self.kinds) and re.match(
                r"(?: \w+){0,3} (?:drawn|placed|counted|assigned|marked|for|on|in|by)\b|\s*(?:[.,;)]|$)", tail
            ):
                self._say("boxes", i, self._roles(i, alone=True), self._findings(i, one=True), value=n)
            return
        word = called[0]
        if (
            re.search(r"assess(?:es|ed)? (?:only |just )?$", s.before(i, 20))
            or (self._of_assessed(i) and not re.search(r"\bcall", clause))
            or "assessed" in word
        ):
            self._say("assess_count", i, self._roles(i, alone=True), value=n)
        elif self.kinds & {"differ", "agree"} and not any(c.kind == "differ_count" for c in self.claims):
            if "box" not in self.kinds:
                other = re.match(r" other findings", tail) is not None
                self._take(*(f for f in s.groups if other))
                self._say("differ_count", i, ROLES, value=n + (len({s.finding(f) for f in s.groups}) if other else 0))
        elif self.labels or re.search(r"positive|negative|uncertain", word):
            values = [x for x in s.tokens if x.kind == "lvalue" and x.clause == t.clause]
            pick = next((x for x in values if x.at > t.at), values[-1] if values else None)
            value = pick.text if pick is not None else "positive"
            if pick is not None:
                pick.taken = True
            self._say("label_count", i, (), self._listed_after(i), value=(n, value[:8].removesuffix("s")))
            some = [f for f in sorted(s.groups) if f > i and not s[f].taken]
            if (
                some
                and re.search(
                    r"\b(?:of which|among which|among them|including|one of which|one being)\b",
                    self.text[t.end : s[some[0]].at],
                )
                and not re.search(r"\b(?:not|except|without)\b", self.text[t.end :])
            ):
                self._take(*s.groups[some[0]])
                self._say("label", some[0], (), s.group(some[0]), value=value[:8].removesuffix("s"))
        elif re.search(r"\bcall|\bflag|reach|findings|tally", self.text):
            agent = next((self._agent(x) for x in s.of("call") if s[x].clause == t.clause and x > i), None)
            who = agent or self._roles(i, alone=True)
            which = re.match(r"[^,;]*? (?:which|that) (?:only )?(?:the )?(baseline|fine-?tuned|both)\b", tail)
            other = re.match(r" (?:which|that) the (baseline|fine-?tuned)(?: model)? does not\b", tail)
            if other and len(who.roles) == 1 and who.roles[0][0] != other[1][0]:
                self._take_until(t.end, t.end + other.end(), "neg")
                self._say("only_count", i, who, value=n)
            elif which and re.search(r"\bonly\b", tail):
                self._say("only_count", i, who, value=n)
            elif which and which[1] == "both":
                self._say("both_count", i, ROLES, value=n)
            elif re.search(r"\btwo|\bthree", t.text) and "top" in s.before(i, 12):
                return
            else:
                self._say("calls_number", i, who, value=n)
                self._listed_calls(i, who, n)
        else:
            return

    def _of_assessed(self, i: int) -> bool:
        """Whether something in the clause speaks of what is assessed and no other statement has taken it up."""
        return any(x.kind == "assess" and x.clause == self.s[i].clause and not x.taken for x in self.s)

    def _listed_calls(self, i: int, who: Who, n: int | None) -> None:
        """`calls two: X and Y`: the findings that were counted."""
        s = self.s
        behind = [f for f in sorted(s.groups) if f > i and not s.tokens[f].taken]
        if not behind:
            return
        gap = self.text[s[i].end : s[behind[0]].at]
        if any(i < x < behind[0] for x in s.of("count")):
            return
        among = re.match(r" (?:being )?among them\b", s.behind(s.groups[behind[0]][-1], 30))
        if among and re.fullmatch(r"(?: findings)?,? ?(?:with |among them )?(?:the )?", gap):
            group = s.group(behind[0])
            self._take(*s.groups[behind[0]])
            self._say("call", behind[0], Who(who.roles), group)
            return
        if re.search(
            r"(?:\bnamely|:|\bi\.e\.|\bwhich (?:is|are)|\bthat is,?|\bbeing|, | - "
            r"|\() ?(?:the )?$",
            gap,
        ) and not any(
            (s[x].kind in ROLE_KINDS and (x not in s.listed or s.listed[x].roles != who.roles))
            or s[x].kind in BARRIERS
            for x in range(i + 2 if s[i + 1].text == "calls" else i + 1, behind[0])
        ):
            group = s.group(behind[0])
            self._take(*s.groups[behind[0]])
            self._say("call" if len(group) == n else "unread", behind[0], Who(who.roles), group)
