"""Names and words that a sentence brings in and of which its claims say nothing: it cannot be let through unread.

    the baseline calls Edema, just like the fine-tuned model        nothing is claimed of the second model
    every call of the fine-tuned model is right                     `every` is claimed of nothing
    Edema is only called by the baseline                            read as if `only` were not there

A model or a finding counts as told of where any claim is about it; a zone or a number where a claim names it. `Only`
before a finding is read here: `the labels name only Edema as positive` names all that are.
"""

from __future__ import annotations

import re

from ...facts import ROLES
from .by_the_way import KIND_OF_CALL, ByTheWay

_LEFT_OPEN = re.compile(r"\b(?:whether|than)(?: that of)? (?:the )?$")
"""Before a model that is only spoken of."""
_OF_MANY = re.compile(
    r" (?:of )?(?:(?:the|its|their|these|those|other|positive|two|three|four|five|(?:baseline|model|one)(?:'s)?"
    r"|fine-?tuned) )*(?:calls?|findings?|labels?|scores?|answers?|outcomes?|peaks?|thresholds?)\b"
)
"""Behind `every` and `all` of things that claims count or list."""
_RESTRICTED = frozenset(["call", "callish", "uncalled", "reject", "finding", "outcome"])
"""Kinds of word that `only` before them turns into another statement."""
_OF_BOTH = frozenset(["better", "only_count", "only_these", "verdict_is"])
"""Kinds of claim that name one model and are about the other as well."""
_IS = re.compile(r" (?:is|was|are|were|looks?|seems?|appears?|remains?|becomes?|gets?|goes) ")
_TWO_SIDES = re.compile(r"\b(?:different|opposite|other|same) $")
_TRUTH = re.compile(r"labels|truth|ground truth")
_OF_TRUTH = frozenset(
    [
        *("better", "hidden", "label", "label_count", "labels_only", "level_is", "no_outcome", "no_true_call"),
        *("one_each", "one_right_on", "outcome", "outcome_number", "right", "right_one", "source_is", "unjudged"),
        "verdict_is",
    ]
)
"""Kinds of claim that say something of the labels, or of their being hidden."""
_DOES_AGAIN = re.compile(r"\b(?:does|do|did|is)(?: so)?,? (?:too|as well|likewise)(?=\s*(?:$|[.,;]))")
_NEW_CALL = re.compile(r"\bcalls? (?:is|are) (?:all |both |quite |entirely )?new\b")
_ON_ALL = re.compile(
    r"\b(?:on|about|over) (?:almost |nearly |virtually |practically )?"
    r"(?:everything|every|all|each|any|anything|nothing|no)\b"
)
_ONLY_ONE = re.compile(r" (?:finding|one|call|label) (?:that|which|it)\b")
_ONLY_BEFORE = re.compile(r" (?:just )?(?:for |on )?")
_OF_THESE = re.compile(r"^of (?:these|those|them|which)\b")


