"""Reads the claims out of a sentence of free English: who, about which finding, says what.

Each word that says something is read by the part of the reader for its kind. A word that a statement turns on and that
nothing took up (`not`, `seven`, `second`, `more`) leaves the sentence unread: `unread` says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from .answers.passed_over import PassedOver
from .claims import NOTHING_BEFORE, Claim, Context
from .cutting.binding import PRONOUN
from .left_out.own_subjects import REPEATED
from .remarks.rank_remarks import RANKS
from .words.plain_words import unknown_word
from .words.words import Words

QUIET = frozenset(
    [
        *("all", "and", "arrow", "assess", "aux", "based", "basis", "both", "call", "callish", "callnoun", "clause"),
        *("comma", "confirm", "either", "f1", "findings", "flat", "former", "idiom", "it", "label", "look", "mainly"),
        *("map", "marker", "only", "ood", "open", "other", "outward", "over", "paren", "peak", "role", "score"),
        *("sides", "silent", "them", "thorax", "threshold", "tilt", "tuning", "under"),
    ]
)
"""Kinds of word that may stand in a sentence beside its statements; one of any other that no statement took up leaves
the sentence unread."""
TOLD = frozenset([*REPEATED, *RANKS, "number", "zone"])
"""Kinds of claim that the next sentence may compare with or repeat."""
OF_MODELS = frozenset(
    [
        *(
            "role",
            "both",
            "neither",
            "either",
            "other",
            "former",
            "map",
            "score",
            "threshold",
            "box",
            "call",
            "callnoun",
        ),
        *(
            "callish",
            "uncalled",
            "label",
            "agree",
            "differ",
            "usual",
            "zone",
            "peak",
            "look",
            "flat",
            "level",
            "f1",
            "tuning",
        ),
    ]
)
"""Kinds of word that make a finding one that models answer on."""
_PLACES = frozenset(["zone", "side"])
_IN_PASSING = re.compile(r"nor\b|not even\b|not to(?:$|[.,;])")
"""Negations of which the rest of the sentence tells the same: `A, nor B`, `no one, not even A`, `right not to`."""
_NOT_ONLY = re.compile(r"\bnot only\b")
"""Behind `not only A, but B`, which is written out as `A and B`."""
_EXCEPT = frozenset(["apart from", "except", "other than"])
"""Words that leave something out, of whatever is doubted behind them."""
_ALONE = re.compile(r"(?:only|solely|exclusively) ")


class Reader(PassedOver):
    """One sentence, read."""

    def read(self) -> Reader:
        s = self.s
        self._forms()
        self._pair_lists()
        self._box_counts()
        for i, t in enumerate(s):
            handler = _HANDLERS.get(t.kind)
            if handler is not None and not t.taken:
                handler(self, i)
        self._ellipses()
        self._verbless()
        self._only_findings()
        self._by_the_way()
        self._spend_only()
        return self

    def _spend_only(self) -> None:
        """`only the baseline calls it, and its map peaks there`: alone it is in the call, not in the place."""
        if any(c.quantity == "only" and c.kind not in _PLACES for c in self.claims):
            self.claims = [c._replace(quantity="all") if c.kind in _PLACES else c for c in self.claims]

    def unread(self, doubt: int | None = None) -> str | None:
        """A word the meaning turns on that no claim took up, or one that is not known; from a word of doubt on, which
        stands at a place in the text, to the end of its part of the sentence neither counts."""
        open_from, open_to = len(self.text), len(self.text)
        if doubt is not None:
            clause = max((t.clause for t in self.s if t.at <= doubt), default=0)
            open_from = min((t.at for t in self.s if t.clause == clause), default=doubt) if clause else 0
            open_to = next((t.at for t in self.s if t.at > doubt and t.text in (";", ".")), open_to)
        for t in self.s:
            if (t.kind not in QUIET or t.text == "none") and not t.taken:
                turned = t.kind == "twist" and (
                    t.text.endswith(" have") or (t.text in _EXCEPT and t.at < (doubt or 0))
                )
                if open_from <= t.at < open_to and not turned:
                    continue
                return t.text
        for t in (self.s[i] for i in self.s.of("mainly")):
            if not t.taken and self.text.startswith(" for ", t.end):
                return t.text
        if (only := _NOT_ONLY.search(self.text)) is not None:
            return only[0]
        idle = next((i for i in self._turning() if self._is_idle(i)), None)
        if idle is not None:
            return self.s[idle].text
        if (passed := self.passed_over(open_from)) is not None:
            return passed
        return unknown_word(self.text, sorted([*((t.at, t.end) for t in self.s), *self.formed]), open_from)

    def _turning(self) -> list[int]:
        """Negations, and `only` before a model, outside of what was read in a set form."""
        s = self.s
        turning = [i for i in s.of("neg") if s[i].taken and not _IN_PASSING.match(self.text, s[i].at)]
        turning += [i for i in s.of("only") if i + 1 in s.who and _ALONE.fullmatch(self.text[s[i].at : s[i + 1].at])]
        formed = [i for i in turning if any(a <= s[i].at < b for a, b in self.formed)]
        return [i for i in turning if i not in formed and not self._is_told(i)]

    def _is_told(self, i: int) -> bool:
        """Whether a claim of the same part of the sentence shows that it was turned round."""
        here = [c for c, x in zip(self.claims, self.token_of, strict=True) if self.s[x].clause == self.s[i].clause]
        if self.s[i].kind == "only":
            return any(c.quantity == "only" for c in here)
        return i in self.turned and any(c.negated for c in here)

    def _is_idle(self, i: int) -> bool:
        """Whether a word that turns a statement round says nothing: without it the sentence would be read the same."""
        t = self.s[i]
        without = Reader(f"{self.text[: t.at]}{self.text[t.end :]}", self.s.words, self.before).read()
        return [c._replace(text="", at=0) for c in without.claims] == [c._replace(text="", at=0) for c in self.claims]

    def doubtful_finding(self) -> str | None:
        """A finding that is doubted or held likely for itself, not as a model's answer."""
        placed = any(c.kind in ("zone", "side") and not c.roles for c in self.claims)
        if placed and self.s.groups and not self.kinds & {"map", "peak", "box", "look"}:
            return self.s[min(self.s.groups)].text  # `edema is likely on the left`
        for t in self.s:
            if (
                t.kind == "finding"
                and not t.taken
                and not any(x.kind in OF_MODELS for x in self.s if x.clause == t.clause)
            ):
                return t.text
        return None

    def handed_on(self) -> Context:
        s = self.s
        findings = [f for f in sorted(s.groups) if f not in self.asides] or sorted(s.groups)
        roles = tuple(
            dict.fromkeys(
                r for i in sorted(s.who) for r in s.who[i].roles if s[i].kind in ("role", "other", "former")
            )
        )
        if not roles:
            roles = tuple(dict.fromkeys(r for i in sorted(s.who) for r in s.who[i].roles)) or self.own
        pair = (
            roles
            if len(roles) == 2
            else tuple(dict.fromkeys((*[r for r in self.before.pair[-1:] if r not in roles], *roles)))
        )
        if any(t.kind == "former" for t in s.tokens):
            pair = self.before.pair or self.before.roles
        if PRONOUN.match(self.text) and len(self.before.role()) == 1 and "it" in self.text[:40]:
            held = self.before.role()
            return Context(
                tuple(dict.fromkeys((*held, *roles))),
                s.group(findings[-1]) if findings else self.before.finding() or self.before.findings,
                subject=held[0],
                pair=pair,
                every=tuple(dict.fromkeys(s.finding(i) for i in findings)) or self.before.every,
                said=self._said_last(),
                told=self._all_told(),
            )
        first = min(s.who, default=None)
        starts = (
            first is not None and first <= 1 and len(s.listed[first].roles) == 1 and s.listed[first].first == first
        )
        return Context(
            roles or self.before.role() or self.before.roles,
            s.group(findings[-1]) if findings else self.before.finding() or self.before.findings,
            subject=s.listed[first].roles[0]
            if starts and first is not None
            else None
            if roles
            else self.before.subject,
            pair=pair,
            plural=first is not None and len(s.listed[first].roles) > 1,
            every=tuple(dict.fromkeys(s.finding(i) for i in findings)) or self.before.every,
            said=self._said_last(),
            told=self._all_told(),
        )

    def _all_told(self) -> tuple[Claim, ...]:
        return tuple(c._replace(at=0) for c in self.claims if c.kind in TOLD)

    def _said_last(self) -> Claim | None:
        """The statement whose verb the next sentence may leave out; its cue is the kind of its token."""
        told = [
            n for n, c in enumerate(self.claims) if c.kind in ("call", "outcome", "right", "assessed", "plausible")
        ]
        if not told:
            return None
        c = self.claims[told[-1]]
        kind = self.s[self.token_of[told[-1]]].kind
        return Claim(c.kind, c.text, 0, c.roles, c.quantity, c.findings, c.value, c.negated, kind)

    def _on_neither(self, i: int) -> None:
        """`neither of them` as the models of some statement: taken by it."""
        s = self.s
        if any(c.quantity == "neither" for c in self.claims):
            s[i].taken = True


_HANDLERS: Mapping[str, Callable[[Reader, int], None]] = {
    name.removeprefix("_on_"): getattr(Reader, name) for name in dir(Reader) if name.startswith("_on_")
}
"""Kind of token -> what reads it."""


@lru_cache(maxsize=4096)
def read_sentence(text: str, words: Words, before: Context = NOTHING_BEFORE) -> Reader:
    """A sentence, read. A draft is read when it is checked and when it is finished, and limits recur from case to
    case."""
    return Reader(text, words, before).read()
