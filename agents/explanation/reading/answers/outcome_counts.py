"""How many findings have an outcome: of one model, or of one where the other has another.

the fine-tuned model is TN on four findings where the baseline is FP
Edema is one of the three findings that the fine-tuned model newly has as true positives
the baseline has two false positives
the gain comes from fewer false calls
each model calls one of the two negatives: the baseline Edema, the fine-tuned model Fracture
"""

from __future__ import annotations

import re

from ...facts import ROLES
from ..cutting.sentence import count_of
from ..forms.forms import FINDINGS, Forms
from .errors_told import ErrorsTold

_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|N+)"
_NO_LIST = r"(?!,? namely\b|:|, F| \()"


class OutcomeCounts(ErrorsTold):
    """Findings counted by their outcome."""

    def _forms(self) -> None:
        super()._forms()
        self._read_forms(_COUNTS)

    def _none(self, i: int) -> None:
        """`the baseline has three O, the fine-tuned model none`."""
        told, own = [c for c in self.claims if c.kind == "outcome_number"], self.s.listed.get(i - 1)
        if told and own is not None and own.roles != told[-1].roles and len(own.roles) == 1:
            self._say("outcome_number", i, own.roles, value=(0, *told[-1].value[1:]))
            return
        super()._none(i)

    def _on_count(self, i: int) -> None:
        """`the baseline has two O, the fine-tuned model only one`: the outcome counted last, of the other model."""
        s = self.s
        own = s.listed.get(i - (2 if i and s[i - 1].kind == "only" else 1))
        told = [c for c in self.claims if c.kind == "outcome_number"]
        if told and own is not None and len(own.roles) == 1 and re.match(r"\s*(?:$|[.,;])", self.text[s[i].end :]):
            value = count_of(s[i].text), *told[-1].value[1:]
            self._say("outcome_number" if own.roles != told[-1].roles else "unread", i, own.roles, value=value)
            return
        more = i + 1 < len(s) and s[i + 1].kind == "outcome" and s.between(i, i + 1) == " "
        if told and more and s.before(i, 4) == "and " and re.match(r"\s*(?:$|[.,;])", self.text[s[i + 1].end :]):
            self._take(i + 1)  # `has five O and three O`
            self._say("outcome_number", i, told[-1].roles, value=(count_of(s[i].text), s[i + 1].text, None))
            return
        super()._on_count(i)

    def _tell_outcome_number(self, m: re.Match[str]) -> None:
        """`O on N findings where R is O`, `has N O`."""
        i = self._inside(m, "o", "outcome")[0]
        who = self._roles(i, forward=False)
        theirs = self._inside(m, "p", "outcome") if m.groupdict().get("p") else []
        if len(who.roles) != 1 or (theirs and self._model(m) == who.roles) or re.search(r"\bnot $", self.s.before(i)):
            return
        self._take_form(m)
        names = self.s[i].text, self.s[theirs[0]].text if theirs else None
        self._say("outcome_number", i, who.roles, value=(count_of(self._text(m, "n")), *names))

    def _tell_one_of(self, m: re.Match[str]) -> None:
        """`one of the N findings that R newly has as O`."""
        i = self._inside(m, "o", "outcome")[0]
        roles = self._model(m) if m["r"] else self._roles(i, forward=False).roles
        findings = self._findings(i, forward=False)
        if len(roles) != 1 or not findings:
            return
        self._take_form(m)
        other = f"not {self.s[i].text}" if m["new"] else None
        self._say("outcome", i, roles, findings)
        self._say("outcome_number", i, roles, value=(count_of(self._text(m, "n")), self.s[i].text, other))

    def _tell_sole(self, m: re.Match[str]) -> None:
        """`the one O of R is F`, `R's only O is F`."""
        i, role, findings = self._inside(m, "o", "outcome")[0], self._model(m), self._named(m, "f")
        self._take_form(m)
        self._say("outcome", i, role, findings)
        self._say("outcome_number", i, role, value=(len(findings), self.s[i].text, None))

    def _tell_shared(self, m: re.Match[str]) -> None:
        """`F is the one O that both share`."""
        i, findings = self._inside(m, "o", "outcome")[0], self._named(m, "f")
        self._take_form(m)
        self._say("outcome", i, ROLES, findings)
        self._say("outcome_number", i, ROLES[:1], value=(1, self.s[i].text, self.s[i].text))

    def _tell_trades(self, m: re.Match[str]) -> None:
        """`fine-tuning trades two O for three new ones`: those that the one model has and the other not."""
        i = self._inside(m, "o", "outcome")[0]
        theirs = self._inside(m, "p", "outcome") if m["p"] else [i]
        self._take_form(m)
        for role, group, at in zip(ROLES, ("n", "k"), (i, theirs[0]), strict=True):
            name = self.s[at].text
            self._say("outcome_number", i, (role,), value=(count_of(self._text(m, group)), name, f"not {name}"))

    def _tell_only_of_these(self, m: re.Match[str]) -> None:
        """`of these only F is an O`: and none of the others named before, for the same models."""
        i, findings = self._inside(m, "o", "outcome")[0], self._named(m, "f")
        others = tuple(f for f in self.before.findings if f not in findings)
        who = self._roles(i)
        if not others or who.quantity != "all" or not set(findings) <= set(self.before.findings):
            return
        self._take_form(m)
        self._say("outcome", i, who, findings)
        self._say("outcome_of_none", i, who, others)

    def _tell_of_calls(self, m: re.Match[str]) -> None:
        """`two of R's six calls are O`."""
        i, role = self._inside(m, "o", "outcome")[0], self._model(m)
        self._take_form(m)
        self._say("outcome_number", i, role, value=(count_of(self._text(m, "n")), self.s[i].text, None))
        self._say("calls_number", i, role, value=count_of(self._text(m, "of")))

    def _tell_more_outcomes(self, m: re.Match[str]) -> None:
        """`R has fewer O than R`, `the gain comes from fewer O`: a gain or a loss is that of fine-tuning."""
        i, own = self._inside(m, "o", "outcome")[0], self._inside(m, "own", "role")
        role = self.s.who[own[0]].roles if own else ROLES[1:]
        others = tuple(r for r in ROLES if r not in role)
        than = self._inside(m, "than", "role") if m["than"] else []
        self._take_form(m)
        fits = len(role) == 1 and not (than and self.s.who[than[0]].roles != others)
        up = m["more"] == "more"
        self._say("outcomes_more" if fits else "unread", i, (*role, *others), value="up" if up else "down")
        if m["gain"]:
            self._say("f1_more", i, ROLES[::-1], value="up" if m["gain"] == "gain" else "down")

    def _tell_stay(self, m: re.Match[str]) -> None:
        """`three findings stay O in both models, namely F, F and F`: all that both have as this."""
        i, number, findings = self._inside(m, "o", "outcome")[0], count_of(self._text(m, "n")), self._listed_in(m)
        self._take_form(m)
        self._say("outcome" if len(findings) == number else "unread", i, ROLES, findings)
        self._say("outcome_number", i, ROLES[:1], value=(number, self.s[i].text, self.s[i].text))

    def _tell_one_each(self, m: re.Match[str]) -> None:
        listed = [f for f in sorted(self.s.groups) if self.s[f].at > m.end()]
        i = self._first(m)
        self._take_form(m)
        findings = tuple(dict.fromkeys(self.s.finding(f) for f in listed))
        fits = count_of(m["n"]) == len(findings) == len(ROLES)
        self._say("one_each" if fits else "unread", i, ROLES, findings, value=m["value"])


