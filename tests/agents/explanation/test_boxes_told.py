"""What is said of boxes in free English: the true sentence passes, its false twins do not.

For Lung Lesion the baseline has one box, in the midline, the fine-tuned model two on the left (mean activation 0.73 and
0.78); for Pneumonia the baseline has two in the midline (0.63 and 0.73), the fine-tuned model, which calls it (FP),
none.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief

MakeBrief = Callable[..., Brief]
LetThrough = Callable[..., bool]

SHARES = {
    ("baseline", "Edema"): 0.62,
    ("finetuned", "Edema"): 0.18,
    ("baseline", "Pneumonia"): 0.08,
    ("finetuned", "Pneumonia"): 0.81,
}


@pytest.fixture(scope="module")
def brief(three_findings: MakeBrief) -> Brief:
    return three_findings(SHARES)


TWINS: dict[str, tuple[str, ...]] = {
    "For Lung Lesion BL has one box (L mid lung), FT two.": (
        "For Lung Lesion BL has one box (R mid lung), FT two.",
        "For Lung Lesion BL has one box (L mid lung), FT one.",
        "For Lung Lesion FT has one box (L mid lung), BL two.",
    ),
    "For Lung Lesion two left-sided boxes mark the fine-tuned model's focus and a single one the baseline's.": (
        "For Lung Lesion two left-sided boxes mark the baseline's focus and a single one the fine-tuned model's.",
        "For Lung Lesion two midline boxes mark the fine-tuned model's focus and a single one the baseline's.",
        "For Pneumonia two left-sided boxes mark the fine-tuned model's focus and a single one the baseline's.",
    ),
    "For Pneumonia the baseline's strongest box has a mean activation of 0.73, the weakest one of 0.63.": (
        "For Pneumonia the baseline's strongest box has a mean activation of 0.63, the weakest one of 0.73.",
        "For Pneumonia the baseline's strongest two boxes have a mean activation of 0.73 each.",
        "For Pneumonia the fine-tuned model's strongest box has a mean activation of 0.73.",
        "For Pneumonia both boxes of the baseline have a mean activation of 0.73.",
    ),
    "The fine-tuned model's missing box for Pneumonia may point to a spread map.": (
        "The baseline's missing box for Pneumonia may point to a spread map.",
        "The fine-tuned model's missing box for Lung Lesion may point to a spread map.",
    ),
    "The fine-tuned model marks nothing for Pneumonia, so nothing can be said about its boxes.": (
        "The baseline marks two boxes for Pneumonia, so nothing can be said about its boxes.",
        "The fine-tuned model marks nothing for Pneumonia, so nothing can be said about its map.",
        "For Pneumonia no region of the fine-tuned map was not large enough for a box.",
        "For Pneumonia the fine-tuned model has no box, and 81 % of its map does not lie in usual places.",
    ),
    "The fine-tuned model's answer on Pneumonia is not a true positive but a false one.": (
        "The fine-tuned model's answer on Pneumonia is not a false positive but a true one.",
        "The baseline's answer on Pneumonia is not a true positive but a false one.",
        "The fine-tuned model's answer on Edema is not a true positive but a false one.",
    ),
    "The baseline's answer on Pneumonia is not a false negative but a true one.": (
        "The fine-tuned model's answer on Pneumonia is not a false negative but a true one.",
        "The fine-tuned model's answer on Edema is not a false negative but a true one.",
    ),
    "For Pneumonia 0.65 earns a call from the fine-tuned model, while the baseline, at 0.22, makes none.": (
        "For Pneumonia 0.65 earns a call from the fine-tuned model, while the baseline, at 0.22, makes one.",
        "For Pneumonia 0.22 earns a call from the baseline, while the fine-tuned model, at 0.65, makes none.",
        "For Pneumonia 0.65 does not earn a call from the fine-tuned model.",
        "For Pneumonia 0.22 earns one call from the baseline.",
        "For Pneumonia 0.65 earns a call from the fine-tuned model, which makes just one call.",
        "For Pneumonia the fine-tuned model is FP, whereas the fine-tuned model is TN.",
    ),
    "Irrelevant though it is, the baseline's map for Pneumonia leads to no call.": (
        "Relevant though it is, the baseline's map for Pneumonia leads to no call.",
        "Irrelevant though it is, the fine-tuned model's map for Pneumonia leads to a call.",
        "Irrelevant though it is, the baseline's map for Pneumonia leads to a call.",
    ),
    "The fine-tuned model's map for Edema did not lead to a call.": (
        "The fine-tuned model's map for Edema led to a call.",
        "The baseline's map for Edema did not lead to a call.",
        "The fine-tuned model's map for Pneumonia did not lead to a call.",
    ),
}


@pytest.mark.parametrize("true", TWINS)
def test_what_is_said_of_boxes_passes_and_its_false_twins_do_not(
    let_through: LetThrough, brief: Brief, true: str
) -> None:
    assert let_through(brief, true)
    assert [twin for twin in TWINS[true] if let_through(brief, twin)] == []
