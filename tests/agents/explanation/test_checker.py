"""The checker lets the narrator's own sentences through and refuses every tampering of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from cxr_lens.agents.explanation.checker import check_draft, find_mistakes
from cxr_lens.agents.explanation.facts import read_facts
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.records import Section, Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]
CHANGES: tuple[dict, ...] = ({}, {"positive": 0.0}, {"positive": 0.8})


def reason(brief: Brief, text: str, *cited: str) -> str | None:
    """Why a sentence is refused; it cites everything unless told."""
    evidence = cited or tuple(item.id for item in brief.evidence)
    mistakes = find_mistakes(Draft(sentences=(Sentence(text=text, evidence=evidence),)), brief)
    return mistakes[0].reason if mistakes else None


def sentences_of(draft: Draft) -> Iterator[Sentence]:
    yield from draft.sentences
    for section in draft.sections:
        yield from section.sentences


@pytest.fixture(scope="module")
def cases(make_brief: MakeBrief) -> list[tuple[Brief, Draft]]:
    narrator = OfflineNarrator()
    briefs = [
        make_brief(seed, revealed, about, (None, "easy", "average", "hard")[seed % 4], **CHANGES[seed % 3])
        for seed in range(12)
        for revealed in (True, False)
        for about in (True, False)
    ]
    return [(brief, narrator.write(brief)) for brief in briefs]


def test_everything_the_narrator_writes_passes(cases: list[tuple[Brief, Draft]]) -> None:
    for brief, draft in cases:
        assert find_mistakes(draft, brief) == ()
        sentences, sections, limits, cut = check_draft(draft, brief)
        assert (len(sentences), len(sections), limits, cut) == (
            len(draft.sentences),
            len(draft.sections),
            draft.limits,
            (),
        )


def changed_number(text: str, brief: Brief) -> str | None:
    return re.sub(r"0\.\d\d", lambda m: f"{(float(m[0]) + 0.13) % 1:.2f}", text, count=1)


def swapped_side(text: str, brief: Brief) -> str | None:
    return re.sub(
        r"\b(left|right)(?= (?:lung|upper|mid|lower|apex|hilum|peri|costo|cardio|pleural))",
        lambda m: "left" if m[0] == "right" else "right",
        text,
        count=1,
    )


def moved_zone(text: str, brief: Brief) -> str | None:
    return re.sub(
        r"(peaks? in the )(left|right) (apex|upper lung|mid lung|lower lung)",
        lambda m: f"{m[1]}{m[2]} {'hilum' if m[3] != 'hilum' else 'apex'}",
        text,
        count=1,
    )


def exchanged_models(text: str, brief: Brief) -> str | None:
    held = text.replace("fine-tuned model", "\0").replace("baseline", "fine-tuned model")
    return held.replace("\0", "baseline").replace("fine-tuned ", "\1").replace("\1", "fine-tuned ")


def changed_verdict(text: str, brief: Brief) -> str | None:
    swap = {"IMPROVED": "WORSE", "WORSE": "NO CHANGE", "NO CHANGE": "IMPROVED"}
    return re.sub(r"NO CHANGE|IMPROVED|WORSE", lambda m: swap[m[0]], text, count=1)


def changed_outcome(text: str, brief: Brief) -> str | None:
    swap = {"true positive": "false positive", "false positive": "true positive"}
    swap |= {"true negative": "false negative", "false negative": "true negative"}
    swap |= {"correctly calls": "falsely calls", "falsely calls": "correctly calls"}
    return re.sub("|".join(swap), lambda m: swap[m[0]], text, count=1)


def flipped_negation(text: str, brief: Brief) -> str | None:
    flips = {
        "Neither model calls": "Both models call",
        "does not, with": "does too, with",
        "do not name": "name",
        "labels name": "labels do not name",
        "Both models are right": "Neither model is right",
        "Neither model is right": "Both models are right",
        "differ on": "agree on",
        "agree on": "differ on",
        "marks no box": "marks one box",
    }
    for old, new in flips.items():
        if old in text:
            return text.replace(old, new, 1)
    return None


TAMPERINGS = (
    changed_number,
    swapped_side,
    moved_zone,
    changed_verdict,
    changed_outcome,
    flipped_negation,
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda f: f.__name__)
def test_every_tampering_of_the_narrators_sentences_is_caught(
    tamper: Callable[[str, Brief], str | None], cases: list[tuple[Brief, Draft]]
) -> None:
    tried = 0
    for brief, draft in cases:
        for sentence in sentences_of(draft):
            text = tamper(sentence.text, brief)
            if text is None or text == sentence.text:
                continue
            tried += 1
            assert reason(brief, text, *sentence.evidence), f"{sentence.text}\n-> {text}"
    assert tried >= 8


def test_models_exchanged_in_the_score_lines_is_caught(cases: list[tuple[Brief, Draft]]) -> None:
    tried = 0
    for brief, draft in cases:
        for sentence in draft.sentences:
            if "against" not in sentence.text or "baseline" not in sentence.text:
                continue
            text = exchanged_models(sentence.text, brief)
            assert text is not None
            tried += 1
            assert reason(brief, text, *sentence.evidence), text
    assert tried >= 8


def test_an_invented_id_and_a_number_without_evidence_are_refused(cases: list[tuple[Brief, Draft]]) -> None:
    brief, draft = cases[0]
    sentence = next(s for s in sentences_of(draft) if "against its threshold" in s.text)
    bare = Sentence(text=sentence.text, evidence=())
    invented = Sentence(text=sentence.text, evidence=(*sentence.evidence, "predict.third"))
    mistakes = find_mistakes(Draft(sentences=(bare, invented)), brief)
    assert len(mistakes) == 2
    assert re.search(r"nothing cited says so: cite (?:compare|predict)\S* too", mistakes[0].reason)
    assert "'predict.third' was never collected" in mistakes[1].reason


@pytest.mark.parametrize(
    "text",
    [
        "The baseline correctly calls pneumonia.",
        "The fine-tuned model missed the effusion.",
        "This is a true positive of the baseline for edema.",
        "FP for the baseline on edema.",
        "Only the baseline is right on this film.",
        "Perhaps the baseline gets pneumonia right.",
        "The fine-tuned model may be wrong about edema.",
        "Pneumonia is present.",
        "Fine-tuning IMPROVED the model.",
    ],
)
def test_blind_text_that_speaks_of_the_truth_is_refused(make_brief: MakeBrief, text: str) -> None:
    why = reason(make_brief(3, revealed=False), text)
    assert why is not None
    assert "hidden" in why


def test_a_visible_sign_stated_as_seen_is_refused_and_passes_as_knowledge(make_brief: MakeBrief) -> None:
    brief = make_brief(3)
    assert "no tool sees" in (reason(brief, "The left costophrenic angle is blunted here.") or "")
    assert reason(brief, "An effusion typically shows blunting of the angle.") is None
    assert "no tool sees" in (reason(brief, "This may be a tumour.") or "")


def test_a_sentence_that_says_nothing_is_refused_unless_it_is_an_interpretation(make_brief: MakeBrief) -> None:
    brief = make_brief(3)
    assert reason(brief, "The film was looked at with care.") is not None
    assert reason(brief, "The answers may rest on something else.") is None


def test_marks_are_the_checkers_and_hedged_sentences_are_interpretations(make_brief: MakeBrief) -> None:
    brief = make_brief(3)
    draft = Draft(
        sentences=(Sentence(text="The answers may rest on something else.", evidence=(), mark="supported"),)
    )
    (kept,), _, _, _ = check_draft(draft, brief)
    assert kept.mark == "interpretation"


def test_what_stays_wrong_is_cut_with_its_reason_and_the_rest_is_kept(make_brief: MakeBrief) -> None:
    brief = make_brief(3)
    good = OfflineNarrator().write(brief).sentences[0]
    bad = Sentence(text="The baseline calls pneumonia with 0.999 against its threshold of 0.001.", evidence=())
    draft = Draft(
        sentences=(good, bad),
        sections=(Section(title="The missed pneumonia", sentences=(good, bad)), Section(title="B", sentences=(bad,))),
        limits=("Fine-tuning has improved everything about cancer.", "Scores are no diagnosis."),
    )
    sentences, sections, limits, cut = check_draft(draft, brief)
    assert [s.text for s in sentences] == [good.text]
    assert [(s.title, len(s.sentences)) for s in sections] == [("More", 1)]
    assert limits == ("Scores are no diagnosis.",)
    assert [c.text for c in cut].count(bad.text) == 3
    assert {c.text for c in cut} >= {"The missed pneumonia", draft.limits[0]}


def test_at_most_five_sentences_of_summary_are_kept_and_the_rest_is_reported(make_brief: MakeBrief) -> None:
    brief = make_brief(3)
    good = OfflineNarrator().write(brief).sentences[0]
    sentences, _, _, cut = check_draft(Draft(sentences=(good,) * 7), brief)
    assert len(sentences) == 5
    assert len(cut) == 2
    assert "5 sentences at most" in cut[0].reason


def test_a_score_passes_when_rounded_and_fails_a_digit_off(make_brief: MakeBrief) -> None:
    brief = make_brief(4)
    (role, finding), reading = next(
        (key, r) for key, r in read_facts(brief.evidence).readings.items() if key[0] == "baseline"
    )
    assert role == "baseline"
    for digits in (2, 3, 4):
        assert reason(brief, f"The baseline scores {finding} at {reading.score:.{digits}f}.") is None
        wrong = reading.score + 1.6 * 10**-digits
        assert reason(brief, f"The baseline scores {finding} at {wrong:.{digits}f}.") is not None
    assert reason(brief, f"The baseline scores {finding} at {100 * reading.score:.0f} %.") is None


def judged(brief: Brief, *texts: str) -> list[bool]:
    """Which sentences of a text pass, each citing everything."""
    evidence = tuple(item.id for item in brief.evidence)
    draft = Draft(sentences=tuple(Sentence(text=text, evidence=evidence) for text in texts))
    cut = {c.text for c in find_mistakes(draft, brief)}
    return [text not in cut for text in texts]


def test_a_sentence_may_refer_to_the_one_before_and_is_held_to_it(make_brief: MakeBrief) -> None:
    brief = make_brief(4)
    (_, finding), reading = next((k, r) for k, r in read_facts(brief.evidence).readings.items() if k[0] == "baseline")
    first = f"The baseline scores {finding} at {reading.score:.2f}."
    right, wrong = ("above", "below") if reading.positive else ("below", "above")
    assert judged(brief, first, f"It lies {right} its threshold of {reading.threshold:.3f}.") == [True, True]
    assert judged(brief, first, f"It lies {wrong} its threshold of {reading.threshold:.3f}.") == [True, False]
    assert judged(brief, f"It lies {right} its threshold of {reading.threshold:.3f}.") == [False]


TWISTS = (
    "The {model} calls everything but {finding}.",
    "The {model} calls {finding}, which the labels hardly deny.",
    "The {model} does not, as its score shows, call {finding}.",
    "The {model} hardly calls {finding}.",
    "Only one of them calls {finding}.",
    "The {model} is unsure about {finding}.",
    "The {model} calls {finding} twice as surely.",
    "{finding} is called by nobody.",
)


@pytest.mark.parametrize("twist", TWISTS)
def test_what_turns_a_statement_round_is_never_read_over(make_brief: MakeBrief, twist: str) -> None:
    brief = make_brief(4)
    finding = next(f for (r, f), x in read_facts(brief.evidence).readings.items() if r == "baseline" and x.positive)
    assert reason(brief, f"The baseline calls {finding}.") is None
    assert reason(brief, twist.format(model="baseline", finding=finding)) is not None


@pytest.mark.parametrize("empty", [(), ("baseline",), ("finetuned",), ("baseline", "finetuned")])
def test_who_has_a_map_to_show_is_held_to_the_maps(make_brief: MakeBrief, empty: tuple[str, ...]) -> None:
    brief = make_brief(4, about="Edema", empty=empty)
    said = {
        (): "For edema both models have a map to show.",
        ("finetuned",): "For edema only the baseline has a map to show.",
        ("baseline",): "For edema the baseline does not have a map to show.",
        ("baseline", "finetuned"): "For edema neither model has a map to show.",
    }
    holds = {empty} | ({("baseline",)} if "baseline" in empty else set())
    assert {case for case, text in said.items() if reason(brief, text) is None} == holds
    for seed in range(12):
        other = make_brief(seed, revealed=seed % 2 == 0, empty=empty)
        assert find_mistakes(OfflineNarrator().write(other), other) == ()
