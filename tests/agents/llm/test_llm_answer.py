"""Explanations read out of what LLMs really write: fences, thoughts, trailing commas, cut ends, prose, nonsense."""

from __future__ import annotations

import json

import pytest
from cxr_lens.agents.llm.answer import MOST_SENTENCES, AnswerError, read_answer, read_beginning, split_sentences

IDS = ("predict.baseline", "predict.finetuned", "compare", "gradcam.baseline.edema")
GOOD = {
    "sentences": [
        {"text": "Both models call edema.", "evidence": ["predict.baseline", "predict.finetuned"]},
        {"text": "They agree.", "evidence": ["compare"]},
    ]
}
TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "answer",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Here is the explanation:\n\n{TEXT}\n\nI hope this helps!",
        f'<think>It might be {{"sentences": []}} or so.</think>{TEXT}',
        json.dumps(GOOD, indent=2),
        TEXT.replace("}]}", "},]}"),
        TEXT.replace('"', "“", 1).replace('"', "”", 1),
        TEXT[:-1],
        TEXT[:-2],
        json.dumps({"notes": ["predict.baseline: 0.71"], **GOOD}),
        json.dumps(
            {"sentences": ["Both models call edema. [predict.baseline, predict.finetuned]", "They agree. (compare)"]}
        ),
        json.dumps(
            {"sentences": "Both models call edema [predict.baseline; predict.finetuned]. They agree (compare)."}
        ),
    ],
)
def test_both_sentences_are_read_whatever_is_around_them(answer: str) -> None:
    draft = read_answer(answer, IDS)
    assert [s.text for s in draft.sentences] == ["Both models call edema.", "They agree."]
    assert draft.sentences[0].evidence == ("predict.baseline", "predict.finetuned")


def test_an_answer_cut_off_in_a_sentence_keeps_the_whole_ones() -> None:
    cut = TEXT[: TEXT.index("They agree") + 6]
    assert [s.text for s in read_answer(cut, IDS).sentences] == ["Both models call edema."]


@pytest.mark.parametrize(
    "answer",
    ["", "no JSON here", "{", "[]", "{}", '{"sentences": []}', '{"sentences": [{"text": 3}]}', '{"sentences": 7}'],
)
def test_nothing_to_read_is_an_error(answer: str) -> None:
    with pytest.raises(AnswerError):
        read_answer(answer, IDS)


def test_prose_is_taken_only_where_it_is_asked_for() -> None:
    text = "**Both** models call edema [predict.baseline].\n- They agree [compare]."
    with pytest.raises(AnswerError):
        read_answer(text, IDS)
    draft = read_answer(text, IDS, prose=True)
    assert [(s.text, s.evidence) for s in draft.sentences] == [
        ("Both models call edema.", ("predict.baseline",)),
        ("They agree.", ("compare",)),
    ]


def test_one_entry_with_several_sentences_becomes_several() -> None:
    entry = {
        "text": "The score is 0.71 against 0.50. It peaks low, e.g. in the base. So do both.",
        "evidence": ["compare"],
    }
    draft = read_answer(json.dumps({"sentences": [entry]}), IDS)
    assert [s.text for s in draft.sentences] == [
        "The score is 0.71 against 0.50.",
        "It peaks low, e.g. in the base.",
        "So do both.",
    ]
    assert all(s.evidence == ("compare",) for s in draft.sentences)


def test_sections_are_taken_only_under_titles_that_were_asked_for() -> None:
    answer = {
        "sentences": GOOD["sentences"],
        "sections": [
            {"title": "film", "sentences": GOOD["sentences"]},
            {"title": "Pneumonia is certain", "sentences": GOOD["sentences"]},
            {"title": "Film", "sentences": GOOD["sentences"]},
            {"title": "Edema", "sentences": []},
            "nonsense",
        ],
    }
    assert [s.title for s in read_answer(json.dumps(answer), IDS, ["Film", "Edema"]).sections] == ["Film"]


def test_padding_overlong_sentences_and_hidden_characters_are_dropped() -> None:
    sentences = ["x" * 700 + ".", "All\u202eis\x00well \u200bhere.", *("Sentence number more." for _ in range(50))]
    draft = read_answer(json.dumps({"sentences": sentences}), IDS)
    assert draft.sentences[0].text == "All is well here."
    assert len(draft.sentences) == MOST_SENTENCES


def test_a_deep_or_huge_object_is_refused_quickly() -> None:
    for answer in ("[" * 50_000, '{"a":' * 30_000, "{" * 40_000, '{"sentences": [' + '{"x": 1},' * 4000):
        with pytest.raises(AnswerError):
            read_answer(answer, IDS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two.", 2),
        ("Score 0.5 vs. 0.6 here.", 1),
        ("It is 5.2. Then more.", 2),
        ("Done!  (Really?) Yes.", 3),
        ("", 0),
    ],
)
def test_sentences_are_split_at_their_ends_alone(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


REPORT = {
    "notes": ['a note with "sentences": [in it'],
    **GOOD,
    "sections": [{"title": "Where they look", "sentences": [{"text": "It peaks low.", "evidence": ["compare"]}]}],
}


@pytest.mark.parametrize("indent", [None, 2])
def test_every_beginning_of_an_answer_holds_the_whole_sentences_so_far_and_no_half_one(indent: int | None) -> None:
    text = json.dumps(REPORT, indent=indent)
    whole = read_answer(text, IDS, ["Where they look"])
    told = [s.text for s in whole.sentences] + [s.text for section in whole.sections for s in section.sentences]
    counts = []
    for end in range(len(text) + 1):
        draft = read_beginning(text[:end], IDS, ["Where they look"])
        so_far = [*draft.sentences, *(s for section in draft.sections for s in section.sentences)]
        assert [s.text for s in so_far] == told[: len(so_far)]
        assert all(s.evidence for s in so_far)
        counts.append(len(so_far))
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3}
    assert read_beginning(text, IDS, ["Where they look"]) == whole


def test_the_beginning_of_prose_holds_the_sentences_that_ended() -> None:
    text = "Both models call edema [predict.baseline]. They agree [compare]. It pea"
    assert [s.text for s in read_beginning(text, IDS, prose=True).sentences] == [
        "Both models call edema.",
        "They agree.",
    ]
    assert read_beginning(text, IDS).sentences == ()
