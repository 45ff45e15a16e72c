"""Lists of numbers: which of `0.42 and 0.52` is whose, which of `0.91, 0.70 and 0.65` is of which finding."""

from __future__ import annotations

import re
from itertools import pairwise

from ...facts import ROLES
from .counts import CountReading

_JOINED = re.compile(
    r"\s*(?:,|/|and|, and|or|->|to|against|vs|versus|as against|as opposed to|(?:as )?compared (?:with|to)|rather than"
    r"|before and|for the baseline and|nor)\s*"
)

_PAIRS = re.compile(
    r"(?<![\d.])(0?\.\d+|1\.0+)(?: (?:is|lies|stays))? (?:over|under|above|below|against|versus|vs"
    r"|short of) (?:an? |its "
    r"|the )?(?:default )?(?:threshold (?:of )?)?"
    r"(0?\.\d+|1\.0+),? (?:and|but)(?: that)? (0?\.\d+|1\.0+)(?: (?:is|lies|stays))? (?:over|under|above|below"
    r"|against|versus|vs"
    r"|short of) (?:an? |its |the )?"
    r"(?:default )?(?:threshold (?:of )?)?(0?\.\d+|1\.0+)"
)

_OVER = re.compile(
    r"(?<![\d.])([01]?\.\d+|1\.0+)(?: (?:is|lies|stays|remains|was|being))? (over|under|above|below|beneath"
    r"|short of|against|versus|vs)"
    r" (?:an? |its |the |its own |the same )?(?:default )?(?:threshold (?:of |at )?|value of )?([01]?\.\d+"
    r"|1\.0+)(?! ?%)"
)
_OVER_FLAT = re.compile(
    r"(?<![\d.])(\d[\d.]* ?%) (?:over|above|under|below|short of|against|versus|vs|compared with|to) (?:(?:a"
    r"|its|the) flat (?:map's )?(?:one's )?)?"
    r"(\d[\d.]* ?%)"
)
_IN_USUAL = re.compile(r"\busual places,? (?:\(|with |at |by )?$")
"""Before the share of the one map cited and that of a flat one: `not mainly in usual places, 58 % against 68 %`."""
_WITH = re.compile(r"'?s?,? (?:with |at |scores? |has |: )?(?:scores? (?:of )?)?")
"""Between a model and numbers of its own."""
_TWO_OF_THEM = re.compile(r"\b(?:the|both|their|two) (?:two )?(?:thresholds|cut-?offs|scores)(?: of| are| at|,)? $")
"""Before two numbers of which each model has one, in their order."""
_OF_MODEL = re.compile(r" (?:for|in|by|of|from|with|at) (?:the |only the )?")


