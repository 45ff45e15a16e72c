"""The checker on its corpus: everything true passes, everything tampered with is caught."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cxr_lens.agents.explanation.checker import Check
from cxr_lens.evals.bench.checker import Corpus, false_alarms, missed, read_corpus, run

KINDS = ("comparison", "count", "finding", "invented id", "models", "negation", "no evidence", "outcome", "score")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def test_the_corpus_holds_five_hundred_explanations_and_every_kind_of_tampering(corpus: Corpus) -> None:
    assert len(corpus.true) >= 500
    kinds = Counter(item.kind for item in corpus.tampered)
    assert set(kinds) >= {*KINDS, "side", "zone", "verdict", "threshold", "level", "projection", "rank"}
    assert min(kinds.values()) >= 20
    for item in corpus.tampered:
        assert item.sentence.text != item.original or item.kind in ("invented id", "no evidence")


def test_half_of_the_explanations_are_by_writers_who_had_not_seen_the_checker(corpus: Corpus) -> None:
    written = [p for p in corpus.phrasings if p.startswith(("unseen", "prompted", "answered"))]
    assert len(written) >= len(corpus.phrasings) / 2


def test_fewer_than_two_in_a_hundred_true_explanations_are_refused(corpus: Corpus) -> None:
    refused = Counter(phrasing for phrasing, _ in false_alarms(corpus))
    asked = Counter(corpus.phrasings)
    assert refused.total() < 0.02 * len(corpus.true)
    assert refused["free-a"] == 0
    assert {p: n for p, n in refused.items() if n > 0.04 * asked[p]} == {}


def test_every_tampered_sentence_is_caught(corpus: Corpus) -> None:
    assert [(item.kind, item.sentence.text) for item in missed(corpus)] == []


def changed(text: str) -> Iterator[str]:
    """The text with one number, side or outcome made another."""
    for m in re.finditer(r"\b[01]\.\d\d+\b|\b\d+(?= ?%)", text):
        if "." in m[0]:
            number = float(m[0])
            other = f"{number + 0.13 if number < 0.8 else number - 0.13:.{len(m[0].split('.')[1])}f}"
        else:
            other = str(int(m[0]) + 9 if int(m[0]) < 85 else int(m[0]) - 9)
        yield text[: m.start()] + other + text[m.end() :]
    for m in re.finditer(r"\b(left|right)(?= (?:apex|upper|mid|lower|hilum|peri|costo|cardio|pleural))", text):
        yield text[: m.start()] + ("left" if m[0] == "right" else "right") + text[m.end() :]
    for m in re.finditer(r"\b([TF])([PN])\b", text):
        yield f"{text[: m.start()]}{'F' if m[1] == 'T' else 'T'}{m[2]}{text[m.end() :]}"


def test_no_sentence_that_passes_does_so_with_another_number_side_or_outcome(corpus: Corpus) -> None:
    tried, passed = 0, []
    for (brief, draft), phrasing in zip(corpus.true, corpus.phrasings, strict=True):
        if phrasing == "free-a":
            continue
        check = Check(brief)
        parts = [("", draft.sentences), *((s.title, s.sentences) for s in draft.sections)]
        for title, sentences in parts:
            for at, (sentence, mark, _) in enumerate(check.judge_all(sentences, title)):
                held = mark is not None and sentence.evidence  # general knowledge cites nothing
                for text in changed(sentence.text) if held else ():
                    tried += 1
                    told = (*sentences[:at], sentence.model_copy(update={"text": text}))
                    if list(check.judge_all(told, title))[-1][1] is not None:
                        passed.append(text)
    assert passed == []
    assert tried > 3000


def test_the_benchmark_reports_its_figures(corpus: Corpus) -> None:
    few = replace(corpus, briefs=corpus.briefs[:6], true=corpus.true[:40], phrasings=corpus.phrasings[:40])
    figures = run(replace(few, tampered=corpus.tampered[:200]))
    assert (figures["caught"], figures["false_alarms"], figures["explanations"]) == (1, 0, 40)
    assert 0 < figures["ms_per_report"] < 100  # 24 on a quiet machine; tests share theirs
