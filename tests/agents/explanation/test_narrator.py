"""What the offline narrator says, and when."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.state import Brief, Draft
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT

MakeBrief = Callable[..., Brief]
LEVELS = ("easy", "average", "hard")


def text_of(draft: Draft) -> str:
    return " ".join(s.text for s in draft.sentences)


def whole_text(draft: Draft) -> str:
    parts = [s.text for section in draft.sections for s in section.sentences]
    return " ".join([text_of(draft), *parts, *draft.limits])


@pytest.mark.parametrize("revealed", [True, False])
def test_levels_lead_to_different_questions(make_brief: MakeBrief, revealed: bool) -> None:
    different = 0
    for seed in range(12):
        texts = {text_of(OfflineNarrator().write(make_brief(seed, revealed, level=level))) for level in LEVELS}
        different += len(texts) == 3
    assert different >= 10  # where no map exists, easy and average have no question to answer


def test_a_hard_case_is_asked_why_both_struggle_and_an_easy_one_whether_the_place_fits(make_brief: MakeBrief) -> None:
    assert "may struggle" in text_of(OfflineNarrator().write(make_brief(1, level="hard")))
    assert "anatomically relevant" in text_of(OfflineNarrator().write(make_brief(1, level="easy")))


def test_a_map_that_misses_its_places_narrowly_is_less_plausible_and_not_elsewhere(make_brief: MakeBrief) -> None:
    told = set()
    for seed in range(30):
        for second in (0.47, 0.3):
            plausible = {("baseline", f): 0.8 for f in CHEXPERT.names} | {
                ("finetuned", f): second for f in CHEXPERT.names
            }
            brief = make_brief(seed, level="easy", plausible=plausible)
            text = text_of(OfflineNarrator().write(brief))
            if "rest on something else" in text:
                told.add((second, "elsewhere"))
            if "attention is the more plausible" in text:
                assert second == 0.47
                assert "the baseline's attention is the more plausible" in text
                assert "(80 % of the activation)" in text
                assert "outside the usual places" not in text
                told.add((second, "less"))
    assert told >= {(0.47, "less"), (0.3, "elsewhere")}


@pytest.mark.parametrize("about", [True, False])
@pytest.mark.parametrize("revealed", [True, False])
def test_a_summary_has_one_to_five_different_sentences(make_brief: MakeBrief, revealed: bool, about: bool) -> None:
    for seed in range(40):
        sentences = OfflineNarrator().write(make_brief(seed, revealed, about)).sentences
        assert 1 <= len(sentences) <= 5
        assert all(s.text.endswith(".") and s.text[0].isupper() and "  " not in s.text for s in sentences)
        assert all(s.evidence for s in sentences)


def test_the_same_brief_gives_the_same_text(make_brief: MakeBrief) -> None:
    assert OfflineNarrator().write(make_brief(5)) == OfflineNarrator().write(make_brief(5))


def test_on_an_ap_film_heart_size_is_softened_and_on_a_pa_film_it_is_not(make_brief: MakeBrief) -> None:
    scores = {("baseline", "Cardiomegaly"): (0.9, 0.5), ("finetuned", "Cardiomegaly"): (0.8, 0.5)}
    text = {}
    for projection in ("AP", "PA"):
        quality = {"projection": projection, "projection_basis": "header"}
        brief = make_brief(2, about="Cardiomegaly", scores=scores, quality=quality)
        text[projection] = text_of(OfflineNarrator().write(brief))
    assert "On an AP film the heart and mediastinum look larger" in text["AP"].replace("; on", "; On")
    assert "look larger" not in text["PA"]


@pytest.mark.parametrize("about", [True, False])
def test_blind_text_speaks_of_no_truth(make_brief: MakeBrief, about: bool) -> None:
    banned = re.compile(
        r"\b(?:TP|FP|TN|FN|miss(?:es|ed)?|correct(?:ly)?|falsely|true (?:positive|negative)|IMPROVED|WORSE|NO CHANGE"
        r"|labels (?:name|do not))\b"
    )
    for seed in range(40):
        text = whole_text(OfflineNarrator().write(make_brief(seed, revealed=False, about=about)))
        assert banned.search(text) is None, text


def test_about_one_finding_the_text_names_it_and_no_other_call(make_brief: MakeBrief) -> None:
    text = text_of(OfflineNarrator().write(make_brief(2, about="Pleural Effusion")))
    assert text.count("pleural effusion") >= 2
    assert "atelectasis" not in text


def test_a_narrator_needs_a_narrators_prompt() -> None:
    with pytest.raises(RequestError, match="narrator@v1"):
        OfflineNarrator("narrator@v99")


def test_repair_leaves_the_mistakes_to_be_cut(make_brief: MakeBrief) -> None:
    brief = make_brief(1)
    narrator = OfflineNarrator()
    assert narrator.repair(brief, narrator.write(brief), ()) is None
    assert narrator.about.prompt == "narrator@v1"
    assert len(narrator.about.prompt_sha256) == 64
