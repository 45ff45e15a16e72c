"""What is said of peaks and maps in another order: the true sentence passes, its false twins do not.

For Edema the baseline, which calls it, peaks in the cardiac silhouette (29 %, 62 % in usual places), the fine-tuned
model in the right hilum (32 %; 30 % in the right apex; 18 % in usual places). The fine-tuned model's map for Pleural
Other is made empty in one case, and that for Fracture peaks outside the body in another.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]

SCORES = {("baseline", "Edema"): (0.71, 0.50), ("finetuned", "Edema"): (0.32, 0.40)}
MAPS = ("gradcam.baseline.edema", "gradcam.finetuned.edema")
PEAK = "The baseline's map for Edema peaks in the cardiac silhouette."
CALLS = "The baseline calls Edema with 0.71."


@pytest.fixture(scope="module")
def brief(make_brief: MakeBrief) -> Brief:
    scores = SCORES | {
        ("baseline", "Pneumonia"): (0.22, 0.50),
        ("finetuned", "Pneumonia"): (0.65, 0.60),
        ("baseline", "Fracture"): (0.91, 0.50),
        ("finetuned", "Fracture"): (0.81, 0.70),
    }
    shares = {("baseline", "Edema"): 0.62, ("finetuned", "Edema"): 0.18}
    return make_brief(4, about=False, scores=scores, plausible=shares, empty=())


def passes(brief: Brief, *told: tuple[str, tuple[str, ...]]) -> list[bool]:
    """Of each sentence of one text, with what it cites."""
    draft = Draft(sentences=tuple(Sentence(text=text, evidence=cited) for text, cited in told))
    cut = {c.text for c in find_mistakes(draft, brief)}
    return [text not in cut for text, _ in told]


ALONE: dict[str, tuple[str, ...]] = {
    "For Edema one map peaks in the right hilum, the other in the cardiac silhouette.": (
        "For Edema one map peaks in the left hilum, the other in the cardiac silhouette.",
        "For Edema one map peaks in the right hilum, the other in the right apex.",
        "For Edema one map peaks in the right hilum, the other in the right hilum.",
        "For Edema one map does not peak in the right hilum, the other in the cardiac silhouette.",
    ),
    "For Edema one model's map peaks in the right hilum and the other's in the cardiac silhouette.": (
        "For Edema one model's map peaks in the right hilum and the other's in the right apex.",
        "For Edema the baseline's map contains nothing, and the other peaks in the right hilum.",
    ),
    "The right hilum: that is where the fine-tuned model's Edema map peaks.": (
        "The left hilum: that is where the fine-tuned model's Edema map peaks.",
        "The right hilum: that is where the baseline's Edema map peaks.",
        "The right hilum: that is not where the fine-tuned model's Edema map peaks.",
        "The right hilum: that is where the fine-tuned model's Edema map does.",
    ),
    "The cardiac silhouette is where the baseline looks most for Edema.": (
        "The cardiac silhouette is where the baseline looks least for Edema.",
        "The right upper lung is where the baseline looks most for Edema.",
    ),
    "Peak of the fine-tuned model's map for Edema: right hilum, 32 %.": (
        "Peak of the fine-tuned model's map for Edema: right apex, 30 %.",
        "Peak of the baseline's map for Edema: right hilum, 32 %.",
    ),
    "Only the baseline's map for Edema lies mostly in usual places, and both maps show something.": (
        "Only the baseline's map for Edema lies mostly in usual places, and neither map shows anything.",
        "Only the baseline's map for Edema lies mostly in usual places, and only the baseline's map shows anything.",
    ),
    "The fine-tuned model is not beyond doubt: only 18 % of its map for Edema lies in usual places.": (
        "The baseline is not beyond doubt: only 62 % of its map for Edema lies in usual places.",
        "The fine-tuned model is beyond doubt: only 18 % of its map for Edema lies in usual places.",
    ),
}


@pytest.mark.parametrize("true", ALONE)
def test_a_place_that_stands_first_is_read_and_its_false_twins_do_not_pass(brief: Brief, true: str) -> None:
    assert passes(brief, (true, MAPS)) == [True]
    assert [twin for twin in ALONE[true] if passes(brief, (twin, MAPS))[0]] == []


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("The right hilum is that of the fine-tuned model's.", True),
        ("The right apex is that of the fine-tuned model's.", False),
        ("The right hilum is not that of the fine-tuned model's.", False),
        ("Right hilum: that is where the fine-tuned one does.", True),
        ("Right apex: that is where the fine-tuned one does.", False),
    ],
)
def test_what_the_sentence_before_told_of_one_peak_is_told_of_the_other(brief: Brief, text: str, true: bool) -> None:
    assert passes(brief, (PEAK, MAPS[:1]), (text, MAPS[1:])) == [True, true]
    assert passes(brief, (CALLS, ("predict.baseline",)), (text, MAPS[1:])) == [True, False]


def test_the_map_behind_a_call_is_of_a_model_that_makes_it(brief: Brief) -> None:
    told, behind = (CALLS, ("predict.baseline",)), "The map behind that call peaks in the {}."
    assert passes(brief, told, (behind.format("cardiac silhouette"), MAPS[:1])) == [True, True]
    assert passes(brief, told, (behind.format("right apex"), MAPS[:1])) == [True, False]
    assert passes(brief, told, (behind.format("right hilum"), MAPS[1:])) == [True, False]


def test_a_share_is_tied_with_one_that_prints_the_same(brief: Brief) -> None:
    text = "The map of the fine-tuned model for Pneumonia peaks in retrocardiac, {}, tied with the {}."
    cited = ("gradcam.finetuned.pneumonia",)
    assert passes(brief, (text.format("27 %", "left upper lung"), cited)) == [False]  # 26 %


def test_the_largest_shares_of_a_map_are_those_of_the_zones_named(brief: Brief) -> None:
    text = "For Pneumonia {} and {} hold the fine-tuned model's largest shares{}."
    cited = ("gradcam.finetuned.pneumonia",)
    assert passes(brief, (text.format("retrocardiac", "left upper lung", ""), cited)) == [True]
    assert passes(brief, (text.format("retrocardiac", "right pleural margin", ""), cited)) == [False]
    assert passes(brief, (text.format("retrocardiac", "left upper lung", ", 27 % each"), cited)) == [False]


def test_what_lies_beside_the_patient_may_have_drawn_a_peak_outside_the_body(brief: Brief) -> None:
    text = "Possibly something beside the patient has drawn the {}'s map for {}."
    lesion, edema = (f"gradcam.baseline.{finding}" for finding in ("lung-lesion", "edema"))
    assert passes(brief, (text.format("baseline", "Lung Lesion"), (lesion,))) == [True]
    assert passes(brief, (text.format("baseline", "Edema"), (edema,))) == [False]
    assert passes(brief, ("Possibly the patient has drawn the baseline's map for Lung Lesion.", (lesion,))) == [False]


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("For Edema 18 % of the fine-tuned model's map lies in {} places.", "unusual"),
        ("For Edema the baseline's map peaks in the cardiac silhouette with 62 % in {} places.", "untypical"),
        ("For Edema more of the baseline's map than of the fine-tuned model's is in {} places.", "unusual"),
        ("For Edema the baseline's map lies mostly in {} places.", "implausible"),
    ],
)
def test_places_that_are_not_usual_have_no_share(brief: Brief, usual: str, other: str) -> None:
    assert passes(brief, (usual.format("usual"), MAPS)) == [True]
    assert passes(brief, (usual.format(other), MAPS)) == [False]
    assert passes(brief, ("For Edema the fine-tuned model's map lies mostly in unusual places.", MAPS)) == [True]


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("Why relevant attention leads to a call for Edema may be asked.", True),
        ("Why irrelevant attention does not lead to a call for Edema may be asked.", True),
        ("Why irrelevant attention leads to a call for Edema may be asked.", False),
        ("Why relevant attention does not lead to a call for Edema may be asked.", False),
    ],
)
def test_relevant_attention_that_leads_to_a_call_is_some_models(brief: Brief, text: str, true: bool) -> None:
    cited = (*MAPS, "predict.baseline", "predict.finetuned")
    assert passes(brief, (text, cited)) == [true]
