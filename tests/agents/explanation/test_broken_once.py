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
]


@pytest.mark.parametrize(("true", "false"), PAIRS)
def test_a_false_sentence_that_once_passed_is_refused_and_its_true_twin_is_not(
    check: Check, true: str, false: str
) -> None:
    assert last_passes(check, true)
    assert not last_passes(check, false)
