"""Statements in the forms that writers take over from the evidence: the true one passes, its false twins do not.

The case: the baseline calls Edema (TP) and not Pneumonia (TN), the fine-tuned model the other way round (FN, FP); Edema
is at rank 4 of the baseline's highest labels and at none of the fine-tuned model's, Pneumonia at rank 4 of these.
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


MOVED = "For Edema the peak has moved from cardiac silhouette to right hilum"
OUT = "and from mostly to NOT mainly in usual places."
BASE = "the baseline's highest labels"
AND_FT = "while the fine-tuned model's is 0.08 below its own."
NOT_FT = "and not among those of the fine-tuned model."
PEAKS = "The baseline's map for Pneumonia peaks in cardiac silhouette (side as displayed)"

TWINS: dict[str, tuple[str, ...]] = {
    "Edema goes from TP to FN and Pneumonia from TN to FP.": (
        "Edema goes from FN to TP and Pneumonia from TN to FP.",
        "Edema goes from TP to FN and Pneumonia from FP to TN.",
        "Pneumonia goes from TP to FN and Edema from TN to FP.",
        "Edema goes from TP to FN and Fracture from TN to FP.",
        "Edema does not go from TP to FN.",
        "Neither Edema nor Pneumonia goes from TP to FN.",
        "From the fine-tuned model to the baseline, Edema goes from TP to FN.",
        "Edema goes from TP to FN in the baseline.",
    ),
    "Edema, Lung Lesion and Support Devices go from TP to FN; Pneumonia goes from TN to FP.": (
        "Edema, Lung Lesion and Fracture go from TP to FN; Pneumonia goes from TN to FP.",
        "Edema, Lung Lesion and Support Devices go from FN to TP; Pneumonia goes from TN to FP.",
    ),
    "The baseline calls Edema, score 0.71; it is at rank 4 of its highest labels.": (
        "The baseline calls Edema, score 0.71; it is at rank 3 of its highest labels.",
        "The baseline calls Edema, score 0.71; it is not at rank 4 of its highest labels.",
        "The baseline calls Edema, score 0.71; it is its highest label, at rank 1.",
        "The fine-tuned model does not call Edema, score 0.32; it is at rank 4 of its highest labels.",
        "The baseline calls Fracture, score 0.91; it is at rank 4 of its highest labels.",
    ),
    "The baseline calls Edema with score 0.71, and it ranks 4 among its highest labels.": (
        "The baseline calls Edema with score 0.71, and it ranks 3 among its highest labels.",
        "The baseline calls Edema with score 0.71, and it does not rank 4 among its highest labels.",
        "The fine-tuned model does not call Edema, score 0.32; it ranks 4 among its highest labels.",
        "The baseline calls Fracture with score 0.91, and it ranks 4 among its highest labels.",
    ),
    "Both models call Fracture; it is at rank 1 for the baseline and rank 1 for the fine-tuned model.": (
        "Both models call Fracture; it is at rank 1 for the baseline and rank 2 for the fine-tuned model.",
        "Both models call Fracture; it is at rank 2 for the baseline and rank 1 for the fine-tuned model.",
        "Edema is called by the baseline; it is at rank 4 for the baseline and rank 4 for the fine-tuned model.",
    ),
    f"Edema is at rank 4 of {BASE}, {NOT_FT}": (
        f"Pneumonia is at rank 4 of the fine-tuned model's highest labels, {NOT_FT}",
        "Edema is at rank 4 of the fine-tuned model's highest labels, and not among those of the baseline.",
        f"Fracture is at rank 1 of {BASE}, {NOT_FT}",
    ),
    "The baseline's map is mostly in usual places for Edema, 62 %, and NOT mainly for Pneumonia, 8 %.": (
        "The baseline's map is mostly in usual places for Edema, 62 %, and NOT mainly for Pneumonia, 81 %.",
        "The baseline's map is mostly in usual places for Pneumonia, 62 %, and NOT mainly for Edema, 8 %.",
        "The fine-tuned model's map is mostly in usual places for Edema, 62 %, and NOT mainly for Pneumonia, 8 %.",
        "The baseline's map is mostly in usual places for Edema and Pneumonia, and NOT mainly for Pleural Other.",
        "The baseline's map is mostly in usual places for Pleural Other, and NOT mainly for Edema.",
    ),
    f"{MOVED}, {OUT}": (
        f"For Edema the peak has moved from right hilum to cardiac silhouette, {OUT}",
        f"{MOVED}, and from NOT mainly to mostly in usual places.",
        f"For Edema the peak has moved from cardiac silhouette to left hilum, {OUT}",
        f"For Pneumonia the peak has moved from cardiac silhouette to right hilum, {OUT}",
        "For Edema the peak has not moved from cardiac silhouette to right hilum.",
    ),
    "For Pneumonia the attention has moved from cardiac silhouette to retrocardiac, and into usual places.": (
        "For Pneumonia the attention has moved from cardiac silhouette to retrocardiac, and out of usual places.",
        "For Edema the attention has moved from cardiac silhouette to right hilum, and into usual places.",
        "For Pneumonia the attention has moved from retrocardiac to cardiac silhouette, and into usual places.",
    ),
    "For Pneumonia the map goes from NOT mainly to mostly in usual places.": (
        "For Pneumonia the map goes from mostly to NOT mainly in usual places.",
        "For Edema the map goes from NOT mainly to mostly in usual places.",
    ),
    f"{PEAKS} and is NOT mainly in usual places, 8 % where a flat map would have 63 %.": (
        "The fine-tuned model's map for Pneumonia peaks in retrocardiac and is NOT mainly in usual places.",
        f"{PEAKS} and is mainly in usual places, 8 % where a flat map would have 63 %.",
    ),
    f"For Edema the baseline's score is 0.21 above its threshold, {AND_FT}": (
        f"For Edema the baseline's score is 0.71 above its threshold, {AND_FT}",
        f"For Edema the baseline's score is 0.21 below its threshold, {AND_FT}",
        "For Edema the fine-tuned model's score is 0.21 above its threshold, the baseline's 0.08 below its own.",
        "For Pneumonia the baseline's score is 0.21 above its threshold.",
        "For Edema the fine-tuned model's score is 0.08 below a default threshold.",
    ),
    "The fine-tuned model calls Fracture and Pneumonia alone.": (
        "The fine-tuned model calls Fracture alone.",
        "The baseline calls Fracture and Pneumonia alone.",
        "The fine-tuned model does not call Fracture and Pneumonia alone.",
    ),
    "The baseline's attention is more anatomically informed for Edema, but less for Pneumonia.": (
        "The fine-tuned model's attention is more anatomically informed for Edema, but less for Pneumonia.",
        "The baseline's attention is more anatomically informed for Pneumonia, but less for Edema.",
        "The baseline's attention is more anatomically informed for Edema, but less for Lung Lesion.",
    ),
    "For Edema the baseline looks at cardiac silhouette, right upper lung and right perihilar.": (
        "For Edema the baseline looks at cardiac silhouette, right upper lung and left perihilar.",
        "For Edema the fine-tuned model looks at cardiac silhouette, right upper lung and right perihilar.",
        "For Lung Lesion the baseline looks at cardiac silhouette, right upper lung and right perihilar.",
    ),
    "For Edema the baseline may be right for the wrong reason.": (
        "For Edema the fine-tuned model may be right for the wrong reason.",
        "For Pneumonia the fine-tuned model may be right for the wrong reason.",
    ),
    "Support Devices goes from TP to FN, which does not outweigh this.": (
        "Fine-tuning exchanges errors: Support Devices goes from TP to FN.",
        "For Edema this gain seems to rest on anatomy.",
        "For Pneumonia the gain seems to rest on anatomy.",
        "The loss seems to rest on anatomy.",
        "(side with the fine-tuned model. 20 % in right hilum",
        "For Edema the attention has not moved to another place.",
        "No usual places are known for Edema.",
        "The calls do not differ.",
        "No finding that the labels name as positive is called by either model.",
        "The fine-tuned model has no FN.",
        "For Edema neither model goes against the labels.",
        "The fine-tuned model calls 0 findings.",
    ),
    "The baseline calls Edema, and typically an edema begins at the hila.": (
        "The fine-tuned model calls Edema, and typically an edema begins at the hila.",
        "The baseline calls Edema, and typically it calls Pneumonia.",
        "The baseline calls Edema, and typically that call is a TN.",
        "The baseline calls Edema, and Pneumonia is typically called with 0.9.",
        "The baseline calls Edema, where the map typically lies in usual places for Pneumonia.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("true", TWINS)
def test_a_set_form_passes_and_its_false_twins_do_not(let_through: LetThrough, brief: Brief, true: str) -> None:
    assert let_through(brief, true)
    assert [twin for twin in TWINS[true] if let_through(brief, twin)] == []
