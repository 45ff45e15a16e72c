"""Which model and which finding a word of a sentence is about: what every part of the reader rests on.

A word takes its model and its finding from its own brackets, else the nearest in its own clause, else the sentence,
else the sentence before where the evidence cited agrees.
"""

from __future__ import annotations

import re
from functools import cached_property

from ...facts import ROLES
from ..claims import NOTHING_BEFORE, Claim, Context
from ..words.words import Words
from .callers import named_caller
from .sentence import cut
from .tokens import ROLE_KINDS, Token, Who

BARRIERS = frozenset(
    [
        "call",
        "callish",
        "over",
        "under",
        "agree",
        "differ",
        "right",
        "outcome",
        "lvalue",
        "uncalled",
        "signed",
        "exists",
        "nocall",
    ]
)
AFTER_ROLE = re.compile(
    r"\s*(?:'s)?\s*(?:,? ?(?:points? )?(?:for|by|from|in|of|with|on|to|as for|is that of|that of|is for"
    r"|from that of|,))?(?: its)?\s*"
)
_ASIDE = re.compile(r"(?:\b(?:than|unlike|above|below)(?: that of| for| in)?|% where) $")
"""Before a model that is only compared with."""
_OF_ITS = re.compile(r" of its (?:activation|map|attention|focus)\b")
"""Behind a share of the model that the sentence is about: `with 20 % of its map in usual places`."""
_STARTS_WITH_IT = re.compile(
    r"\s*(?:(?:whereas|while|although|though|but|and|yet|since|because|as"
    r"|if) )?it\b(?! (?:is|was) (?:only|the|by|for|on)\b)"
)
_TOO = re.compile(r",? (?:(?:too|as well|likewise)\b(?! as\b)|also(?=\s*(?:$|[.,;:)])))")
_ALSO = re.compile(r"(?:^|[,;:] |\bthough |\bwhich )also (?:the )?$")
"""Behind and before a model of which something is told as it was of the other."""
_NOR_DOES = re.compile(r" (?:does|do|did|is|are|was|were|has|have|had|can|could|would|will)\b")
"""Behind a `nor` that denies a statement of its own: `nor is it among its highest labels`."""
_SET_AGAINST = re.compile(r"\d ?%? (?:to|against|versus|vs|than|compared with|rather than) (?:the )?$")
"""Before a model whose number another is set against: `0.50 to the baseline's 0.40`."""
OPENINGS = (
    r"(?:in (?:exchange|return|turn|addition|contrast)|by contrast|conversely|likewise|similarly|at the same time"
    r"|meanwhile|however|on the other (?:hand|side)|(?:with|after|through) fine-?tuning|moreover|besides"
    r"|thus|here|there|also|then|now|instead|again|so)"
)
"""Words that open a part of a sentence and say nothing of what it is about."""
PRONOUN = re.compile(
    rf"[\s,]*(?:{OPENINGS},? )?"
    r"(?:(?:for|on|as for) (?!(?:the|a|an|both|either|neither)\b)(?:[a-z]+ ){1,2}(?=it (?:is|has)\b))?"
    r"(?:(?:but|and|so|yet|still|though|although|since|because|as|that|of|on|in|for|with|only|also|now|here"
    r"|even|both of) )*(?:it|its|this|that)\b"
)
_ITS_BEHIND_FINDING = re.compile(r"\s*(?:for|on|in) (?:[a-z_]+(?:,|,? and)? ){1,4}its\b")
"""`For Edema its map ...`, of the model told of before."""
_FRONTED = re.compile(
    r"[\s,]*(?:with|at|for|in|on|by|of|as for|despite|given|from|under|after|before|over|some|just)\b"
)


_CONCEDED = re.compile(r"\s*(?:anatomically )?\w+ (?:though|as) (?:it|they|this) (?:is|are|was|were|may be)\b")
"""Before the model it is about: `relevant though it is, the baseline's map ...`."""


_MAPS = re.compile(r"\b(?:neither map|neither of the (?:two )?maps|both maps)\b")


