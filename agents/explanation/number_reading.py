"""Numbers: what each measures and whose it is; counts of findings and boxes; lists of numbers."""

from __future__ import annotations

import re

from .comparison_reading import ComparisonReading
from .facts import ROLES
from .reading import _AFTER_ROLE, BARRIERS
from .sentence import ROLE_KINDS, Who, count_of

_THRESHOLD_BEFORE = re.compile(
    r"(?:thresholds?|cut-?offs?|points?|bar|thr)(?: for (?:it|this|that finding))?(?: (?:of|is|at|being|as low as"
    r"|as high as|only|just|set at|sits at|lies at|was|a|mere|about|there|were|are"
    r"|that is))*(?: and 0\.\d+)? ?=?$"
    r"|\b(?:threshold|cut-?off)s? of (?:just |only )?0?\.\d+ (?:and|or) $"
)
_OF_THE_SCORE = re.compile(
    r"(?:below|above|under|over|past|short of|reach\w*|exceed\w*|clear\w*|pass\w*) (?:its |the |their )?(?:own )?"
    r"(?:threshold|cut-?off)s? (?:at|with) $"
)
"""`below its threshold at`: the number behind it is the score's."""
_AGAINST = re.compile(
    r"(?:\b(?:against|versus|vs|short of|below|under|over|above|past|beyond|exceed(?:s|ed|ing)?"
    r"|reach(?:es|ed|ing)?|clear(?:s|ed|ing)?|surpass(?:es|ed|ing)?|pass(?:es|ed|ing)?|miss(?:es"
    r"|ed|ing)?|fails?|needs?|needed|requires?|required|would need|tops?)"
    r"(?: (?:an?|its|the|their|own|only|just|a mere|mark of|required|needed))*) $"
)
_THRESHOLD_BEHIND = re.compile(r"\s*-?(?:own |decision |operating )?(?:thresholds?|cut-?offs?)\b")


