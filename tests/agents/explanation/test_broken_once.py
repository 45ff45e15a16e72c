"""False sentences in fluent English that once were let through, each beside a true one in the same words or nearly so.

All are about case00 of the checker's corpus: the baseline calls Edema, Consolidation and Support Devices, the
fine-tuned model Edema, Atelectasis and Pleural Effusion; the labels have Edema, Consolidation, Atelectasis and
Pneumothorax as positive.
"""

from __future__ import annotations

import pytest
from cxr_lens.agents.explanation.checker import Check
from cxr_lens.agents.records import Sentence
from cxr_lens.evals.bench.checker import read_corpus


@pytest.fixture(scope="module")
def check() -> Check:
    return Check(read_corpus().briefs[0])


def last_passes(check: Check, *texts: str) -> bool:
    """Whether the last of some sentences is let through; those before it must be."""
    cited = tuple(check.evidence)
    marks = [mark for _, mark, _ in check.judge_all([Sentence(text=text, evidence=cited) for text in texts])]
    assert None not in marks[:-1]
    return marks[-1] is not None


PAIRS = [
    # a model that is named and of which nothing was claimed
    (
        "The baseline calls Edema, just like the fine-tuned model.",
        "The baseline calls Consolidation, just like the fine-tuned model.",
    ),
    (
        "Unlike the baseline, the fine-tuned model calls Atelectasis.",
        "In contrast to the baseline, the fine-tuned model calls Edema.",
    ),
    ("Both models call Edema.", "The fine-tuned model follows the baseline in calling Consolidation."),
    ("The baseline calls Consolidation.", "The fine-tuned model stands by the baseline's call of Consolidation."),
    (
        "The fine-tuned model's map for Edema peaks in the left upper lung.",
        "The fine-tuned model's map for Edema peaks in the left upper lung, the baseline's likewise.",
    ),
    # `only` and `every` that were read over
    ("Consolidation is called only by the baseline.", "Edema is only called by the baseline."),
    ("After fine-tuning, Edema is called.", "After fine-tuning, only Edema is called."),
    (
        "The labels name only Edema, Consolidation, Atelectasis and Pneumothorax as positive.",
        "The labels name only Edema and Atelectasis as positive.",
    ),
    ("The fine-tuned model is right on the case.", "Every call of the fine-tuned model is right."),
    # a number told of nothing
    (
        "The baseline has three calls, the fine-tuned model three.",
        "The fine-tuned model assesses ten findings, the same number as the baseline.",
    ),
    # a form that denies by itself, and what is left out behind it
    (
        "Fracture escapes the baseline, and the fine-tuned model does not call it either.",
        "Fracture escapes the baseline, not the fine-tuned model.",
    ),
    ("The baseline calls Edema and two others.", "The baseline calls Edema and one other."),
    (
        "Edema was called before fine-tuning and still is.",
        "Consolidation was called before fine-tuning and still is.",
    ),
    (
        "The baseline calls Edema (0.91), the fine-tuned model Atelectasis (0.55).",
        "The baseline calls Edema (0.91), the fine-tuned model Consolidation (0.42).",
    ),
    # a verb or a predicate in which a call is not made
    ("The baseline calls Edema.", "The baseline should have called Edema."),
    ("The baseline does not call Fracture.", "The baseline stops short of calling Edema."),
    ("The baseline does not call Fracture.", "The baseline has yet to call Edema."),
    ("The baseline calls Edema.", "As if the baseline called Edema."),
    ("Edema is called by the baseline.", "Edema is close to being called by the baseline."),
    ("The baseline's call of Edema is right.", "The baseline's call of Edema is lacking."),
    ("The fine-tuned model calls three findings.", "One of the fine-tuned model's three calls is new."),
    ("Both models call three findings.", "Both models call three findings, the same three."),
    # how near a score is to its threshold
    (
        "The baseline's Atelectasis score is just below its threshold.",
        "The baseline's Atelectasis score is far below its threshold.",
    ),
    ("The fine-tuned model only just calls Atelectasis.", "The baseline narrowly calls Edema."),
    ("The fine-tuned model's call of Atelectasis is a close one.", "The baseline's call of Edema is a close one."),
    ("The baseline comfortably calls Edema.", "The baseline calls Edema if only barely."),
    # what differs and what is compared
    ("The models differ on Consolidation.", "The models disagree on everything."),
    (
        "The models differ on Consolidation, Atelectasis and Pleural Effusion alone.",
        "The one finding on which they differ is Atelectasis.",
    ),
    ("The scores for Edema differ.", "The scores for Edema hardly differ."),
    ("The scores for Pleural Other hardly differ.", "The scores for Edema do not differ."),
    (
        "The baseline's threshold for Edema is lower than the fine-tuned model's.",
        "The baseline's threshold for Edema is higher than the fine-tuned model's.",
    ),
    ("The threshold for Edema is raised by fine-tuning.", "The threshold for Edema is lowered by fine-tuning."),
    ("The case F1 of the baseline is 0.86.", "The case F1 of the baseline exceeds 0.86."),
    ("The baseline's threshold for Edema is 0.5.", "The threshold is above 0.5 for Edema in both models."),
    ("The baseline's threshold for Edema is 0.50.", "The baseline's threshold for Edema is 0.91."),
    ("Edema's threshold in the baseline is 0.50.", "Edema's threshold in the baseline is 0.91."),
    (
        "The baseline's threshold, 0.50, is reached for Edema.",
        "The baseline's threshold, 0.91, is reached for Edema.",
    ),
    # the labels, told by the way
    ("Both models call Edema, in line with the labels.", "Edema is called by both models, against the labels."),
    (
        "The fine-tuned model calls Edema, as the labels would have it.",
        "The fine-tuned model calls Pleural Effusion, as the labels would have it.",
    ),
    (
        "The fine-tuned model calls Edema and Atelectasis, and both are in the labels.",
        "The fine-tuned model calls Pleural Effusion and Edema, and both are in the labels.",
    ),
    ("Edema is called by both models, which is right.", "Edema is called by both models; so much for the labels."),
    (
        "Edema is called by both models, which is right.",
        "Edema is called by both models, which is right for the baseline only.",
    ),
    ("The baseline is right on the case.", "The baseline gets everything right."),
    ("The baseline leaves Fracture uncalled.", "It is wrong of the baseline to leave Fracture uncalled."),
    ("The baseline calls Edema.", "It is to the baseline's credit that it calls Support Devices."),
    (
        "The models differ on three findings, among them Atelectasis.",
        "The models differ on three findings, among them Support Devices.",
    ),
    # a cause that no tool tells
    ("The film may explain why the models differ.", "The film explains why the models differ."),
    # what an interpretation takes for granted
    ("Perhaps the baseline calls Edema.", "Perhaps the baseline calls Pneumothorax."),
    (
        "The two calls of Edema may have different reasons.",
        "The two calls of Consolidation may have different reasons.",
    ),
    (
        "The box of the fine-tuned model for Consolidation may explain its score.",
        "The box of the baseline for Consolidation may explain its score.",
    ),
    # places and boxes
    (
        "For Edema, the baseline's map does better than a flat one.",
        "For Pleural Effusion, the baseline's map does better than a flat one.",
    ),
    (
        "For Edema the maps peak in different zones.",
        "For Edema the maps peak in different zones and on different sides.",
    ),
    (
        "Most of the baseline's Edema map lies in usual places.",
        "Little of the baseline's Edema map lies in usual places.",
    ),
    (
        "The baseline's map for Edema lies mainly in the left mid lung.",
        "The baseline's map for Edema lies mainly in the right lower lung.",
    ),
    (
        "For Edema, the baseline looks at the left mid lung.",
        "For Edema, the baseline looks elsewhere than the left mid lung.",
    ),
    (
        "For Edema, the strongest box of the baseline has a mean activation of 0.59.",
        "The strongest box of the baseline for Edema has a mean activation of 0.57.",
    ),
    (
        "Three of the baseline's four maps are mostly in usual places.",
        "All three of the baseline's maps are mostly in usual places.",
    ),
    ("The baseline calls Edema with 0.91 over 0.50.", "The baseline calls Edema narrowly, with 0.91 over 0.50."),
    (
        "Where they differ, the fine-tuned model is right on Atelectasis.",
        "Where they differ, the fine-tuned model is right twice.",
    ),
    ("The projection, AP, is from the table.", "The projection is guessed to be AP."),
]


