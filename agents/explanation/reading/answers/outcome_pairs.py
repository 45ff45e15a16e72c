"""Outcomes of both models side by side: the first is that of the model spoken of, the second the other's.

it does better on Edema, TP against FN              TP against FN on Edema and TN against FP on Fracture
the fine-tuned model is TP where the baseline is FN on Edema and Fracture
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.tokens import Who
from ..forms.forms import FINDINGS, Forms
from .outcome_turns import OutcomeTurns

_AGAINST = r"(?:an? )?O+ (?:against|versus|vs|rather than|instead of) (?:an? )?O+"
_END = r"(?=$|[.,;:)]| (?:and|but|while|whereas)\b)"


class OutcomePairs(OutcomeTurns):
    """Two outcomes that are held against each other."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_PAIRS)

    def _tell_pair(self, m: re.Match[str]) -> None:
        first, second = self._inside(m, "", "outcome")
        role = self._roles(first, forward=False).roles
        if len(role) != 1:
            return
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("outcome", first, role, findings)
        self._say("outcome", second, tuple(r for r in ROLES if r not in role), findings)

    def _tell_where(self, m: re.Match[str]) -> None:
        first, second = self._inside(m, "", "outcome")
        role, other = self._roles(first, forward=False).roles, self._model(m)
        if len(role) != 1 or role == other:
            return
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("outcome", first, role, findings)
        self._say("outcome", second, Who(other), findings)

    def _tell_each(self, m: re.Match[str]) -> None:
        first, second = self._inside(m, "", "outcome")
        role, other = self._model(m), self._model(m, 1)
        if role == other:
            return
        findings = self._named(m, "f")
        self._take_form(m)
        self._say("outcome", first, role, findings)
        self._say("outcome", second, other, findings)


_PAIRS: Forms = (
    (
        (" and ", " while ", " but ", " whereas ", " where "),
        re.compile(
            r"R+(?: is| has| was)? (?:an? )?O+,? (?:and|while|but|whereas|where) (?:the )?R+(?: is| has| was)? "
            rf"(?:an? )?O+ (?:on|for|in) (?P<f>{FINDINGS}){_END}"
        ),
        OutcomePairs._tell_each,
    ),
    (
        (" against ", " versus ", " vs ", " rather than ", " instead of "),
        re.compile(rf"\b{_AGAINST} (?:on|for|in) (?P<f>{FINDINGS}){_END}"),
        OutcomePairs._tell_pair,
    ),
    (
        (" against ", " versus ", " vs ", " rather than ", " instead of "),
        re.compile(rf"(?<=\bon )(?P<f>{FINDINGS}),? (?:with |where it is |by )?{_AGAINST}{_END}"),
        OutcomePairs._tell_pair,
    ),
    (
        (" where ",),
        re.compile(
            r"\b(?:(?:gains?|has|gets?) )?(?:an? )?O+ where R+ (?:is|has|had|was) (?:an? )?O+ "
            rf"(?:on|for|in) (?P<f>{FINDINGS}){_END}"
        ),
        OutcomePairs._tell_where,
    ),
)