class PassedOver(ByTheWay):
    """What a sentence names without claiming anything of it."""

    def passed_over(self, end: int) -> str | None:
        """The first word up to a place in the text that is named and not told of."""
        if not self.claims:
            return None
        s = self.s
        found = [
            i
            for i, t in enumerate(s)
            if t.at < end
            and (
                (t.kind == "role" and self._no_claim_of_model(i))
                or (t.kind == "finding" and self._no_claim_of_finding(i))
                or (t.kind in ("zone", "number") and self._no_claim_names(i))
                or (t.kind == "all" and self._all_of_nothing(i))
                or (t.kind == "only" and self._restricts(i))
                or (t.kind == "label" and self._label_of_nothing(i))
                or (t.kind == "callnoun" and self._half_told(i))
                or (t.kind in ("agree", "differ") and self._agreed_on_all(i))
                or self._beside_the_point(i)
            )
        ]
        again = _DOES_AGAIN.search(self.text, 0, end)
        if again is not None and all(c.kind == "right" for c in self.claims):
            return again[0]  # `the other, rightly, does too`: that it does is claimed nowhere
        new = _NEW_CALL.search(self.text, 0, end)
        if new is not None and not any(a <= new.start() < b for a, b in self.formed):
            return new[0]
        return s[found[0]].text if found else None

    def _label_of_nothing(self, i: int) -> bool:
        """Labels that are spoken of and of which nothing is claimed, in a sentence of calls."""
        return (
            _TRUTH.fullmatch(self.s[i].text) is not None
            and self.s.before(i, 4) == "the "
            and any(c.kind == "call" for c in self.claims)
            and not any(c.kind in _OF_TRUTH for c in self.claims)
        )

    def _half_told(self, i: int) -> bool:
        """`R's call of F is lacking`: a call that is taken for granted, and what is said of it left unread."""
        s, last = self.s, i + 1 if i + 1 in self.s.groups else i
        if i not in self.token_of or not _IS.match(self.text, s[last].end):
            return False
        behind = [s[x] for x in self.token_of if x > last]
        return not any(t.clause == s[i].clause for t in behind) and not KIND_OF_CALL.match(self.text, s[last].end)

    def _agreed_on_all(self, i: int) -> bool:
        """`the models disagree on everything`, where what is claimed is that they do on something."""
        told = [c for c, x in zip(self.claims, self.token_of, strict=True) if x == i and c.kind == "agree"]
        return any(
            not c.findings and (c.value == "differ") != c.negated and _ON_ALL.match(self.text, self.s[i].end + 1)
            for c in told
        )

    def _beside_the_point(self, i: int) -> bool:
        """Words that no statement turns on elsewhere, and that do turn one round beside what they stand by here."""
        t = self.s[i]
        if t.taken:
            return False
        return (
            (t.kind == "sides" and bool(self.kinds & {"map", "peak"}) and self._of_two_sides(i))
            or (t.kind == "peak" and self.text.startswith(" box", t.end))
            or (t.kind == "open" and "level" in self.kinds and self._clause_of_level(t.clause))
        )

    def _of_two_sides(self, i: int) -> bool:
        return self.s[i].text == "left and right" or _TWO_SIDES.search(self.s.before(i, 12)) is not None

    def _clause_of_level(self, clause: int) -> bool:
        return any(self.s[x].clause == clause for x in self.s.of("level"))

    def _no_claim_of_model(self, i: int) -> bool:
        told: set[str] = set()
        for c in self.claims:
            both = (
                c.quantity != "all" or c.kind in _OF_BOTH or (c.kind == "outcome_number" and c.value[2] is not None)
            )
            told.update(ROLES if both else c.roles)
        return (
            i in self.s.who
            and not told.issuperset(self.s.who[i].roles)
            and _LEFT_OPEN.search(self.s.before(i, 30)) is None
        )

    def _no_claim_of_finding(self, i: int) -> bool:
        told = {f for c in self.claims for f in c.findings}
        return bool(told) and self.s.finding(i) not in told

    def _no_claim_names(self, i: int) -> bool:
        t = self.s[i]
        told = " ".join(f"{c.value} {c.text}" for c in self.claims)
        name = self._zone_name_at(i) if t.kind == "zone" else t.text.strip(" %")
        return name not in told and t.text not in told

    def _all_of_nothing(self, i: int) -> bool:
        t = self.s[i]
        if t.taken or self._in_form(i) or any(c.kind == "agree" and not c.findings for c in self.claims):
            return False
        return _OF_MANY.match(self.text, t.end) is not None

    def _restricts(self, i: int) -> bool:
        """Whether an `only` that nothing took up stands right before what it would turn into another statement."""
        nxt = i + 1
        if not self.s[i].taken and not self._in_form(i) and _ONLY_ONE.match(self.text, self.s[i].end):
            return True
        return (
            not self.s[i].taken
            and not self._in_form(i)
            and nxt < len(self.s)
            and self.s[nxt].kind in _RESTRICTED
            and not self.text.startswith(" to be ", self.s[nxt].end)
            and _ONLY_BEFORE.fullmatch(self.s.between(i, nxt)) is not None
        )

    def _only_findings(self) -> None:
        """`the labels name only F as positive`, `only for F is its map mostly in usual places`, `of these only F is`:
        what is claimed of the findings, and of none beside them."""
        s = self.s
        for i in s.of("only"):
            if not self._restricts(i) or i + 1 >= len(s) or s[i + 1].kind != "finding":
                continue
            group = s.group(i + 1)
            for c in [c for c in self.claims if c.findings == group and not c.negated and c.quantity == "all"]:
                if c.kind == "label" and c.value in ("positive", "negative", "uncertain"):
                    self._say("labels_only", i, (), group, value=c.value)
                elif c.kind == "plausible" and len(c.roles) == 1 and c.value == "inside":
                    self._say("plausible_alone", i, c.roles, group)
                elif c.kind == "outcome" and len(c.roles) == 1 and _OF_THESE.match(self.text):
                    others = tuple(f for f in self.before.every if f not in group)
                    self._say("outcome" if others else "unread", i, c.roles, others, negated=True)
                    self.claims[-1] = self.claims[-1]._replace(text=c.text)
