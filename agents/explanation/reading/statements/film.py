"""The film, the level and the verdict."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .numbers import NumberReading

_SETTLES_NOT = re.compile(
    r"(?:no|not|nothing|neither)\b[^,;.:]{0,50}?\b(?:settle\w*|sides?|known|flip\w*|mirror\w*|marker|fixed|certain|clear)\b"
)
"""A negation that leaves the sides of a film open."""
_FOR_IT = re.compile(r"\b(?:for|on|regarding|concerning|about) (?:the )?$")
_THE_VERDICT = re.compile(r",? (?:the|its|this) verdict (?:is|reads|stays|remains|was|comes out as) ")
"""Around a finding that the verdict is about: `for F the verdict is IMPROVED`."""


class FilmReading(NumberReading):
    """What a sentence says of the film and the case."""

    def _on_noproj(self, i: int) -> None:
        self._say("unknown_projection", i)
        named = bool(self.s.of("projection"))  # `neither AP nor PA can be told, the projection is not known`
        for t in self.s.tokens:
            if (
                t.kind == "projection"
                or (named and (t.kind == "neither" or t.text == "nor"))
                or (t.text == "not" and abs(t.at - self.s[i].at) < 60 and t.at < self.s[i].end)
            ):
                t.taken = True

    def _on_projection(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if re.search(r"\b(?:on|in) (?:an? )?$", s.before(i)) and (
            re.match(r" films", self.text[t.end :]) or "caution" in self.kinds
        ):
            return
        if "noproj" in self.kinds or re.search(r"unknown|not known", self.text):
            self._say("unknown_projection", i)
            self._take(*s.of("neither", "neg"))
            return
        word = {"anteroposterior": "ap", "posteroanterior": "pa"}.get(t.text, t.text)
        sides = {x.clause for x in s if x.kind in ("sides", "unsettled_sides")}
        if self._denied(i) or any(s[x].clause not in sides for x in s.of("marker")):
            self._say("unread", i)  # a marker tells the sides and no projection
            return
        self._say("projection_is", i, value=word if word == "lateral" else word.upper())
        basis = next((x for x in s.tokens if x.kind == "basis"), None)
        if basis is not None and not re.search(
            r"sides", self.text[basis.at - 30 : basis.end + 20] if "header" in basis.text else ""
        ):
            said = "header" if "header" in basis.text else "table" if "table" in basis.text else "estimated"
            self._say("basis_is", i, value=said)

    def _on_sides(self, i: int) -> None:
        s, t = self.s, self.s[i]
        clause = self._clause_all(t)
        for x in s.of("noproj"):
            clause = clause.replace(s[x].text, "")
        if self.kinds & {"box", "zone", "peak"}:
            return
        denials = [x for x in s if x.clause == t.clause and x.kind in ("neg", "neither") and x.text != "nor"]
        if len(denials) > 1 or ("neither" in clause and re.search(r"\b(?:open|uns\w+|unk\w+|unc\w+)\b", clause)):
            self._say("unread", i)
            return
        if re.search(r"as displayed|nothing settles|not settled|unsettled|open|flip", clause) or re.search(
            r"\b(?:not|nothing)\b", clause
        ):
            said = "as displayed"
        elif "marker" in clause or "marker" in self.text:
            said = "marker"
        elif "header" in self.text:
            said = "header"
        else:
            if re.search(r"\bsettled\b", clause + self.text[t.end : t.end + 20]):
                self._say("sides_settled", i)
            return
        self._say("sides_by", i, value=said)
        for x in s.tokens:
            if (x.clause == t.clause or said == "as displayed") and (x.kind in ("neg", "neither") or x.text == "no"):
                x.taken = True

    def _on_unsettled_sides(self, i: int) -> None:
        if re.match(r"flip\b", self.s[i].text) and re.match(
            r" (?:either|the call|it|both|an? "
            r"|this call)",
            self.text[self.s[i].end :],
        ):
            return
        if re.match(r"flip|mirror", self.s[i].text) and not re.search(
            r"\b(?:not|nothing|no|unsettled|unknown|open|neither|unclear|as displayed)\b", self.text
        ):
            self._say("unread", i)
            return
        self._say("sides_by", i, value="as displayed")
        for x in self.s.tokens:
            if x.kind in ("neg", "neither") and _SETTLES_NOT.match(self.text, x.at):
                x.taken = True

    def _on_frontal(self, i: int) -> None:
        denied = self._denied(i)
        self._say("frontal", i, negated=denied)

    def _on_oddness(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if re.match(r"usual", t.text) and "ood" not in self.kinds and "film" not in self._clause_all(t):
            return
        if re.search(r"\b(?:something|anything) $", s.before(i)):
            t.taken = True
            return
        if re.match(r"(?: film)? (?:seems|is|appears) (?:not|no|an unlikely|unlikely)\b", self.text[t.end :]):
            t.taken = True  # asked of, not said
            return
        odd = re.search(r"unusual|odd|weird|out of", t.text) is not None
        nothing = re.search(r"\bnothing\b", s.before(i)) is not None
        if nothing:
            for x in s.of("neg"):
                s[x].taken = True
        mild = (
            re.search(
                r"\b(?:a touch|somewhat|a bit|slightly|rather|fairly|middling|a little|quite"
                r"|far from)\b",
                s.before(i, 30),
            )
            is not None
        )
        neither = re.search(r"\bneither\b[^;]*\bnor\b[^;]*\bseems? $", self.text[: t.at]) is not None
        self._take(*(x for x in s.of("neither", "neg") if neither and x < i and s[x].text in ("neither", "nor")))
        self._say(
            "odd",
            i,
            value=((odd != nothing) != self._denied(i)) != (s.before(i, 9).endswith("far from ") or neither),
            cue="mild" if mild else None,
        )

    def _on_filmlike(self, i: int) -> None:
        self._say("unread" if self._denied(i) else "usual_film", i)

    def _on_caution(self, i: int) -> None:
        """Knowledge of AP films: the findings it is about."""
        s, t = self.s, self.s[i]
        t.taken = True
        for x in range(len(s)):
            if s[x].kind in ("finding", "more") and (s[x].clause == t.clause or x > i):
                s[x].taken = True
        self._take(*(x for x in s.of("projection") if s[x].text == "ap"))  # the rule holds it against the film
        self._say("heart_size", i)

    def _on_notilt(self, i: int) -> None:
        self._say("upright", i)

    def _on_level(self, i: int) -> None:
        s, t = self.s, self.s[i]
        near, clause = s.before(i, 25), self._clause_all(t)
        if t.text == "middling" and "ood" in self.kinds:
            t.taken = True
            return
        if not re.search(
            r"\b(?:case|level|difficulty|difficult|film|one|it|this|models|easy|hard|average|pair|two|so|avg)\b",
            self.text,
        ) or re.search(r"\b(?:on|an) average (?:of|,)|\bon average\b", self.text):
            return
        if (t.text in ("hard", "difficult") and re.match(r" to\b|er\b", self.text[t.end :])) or (
            re.match(r" of\b|-", self.text[t.end :]) and t.text == "average"
        ):
            return
        if re.search(r"\bhard(?:er|ly)\b", t.text):
            return
        if t.text not in ("easy", "average", "hard", "doddle", "avg") and not re.search(
            r"\bcases?\b|\blevel\b|difficulty", self.text
        ):
            return
        words = {
            "middling": "average",
            "low difficulty": "easy",
            "high difficulty": "hard",
            "medium": "average",
            "simple": "easy",
            "tough": "hard",
            "challenging": "hard",
            "breeze": "easy",
            "piece of cake": "easy",
            "plain sailing": "easy",
            "demanding": "hard",
            "undemanding": "easy",
            "doddle": "easy",
            "straightforward": "easy",
            "avg": "average",
            "tricky": "hard",
            "difficult": "hard",
            "moderate": "average",
            "intermediate": "average",
        }
        negated = self._denied(i)
        if re.search(r"\b(?:rather than|not) (?:an? )?(?:easy|average|hard) (?:or|nor) (?:an? )?$", s.before(i, 32)):
            negated = True
        m = re.search(r"\bneither (?:an? )?(?:easy|hard|average) nor (?:an? )?$|\bneither (?:an? )?$", near)
        if m:
            negated = True
            for x in s.tokens:
                if x.kind == "neither" or x.text == "nor":
                    x.taken = True
        self._say("level_is", i, value=words.get(t.text, t.text), negated=negated)
        del clause

    def _on_based(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if "level" not in self.kinds and "case" not in self.text:
            return
        if s[i].text.startswith("predicted") and not any(x.kind == "level" for x in s.tokens):
            return
        self._say("level_based", i, value="ground_truth" if "truth" in t.text else "inferred")

    def _on_calls_match(self, i: int) -> None:
        self._say("calls_match", i, ROLES)

    def _on_unjudged(self, i: int) -> None:
        self._say("unjudged", i, (), self._findings(i, forward=False))

    def _on_nojudged(self, i: int) -> None:
        self._say("no_positive", i)

    def _on_hidden(self, i: int) -> None:
        self._say("hidden", i)

    def _on_verdict(self, i: int) -> None:  # noqa: PLR0915  a reader of many cases is clearer in one place
        s, t = self.s, self.s[i]
        text = t.text
        tail = self.text[t.end : t.end + 40]
        if re.search(r"\bwhere (?:it|(?:the )?[a-z -]{2,18}) (?:is|does) $", s.before(i, 40)):
            t.taken = True  # asked, not said
            return
        if (
            text.startswith("help")
            and re.search(
                r"\b(?:may|might|could|perhaps"
                r"|seems)\b[^,;]*$",
                s.before(i, 40),
            )
            and s.who
            and "tuning" not in self.kinds
        ):
            t.taken = True
            return
        if text in ("better", "worse") and re.match(r" than (?:a |the |its )?(?:flat\b|chance\b)", tail):
            negated = self._denied(i)
            value = "more" if text == "better" else "less"
            self._say("flat", i, self._roles(i), self._findings(i, one=True), value=value, negated=negated)
            return
        if text == "better" and re.match(r" answer (?:may|might|could|need)\b", tail):
            self._say("one_right_on", i, ROLES, self._findings(i))
            return
        hedge = re.search(r"\b(?:may|might|could|perhaps|seems?)\b[^,;]*$", self.text[: t.at])
        if text == "better" and re.match(r" (?:answer|attention|placement|place|map)\b", tail) and hedge:
            t.taken = True
            return
        if re.match(r"no verdict", text):
            if any(c.kind == "hidden" for c in self.claims) or "hidden" in self.kinds or "truth" in self.text:
                self._say("no_verdict", i)
            else:
                self._say("no_verdict", i)
            return
        if text == "better" and not re.search(r"\bf1\b|overall|verdict|case", self.text) and s.groups:
            who = self._roles(i)
            self._say("better", i, who, self._findings(i))
            return
        said = (
            "NO CHANGE"
            if re.match(r"no|unch|changed", text)
            else "WORSE"
            if re.match(r"wors|hurt|harm|deter|step back", text)
            else "IMPROVED"
        )
        worse = re.match(r" (?:on|at|for|in|about) (?:the )?(?=[a-z_])", tail)
        nxt = i + 1 if i + 1 < len(s) else None
        if (
            text == "worse"
            and worse
            and nxt is not None
            and s[nxt].kind == "finding"
            and s[nxt].at == t.end + worse.end()
        ):
            who = self._roles(i, forward=False)
            self._take(*s.groups[nxt])
            self._say("better", i, tuple(r for r in ROLES if r not in who.roles), s.group(nxt))
            return
        negated = self._denied(i)
        none = re.search(r"\b(?:none of it|nothing) $", s.before(i))
        if none:
            self._take_until(s[i].at - 14, s[i].at)
        who = self._roles(i, forward=False) if s.listed else Who(())
        if (none or negated) and said == "IMPROVED":
            self._say("verdict_not", i, value="IMPROVED")
            return
        if negated:
            self._say("unread", i)
            return
        if re.match(r"comes? out ahead|outperform|better", text) or re.match(r" (?:than|on f1|on the case f1)", tail):
            ahead = [x for x in sorted(s.listed) if x < i]
            who = s.listed[ahead[-1]] if ahead else who
            if len(who.roles) == 1:
                up = said == "IMPROVED"
                other = tuple(r for r in ROLES if r not in who.roles)
                self._say("f1_more", i, (*who.roles, *other), value="up" if up else "down")
                return
        if "f1" in self.kinds and re.search(r"\bdid $", s.before(i)) and len(who.roles) == 1:
            other = tuple(r for r in ROLES if r not in who.roles)
            self._say("f1_more", i, (*who.roles, *other), value="up" if said == "IMPROVED" else "down")
            return
        only_baseline = {r for x in s.who for r in s.who[x].roles} == {"baseline"}
        turned = re.search(
            r"\bfrom the (?:fine-?tuned|ft)\b[^,;]* to the (?:baseline|bl)\b"
            r"|\b(?:over|upon|compared (?:with|to)|relative to) the (?:fine-?tuned|ft)\b",
            self.text,
        )
        only_baseline = only_baseline and not any(c.roles == ("finetuned",) for c in self.claims)
        if (only_baseline and "tuning" not in self.kinds and not s.groups and "f1" not in self.kinds) or turned:
            self._say("unread", i)
            return
        about: tuple[str, ...] = ()
        for f in sorted(s.groups):
            fronted = _FOR_IT.search(s.before(f, 14)) and _THE_VERDICT.fullmatch(self.text[s[f].end : t.at])
            if fronted or re.search(
                r"\b(?:verdict|fine-?tuning)(?: on fine-?tuning)?(?: is)? (?:for|on) (?:the )?$", s.before(f, 40)
            ):
                about = s.group(f)
                self._take(*s.groups[f])
        self._say("verdict_is", i, findings=about, value=said)

    def _on_gain(self, i: int) -> None:
        """`gains X`, `loses on X`, `the gain in case F1`; who wins for itself is the verdict's to say."""
        s, t = self.s, self.s[i]
        up = t.text.startswith(("gain", "win", "won"))
        nxt = i + 1
        if "f1" in self.kinds:
            self._say("f1_more", i, ("finetuned", "baseline"), value="up" if up else "down")
        elif (
            nxt < len(s)
            and s[nxt].kind == "finding"
            and re.fullmatch(r"(?: (?:on|over|in|is|of))?(?: the)? ", self.text[t.end : s[nxt].at])
        ):
            roles = self._gainer(i)
            self._take(*s.groups[nxt])
            self._say("better", i, roles if up else tuple(r for r in ROLES if r not in roles), s.group(nxt))
        elif t.text in ("gain", "gains", "loss", "losses") and re.search(
            r"\b(?:that|this|the|these) $", s.before(i, 6)
        ):
            self._say("better", i, ("finetuned",) if up else ("baseline",), self._findings(i))  # told of before
        elif not (self.kinds & {"outcome"} and re.match(r"gains?$|loses?$", t.text)):
            self._say("unread", i)

    def _gainer(self, i: int) -> tuple[str, ...]:
        """Whose a gain is: of the model named, else, with `fine-tuning` or `the gain`, of the fine-tuned one."""
        s, t = self.s, self.s[i]
        named = any(s[x].clause == t.clause and x < i for x in s.who)
        if not named and ("tuning" in self.kinds or re.search(r"\b(?:the|this|these|those) $", s.before(i))):
            return ("finetuned",)
        return self._roles(i, forward=False).roles

    def _on_evidence(self, i: int) -> None:
        self._say("evidence", i)

    def _on_sign(self, i: int) -> None:
        self._say("sign", i)

    def _on_diagnosis(self, i: int) -> None:
        self._say("diagnosis", i)
