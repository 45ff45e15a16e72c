"""Thresholds and outcomes: what is above or below, true or false."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..cutting.tokens import Who
from .calls import BE, CallReading

_WHERE_OTHER = re.compile(
    r",? (?:where|while|whereas|although|though|against|to) (?:the )?(?:baseline|bl|fine-?tuned(?: model)?"
    r"|ft)(?:'s)?(?: (?:is|has|had|one|was))?"
    r"(?: an?)? (?:tp|fp|tn|fn|true|false)\b"
)
"""`FP where the baseline is TN`: the first outcome is the other model's."""

_A_MISS = re.compile(r"\b(?:two|a|an|the|another|no) $")
"""Before `miss` as a noun."""
_COMES_ABOUT = re.compile(
    r" (?:was|were|is|are|has been) (?:\w+ )?(?:incurred|obtained|made|scored|earned|reached)\b"
)
"""Behind an outcome that is the subject: `a false positive was thereby incurred`."""


_BUT_ONE = re.compile(r",? but (?:rather )?an? (true|false) one\b")
"""Behind an outcome denied: `is not a true negative but a false one`."""

_ARE_THESE = re.compile(r" (?:are|were) [^:;.,]*:")
_PLURAL = re.compile(r"\b(?:fall|lie|stay|remain|are|sit|rank|come)(?: \w+ly| just| all| both)? $")
"""Before a word that is told of all findings of a list: `Edema and Fracture fall below what a flat map would have`."""


