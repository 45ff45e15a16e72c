"""Numbers: what each measures, and whose it is."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.binding import AFTER_ROLE
from ..cutting.tokens import Who
from .number_lists import PairReading

_THRESHOLD_BEFORE = re.compile(
    r"(?:thresholds?|cut-?offs?|points?|bar|thr)(?: for (?:it|this|that finding))?(?: (?:of|is|at|being|default(?= of)"
    r"|as low as|as high as|only|just|set at|sits at|lies at|was|a|mere|about|there|were|are"
    r"|that is))*(?: and 0\.\d+)? ?=?$"
    r"|\b(?:threshold|cut-?off)s? of (?:just |only )?0?\.\d+ (?:and|or) $"
)
_THRESHOLD_STANDS = re.compile(
    r"(?<!below )(?<!above )(?<!under )(?<!over )(?<!past )(?<!reaches )(?<!reach )(?<!of )(?<!clears )(?<!exceeds )"
    r"(?:\b(?:the|an?|its|their|whose)|'s) (?:own |default |lower |higher )?(?:thresholds?|cut-?offs?|bar)"
    r"(?:,|(?: (?!scor|call|flag|with\b|which\b|that\b|while\b|but\b|and\b|at least\b|so\b)[a-z_'-]+){1,9}) $"
)
"""A threshold that a number is told of at some distance: `the threshold for Edema in the baseline is 0.50`."""
_OF_THE_SCORE = re.compile(
    r"(?:below|above|under|over|past|short of|reach\w*|exceed\w*|clear\w*|pass\w*) (?:its |the |their )?(?:own )?"
    r"(?:threshold|cut-?off)s? (?:at|with) $"
)
"""`below its threshold at`: the number behind it is the score's."""
_AGAINST = re.compile(
    r"(?:\b(?:against|versus|vs|short of|below|under|over|above|past|beyond|exceed(?:s|ed|ing)?"
    r"|reach(?:es|ed|ing)?|clear(?:s|ed|ing)?|surpass(?:es|ed|ing)?|pass(?:es|ed|ing)?|miss(?:es"
    r"|ed|ing)?|fails?|needs?|needed|requires?|required|would need|tops?)"
    r"(?: (?:an?|its|the|their|own|only|just|a mere|mark of|same|value of|required|needed|(?:baseline|bl"
    r"|fine-?tuned(?: model)?|ft)'s))*) $"
)
_ROLE = r"(?:the )?(?:baseline|fine-?tuned)(?: model)?"
_NEEDS = re.compile(
    r"\b(?:needs?|requires?|demands?)(?: (?:only|just|a mere|at least))* (?:[01]?\.\d+"
    rf"(?: (?:in|for|with|by) {_ROLE})?,?(?: (?:and|but|while))*(?: {_ROLE})?(?: (?:only|just|a mere))* )?$"
)
"""Before a threshold, and before the other model's behind it: `needs 0.74 in the baseline and only `."""
_SCORE_BEHIND = re.compile(
    r",? (?:\(|with |against |versus |vs |under |below |over |above |short of |and |where |while |at )*(?:an? "
    r"|its |the |own |their )*"
    r"(?:threshold|thr|cut-?off)s? (?:as (?:low|high) as|of|at|being|is|was|0)"
)
"""Behind the score a threshold is told with."""
_THRESHOLD_BEHIND = re.compile(r"\s*-?(?:own |decision |operating )?(?:thresholds?|cut-?offs?)\b")


_OF_ITS_OWN = re.compile(
    r",? (?:the |its |that |this |[\w -]+'s )(?:heat)?(?:map|attention|activation|focus) (?:is|lies|falls)\b"
)
"""Behind a share a statement of its own begins: `with 48 % the map is not mainly in usual places`."""
_EVERY_BOX = re.compile(
    r"\b(?:all|both|each|every)\b(?: \w+){0,3} box(?:es)?\b|\bboxes (?:all|both|each)\b"
    r"|\b(?:its|the|their) (?:two|three|four|five) boxes (?:has|have|reach|show)\b"
)


_DENIED = re.compile(r"\b(?:is|are|was|has|have|at|of|with) (?:not|never|hardly|scarcely) $")
"""Before a number that is denied."""


