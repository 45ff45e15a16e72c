"""Sameness and its opposite, of what was told before: `the same holds for X`, `the same threshold`, `the reverse`.

    Because 0.20 is below 0.50, the baseline does not call Edema. The same holds for the fine-tuned model.
    With the same threshold, 0.39 is not enough.            the threshold told last, of the model this is about
    It is the reverse with Fracture.                        each call told last, turned round
    Edema goes the opposite way, from FP to TN.             held against the outcomes told last
    The maps point in opposite directions.                  they peak in different places

What was told is what stands before in the sentence, else the sentence before.
"""

from __future__ import annotations

import re
from itertools import product

from ...facts import ROLES
from ..claims import Claim
from ..cutting.tokens import Who
from .ellipses import REPEATED
from .ones import OneReading

_SAME_AGAIN = re.compile(
    r" (?:with|goes for|holds for|holds of|is true (?:of|for)|applies to|(?:must|can|may|might"
    r"|could) be said (?:of|for)) (?!both\b|either\b)"
)
_THRESHOLD = re.compile(r" (?:default |decision )?(?:thresholds?|cut-?offs?|values?|bar|marks?|limits?)\b")
_THRESHOLDS_ARE = re.compile(r"\b(?:thresholds?|cut-?offs?) (?:is|are) the $")
_OTHER_WAY = r"(?:the (?:reverse|opposite|converse)|the other way (?:a?round|about))"
_IT_IS = r"(?:(?:it|this|that) (?:is|works|goes) (?:just |exactly |quite )?|the roles are )"
_REVERSE = re.compile(
    rf"\b{_IT_IS}(?:{_OTHER_WAY}|reversed) (?:with|for|on|in) (?:the )?"
    r"|\bthe (?:reverse|opposite|converse) (?:is true (?:of|for)|holds (?:of|for)|applies to|goes for|is the case"
    r" (?:with|for)) (?:the )?"
)
_TURNS = re.compile(r"opposite|reverse|converse|mirror image|the other way")
_WAY = re.compile(
    r"\b(?:goe?s?|went|gone|moves?|moved|turns?|turned|takes?|took|changes?|changed) (?:in )?the (?:opposite|reverse)"
    r" (?:way|direction|course)\b"
)
_APART = re.compile(r"opposite (?:ways|directions|places)\b")
_OUTCOME_IS = re.compile(r"\b(?:outcome|result) (?:is|stays|remains) (?:not )?(?:the )?$")
_OUTCOME = re.compile(r"\b(t|f)(?:rue|alse)?[- ]?(p|n)")


