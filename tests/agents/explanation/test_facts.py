"""Evidence read into views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.explanation.facts import PLAUSIBLE_LEAD, Facts, Look, read_facts
from cxr_lens.agents.state import Brief
from cxr_lens.tools.schemas import Comparison, GroundTruth, Heatmap, Prediction

MakeBrief = Callable[..., Brief]


def test_facts_hold_what_the_tools_said(make_brief: MakeBrief) -> None:
    brief = make_brief(7)
    facts = read_facts(brief.evidence)
    assert facts.ids == {item.id for item in brief.evidence}
    assert facts.revealed
    for item in brief.evidence:
        if item.tool == "predict":
            prediction = Prediction.model_validate(item.result)
            for name, score in prediction.findings.items():
                reading = facts.readings[prediction.role, name]
                assert (reading.score, reading.threshold, reading.positive) == (
                    score.score,
                    score.threshold,
                    score.positive,
                )
            assert all((prediction.role, name) in facts.not_assessed for name in prediction.not_assessed)
            assert set(facts.calls(prediction.role)) == set(prediction.positives) - {"No Finding"}
        elif item.tool == "gradcam":
            heatmap = Heatmap.model_validate(item.result)
            look = facts.looks[heatmap.role, heatmap.finding]
            assert (look.peak_zone, look.peak_side) == (heatmap.peak_zone, heatmap.peak_side)
            assert look.has_map
        elif item.tool == "lookup_ground_truth":
            truth = GroundTruth.model_validate(item.result)
            assert facts.truth == {name: value.value for name, value in truth.findings.items()}
        elif item.tool == "compare_models":
            compared = Comparison.model_validate(item.result)
            assert all(facts.outcome("baseline", n) == row.baseline_outcome for n, row in compared.findings.items())


def test_boxes_that_were_not_asked_for_are_not_no_boxes(make_brief: MakeBrief) -> None:
    brief = make_brief(7)
    maps = read_facts(e for e in brief.evidence if e.tool == "gradcam")
    assert maps.looks
    assert all(look.boxes is None for look in maps.looks.values())
    both = read_facts(brief.evidence)
    assert all(look.boxes is not None for look in both.looks.values())


@pytest.mark.parametrize(
    ("shares", "more"),
    [
        ((0.8, 0.8 - PLAUSIBLE_LEAD / 2), None),
        ((0.8, 0.3), "baseline"),
        ((0.3, 0.8), "finetuned"),
        ((None, 0.8), None),
    ],
)
def test_a_map_is_more_plausible_only_by_a_clear_lead(shares: tuple[Any, Any], more: str | None) -> None:
    looks = {(r, "Edema"): Look(share=s) for r, s in zip(("baseline", "finetuned"), shares, strict=True)}
    assert Facts(looks=looks).more_plausible("Edema") == more


def test_nothing_is_read_from_nothing() -> None:
    facts = read_facts(())
    assert not facts.revealed
    assert facts.calls("baseline") == ()
    assert facts.outcome("baseline", "Edema") is None
    assert facts.judgement("finetuned") == {}