class NumberReading(PairReading):
    """What a sentence measures."""

    def _on_number(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if self._is_count(i) and not re.search(r"%", t.text):
            self._on_count(i)
            if t.taken:
                return
        if _DENIED.search(s.before(i, 12)) and i and s[i - 1].kind == "neg" and not s[i - 1].taken:
            self._say("unread", i)  # `the score is not 0.76`
            return
        if i in self.either_f1:
            self._take(*self.either_f1)
            self._say("f1_pair", i, ROLES, value=tuple(s[x].text for x in self.either_f1))
            return
        kind, extra = self._measure(i)
        if kind in ("score", "threshold") and re.search(
            r"\bboth (?:print|round|come out|display|read|show)\w* (?:as|to|at|up) $", s.before(i, 30)
        ):
            both = self._roles(i), self._findings(i, one=True)
            for measure in ("score", "threshold"):
                self._say("number", i, *both, value=(t.text, None), cue=measure)
            return
        if kind in ("rotation", "unusual", "coverage"):
            self._say("number", i, (), value=(t.text, extra), cue=kind)
            return
        role, finding = self.pairs.get(i, (None, None))
        if i in self.follows and (told := [n for n, x in enumerate(self.token_of) if x == self.follows[i]]):
            of = self.claims[told[-1]]
            self._say("number", i, Who(of.roles), of.findings, value=(t.text, None), cue=self.measures[i])
            return
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
        if i in self.each:
            for x in self.each[i]:
                zone = self._zone_name(s[x].text, re.sub(r" (?:zone|region|area)$", "", s[x].text))
                self._say("number", i, who, self._findings(i, one=True), value=(t.text, zone), cue="zone")
            return
        findings = finding or self._findings(i, one=True)
        if len(findings) > 1 and not finding:
            findings = findings if len(self.before.cited.findings) == 1 else ()
        if who.quantity == "neither":
            if who.first > i:  # `0.50 for neither model`
                self._say("unread", i)
                return
            for x in s.of("neither"):
                s[x].taken = True
        if kind == "share or zone":  # whichever the share is, the map is told to be there
            zone = self._zone_of_number(i)
            if zone is not None and zone not in self.token_of:
                self._say("zone", zone, Who(who.roles), findings, value=extra, cue=self._cue(zone))
        self._say("number", i, Who(who.roles), findings, value=(t.text, extra), cue=kind)

    def _own(self, i: int) -> bool:
        """A model stands right behind the number."""
        nxt = i + 1
        return nxt < len(self.s) and nxt in self.s.who and AFTER_ROLE.fullmatch(self.s.between(i, nxt)) is not None

    def _measure(self, i: int) -> tuple[str, str | None]:
        s, t = self.s, self.s[i]
        if i in self.measures:
            return self.measures[i], None
        before, behind = s.before(i, 70), self.text[t.end : t.end + 70]
        clause = self._clause_all(t)
        if (
            "oddness" in {x.kind for x in s.tokens if x.clause == t.clause}
            and "deg" not in t.text
            and "%" not in t.text
            and ("tilt" in self.kinds or re.search(r"\bat $", before))
            and not s.groups
        ):
            return "unusual", None
        if re.search(r"deg", t.text) or ("tilt" in clause and not re.search(r"ood|distribution|%", clause)):
            return "rotation", None
        if "%" in t.text or "cent" in t.text:
            if re.search(r"\bthorax\b", clause):
                return "coverage", None
            if re.match(
                r"(?: and \d+ ?%)? (?:expected |that is expected |that )?(?:of|for|by|in|from|with)? ?(?:a "
                r"|the |that of a )?flat"
                r"|(?: \w+)? if flat|,? where 0",
                behind,
            ) or re.search(
                r"\bflat(?: maps?| ones?)?(?: (?:would|has|gives|have|could|might|is|at|with|of|only|just|be|put"
                r"|place"
                r"|reach|itself|already|expected|by|chance))*(?<!would) \(?$|\bflat(?: maps?)?:? \(?$"
                r"|\bflat maps? (?:would )?have \d+ ?% and $|\bflat map(?:'s|,? with|,? at) $"
                r"|\bflat[- ]maps?(?: values?| yardsticks?| levels?| shares?)? of (?:\d+ ?% and )?$|\bexpect(?:ed"
                r"|ation)?(?: \w+){0,2} $",
                before,
            ):
                return "expected", None
            if "flat" in self.kinds and re.search(r"\b(?:its|their) own(?: at)? $", before):
                return "expected", None
            if re.search(r"\bwhere $", before) and re.match(r" (?:would|is|was) (?:be )?expected", behind):
                return "expected", None
            if re.match(r" of the (?:film|image|radiograph)\b", behind):
                return "area", None
            if re.match(r" of (?:the |its |their )?(?:map'?s?'? )?maximum\b", behind):
                return "box level", None
            zone = self._zone_of_number(i)
            if zone is not None:
                text = s[zone].text
                # `..., the other's in the left hilum with 24 %`: of the usual places told of before, or of the zone
                told = any(x < i for x in s.of("usual")) or re.search(
                    r"\b(?:comes to|reaches|has|manages|gets"
                    r"|arrives at)(?: \w+)? $",
                    before,
                )
                open_ = zone < i and i not in self.zones and bool(self.kinds & {"usual", "flat"}) and bool(told)
                kind = "under" if before.endswith("less than ") else "share or zone" if open_ else "zone"
                return kind, self._zone_name(
                    "outside the body" if "off" in text or text == "outside body" else text,
                    re.sub(r" (?:zone|region|area)$", "", text),
                )
            if (
                re.search(
                    r"\b(?:outside(?: of)?|not (?:\w+ )?(?:in|inside|within)) (?:the |its |any )?usual",
                    re.split("[,;]", behind)[0],
                )
                and not _OF_ITS_OWN.match(behind)
            ) or re.match(r" (?:of \w+ \w+ )?(?:lies |is |falls |sits )?outside (?:the |its |of )?usual", behind):
                return "outside share", None
            if not self.kinds & {"usual", "flat", "map", "zone", "outward"} and not self._of_shares_told():
                return self._score_or_threshold(i, before, behind), None
            return "share", None
        if re.search(r"\bmean activation\b", clause) or re.search(r"\bmean activation[^.;,]{0,20}: $", before):
            return ("every mean activation" if _EVERY_BOX.search(clause) else "mean activation"), None
        if self.before.cited.only_film and not s.groups and not s.who:
            return "unusual", None
        if re.search(r"usual,? (?:with|at) (?:a score of )?$", before) or (
            "oddness" in self.kinds and not s.who and not s.groups and not self.kinds & {"f1", "verdict"}
        ):
            return "unusual", None
        if re.search(r"\b(?:out.of.distribution|ood) (?:score )?(?:of|is|at) $", before):
            return "unusual", None
        if "ood" in self.kinds and not re.search(r"f1|threshold", clause):
            near = [x for x in s.of("ood") if not any(min(x, i) < f < max(x, i) for f in s.of("finding"))]
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

    def _of_shares_told(self) -> bool:
        """`it reaches 64 % for X`, behind a sentence that told shares in usual places and nothing else in percent."""
        told = [c.cue for c in self.before.told if c.kind == "number" and "%" in c.value[0]]
        of_maps = bool(self.before.cited.findings) and not self.kinds & {"score", "threshold", "call"}
        return of_maps and "share" in told and set(told) <= {"share", "expected"}

    def _score_or_threshold(self, i: int, before: str, behind: str) -> str:
        if _OF_THE_SCORE.search(before) or _SCORE_BEHIND.match(behind):
            return "score"
        if _THRESHOLD_BEFORE.search(before) or _THRESHOLD_BEHIND.match(behind) or re.search(r"[<>] ?$", before):
            return "threshold"
        if _NEEDS.search(before):
            return "threshold"
        if not self._own(i) and i not in self.pairs and _AGAINST.search(before):
            others = [x for x in self.s.of("number") if x > i and "%" not in self.s[x].text]
            told = any(_THRESHOLD_BEFORE.search(self.s.before(x, 70)) for x in others)
            return "score" if told and re.search(r"\breach\w* $", before) else "threshold"
        return "threshold" if _THRESHOLD_STANDS.search(before) else "score"

    def _f1_like(self, i: int) -> bool:
        return self.s[i].text.count(".") == 1
