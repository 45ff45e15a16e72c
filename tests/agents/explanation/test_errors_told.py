"""All errors of a model, what fine-tuning exchanges, one call and none in common: true ones pass, false twins do not.

The case: Edema, Fracture and Atelectasis are positive. The baseline calls Edema (TP) and Pneumonia (FP), the fine-tuned
model Fracture (TP) and Lung Lesion (FP); of `alone` the baseline calls Edema only, the fine-tuned model Fracture and
Lung Lesion, and the truth is hidden.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief
from cxr_lens.training.findings import CHEXPERT

MakeBrief = Callable[..., Brief]
LetThrough = Callable[..., bool]

CALLS = {"baseline": ("Edema", "Pneumonia"), "finetuned": ("Fracture", "Lung Lesion")}
TRUTH = {f: "positive" if f in ("Edema", "Fracture", "Atelectasis") else "negative" for f in CHEXPERT.names}


def scores(calls: dict[str, tuple[str, ...]]) -> dict[tuple[str, str], tuple[float, float]]:
    return {(role, f): (0.71 if f in calls[role] else 0.22, 0.5) for role in calls for f in CHEXPERT.names}


@pytest.fixture(scope="module")
def brief(make_brief: MakeBrief) -> Brief:
    return make_brief(4, scores=scores(CALLS), truth=TRUTH)


@pytest.fixture(scope="module")
def alone(make_brief: MakeBrief) -> Brief:
    return make_brief(4, revealed=False, scores=scores(CALLS | {"baseline": ("Edema",)}))


KIND = "What changes is the kind of false call"

JUDGED: dict[str, tuple[str, ...]] = {
    "The baseline's errors by the labels are a FP on Pneumonia and FN on Fracture and Atelectasis.": (
        "The baseline's errors by the labels are a FP on Pneumonia and a FN on Fracture.",
        "The baseline's errors by the labels are a FN on Pneumonia and FP on Fracture and Atelectasis.",
        "The fine-tuned model's errors by the labels are a FP on Pneumonia and FN on Fracture and Atelectasis.",
        "The baseline's errors by the labels are not a FP on Pneumonia and FN on Fracture and Atelectasis.",
        "The baseline's mistakes are Pneumonia and Fracture.",
    ),
    "Fine-tuning exchanges some false calls for others: Pneumonia becomes TN, while Lung Lesion becomes FP.": (
        "Fine-tuning exchanges some true negatives for others: Pneumonia becomes FP.",
        "Fine-tuning exchanges some false negatives for others: Pneumonia becomes TP.",
        "Fine-tuning exchanges some false calls for others: Lung Lesion becomes TN, while Pneumonia becomes FP.",
    ),
    f"{KIND}: the baseline has a FP on Pneumonia, the fine-tuned model on Lung Lesion.": (
        f"{KIND}: the baseline has a FP on Lung Lesion, the fine-tuned model on Pneumonia.",
        f"{KIND}: the baseline has a FP on Pneumonia, the fine-tuned model on Fracture.",
    ),
    "The fine-tuned model makes calls that the labels do not back: Lung Lesion.": (
        "The baseline makes calls that the labels do not back: Lung Lesion.",
        "The fine-tuned model makes calls that the labels back: Lung Lesion.",
    ),
    "The fine-tuned model makes calls that the labels do not support, Lung Lesion.": (
        "The baseline makes calls that the labels do not support, Lung Lesion.",
        "The fine-tuned model makes two calls that the labels do not support, Lung Lesion and Fracture.",
        "The fine-tuned model makes two calls that the labels do not support, Lung Lesion.",
    ),
    "Neither model has a TP on Atelectasis.": (
        "Neither model has a TP.",
        "No model has a FP.",
        "No model has any TN.",
    ),
    "The labels name Edema, Fracture and Atelectasis as positive.": (
        "All agreement with the labels consists of findings left uncalled.",
    ),
}
HIDDEN: dict[str, tuple[str, ...]] = {
    "The two models share no call: the baseline calls only Edema.": (
        "The two models share no call: the baseline calls only Fracture.",
        "The two models do not share no call.",
    ),
    "No finding is called by both, as the single call of the baseline, Edema at 0.71, scores 0.22 after fine-tuning.": (
        "No finding is called by both, as the single call of the baseline, Fracture at 0.71, scores 0.22.",
        "No finding is called by both, as the single call of the fine-tuned model, Fracture at 0.71, scores 0.22.",
    ),
    "The baseline makes a single call, Edema at 0.71.": (
        "The fine-tuned model makes a single call, Fracture at 0.71.",
        "The baseline makes a single call, Pneumonia at 0.22.",
        "The baseline does not make a single call, Edema at 0.71.",
    ),
}


@pytest.mark.parametrize("text", JUDGED)
def test_errors_of_a_whole_case_are_held_to_the_labels(let_through: LetThrough, brief: Brief, text: str) -> None:
    assert let_through(brief, text)
    assert not [twin for twin in JUDGED[text] if let_through(brief, twin)]


@pytest.mark.parametrize("text", HIDDEN)
def test_one_call_and_no_call_in_common_are_held_to_the_calls(
    let_through: LetThrough, alone: Brief, text: str
) -> None:
    assert let_through(alone, text)
    assert not [twin for twin in HIDDEN[text] if let_through(alone, twin)]


def test_models_with_a_call_in_common_do_not_share_none(let_through: LetThrough, make_brief: MakeBrief) -> None:
    shared = make_brief(4, scores=scores({"baseline": ("Edema",), "finetuned": ("Edema", "Fracture")}), truth=TRUTH)
    for text in ("The two models share no call.", "No finding is called by both models.", "There is no shared call."):
        assert not let_through(shared, text)
        assert let_through(shared, "Edema is called by both models.")


def test_neither_of_two_findings_is_called_by_either_model(let_through: LetThrough, brief: Brief) -> None:
    uncalled = "The labels have Edema and Cardiomegaly as {}, and neither model calls either."
    assert not let_through(brief, uncalled.format("positive"))
    assert let_through(
        brief, "The labels have Cardiomegaly and Pneumothorax as negative, and neither model calls either."
    )
    assert not let_through(
        brief, "The labels have Cardiomegaly and Pneumonia as negative, and neither model calls either."
    )
