"""One pattern of many kinds, tried only where it can begin: tokens of a text without forty attempts at every word.

A regular expression with named alternatives tries each of them at each position. Here the three letters that a word
begins with pick those that can start with them, which the expressions themselves tell (`beginnings`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_START = re.compile(r"\b\w|[^\w\s]")
_LETTERS = 3
"""Of a word, by which the expressions that can begin there are picked."""


class TokenPattern:
    """Finds tokens of the given kinds in order of preference; every token starts at a word or a sign."""

    def __init__(self, kinds: Sequence[tuple[str, str]]):
        self.kinds = tuple(kinds)
        self._parts = [
            (kind, [(part, beginnings(part)) for part in _alternatives(expression)]) for kind, expression in kinds
        ]
        self._of_letters: dict[str, re.Pattern[str] | None] = {}
        self._compiled: dict[str, re.Pattern[str]] = {}

    def tokens(self, text: str) -> list[re.Match[str]]:
        """Matches from left to right, none overlapping; `lastgroup` is the kind."""
        found: list[re.Match[str]] = []
        end = 0
        for start in _START.finditer(text):
            at = start.start()
            if at < end:
                continue
            letters = text[at : at + _LETTERS]
            if letters not in self._of_letters:
                self._of_letters[letters] = self._compile(letters)
            pattern = self._of_letters[letters]
            if pattern is not None and (match := pattern.match(text, at)) is not None:
                found.append(match)
                end = match.end()
        return found

    def _compile(self, letters: str) -> re.Pattern[str] | None:
        """What can begin with these letters; None for nothing. Most beginnings of words share theirs with others."""
        prefixes = {letters[:n] for n in range(1, _LETTERS + 1)}
        fits = [
            (kind, "|".join(part for part, starts in parts if starts is None or starts & prefixes))
            for kind, parts in self._parts
        ]
        whole = "|".join(f"(?P<{kind}>{expression})" for kind, expression in fits if expression)
        if whole and whole not in self._compiled:
            self._compiled[whole] = re.compile(whole)
        return self._compiled[whole] if whole else None


_GROUPED = re.compile(r"(\\b)?\(\?:")


def _alternatives(expression: str) -> list[str]:
    """The alternatives of an expression, `\\b(?:cat|dog)s` taken apart as well; their order is kept."""
    found: list[str] = []
    for part in _split(expression):
        group = _GROUPED.match(part)
        if group is not None:
            at = 2 if group[1] else 0
            item, end = _item(part, at)
            if part[end : end + 1] not in ("?", "*", "+", "{") or not part[end:]:
                found += [f"{part[:at]}(?:{inner}){part[end:]}" for inner in _split(item[3:-1])]
                continue
        found.append(part)
    return found


def beginnings(expression: str, length: int = _LETTERS) -> frozenset[str] | None:
    """What a match can begin with, in characters; a shorter one stands for all that begin with it, None for anything.

    For the plain syntax of lexicon.py.
    """
    found = {start.rstrip(_ANY) for start in _starts(expression, length)}
    return None if "" in found else frozenset(found)


_ANY = "\0"
"""Ends a beginning behind which anything may stand."""


def _starts(expression: str, length: int) -> set[str]:
    """What a match can begin with; one that is shorter is the whole match, or ends with `_ANY`."""
    return set().union(*(_starts_in_order(part, length) for part in _split(expression)))


def _starts_in_order(sequence: str, length: int) -> set[str]:
    open_, done = {""}, set[str]()
    at = 0
    while at < len(sequence) and open_:
        item, end = _item(sequence, at)
        mark = sequence[end : end + 1]
        optional = mark in ("?", "*") or sequence[end : end + 3] == "{0,"
        at = sequence.index("}", end) + 1 if mark == "{" else end + (mark in ("?", "*", "+"))
        letters = _starts_of_item(item, length)
        if mark in ("*", "+", "{"):
            letters = letters | {x + (y or x) + _ANY for x in letters for y in letters if not x.endswith(_ANY)}
        longer = {(x + y)[:length] for x in open_ for y in letters} | (open_ if optional else set())
        done |= {x for x in longer if len(x) == length or x.endswith(_ANY)}
        open_ = longer - done
    return done | open_


def _starts_of_item(item: str, length: int) -> set[str]:
    if re.match(r"\\[bB]|\(\?<?[=!]", item):
        return {""}  # matches no character itself
    if item.startswith("("):
        return _starts(re.sub(r"^\((?:\?:|\?P<\w+>)?", "", item)[:-1], length)
    if item == r"\d":
        return set("0123456789")
    if item.startswith("["):
        return {_ANY} if re.search(r"\\|\^|\w-\w", item) else set(item[1:-1])
    if item.startswith("\\"):
        return {_ANY} if item[1].isalnum() else {item[1]}
    return {_ANY} if item == "." else {item}


def _item(sequence: str, at: int) -> tuple[str, int]:
    """One item of a sequence and where it ends: a group, a class, an escape or a character."""
    if sequence[at] == "(":
        depth, end = 0, at
        while True:
            if sequence[end] == "\\":
                end += 1
            elif sequence[end] == "[":
                end = sequence.index("]", end)
            else:
                depth += {"(": 1, ")": -1}.get(sequence[end], 0)
            end += 1
            if depth == 0:
                return sequence[at:end], end
    if sequence[at] == "[":
        end = sequence.index("]", at) + 1
        return sequence[at:end], end
    end = at + (2 if sequence[at] == "\\" else 1)
    return sequence[at:end], end


def _split(expression: str) -> list[str]:
    """Alternatives at the top level."""
    parts, start, at = [], 0, 0
    while at < len(expression):
        if expression[at] == "|":
            parts.append(expression[start:at])
            start = at = at + 1
        else:
            _, at = _item(expression, at)
    return [*parts, expression[start:]]
