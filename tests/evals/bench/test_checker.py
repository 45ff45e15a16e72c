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


def test_under_two_percent_of_true_explanations_are_refused(corpus: Corpus) -> None:
    refused = [(phrasing, cuts[0].text, cuts[0].reason) for phrasing, cuts in false_alarms(corpus)]
    assert len(refused) < 0.02 * len(corpus.true), refused


def test_every_tampered_sentence_is_caught(corpus: Corpus) -> None:
    assert [(item.kind, item.sentence.text) for item in missed(corpus)] == []


def test_the_benchmark_reports_its_figures() -> None:
    figures = run()
    assert figures["caught"] == 1
    assert figures["false_alarms"] < 0.02
    assert 0 < figures["ms_per_report"] < 50  # 5 on an idle machine; tests share theirs
