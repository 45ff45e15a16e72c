"""Outcomes told side by side, and what is denied of a second model or of findings named before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief

MakeBrief = Callable[..., Brief]
LetThrough = Callable[..., bool]

SCORES = {
    ("baseline", "Edema"): (0.71, 0.50),
    ("finetuned", "Edema"): (0.32, 0.40),
    ("baseline", "Pneumonia"): (0.22, 0.50),
    ("finetuned", "Pneumonia"): (0.35, 0.60),
    ("baseline", "Fracture"): (0.31, 0.50),
    ("finetuned", "Fracture"): (0.81, 0.70),
    ("baseline", "Atelectasis"): (0.11, 0.50),
    ("finetuned", "Atelectasis"): (0.91, 0.50),
    ("baseline", "Cardiomegaly"): (0.31, 0.50),
    ("finetuned", "Cardiomegaly"): (0.12, 0.50),
}
TRUTH = {
    "Edema": "negative",
    "Pneumonia": "negative",
    "Fracture": "positive",
    "Atelectasis": "negative",
    "Cardiomegaly": "positive",
}


@pytest.fixture(scope="module")
def brief(make_brief: MakeBrief) -> Brief:
    return make_brief(4, about=False, scores=SCORES, truth=TRUTH, empty=())


TRUE_AND_FALSE = [
    (
        "The models differ on Fracture, Atelectasis and Edema: the fine-tuned model calls the first two.",
        "The models differ on Edema, Fracture and Atelectasis: the fine-tuned model calls the first two.",
    ),
    (
        "The models differ on Edema, Fracture and Atelectasis: the fine-tuned model calls the last two.",
        "The models differ on Fracture, Atelectasis and Edema: the fine-tuned model calls the last two.",
    ),
    (
        "The baseline does not call Fracture and Cardiomegaly, both FN, while the fine-tuned model calls Fracture.",
        "The baseline does not call Fracture and Pneumonia, both FN, while the fine-tuned model calls Fracture.",
    ),
    (
        "The baseline does not call Pneumonia at 0.22 under 0.50, nor does the fine-tuned model at 0.35 under 0.60.",
        "The baseline does not call Fracture at 0.31 under 0.50, nor does the fine-tuned model at 0.81 over 0.70.",
    ),
    (
        "The fine-tuned model is TP on Fracture. | For Fracture its score is 0.81, the baseline's 0.31.",
        "The fine-tuned model is TP on Fracture. | For Fracture its score is 0.31, the baseline's 0.81.",
    ),
    (
        "The fine-tuned model is TP and the baseline FN on Fracture. | Place may explain that gain.",
        "The fine-tuned model is FP and the baseline TN on Atelectasis. | Place may explain that gain.",
    ),
    (
        "The fine-tuned model does better, with TP against FN on Fracture and TN against FP on Edema.",
        "The fine-tuned model does better, with FN against TP on Fracture and TN against FP on Edema.",
    ),
    (
        "The baseline is right on Atelectasis, TN against FP.",
        "The fine-tuned model is right on Atelectasis, TN against FP.",
    ),
    (
        "The fine-tuned model has TP where the baseline has FN on Fracture.",
        "The fine-tuned model has TP where the baseline has FN on Cardiomegaly.",
    ),
    (
        "The fine-tuned model is TN where the baseline is FP on Edema.",
        "The baseline is TN where the fine-tuned model is FP on Edema.",
    ),
    (
        "The baseline does not call Pneumonia at 0.22, nor does the fine-tuned model at 0.35.",
        "The baseline does not call Atelectasis at 0.11, nor does the fine-tuned model at 0.91.",
    ),
    (
        "Pneumonia is not called by the baseline, nor by the fine-tuned model.",
        "Edema is not called by the fine-tuned model, nor by the baseline.",
    ),
    (
        "The fine-tuned model calls Fracture and Atelectasis, and the baseline does not call either of them.",
        "The fine-tuned model calls Fracture and Atelectasis, and it does not call either of them.",
    ),
    (
        "Fracture, Atelectasis and Cardiomegaly stay below; the baseline does not call any of the three.",
        "Fracture, Atelectasis and Cardiomegaly stay below; the baseline does not call any of the two.",
    ),
    (
        "The models part on Edema, Fracture and Atelectasis.",
        "The models part on Edema, Fracture and Pneumonia.",
    ),
    (
        "The two stand on different sides for Edema, Fracture and Atelectasis.",
        "The two stand on different sides for Edema, Cardiomegaly and Atelectasis.",
    ),
    (
        "The fine-tuned model calls Fracture as well as Atelectasis.",
        "The fine-tuned model calls Fracture as well as Cardiomegaly.",
    ),
]


@pytest.mark.parametrize(("true", "false"), TRUE_AND_FALSE)
def test_a_pair_of_outcomes_and_a_second_denial_are_held_to_the_evidence(
    let_through: LetThrough, brief: Brief, true: str, false: str
) -> None:
    assert let_through(brief, *true.split(" | "))
    assert not let_through(brief, *false.split(" | "))
