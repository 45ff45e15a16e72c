"""Numbers told in an order of their own: true ones pass, false twins do not.

The case, for Edema: the baseline scores 0.71 at a threshold of 0.64, the fine-tuned model 0.46 at 0.50. For Pneumonia:
0.12 at 0.74, and 0.90 at 0.33. Their maps have 62 and 18 % in usual places, and 8 and 81 %.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]

SCORES = {
    ("baseline", "Edema"): (0.71, 0.64),
    ("finetuned", "Edema"): (0.46, 0.50),
    ("baseline", "Pneumonia"): (0.12, 0.74),
    ("finetuned", "Pneumonia"): (0.90, 0.33),
}
SHARES = {
    ("baseline", "Edema"): 0.62,
    ("finetuned", "Edema"): 0.18,
    ("baseline", "Pneumonia"): 0.08,
    ("finetuned", "Pneumonia"): 0.81,
}
CALLED = "The fine-tuned model calls Pneumonia. "
SHARED = "The fine-tuned model's map for Pneumonia has 81 % in usual places. "
NEAR = "Some scores lie close to their thresholds, such as"

TWINS: dict[str, tuple[str, ...]] = {
    "Pneumonia needs 0.74 in the baseline and only 0.33 in the fine-tuned model.": (
        "Pneumonia needs 0.33 in the baseline and only 0.74 in the fine-tuned model.",
        "Pneumonia needs 0.12 in the baseline and only 0.90 in the fine-tuned model.",
        "Edema needs 0.74 in the baseline and only 0.33 in the fine-tuned model.",
    ),
    "For Edema the baseline requires 0.64, the fine-tuned model 0.50.": (
        "For Edema the baseline requires 0.50, the fine-tuned model 0.64.",
        "For Edema the baseline requires 0.71, the fine-tuned model 0.46.",
    ),
    "For Edema the fine-tuned model's score is below the baseline's, 0.46 against 0.71, but its threshold is 0.50.": (
        "For Edema the fine-tuned model's score is above the baseline's, 0.46 against 0.71.",
        "For Edema the baseline's score is below the fine-tuned model's, 0.46 against 0.71.",
        "For Edema the fine-tuned model's score is below the baseline's, 0.71 against 0.46.",
        "For Edema the fine-tuned model's score is not below the baseline's, 0.46 against 0.71.",
        "For Edema the fine-tuned model's score is below the baseline's, 0.46 against 0.71, but its threshold is 0.64.",
    ),
    f"{CALLED}Its score is 0.90 against 0.12 in the baseline.": (
        f"{CALLED}Its score is 0.12 against 0.90 in the baseline.",
        f"{CALLED}Its score is 0.90 against 0.33 in the baseline.",
        f"{CALLED}Its score is 0.90 against 0.74 in the baseline.",
    ),
    "The fine-tuned model's Edema score of 0.46 is not far below its threshold of 0.50.": (
        "The fine-tuned model's Edema score of 0.46 is not far above its threshold of 0.50.",
        "The fine-tuned model's Edema score of 0.46 is far below its threshold of 0.50.",
        "The baseline's Pneumonia score of 0.12 is not far below its threshold of 0.74.",
    ),
    f"{SHARED}It reaches only 18 % for Edema.": (
        f"{SHARED}It reaches only 62 % for Edema.",
        f"{SHARED}It reaches only 46 % for Edema.",
        f"{SHARED}The baseline reaches only 18 % for Edema.",
    ),
    f"{NEAR} the baseline's Edema with 0.71 over 0.64 and the fine-tuned model's Edema with 0.46 under 0.50.": (
        f"{NEAR} the baseline's Edema with 0.71 over 0.64 and the fine-tuned model's Pneumonia with 0.90 over 0.33.",
        f"{NEAR} the baseline's Edema with 0.46 under 0.50.",
        f"{NEAR} the baseline's Pneumonia with 0.12 under 0.74.",
    ),
    "The fine-tuned model's Edema fails with 0.46 under 0.50.": (
        "The fine-tuned model's Edema passes with 0.46 under 0.50.",
        "The fine-tuned model's Pneumonia fails with 0.90 over 0.33.",
    ),
    "Pneumonia rises from 8 % to 81 % in usual places, while Edema drops from 62 % to 18 %.": (
        "Pneumonia falls from 8 % to 81 % in usual places.",
        "Pneumonia rises from 8 % to 81 % in usual places, while Edema rises from 62 % to 18 %.",
        "Edema rises from 8 % to 81 % in usual places.",
    ),
}


@pytest.fixture(scope="module")
def brief(make_brief: MakeBrief) -> Brief:
    return make_brief(4, scores=SCORES, truth={"Edema": "positive"}, plausible=SHARES, empty=())


def passes(brief: Brief, text: str, evidence: tuple[str, ...] | None = None) -> bool:
    """All of one or two sentences; what they cite is everything where it is not given."""
    cited = evidence or tuple(item.id for item in brief.evidence)
    sentences = tuple(Sentence(text=f"{part}.", evidence=cited) for part in text.rstrip(".").split(". "))
    return not find_mistakes(Draft(sentences=sentences), brief)


@pytest.mark.parametrize("text", TWINS)
def test_a_true_sentence_passes_and_its_false_twins_do_not(brief: Brief, text: str) -> None:
    assert passes(brief, text)
    assert not [twin for twin in TWINS[text] if passes(brief, twin)]


def test_shares_of_one_zone_are_held_to_the_map_of_each_finding(brief: Brief) -> None:
    zones = {
        item.result["finding"]: item.result["zones"][2]
        for item in brief.evidence
        if item.tool == "gradcam" and item.result["role"] == "baseline"
    }
    told = {f: f"{100 * zone['share']:.0f} %" for f, zone in zones.items()}
    for finding in ("Edema", "Pneumonia"):
        other = "Edema" if finding == "Pneumonia" else "Pneumonia"
        same = next((z for z in maps(brief, other) if z["zone"] == zones[finding]["zone"]), None)
        if same is None:
            continue
        text = "Part of the baseline's attention falls in {}, {} for {} and {} for {}."
        there = f"{100 * same['share']:.0f} %"
        assert passes(brief, text.format(same["zone"], told[finding], finding, there, other))
        if there != told[finding]:
            assert not passes(brief, text.format(same["zone"], there, finding, told[finding], other))


def maps(brief: Brief, finding: str) -> list[dict[str, Any]]:
    item = next(x for x in brief.evidence if x.id == f"gradcam.baseline.{finding.lower()}")
    return item.result["zones"]
