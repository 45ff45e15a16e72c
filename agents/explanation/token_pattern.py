"""One pattern of many kinds, tried only where it can begin: tokens of a text without forty attempts at every word.

A regular expression with named alternatives tries each of them at each position. Here the letter a word begins with
picks those that can start with it, which the expressions themselves tell (`first_letters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_START = re.compile(r"\b\w|[^\w\s]")


class TokenPattern:
    """Finds tokens of the given kinds in order of preference; every token starts at a word or a sign."""

    def __init__(self, kinds: Sequence[tuple[str, str]]):
        self.kinds = tuple(kinds)
        self._parts = [
            (kind, [(part, first_letters(part)) for part in _alternatives(expression)]) for kind, expression in kinds
        ]
        self._of_letter: dict[str, re.Pattern[str] | None] = {}

    def tokens(self, text: str) -> Iterator[re.Match[str]]:
        """Matches from left to right, none overlapping; `lastgroup` is the kind."""
        at = 0
        while start := _START.search(text, at):
            at = start.end()
            match = self.token(text, start.start())
            if match is not None:
                yield match
                at = max(match.end(), at)

    def token(self, text: str, at: int) -> re.Match[str] | None:
        """The token that starts at a place, if one does."""
        letter = text[at : at + 1]
        if letter not in self._of_letter:
            self._of_letter[letter] = self._compile(letter)
        pattern = self._of_letter[letter]
        return None if pattern is None else pattern.match(text, at)

    def _compile(self, letter: str) -> re.Pattern[str] | None:
        fits = [
            (kind, "|".join(part for part, first in parts if first is None or letter in first))
            for kind, parts in self._parts
        ]
        fits = [(kind, expression) for kind, expression in fits if expression]
        return re.compile("|".join(f"(?P<{kind}>{expression})" for kind, expression in fits)) if fits else None


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


def first_letters(expression: str) -> frozenset[str] | None:
    """Characters a match can begin with; None where that is any. For the plain syntax of lexicon.py."""
    letters: set[str] = set()
    for alternative in _split(expression):
        found, optional = _first(alternative)
        if found is None or optional:
            return None
        letters |= found
    return frozenset(letters)


def _first(sequence: str) -> tuple[set[str] | None, bool]:
    """(first characters, whether the sequence can match nothing)."""
    letters: set[str] = set()
    at = 0
    while at < len(sequence):
        item, end = _item(sequence, at)
        optional = sequence[end : end + 1] in ("?", "*") or sequence[end : end + 3] == "{0,"
        at = end + (1 if sequence[end : end + 1] in ("?", "*", "+") else 0)
        if re.match(r"\\b|\(\?<?[=!]", item):
            continue  # matches no character itself
        if item.startswith("("):
            inner = first_letters(re.sub(r"^\((?:\?:|\?P<\w+>)?", "", item)[:-1])
            if inner is None:
                return None, False
            letters |= inner
        elif item == r"\d":
            letters |= set("0123456789")
        elif item.startswith("[") and not re.search(r"\\|\^|\w-\w", item):
            letters |= set(item[1:-1])
        elif len(item) == 1 and item != ".":
            letters.add(item)
        elif item.startswith("\\") and not item[1].isalnum():
            letters.add(item[1])
        else:
            return None, False
        if not optional:
            return letters, False
    return letters, True


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
