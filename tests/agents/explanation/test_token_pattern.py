"""Tokens found by their first letters are the ones the whole pattern finds."""

from __future__ import annotations

import re

import pytest
from cxr_lens.agents.explanation.reading.words.token_pattern import TokenPattern, beginnings
from cxr_lens.agents.explanation.reading.words.words import build_words, plain
from cxr_lens.evals.bench.checker import read_corpus
from cxr_lens.training.findings import CHEXPERT


@pytest.mark.parametrize(
    ("expression", "letters"),
    [
        ("cat|dog", "cd"),
        (r"\bcat\b|\bno (?:dog|cow)", "cn"),
        ("(?:a|the )?cat", "atc"),
        ("(?:very )?(?:big|small)? ?cat", "vbs c"),
        (r"(?<!the )(?=x)\d+", "0123456789"),
        ("[;:]|, so", ";:,"),
        ("(?:(?<=the )(?!cat))c", "c"),
        (r"\w+", None),
        ("a?", None),
        (".x", None),
    ],
)
def test_first_letters_of_an_expression(expression: str, letters: str | None) -> None:
    assert beginnings(expression, 1) == (None if letters is None else frozenset(letters))


@pytest.mark.parametrize(
    ("expression", "starts"),
    [
        ("cat|dog", ["ca", "do"]),
        (r"\bn't\b|a", ["n'", "a"]),
        ("(?:a|the )?cat", ["ac", "th", "ca"]),
        ("s?cat", ["sc", "ca"]),
        ("(?:a.b)c", ["a"]),
        ("x+y", ["xx", "xy"]),
        ("[ab]c|d[^e]", ["ac", "bc", "d"]),
        ("x+y|z{2}", ["xx", "xy", "z", "zz"]),
        (r"(?:\w|a)b", None),
    ],
)
def test_first_two_letters_of_an_expression(expression: str, starts: list[str] | None) -> None:
    found = beginnings(expression, 2)
    assert found is None if starts is None else found is not None and found == frozenset(starts)


def test_tokens_are_those_of_one_big_pattern() -> None:
    pattern = build_words(CHEXPERT).pattern
    whole = re.compile(
        r"(?=\b\w|[^\w\s])(?:" + "|".join(f"(?P<{kind}>{expression})" for kind, expression in pattern.kinds) + ")"
    )
    written = [s.text for _, draft in read_corpus().true for s in draft.sentences]
    for text in map(plain, written[::9]):
        assert [(m.lastgroup, m.span()) for m in pattern.tokens(text)] == [
            (m.lastgroup, m.span()) for m in whole.finditer(text)
        ]


def test_the_first_kind_that_fits_wins() -> None:
    pattern = TokenPattern([("long", r"\bred car\b"), ("colour", r"\bred\b"), ("thing", r"\bcar\b")])
    assert [(m.lastgroup, m.group()) for m in pattern.tokens("a red car, a red cart, a car")] == [
        ("long", "red car"),
        ("colour", "red"),
        ("thing", "car"),
    ]
