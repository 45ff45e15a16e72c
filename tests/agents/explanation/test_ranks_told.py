"""What is said of ranks, labels lacking and findings in other words: the true one passes, its false twins do not.

The baseline's highest labels are Fracture (0.91), Consolidation (0.90) and Lung Lesion (0.88), the fine-tuned model's
Fracture (0.81), Pleural Other, Cardiomegaly and Pneumonia (0.65). The baseline lacks a label for Atelectasis, the
fine-tuned model for Lung Opacity and Pneumothorax. Of four maps the fine-tuned model's for Pneumonia alone lies mostly
in usual places. Edema is called by the baseline.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.state import Brief

MakeBrief = Callable[..., Brief]
LetThrough = Callable[..., bool]

SHARES = {("finetuned", "Edema"): 0.18, ("baseline", "Pneumonia"): 0.08, ("finetuned", "Pneumonia"): 0.81}


@pytest.fixture(scope="module")
def brief(three_findings: MakeBrief) -> Brief:
    return three_findings(SHARES)


TWINS: dict[str, tuple[str, ...]] = {
    "Edema is not among the baseline's three highest labels; those start with Fracture.": (
        "Edema is not among the baseline's three highest labels; those start with Lung Lesion.",
        "Edema is not among the baseline's three highest labels; those start with Fracture and Edema.",
    ),
    "Topping the fine-tuned model's list are Fracture and Pleural Other.": (
        "Topping the fine-tuned model's list are Fracture and Pneumonia.",
        "Topping the baseline's list are Fracture and Pleural Other.",
        "Topping the fine-tuned model's list is Pleural Other.",
    ),
    "Pneumonia is absent from the baseline's top five.": (
        "Pneumonia is absent from the fine-tuned model's top five.",
        "Pneumonia is not absent from the baseline's top five.",
        "Edema is absent from the baseline's top five.",
    ),
    "The baseline gives Fracture 0.91 and Consolidation 0.90, and nothing else goes that high.": (
        "The baseline gives Fracture 0.91 and Lung Lesion 0.88, and nothing else goes that high.",
        "The baseline gives Fracture 0.91 and Consolidation 0.90, and something else goes that high.",
        "The baseline gives Fracture 0.91 and Consolidation 0.90, and one other finding scores that high.",
    ),
    "Nothing in the baseline scores as high as Fracture.": (
        "Nothing in the baseline scores as high as Lung Lesion.",
        "Nothing in the fine-tuned model scores as high as Pleural Other.",
    ),
    "The baseline's list is headed by Fracture.": (
        "The baseline's list is headed by Edema.",
        "The fine-tuned model's list is headed by Pleural Other.",
    ),
    "The baseline assesses all findings but Atelectasis.": (
        "The fine-tuned model assesses all findings but Lung Opacity.",
        "All findings but Edema are assessed by the baseline.",
        "All findings but Atelectasis are called by the baseline.",
        "Pneumothorax is the only finding that the fine-tuned model does not assess.",
    ),
    "It is for Pneumonia alone that the fine-tuned model's map lies mostly in usual places.": (
        "It is for Edema alone that the fine-tuned model's map lies mostly in usual places.",
        "It is for Pneumonia alone that the baseline's map lies mostly in usual places.",
        "Not only for Pneumonia does the fine-tuned model's map lie mostly in usual places.",
    ),
    "The baseline lacks an assessment of Atelectasis alone.": (
        "The fine-tuned model lacks an assessment of Lung Opacity alone.",
        "The baseline lacks an assessment of Edema alone.",
        "Only Pneumothorax is not assessed by the fine-tuned model.",
    ),
    "Two findings lie beyond the fine-tuned model: it has no label for Lung Opacity and Pneumothorax.": (
        "Four findings lie beyond the fine-tuned model: it has no label for Lung Opacity and Pneumothorax.",
        "Several findings lie beyond the baseline: it has no label for Atelectasis.",
    ),
    "No opinion from the fine-tuned model, which does not assess Pneumothorax.": (
        "No opinion from the baseline, which does not assess Pneumothorax.",
        "No opinion from the fine-tuned model, which calls Pneumonia.",
    ),
    "Edema does not fall outside what the fine-tuned model assesses.": (
        "Lung Opacity does not fall outside what the fine-tuned model assesses.",
        "Edema falls outside what the fine-tuned model assesses, so nothing follows from its absence.",
    ),
    "Lung edema, that is Edema, is called by the baseline.": (
        "Lung edema, that is Edema, is called by the fine-tuned model.",
        "Pneumonia, that is Edema, is called by the baseline.",
    ),
    "For Cardiomegaly it is a near miss: the fine-tuned model has 0.67 against 0.75.": (
        "For Edema it is a near miss: the baseline has 0.71 against 0.50.",
        "For Pleural Effusion it is a near miss: the fine-tuned model has 0.21 against 0.50.",
        "For Cardiomegaly it is not a near miss: the fine-tuned model has 0.67 against 0.75.",
    ),
    "The baseline does not call Pneumonia; it may have mistaken it for Edema.": (
        "The baseline does not call Pneumonia; it may have mistaken it for Pleural Effusion.",
        "The fine-tuned model does not call Cardiomegaly; it may have mistaken it for Edema.",
    ),
    "The fine-tuned model does not call the heart enlarged (Cardiomegaly 0.67), in line with a negative label.": (
        "The fine-tuned model calls the heart enlarged (Cardiomegaly 0.67), against a negative label.",
        "The fine-tuned model does not call the heart enlarged (Cardiomegaly 0.67), against a positive label.",
    ),
}


@pytest.mark.parametrize("true", TWINS)
def test_what_is_said_of_ranks_passes_and_its_false_twins_do_not(
    let_through: LetThrough, brief: Brief, true: str
) -> None:
    assert let_through(brief, true)
    assert [twin for twin in TWINS[true] if let_through(brief, twin)] == []


def test_those_of_the_other_are_the_highest_labels_told_of_before(let_through: LetThrough, brief: Brief) -> None:
    told, other = (
        "Edema is the fourth of the baseline's highest labels.",
        "It is {}among those of the fine-tuned model.",
    )
    assert let_through(brief, told, other.format("not "))
    assert not let_through(brief, told, other.format(""))
    assert not let_through(brief, "The baseline calls Edema with 0.71.", other.format("not "))


def test_a_count_of_labels_is_held_to_the_findings_listed(let_through: LetThrough, make_brief: MakeBrief) -> None:
    names = [f.name for f in make_brief(4).findings.each()]
    truth = dict.fromkeys(names, "negative") | {"Edema": "positive", "Fracture": "positive"}
    brief = make_brief(4, truth=truth)
    assert let_through(brief, "The labels are all known, with two positive: Edema and Fracture.")
    for false in ("three positive: Edema and Fracture", "two positive: Edema and Pneumonia", "two negative: Edema"):
        assert not let_through(brief, f"The labels are all known, with {false}.")
