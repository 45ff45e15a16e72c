"""Outcomes, and who wins, told in many wordings: the truth passes, the same with one thing exchanged does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief
from cxr_lens.training.findings import CHEXPERT

Passes = Callable[..., bool]

JUDGED = [
    ("The baseline is right to call Cardiomegaly.", "The baseline is right to call Edema."),
    ("The baseline is wrong not to call Fracture.", "The fine-tuned model is wrong not to call Edema."),
    ("FT gains Fracture, which BL had not found.", "FT gains Edema, which FT had found."),
    (
        "On Edema the baseline's call may rest on an artefact.",
        "On Fracture the baseline's call may rest on an artefact.",
    ),
    (
        "Only one of the two models finds Fracture, namely the fine-tuned model.",
        "Only one of the two models finds Fracture, namely the baseline.",
    ),
    ("Fracture is found by one of the two, FT, a positive.", "Fracture, a positive, is found by one of the two, BL."),
    ("FT is right to leave Edema uncalled.", "BL is right to leave Fracture uncalled."),
    ("FT wrongly calls Pneumothorax, BL Edema.", "FT wrongly calls Pneumothorax, BL Cardiomegaly."),
    (
        "Cardiomegaly and Consolidation are called by both, the former rightly, the latter wrongly.",
        "Cardiomegaly and Consolidation are called by both, the former wrongly, the latter rightly.",
    ),
    (
        "Of the shared calls, Cardiomegaly is right and Consolidation wrong.",
        "Of the shared calls, Cardiomegaly is wrong and Consolidation right.",
    ),
    (
        "Fine-tuning trades two false positives for one new one.",
        "Fine-tuning trades two false positives for two others.",
    ),
    ("Cardiomegaly and Consolidation are what both call.", "Cardiomegaly and Edema are what both call."),
]


@pytest.mark.parametrize(("true", "false"), JUDGED)
def test_who_is_right_and_by_what(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


TURNS = [
    (
        "Fine-tuning removes two false positives, namely Edema and Pleural Effusion, but adds one for Pneumothorax.",
        "Fine-tuning removes two false positives, namely Edema and Consolidation, but adds one for Pneumothorax.",
    ),
    (
        "While fine-tuning gets rid of a false positive for Edema, it introduces one for Pneumothorax.",
        "While fine-tuning gets rid of a false positive for Pneumothorax, it introduces one for Edema.",
    ),
    (
        "Fine-tuning removes two false negatives, namely Pneumonia and Atelectasis.",
        "Fine-tuning removes three false negatives, namely Pneumonia and Atelectasis.",
    ),
    (
        "The baseline has a false positive for Edema, the fine-tuned model one for Pneumothorax.",
        "The baseline has a false positive for Edema, the fine-tuned model one for Fracture.",
    ),
    (
        "Edema is a false positive the fine-tuned model avoids.",
        "Pneumothorax is a false positive the fine-tuned model avoids.",
    ),
    (
        "The gain on Fracture comes at the price of an FP on Pneumothorax.",
        "The gain on Pneumothorax comes at the price of an FP on Pneumothorax.",
    ),
    ("Fracture decides the case.", "Consolidation decides the case."),
    (
        "The fine-tuned model is TP on three findings where the baseline is FN.",
        "The fine-tuned model is TP on four findings where the baseline is FN.",
    ),
    (
        "Fracture is one of the three findings that the fine-tuned model newly has as true positives.",
        "Fracture is one of the four findings that the fine-tuned model newly has as true positives.",
    ),
    ("The fine-tuned model has two false positives.", "The fine-tuned model has three false positives."),
    (
        "Each model calls one of the two negatives: BL has an FP on Edema, FT has one on Pneumothorax.",
        "Each model calls one of the two positives: BL has an FP on Edema, FT has one on Pneumothorax.",
    ),
]


@pytest.mark.parametrize(("true", "false"), TURNS)
def test_outcomes_won_lost_avoided_and_counted(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


def test_an_outcome_that_came_about_is_that_of_the_model_spoken_of(passes: Passes) -> None:
    before = "Only the baseline calls Edema."
    told = "A {} was thereby incurred, and a {} was obtained by the fine-tuned model."
    assert passes(told.format("false positive", "true negative"), before)
    assert not passes(told.format("true negative", "false positive"), before)


WON = [
    (
        "The winner gives away Pneumothorax, FP where the baseline is TN.",
        "The winner gives away Edema, FP where the fine-tuned model is TN.",
    ),
    (
        "Edema is where the loser loses, FP to the fine-tuned model's TN.",
        "Edema is where the winner loses, FP to the fine-tuned model's TN.",
    ),
    ("Fracture and Edema are where the fine-tuned model wins.", "Fracture and Edema are where the baseline wins."),
    ("Pneumothorax is where the fine-tuned model loses.", "Edema is where the fine-tuned model loses."),
    ("The baseline gives away Edema and Fracture.", "The baseline gives away Edema and Pneumothorax."),
    (
        "If one asks which of the two is wrong on Edema, the answer is the baseline and it alone.",
        "If one asks which of the two is right on Edema, the answer is the baseline and it alone.",
    ),
    (
        "If one asks which of the two calls Edema, the answer is the baseline.",
        "If one asks which of the two calls Cardiomegaly, the answer is the baseline.",
    ),
    ("On Edema the baseline is the one that is wrong.", "On Consolidation the baseline is the one that is wrong."),
    ("On Edema what the one calls is not called by the other.", "On Cardiomegaly one calls it, the other does not."),
    ("The baseline is pretty sure of Edema (0.80).", "The fine-tuned model is pretty sure of Edema (0.30)."),
    ("The fine-tuned model calls Pneumonia and Fracture, BL none of these.", "BL calls Edema, FT none of the two."),
]


@pytest.mark.parametrize(("true", "false"), WON)
def test_who_wins_who_is_asked_for_and_who_is_sure(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


def test_it_is_an_error_of_the_model_that_the_sentence_names(passes: Passes) -> None:
    before = "The models differ on Edema, which the baseline calls."
    told = "It is a false {}, so the baseline is the one that is {}."
    assert passes(told.format("positive", "wrong"), before)
    assert not passes(told.format("negative", "wrong"), before)
    assert not passes(told.format("positive", "right"), before)


REMARKS = [
    ("The baseline leaves Fracture alone.", "The baseline leaves Edema alone."),
    ("The baseline refrains from calling Fracture.", "The baseline refrains from calling Edema."),
    ("The fine-tuned model is fooled by Consolidation.", "The fine-tuned model is fooled by Edema."),
    ("Edema and Consolidation fool the baseline.", "Edema and Consolidation fool both models."),
    (
        "The two share two calls: Cardiomegaly and Consolidation.",
        "The two share three calls: Cardiomegaly, Consolidation and Edema.",
    ),
    ("Two findings are called by both.", "Three findings are called by both."),
    (
        "Nothing but Edema and Pleural Effusion is called by the baseline alone.",
        "Nothing but Edema is called by the baseline alone.",
    ),
    ("Pneumonia and Fracture are new calls of the fine-tuned model.", "Edema is a new call of the fine-tuned model."),
    ("Fine-tuning drops Edema and adds Fracture.", "Fine-tuning drops Edema and adds Consolidation."),
    (
        "Neither Lung Lesion nor Lung Opacity is called by either model.",
        "Neither Edema nor Lung Opacity is called by BL.",
    ),
    (
        "The baseline's one true positive is Cardiomegaly.",
        "The fine-tuned model's one true positive is Cardiomegaly.",
    ),
    (
        "Four of the fine-tuned model's six calls are true positives.",
        "Five of the fine-tuned model's six calls are true positives.",
    ),
    (
        "The fine-tuned model pays for Fracture with a new false positive on Pneumothorax.",
        "The fine-tuned model pays for Fracture with a new false positive on Consolidation.",
    ),
    ("Fracture is a gain, Pneumothorax a loss.", "Pneumothorax is a gain, Fracture a loss."),
    ("The labels side with the fine-tuned model on Edema.", "The labels side with the baseline on Edema."),
    (
        "FT is the only one to call Fracture, and it is right.",
        "FT is the only one to call Pneumothorax, and is right.",
    ),
    (
        "The baseline is wrong about Edema, the fine-tuned model about Pneumothorax.",
        "The baseline is wrong about Cardiomegaly, the fine-tuned model about Pneumothorax.",
    ),
    ("Both call Cardiomegaly, and both are right.", "Both call Consolidation, and both are right."),
]


@pytest.mark.parametrize(("true", "false"), REMARKS)
def test_remarks_on_calls_and_errors(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


def test_none_of_the_positives(passes: Passes, make_brief: Callable[..., Brief]) -> None:
    scores = {(role, f): (0.2, 0.5) for f in CHEXPERT.names for role in ("baseline", "finetuned")}
    scores["baseline", "Fracture"] = 0.8, 0.5
    brief = make_brief(4, about=False, scores=scores, truth={"Fracture": "positive"})
    for text in ("None of the positives is caught by {}.", "Not a single positive finding is called by {}."):
        assert passes(text.format("the fine-tuned model"), brief=brief)
        assert not passes(text.format("the baseline"), brief=brief)


def test_only_one_of_those_told_before(passes: Passes) -> None:
    before = "Cardiomegaly and Consolidation are called by both models."
    assert passes("Of these only Cardiomegaly is a true positive.", before)
    assert not passes("Of these only Consolidation is a true positive.", before)
    assert not passes("Of these only Edema is a false positive.", before)
    before = "Pneumonia and Fracture are called by the fine-tuned model."
    assert not passes("Of these only Fracture is a true positive.", before)
