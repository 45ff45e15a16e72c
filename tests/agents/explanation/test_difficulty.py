"""Levels by the truth, inferred, and as set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.difficulty import decide_difficulty, expected_f1, infer_difficulty, is_close, true_difficulty
from cxr_lens.agents.explanation.facts import Facts, Reading
from cxr_lens.tools.schemas import Comparison, Judgement
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.radiographs.quality import Quality


def judged(right: bool) -> Judgement:
    return Judgement(right=right, f1=1.0 if right else 0.0, true_positive=(), false_positive=(), false_negative=())


@pytest.fixture
def usual(fake_toolbox: Callable[..., Any]) -> Quality:
    return fake_toolbox(1, changes={"quality": {"frontal_chest": True, "out_of_distribution": 0.1}}).quality


@pytest.fixture
def same(compare_scores: Callable[..., Comparison]) -> Comparison:
    """Both models call the same."""
    return compare_scores({"Edema": (0.9, 0.8), "Pneumonia": (0.1, 0.2)})


@pytest.mark.parametrize(
    ("right", "level"),
    [((True, True), "easy"), ((True, False), "average"), ((False, True), "average"), ((False, False), "hard")],
)
def test_the_true_level_counts_the_models_that_are_right(
    same: Comparison, right: tuple[bool, bool], level: str
) -> None:
    compared = same.model_copy(
        update={"baseline_judgement": judged(right[0]), "finetuned_judgement": judged(right[1])}
    )
    assert true_difficulty(compared) == level


def test_without_a_judged_finding_there_is_no_true_level(same: Comparison) -> None:
    assert true_difficulty(same) is None


def test_inferred_levels_by_the_first_rule_that_fits(same: Comparison, usual: Quality) -> None:
    far = Facts(readings=readings(0.3))
    near = Facts(readings=readings(0.01))
    not_chest = usual.model_copy(update={"frontal_chest": False})
    unusual = usual.model_copy(update={"out_of_distribution": 0.6})
    assert infer_difficulty(same, far, usual, CHEXPERT)[0] == "easy"
    assert infer_difficulty(same, near, usual, CHEXPERT)[0] == "hard"
    assert infer_difficulty(same, far, unusual, CHEXPERT)[0] == "hard"
    assert infer_difficulty(same, far, not_chest, CHEXPERT)[0] == "hard"


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        ({"Edema": (0.9, 0.8), "Pneumothorax": (0.9, 0.1)}, "easy"),  # Edema and its parent shared: F1 0.8
        ({"Edema": (0.9, 0.1), "Pneumothorax": (0.9, 0.8)}, "easy"),  # F1 0.67
        ({"Edema": (0.9, 0.1), "Pneumothorax": (0.1, 0.8)}, "average"),  # nothing shared
        ({"Edema": (0.9, 0.1), "Fracture": (0.1, 0.2)}, "average"),  # one calls, the other does not
        ({"Support Devices": (0.9, 0.1), "Fracture": (0.1, 0.2)}, "easy"),  # what does not count does not differ
    ],
)
def test_a_case_is_average_where_the_models_calls_do_not_match(
    scores: dict[str, tuple[float, float]], level: str, compare_scores: Callable[..., Comparison], usual: Quality
) -> None:
    assert infer_difficulty(compare_scores(scores), Facts(), usual, CHEXPERT)[0] == level


@pytest.mark.parametrize(("calibrated", "level"), [(True, "hard"), (False, "easy")])
def test_calls_that_calibrated_scores_doubt_make_a_case_hard(
    calibrated: bool, level: str, compare_scores: Callable[..., Comparison], usual: Quality
) -> None:
    """Called at 0.2 above thresholds of 0.1: the expected F1 is 2 * 0.4 / (2 + 0.4) = 0.33."""
    both = compare_scores({"Fracture": (0.9, 0.9), "Pneumothorax": (0.9, 0.9)})
    doubted = {("finetuned", f): Reading(0.2, 0.1, True, "youden", calibrated) for f in ("Fracture", "Pneumothorax")}
    assert infer_difficulty(both, Facts(readings=doubted), usual, CHEXPERT)[0] == level


def test_expected_f1_of_calls() -> None:
    assert expected_f1(["a", "b"], {"a": 1.0, "b": 1.0, "c": 0.0}) == 1.0
    assert expected_f1(["a"], {"a": 0.5, "b": 0.5}) == pytest.approx(0.5)
    assert expected_f1([], {"a": 0.5}) is None
    assert expected_f1(["a", "b"], {"a": 0.5}) is None


def readings(margin: float) -> dict[tuple[str, str], Reading]:
    found = {}
    for role in ("baseline", "finetuned"):
        found[role, "Edema"] = Reading(0.5 + margin, 0.5, True, "youden", False)
        found[role, "Pneumonia"] = Reading(0.1, 0.5, False, "youden", False)
    return found


def test_close_means_both_scores_within_a_twentieth_of_their_thresholds() -> None:
    both = readings(0.04)
    assert is_close(Facts(readings=both), "Edema")
    assert not is_close(
        Facts(readings={**both, ("finetuned", "Edema"): readings(0.06)["finetuned", "Edema"]}), "Edema"
    )
    assert not is_close(Facts(readings=both), "Fracture")


def test_a_users_level_comes_before_the_truths_and_says_so(same: Comparison, usual: Quality) -> None:
    right = same.model_copy(update={"baseline_judgement": judged(True), "finetuned_judgement": judged(True)})
    facts = Facts(readings=readings(0.3))
    assert decide_difficulty(right, facts, usual, CHEXPERT).basis == "ground_truth"
    chosen = decide_difficulty(right, facts, usual, CHEXPERT, asked="hard")
    assert (chosen.level, chosen.basis) == ("hard", "user")
    assert decide_difficulty(same, facts, usual, CHEXPERT).basis == "inferred"
