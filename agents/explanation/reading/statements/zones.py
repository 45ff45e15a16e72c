"""Zones of maps and boxes, and the shares of a map that lie in them."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..words.lexicon import zone_of
from .labels import LabelReading

_OF_USUAL = re.compile(
    r" (?:of [\w' ]+ )?(?:is |lies )?(?:in|inside|within|of it in) (?:the |its )?(?:usual|plausible|expected|typical)"
)
_HOLDS = re.compile(
    r"(?: (?:zone|region|area|activation))* (?:takes?|holds?|draws?|gets?|leads?|dominates?|follows?"
    r"|comes? next|accounts?|share)\b"
)
"""Behind a zone, where a share told further on is the zone's."""
_OTHERWISE = re.compile(r"\b(?:not|does|do|so|fails?|has|have|no|which|is|are|was|only)\b")
_RUN_OF_USUAL = re.compile(
    r"(?: and \d[\d.]* ?%)?(?: of (?:the |its |their )?\w+)?(?: lies?| is| falls?)? (?:in|inside"
    r"|within) (?:the |its |their )?(?:usual|plausible|expected|typical)"
)
_OF_A_BOX = re.compile(
    r"(?:\b(?:one|the other|another|the (?:first|second|third))(?: (?:of (?:which|them|its boxes"
    r"|these)))?(?: (?:is|lies|sits|being|placed|found|lying))*"
    r" (?:over|in|at|on|covering)|\bbox(?:es)?, (?:which|one of which) (?:is|are|lies?|sits?)(?: \w+)? (?:over"
    r"|in|at|on)) (?:the )?(?:[a-z ]+ and (?:the )?)?$"
)
_WHICH_HOLDS = re.compile(
    r"\b(?:which|that) (?:holds|takes|has|gets|draws|carries|accounts for"
    r"|makes up)(?: only| some)? $"
)
_WHERE = re.compile(r"\bwhere (?:only |some )?$")
_OF_IT_LIES = re.compile(r" of (?:it|(?:the|its) \w+) (?:lies|is|falls|sits)")
_THERE = re.compile(r"\b(?:there|in (?:it|that (?:zone|region|area|place)))\b")
_AFTER = re.compile(r"\b(?:followed by|then|ahead of|next to|before|with|and|or|behind) (?:the )?$")
"""Before a zone that comes after the peak."""


_TIED = re.compile(r"\b(?:tied|level|equal|on a par) with (?:the )?$")


