"""A sentence as tokens with their clauses and brackets, and the models and findings they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..words.words import Words

ROLE_KINDS = frozenset(["role", "both", "neither", "either", "former", "other"])


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


class Who(NamedTuple):
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
