"""What writers remark on a film without the evidence's own words: how high its score is, what is settled and what not.

the out-of-distribution score is neither very low nor very high        there is little doubt about left and right
neither the projection nor the orientation is certain: the former is not known
"""

from __future__ import annotations

import re

from ..forms.forms import Forms
from ..forms.number_remarks import NumberRemarks

_ADVERB = (
    r"(?:very|particularly|especially|exactly|really|all that|that|so|too|quite|rather|fairly|markedly|unusually"
    r"|comparatively|relatively|somewhat|decidedly|notably|remarkably|strikingly|an?|the)"
)
_STRONG = re.compile(r"\b(?:very|particularly|especially|all that|that|so|unusually)\b")
_HEIGHT = re.compile(
    rf"(?P<not>\b(?:not|never|hardly|scarcely|barely|far from|nowhere near|anything but|neither|nor) )?"
    rf"(?P<how>(?:{_ADVERB} )*)\b(?<!as )(?P<word>low|high|elevated)\b"
)
_OTHERS = frozenset(["role", "finding", "score", "threshold", "map", "f1", "level", "share", "call", "usual"])
"""Kinds of word whose height a part of the sentence may speak of instead."""
_SIDES = r"(?:orientation|laterality|sides?|left and right|left from right|which side is which)"
_VIEW = r"(?:projection|view)"
_ABOUT_SIDES = re.compile(rf" (?:the |its |this film's )*{_SIDES}\b")
_ABOUT_VIEW = re.compile(rf" (?:the |its |this film's )*{_VIEW}\b")
_SETTLED = r"(?:certain|known|clear|settled|established|determined|recorded|sure)"
_UNSETTLED = r"(?:not (?:known|settled|given|recorded)|unknown|unsettled|unspecified|open|as displayed)"


class FilmRemarks(NumberRemarks):
    """Remarks on the film."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _on_ood(self, i: int) -> None:
        """`is neither very low nor very high`, `a low score`: of the score named, in its own part of the sentence."""
        if i != self.s.of("ood")[0]:
            return
        heights = [m for m in _HEIGHT.finditer(self.text) if self._is_height(m)]
        both = [m for m in heights if (m["not"] or "").startswith(("neither", "nor"))]
        both = both if len({m["word"] for m in both}) == 2 else []
        for m in heights:
            strong = _STRONG.search(m["how"]) is not None
            if m["not"] is not None and not m["how"] and len(both) == 2 and m in both:
                strong = True  # `neither low nor high` leaves the middle
            words = ("not" if m["not"] else "", "very" if strong else "", "low" if m["word"] == "low" else "high")
            self._take_until(m.start(), m.end(), "neg", "neither", "twist")
            self._say("height", i, value=" ".join(filter(None, words)))

    def _is_height(self, m: re.Match[str]) -> bool:
        """Whether a height is that of the out-of-distribution score."""
        s = self.s
        before = [t for t in s if t.at <= m.start("word")]
        clause = before[-1].clause if before else 0
        here = {t.kind for t in s if t.clause == clause}
        return "ood" in here or (not here & _OTHERS and any(t.kind == "ood" for t in before))

    def _on_nodoubt(self, i: int) -> None:
        """`leaves little doubt about left and right`."""
        behind = self.s[i].end
        if _ABOUT_SIDES.match(self.text, behind):
            self._say("sides_settled", i)
        elif _ABOUT_VIEW.match(self.text, behind):
            self._say("known_projection", i)
        else:
            self._say("unread", i)

    def _on_filmflag(self, i: int) -> None:
        self._say("film_flagged", i, negated=" not " in self.s[i].text)

    def _tell_sides_sure(self, m: re.Match[str]) -> None:
        """`left and right are beyond doubt`."""
        i = self._inside(m, "", "sides")
        self._take_form(m)
        self._say("sides_settled" if i else "unread", (i or self._inside(m))[0])

    def _tell_neither(self, m: re.Match[str]) -> None:
        """`neither the projection nor the orientation is certain: the former is not known`."""
        views = [re.fullmatch(_VIEW, m[group]) is not None for group in ("a", "b")]
        first = self._first(m)
        which = None if m["which"] is None else views[m["which"] == "latter"]
        self._take_form(m)
        if views[0] == views[1] or (which and m["what"] == "as displayed"):
            self._say("unread", first)
            return
        self._say("unknown_projection", first)
        self._say("sides_by", first, value="as displayed")


_FORMS: Forms = (
    (
        ("doubt",),
        re.compile(rf"\b{_SIDES} (?:is|are) (?:beyond|out of|not in) doubt\b"),
        FilmRemarks._tell_sides_sure,
    ),
    (
        ("neither ",),
        re.compile(
            rf"^neither (?:the |its )?(?P<a>{_VIEW}|{_SIDES}) nor (?:the |its )?(?P<b>{_VIEW}|{_SIDES})"
            rf"(?: of (?:the|this) film)? (?:is|are|was|were) {_SETTLED}"
            rf"(?:[:,;] the (?P<which>former|latter) is (?P<what>{_UNSETTLED}))?(?=$|[.,;:])"
            r"(?![:,;] the (?:former|latter)\b)"
        ),
        FilmRemarks._tell_neither,
    ),
)
