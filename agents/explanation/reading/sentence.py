"""A sentence as tokens with their clauses, brackets, models and findings: what the reader of claims works on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..facts import ROLES
from .words import NUMBERS, Words, plain

ROLE_KINDS = frozenset(["role", "both", "neither", "either", "former", "other"])
_PASSED = frozenset(["and", "comma", "number", "paren", "neg", "only", "alone"])
_SPELLED = (
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\bnot only (.{3,60}?),? but (?:also )?"), r"\1 and "),
    (re.compile(r"\b(it|that|there|what|here|who)'s\b"), r"\1 is"),
    (re.compile(r"\b(they|we|you)'re\b"), r"\1 are"),
    (re.compile(r"\bca not\b"), "can not"),
    (re.compile(r"\s[–—]\s?|—"), " - "),
    (
        re.compile(r"\br (?=(?:apex|upper|mid|lower|hilum|hilar|peri|costo|cardio|pleural|lung|base)[a-z]*)"),
        "right ",
    ),
    (
        re.compile(r"\bl (?=(?:apex|upper|mid|lower|hilum|hilar|peri|costo|cardio|pleural|lung|base)[a-z]*)"),
        "left ",
    ),
    (re.compile(r"\bthr\b\.?"), "threshold"),
    (re.compile(r"\bfar from usual\b"), "unusual"),
    (re.compile(r"\be\.g\.|\bi\.e\."), " "),
    (re.compile(r"\b(est|pred|avg|vs|approx|deg|thr)\."), r"\1"),
)

_SHORT_FORMS = (
    *(
        "n't",
        "'re",
        "it's",
        "that's",
        "there's",
        "what's",
        "here's",
        "who's",
        "cannot",
        "–",
        "—",
        "e.g.",
        "i.e.",
        "est.",
    ),
    *(
        "pred.",
        "avg.",
        "vs.",
        "approx.",
        "deg.",
        "thr ",
        "thr.",
        "thr)",
        "thr,",
        " r ",
        " l ",
        "not only",
        "far from",
    ),
)
"""Of which one is there where anything is to be written out."""


@dataclass(slots=True)
class Token:
    kind: str
    text: str
    at: int
    end: int
    clause: int
    phrase: int
    """Counts commas, too."""
    bracket: int
    """0 outside brackets, else the number of the bracket."""
    taken: bool = False
    """A statement has taken it up."""


@dataclass(frozen=True)
class Who:
    """Models a word or list of words names."""

    roles: tuple[str, ...]
    quantity: str = "all"
    first: int = 0
    last: int = 0
    """Its first and last token."""


class Tokens(list[Token]):
    """One sentence, cut into tokens."""

    def __init__(self, text: str, tokens: list[Token], words: Words):
        super().__init__(tokens)
        self.text = text
        self.words = words
        self.who: dict[int, Who] = {}
        """Token -> the model it names, alone."""
        self.listed: dict[int, Who] = {}
        """Token -> the models named in its list."""
        self.groups: dict[int, tuple[int, ...]] = {}
        """Token of a finding -> tokens of its list."""
        self._places: dict[str, list[int]] = {}
        for i, t in enumerate(tokens):
            self._places.setdefault(t.kind, []).append(i)

    @property
    def tokens(self) -> list[Token]:
        return self

    def of(self, *kinds: str) -> list[int]:
        """Places of the tokens of some kinds."""
        if len(kinds) == 1:
            return self._places.get(kinds[0], [])
        return sorted(i for kind in kinds for i in self._places.get(kind, ()))

    def kinds(self) -> set[str]:
        return set(self._places)

    def finding(self, at: int) -> str:
        return self.words.finding(self[at].text)

    def group(self, at: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.finding(i) for i in self.groups[at]))

    def between(self, a: int, b: int) -> str:
        """Text between two tokens."""
        return self.text[self[a].end : self[b].at]

    def behind(self, at: int, length: int = 60) -> str:
        end = self[at].end
        return self.text[end : end + length]

    def before(self, at: int, length: int = 60) -> str:
        start = self[at].at
        return self.text[max(0, start - length) : start]


def spell_out(text: str) -> str:
    """Lower case, short forms written out; the label No Finding stays one word."""
    text = plain(text.replace("’", "'"))
    if text[:2] in ("r ", "l ") or any(form in text for form in _SHORT_FORMS):
        for pattern, full in _SPELLED:
            text = pattern.sub(full, text)
    return text


def cut(text: str, words: Words, before: tuple[str, ...] = ()) -> Tokens:
    """Tokens of a sentence; `before`: models the sentence before named, for `the former` and `the other`."""
    text = spell_out(text)
    tokens: list[Token] = []
    clause = phrase = bracket = brackets = 0
    for match in words.pattern.tokens(text):
        kind = match.lastgroup or ""
        if kind == "paren":
            if match.group() == "(":
                brackets += 1
                bracket = brackets
            else:
                bracket = 0
            phrase += 1
        elif kind == "clause":
            phrase += 1
            clause += not bracket
        elif kind == "comma":
            phrase += 1
        tokens.append(Token(kind, match.group(), match.start(), match.end(), clause, phrase, bracket))
    out = Tokens(text, _name_findings(text, tokens), words)
    _name_models(out, before)
    _split_at_and(out)
    _group_findings(out)
    return out


def _name_findings(text: str, tokens: list[Token]) -> list[Token]:
    """`A and B are the shared calls, the latter an FP`: the latter of two findings, where no two models are named."""
    for i, t in enumerate(tokens):
        if t.kind != "former":
            continue
        ahead = [x for x in tokens[:i] if x.kind == "finding"]
        if (
            len(ahead) == 2
            and not any(x.kind == "role" for x in tokens[:i])
            and re.match(r"(?:,| being)? an? (?:tp|fp|tn|fn|true|false)\b", text[t.end :])
        ):
            t.kind, t.text = "finding", ahead["latter" in t.text].text
    return tokens


def _name_models(s: Tokens, before: tuple[str, ...]) -> None:  # noqa: PLR0915
    seen = list(before)
    alone: dict[int, Who] = {}
    for i in s.of(*ROLE_KINDS):
        t = s[i]
        quantity = "all"
        if t.text == "on both sides" and not any(x.kind == "outcome" for x in s.tokens):
            continue
        if (
            t.text == "both"
            and _BOTH_NUMBERS.match(s.text, t.end)
            and {"score", "threshold"} <= {x.kind for x in s.tokens}
        ):
            continue
        if t.text == "both" and _of_findings(s, i):
            continue
        if (
            t.text == "both"
            and i
            and s[i - 1].kind in ("box", "peak", "map")
            and s[i - 1].text[-1] != "s"
            and _one_named(s)
        ):
            continue
        if t.text in ("the two of them", "both of them") and re.search(
            r"\b(?:leaves?|left|calls?|flags?) $", s.before(i, 10)
        ):
            continue
        if t.kind == "other" and _OTHER_BOX.match(s.text, t.end) and _ONE_BOX.search(s.text[: t.at]):
            continue
        if t.text == "each" and re.search(r"\b(?:on|for) $", s.before(i, 5)) and _one_named_in(s, t.clause):
            continue
        if (
            t.text == "each"
            and (_EACH_ZONE.search(s.before(i, 8)) or _EACH_NUMBER.match(s.text, t.end))
            and _one_named(s)
        ):
            continue
        if t.kind == "role":
            roles: tuple[str, ...] = (
                ("baseline",) if re.search(r"\bbl\b|base|^before|^at first|predecessor", t.text) else ("finetuned",)
            )
        elif t.kind == "former":
            if len(seen) < 2:
                continue
            roles = (seen[-2],) if re.search("former|first", t.text) else (seen[-1],)
        elif t.kind == "other":
            roles = tuple(r for r in ROLES if r != seen[-1]) if seen else ()
            if not roles:
                continue
        else:
            roles, quantity = ROLES, {"neither": "neither", "either": "either"}.get(t.kind, "all")
        if t.kind in ("role", "other"):
            seen = [r for r in seen if r not in roles] + list(roles)
        if (
            t.kind == "role"
            and i > 1
            and s[i - 1].kind in ("comma", "clause")
            and s[i - 2].kind == "oneof"
            and re.fullmatch(r"[,:] (?:namely |that of |the )*", s.text[s[i - 2].end : t.at])
        ):
            quantity, s[i - 2].taken = "only", True
        if i and s[i - 1].kind == "only" and re.fullmatch(r" (?:by |in |for |of |on |with )?", s.between(i - 1, i)):
            quantity, s[i - 1].taken = "only", True
        follow = s[i + 1] if i + 1 < len(s) else None
        if follow is not None and follow.kind in ("alone", "only"):
            gap = s.text[t.end : follow.at]
            if re.fullmatch(r"(?:'s)?,? (?:and it )?", gap) and (
                follow.kind == "alone" or re.match(r"\s*(?:$|[.,;:)])", s.text[follow.end :])
            ):
                quantity, follow.taken = "only", True
        alone[i] = Who(roles, quantity, i, i)
    s.who = alone
    order = sorted(alone)
    used: set[int] = set()
    for n, i in enumerate(order):
        if i in used:
            continue
        chain = [i]
        for j in order[n + 1 :]:
            mid = [t for t in s.tokens[chain[-1] + 1 : j] if not t.bracket or t.kind in _PASSED]
            gap = s.text[s[chain[-1]].end : s[j].at]
            leads = alone[chain[-1]].quantity in ("neither", "either") or s[chain[-1]].kind == "both"
            if s[j].kind == "role" and re.fullmatch(
                r",? (?:just |much )?(?:like|as does|as did|together with|along with) ", gap
            ):
                chain.append(j)
                continue
            if leads and len(chain) == 1 and not mid and re.fullmatch(r" (?:in |by |for |of |on )?", gap):
                chain.append(j)
                continue
            joins = any((t.kind == "and" and t.text != "=") or t.text == "nor" for t in mid)
            if (
                joins
                and s[j].kind == "role"
                and s[chain[-1]].kind == "role"
                and all(t.kind in _PASSED for t in mid)
                and not re.search(
                    r"[a-z]{3,}",
                    re.sub(
                        r"\([^)]*\)|\b(?:and|or|nor|by|for|the|that|of|in|with|at|not|giving|has|only|as|well|'s"
                        r"|map|per|cent|percent|from)\b",
                        " ",
                        gap,
                    ),
                )
                and not (re.search(r"\bnot\b|\bnor\b", gap) and "nor" not in gap)
                and not ("," in gap and _HAS.match(s.text, s[j].end))
                and not (
                    "number" in [t.kind for t in mid]
                    and not s[chain[-1] + 1].bracket
                    and _both_numbered(s, chain[-1], j)
                )
            ):
                chain.append(j)
                continue
            break
        if len(chain) > 1:
            used.update(chain)
            first = alone[chain[0]]
            named = [x for x in chain if s[x].kind == "role"]
            roles = tuple(dict.fromkeys(r for x in named for r in alone[x].roles))
            quantity = first.quantity if s[chain[0]].kind in ("neither", "either") else "all"
            whole = Who(roles or ROLES, quantity, chain[0], chain[-1])
            for x in chain:
                s.listed[x] = whole
        else:
            s.listed[i] = alone[i]


_BOTH_NUMBERS = re.compile(r" (?:print|round|come out|display|read|show)(?:s|ed)? (?:as|to|at|up) ")
"""`score and threshold both print as 0.365`."""
_HAS = re.compile(r" (?:has|does|calls|scores|marks|gives|leaves|draws|reaches|keeps)\b")
"""Behind a model that is one alone."""
_ONE_BOX = re.compile(r"\bbox(?:es)?\b.*\b(?:one|the first)\b")
_OTHER_BOX = re.compile(r" (?:to|over|in|at|on|covering|covers|is|lies|spans|relat\w+)\b")
"""`two boxes, one over the neck, the other over the left hilum`."""
_EACH_ZONE = re.compile(r"(?:%|\d) $")
_EACH_NUMBER = re.compile(r" (?:with|at|holding|covering|over) ")


def _one_named_in(s: Tokens, clause: int) -> bool:
    return sum(x.kind == "role" for x in s if x.clause == clause) == 1


def _one_named(s: Tokens) -> bool:
    named = [re.search(r"\bbl\b|base|^before|^at first", x.text) is not None for x in s.tokens if x.kind == "role"]
    return len(set(named)) == 1


def _of_findings(s: Tokens, i: int) -> bool:
    """`A and B are called by the baseline, false positives both`: both findings, of the one model named."""
    findings = [x for x in s.tokens[:i] if x.kind == "finding"]
    ends = re.match(r"\s*(?:$|[.,;:)])", s.text[s[i].end :]) is not None
    return i > 0 and s[i - 1].kind == "outcome" and ends and len(findings) == 2 and _one_named(s)


def _both_numbered(s: Tokens, a: int, b: int) -> bool:
    """`0.42 for the baseline and 0.52 for the other` are two statements."""
    return s[b - 1].kind == "number" or bool(re.search(r"\d", s.text[s[a].end : s[b].at].partition("(")[0]))


_NEW_CLAUSE = re.compile(
    r"\s*(?:it|its|they|their|this|there|that|then|yet|no|one of|an?|the (?:map|peak|other|latter|former|same|one"
    r"|call|label|case|film|sides|finding|level|verdict))\b"
)


def _split_at_and(s: Tokens) -> None:
    """`and` before a new subject starts a new clause."""
    extra = 0
    for i, t in enumerate(s.tokens):
        t.clause += extra
        if t.kind == "comma" and not t.bracket and i + 1 < len(s) and _starts_at_comma(s, i):
            extra += 1
            t.clause += 1
            continue
        if t.kind != "and" or t.text not in ("and", "or", "as well as") or t.bracket or i + 1 >= len(s):
            continue
        nxt = i + 1
        starts = False
        if s[nxt].kind in ("only",) and nxt + 1 < len(s):
            nxt += 1
        if s[nxt].kind in ROLE_KINDS and len(s.between(i, nxt)) < 12:
            listed = s.listed.get(nxt)
            starts = listed is None or listed.first in (listed.last, nxt)
        elif _NEW_CLAUSE.match(s.text, t.end) and s[nxt].kind != "finding":
            starts = True
        if starts:
            extra += 1
            t.clause += 1


_VERB = (
    r" (?:\w+ly |also |only |just )?(?:calls?|does|do|did|has|have|is|are|was|were|scores?|peaks?|leaves?"
    r"|gives?|puts?|marks?"
    r"|looks?|misses|stays?|lies?|falls?|assesse?s?|makes?|ranks?|goes|keeps?|sits?|reach(?:es)?|rejects?"
    r"|differs?|agree"
    r"|disagree|shows?|draws?)\b"
)
_OWN_VERB = re.compile(rf"(?:'s (?:\w+ )?(?:map|score|call|peak|box|answer|attention)\w*\b|{_VERB})")
_PRONOUN_VERB = re.compile(rf" (?:they|it|neither|both|this|that)(?= ){_VERB}")
_SUBORDINATE = re.compile(r"\s*(?:whereas|while|although|though|since|because|as|if|when|where)\b")


def _starts_at_comma(s: Tokens, i: int) -> bool:
    """`BL calls X, FT calls neither`; `whereas they differ on X, they agree on Y`."""
    t, nxt = s[i], s[i + 1]
    if nxt.kind == "number":
        return re.match(r" is (?:not )?(?:a|the)\b", s.text[nxt.end :]) is not None
    if nxt.kind == "finding":
        called = any(x.kind in ("call", "callish", "count", "outcome") and x.clause == t.clause for x in s[:i])
        return (
            called
            and re.match(
                r" (?:is|are|was|were|gets?|goes|go|stays?"
                r"|remains?)\b",
                s.text[nxt.end :],
            )
            is not None
        )
    if _PRONOUN_VERB.match(s.text, t.end):
        return _SUBORDINATE.match(s.text) is not None and t.clause <= 1
    listed = s.listed.get(i + 1)
    return (
        nxt.kind == "role"
        and listed is not None
        and listed.first == listed.last
        and re.fullmatch(r" (?:the )?", s.between(i, i + 1)) is not None
        and _OWN_VERB.match(s.text, nxt.end) is not None
        and any(x in s.who for x in range(i) if s[x].clause == t.clause)
        and not any(s[x].kind == "clause" for x in range(max(0, i - 3), i))
    )


_LIST_GAP = re.compile(
    r"[\s,/+&]*(?:(?:and|or|nor|as well as|plus|also|both|on|for|over|about|the|a|an|of|with|too|in|by)?[\s,/+&]*)*"
)


def _group_findings(s: Tokens) -> None:
    chain: list[int] = []
    for i in s.of("finding"):
        if chain:
            mid = s.tokens[chain[-1] + 1 : i]
            gap = re.sub(r"\([^()]*\)", " ", s.text[s[chain[-1]].end : s[i].at])
            gap = re.sub(r"(?:\b(?:at|with)\b )?\d[\d.]* ?%?", " ", gap)
            ok = (
                all(t.kind in ("and", "comma", "number", "paren", "neg") or t.bracket for t in mid)
                and _LIST_GAP.fullmatch(gap) is not None
                and (re.search(r"[,/+&]|\b(?:and|or|nor|as well as|plus)\b", gap) is not None)
                and s[i].bracket == s[chain[-1]].bracket
                and s[i].clause == s[chain[-1]].clause
                and not any(t.kind == "neg" and t.text != "nor" for t in mid)
                and not any(t.kind == "outcome" and not t.bracket for t in mid)
            )
            if not ok:
                chain = []
        chain = [*chain, i]
        for x in chain:
            s.groups[x] = tuple(chain)


def count_of(word: str) -> int | None:
    word = word.strip()
    if word.lstrip("-").isdigit():
        return int(word)
    return NUMBERS.get(word.removeprefix("a "))
