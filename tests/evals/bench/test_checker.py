"""The checker on its corpus: everything true passes, everything tampered with is caught."""

from __future__ import annotations

from collections import Counter

import pytest
from cxr_lens.evals.bench.checker import Corpus, false_alarms, missed, read_corpus, run

KINDS = ("comparison", "count", "finding", "invented id", "models", "negation", "no evidence", "outcome", "score")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def test_the_corpus_holds_five_hundred_explanations_and_every_kind_of_tampering(corpus: Corpus) -> None:
    assert len(corpus.true) >= 500
    kinds = Counter(item.kind for item in corpus.tampered)
    assert set(kinds) >= {*KINDS, "side", "zone", "verdict", "threshold", "level", "projection"}
    assert min(kinds.values()) >= 20
    for item in corpus.tampered:
        assert item.sentence.text != item.original or item.kind in ("invented id", "no evidence")


def test_half_of_the_explanations_are_by_writers_who_had_not_seen_the_checker(corpus: Corpus) -> None:
    unseen = [p for p in corpus.phrasings if p.startswith("unseen")]
    assert len(unseen) >= len(corpus.phrasings) / 2


def test_true_explanations_pass_as_often_as_the_readme_says(corpus: Corpus) -> None:
    """All in composed wordings; of those in free wordings what is measured, which the aim of 2 % is far from."""
    refused = Counter(phrasing for phrasing, _ in false_alarms(corpus))
    asked = Counter(corpus.phrasings)
    assert refused["free-a"] == 0
    assert refused["unseen-a"] <= 0.15 * asked["unseen-a"]
    assert refused["unseen-b"] <= 0.26 * asked["unseen-b"]


def test_every_tampered_sentence_is_caught(corpus: Corpus) -> None:
    assert [(item.kind, item.sentence.text) for item in missed(corpus)] == []


def test_the_benchmark_reports_its_figures() -> None:
    figures = run()
    assert figures["caught"] == 1
    assert figures["false_alarms"] < 0.11
    assert 0 < figures["ms_per_report"] < 50  # 13 on a quiet one; tests share theirs
