"""Maps told in numbers and by the findings that a verb left out is about: true ones pass, false twins do not.

The case: the baseline's maps for Edema and Fracture lie mostly in usual places, those for Pneumonia and Atelectasis do
not; the fine-tuned model's do for all but Edema.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]

MAPPED = ("Edema", "Pneumonia", "Fracture", "Atelectasis")
SCORES = {
    (role, finding): (0.71 if (role == "baseline") == (finding in MAPPED[:2]) else 0.22, 0.50)
    for role in ("baseline", "finetuned")
    for finding in MAPPED
}
SHARES = {
    **{("baseline", f): share for f, share in zip(MAPPED, (0.82, 0.11, 0.91, 0.17), strict=True)},
    **{("finetuned", f): share for f, share in zip(MAPPED, (0.12, 0.85, 0.93, 0.77), strict=True)},
}
BASE, TUNED = "The baseline's", "The fine-tuned model's"

TWINS: dict[str, tuple[str, ...]] = {
    f"{BASE} maps for Edema and Fracture are mostly in usual places, while Pneumonia and Atelectasis are not.": (
        f"{BASE} maps for Edema and Fracture are mostly in usual places, while Pneumonia and Atelectasis are.",
        f"{BASE} map for Edema is mostly in usual places, while Pneumonia and Fracture are not.",
        f"{BASE} maps for Edema and Pneumonia are mostly in usual places, while Fracture and Atelectasis are not.",
        f"{BASE} maps for Edema and Fracture are not mainly in usual places, while Pneumonia and Atelectasis are.",
        f"{TUNED} maps for Edema and Fracture are mostly in usual places, while Pneumonia and Atelectasis are not.",
    ),
    f"{BASE} map for Pneumonia does not lie mainly in usual places, whereas Edema and Fracture do.": (
        f"{BASE} map for Pneumonia does not lie mainly in usual places, whereas Edema and Atelectasis do.",
        f"{BASE} map for Pneumonia does not lie mainly in usual places, whereas Edema and Fracture do not.",
    ),
    f"{TUNED} maps for Pneumonia, Fracture and Atelectasis lie mostly in usual places and only Edema does not.": (
        f"{BASE} maps for Edema and Fracture lie mostly in usual places and only Pneumonia does not.",
        f"{TUNED} maps for Pneumonia, Fracture and Edema lie mostly in usual places and only Atelectasis does not.",
    ),
    f"{TUNED} map for Fracture lies mostly in usual places, and its map for Edema does not.": (
        f"{TUNED} map for Fracture lies mostly in usual places, and its map for Atelectasis does not.",
        f"{BASE} map for Fracture lies mostly in usual places, and its map for Edema does not.",
    ),
    "Two of the baseline's four maps, Edema and Fracture, are mostly in usual places.": (
        "Three of the baseline's four maps, Edema and Fracture, are mostly in usual places.",
        "Two of the baseline's three maps, Edema and Fracture, are mostly in usual places.",
        "Two of the baseline's four maps, Edema and Pneumonia, are mostly in usual places.",
        "Two of the baseline's four maps, Edema and Fracture, are not mainly in usual places.",
    ),
    "Three of the fine-tuned model's four maps lie mostly in usual places, against two of the baseline's four.": (
        "Three of the baseline's four maps lie mostly in usual places, against two of the fine-tuned model's four.",
        "Three of the fine-tuned model's four maps lie mostly in usual places, against three of the baseline's four.",
        "All of the fine-tuned model's four maps lie mostly in usual places, against two of the baseline's four.",
        "Three of the fine-tuned model's four maps do not lie mainly in usual places.",
        "None of the fine-tuned model's maps lies mainly in usual places.",
        "Both of the baseline's maps are mostly in usual places.",
    ),
    f"{TUNED} attention lies mostly in usual places in three of the four findings, the baseline's in two.": (
        f"{TUNED} attention lies mostly in usual places in two of the four findings, the baseline's in two.",
        f"{TUNED} attention lies mostly in usual places in three of the four findings, the baseline's in three.",
        f"{BASE} attention lies mostly in usual places in three of the four findings, the fine-tuned model's in two.",
        f"{TUNED} attention is not mainly in usual places in three of the four findings.",
    ),
    f"{TUNED} attention seems more anatomically informed for Pneumonia and Atelectasis and less so for Edema.": (
        f"{TUNED} attention seems more anatomically informed for Edema and less so for Pneumonia.",
        f"{TUNED} attention seems more anatomically informed for Pneumonia and Atelectasis and less so for Fracture.",
        f"{BASE} attention seems more anatomically informed for Pneumonia and Atelectasis and less so for Edema.",
    ),
    f"{TUNED} attention seems more anatomically informed for Pneumonia, at the price of Edema.": (
        f"{TUNED} attention seems more anatomically informed for Pneumonia, at the price of Atelectasis.",
        f"{TUNED} attention seems more anatomically informed for Edema, at the price of Pneumonia.",
    ),
    "The change is most marked for Pneumonia, from 11 % to 85 % in usual places.": (
        "The change is most marked for Edema, from 82 % to 12 % in usual places.",
        "The change is most marked for Pneumonia, from 85 % to 11 % in usual places.",
    ),
}

EMPTY: dict[str, tuple[str, ...]] = {
    "The baseline's map for Edema is empty and gives no clinically relevant place for the call.": (
        "The fine-tuned model's map for Edema gives no clinically relevant place for the call.",
    ),
    "For Edema the baseline has an empty map, so no place on the film explains its score.": (
        "For Edema the fine-tuned model has a map, but no place on the film explains its score.",
    ),
}


@pytest.fixture(scope="module")
def brief(make_brief: MakeBrief) -> Brief:
    return make_brief(4, scores=SCORES, truth=dict.fromkeys(MAPPED, "positive"), plausible=SHARES, empty=())


def passes(brief: Brief, text: str) -> bool:
    maps = tuple(item.id for item in brief.evidence if item.tool == "gradcam")
    return not find_mistakes(Draft(sentences=(Sentence(text=text, evidence=maps),)), brief)


@pytest.mark.parametrize("text", TWINS)
def test_a_true_sentence_passes_and_its_false_twins_do_not(brief: Brief, text: str) -> None:
    assert passes(brief, text)
    assert not [twin for twin in TWINS[text] if passes(brief, twin)]


@pytest.mark.parametrize("text", EMPTY)
def test_only_an_empty_map_shows_no_place(make_brief: MakeBrief, text: str) -> None:
    brief = make_brief(4, scores=SCORES, truth=dict.fromkeys(MAPPED, "positive"), empty=("baseline",))
    assert passes(brief, text)
    assert not [twin for twin in EMPTY[text] if passes(brief, twin)]


def test_a_zone_in_several_maps_is_sought_in_each(brief: Brief) -> None:
    maps = [x.result for x in brief.evidence if x.tool == "gradcam" and x.result["role"] == "baseline"]
    zones = {m["finding"]: {z["zone"] for z in m["zones"]} for m in maps}
    told = (
        "The baseline's maps for Edema and Fracture both include {}, so one place may have been read as two findings."
    )
    some, all_ = zones["Edema"] | zones["Fracture"], zones["Edema"] & zones["Fracture"]
    assert {zone for zone in some if passes(brief, told.format(zone))} == all_


def test_a_map_there_is_none_of_is_not_told_of_even_with_a_word_of_doubt(brief: Brief) -> None:
    for text in (
        f"{TUNED} attention seems more anatomically informed for Pleural Other.",
        f"{TUNED} maps for Pleural Other and Edema both include left hilum, so one place may mislead it.",
        "For Pleural Other the two peaks are left hilum and right hilum, so the models perhaps weigh other things.",
    ):
        assert not passes(brief, text)
    assert passes(brief, f"{TUNED} attention seems more anatomically informed for Pneumonia.")