class SamenessReading(OneReading):
    """What a sentence calls the same as what was told before, or the opposite."""

    def _told(self, at: int, kinds: tuple[str, ...], cue: str | None = None) -> list[Claim]:
        """Statements of some kinds before a place of the sentence, else those of the sentence before."""
        own = [c for c in self.claims if c.kind in kinds and c.at < at]
        of_cue = [[c for c in told if cue in (None, c.cue) and c.kind in kinds] for told in (own, self.before.told)]
        return of_cue[0] or of_cue[1]

    def _on_same(self, i: int) -> None:
        s, t = self.s, self.s[i]
        tail = self.text[t.end : t.end + 50]
        if t.text == "same" and (again := _SAME_AGAIN.match(tail)) is not None:
            self._same_again(i, t.end + again.end())
        elif t.text == "different":
            self._say("same_threshold", i, Who(ROLES), self._findings(i), negated=not self._denied(i))
            self._measure_behind(i)
        elif _OUTCOME_IS.search(s.before(i, 30)):
            self._say("same_outcome", i, Who(ROLES), self._findings(i), negated=self._denied(i))
        elif t.text == "same" and (_THRESHOLD.match(tail) or _THRESHOLDS_ARE.search(s.before(i, 24))):
            self._same_threshold(i)
        elif re.match(r"as (?:low|high|many|much)", t.text) and re.match(r" \d", tail):
            t.taken = True
        elif re.search(r"flat|chance", self.text[t.at : t.at + 60]) or (
            "flat" in self.kinds and re.match(r"match|equals", t.text)
        ):
            self._same_as_flat(i)
        elif (
            (t.text == "alike" or t.text.startswith("equal"))
            and "map" in self.kinds
            and re.search(
                r"\bnot $"
                r"|\bfar from $",
                s.before(i, 9),
            )
        ):
            self._denied(i)
            self._take(*(x for x in s.of("usual") if 0 < s[x].at - t.end < 3))
            self._say("not_both_usual", i, ROLES, self._findings(i), value="one")
        elif t.text == "alike" and "map" in self.kinds and re.search(r"\b(?:is|are|seems?|looks?) $", s.before(i, 7)):
            self._say("both_usual_alike", i, ROLES, self._findings(i))
        elif re.match(r" (?:place|zone|region|spot)s?\b", tail) and self.kinds & {"peak", "map"}:
            self._say("places_differ", i, ROLES, self._findings(i), negated=not self._denied(i))
        elif t.text in ("identical", "same", "equal") and "f1" in self.kinds:
            self._say("f1_same", i, ROLES)
        elif (
            re.match(r"equal", t.text)
            and "call" in self.text
            and re.match(r" (?:many|often|eager|inclined|keen|generous|liberal|fond|ready)\b|\s*(?:$|[.,;])", tail)
        ):
            self._say("calls_same", i, ROLES)
        elif (
            t.text == "same"
            and re.match(r" (?:number|side|time|is|holds|film|goes|applies|as|finding|level|order|case|thing)", tail)
            and not re.match(r" side", tail)
        ) or t.text in {"as well as", "alike"}:
            t.taken = True

    def _same_as_flat(self, i: int) -> None:
        """`does as well as a flat map, 59 % in each case`: the number is the share of both maps."""
        s = self.s
        who, findings = self._roles(i), self._findings(i, one=True)
        self._say("flat", i, who, findings, value="same", negated=self._denied(i))
        for x in s.of("number"):
            if x > i and s[x].clause == s[i].clause and re.match(r" in (?:each|either) case\b", s.behind(x)):
                self._say("number", x, Who(who.roles), findings, value=(s[x].text, None), cue="expected")
                s[x].taken = False  # the share is read with the other numbers

    def _same_again(self, i: int, end: int) -> None:
        """`the same holds for X`: what was told of one model, or of one finding, of another."""
        s = self.s
        nxt = next((x for x in range(len(s)) if s[x].at >= end), None)
        told = self._told(s[i].at, REPEATED)
        self.formed.append((s[i].at, end))
        if nxt is None or not told or any(c.quantity != "all" for c in told):
            self._say("unread", i)
        elif nxt in s.listed and told[-1].roles != s.listed[nxt].roles:
            for c in told:
                if c.roles == told[-1].roles:
                    self._repeat(c, i, s.listed[nxt], c.findings)
        elif nxt in s.groups:
            self._take(*s.groups[nxt])
            for c in told:
                self._repeat(c, i, Who(c.roles), s.group(nxt))
        else:
            self._say("unread", i)

    def _repeat(self, c: Claim, i: int, who: Who, findings: tuple[str, ...]) -> None:
        self._say(c.kind, i, Who(who.roles), findings, negated=c.negated, value=c.value, cue=c.cue)
        self.claims[-1] = self.claims[-1]._replace(text=c.text)

    def _same_threshold(self, i: int) -> None:
        """`with the same threshold`, `below the same value of 0.50`, `the thresholds are the same`."""
        s, t = self.s, self.s[i]
        who, findings = self._roles(i), self._findings(i)
        behind = re.match(r" [a-z-]+(?: [a-z-]+)? (?:of|at) (?=\d)", self.text[t.end :])
        number = (
            None if behind is None else next((x for x in s.of("number") if s[x].at == t.end + behind.end()), None)
        )
        told = self._told(t.at, ("number",), "threshold")
        if self._denied(i) or who.quantity != "all":
            self._say("unread", i)
        elif who.roles == ROLES or not told or _THRESHOLDS_ARE.search(s.before(i, 24)):
            self._say("same_threshold", i, Who(ROLES), findings)
            self._measure_behind(i)
        elif number is not None:
            self.measures[number] = "threshold"
            self._say("same_number", i, value=(s[number].text, told[-1].value[0]))
        else:
            self._say("number", i, who, findings, value=(told[-1].value[0], None), cue="threshold")

    def _measure_behind(self, i: int) -> None:
        """Numbers behind `the same threshold` of both models are thresholds."""
        s = self.s
        numbers = [x for x in s.of("number") if x > i and s[x].clause == s[i].clause]
        self.measures.update(dict.fromkeys(numbers, "threshold"))

    # ── the opposite ────────────────────────────────────────────────────────────────────────────────────────

    def _verbless(self) -> None:
        super()._verbless()
        for i in self.s.of("twist"):
            t = self.s[i]
            if t.taken or not _TURNS.match(t.text) or self._denied(i):
                continue
            if (m := self._around(_REVERSE, i)) is not None:
                self.formed.append(m.span())
                self._reverse(i, next((x for x, k in enumerate(self.s) if k.at >= m.end()), None))
            elif (x := self._fronted(i)) is not None:
                self._reverse(i, x)
            elif (m := self._around(_WAY, i)) is not None:
                self.formed.append(m.span())
                self._opposite_way(i)
            elif _APART.match(self.text, t.at) and any(
                x.kind in ("map", "peak", "look") and x.clause == t.clause for x in self.s
            ):
                self._say("places_differ", i, ROLES, self._findings(i))

    def _around(self, form: re.Pattern[str], i: int) -> re.Match[str] | None:
        """The form where it stands round a token."""
        return next((m for m in form.finditer(self.text) if m.start() <= self.s[i].at < m.end()), None)

    def _fronted(self, i: int) -> int | None:
        """The finding of `with X it is the reverse`, or of `X is the opposite case`."""
        s = self.s
        x = max((x for x in s.groups if x < i), default=None)
        if x is None or re.match(r" (?:of|way|direction|ways|directions)\b", s.behind(i)):
            return None
        gap = s.between(x, i)
        if re.fullmatch(r" (?:is|are) (?:just |exactly )?(?:the )?", gap):
            return x if re.match(r"(?: case)?(?=$|[.,;:])", self.text[s[i].end :]) else None
        if not re.fullmatch(rf",? {_IT_IS}(?:the )?", gap):
            return None
        return x if re.search(r"\b(?:with|for|on|in) (?:the )?$", s.before(s.groups[x][0], 12)) else None

    def _reverse(self, i: int, target: int | None) -> None:
        """Each call that was told, or else each place, turned round: for another finding, or of the other model."""
        s = self.s
        told = self._told(s[i].at, ("call",)) or self._told(s[i].at, ("plausible",))
        if not told and target in s.groups and self._reverse_pair(i, s.group(target)):
            self._take(*s.groups[target])
            return
        held: dict[str, bool] = {}
        for c in told:
            for role in ROLES:
                if role in c.roles or c.quantity == "only":
                    holds = (role in c.roles) != (c.negated or c.quantity == "neither")
                    if held.setdefault(role, holds) != holds or c.value not in (None, "inside"):
                        return
        if target in s.groups:
            self._take(*s.groups[target])
            for role, holds in held.items():
                self._say(told[-1].kind, i, (role,), s.group(target), negated=holds, value=told[-1].value)
        elif target in s.listed and len(held) == 1 and s.listed[target].roles not in (ROLES, (*held,)):
            negated = held.popitem()[1]
            self._say(
                told[-1].kind, i, s.listed[target].roles, told[-1].findings, negated=negated, value=told[-1].value
            )

    def _reverse_pair(self, i: int, findings: tuple[str, ...]) -> bool:
        """Of each model what was told of the other: its outcome, or whose share in usual places is the larger."""
        outcomes = self._told(self.s[i].at, ("outcome",))
        shares = self._told(self.s[i].at, ("number",), "share")
        each_model = [(role,) for role in ROLES]
        if sorted(c.roles for c in outcomes) == each_model:
            for c, of in zip(outcomes, reversed(outcomes), strict=True):
                self._say("outcome", i, of.roles, findings, negated=c.negated)
                self.claims[-1] = self.claims[-1]._replace(text=c.text)
            return True
        if sorted(c.roles for c in shares) == each_model:
            less, more = sorted(shares, key=lambda c: float(re.sub(r"[^\d.e-].*$", "", c.value[0])))
            self._say("share_more", i, (*less.roles, *more.roles), findings, value="up")
            return less.value[0] != more.value[0]
        return False

    def _opposite_way(self, i: int) -> None:
        """`goes the opposite way, from FP to TN`: a call that comes or goes, an answer that becomes right or wrong."""
        own = self._turns([c for c in self.claims if c.kind == "outcome" and c.at > self.s[i].at])
        told = self._turns(self._told(self.s[i].at, ("outcome",)))
        pairs = list(product(own, told))
        for letter in (slice(1, 2), slice(0, 1)):
            if pairs and all(
                a[letter] != b[letter] and (a[letter], b[letter]) == (d[letter], c[letter])
                for (a, b), (c, d) in pairs
            ):
                self._take(i)
                return

    @staticmethod
    def _turns(outcomes: list[Claim]) -> list[tuple[str, str]]:
        """The baseline's and the fine-tuned model's outcome, of each finding: `("fp", "tn")`."""
        named: dict[str, dict[str, str]] = {}
        for c in outcomes:
            m = _OUTCOME.search(c.text)
            for finding in c.findings if m is not None and c.quantity == "all" and not c.negated else ():
                named.setdefault(finding, {}).update(dict.fromkeys(c.roles, f"{m[1]}{m[2]}" if m else ""))
        return [(x[ROLES[0]], x[ROLES[1]]) for x in named.values() if len(x) == len(ROLES)]
