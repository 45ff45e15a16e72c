"""Maps with nothing in them, told by what they do not show.

the map is empty and gives no relevant place for the call        no place on the film explains its score
"""

from __future__ import annotations

import re

from ..cutting.tokens import Who
from ..forms.forms import Forms
from .other_words import OtherWords

_PLACE = r"(?:places?|regions?|zones?|areas?)"
_OF = r"(?:the|its|this|that)(?: [a-z]+)? (?:call|score|answer)"


class EmptyMaps(OtherWords):
    """What a sentence says of maps that show nothing."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_FORMS)

    def _tell_no_place(self, m: re.Match[str]) -> None:
        i = self._first(m)
        who, findings = self._roles(i), self._findings(i)
        self._take_form(m)
        self._say("has_map", i, Who(who.roles), findings, value=False)
        self.claims[-1] = self.claims[-1]._replace(text="no map")


_FORMS: Forms = (
    (
        (" no ",),
        re.compile(
            r"(?<=[a-z] )(?:gives|shows|offers|names|has) no (?:clinically |anatomically )?relevant"
            rf" {_PLACE}(?: (?:for|behind) {_OF})?(?=$|[.,;:])"
        ),
        EmptyMaps._tell_no_place,
    ),
    (
        ("no ",),
        re.compile(
            rf"\bno {_PLACE}(?: (?:on|of) the film)? (?:explains?|accounts? for|raises?|stands? behind) {_OF}\b"
        ),
        EmptyMaps._tell_no_place,
    ),
)