class NumberReading(ComparisonReading):
    """What a sentence counts and measures."""

    def _on_count(self, i: int) -> None:  # noqa: PLR0915
        s, t = self.s, self.s[i]
        n = count_of(t.text)
        tail = self.text[t.end : t.end + 70]
        clause = self._clause_all(t)
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
        if m and total is not None and not re.match(r" of (?:the )?\w+ (?:boxes|negatives|positives)", tail):
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
        if re.match(r" (?:separate |single |different |such )?box(?:es)?\b", tail):
            t.taken = True
            who = self._roles(i)
            neg = self._denied(i)
            if who.quantity == "either":
                who = Who(ROLES if n == 0 else ())
            if who.quantity == "neither":
                who, n = Who(ROLES), 0 if n else 1
                for x in s.of("neither"):
                    s[x].taken = True
            self._say("boxes", i, who, self._findings(i, one=True), value=-1 if neg else n)
            return
        if (
            re.match(
                r" (?:of )?(?:the |its )?(?:true|false)[- ](?:positives?|negatives?)|(?: new)? (?:tp|fp|tn|fn)s?\b",
                tail,
            )
            and t.text != "no"
        ):
            self._say("outcome_count", i, self._roles(i), self._listed_after(i), value=n)
            return
        owned = re.match(r" of (?:the |its |their )?(?:(?:baseline|bl|fine-?tuned(?: model)?|ft)'s )?boxes\b", tail)
        if owned:
            self._say("boxes", i, self._roles(i), self._findings(i, one=True), value=n)
            return
        if s[i - 1].text == "all" and i:
            return
        called = re.match(
            r" (?:called |such |assessed |other |positive |negative |uncertain )*(findings?|labels?|calls?"
            r"|entries"
            r"|scores|of them)\b",
            tail,
        )
        if (
            called is None
            and re.search(r"\bcall(?:s|ed|ing)?(?: just| only| exactly| no fewer than)? $", s.before(i, 40))
            and re.match(r"\s*(?:$|[.,:;)]|and\b|which\b|while\b|findings)", tail)
        ):
            called = re.match("", tail)
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
            or ("assess" in clause and not re.search(r"\bcall", clause))
            or "assessed" in word
        ):
            self._say("assess_count", i, self._roles(i, alone=True), value=n)
        elif self.kinds & {"differ", "agree"} and not any(c.kind == "differ_count" for c in self.claims):
            if "box" not in self.kinds:
                self._say("differ_count", i, ROLES, value=n)
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
            which = re.match(r"[^,;]*? (?:which|that) (?:the )?(baseline|fine-?tuned|both)\b", tail)
            if re.match(r" which the (?:baseline|fine-?tuned model) does not", tail):
                self._take_until(t.end, t.end + 60, "neg")
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

    def _listed_calls(self, i: int, who: Who, n: int | None) -> None:
        """`calls two: X and Y`: the findings that were counted."""
        s = self.s
        behind = [f for f in sorted(s.groups) if f > i and not s.tokens[f].taken]
        if not behind:
            return
        gap = self.text[s[i].end : s[behind[0]].at]
        if re.search(r"(?:\bnamely|:|\bi\.e\.|\bwhich are|, | - |\() ?(?:the )?$", gap) and not any(
            x.kind in ROLE_KINDS or x.kind in BARRIERS for x in s.tokens[i + 1 : behind[0]]
        ):
            group = s.group(behind[0])
            self._take(*s.groups[behind[0]])
            self._say("call" if len(group) == n else "unread", behind[0], Who(who.roles), group)

    def _pair_lists(self) -> None:  # noqa: PLR0915
        """`0.91, 0.70 and 0.65 ... for A, B and C`, `0.42 and 0.52` of two models: which number is whose."""
        s = self.s
        runs: list[list[int]] = []
        for i in s.of("number"):
            if not re.search(r"[.%]", s[i].text):
                continue
            if runs:
                last = runs[-1][-1]
                gap = self.text[s[last].end : s[i].at]
                if (
                    re.fullmatch(
                        r"\s*(?:,|/|and|, and|or|->|to|against|vs|versus|compared with|rather than|before and"
                        r"|for the baseline and)\s*",
                        gap,
                    )
                    and s[last].bracket == s[i].bracket
                ):
                    contrast = "verdict" in self.kinds or ("more" in self.kinds and len(list(s.of("role"))) > 1)
                    if (
                        re.search(r"against|vs|versus|compared|baseline", gap)
                        and "%" not in s[i].text
                        and not contrast
                    ):
                        runs.append([i])
                        continue
                    runs[-1].append(i)
                    continue
            runs.append([i])
        for run in runs:
            if len(run) < 2:
                continue
            groups = {g for g in s.groups.values() if len(g) == len(run)}
            arrow = (
                "->" in self.text[s[run[0]].at : s[run[-1]].at] or " to " in self.text[s[run[0]].at : s[run[-1]].at]
            )
            named = list(dict.fromkeys(r for i in sorted(s.who) if s[i].kind == "role" for r in s.who[i].roles))
            whole = {w.roles for w in s.listed.values()}
            if len(groups) == 1 and len(named) == 1 and not arrow:
                for number, finding in zip(run, next(iter(groups)), strict=True):
                    self.pairs[number] = (None, (s.finding(finding),))
                self._take(*next(iter(groups)))
            elif len(run) == 2:
                flat_pair = "flat" in self.kinds and len(named) < 2 and not (whole & {ROLES})
                if flat_pair:
                    continue
                own = s.who.get(run[1] + 1)
                if own is not None and len(own.roles) == 1 and len(named) == 2 and not arrow:
                    order = [*(r for r in ROLES if r not in own.roles), *own.roles]
                    whole = {ROLES}
                elif len(named) == 2 and not arrow:
                    after = s.who.get(run[0] + 1)
                    if after is not None:
                        continue
                    order = named
                elif len(named) == 1 and ("verdict" in self.kinds or "more" in self.kinds) and not arrow:
                    order = [*named, *(r for r in ROLES if r not in named)]
                    whole = {ROLES}
                else:
                    order = list(ROLES)
                    if re.search(r"\bfine-?tuned(?: model)? first\b", self.text):
                        order, whole = [*reversed(ROLES)], {ROLES}
                    if re.search(r"\b(?:baseline first|their|respectively|in that order)\b", self.text):
                        whole = {ROLES}
                if "more" in self.kinds and len(named) == 2:
                    order = named
                if arrow or ROLES in whole or len(named) == 2 or (not named and len(self.before.role()) != 1):
                    for number, role in zip(run, order, strict=False):
                        self.pairs[number] = ((role,), None)

    def _on_number(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if self._is_count(i) and not re.search(r"%", t.text):
            self._on_count(i)
            if t.taken:
                return
        kind, extra = self._measure(i)
        if kind in ("rotation", "unusual", "coverage"):
            self._say("number", i, (), value=(t.text, extra), cue=kind)
            return
        role, finding = self.pairs.get(i, (None, None))
        if (
            role is None
            and re.search(r"\bfrom $", s.before(i))
            and kind in ("f1", "score")
            and self.kinds & {"change", "f1"}
            and re.search(r"^[^;]{0,60}? to ", self.text[t.end :])
            and not self._own(i)
        ):
            role = ("baseline",)
        elif (
            role is None
            and re.search(r"\bto $", s.before(i))
            and kind in ("f1", "score")
            and re.search(r"\bfrom \d", self.text[: t.at])
            and not self._own(i)
        ):
            role = ("finetuned",)
        who = Who(role) if role else self._roles(i, alone=True)
        if kind == "f1":
            if re.search(r"\bbefore and\b", self.text[t.end : t.end + 14]):
                who = Who(("baseline",))
            elif re.search(r"^ (?:after|before)\b(?! fine)", self.text[t.end :]):
                who = Who(("finetuned",) if " after" in self.text[t.end : t.end + 7] else ("baseline",))
            elif re.search(r"both times|for both|stays at|identical|unchanged", self.text):
                who = Who(ROLES)
            elif re.match(r" rather than", self.text[t.end :]) or not who.roles:
                pass
            self._say("number", i, Who(who.roles), value=(t.text, None), cue="f1")
            return
        findings = finding or self._findings(i, one=True)
        if len(findings) > 1 and not finding:
            findings = findings if len(self.before.cited_findings) == 1 else ()
        if who.quantity == "neither":
            for x in s.of("neither"):
                s[x].taken = True
        self._say("number", i, Who(who.roles), findings, value=(t.text, extra), cue=kind)

    def _own(self, i: int) -> bool:
        """A model stands right behind the number."""
        nxt = i + 1
        return nxt < len(self.s) and nxt in self.s.who and _AFTER_ROLE.fullmatch(self.s.between(i, nxt)) is not None

    def _measure(self, i: int) -> tuple[str, str | None]:
        s, t = self.s, self.s[i]
        before, behind = s.before(i, 70), self.text[t.end : t.end + 70]
        clause = self._clause_all(t)
        if re.search(r"deg", t.text) or ("tilt" in clause and not re.search(r"ood|distribution|%", clause)):
            return "rotation", None
        if "%" in t.text or "cent" in t.text:
            if re.search(r"\bthorax\b", clause):
                return "coverage", None
            if re.match(
                r" (?:expected |that is expected )?(?:of|for|by|in|from|with)? ?(?:a |the |that of a )?flat"
                r"|(?: \w+)? if flat|,? where 0",
                behind,
            ) or re.search(
                r"\bflat(?: map| one)?(?: (?:would|has|gives|have|could|might|is|at|with|of|only|just|be|put"
                r"|place"
                r"|reach|itself|already|expected|by|chance))*(?<!would) \(?$|\bflat map \($|\bexpect(?:ed"
                r"|ation)?(?: \w+){0,2} $",
                before,
            ):
                return "expected", None
            if re.search(r"\bwhere $", before) and re.match(r" (?:would|is|was) (?:be )?expected", behind):
                return "expected", None
            if re.match(r" of the (?:film|image|radiograph)\b", behind):
                return "area", None
            zone = self._zone_of_number(i)
            if zone is not None:
                text = s[zone].text
                return ("under" if before.endswith("less than ") else "zone"), self._zone_name(
                    "outside the body" if "off" in text or text == "outside body" else text,
                    re.sub(r" (?:zone|region|area)$", "", text),
                )
            if re.search(r"\boutside(?: of)? (?:the |its |any )?usual", behind[:60]) or re.match(
                r" (?:of \w+ \w+ )?(?:lies |is |falls |sits )?outside (?:the |its |of )?usual", behind
            ):
                return "outside share", None
            if not self.kinds & {"usual", "flat", "map", "zone", "outward"}:
                return self._score_or_threshold(i, before, behind), None
            return "share", None
        if re.search(r"\bmean activation\b", clause):
            return "mean activation", None
        if re.search(r"\b(?:out.of.distribution|ood) (?:score )?(?:of|is|at) $", before):
            return "unusual", None
        if "ood" in self.kinds and not re.search(r"f1|threshold", clause):
            near = list(s.of("ood"))
            if any(s[x].clause == t.clause for x in near) or any(abs(x - i) <= 3 for x in near):
                return "unusual", None
        if (
            re.search(r"\bf1\b[^;]*$", self.text[: t.at])
            or ("f1" in self.kinds and re.match(r"[^;]*\bf1\b", behind + clause))
        ) and (not re.search(r"\b(?:score[sd]? (?:of|for|at)|threshold|call)", clause) or "f1" in clause):
            return "f1", None
        if (
            "verdict" in self.kinds
            and ("arrow" in self.kinds or re.search(r"compared with|rather than|against| to ", clause))
            and not s.groups
            and not self.kinds & {"score", "threshold", "call"}
            and self._f1_like(i)
        ):
            return "f1", None
        if re.match(
            r" (?:below|above|under|over|short of|away from|from) (?:the|its|their) (?:own )?threshold", behind
        ) and not re.search(r"\bat $|score (?:of|is) $|[(]$", before):
            return "margin", None
        if re.match(r" (?:points? )?(?:higher|lower|more|less)\b", behind) or re.search(
            r"\bby (?:a margin of )?$", before
        ):
            return "difference", None
        if re.search(r"\bmaximum (?:of|is|at) $|\bmagnitude (?:of|is) $", before):
            return "magnitude", None
        return self._score_or_threshold(i, before, behind), None

    def _score_or_threshold(self, i: int, before: str, behind: str) -> str:
        if _OF_THE_SCORE.search(before):
            return "score"
        if _THRESHOLD_BEFORE.search(before) or _THRESHOLD_BEHIND.match(behind) or re.search(r"[<>] ?$", before):
            return "threshold"
        if not self._own(i) and i not in self.pairs and _AGAINST.search(before):
            return "threshold"
        return "score"

    def _f1_like(self, i: int) -> bool:
        return self.s[i].text.count(".") == 1