BEHIND = [
    ("The baseline calls Edema.", "The other model agrees.", "The other model disagrees."),
    (
        "The baseline calls Consolidation, the fine-tuned model does not.",
        "The former is right.",
        "The latter is right.",
    ),
    (
        "The baseline calls Consolidation.",
        "The baseline is right to do so.",
        "The fine-tuned model is wrong to do so.",
    ),
    (
        "The baseline calls Consolidation.",
        "The fine-tuned model does not.",
        "The fine-tuned model, wrongly, does too.",
    ),
    ("The baseline calls Consolidation.", "That is a true positive.", "That is its only true positive."),
    ("The baseline calls Consolidation.", "The baseline is right.", "This call is not shared, and wrong."),
    ("The baseline calls Consolidation.", "It calls Edema, too.", "This is the only finding that it calls."),
    ("The models differ on Atelectasis.", "The fine-tuned model is right.", "The baseline is right."),
    ("The fine-tuned model calls Atelectasis.", "The baseline does not.", "It was called before."),
    (
        "The baseline draws two boxes for Edema.",
        "They are both on the left.",
        "The fine-tuned model's are on the left, too.",
    ),
]


@pytest.mark.parametrize(("before", "true", "false"), BEHIND)
def test_a_false_sentence_behind_a_true_one_is_refused_and_its_true_twin_is_not(
    check: Check, before: str, true: str, false: str
) -> None:
    assert last_passes(check, before, true)
    assert not last_passes(check, before, false)


@pytest.mark.parametrize(("true", "false"), PAIRS)
def test_a_false_sentence_that_once_passed_is_refused_and_its_true_twin_is_not(
    check: Check, true: str, false: str
) -> None:
    assert last_passes(check, true)
    assert not last_passes(check, false)