class PairReading(CountReading):
    """Numbers that stand in a list."""

    def _pair_lists(self) -> None:
        """Finds the lists, and gives each number its model, finding, zone or measure."""
        if len(self.s.of("number")) < 2 and " each" not in self.text:
            return
        self._each_zones()
        self._pair_of_pairs()
        self._over_threshold()
        self._over_flat()
        for run in self._runs():
            if len(run) > 1:
                ways = (
                    self._pair_own,
                    self._pair_score_threshold,
                    self._pair_zones,
                    self._pair_flat,
                    self._pair_findings,
                    self._pair_models,
                )
                next((way for way in ways if way(run)), None)
        s = self.s
        for i in s.of("number"):  # `0.45 (threshold 0.74) and 0.08 (threshold 0.22)`
            if s[i].bracket and i not in self.pairs:
                first = next(x for x in range(len(s)) if s[x].bracket == s[i].bracket)
                if first and first - 1 in self.pairs and s[first - 1].kind == "number":
                    self.pairs[i] = self.pairs[first - 1]

    def _runs(self) -> list[list[int]]:
        """Numbers that follow each other with nothing but a joining word; what stands in brackets is passed over."""
        s = self.s
        runs: list[list[int]] = []
        last: dict[int, list[int]] = {}  # bracket, or 0 -> the list open there
        contrast = "verdict" in self.kinds or ("more" in self.kinds and (len(s.of("role")) > 1 or "f1" in self.kinds))
        for i in s.of("number"):
            if not re.search(r"[.%]", s[i].text):
                continue
            run = last.get(s[i].bracket)
            if run is not None:
                gap = self.text[s[run[-1]].end : s[i].at]
                gap = gap if s[i].bracket else re.sub(r"\s*\([^()]*\)", "", gap)
                against = re.search(r"against|vs|versus|compared|baseline", gap) is not None
                if "rather than" in gap and _JOINED.fullmatch(gap):
                    self._take(*(x for x in range(run[-1], i) if s[x].kind == "neg"))
                if _JOINED.fullmatch(gap) and not (against and "%" not in s[i].text and not contrast):
                    run.append(i)
                    continue
            last[s[i].bracket] = run = [i]
            runs.append(run)
        return runs

    def _over_threshold(self) -> None:
        """`0.57 over 0.50 for the baseline`: a score and its threshold, of the same model and finding."""
        s = self.s
        if "f1" in self.kinds:
            return
        for m in _OVER.finditer(self.text):
            x = next((x for x in s.of("number") if s[x].at == m.start(1)), None)
            y = next((y for y in s.of("number") if s[y].at == m.start(3)), None)
            if x is None or y is None or x in self.measures or y in self.measures or x in self.pairs:
                continue
            behind = y + 1 in s.who and _OF_MODEL.fullmatch(s.between(y, y + 1)) is not None
            contrast = "verdict" in self.kinds or ("more" in self.kinds and len(s.of("role")) > 1)
            if m[2] in ("against", "versus", "vs") and contrast:
                continue
            if m[2] in ("against", "versus", "vs") and behind:
                own = [r for r in s.who if s[r].phrase == s[x].phrase and r < x]
                if own:
                    continue  # one model's score against the other's
                if self._of_the_one_spoken_of(x, y + 1):
                    self.measures[x] = self.measures[y] = "score"
                    self.pairs[x], self.pairs[y] = (self.before.role(), None), (s.who[y + 1].roles, None)
                    continue
            self.measures[x], self.measures[y] = "score", "threshold"
            self.follows[y] = x
            if behind:
                self.pairs[x] = self.pairs[y] = s.who[y + 1].roles, None

    def _of_the_one_spoken_of(self, number: int, other: int) -> bool:
        """`its score, which is 0.66 against 0.46 in the baseline`: of the model spoken of before, then of the other."""
        s, role = self.s, self.before.role()
        named = any(x < number for x in s.who)
        its = re.search(r"\bits (?:[a-z]+ ){0,2}score\b|\bits\b.*\bthe score\b", self.text[: s[number].at])
        return len(role) == 1 and role != s.who[other].roles and not named and its is not None

    def _over_flat(self) -> None:
        """`62 % over a flat 59 %`: a map's share and that of a flat one."""
        s, cited = self.s, self.before.cited
        of_one_map = len(cited.roles) == len(cited.findings) == 1
        if "flat" not in self.kinds and not ("usual" in self.kinds and of_one_map):
            return
        for m in _OVER_FLAT.finditer(self.text):
            if "flat" not in self.kinds and not _IN_USUAL.search(self.text[: m.start()]):
                continue
            x = next((x for x in s.of("number") if s[x].at == m.start(1)), None)
            y = next((y for y in s.of("number") if s[y].at == m.start(2)), None)
            if (
                x is None
                or y is None
                or (y + 1 in s.who and _OF_MODEL.fullmatch(s.between(y, y + 1)) and "flat" not in m[0])
            ):
                continue
            self.measures[x], self.measures[y] = "share", "expected"
            self.follows[y] = x

    def _pair_of_pairs(self) -> None:
        """`0.83 over 0.50 and 0.91 over 0.70`: score and threshold of the one model and of the other."""
        s = self.s
        m = _PAIRS.search(self.text)
        if m is None:
            return
        numbers = [x for x in s.of("number") if s[x].at in (m.start(1), m.start(2), m.start(3), m.start(4))]
        if len(numbers) != 4 or any(numbers[0] < x < numbers[3] for x in s.who):
            return
        named = list(dict.fromkeys(r for x in sorted(s.who) if s[x].kind == "role" for r in s.who[x].roles))
        if len(named) == 1 or (not s.who and len(self.before.role()) == 1):
            return
        for n, x in enumerate(numbers):
            self.pairs[x] = ((named if len(named) == 2 else list(ROLES))[n // 2],), None
            self.measures[x] = "threshold" if n % 2 else "score"

    def _each_zones(self) -> None:
        """`L hilum and L mid lung at 23 % each`: zones that share a number."""
        s = self.s
        for i in s.of("number"):
            behind = re.match(r" each\b", self.text[s[i].end :])
            if "%" not in s[i].text or not (behind or re.search(r"\beach (?:with|at|holding) $", s.before(i, 14))):
                continue
            zones = [x for x in s.of("zone") if x < i and s[x].clause == s[i].clause]
            listed = zones[-1:]
            for x in reversed(zones[:-1]):
                if not re.fullmatch(r"(?:,| and|, and) (?:the )?", self.text[s[x].end : s[listed[0]].at]):
                    break
                listed.insert(0, x)
            if listed:
                self._take(*listed)
                self.each[i] = listed

    def _pair_score_threshold(self, run: list[int]) -> bool:
        """`its score is close to the threshold, 0.221 and 0.224`."""
        named = {r for x in self.s.who for r in self.s.who[x].roles}
        if len(run) != 2 or "close" not in self.kinds or len(named) != 1 or "%" in self.s[run[0]].text:
            return False
        self.measures[run[0]], self.measures[run[1]] = "score", "threshold"
        return True

    def _pair_zones(self, run: list[int]) -> bool:
        """`the left hilum and the neck, with 27 % and 25 %`."""
        s = self.s
        clause = s[run[0]].clause
        if not all("%" in s[i].text for i in run) or any(
            t.kind in ("usual", "flat", "outward") and t.clause == clause for t in s
        ):
            return False
        held = re.search(r"\b(?:which|that) (?:hold|have|take|get|draw) $", s.before(run[0], 14)) is not None
        zones = [z for z in s.of("zone") if s[z].clause == clause or (held and s[z].clause == clause - 1)]
        behind = [z for z in zones if z > run[-1]]
        ahead = [z for z in zones if z < run[0]]
        for group in (ahead, behind):
            gaps = [self.text[s[a].end : s[b].at] for a, b in pairwise(group)]
            if len(group) == len(run) and all(
                re.fullmatch(
                    r",? ?(?:and |then |at "
                    r"|in )*(?:the )?",
                    gap,
                )
                for gap in gaps
            ):
                self.zones.update(zip(run, group, strict=True))
                return True
        return False

    def _pair_flat(self, run: list[int]) -> bool:
        """`less than a flat map (51 % against 47 %)`: the map's own share stands first."""
        s = self.s
        named = {r for i in s.who if s[i].kind in ("role", "former", "other") for r in s.who[i].roles}
        if (
            len(run) != 2
            or "flat" not in self.kinds
            or len(named) > 1
            or any(w.roles == ROLES for w in s.who.values())
        ):
            return False
        if not all("%" in s[i].text for i in run) or re.search(r",|\band\b|/", s.between(*run)):
            return False
        told = re.match(r" (?:\w+ ){0,4}flat", self.text[s[run[0]].end :])
        if told is None:
            self.measures[run[0]], self.measures[run[1]] = "share", "expected"
        return True

    def _pair_own(self, run: list[int]) -> bool:
        """`A and B, the baseline with 0.77 and 0.88, the other with 0.68 and 0.61`: each of one of the findings."""
        s = self.s
        own = s.who.get(run[0] - 1)
        ahead = [f for f in sorted(s.groups) if f < run[0]]
        if own is None or len(own.roles) != 1 or not ahead or not _WITH.fullmatch(s.between(run[0] - 1, run[0])):
            return False
        group = s.groups[ahead[-1]]
        if len(group) != len(run) or re.search(r"\band\b|,", s.between(run[0], run[1])) is None:
            return False
        self._take(*group)
        self.pairs.update((number, (own.roles, (s.finding(f),))) for number, f in zip(run, group, strict=True))
        return True

    def _pair_findings(self, run: list[int]) -> bool:
        """`0.91 and 0.70 for A and B`, and of the two findings named before."""
        s = self.s
        if " to " in self.text[s[run[0]].at : s[run[-1]].at] or "->" in self.text[s[run[0]].at : s[run[-1]].at]:
            return False
        here = [i for i in sorted(s.who) if s[i].clause == s[run[0]].clause and s[i].kind == "role"]
        named = {r for i in here or s.of("role") for r in s.who[i].roles}
        if len(named) != 1 and not (not s.who and len(self.before.role()) == 1):
            return False
        groups = {
            g for x, g in s.groups.items() if len(g) == len(run) and (not here or s[x].clause == s[run[0]].clause)
        }
        groups = groups or {g for g in s.groups.values() if len(g) == len(run)}
        if len(groups) == 1:
            group = next(iter(groups))
            self._take(*group)
            findings = [s.finding(f) for f in group]
        elif not s.groups and len(self.before.findings) == len(run):
            findings = list(self.before.findings)
        else:
            return False
        self.pairs.update((number, (None, (f,))) for number, f in zip(run, findings, strict=True))
        return True

    def _pair_models(self, run: list[int]) -> bool:
        """`0.42 and 0.52`: of the two models named, in their order, else before and after."""
        s = self.s
        if len(run) != 2:
            return False
        between = self.text[s[run[0]].at : s[run[-1]].at]
        arrow = "->" in between or " to " in between
        behind = [s.who[x].roles for x in range(run[0] + 1, min(run[-1] + 3, len(s))) if x in s.who]
        if len(behind) == 2 and behind[0] == behind[1]:
            return False  # `0.76 (baseline) and 0.41 (baseline)`
        named = list(dict.fromkeys(r for i in sorted(s.who) if s[i].kind == "role" for r in s.who[i].roles))
        whole = {w.roles for w in s.listed.values()}
        own = s.who.get(run[1] + 1)
        if own is not None and len(own.roles) == 1 and len(named) == 2 and not arrow:
            order = [*(r for r in ROLES if r not in own.roles), *own.roles]
            whole = {ROLES}
        elif len(named) == 2 and not arrow:
            if s.who.get(run[0] + 1) is not None:
                return False
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
        elif len(named) < 2 and _TWO_OF_THEM.search(self.text, 0, s[run[0]].at):
            order, whole = list(ROLES), {ROLES}
        held = self.before.role()
        if not named and {"f1", "more"} <= self.kinds and len(held) == 1:
            order, whole = [*held, *(r for r in ROLES if r not in held)], {ROLES}
        elif not named and {"f1", "verdict"} <= self.kinds and re.search(r"\b(?:against|versus|vs|over)\b", between):
            self.either_f1 = tuple(run)  # `0.80 against 0.60`: of which model each is nobody says
            return True
        if (
            arrow
            or ROLES in whole
            or len(named) == 2
            or {"f1", "verdict"} <= self.kinds
            or (not named and len(self.before.role()) != 1)
        ):
            self.pairs.update((number, ((role,), None)) for number, role in zip(run, order, strict=False))
        return True
