"""What is told by the way or taken for granted: how near a call is, whether the labels agree with it, a box there is.

    the baseline's call of Edema is a close one         its score lies close to the threshold
    both models call Edema, against the labels          and are wrong there
    the two calls of Edema may differ in reason         both models call it

Read when all other claims of the sentence are known.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from .questions import Questions

_NARROWLY = re.compile(r"\b(?:only just|just|narrowly|barely|marginally|slightly|a (?:little|bit|touch|shade)) $")
_NARROWLY_BEHIND = re.compile(
    r",? (?:but |if |only |very |rather |quite )*(?:narrowly|barely|marginally|just|by a (?:hair|whisker|narrow margin"
    r"|sliver))(?=$|[.,;]| with\b| at\b)"
)
_WIDELY = re.compile(r"\b(?:far|well|clearly|comfortably|easily|way|a long way) $")
KIND_OF_CALL = re.compile(
    r" (?:is|was|being) (?:only |just |quite |very |rather |pretty )*(?:a |an )?(?:very |quite |rather |pretty )*"
    r"(?:(?P<near>narrow|close|tight|near|slim)|(?P<wide>clear(?:-cut)?|comfortable|firm|easy))(?: one| call| affair)?"
    r"(?=$|[.,;])"
)
"""Behind a call, how near it is to none: `the baseline's call of Edema is a close one`."""
_BOUND = re.compile(
    r"\b(?:above|over|below|under|exceed(?:s|ed)?|at (?:least|most)|(?:no )?(?:more|less) than|beyond|past)(?: only)? $"
)
_THRESHOLD_IS = re.compile(r"\b(?:thresholds?|cut-?offs?)\b[^,;]* (?:is|are|lies?|stays?) [a-z ]+$")
_IF_BARELY = re.compile(r"\bif (?:only )?(?:just|barely|narrowly)\b")
_TWO_CALLS = re.compile(r"\b(?:the two|both|these two) calls (?:of|for|on) (?:the )?$")
_THE_BOX = re.compile(r"\bthe $")
_LABELS = r"(?:the )?(?:labels|truth|ground truth)"
_BY_LABELS = re.compile(
    r"(?:(?P<against>against|contrary to|in spite of|despite|in the face of|in defiance of)"
    rf"|in (?:line|accordance|agreement|keeping|accord) with|true to) {_LABELS}(?=\s*(?:$|[.,;)]|but\b|and\b))"
    rf"|\bas {_LABELS} (?:say|(?:would )?have it|tell|show|state|demand|want it)\b"
)
_IS_IN_LABELS = re.compile(r" (?:is|are) (?P<no>not )?in the labels\b")
_IN_LABELS = re.compile(
    r"\b(?:it|they|both|all|which|these|those)(?: (?:two|three|four))?(?: of (?:them|which))?"
    r" (?:is|are)(?: both| all| also)? (?P<no>not )?in the labels\b"
)
_ALL_BOXES = re.compile(r"\b(?:all|both|each|every)\b[^,;:]*$")


class ByTheWay(Questions):
    """Claims that rest on other claims of the sentence."""

    def _by_the_way(self) -> None:
        self._presumed()
        self._how_near()
        self._by_the_labels()
        self._bounds()
        self._places_alone()

    def _by_the_labels(self) -> None:
        """`F is called, against the labels`, `and it is in the labels`: said of the call told last."""
        s = self.s
        for f in s.groups:
            if (m := _IS_IN_LABELS.match(self.text, s[f].end)) is not None:
                self.formed.append(m.span())
                self._take(*s.groups[f])
                self._take_until(m.start(), m.end(), "neg")
                self._say("label", f, (), s.group(f), value="positive", negated=m["no"] is not None)
        told = list(zip(self.claims, self.token_of, strict=True))
        for m in (*_BY_LABELS.finditer(self.text), *_IN_LABELS.finditer(self.text)):
            behind = m.start() == 0 and m.re is _BY_LABELS
            calls = [pair for pair in told if pair[0].kind == "call" and (behind or pair[0].at < m.start())]
            if not calls or any(a <= m.start() < b for a, b in self.formed):
                continue
            c, x = (min if behind else max)(calls, key=lambda pair: pair[0].at)
            self._take_until(m.start(), m.end(), "idiom", "twist", "neg", "both")
            self.formed.append(m.span())
            if m.re is _IN_LABELS:
                self._say("label", x, (), c.findings, value="positive", negated=m["no"] is not None)
            else:
                self._say("right", x, Who(c.roles), c.findings, negated=m["against"] is not None)

    def _presumed(self) -> None:
        """`the box of R for F`, `the two calls of F`: taken for granted, whatever is said of them."""
        s = self.s
        for f in s.groups:
            if _TWO_CALLS.search(s.before(f, 24)):
                self._say("call", f, ROLES, s.group(f))
        for i in s.of("box"):
            owner = i + 1 if _THE_BOX.search(s.before(i, 10)) and self.text.startswith(" of ", s[i].end) else i - 1
            own = s.listed.get(owner)
            if s[i].text == "box" and own is not None and (owner > i or s.between(owner, i) == "'s "):
                told = any(c.kind == "boxes" and c.roles == own.roles for c in self.claims)
                if len(own.roles) == 1 and own.quantity == "all" and not told:
                    self._say("boxes", i, own.roles, self._findings(i, one=True), value=1, cue="some")

    def _how_near(self) -> None:
        """`just below its threshold`, `clearly calls F`, `R's call of F is a close one`: how far a score is from it."""
        for c, x in list(zip(self.claims, self.token_of, strict=True)):
            if c.kind != "call" or c.quantity != "all" or len(c.roles) != 1 or self._in_form(x):
                continue
            before, last = self.s.before(x, 20), x + 1 if x + 1 in self.s.groups else x
            kind = KIND_OF_CALL.match(self.text, self.s[last].end) if self.s[x].kind == "callnoun" else None
            barely = _IF_BARELY.search(self.text)
            behind = barely is not None and not any(self.s[x].at < k.at < barely.start() for k in self.claims)
            behind = behind or _NARROWLY_BEHIND.match(self.text, self.s[last].end) is not None
            if _NARROWLY.search(before) or behind or (kind is not None and kind["near"]):
                self._take_until(self.s[x].at - 11, self.s[x].at, "only")
                self._say("close", x, c.roles, c.findings)
            elif _WIDELY.search(before) or (kind is not None and kind["wide"]):
                self._say("close", x, c.roles, c.findings, negated=True)

    def _bounds(self) -> None:
        """`case F1 is above 0.9`: a number that something is told to exceed is none that it has."""
        for c, x in list(zip(self.claims, self.token_of, strict=True)):
            bound = c.kind == "number" and _BOUND.search(self.s.before(x, 30))
            if bound and (c.cue == "f1" or (c.cue == "threshold" and _THRESHOLD_IS.search(self.text[: c.at]))):
                self._say("unread", x)

    def _places_alone(self) -> None:
        """`lies mainly in Z` names the one largest zone, `all boxes lie in Z` one that each reaches."""
        main = [n for n, c in enumerate(self.claims) if c.kind == "zone" and c.cue == "main"]
        for n in main:
            c = self.claims[n]
            if sum(self.claims[m][3:6] == c[3:6] for m in main) == 1:
                self.claims[n] = c._replace(cue="largest")
        for n, c in enumerate(self.claims):
            if (
                c.kind == "zone"
                and c.cue == "box"
                and _ALL_BOXES.search(self.text[: c.at])
                and "side" not in self.kinds
            ):
                self.claims[n] = c._replace(cue="every box")

    def _in_form(self, i: int) -> bool:
        return any(a <= self.s[i].at < b for a, b in self.formed)
