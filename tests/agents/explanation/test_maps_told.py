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
    ),
    f"{TUNED} attention lies mostly in usual places in three of the four findings, the baseline's in two.": (
        f"{TUNED} attention lies mostly in usual places in two of the four findings, the baseline's in two.",
        f"{TUNED} attention lies mostly in usual places in three of the four findings, the baseline's in three.",
        f"{BASE} attention lies mostly in usual places in three of the four findings, the fine-tuned model's in two.",
        f"{TUNED} attention is not mainly in usual places in three of the four findings.",
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
