"""Calls told in many wordings, and counts of them: the truth passes, the same with one thing exchanged does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief
from cxr_lens.training.findings import CHEXPERT

Passes = Callable[..., bool]

SHARED = [
    ("Cardiomegaly and Consolidation are the shared calls.", "Cardiomegaly and Edema are the shared calls."),
    ("The shared calls are Cardiomegaly and Consolidation.", "The shared calls are Consolidation and Fracture."),
    ("Edema is not a shared call.", "Consolidation is not a shared call."),
    (
        "Lung Lesion and Lung Opacity appear in neither list of calls.",
        "Lung Lesion and Edema appear in neither list of calls.",
    ),
    ("Edema is not called by both models, only by the baseline.", "Edema is not called by both models, only by FT."),
    ("Edema is not a finding that both flag.", "Cardiomegaly is not a finding that both flag."),
    ("Edema belongs to the baseline alone.", "Cardiomegaly belongs to the baseline alone."),
    ("Lung Lesion escapes both models.", "Edema escapes both models."),
    (
        "The baseline calls Edema, but its counterpart does not.",
        "The baseline calls Edema, and so does its counterpart.",
    ),
    (
        "On Edema and Pleural Effusion they differ: the baseline calls both, the fine-tuned model neither.",
        "On Edema and Pleural Effusion they differ: the fine-tuned model calls both, the baseline neither.",
    ),
    (
        "The baseline's four calls include Edema and Pleural Effusion, neither shared by the fine-tuned model.",
        "The baseline's four calls include Edema and Cardiomegaly, neither shared by the fine-tuned model.",
    ),
    (
        "The baseline calls Edema and Pleural Effusion, both of them false positives.",
        "The fine-tuned model calls Edema and Pleural Effusion, both of them false positives.",
    ),
]


@pytest.mark.parametrize(("true", "false"), SHARED)
def test_calls_that_models_share_or_have_alone(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


COUNTED = [
    ("The baseline calls Edema and three others.", "The baseline calls Edema and four others."),
    (
        "The baseline calls Edema and three other findings.",
        "The baseline calls Edema and four other findings.",
    ),
    (
        "The baseline calls four of its 13 findings, the fine-tuned model, with the same number to assess, just six.",
        "The baseline calls four of its 13 findings, the fine-tuned model, with the same number to assess, just five.",
    ),
    (
        "Believe it or not, the fine-tuned model calls at least something.",
        "Believe it or not, there is not one finding that the fine-tuned model calls.",
    ),
    (
        "The models differ on six findings, in that the fine-tuned model calls four that the baseline does not.",
        "The models differ on six findings, in that the fine-tuned model calls five that the baseline does not.",
    ),
    (
        "The fine-tuned model calls Pneumonia, which the baseline does not, and vice versa for Edema.",
        "The fine-tuned model calls Pneumonia, which the baseline does not, and vice versa for Fracture.",
    ),
    (
        "Without Edema in the labels, the baseline's call is a false positive.",
        "Without Pneumonia in the labels, the fine-tuned model's call is a true positive.",
    ),
    (
        "The baseline calls Edema, which the labels deny.",
        "The fine-tuned model calls Fracture, which the labels deny.",
    ),
    ("Edema is denied by the labels.", "Fracture is denied by the labels."),
]


@pytest.mark.parametrize(("true", "false"), COUNTED)
def test_calls_counted_and_labels_told_by_the_way(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


def test_a_model_that_calls_nothing(passes: Passes, make_brief: Callable[..., Brief]) -> None:
    scores = {
        (role, f): (0.8 if role == "finetuned" else 0.2, 0.5)
        for f in CHEXPERT.names
        for role in ("baseline", "finetuned")
    }
    brief = make_brief(4, about=False, scores=scores, truth={"Fracture": "positive"})
    for text in ["There is not one finding that {} calls.", "{} does not call a single finding."]:
        assert passes(text.format("the baseline"), brief=brief)
        assert not passes(text.format("the fine-tuned model"), brief=brief)
    assert passes("The fine-tuned model calls 13 of 13 findings, the baseline none.", brief=brief)
    assert not passes("The baseline calls 13 of 13 findings, the fine-tuned model none.", brief=brief)
    assert not passes("The baseline calls at least something.", brief=brief)


ALMOST = [
    ("The baseline calls Consolidation, shared by the fine-tuned model.", "BL calls Edema, shared by FT."),
    (
        "The baseline's calls include Cardiomegaly and Consolidation, both shared by the fine-tuned model.",
        "The baseline's calls include Cardiomegaly and Edema, both shared by the fine-tuned model.",
    ),
    (
        "On Cardiomegaly and Consolidation the fine-tuned model calls both, the baseline both.",
        "On Pneumonia and Fracture the fine-tuned model calls both, the baseline both.",
    ),
    (
        "The baseline has three false positives, the fine-tuned model only two.",
        "The baseline has three false positives, the fine-tuned model only one.",
    ),
    ("The baseline calls four findings, the fine-tuned model six.", "The baseline calls four findings, FT has one."),
    ("The baseline calls Edema and three others.", "The baseline calls three others as well as Edema and Fracture."),
    ("The baseline is sure of Edema (0.80).", "The baseline is sure of Edema (0.90)."),
    ("Fracture makes the difference.", "Consolidation makes the difference."),
]


@pytest.mark.parametrize(("true", "false"), ALMOST)
def test_what_is_almost_true_is_refused(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)
    assert not passes("There is no finding that the baseline does not call.")


LEFT_OUT = [
    ("BL is wrong on Edema, while FT is not.", "BL is wrong on Edema, while FT is."),
    ("BL is not right on Edema, while FT is.", "BL is not right on Edema, while FT is not."),
    ("Both models call Consolidation, and neither is TP on it.", "Both call Cardiomegaly, and neither is TP on it."),
    ("The baseline calls Consolidation as well.", "Edema is called by the baseline as well."),
    ("The baseline, too, calls Consolidation.", "The baseline, too, calls Edema."),
    (
        "The baseline calls Consolidation, and the fine-tuned model does so too.",
        "The baseline calls Edema, and the fine-tuned model does so too.",
    ),
    (
        "The baseline does not call Fracture, while the fine-tuned model, which does, scores 0.70.",
        "The baseline calls Edema, while the fine-tuned model, which does, scores 0.30.",
    ),
    ("BL: Consolidation +, Cardiomegaly +; FT: both.", "BL: Edema +, Cardiomegaly +; FT: both."),
    (
        "The fine-tuned model is right on Fracture and the baseline is not, and the two differ.",
        "The fine-tuned model is right on Fracture and the baseline is, and the two differ.",
    ),
    ("Edema is a call of the baseline.", "Edema is a call of the fine-tuned model."),
]


@pytest.mark.parametrize(("true", "false"), LEFT_OUT)
def test_what_is_told_of_the_other_model_as_well(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)


def test_as_well_may_be_of_another_finding(passes: Passes) -> None:
    assert passes("Edema is called by the baseline as well.", before="The baseline calls Consolidation.")


PARTS = [
    ("Edema is dropped by the fine-tuned model.", "Fracture is dropped by the baseline."),
    ("The fine-tuned model takes up Fracture.", "The fine-tuned model takes up Lung Lesion."),
    ("The baseline calls neither Pneumonia nor Fracture.", "The baseline calls neither Pneumonia nor Edema."),
    (
        "Two of the baseline's four calls are shared by the fine-tuned model, namely Cardiomegaly and Consolidation.",
        "Three of the baseline's four calls are shared by the fine-tuned model.",
    ),
    (
        "Of the four calls of the baseline, two are not shared by the fine-tuned model.",
        "Of the four calls of the baseline, one is not shared by the fine-tuned model.",
    ),
    (
        "The baseline makes calls for Edema and Pleural Effusion that the fine-tuned model does not make.",
        "The baseline makes calls for Edema and Consolidation that the fine-tuned model does not make.",
    ),
    ("The calls overlap on Cardiomegaly and Consolidation.", "The calls overlap on Cardiomegaly only."),
    ("Consolidation is the one false positive that both share.", "Edema is the one false positive that both share."),
    (
        "The baseline has three false positives and one true positive, and calls Edema.",
        "The baseline has two false positives, the fine-tuned model none.",
    ),
    (
        "The baseline does not call Fracture, nor does it call Pneumonia.",
        "The baseline does not call Fracture, nor does it call Edema.",
    ),
    ("The fine-tuned model declines to call Edema.", "The baseline declines to call Edema."),
    ("Edema is called by the baseline and by it alone.", "Consolidation is called by the baseline and by it alone."),
    (
        "Edema is called by one, the baseline, and passed over by the other.",
        "Edema is called by one, the fine-tuned model, and passed over by the other.",
    ),
    (
        "Four calls come from the baseline: Cardiomegaly, Edema, Consolidation and Pleural Effusion.",
        "Four calls come from the baseline: Cardiomegaly, Edema, Consolidation and Fracture.",
    ),
    (
        "All five positives, Cardiomegaly, Pneumonia, Atelectasis, Fracture and Lung Lesion, are in the table.",
        "All four positives, Cardiomegaly, Pneumonia, Atelectasis and Fracture, are called by FT.",
    ),
]


@pytest.mark.parametrize(("true", "false"), PARTS)
def test_part_of_the_calls_and_who_has_them(passes: Passes, true: str, false: str) -> None:
    assert passes(true)
    assert not passes(false)
