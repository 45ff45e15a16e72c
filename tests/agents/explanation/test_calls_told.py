"""Calls, outcomes and who wins, told in many wordings: the truth passes, and the same with one thing exchanged not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

BOTH, BASELINE, FINETUNED, NEITHER = (0.8, 0.7), (0.8, 0.3), (0.2, 0.7), (0.2, 0.3)
CALLS = {
    "No Finding": NEITHER, "Enlarged Cardiomediastinum": NEITHER, "Cardiomegaly": BOTH, "Lung Opacity": NEITHER,
    "Lung Lesion": NEITHER, "Edema": BASELINE, "Consolidation": BOTH, "Pneumonia": FINETUNED, "Atelectasis": FINETUNED,
    "Pneumothorax": FINETUNED, "Pleural Effusion": BASELINE, "Pleural Other": NEITHER, "Fracture": FINETUNED,
    "Support Devices": NEITHER,
}  # fmt: skip
"""Scores of the baseline and the fine-tuned model, at thresholds of 0.5."""
TRUTH = dict.fromkeys(CALLS, "negative") | dict.fromkeys(
    ["Cardiomegaly", "Pneumonia", "Atelectasis", "Fracture", "Lung Lesion"], "positive"
)


@pytest.fixture(scope="module")
def brief(make_brief: Callable[..., Brief]) -> Brief:
    scores = {
        (role, f): (pair[n], 0.5) for f, pair in CALLS.items() for n, role in enumerate(("baseline", "finetuned"))
    }
    return make_brief(4, about=False, scores=scores, truth=TRUTH)


def passes(brief: Brief, text: str, before: str = "") -> bool:
    evidence = tuple(item.id for item in brief.evidence if not item.id.startswith(("gradcam", "boxes")))
    told = tuple(Sentence(text=x, evidence=evidence) for x in (before, text) if x)
    return text not in {c.text for c in find_mistakes(Draft(sentences=told), brief)}


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
def test_calls_that_models_share_or_have_alone(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


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
def test_outcomes_won_lost_avoided_and_counted(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_an_outcome_that_came_about_is_that_of_the_model_spoken_of(brief: Brief) -> None:
    before = "Only the baseline calls Edema."
    told = "A {} was thereby incurred, and a {} was obtained by the fine-tuned model."
    assert passes(brief, told.format("false positive", "true negative"), before)
    assert not passes(brief, told.format("true negative", "false positive"), before)


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
def test_calls_counted_and_labels_told_by_the_way(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_a_model_that_calls_nothing(make_brief: Callable[..., Brief]) -> None:
    scores = {
        (role, f): (0.8 if role == "finetuned" else 0.2, 0.5) for f in CALLS for role in ("baseline", "finetuned")
    }
    brief = make_brief(4, about=False, scores=scores, truth=TRUTH)
    for text in ["There is not one finding that {} calls.", "{} does not call a single finding."]:
        assert passes(brief, text.format("the baseline"))
        assert not passes(brief, text.format("the fine-tuned model"))
    assert passes(brief, "The fine-tuned model calls 13 of 13 findings, the baseline none.")
    assert not passes(brief, "The baseline calls 13 of 13 findings, the fine-tuned model none.")
    assert not passes(brief, "The baseline calls at least something.")


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
def test_who_wins_who_is_asked_for_and_who_is_sure(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_it_is_an_error_of_the_model_that_the_sentence_names(brief: Brief) -> None:
    before = "The models differ on Edema, which the baseline calls."
    told = "It is a false {}, so the baseline is the one that is {}."
    assert passes(brief, told.format("positive", "wrong"), before)
    assert not passes(brief, told.format("negative", "wrong"), before)
    assert not passes(brief, told.format("positive", "right"), before)


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
def test_what_is_almost_true_is_refused(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)
    assert not passes(brief, "There is no finding that the baseline does not call.")


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
def test_what_is_told_of_the_other_model_as_well(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_as_well_may_be_of_another_finding(brief: Brief) -> None:
    assert passes(brief, "Edema is called by the baseline as well.", before="The baseline calls Consolidation.")


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
def test_remarks_on_calls_and_errors(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


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
def test_part_of_the_calls_and_who_has_them(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_none_of_the_positives(make_brief: Callable[..., Brief]) -> None:
    scores = {(role, f): (0.2, 0.5) for f in CALLS for role in ("baseline", "finetuned")}
    scores["baseline", "Fracture"] = 0.8, 0.5
    brief = make_brief(4, about=False, scores=scores, truth=TRUTH)
    for text in ("None of the positives is caught by {}.", "Not a single positive finding is called by {}."):
        assert passes(brief, text.format("the fine-tuned model"))
        assert not passes(brief, text.format("the baseline"))