_COUNTS: Forms = (
    (
        (" both",),
        re.compile(
            rf"\b(?P<n>{_NUMBER}) (?:labelled |judged )?findings (?:stay|remain|are|keep being) (?P<o>O+)"
            rf" (?:in|for|with) both(?: models)?(?:,? namely|:|,) (?P<f>{FINDINGS})"
        ),
        OutcomeCounts._tell_stay,
    ),
    (
        (" only ",),
        re.compile(
            r"\b(?:of|among) (?:these|them|those),? only (?P<f>F+(?:(?:,|,? and) F+)*) (?:is|are) (?:an? )?(?P<o>O+)"
            r"(?= of\b| for\b|$|[.,;])"
        ),
        OutcomeCounts._tell_only_of_these,
    ),
    (
        ("trades ", "exchanges ", "swaps "),
        re.compile(
            rf"\bfine-?tuning (?:trades|exchanges|swaps) (?P<n>{_NUMBER}) (?P<o>O+) for (?P<k>{_NUMBER})"
            r"(?: new ones?| others?|(?: new)? (?P<p>O+))?(?=$|[.,;])"
        ),
        OutcomeCounts._tell_trades,
    ),
    (
        ("both",),
        re.compile(
            r"(?P<f>F+) is the (?:one|only|sole|single) (?P<o>O+) (?:that )?both(?: models)? (?:share|have)(?=$|[.,;])"
        ),
        OutcomeCounts._tell_shared,
    ),
    (
        ("fewer ", "more "),
        re.compile(
            r"(?:(?:\bthe (?P<gain>gain|loss) (?:comes|results|stems|is) (?:mainly |chiefly )?(?:from|due to)"
            r"|\bfine-?tuning (?:brings|leads to|makes for)) |(?P<own>R+) (?:has|makes|shows|commits) )"
            r"(?P<more>fewer|more) (?P<o>O+)(?P<than> than R+)?(?=$|[.,;:]| and\b| but\b| while\b)"
        ),
        OutcomeCounts._tell_more_outcomes,
    ),
    (
        ("the one ", "the only ", "the sole ", "'s only ", "'s sole ", "'s one "),
        re.compile(
            r"(?:\bthe (?:one|only|sole|single) (?P<o>O+) (?:of|by|for) R+) (?:is|are|being) (?P<f>F+)(?=$|[.,;])"
        ),
        OutcomeCounts._tell_sole,
    ),
    (
        ("'s only ", "'s sole ", "'s one "),
        re.compile(r"R+'s (?:one|only|sole|single) (?P<o>O+) (?:is|being) (?P<f>F+)(?=$|[.,;])"),
        OutcomeCounts._tell_sole,
    ),
    (
        (" calls are ", " calls is "),
        re.compile(rf"\b(?P<n>{_NUMBER}) of R+'s (?P<of>{_NUMBER}) calls (?:are|is) (?:an? )?(?P<o>O+)(?=$|[.,;])"),
        OutcomeCounts._tell_of_calls,
    ),
    (
        (" findings",),
        re.compile(
            rf"(?P<o>O+) (?:on|in|for) (?:only |just )?(?P<n>{_NUMBER}) findings\b{_NO_LIST}"
            r"(?:,? (?:where|on which|for which) R+ (?:is|has|stays|remains) (?:an? )?(?P<p>O+))?"
        ),
        OutcomeCounts._tell_outcome_number,
    ),
    (
        ("has ", "have ", "makes ", "counts "),
        re.compile(
            rf"R+ (?:has|makes|counts) (?:only |just )?(?P<n>{_NUMBER}) (?P<o>O+)\b(?! (?:on|for|in|of)\b){_NO_LIST}"
        ),
        OutcomeCounts._tell_outcome_number,
    ),
    (
        (" findings that ", " findings which "),
        re.compile(
            rf"\bone of the (?P<n>{_NUMBER}) findings (?:that|which) (?:(?P<r>R+)|it|they)"
            r" (?P<new>newly )?(?:gets?|has|have|makes?|counts?) as (?:an? )?(?P<o>O+)"
        ),
        OutcomeCounts._tell_one_of,
    ),
    (
        ("one of the ",),
        re.compile(
            r"^(?:each|both)(?: models?)? (?:adds?|calls?|has|have) one of the (?P<n>[a-z]+) "
            r"(?P<value>negative|positive)s(?: (?:to|among) (?:its|their) calls)?(?=:)"
        ),
        OutcomeCounts._tell_one_each,
    ),
)