class ZoneReading(LabelReading):
    """What a sentence says of zones."""

    def _cue(self, i: int) -> str | None:
        s, t = self.s, self.s[i]
        kinds = ("peak", "mainly", "look", "box")
        if (self.before.cited.boxes or "box" in self.kinds) and _OF_A_BOX.search(self.text[: t.at]):
            self._take(*(x for x in s.of("oneof") if x == i - 1))
            return "box"
        if self.before.cited.only_boxes:
            return "box"
        if re.search(r"\b(?:extends?|spills?|spreads?|reach(?:es)?)(?: \w+)? (?:the )?$", s.before(i, 30)):
            return "box" if re.search(r"\bbox(?:es)?\b[^,;]*$", s.before(i, 40)) else "any"
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
            and not s.before(x, 8).endswith("of the ")
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
        s, t = self.s, self.s[i]
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
        if re.search(r"\b(?:under|below|above|beneath) (?:the )?$", s.before(i, 14)):
            self._say("unread", i)
            return
        if self._peaks_pair(i) or self._tied(i, zone):
            return
        number = self._share_of(i)
        shared = number is not None
        if (
            number is not None
            and number > i
            and self.kinds & {"usual", "flat"}
            and not _AFTER.search(s.before(i, 20))
        ):
            gap = self.text[t.end : s[number].at]
            if (
                re.fullmatch(
                    r"(?: (?:zone|region|area))? with (?:only |just "
                    r"|merely )?",
                    gap,
                )
                and number not in self.zones
            ):
                self._say(
                    "zone", i, self._roles(i, alone=True), self._findings(i, one=True), value=zone, cue=self._cue(i)
                )
                return  # the share is that of the usual places, or the zone's
        if shared and not self._is_peak(i):
            t.taken = True
            return
        kind = "zone" if not self._denied(i, 3) else "unread"
        self._say(
            kind,
            i,
            self._moved(i) or self._roles(i, alone=True),
            self._findings(i, one=True),
            value=zone,
            cue="peak" if shared else "main" if self._cue(i) == "look" and self._listed_zone(i) else self._cue(i),
        )

    def _peaks_pair(self, i: int) -> bool:
        """`their peaks, the left hilum against the neck`: of which model each is nobody says."""
        s = self.s
        nxt = next((x for x in s.of("zone") if x > i), None)
        told = re.search(r"\btheir (?:two )?peaks\b|\bwhere their maps peak\b", self.text)
        if (
            nxt is None
            or not told
            or not re.fullmatch(r",? (?:against|versus|vs|and) (?:the )?", self.text[s[i].end : s[nxt].at])
        ):
            return False
        zones = [self._zone_name(s[x].text, re.sub(r" (?:zone|region|area)$", "", s[x].text)) for x in (i, nxt)]
        self._take(nxt)
        self._say("peaks_pair", i, ROLES, self._findings(i, one=True), value=tuple(zones))
        return True

    def _tied(self, i: int, zone: str) -> bool:
        """`the left hilum, 25 %, tied with the neck`: a zone with the share told last."""
        s = self.s
        m = _TIED.search(s.before(i, 24))
        told = [x for x in s.of("number") if x < i and "%" in s[x].text and s[x].clause == s[i].clause]
        if m is None or not told:
            return False
        start = s[i].at - len(m[0])
        self._take_until(start, s[i].at, "same")
        self.formed.append((start, s[i].at))
        number = s[told[-1]].text
        roles, findings = self._roles(i, alone=True), self._findings(i, one=True)
        self._say("number", i, roles, findings, value=(number, zone), cue="zone")
        return True

    def _listed_zone(self, i: int) -> bool:
        """`looks at the left hilum and at the neck`: no zone of a list needs to be the peak."""
        s = self.s
        zones = s.of("zone")
        at = zones.index(i)
        pairs = [(zones[at - 1], i)] if at else []
        pairs += [(i, zones[at + 1])] if at + 1 < len(zones) else []
        return any(
            re.fullmatch(
                r"(?:, which (?:has|holds) \d+ ?%)?,? and (?:then )?(?:at |in |over "
                r"|to )?(?:the )?",
                self.text[s[a].end : s[b].at],
            )
            for a, b in pairs
        )

    def _is_peak(self, i: int) -> bool:
        """Whether a zone that a share is told of is the one the map peaks in."""
        s, t = self.s, self.s[i]
        told = self._clause_opening(t) == ":"  # `the peak of the baseline's map: left hilum, 25 %`
        peaks = [x for x in s.of("peak") if s[x].clause == t.clause or (told and s[x].clause == t.clause - 1)]
        zones = [x for x in s.of("zone") if s[x].clause == t.clause]
        if _AFTER.search(s.before(i, 20)) and any(x < i for x in s.of("zone")):
            return False
        return bool(peaks) and (len(zones) == 1 or i == next((x for x in zones if x > peaks[0]), zones[0]))

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
        if n in self.zones:
            return self.zones[n]
        if _RUN_OF_USUAL.match(self.text, t.end):
            return None
        if n + 1 < len(s):
            for x in range(n + 1, min(n + 6, len(s))):
                if s[x].kind in ("usual", "number", "clause", "comma") or s[x].clause != t.clause:
                    break
                if s[x].kind == "zone":
                    gap = self.text[t.end : s[x].at]
                    if re.fullmatch(
                        r" (?:of (?:it|its \w+|that map|the (?:activation|map)|(?:the )?(?:baseline"
                        r"|fine-tuned model)'s \w+(?: for it| for [a-z ]+)?) )?(?:that )?(?:is |lies |sits "
                        r"|falls |fall |lying )?(?:in |at |over |on |within )?(?:the )?",
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
                    return None if _OF_USUAL.match(self.text[t.end :]) else x
                break
            if s[x].kind in ("number",):
                break
        return self._zone_near(n)

    def _zone_near(self, n: int) -> int | None:
        """The zone a share is of, where the clause speaks of zones alone: the last one named, else the next."""
        s, t = self.s, self.s[n]
        here = [x for x in range(len(s)) if s[x].clause == t.clause]
        zones = [x for x in here if s[x].kind == "zone"]
        if not zones:
            earlier = [x for x in s.of("zone") if x < n]
            usual = [x for x in s.of("usual") if x < n]
            if not earlier or (usual and usual[-1] > earlier[-1]):
                return None
            held = _WHICH_HOLDS.search(s.before(n, 40))
            where = _WHERE.search(s.before(n, 16)) and _OF_IT_LIES.match(self.text, t.end)
            return earlier[-1] if held or where or _THERE.search(self.text[t.end : t.end + 40]) else None
        if any(
            s[x].kind in ("usual", "flat", "outward")
            or (s[x].kind == "mainly" and not s[x].text.startswith(("account", "take")))
            for x in here
        ):
            return None
        ahead = [x for x in zones if x < n]
        there = _THERE.search(self.text[t.end : t.end + 40].split(",")[0]) is not None
        usual = [x for x in s.of("usual") if x < n]
        if there and usual and usual[-1] > (ahead[-1] if ahead else -1):
            return None
        if ahead and there:
            return ahead[-1]
        if ahead:
            gap = self.text[s[ahead[-1]].end : t.at]
            if not _HOLDS.match(gap) and (_OTHERWISE.search(gap) or len(gap.split()) > 6):
                return None
        elif not re.fullmatch(
            r" ?\)?(?: of [^,;]*?)?(?: (?:is|are|lies?|falls?|sits?))?(?: (?:in|at|over|for|outside|within"
            r"|below|behind))?(?: the)? ",
            self.text[t.end : s[zones[0]].at],
        ):
            return None
        between = self.text[s[ahead[-1]].end : t.at] if ahead else ""
        if len(ahead) > 1 and re.search(r"\beach(?: with| at)?\b|\bboth\b", between + self.text[t.end : t.end + 8]):
            return None
        return ahead[-1] if ahead else zones[0]
