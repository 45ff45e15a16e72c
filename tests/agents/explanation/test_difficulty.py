"""Levels by the truth, inferred, and as set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.difficulty import decide_difficulty, infer_difficulty, is_close, true_difficulty
from cxr_lens.agents.explanation.facts import Facts, Reading
from cxr_lens.tools.schemas import Comparison, Judgement
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
    differ = same.model_copy(update={"differing": ("Edema",), "relation": "DIFFER"})
    not_chest = usual.model_copy(update={"frontal_chest": False})
    unusual = usual.model_copy(update={"out_of_distribution": 0.6})
    assert infer_difficulty(same, far, usual)[0] == "easy"
    assert infer_difficulty(same, near, usual)[0] == "hard"
    assert infer_difficulty(differ, near, usual)[0] == "average"
    assert infer_difficulty(differ, far, unusual)[0] == "hard"
    assert infer_difficulty(differ, far, not_chest)[0] == "hard"


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
    assert decide_difficulty(right, facts, usual).basis == "ground_truth"
    chosen = decide_difficulty(right, facts, usual, asked="hard")
    assert (chosen.level, chosen.basis) == ("hard", "user")
    assert decide_difficulty(same, facts, usual).basis == "inferred"
