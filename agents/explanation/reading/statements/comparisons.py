"""Comparisons: more and less, ranks, changes."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from ..words.words import ORDINALS
from .agreement import AgreementReading

_OUTSIDE = r"\boutside (?:of )?(?:the |its |their |any )?usual"


class ComparisonReading(AgreementReading):
    """What a sentence compares."""

    def _say_against_told(
        self, i: int, role: tuple[str, ...], findings: tuple[str, ...], number: int | None, *, up: bool
    ) -> None:
        """A share against the other model's that was told before; where none was, against that of its map."""
        told = self._told_share(role, findings)
        value = "up" if up else "down"
        if number is not None and re.match(r" outside\b", self.s.behind(number)):
            self._say("unread", i)
        elif number is not None and told is not None:
            self.measures[number] = "share"
            self._say("told_more", i, role, findings, value=(self.s[number].text, told.value[0], value))
        else:
            self._say("share_more", i, (*role, *(r for r in ROLES if r not in role)), findings, value=value)

    def _on_more(self, i: int) -> None:  # noqa: PLR0915  a reader of many cases is clearer in one place
        s, t = self.s, self.s[i]
        up = re.match(r"higher|larger|greater|more|bigger|stronger|keener|surer|better", t.text) is not None
        tail = self.text[t.end : t.end + 120]
        if re.match(rf"[^,;:]*{_OUTSIDE}", tail) or re.search(rf"\bshares? {_OUTSIDE}[^,;:]*$", self.text[: t.at]):
            up = not up  # more outside is less inside
        if re.search(r"\b(?:once|matters?) $|\bwhat is $|\bany $", s.before(i)) or re.match(r" or less", tail):
            t.taken = True
            return
        no = [x for x in s.tokens if x.kind == "count" and x.text == "no" and x.end == t.at - 1]
        negated = self._denied(i, 3)
        for x in no:
            x.taken, negated = True, not negated
        near = re.search(r"\b(?:hardly|barely|scarcely|slightly|little|only just) $", s.before(i))
        if near and re.search(r"\bflat\b", tail):
            self._take_until(t.at - 10, t.at, "neg")
            self._say("flat", i, self._roles(i), self._findings(i, one=True), value="near up" if up else "near down")
            return
        if re.search(r"\bflat\b|\bchance\b", tail[:70]) and (re.search(r"\bthan\b", tail[:50]) or no):
            self._say(
                "flat",
                i,
                self._roles(i),
                self._findings(i, one=True),
                value="more" if up else "less",
                negated=negated,
            )
            return
        if re.match(r" than \d[\d.]* ?% of it lies in the ", tail):
            t.taken = True  # the number says it
            return
        m = re.match(r"[^;:()]*?\bthan (\d[\d.]*) ?%", tail)
        if m or re.match(r" than \d", tail):
            if no:  # `no more than 3 %`: the number says it
                t.taken = True
                return
            before = re.search(r"(\d[\d.]*) ?%[^;:]*$", self.text[: t.at])
            del before
        other = re.search(
            r"\b(?:than|compared (?:with|to)) (?:that of |in |for |by |from |of |those of |the \d+ ?% of "
            r"|an? )*(?:the )?(baseline|bl\b|fine-?tuned|ft\b|other)",
            self.text[t.end :],
        )
        own = self._roles(i, forward=other is None)
        inside = re.search(
            r"^[^;]*?\b(?:in|by|for|from|of) (?:the )?(baseline|fine-?tuned)(?: model)?(?:'s)?[^;]*?\bthan\b", tail
        )
        roles: tuple[str, ...] = own.roles
        if inside:
            roles = ("baseline",) if inside[1].startswith("b") else ("finetuned",)
        if (
            other is None
            and len(roles) == 1
            and re.search(r"\bcalls? $", s.before(i, 6))
            and not re.search(r"\bthan\b", tail)
        ):
            self._say(
                "calls_more",
                i,
                (*roles, *(r for r in ROLES if r not in roles)),
                value="up" if up != negated else "down",
            )
            return
        if (
            other is None
            and len(roles) == 1
            and re.match(
                r" of (?:its|the|that)\b| (?:usual|customary|typical"
                r"|expected) ",
                tail,
            )
            and "usual" in self.kinds
        ):
            theirs = tuple(r for r in ROLES if r not in roles)
            self._take(*s.of("usual"))
            self._say("share_more", i, (*roles, *theirs), self._findings(i), value="up" if up != negated else "down")
            return
        if other is None and "f1" in self.kinds and len(roles) == 1 and not re.search(r"\bthan\b", tail):
            theirs = tuple(r for r in ROLES if r not in roles)
            self._say("f1_more", i, (*roles, *theirs), value="up" if up != negated else "down")
            return
        if (
            other is None
            and len(roles) == 1
            and (re.match(r" (?:share|part|percentage|proportion)\b", tail) or t.text.endswith("ed"))
            and not re.search(r"\bthan\b", tail)
        ):
            number = next((x for x in s.of("number") if x > i and s[x].clause == t.clause and "%" in s[x].text), None)
            self._say_against_told(i, roles, self._findings(i), number, up=up != negated)
            return
        if other is None or len(roles) != 1:
            eager = re.match(r" (?:sparing|selective|cautious|conservative|reserved|generous|liberal|eager)\b", tail)
            if eager and len(roles) != 1:
                roles = next((s.listed[x].roles for x in sorted(s.listed, reverse=True) if x < i), ())
            if eager and len(roles) == 1:
                theirs = tuple(r for r in ROLES if r not in roles)
                fewer = re.match(r" (?:spar|sel|caut|cons|res)", tail) is not None
                self._say("calls_more", i, (*roles, *theirs), value="up" if up != fewer else "down")
                return
            self._say("compare", i, Who(()), value=None)
            return
        word = other[1]
        theirs = (
            tuple(r for r in ROLES if r not in roles)
            if word.startswith("o")
            else ("baseline",)
            if word.startswith("b")
            else ("finetuned",)
        )
        kind = "compare"
        clause = self._clause_all(t)
        if "f1" in self.kinds:
            kind = "f1_more"
        elif re.search(r"\bbox(?:es)?\b", clause) and "score" not in self.kinds:
            kind = "boxes_more"
        elif re.search(r"\bcalls?\b|inclined|keen|findings", clause) and not re.search(
            r"\bscore|confident|usual|share", self.text
        ):
            kind = "calls_more"
        elif (
            self.kinds & {"usual", "flat"}
            or t.text.endswith("ed")
            or (re.search(r"%", self.text) and not re.search(r"\bscor|confident", self.text))
        ):
            kind = "share_more"
        elif self._of_threshold(i):
            kind = "threshold_more"
        findings = () if kind in ("f1_more", "calls_more") else self._findings(i)
        self._say(kind, i, (*roles, *theirs), findings, value="up" if up != negated else "down")
        for x in s.of("usual"):
            s[x].taken = True

    def _of_threshold(self, i: int) -> bool:
        """Whether what is compared or changes is the threshold: `the threshold is raised`."""
        ahead = [t.kind for t in self.s[:i] if t.clause == self.s[i].clause and t.kind in ("threshold", "score")]
        return ahead[-1:] == ["threshold"]

    def _on_change(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        up = re.match(r"ris|rose|incr|gain|rais|climb|gr[eo]w|went up|goes up", t.text)
        down = re.match(r"drop|fell|fall|decr|decl|lower|reduc|shr|goes down|went down", t.text)
        if not (up or down):
            t.taken = True
            return
        if "f1" in self.kinds:
            self._say("f1_more", i, ("finetuned", "baseline"), value="up" if up else "down")
        elif re.search(r"\bboxes\b", self._clause_all(t)):
            self._say("boxes_more", i, ("finetuned", "baseline"), self._findings(i), value="up" if up else "down")
        elif self.kinds & {"usual", "plausibler"} and not self.kinds & {"score"}:
            self._say("share_more", i, ("finetuned", "baseline"), self._findings(i), value="up" if up else "down")
        elif self._of_threshold(i):
            tuned = "finetuned", "baseline"
            self._say("threshold_more", i, tuned, self._findings(i), value="up" if up else "down")
        else:
            self._say("change", i, ROLES, self._findings(i), value="up" if up else "down")

    def _on_rank(self, i: int) -> None:
        s, t = self.s, self.s[i]
        tail = self.text[t.end : t.end + 50]
        others = [x for x in s.of("rank") if x != i and s[x].clause == t.clause]
        among = re.search(r"\b(?:among|amongst|in|from|of)\b[^,;]*$", s.before(i, 50))
        if t.text in ("top", "highest", "leading") and among and re.match(r" (?:labels|scores|five|\d|$)", tail):
            if others and any(x < i for x in others):
                t.taken = True
                return
            if re.search(r"\b(?:among|amongst)\b", among[0]):
                m = re.search(r"\b(two|three|four|five) $", s.before(i)) or re.match(
                    r" (two|three|four|five)\b", tail
                )
                if m:
                    self._take_until(t.at - 8, t.end + 8, "count")
                self._say(
                    "in_top",
                    i,
                    self._roles(i),
                    self._findings(i),
                    value=count_of(m[1]) if m else 5,
                    negated=self._denied(i),
                )
                return
        if t.text in ("first", "second", "last") and not (
            re.match(r" (?:labels?|scores?|in |among|of |place|highest|zone)", tail)
            or re.search(r"\b(?:comes?|ranks?|puts?|is|at|placed?|ranking|coming)(?: the| its)? $", s.before(i))
        ):
            t.taken = True
            return
        if (
            t.text in ("first", "last", "second")
            and re.match(r"\s*(?:[,:;]|$|the |glance|look|place$)", tail)
            and not re.search(r"\b(?:comes?|ranks?|puts?|is|at|placed?|ranking|coming) $", s.before(i))
        ):
            t.taken = True
            return
        if t.text not in ORDINALS:
            return
        if re.match(r" zones?\b", tail):
            t.taken = True
            return
        if (
            self.before.cited.boxes
            and not s.groups
            and re.match(r" (?:of (?:them|these|the|its|which)|box|one|is|spans|covers|lies)\b", tail)
        ):
            t.taken = True
            return
        who = self._roles(i)
        m = re.match(r" (two|three|four|five)\b", tail) or re.search(r"\b(two|three|four|five) $", s.before(i))
        groups = sorted(s.groups)
        if m or (
            t.text in ("top", "highest", "leading")
            and re.match(r" (?:labels|scores|findings)", tail)
            and groups
            and len(s.groups[groups[0]]) > 1
        ):
            if m:
                self._take_until(t.at - 8, t.end + 8, "count")
            if groups:
                self._take(*s.groups[groups[-1]])
                self._say("top_set", i, who, s.group(groups[-1]), value=count_of(m[1]) if m else None)
            return
        if t.text == "highest" and re.search(r"\b(?:second|third|fourth|fifth)[- ]$", s.before(i)):
            t.taken = True  # the ordinal says it
            return
        if t.text == "highest" and re.search(r"\bat its $", s.before(i)):
            t.taken = True
            return
        self._say("rank", i, who, self._rank_finding(i), value=ORDINALS[t.text])
        behind = [f for f in groups if f > i and not s[f].taken]
        if behind and re.search(r"\b(?:after|behind|below|following) (?:the )?$", s.before(behind[0], 14)):
            group = s.group(behind[0])
            self._take(*s.groups[behind[0]])
            self._say("top_set" if len(group) == ORDINALS[t.text] - 1 else "unread", behind[0], who, group)

    def _rank_finding(self, i: int) -> tuple[str, ...]:
        s, t = self.s, self.s[i]
        same = [f for f in sorted(s.groups) if s[f].clause == t.clause] or sorted(s.groups)
        ahead = [f for f in same if f < i]
        behind = [f for f in same if f > i]
        is_behind = behind and re.search(r"\b(?:is|are|being)\b|:", self.text[t.end : s[behind[0]].at])
        pick = (
            behind[0]
            if is_behind and not (ahead and re.search(r"\b(?:comes|ranks|is)\b", self.text[s[ahead[-1]].end : t.at]))
            else ahead[-1]
            if ahead
            else behind[0]
            if behind
            else None
        )
        if pick is None:
            return self.before.finding()
        s[pick].taken = True
        return (s.finding(pick),)

    def _on_lead(self, i: int) -> None:
        s, t = self.s, self.s[i]
        beneath = t.text == "behind" and i == 0 and re.match(r" (?:it|this|that)\b", self.text[t.end :])
        if beneath or (re.match(r" to\b", self.text[t.end :]) and t.text.startswith("lead")):
            t.taken = True
            return
        ahead = [f for f in sorted(s.groups) if f < i]
        behind = [f for f in sorted(s.groups) if f > i]
        if not (ahead or behind) or any(x.kind in ("zone", "map") and x.clause == t.clause for x in s.tokens):
            t.taken = True
            return
        if t.text in ("ahead of", "followed by", "behind") and ahead and behind:
            pair = (s.finding(ahead[-1]), s.finding(behind[0]))
            self._take(ahead[-1], behind[0])
            self._say("order", i, self._roles(i), pair if t.text != "behind" else pair[::-1])
            return
        if t.text.startswith(("head", "lead", "led", "top", "comes", "ranks")):
            near = behind if "by" in t.text else ahead
            if not near:
                return
            x = near[0] if "by" in t.text else near[-1]
            self._take(*s.groups[x])
            if "by" in t.text:
                self._say("called_top", i, self._roles(i), (s.finding(x),))
            else:
                self._say("top_set", i, self._roles(i), s.group(x))
