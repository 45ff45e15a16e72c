"""Metrics against the truth: perfect, worst, nothing to score, ties."""

from __future__ import annotations

import pytest
from cxr_lens.evals.scoring.text_reading import stated_calls
from cxr_lens.evals.scoring.truth_metrics import difficulty, localisation, truth_f1, verdict

from ..conftest import MakeCase, box

CALLS = "The fine-tuned model calls {}."


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "The fine-tuned model calls edema and pleural effusion.",
            {("finetuned", "Edema"), ("finetuned", "Pleural Effusion")},
        ),
        ("Only the baseline calls pneumonia.", {("baseline", "Pneumonia")}),
        ("Both models call cardiomegaly.", {("baseline", "Cardiomegaly"), ("finetuned", "Cardiomegaly")}),
        ("Neither model calls a fracture.", set()),
        ("The fine-tuned model does not call edema.", set()),
        ("The fine-tuned model stays below its threshold for edema.", set()),
        ("The fine-tuned model misses edema.", set()),
        ("The fine-tuned model correctly calls edema.", {("finetuned", "Edema")}),
        ("The fine-tuned model falsely calls edema.", {("finetuned", "Edema")}),
    ],
)
def test_the_calls_a_text_tells(make_case: MakeCase, sentence: str, expected: set[tuple[str, str]]) -> None:
    calls = stated_calls(make_case([sentence]).report)
    assert {key for key, yes in calls.items() if yes} == expected


def test_truth_f1_is_one_for_what_is_true_and_zero_for_what_is_not(make_case: MakeCase) -> None:
    truth = {"Pleural Effusion": "positive"}
    assert truth_f1(make_case([CALLS.format("pleural effusion")], truth=truth)) == 1
    assert truth_f1(make_case([CALLS.format("a fracture")], truth=truth)) == 0
    assert truth_f1(make_case([], truth=truth)) == 0  # nothing stated
    half = truth_f1(make_case([CALLS.format("pleural effusion and fracture")], truth=truth))
    assert half == pytest.approx(2 / 3)  # one hit, one false


def test_truth_f1_reads_the_text_not_the_scores(make_case: MakeCase) -> None:
    case = make_case([CALLS.format("a fracture")], truth={"Edema": "positive"}, finetuned={"Edema": 0.9})
    assert truth_f1(case) == 0


def test_truth_f1_counts_neither_uncertain_nor_blank_truth_and_a_child_for_its_parent(make_case: MakeCase) -> None:
    said = [CALLS.format("pleural effusion, fracture and pneumothorax")]
    truth = {"Pleural Effusion": "positive", "Fracture": "blank", "Pneumothorax": "uncertain"}
    assert truth_f1(make_case(said, truth=truth)) == 1
    truth = {"Edema": "positive", "Lung Opacity": "positive"}
    assert truth_f1(make_case([CALLS.format("edema")], truth=truth)) == 1


def test_truth_f1_on_a_film_without_findings(make_case: MakeCase) -> None:
    assert truth_f1(make_case(["The fine-tuned model does not call edema."], truth={})) == 1
    assert truth_f1(make_case([CALLS.format("edema")], truth={})) == 0
    assert truth_f1(make_case([CALLS.format("edema")])) is None  # no truth
    blank = dict.fromkeys(("Edema",), "blank")
    assert truth_f1(make_case([CALLS.format("edema")], truth=blank, finding="Edema")) is None


def test_difficulty_is_right_or_wrong_only_where_it_was_inferred(make_case: MakeCase) -> None:
    easy = {"truth": {"Edema": "positive"}, "baseline": {"Edema": 0.9}, "finetuned": {"Edema": 0.9}}
    assert difficulty(make_case(level="easy", **easy)) == 1
    assert difficulty(make_case(level="hard", **easy)) == 0
    assert difficulty(make_case(level="easy", basis="user", **easy)) is None
    assert difficulty(make_case(level="easy")) is None


def test_a_blind_preference_is_held_against_the_truths_verdict(make_case: MakeCase) -> None:
    improved = {"truth": {"Edema": "positive"}, "finetuned": {"Edema": 0.9}}
    assert verdict(make_case(more_plausible="finetuned", **improved)) == 1
    assert verdict(make_case(more_plausible="baseline", **improved)) == 0
    assert verdict(make_case(more_plausible=None, **improved)) == 0
    tie = {"truth": {"Edema": "positive"}}
    assert verdict(make_case(more_plausible=None, **tie)) == 1
    assert verdict(make_case(more_plausible="finetuned", **tie)) == 0
    assert verdict(make_case(more_plausible="finetuned")) is None


def test_a_revealed_verdict_is_held_against_the_truths(make_case: MakeCase) -> None:
    improved = {"truth": {"Edema": "positive"}, "finetuned": {"Edema": 0.9}, "blind": False}
    assert verdict(make_case(verdict="IMPROVED", **improved)) == 1
    assert verdict(make_case(verdict="WORSE", **improved)) == 0


LESION = (200.0, 200.0, 240.0, 240.0)
REGIONS = {"Edema": [box(180, 180, 260, 260, "left lower lung"), box(20, 20, 60, 60, "right upper lung")]}


def localised(make_case: MakeCase, sentence: str, **more: object) -> float | None:
    options: dict[str, object] = {"boxes": REGIONS, "true_boxes": {"Edema": [LESION]}}
    return localisation(make_case([sentence], **(options | more)))


def test_localisation_asks_whether_the_region_named_holds_the_lesion(make_case: MakeCase) -> None:
    says = "For edema, the fine-tuned model looks mainly at the {}."
    assert localised(make_case, says.format("left lower lung")) == 1
    assert localised(make_case, says.format("right upper lung")) == 0
    assert localised(make_case, says.format("left lower lung"), boxes={"Edema": []}) == 0
    assert localised(make_case, says.format("left lower lung"), boxes=None) == 0


def test_localisation_says_nothing_without_boxes_or_places(make_case: MakeCase) -> None:
    says = "For edema, the fine-tuned model looks mainly at the left lower lung."
    assert localised(make_case, says, true_boxes=None) is None
    assert localised(make_case, says, true_boxes={}) is None
    assert localised(make_case, says, true_boxes={"Fracture": [LESION]}) is None
    assert localised(make_case, "The fine-tuned model calls edema.") is None
    assert localised(make_case, says.replace("fine-tuned model", "baseline")) is None


def test_a_true_box_that_is_no_number_is_no_box(make_case: MakeCase) -> None:
    says = "For edema, the fine-tuned model looks mainly at the left lower lung."
    nan = float("nan")
    assert localised(make_case, says, true_boxes={"Edema": [(nan, 200.0, 240.0, 240.0)]}) is None
    assert localised(make_case, says, true_boxes={"Edema": [(nan, nan, nan, nan), LESION]}) == 1
