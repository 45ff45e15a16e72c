"""Cuts a sentence into tokens, clauses and lists: what the reader of claims works on."""

from __future__ import annotations

import re

from ..words.spelling import spell_out
from ..words.words import NUMBERS, Words
from .model_names import name_findings, name_models
from .tokens import ROLE_KINDS, Token, Tokens


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
    out = Tokens(text, name_findings(text, tokens), words)
    name_models(out, before)
    _split_at_and(out)
    _group_findings(out)
    return out


_NEW_CLAUSE = re.compile(
    r"\s*(?:(?:two|three|four|five) (?:[a-z]+-sided |midline )?(?:ones|boxes)|it|its|they|their|this|there|that"
    r"|then|yet|no|one of|an?|the (?:map|peak|other|latter|former|same|one"
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


VERB = (
    r" (?:\w+ly |also |only |just )?(?:calls?|does|do|did|has|have|is|are|was|were|scores?|peaks?|leaves?"
    r"|gives?|puts?|marks?"
    r"|looks?|misses|stays?|lies?|falls?|assesse?s?|makes?|ranks?|goes|keeps?|sits?|reach(?:es)?|rejects?"
    r"|differs?|agree"
    r"|disagree|shows?|draws?)\b"
)


_OWN_VERB = re.compile(rf"(?:'s (?:\w+ )?(?:map|score|call|peak|box|answer|attention)\w*\b|{VERB})")


_PRONOUN_VERB = re.compile(rf" (?:they|it|neither|both|this|that)(?= ){VERB}")


_MORE_BOXES = re.compile(r" (?:[a-z]+-sided |midline )?(?:ones|boxes)\b")
"""`three right-sided boxes belong to the one model, two midline ones to the other`."""


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
    if nxt.kind == "count" and _MORE_BOXES.match(s.text, nxt.end):
        return any(x.kind == "role" and x.clause == t.clause for x in s[:i])
    if _PRONOUN_VERB.match(s.text, t.end):
        return _SUBORDINATE.match(s.text) is not None and t.clause <= 3
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


_AND_THE = re.compile(r"\s*, and (?:the )?")
_OWN_STATE = re.compile(
    r" is (?:uncertain|blank|positive|negative)\b| (?:heat)?map (?:is|has|does|lies|peaks|stays|remains)\b"
)
"""Behind one finding that has a verb of its own: `positive for A and B, and C is uncertain`, `and the C map is`."""


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
                and not (_AND_THE.fullmatch(gap) and _OWN_STATE.match(s.text, s[i].end))
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
