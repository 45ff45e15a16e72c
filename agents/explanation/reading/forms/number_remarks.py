"""Numbers told in another order: one score against the other model's, shares of one zone for several findings, scores
that are close to their thresholds.

the fine-tuned model's score is above the baseline's, 0.52 against 0.42          not far below its threshold
outside the body lie 28 % for Edema and 35 % for Fracture
several scores lie close to their thresholds, among them the baseline's Edema with 0.47 under 0.50
"""

from __future__ import annotations

import re

from ..cutting.tokens import Who
from .comparatives import Comparatives
from .forms import Forms

_END = r"(?=$|[.,;:]| (?:and|but|while|whereas)\b)"
_LY = r"(?:well |far |just |slightly |clearly |a little |only just )?"
_CLOSE_TO = r"(?:lie|stand|are|sit|come) (?:very |quite |rather )?(?:close|near) to their (?:own )?thresholds"
_THIN = r"(?:hang|rest|hinge|turn|depend) on (?:thin|small|narrow|slim|fine) margins"


class NumberRemarks(Comparatives):
    """What a sentence says with numbers in an order of their own."""

    near: int | None = None
    """The word behind which scores close to their thresholds are told."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_NUMBERS)

    def _tell_score_against(self, m: re.Match[str]) -> None:
        """`R's score is above R's, N against N`."""
        i, numbers = self._first(m), self._inside(m, "", "number")
        roles, findings = (self._model(m), self._model(m, 1)), self._findings(i)
        self._take_form(m)
        kind = "unread" if m["no"] or roles[0] == roles[1] else "compare"
        up = m["over"] in ("above", "over", "higher than")
        self._say(kind, i, (*roles[0], *roles[1]), findings, value="up" if up else "down")
        for role, number in zip(roles, numbers, strict=False):
            self._say("number", number, role, findings, value=(self.s[number].text, None), cue="score")

    def _tell_far(self, m: re.Match[str]) -> None:
        """`not far below`: below, as the word itself says, and close; `far below`: not close. Of a score, that is: a
        share of a map is set against a flat one."""
        if self.shares and re.match(
            r"[^;,.]{0,40}(?:\d ?%|\bflat\b)|(?: (?:its|the))? own\b(?! thr)", m.string[m.end() :]
        ):
            return
        for i in self._inside(m, "", "under") or self._inside(m, "", "over"):
            self._take(*self._inside(m, "", "neg"))
            self.formed.append(m.span())
            self._say("close", i, self._roles(i), self._findings(i), value="far", negated=m["no"] is None)
            self.s[i].taken = False

    def _tell_zone_of_each(self, m: re.Match[str]) -> None:
        """`Z, N for F and N for F`: the shares of one zone in the maps of several findings."""
        zone, cue = self._inside(m, "", "zone")[0], self._cue(self._inside(m, "", "zone")[0])
        roles = self._roles(zone).roles
        numbers, found = self._inside(m, "", "number"), self._inside(m, "", "finding")
        self._take_form(m)
        name = self._zone_name_at(zone)
        for number, f in zip(numbers, found, strict=True):
            finding = (self.s.finding(f),)
            self._say("number", number, roles, finding, value=(self.s[number].text, name), cue="zone")
            if cue in ("peak", "main", "box"):
                self._say("zone", zone, roles, finding, value=name, cue=cue)

    def _tell_close_scores(self, m: re.Match[str]) -> None:
        self.near = self._inside(m)[-1] if self._inside(m) else None
        self._take_form(m)
        if m["several"] and self.near is not None:
            self._say("scores_close", self.near, value=m["several"])

    def _verbless(self) -> None:
        """`scores are close to their thresholds, among them ...`: those of which scores are told behind it."""
        super()._verbless()
        if self.near is None:
            return
        at = self.s[self.near].at
        told = [c for c in self.claims if c.kind == "number" and c.cue == "score" and c.at > at]
        for c in told:
            self._say("close", self.near, Who(c.roles), c.findings)
        if not told:
            self._say("unread", self.near)


_NUMBERS: Forms = (
    (
        ("above the ", "below the ", "over the ", "under the ", " than ", "above that", "below that"),
        re.compile(
            rf"R+'s (?:F+ )?score(?: (?:for|of|on) F+)? (?:is|lies|stays|was) (?P<no>not )?{_LY}"
            r"(?P<over>above|below|over|under|higher than|lower than) (?:R+'s(?: own)?|that of R+)"
            rf"(?:,? (?:at |with )?N+ (?:against|versus|vs|to) N+)?{_END}"
        ),
        NumberRemarks._tell_score_against,
    ),
    (
        ("far ", "well "),
        re.compile(r"\b(?P<no>not )?(?:very )?(?:far|well) (?:below|under|above|over|short of)\b"),
        NumberRemarks._tell_far,
    ),
    (
        (" % for ",),
        re.compile(
            r"Z+(?:,|:|,? with|,? at)? (?:only |just )?N+ (?:for|on) F+"
            r"(?:(?:,|,? and|,? but) (?:only |just )?N+ (?:for|on) F+)+(?=$|[.,;:])"
        ),
        NumberRemarks._tell_zone_of_each,
    ),
    (
        ("their thresholds,", "their own thresholds,", "margins"),
        re.compile(
            rf"\b(?:(?P<several>several|many|some|a few|few) )?(?:scores {_CLOSE_TO},? (?:among them|such as|notably"
            rf"|for example|namely|including)|(?:outcomes|calls|answers) {_THIN}(?=:))"
        ),
        NumberRemarks._tell_close_scores,
    ),
)
