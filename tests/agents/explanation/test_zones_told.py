"""Zones told in lists are those of the map, or of the maps in their order; what was read as a finding is a call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.explanation.facts import read_facts
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

SCORES = {
    ("baseline", "Edema"): (0.71, 0.50),
    ("finetuned", "Edema"): (0.32, 0.40),
    ("baseline", "Pneumonia"): (0.22, 0.50),
    ("finetuned", "Pneumonia"): (0.65, 0.60),
}


@pytest.fixture(scope="module")
def brief(make_brief: Callable[..., Brief]) -> Brief:
    return make_brief(4, about=False, positive=0.0, scores=SCORES, empty=())


def passes(brief: Brief, text: str) -> bool:
    """Whether a sentence is let through; `<be1>` stands for the second zone of the baseline's map for Edema."""
    looks = read_facts(brief.evidence).looks
    for role in ("baseline", "finetuned"):
        for finding in ("Edema", "Pneumonia"):
            for n, (zone, _) in enumerate(looks[role, finding].zones):
                text = text.replace(f"<{role[0]}{finding[0].lower()}{n}>", zone)
    draft = Draft(sentences=(Sentence(text=text, evidence=tuple(item.id for item in brief.evidence)),))
    return not find_mistakes(draft, brief)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (
            "The baseline's attention for Edema is spread over <be0>, <be1> and <be2>.",
            [
                "The baseline's attention for Edema is spread over <be0>, <be1> and <be4>.",
                "The baseline's attention for Edema is spread over <be0>, <be1> and <be1>.",
                "The fine-tuned model's attention for Edema is spread over <be0>, <be1> and <be2>.",
                "The baseline's attention for Pneumonia is spread over <be0>, <be1> and <be2>.",
            ],
        ),
        (
            "The baseline's map for Edema peaks in <be0> and takes in <be3> and <be4>.",
            [
                "The baseline's map for Edema peaks in <be1> and takes in <be3> and <be4>.",
                "The baseline's map for Edema peaks in <be0> and takes in <be3> and <fe4>.",
                "The baseline's map for Edema peaks in <be0> and shares the rest with <be3> and <be4>.",
            ],
        ),
        (
            "The baseline's maps for Edema and Pneumonia peak in <be0> and <bp0>.",
            [
                "The baseline's maps for Edema and Pneumonia peak in <bp0> and <be0>.",
                "The baseline's maps for Edema and Pneumonia peak in <be0> and <be3>.",
                "The fine-tuned model's maps for Edema and Pneumonia peak in <be0> and <bp0>.",
            ],
        ),
        (
            "For Edema the maps peak in <be0> and <fe0>.",
            ["For Edema the maps peak in <fe0> and <be0>.", "For Edema the maps peak in <be0> and <be1>."],
        ),
        (
            "The baseline calls Edema with attention in <be0> and <be1>.",
            ["The baseline calls Edema with attention in <be0> and <be2>."],
        ),
        (
            "The baseline's map for Edema peaks in <be0>, so vessels may have been read as edema.",
            [
                "The fine-tuned model's map for Edema peaks in <fe0>, so vessels may have been read as edema.",
                "The baseline's map for Edema peaks in <be0>, so vessels may have been read as pneumonia.",
            ],
        ),
    ],
)
def test_zones_in_lists_are_held_to_the_maps(brief: Brief, true: str, false: list[str]) -> None:
    assert passes(brief, true)
    for text in false:
        assert not passes(brief, text), text
