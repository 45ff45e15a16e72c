"""The words results are told in, in free English: one pattern whose named groups are the kinds of token of a sentence.

Alternatives stand in order: what comes first wins where two could start at the same place. Names of findings come from
the set of findings; everyday short forms stand in SHORT. Words that no kind lists are read over, except those a
statement turns on (negations, counts, ranks, comparisons), which are kinds of their own: one that no statement of the
sentence takes up makes the sentence unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .....training.findings import FindingSet
from .lexicon import names_of
from .token_pattern import TokenPattern
from .word_kinds import KINDS

SHORT: Mapping[str, tuple[str, ...]] = {
    "Pneumothorax": ("ptx", "pneumothoraces", "px"),
    "Pleural Effusion": ("pleural effusions", "effusions", "pe fluid"),
    "Edema": ("lung edema", "lung oedema"),
    "Cardiomegaly": ("big heart", "heart size", "large heart", "cardiac size", "heart enlargement"),
    "Enlarged Cardiomediastinum": (
        "wide mediastinum",
        "cardiomediastinal enlargement",
        "cardiomediastinum",
        "mediastinal enlargement",
        "cardiomediastinal silhouette",
        "ecm",
    ),
    "Lung Opacity": ("lo", "opacities", "lung opacities", "pulmonary opacity"),
    "Lung Lesion": ("lesion", "lesions", "pulmonary lesion", "lung nodule"),
    "Consolidation": ("air-space disease", "air space disease", "airspace shadowing", "consol"),
    "Atelectasis": ("lung collapse", "atelectases", "atel"),
    "Fracture": ("fx", "rib fractures", "bony fracture"),
    "Support Devices": ("device", "hardware", "tubes and lines", "lines and devices", "support device"),
    "Pleural Other": ("other pleural disease", "other pleural abnormality", "other pleural finding"),
    "Pneumonia": ("pneumonias",),
}
"""Short forms and everyday names that reports of films use for CheXpert's findings."""

NUMBERS = {
    word: n
    for n, word in enumerate(
        [
            "no",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
        ]
    )
} | {"none": 0, "zero": 0, "nothing": 0, "a": 1, "an": 1, "single": 1, "sole": 1}
ORDINALS = {
    "first": 1, "top": 1, "highest": 1, "leading": 1, "surest": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
}  # fmt: skip


@dataclass(frozen=True, eq=False)  # one per set of findings: told apart by identity
class Words:
    """The pattern for one set of findings, and which finding each of its names means."""

    pattern: TokenPattern
    """For text as `spell_out` gives it."""
    finding_of: Mapping[str, str]

    def finding(self, word: str) -> str:
        return self.finding_of[" ".join(word.lower().replace("_", " ").split())]


def build_words(findings: FindingSet) -> Words:
    """The words of a set of findings; built once per set."""
    known = tuple((f.name, (*f.synonyms, *SHORT.get(f.name, ()))) for f in findings.each())
    return _build(known)


@lru_cache(maxsize=8)
def _build(findings: tuple[tuple[str, tuple[str, ...]], ...]) -> Words:
    names = names_of(findings)
    words = sorted((w for w in names if w != "no finding"), key=lambda w: (-len(w), w))
    alternatives = "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in words)
    spelled = rf"\b(?:no_finding|{alternatives})\b(?! ?(?:reader|standard))"
    kinds = [
        (kind, spelled if kind == "finding" else pattern.replace("{findings}", alternatives))
        for kind, pattern in KINDS
    ]
    return Words(TokenPattern(kinds), names)


def named_findings(text: str, words: Words) -> tuple[str, ...]:
    """Findings a text names, by name or synonym."""
    found = (m for m in words.pattern.tokens(plain(text)) if m.lastgroup == "finding")
    return tuple(dict.fromkeys(words.finding(m.group()) for m in found))


def plain(text: str) -> str:
    """Lower case, but the label No Finding is one word, apart from `calls no finding`."""
    return text.replace("No Finding", "no_finding").lower()
