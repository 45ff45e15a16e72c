"""What free English leaves open is filled in from the sentence before and the evidence, never with what is false."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.explanation.reading.words.plain_words import is_plain
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]


@pytest.fixture(scope="module")
def brief(three_findings: MakeBrief) -> Brief:
    plausible = {("baseline", "Edema"): 0.62, ("finetuned", "Edema"): 0.18}
    return three_findings(plausible)


def passes(brief: Brief, *texts: str) -> list[bool]:
    """Of each sentence of one text, every one citing everything, whether it is let through."""
    evidence = tuple(item.id for item in brief.evidence)
    draft = Draft(sentences=tuple(Sentence(text=text, evidence=evidence) for text in texts))
    cut = {c.text for c in find_mistakes(draft, brief)}
    return [text not in cut for text in texts]


TRUE_AND_FALSE = [
    (
        "The baseline calls Edema, but the fine-tuned model does not.",
        "The fine-tuned model calls Edema, but the baseline does not.",
    ),
    (
        "The fine-tuned model does not call Edema, but the baseline does.",
        "The baseline does not call Edema, but the fine-tuned model does.",
    ),
    (
        "The baseline calls Fracture, and so does the fine-tuned model.",
        "The baseline calls Edema, and so does the fine-tuned model.",
    ),
    (
        "The baseline calls Edema and Fracture, the fine-tuned model Pneumonia.",
        "The baseline calls Edema and Fracture, the fine-tuned model Edema.",
    ),
    ("The baseline nearly calls Pneumonia, and the fine-tuned model calls it.", "The baseline nearly calls Edema."),
    (
        "Edema is at 0.71 over 0.50 for the baseline and at 0.32 under 0.40 for the fine-tuned model.",
        "Edema is at 0.32 under 0.40 for the baseline and at 0.71 over 0.50 for the fine-tuned model.",
    ),
    (
        "Both call Fracture, 0.91 over 0.50 and 0.81 over 0.70.",
        "Both call Fracture, 0.81 over 0.70 and 0.91 over 0.50.",
    ),
    (
        "Edema gets 0.71 (threshold 0.50) in the baseline and 0.32 (threshold 0.40) in the fine-tuned model.",
        "Edema gets 0.71 (threshold 0.40) in the baseline and 0.32 (threshold 0.50) in the fine-tuned model.",
    ),
    (
        "On Pneumonia the fine-tuned model is worse, FP where the baseline is TN.",
        "On Pneumonia the fine-tuned model is TN where the baseline is FP.",
    ),
    ("The fine-tuned model is worse on Pneumonia.", "The baseline is worse on Pneumonia."),
    ("The map of the baseline for Edema is relevant.", "The map of the fine-tuned model for Edema is relevant."),
    (
        "For Edema 62 % of the baseline's map and 18 % of the fine-tuned model's lie in usual places.",
        "For Edema 18 % of the baseline's map and 62 % of the fine-tuned model's lie in usual places.",
    ),
    (
        "The share of the Edema map in usual places falls from 62 % to 18 %.",
        "The share of the Edema map in usual places rises from 18 % to 62 %.",
    ),
]

TRUE_AND_FALSE += [
    (
        "The fine-tuned model calls Pneumonia, and it is wrong to do so.",
        "The fine-tuned model calls Pneumonia, and it is right to do so.",
    ),
    (
        "The baseline does not call Pneumonia, and it is right not to.",
        "The baseline does not call Pneumonia, and it is wrong not to.",
    ),
    (
        "Edema is called by the baseline but not by the fine-tuned model, which is wrong.",
        "Edema is called by the baseline but not by the fine-tuned model, which is right.",
    ),
    (
        "The baseline calls Edema, and the fine-tuned model none.",
        "The baseline calls Pneumonia, and the fine-tuned model none.",
    ),
    (
        "The baseline's call of Edema is a true positive.",
        "The fine-tuned model's call of Edema may rest on its border.",
    ),
    (
        "The fine-tuned model's call of Pneumonia is contradicted by the labels.",
        "The baseline's call of Edema is contradicted by the labels.",
    ),
    ("Edema becomes FN instead of TP.", "Edema becomes FN instead of FP."),
    (
        "The baseline calls Fracture, which the labels mention.",
        "The baseline calls Fracture, which the labels do not mention.",
    ),
]


@pytest.mark.parametrize(("true", "false"), TRUE_AND_FALSE)
def test_what_is_left_out_is_filled_in_and_held_to_the_evidence(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true) == [True]
    assert passes(brief, false) == [False]


def test_no_more_than_a_flat_map_is_no_praise_beside_a_map_mostly_outside(three_findings: MakeBrief) -> None:
    plausible = {("baseline", "Edema"): 0.18, ("finetuned", "Edema"): 0.05}
    brief = three_findings(plausible)
    text = (
        "For Edema, the {} map lies mostly outside the usual places and the {} map lies {} in usual places than a flat "
        "map would."
    )
    models = ("baseline's", "fine-tuned model's")
    assert passes(brief, text.format(*models, "no more")) == [True]
    assert passes(brief, text.format(*models, "more")) == [False]


def test_a_verb_left_out_is_that_of_the_sentence_before(brief: Brief) -> None:
    assert passes(brief, "The baseline calls Edema.", "At 0.32 the fine-tuned model does not.") == [True, True]
    assert passes(brief, "The baseline calls Fracture.", "At 0.81 the fine-tuned model does not.") == [True, False]


def test_a_count_denied_is_not_the_count(brief: Brief) -> None:
    calls = [f for f, x in brief_scores(brief, "baseline").items() if x["positive"] and f != "No Finding"]
    assert passes(brief, f"The baseline calls {len(calls)} findings.") == [True]
    assert passes(brief, f"The baseline does not call {len(calls)} findings.") == [False]


def brief_scores(brief: Brief, role: str) -> dict[str, dict[str, bool]]:
    return next(item.result["findings"] for item in brief.evidence if item.id == f"predict.{role}")


def test_neither_model_calls_it_does_not_deny_the_outcome_told_with_it(make_brief: MakeBrief) -> None:
    scores = {(role, "Edema"): (0.2, 0.5) for role in ("baseline", "finetuned")}
    brief = make_brief(4, about="Edema", scores=scores, truth={"Edema": "positive"})
    assert passes(brief, "Neither model calls Edema, leaving a pair of false negatives.") == [True]
    assert passes(brief, "Neither model calls Edema, leaving a pair of true negatives.") == [False]


@pytest.mark.parametrize(
    "text",
    [
        "The baseline calls Edema, and the trachea is deviated.",
        "The baseline calls Edema with a bulging contour.",
        "The baseline calls Edema in an elderly smoker.",
        "The winner is the baseline, which calls Edema.",
        "The baseline declines to call Edema.",
        "Edema is likely.",
        "The findings suggest pneumonia.",
        "It is likely that Edema is present on the left.",
        "Perhaps the baseline calls Edema wrongly.",
        "The baseline's map for Edema is confined to one lung.",
        "The baseline outshines the other, and its map may rest on the border.",
    ],
)
def test_a_word_that_nobody_checks_refuses_the_sentence_beside_a_true_claim(brief: Brief, text: str) -> None:
    assert passes(brief, "The baseline calls Edema.") == [True]
    assert passes(brief, text) == [False]


def test_plain_words_are_known_in_their_forms_and_hold_no_claim() -> None:
    assert all(map(is_plain, ["however", "seems", "places", "noted", "briefly", "so-called"]))
    claims = "lung heart trachea elderly normal healthy win lose better worse right wrong present absent improves"
    assert not any(map(is_plain, claims.split()))
