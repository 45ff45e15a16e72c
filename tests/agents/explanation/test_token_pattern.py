"""Tokens found by first letter are the ones the whole pattern finds."""

from __future__ import annotations

import re

import pytest
from cxr_lens.agents.explanation.sentence_words import build_words, plain
from cxr_lens.agents.explanation.token_pattern import TokenPattern, first_letters
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
        (r"\w+", None),
        ("a?", None),
        (".x", None),
    ],
)
def test_first_letters_of_an_expression(expression: str, letters: str | None) -> None:
    assert first_letters(expression) == (None if letters is None else frozenset(letters))


def test_tokens_are_those_of_one_big_pattern() -> None:
    pattern = build_words(CHEXPERT).pattern
    whole = re.compile(
        r"(?=\b\w|[^\w\s])(?:" + "|".join(f"(?P<{kind}>{expression})" for kind, expression in pattern.kinds) + ")"
    )
    text = plain(
        "Only the fine-tuned model correctly calls pleural effusion (0.62 against its threshold of 0.50), which the "
        "labels name; neither map for No Finding peaks in the neck, and 34 % of it lies off the body."
    )
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
