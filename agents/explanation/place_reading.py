"""Places: zones, sides, boxes, usual places; and who is right, for `right` is also a side."""

from __future__ import annotations

import re

from .facts import ROLES
from .label_reading import LabelReading
from .lexicon import zone_of
from .sentence import Who


class PlaceReading(LabelReading):
    """What a sentence says of maps and boxes."""

    def _on_right(self, i: int) -> None:
        s, t = self.s, self.s[i]
        wrong = t.text in ("wrong", "incorrect", "mistaken")
        if t.text == "right" and self._is_side(i):
            return self._on_side(i)
        negated = self._denied(i) != wrong
        who = self._roles(i)
        clause = self._clause_text(t)
        if re.search(r"\bwhich is $", s.before(i)):
            calls = [c for c in self.claims if c.kind == "call" and c.at < t.at]
            if calls:
                self._say("right", i, Who(calls[-1].roles), calls[-1].findings, negated=wrong)
                return None
        one = re.search(
            r"\b(?:exactly|precisely|only|just) one\b|\bonly one model\b|^[\s,]*one (?:of|model)"
            r"|\bone of (?:the (?:two )?models|them) (?:being|is|was)\b",
            clause,
        )
        if one and "one that" not in clause:
            for x in s.tokens:
                if x.clause == t.clause and x.kind in ("count", "only", "both", "oneof"):
                    x.taken = True
            self._say("right_one", i, ROLES, negated=negated)
            return None
        if (
            re.search(r"\bwhich (?:of|model|one)\b", self.text[: t.at])
            and "answer is" not in self.text
            and not re.search(r"answer is", self.text)
        ):
            self._say("idle", i)
            return None
        scope = self.text[t.end : t.end + 40]
        case = re.match(
            r"[\s,]*(?:on|about|in|for)? ?(?:the |this )?(?:case|film|whole|overall)|\s*(?:here|overall)\b", scope
        ) or re.search(r"\bcase (?:right|correct)", s.before(i) + t.text)
        findings: tuple[str, ...] = ()
        near = [f for f in sorted(s.groups) if s[f].clause == t.clause]
        called = [
            f
            for f in near
            if f < i
            and re.search(
                r"\b(?:calls?|answers?|predictions?|readings?) (?:of|for|on) (?:the |an? )?$", s.before(f, 30)
            )
        ]
        if called:
            findings = s.group(called[-1])
            self._take(*s.groups[called[-1]])
        elif re.search(r"\bgets? (?:the |an? )?$", s.before(near[-1], 12) if near and near[-1] < i else "") or (
            not case
            and near
            and re.match(
                r"\s*(?:about|on|for|in|with|regarding) (?:the )?$",
                self.text[t.end : s[near[-1]].at] if s[near[-1]].at > t.end else "",
            )
        ):
            findings = s.group(near[-1])
            self._take(*s.groups[near[-1]])
        elif (not case and re.match(r"\s*(?:about|on|for|in) (?:it|this finding|that finding)\b", scope)) or (
            not case and re.search(r"finding", clause)
        ):
            findings = self._findings(i)
        self._say("right", i, who, findings, negated=negated)
        for x in range(who.first, who.last + 1):
            if x < len(s) and s[x].text == "nor":
                s[x].taken = True
        return None

    def _is_side(self, i: int) -> bool:
        s, t = self.s, self.s[i]
        before, behind = s.before(i, 20), self.text[t.end : t.end + 14]
        return bool(
            (
                re.search(r"\b(?:the|to|left and|left or|of the|again on the|all|patient's) $", before)
                and not re.search(r"\b(?:is|are) all $", before)
            )
            or re.match(r"[- ](?:side|sided|lung|half)|\s*(?:side|and left)", behind)
            or re.search(r"\bbox(?:es)?[^;]*(?:, |\()(?:both |all |also )?$", self.text[: t.at])
        )

    def _cue(self, i: int) -> str | None:
        s, t = self.s, self.s[i]
        kinds = ("peak", "mainly", "look", "box")
        if (
            "box" in self.kinds
            and not self.kinds & {"peak", "map"}
            and not any(re.match("look|focus|concentrat|attend|cent", s[x].text) for x in s.of("look"))
        ):
            return "box"
        boxed = any(s[x].clause == t.clause for x in s.of("box"))
        near = [
            x
            for x in s.of(*kinds)
            if s[x].clause == t.clause
            and not (boxed and s[x].text in ("drawn", "draws", "lies", "lie", "lying", "sits", "sit"))
        ]
        ahead = [x for x in near if x < i]
        pick = ahead[-1] if ahead else near[0] if near else None
        if pick is None:
            earlier = [x for x in s.of("peak", "look") if x < i]
            later = [x for x in s.of(*kinds) if x > i]
            pick = later[0] if later and not earlier else earlier[-1] if earlier else later[0] if later else None
        if pick is None:
            return None
        word = s[pick].kind
        if word == "mainly" and any(
            (x.kind == "look" and x.clause == t.clause and not x.text.startswith(("l", "s")))
            or x.text in ("looks", "look")
            for x in s.tokens
        ):
            return "look"
        return "look" if word == "look" else "main" if word == "mainly" else word

    def _on_zone(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        text = (
            re.sub(r" (?:zone|region|area)$", "", t.text)
            if not re.search(r"(?:lung|perihilar|hilar) (?:zone|region|area)$", t.text)
            else t.text
        )
        zone = "outside the body" if t.text in ("off the body", "outside body") else self._zone_name(t.text, text)
        if any(
            x.cue in ("zone", "under") and x.value[1] == zone and abs(x.at - t.at) < 60
            for x in self.claims
            if x.kind == "number"
        ):
            t.taken = True
            return
        if self._share_of(i) is not None:
            t.taken = True
            return
        kind = "zone" if not self._denied(i, 3) else "unread"
        self._say(
            kind,
            i,
            self._moved(i) or self._roles(i, alone=True),
            self._findings(i, one=True),
            value=zone,
            cue=self._cue(i),
        )

    def _zone_name(self, *texts: str) -> str:
        for text in texts:
            try:
                return zone_of(text)
            except StopIteration:
                continue
        return texts[-1]

    def _share_of(self, i: int) -> int | None:
        """The number that tells the share of a map in this zone."""
        s, t = self.s, self.s[i]
        for x in range(len(s)):
            if (
                s[x].kind == "number"
                and "%" in s[x].text
                and self._zone_of_number(x) == i
                and s[x].clause == t.clause
            ):
                return x
        return None

    def _zone_of_number(self, n: int) -> int | None:
        s, t = self.s, self.s[n]
        if n + 1 < len(s):
            for x in range(n + 1, min(n + 6, len(s))):
                if s[x].kind in ("usual", "number", "clause", "comma") or s[x].clause != t.clause:
                    break
                if s[x].kind == "zone":
                    gap = self.text[t.end : s[x].at]
                    if re.fullmatch(
                        r" (?:of (?:it|its \w+|that map|the (?:activation|map)|(?:the )?(?:baseline"
                        r"|fine-tuned model)'s \w+(?: for it| for [a-z ]+)?) )?(?:that )?(?:is |lies |sits "
                        r"|falls |fall |lying )?(?:in |at |over |within )?(?:the )?",
                        gap,
                    ):
                        return x
                    break
        usual = re.match(
            r" (?:of [\w' ]+ )?(?:is |lies |falls )?(?:in|inside|within|of it in) (?:the |its )?"
            r"(?:usual|plausible|expected|typical)|,? (?:compared|against|versus|vs)|(?: of it)? inside\b",
            self.text[t.end :],
        )
        zones = [x for x in s.of("zone") if x < n and s[x].clause == t.clause]
        if (
            zones
            and not usual
            and re.fullmatch(
                r"(?: (?:zone|region|area))?(?: activation of)?(?:,? ?(?:with|at)|,)? ?\(?(?:just |only |some "
                r"|about )?",
                self.text[s[zones[-1]].end : t.at],
            )
        ):
            return zones[-1]
        drawn = [x for x in s.of("zone") if x < n and s[x].clause == t.clause]
        if drawn and re.match(
            r"(?: (?:zone|region|area))? (?:draws|holds|takes|gets) most of [^;]*, with $",
            self.text[s[drawn[-1]].end : t.at],
        ):
            return drawn[-1]
        for x in range(n - 1, max(-1, n - 6), -1):
            if s[x].kind == "zone" and s[x].clause == t.clause:
                gap = self.text[s[x].end : t.at]
                if re.fullmatch(
                    r" ?\(?|(?: (?:zone|region))? (?:draws|holds|has|with|takes|gets|accounts for|carries"
                    r"|receives)(?: (?:just|only|some|most of .*, with))? ",
                    gap,
                ) or re.search(r"^ (?:draws|holds|takes|gets|carries) ", gap):
                    return (
                        x
                        if not re.match(
                            r" (?:of [\w' ]+ )?(?:is |lies )?(?:in|inside|within|of it in) (?:the |its )?(?:usual"
                            r"|plausible|expected|typical)",
                            self.text[t.end :],
                        )
                        else None
                    )
                break
            if s[x].kind in ("number",):
                break
        return None

    def _on_side(self, i: int) -> None:
        s, t = self.s, self.s[i]
        if t.text == "right" and not self._is_side(i):
            return self._on_right(i)
        if any(
            x.kind in ("sides", "marker") and x.text != "side" and x.clause == t.clause for x in s.tokens
        ) or re.match(r" from left", self.text[t.end :]):
            return None
        side = "bilateral" if t.text.startswith(("bilateral", "both")) else t.text.removesuffix("-sided")
        cue = self._cue(i)
        who = self._roles(i, alone=False)
        if t.text in ("both sides",) and "peak" in self.text:
            return None
        findings = self._findings(i, one=True)
        every = re.search(r"\b(?:all|both|each|everyone)\b[^;:]{0,30}$", self.text[: t.at]) is not None
        counted = [x for x in self.claims if x.kind == "boxes" and not x.value]
        if cue == "box" and counted and who.roles == counted[-1].roles and abs(counted[-1].at - t.at) < 20:
            who = Who(tuple(r for r in ROLES if r not in who.roles))
        self._say(
            "side", i, who, findings, value=side, cue="every box" if cue == "box" and every else cue, negated=False
        )
        return None

    def _on_usual(self, i: int) -> None:
        s, t = self.s, self.s[i]
        before, clause = s.before(i, 40), self._clause_text(t)
        if re.search(r"\bno $", before) and re.search(r"known", self.text[t.end : t.end + 20]):
            for x in s.tokens:
                if x.kind == "count" and x.end == t.at - 1:
                    x.taken = True
            self._say(
                "plausible",
                i,
                Who(("baseline",)) if not s.listed else self._roles(i),
                self._findings(i),
                value="unknown",
            )
            return
        if re.search(r"\b(?:similar|comparable) shares?\b", self._clause_all(t)):
            self._say("share_near", i, ROLES, self._findings(i))
            return
        attached = [
            x
            for x in s.of("number")
            if x < i
            and "%" in s[x].text
            and s[x].clause == t.clause
            and s[x].bracket == t.bracket
            and self._attached(x, i)
        ]
        if attached or (
            "more" in self.kinds
            and re.search(r"\b(?:more|larger|less|smaller|greater|lower|higher)\b(?! than half)", self._clause_all(t))
        ):
            t.taken = True
            return
        word = t.text
        negated = self._denied(i) != bool(re.search(r"implausible|irrelevant|no sense|little sense", word))
        if re.search(
            r"\blittle to do with (?:the )?$|\bfar from (?:the )?$|\boff (?:the )?$|\baway from (?:the )?$", before
        ):
            negated = not negated
        out = re.search(r"\b(?:outside|out of)(?: of)? (?:the |its |any )?$", before) is not None
        who = self._roles(i)
        for x in range(who.first, who.last + 1):
            if x < len(s) and s[x].kind == "neither":
                s[x].taken = True
        del clause
        self._say("plausible", i, who, self._findings(i), value="outside" if out else "inside", negated=negated)

    def _attached(self, number: int, usual: int) -> bool:
        """`34 % of it lies in usual places`: the number is the claim."""
        if any(
            x.kind in ("zone", "mainly", "peak", "call", "finding", "neg") for x in self.s.tokens[number + 1 : usual]
        ):
            gap = self.text[self.s[number].end : self.s[usual].at]
            if (
                not re.fullmatch(
                    r" of [^,;]*?(?:is|lies|sits|falls|found|placed|located|in|inside|within)(?: \w+)* (?:the "
                    r"|its )?",
                    gap,
                )
                or "mostly" in gap
                or " not " in gap
            ):
                return False
        return True

    def _on_empty(self, i: int) -> None:
        _s, t = self.s, self.s[i]
        if t.text.startswith("nothing") and any(c.kind == "has_map" for c in self.claims):
            t.taken = True
            return
        self._say("has_map", i, self._roles(i, alone=True), self._findings(i), value=False, negated=self._denied(i))

    def _on_box(self, i: int) -> None:
        s, t = self.s, self.s[i]
        t.taken = True
        self._take(*s.of("oneof"))
        if (
            i
            and s[i - 1].kind in ("count", "number")
            and re.fullmatch(r" (?:separate |such |called |different )?", s.between(i - 1, i))
        ):
            return  # the count says it
        m = re.search(r"\b(a|an|one|the only|its one|any|its) (?:single |sole |such )?$", s.before(i))
        word = m[1] if m else ""
        if word in ("a", "an", "one", "its one", "any") and (word != "any"):
            negated = self._denied(i)
            self._say(
                "boxes",
                i,
                self._roles(i),
                self._findings(i, one=True),
                value=0 if negated else 1,
                cue="some" if word in ("a", "an") else None,
            )
        elif word == "any" and self._denied(i):
            self._say("boxes", i, self._roles(i), self._findings(i, one=True), value=0)

    def _on_plausibler(self, i: int) -> None:
        if re.search(r"\b(?:which|whether) (?:of|one|model|either)\b", self.text[: self.s[i].at]):
            self._say("idle", i)
            for x in self.s.of("neither"):
                self.s[x].taken = True
            return
        self._say("more_plausible", i, self._roles(i), self._findings(i), negated=self._denied(i))
        for x in self.s.of("neither"):
            self.s[x].taken = True

    def _on_evenless(self, i: int) -> None:
        who = self._roles(i)
        if len(who.roles) == 1:
            other = tuple(r for r in ROLES if r not in who.roles)
            self._say(
                "share_more",
                i,
                (*who.roles, *other),
                self._findings(i, one=True),
                value="up" if "more" in self.s[i].text else "down",
            )