class OutcomeReading(CallReading):
    """What a sentence says of thresholds and outcomes."""

    def _on_over(self, i: int) -> None:
        self._threshold(i, up=True)

    def _on_under(self, i: int) -> None:
        self._threshold(i, up=False)

    def _threshold(self, i: int, *, up: bool) -> None:
        s, t = self.s, self.s[i]
        tail = self.text[t.end : t.end + 60]
        tail = re.split(r"[;:()]|, (?!\d)", tail)[0]
        if "f1" in self.kinds and not re.search(r"threshold|cut-?off", tail):
            return None
        if t.text.startswith("reach") and re.match(r" (?:only |just )?\d+ ?%", tail):
            t.taken = True
            return None
        percent = re.search(r"\d ?%|per ?cent|flat", tail) and (
            self.kinds & {"usual", "flat", "map"} and not self.kinds & {"score", "threshold"}
        )
        if percent or (self.shares and not re.search(r"threshold|cut-?off|\d\.\d", tail) and "flat" in self.text):
            self._say(
                "flat",
                i,
                self._roles(i),
                self._findings(i, one=not _PLURAL.search(s.before(i, 24))),
                value="more" if up else "less",
                negated=self._denied(i),
            )
            for x in s.of("flat"):
                s[x].taken = True
            return None
        reached = t.text.startswith("reach") and not tail.strip(" .") and "threshold" in self.text[: t.at]
        if not (reached or re.search(r"threshold|cut-?off|\d\.\d|points?\b|needed|required", tail)) and not re.search(
            r"short|threshold|\bit\b", t.text + tail
        ):
            return None
        if t.text.startswith(("miss",)) and not re.search(r"threshold|cut-?off", tail):
            return self._on_outcome(i)
        negated = self._denied(i) != (not up)
        near = re.search(r"\b(?:nearest|closest|next)(?: one| finding)? $", s.before(i))
        behind = [f for f in sorted(s.groups) if f > i and s[f].clause == t.clause]
        if near and behind:
            self._take(*s.groups[behind[0]])
            findings = s.group(behind[0])
        else:
            findings = self._findings(i)
        if re.search(r"\bneither [\d.]+ nor [\d.]+ $", s.before(i)):
            self._take(*s.of("neither"), *(x for x in s.of("neg") if s[x].text == "nor"))
            self._say("call", i, ROLES, findings, negated=True)
            return None
        if i and s[i - 1].kind == "number" and i + 1 < len(s) and (i + 1 in self.follows or i - 1 in self.pairs):
            told = [n for n, x in enumerate(self.token_of) if x == i - 1]
            if told:
                of = self.claims[told[-1]]
                self._say("call", i, Who(of.roles), of.findings, negated=negated)
                return None
        agent = self._agent(i)
        if agent is not None and not re.fullmatch(
            r"(?: of)?(?: the| its| their)?(?: own)? (?:thresholds?|cut-?offs?|(?:operating"
            r"|decision) points?) (?:in|for|with|by|of)(?: only)?(?: the)? ?",
            self.text[t.end : s[agent.first].at],
        ):
            agent = None
        self._say("call", i, agent or self._roles(i), findings, negated=negated)
        return None

    def _missed(self, i: int) -> None:
        """`misses X`, `X is overlooked by the baseline`, `catches X`."""
        s, t = self.s, self.s[i]
        done = t.text.endswith("ed") or t.text.endswith("en")
        agent = self._agent(i) if done else None
        who = agent or self._roles(i)
        if done and (agent or BE.search(s.before(i))):
            findings = self._findings(i, forward=False)
        else:
            got, _ = self._object(i)
            findings = got or ()
        denied = self._denied(i)
        self._say("outcome", i, who, findings, negated=denied)
        if denied and t.text.startswith(("catch", "caught")):
            self.claims[-1] = self.claims[-1]._replace(text="missed", negated=False)

    def _misses_places(self, i: int) -> bool:
        """`its attention misses the usual places`."""
        off = re.match(r" (?:the |its |their |any )?usual places?\b", self.text[self.s[i].end :])
        if off is None or not self.s[i].text.startswith("miss"):
            return False
        negated, findings = self._denied(i), self._findings(i)
        self._take_until(self.s[i].end, self.s[i].end + off.end())
        self._say("plausible", i, self._roles(i), findings, value="inside", negated=not negated)
        return True

    def _on_outcome(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if self._misses_places(i):
            return
        if t.text.startswith(("miss", "overlook", "overcall", "hallucin", "catch", "caught")) and not _A_MISS.search(
            s.before(i)
        ):
            self._missed(i)
            return
        negated = self._denied(i)
        before = self.text[: t.at]
        m = re.search(r"\b(no|two|three|four|five|six|(?:\w+ )?one|another) $", before)
        if m and m[1] == "no":
            negated = not negated
            for x in s.tokens:
                if x.end == t.at - 1 and x.kind == "count":
                    x.taken = True
        here = any(s[x].clause == t.clause for x in s.listed)
        who = self._roles(i, forward=here or _COMES_ABOUT.match(self.text, t.end) is None)
        if who.quantity == "neither" and any(
            who.last < x < i for n, x in enumerate(self.token_of) if self.claims[n].kind == "call"
        ):
            who = Who(who.roles, "all", who.first, who.last)  # `neither model calls it, a pair of false negatives`
        they = s[who.last].clause < t.clause and re.search(r"\bthey\b", self._clause_all(t))
        if who.quantity == "neither" and (they or re.search(r"\bby $", s.before(who.first))):
            who = Who(who.roles, "all", who.first, who.last)
        if re.search(r"\b(?:instead of|rather than) (?:an? )?$", before) and re.search(r"\bbecom|\bturn", before):
            who, negated = Who(("baseline",)), False
            self._take(*(x for x in s.of("neg") if 0 < t.at - s[x].at < 16))
        where = _WHERE_OTHER.match(self.text, self._end_with_findings(i))
        if where is not None:
            behind = next((x for x in sorted(s.listed) if s[x].at >= where.start()), None)
            own = i - 1 in s.listed and re.fullmatch(r" (?:is|was|has|gets|stays)(?: an?)? ", s.between(i - 1, i))
            told = behind is not None and own and s.listed[i - 1].roles == s.listed[behind].roles
            if behind is not None and len(s.listed[behind].roles) == 1 and not told:
                who = Who(tuple(r for r in ROLES if r not in s.listed[behind].roles))
        if m and m[1] == "two" and len(self._outcome_findings(i)) == 1 and (not s.who or self._each_named(i)):
            who = Who(ROLES)
            self._take(*(x for x in s.of("count") if s[x].end == t.at - 1))
        if re.search(r"\b(?:into|becom(?:es?|ing)|became) (?:an? )?$", before):
            who = Who(("finetuned",))
        nxt = i + 1
        if nxt < len(s) and s[nxt].text == "/" and nxt + 1 < len(s) and s[nxt + 1].kind == "outcome":
            findings = self._findings(i)
            self._say("outcome", i, ("baseline",), findings)
            self._say("outcome", nxt + 1, ("finetuned",), findings)
            return
        findings = self._outcome_findings(i)
        self._say("outcome", i, who, findings, negated=negated)
        other = _BUT_ONE.match(self.text, t.end)
        polarity = re.search(r"(?:posi|nega)tive", t.text)
        if other is not None and negated and polarity is not None:
            self.formed.append(other.span())
            self._say("outcome", i, who, findings)
            self.claims[-1] = self.claims[-1]._replace(text=f"{other[1]} {polarity[0]}")
        nor = range(who.first, who.last + 1)
        for x in nor:
            if x < len(s) and s[x].text == "nor":
                s[x].taken = True

    def _end_with_findings(self, i: int) -> int:
        """Where `two FPs, on X and Y` ends."""
        s = self.s
        m = re.match(r",? (?:on|for|in) (?:the )?", self.text[s[i].end :])
        f = next((f for f in s.groups if m and s[f].at == s[i].end + m.end()), None)
        return s[i].end if f is None else s[s.groups[f][-1]].end

    def _each_named(self, i: int) -> bool:
        """`two misses: FN for R, FN for R`: behind the colon both models are named, and no finding."""
        s, colon = self.s, self.text.find(":", self.s[i].end)
        named = {r for x in s.of("role") if x in s.who and colon < s[x].at for r in s.who[x].roles}
        return colon > 0 and named == set(ROLES) and not s.groups

    def _outcome_findings(self, i: int) -> tuple[str, ...]:
        s, t = self.s, self.s[i]
        groups = sorted(s.groups)

        def give(x: int) -> tuple[str, ...]:
            self._take(*s.groups[x])
            return s.group(x)

        behind = [f for f in groups if f > i and s[f].clause == t.clause and s[f].bracket == t.bracket]
        if behind:
            gap = self.text[t.end : s[behind[0]].at]
            bare = re.sub(
                r"(?:for|of|in|by|to) (?:the )?(?:baseline|fine-?tuned)(?: model| classifier)?"
                r"|for both(?: models)?|of both(?: models)?|\bbl\b|\bft\b",
                " ",
                gap,
            )
            if re.fullmatch(
                r"[\s,]*(?:for|on|in|about|at|namely|regarding|concerning|: )?[\s,]*(?:both )?(?:the )?", bare
            ) and re.search(r"\b(?:for|on|in|about|namely)\b|^\s*:", bare):
                return give(behind[0])
        if (
            i
            and s[i - 1].kind == "finding"
            and not t.bracket
            and re.fullmatch(r"[\s=:]*(?:is |are |= )?(?:an? |the )?", s.between(i - 1, i))
        ):
            before = s.before(i, 80)
            alone = s.groups[i - 1]
            if len(alone) > 1 and not re.search(r"\b(?:and|are)\b|/|\+", before) and not re.search(r"all $", before):
                self._take(i - 1)
                return (s.finding(i - 1),)
            return give(i - 1)
        if t.bracket:
            ahead = [f for f in groups if f < i and not s[f].bracket]
            if any(s[f].bracket == t.bracket for f in groups):
                return self._findings(i)
            if ahead:
                group = s.groups[ahead[-1]]
                every = re.search(r"\ball\b|\beach\b|\bboth\b", self.text[t.at - 8 : t.at])
                if every or not re.search(r"[a-z]", re.sub(r"\([^)]*\)", "", self.text[s[ahead[-1]].end : t.at])):  # noqa: SIM102
                    if len(group) > 1 and not every:
                        self._take(ahead[-1])
                        return (s.finding(ahead[-1]),)
                return give(ahead[-1])
        rest = re.search(r"\bthe other (two|three|four)\b", self._clause_all(t))
        if rest:
            named = {s.finding(f) for f in groups}
            others = tuple(f for f in self.before.findings if f not in named)
            for x in s.tokens:
                if x.kind == "count" and x.clause == t.clause:
                    x.taken = True
            return others if len(others) == count_of(rest[1]) else ()
        group = self._group_meant(i) or self._listed_behind(i)
        if group:
            return group
        ahead = [f for f in groups if f < i and not s[f].bracket]
        same = [f for f in ahead if s[f].clause == t.clause]
        if same:
            return give(same[-1])
        if (
            behind
            and not ahead
            and not re.match(r"[\s,]*(?:it|that|this|its|the call|the other)\b", self._clause_text(t))
        ):
            return give(behind[0])
        if ahead:
            return self._one_cited(t, give(ahead[-1]))
        if behind and not self.before.finding():
            return give(behind[0])
        return (
            self.before.finding()
            if len(self.before.findings) < 2
            or self.before.cited.findings
            or t.text[-1] == "s"
            or self._roles(i).roles == ROLES
            else ()
        )

    def _listed_behind(self, i: int) -> tuple[str, ...]:
        """`the FN are near calls: A has 0.65 under 0.67, B 0.49 under 0.50`: of all that stand behind the colon."""
        s = self.s
        colon = _ARE_THESE.match(self.text, s[i].end)
        if colon is None or any(s[f].clause == s[i].clause for f in s.groups):
            return ()
        behind = [f for f in sorted(s.groups) if s[f].at > colon.end()]
        self._take(*behind)
        return tuple(dict.fromkeys(s.finding(f) for f in behind))

    def _on_adverb(self, i: int) -> None:
        """`correctly calls`, `wrongly leaves X uncalled`: the outcome of the call it goes with."""
        s, t = self.s, self.s[i]
        good = t.text in ("correctly", "rightly")
        for x in range(i + 1, min(i + 5, len(s))):
            if s[x].kind in ("call", "callish", "uncalled", "reject", "over", "under") and s[x].clause == t.clause:
                taken = len(self.claims)
                if s[x].kind in ("over", "under"):
                    self._threshold(x, up=s[x].kind == "over")
                else:
                    self._call(x, negated=s[x].kind in ("uncalled", "reject"))
                made = self.claims[taken:]
                for n, claim in enumerate(made, taken):
                    if claim.kind == "call":
                        name = {
                            (True, False): "true positive",
                            (True, True): "true negative",
                            (False, False): "false positive",
                            (False, True): "false negative",
                        }[good, claim.negated]
                        self.claims[n] = claim._replace(kind="outcome", text=name, negated=False)
                self._take(i)
                return
        self._say("right", i, self._roles(i), self._findings(i), negated=self._denied(i) == good)
