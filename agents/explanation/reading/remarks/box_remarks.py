"""What writers remark on boxes without counting them: how strong some are, and that there is none.

its strongest two boxes have a mean activation of 0.85        an absent box is what might be expected
"""

from __future__ import annotations

import re

from ..cutting.sentence import count_of
from ..forms.forms import Forms
from .film_remarks import FilmRemarks

_MANY = r"(?:two|three|four|five)"


class BoxRemarks(FilmRemarks):
    """Remarks on boxes."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _on_nobox(self, i: int) -> None:
        """`an absent box`, `nothing can be said about boxes`."""
        roles = self._roles(i).roles
        kind = "boxes" if roles and not self._denied(i) else "unread"
        self._say(kind, i, roles, self._findings(i, one=True), value=0)

    def _model_here(self, i: int) -> tuple[str, ...]:
        """The model that a part of the sentence names, else the one before: `each` is no model here."""
        here = any(self.s[x].clause == self.s[i].clause for x in self.s.of("role", "former", "other"))
        return self._roles(i).roles if here else self.before.role()

    def _tell_strength(self, m: re.Match[str]) -> None:
        """`the strongest two have a mean activation of N`: each of so many, counted from the one end."""
        number = self._inside(m, "v", "number")[0]
        roles = self._model(m) if self._inside(m, "", "role") else self._model_here(number)
        findings = self._findings(number, one=True)
        self._take_form(m)
        count = count_of(m["n"] or m["k"] or "one") or 1
        strong = m["end"] in ("strongest", "most active")
        self._say("strengths", number, roles, findings, value=(count, strong, self.s[number].text))


_FORMS: Forms = (
    (
        ("mean activation",),
        re.compile(
            rf"(?:\b(?:the|its|their|R+'s) )(?:(?P<n>{_MANY}) )?(?P<end>strongest|weakest|most active|least active)"
            rf"(?: (?P<k>{_MANY}|one|ones)\b)?(?: of (?:them|these|those)| box(?:es)?)?(?: (?:of|by) R+)?"
            r"(?: (?:has|have|reach(?:es)?|shows?))?(?: a)?(?: mean activation)? of (?P<v>N+)(?: each)?"
        ),
        BoxRemarks._tell_strength,
    ),
)