class Reading:
    """One sentence being read."""

    def __init__(self, text: str, words: Words, before: Context = NOTHING_BEFORE):
        self.before = before
        self.s = cut(named_caller(text, before), words, before.pair or before.roles)
        self.text = self.s.text
        self.claims: list[Claim] = []
        self.token_of: list[int] = []
        """Of each claim: its token."""
        kinds = self.s.kinds()
        self.kinds = kinds
        self.shares = bool(kinds & {"usual", "flat", "map", "zone", "outward"}) or "%" in self.text
        self.labels = bool(kinds & {"label"})
        self.pairs: dict[int, tuple[tuple[str, ...] | None, tuple[str, ...] | None]] = {}
        """Number -> model and finding a list of numbers gives it."""
        self.zones: dict[int, int] = {}
        """Number -> zone a list of numbers gives it."""
        self.either_f1: tuple[int, ...] = ()
        """Two case F1 that no model is named with."""
        self.follows: dict[int, int] = {}
        """Threshold -> score told with it."""
        self.each: dict[int, list[int]] = {}
        """Number -> zones that have it each."""
        self.measures: dict[int, str] = {}
        """Number -> what it measures, where its list says so."""
        self.own: tuple[str, ...] = ()
        """The model that a longer word names in itself: `no region of the fine-tuned map was large enough`."""
        self.asides: set[int] = set()
        """Findings that the next sentence does not go on about: `those start with X`."""
        self.formed: list[tuple[int, int]] = []
        """Where statements in set forms stand in the text."""
        self.turned: set[int] = set()
        """Negations that turned a statement round, each alone."""

    def _roles(self, i: int, *, alone: bool = False, forward: bool = True) -> Who:  # noqa: PLR0915  a reader of many cases is clearer in one place
        """The model a token is about."""
        s, t = self.s, self.s[i]
        names = s.who if alone else s.listed
        nxt = i + 1
        if (
            t.kind == "number"
            and (s.before(i, 4) == "its " or _OF_ITS.match(self.text, t.end))
            and (own_ := [r for r in names if r < i and not s[r].bracket and not _ASIDE.search(s.before(r, 12))])
        ):
            return names[max(own_)]
        if (
            t.kind == "number"
            and nxt in names
            and _SET_AGAINST.search(s.before(nxt, 24))
            and re.match(r"'s (?:[a-z]+ )?\d", self.text[s[nxt].end :])
        ):
            return Who(tuple(r for r in ROLES if r not in names[nxt].roles))
        if t.kind == "number" and not t.bracket and (own := self._behind_bracket(i)) is not None:
            return names[own]
        if t.kind == "number" and t.bracket and (head := self._before_bracket(i)) is not None:
            i, t, nxt = head, s[head], head + 1
            if (own := self._behind_bracket(i)) is not None:
                return names[own]
        if nxt < len(s) and nxt in names and AFTER_ROLE.fullmatch(s.between(i, nxt)) and s[nxt].bracket == t.bracket:  # noqa: SIM102
            if "," not in s.between(i, nxt):
                return names[nxt]
        if (
            nxt + 1 < len(s)
            and s[nxt].text == "("
            and nxt + 1 in names
            and not s.between(i, nxt).strip()
            and not t.bracket
        ):
            inner = [x for x in range(nxt + 1, len(s)) if s[x].bracket == s[nxt].bracket]
            if sum(x in names for x in inner) == 1 and not any(s[x].kind in ("call", "outcome") for x in inner):
                return names[nxt + 1]
        if t.bracket:
            inside = [r for r in names if s[r].bracket == t.bracket]
            phrase = [r for r in inside if s[r].phrase == t.phrase]
            if (
                not phrase
                and inside
                and not (inside[0] > i and re.search(r"\b(?:against|versus|vs|compared)\b", s.between(i, inside[0])))
            ):
                phrase = inside
            if phrase:
                ahead = [r for r in phrase if r < i]
                return names[ahead[-1] if ahead else phrase[0]]
        open_ = sorted(r for r in names if not s[r].bracket)
        same = [r for r in open_ if s[r].clause == t.clause]
        if alone:
            phrase = [r for r in same if s[r].phrase == t.phrase]
            if phrase and not t.bracket:
                ahead = [r for r in phrase if r < i]
                return names[ahead[-1] if ahead else phrase[0]]
        ahead = [r for r in same if r < i]
        if t.kind in BARRIERS and ahead and re.search(r"\bunlike (?:the )?$", s.before(ahead[-1], 12)):
            other = tuple(r for r in ROLES if r not in names[ahead[-1]].roles)
            if len(other) == 1 and re.search(r"\bit $", s.before(i, 4)):
                return Who(other)
        if ahead:
            return names[ahead[-1]]
        opening = next((x for x in range(len(s)) if s[x].clause == t.clause), 0)
        if opening > 1 and not t.bracket and s[opening].text in ("which", "whose", "who"):
            head = opening - (2 if s[opening - 1].kind == "comma" else 1)
            if head in names and len(names[head].roles) == 1:
                return names[head]  # what a relative clause is about stands right before it
        behind = [r for r in same if r > i]
        earlier = [r for r in open_ if r < i and not _ASIDE.search(s.before(r, 12))]
        start = self._clause_text(t)
        pronoun = (PRONOUN.match(start) or _ITS_BEHIND_FINDING.match(start)) or (
            len(self.before.role()) == 1 and re.search(r"\bits own\b", self._clause_all(t)) and not same
        )
        if pronoun and len(self.before.role()) == 1 and _STARTS_WITH_IT.match(self.text):
            return Who(self.before.role())
        near = [r for r in behind if s[r].phrase == t.phrase]
        if near and forward and not (earlier and t.bracket) and not pronoun:
            return names[near[0]]
        if behind and forward and not pronoun and (not earlier or _FRONTED.match(start)):
            return names[behind[0]]
        colon = self._after_colon(t)
        if colon is not None and colon in names and forward:
            return names[colon]
        if earlier:
            return names[earlier[-1]]
        if pronoun and self.before.role():
            return Who(self.before.role())
        later = [r for r in open_ if r > i]
        if later and _CONCEDED.match(self.text):
            return names[later[0]]
        if later and forward and not (self.before.role() and self._contrast(i, later[0])):
            return names[later[0]]
        return Who(self.before.role())

    def _behind_bracket(self, i: int) -> int | None:
        """The model right behind the brackets that follow a number: `0.20 (threshold 0.50) for the baseline`."""
        s = self.s
        if i + 1 >= len(s) or s[i + 1].text != "(" or s.between(i, i + 1).strip():
            return None
        x = i + 2
        while x < len(s) and s[x].bracket == s[i + 1].bracket:
            x += 1
        if x >= len(s) or s[x].text != ")" or any(y in s.who for y in range(i + 1, x)):
            return None
        behind = x + 1
        if behind in s.who and AFTER_ROLE.fullmatch(s.between(x, behind)) and "," not in s.between(x, behind):
            return behind
        return None

    def _before_bracket(self, i: int) -> int | None:
        """The number that a bracket with no model of its own belongs to."""
        s = self.s
        first = i
        while first and s[first - 1].bracket == s[i].bracket:
            first -= 1
        if first and s[first - 1].kind == "number" and not any(s[x].bracket == s[i].bracket for x in s.who):
            return first - 1
        return None

    def _after_colon(self, t: Token) -> int | None:
        """The model right behind the colon that ends this clause."""
        s = self.s
        for x in range(len(s) - 1):
            if s[x].text == ":" and s[x].clause == t.clause + 1 and s[x + 1].kind in ROLE_KINDS:
                return x + 1
        return None

    def _moved(self, i: int) -> Who | None:
        """`fine-tuning moves the focus from A to B`: from the baseline's, to the fine-tuned model's."""
        if not self.kinds & {"tuning", "change"} or any(x.kind == "role" for x in self.s.tokens):
            return None
        towards = re.search(r"\b(from|to) (?:the )?$", self.s.before(i, 12))
        if towards is None or "from" not in self.text:
            return None
        return Who(("baseline",) if towards[1] == "from" else ("finetuned",))

    def _contrast(self, i: int, j: int) -> bool:
        return any(
            t.kind == "clause"
            and t.text in (";", "while", "whereas", "but", "where", "though", "although", "yet", ".")
            for t in self.s.tokens[i:j]
        )

    def _clause_opening(self, t: Token) -> str:
        first = next(x for x in self.s if x.clause == t.clause)
        return first.text if first.kind == "clause" else ""

    def _clause_text(self, t: Token) -> str:
        first = next(x for x in self.s.tokens if x.clause == t.clause)
        return self.text[0 if t.clause == 0 else first.end if first.kind in ("clause", "and") else first.at :][:60]

    def _clause_all(self, t: Token) -> str:
        inside = [x for x in self.s.tokens if x.clause == t.clause]
        return self.text[inside[0].at if t.clause else 0 : inside[-1].end]

    def _findings(self, i: int, *, one: bool = False, forward: bool = True) -> tuple[str, ...]:
        s, t = self.s, self.s[i]
        groups = sorted(s.groups)

        def give(x: int) -> tuple[str, ...]:
            self._take(*(s.groups[x] if not one else (x,)))
            return (s.finding(x),) if one else s.group(x)

        nxt = i + 1
        if nxt < len(s) and s[nxt].kind in ROLE_KINDS and nxt + 1 < len(s) and s[nxt + 1].kind == "finding":  # noqa: SIM102
            if re.fullmatch(r"\s*(?:for|on|in|about|of) (?:the )?", s.between(nxt, nxt + 1)):
                return give(nxt + 1)
        if (
            nxt < len(s)
            and s[nxt].kind == "finding"
            and s[nxt].bracket == t.bracket
            and re.fullmatch(
                r"\s*(?:(?:score )?(?:for|on|of|to|in|at|about|with)) (?:both )?(?:the )?", s.between(i, nxt)
            )
        ):
            return give(nxt)
        if (
            re.match(r" there\b", self.text[t.end :])
            and self.before.finding()
            and t.kind == "number"
            and "%" not in t.text
        ):
            return self.before.finding()
        if t.bracket:
            inside = [f for f in groups if s[f].bracket == t.bracket]
            ahead = [f for f in inside if f < i]
            if inside:
                return give(ahead[-1] if ahead else inside[0])
        open_ = [f for f in groups if not s[f].bracket]
        same = [f for f in open_ if s[f].clause == t.clause]
        if one:
            phrase = [f for f in same if s[f].phrase == t.phrase]
            if phrase and not t.bracket:
                ahead = [f for f in phrase if f < i]
                return give(ahead[-1] if ahead else phrase[0])
        ahead = [f for f in same if f < i]
        if ahead:
            return give(ahead[-1])
        behind = [f for f in same if f > i]
        earlier = [f for f in open_ if f < i]
        meant = [x for x in s.of("it") if x < i and s[x].clause == t.clause and s[x].text != "it"]
        if meant and self.before.finding() and not earlier:
            return self.before.finding()
        if earlier and re.match(r"\s*(?:which|whose|where|who)\b", self._clause_opening(t)):
            return give(earlier[-1])  # what a relative clause is about stands before it
        if behind and forward:
            return give(behind[0])
        if earlier:
            return self._one_cited(t, give(earlier[-1]))
        later = [f for f in open_ if f > i]
        if later and forward and not self.before.finding():
            return give(later[0])
        if later and forward and not re.match(r"[\s,]*(?:it|its|this|that)\b", self._clause_text(t)):
            return give(later[0])
        return self.before.finding()

    def _one_cited(self, t: Token, group: tuple[str, ...]) -> tuple[str, ...]:
        """`A and B are positive, so its non-call is a false negative`: of one of them, the one that is cited."""
        cited = self.before.cited.findings
        of_one = t.kind in ("noncall", "callnoun", "outcome") and t.text[-1] != "s"
        return tuple(cited) if of_one and len(cited) == 1 and cited <= set(group) else group

    def _told_share(self, role: tuple[str, ...], findings: tuple[str, ...]) -> Claim | None:
        """The share in usual places that the sentence before told of the other model's map for the same finding."""
        for c in self.before.told:
            if c.kind == "number" and c.cue == "share" and len(c.roles) == 1 and c.roles != role:
                return c if c.findings == findings else None
        return None

    def _take(self, *tokens: int) -> None:
        for x in tokens:
            self.s[x].taken = True

    def _take_until(self, start: int, end: int, *kinds: str) -> None:
        for t in self.s.tokens:
            if start <= t.at < end and (not kinds or t.kind in kinds):
                t.taken = True

    def _say(
        self, kind: str, i: int, who: Who | tuple[str, ...] = (), findings: tuple[str, ...] = (), **more: object
    ) -> None:
        roles, quantity = (who.roles, who.quantity) if isinstance(who, Who) else (who, "all")
        negated = bool(more.pop("negated", False))
        if quantity == "either":
            if negated:
                quantity, negated = "neither", False
            else:
                kind, quantity = "unread", "all"
        if kind in ("flat", "plausible") and roles == ROLES and self._two_maps_of_one:
            roles, findings = tuple(self.before.cited.roles), tuple(sorted(self.before.cited.findings))
        self._take(i)
        self.claims.append(
            Claim(kind, self.s[i].text, self.s[i].at, roles, quantity, findings, negated=negated, **more)  # type: ignore[arg-type]
        )
        self.token_of.append(i)
        if kind in ("call", "outcome", "right") and quantity == "all" and len(roles) == 1 and isinstance(who, Who):
            self._say_of_other_too(i, who)

    def _say_of_other_too(self, i: int, who: Who) -> None:
        """`called by the baseline as well`, `the baseline, too, calls it`: what is told of the other model as well."""
        s, told, said = self.s, self.claims[-1], self.before.said
        if said is not None and said.roles == who.roles and said.findings != told.findings:
            return  # of another finding as well
        if s.listed.get(who.last) == who and (
            _TOO.match(self.text, s[who.last].end) or _ALSO.search(s.before(who.first, 12))
        ):
            self.claims.append(told._replace(roles=tuple(r for r in ROLES if r not in who.roles)))
            self.token_of.append(i)

    @cached_property
    def _two_maps_of_one(self) -> bool:
        """`neither map`, of the one model and its two findings whose maps are cited."""
        cited = self.before.cited
        return len(cited.roles) == 1 and len(cited.findings) == 2 and _MAPS.search(self.text) is not None

    def _denied(self, i: int, reach: int = 9) -> bool:
        """Whether an odd number of negations stands before a word, since the statement before it."""
        s, t = self.s, self.s[i]
        found = []
        for x in range(i - 1, max(-1, i - 1 - reach), -1):
            k = s[x]
            if k.clause != t.clause or (k.bracket != t.bracket and not (k.bracket and not t.bracket)):
                break
            if k.bracket != t.bracket:
                continue
            if k.kind in BARRIERS and not (k.kind == "callish" and k.text in ("see", "seen", "find", "found")):
                break
            inverted = k.text == "nor" and _NOR_DOES.match(self.text, k.end) and not self._left_out_behind(x, i)
            if k.kind == "neg" and not k.taken and (inverted or k.text not in ("nor", "nothing", "unlike")):
                if k.text == "not" and re.match(
                    r"(?:,? (?:at|with) \d| either\b|\s*(?:[,.;)]|$))", self.text[k.end :]
                ):
                    break  # its verb is left out
                found.append(x)
        self._take(*found)
        if len(found) == 1:
            self.turned.update(found)
        return len(found) % 2 == 1

    def _left_out_behind(self, nor: int, i: int) -> bool:
        """`nor does R at 0.20 under 0.50`: a verb left out is what it denies."""
        return self.s[i].kind in ("over", "under") and any(t.kind == "number" for t in self.s[nor:i])
