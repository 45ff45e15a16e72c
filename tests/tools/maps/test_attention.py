"""Comparison of attention: two models that look at known cells."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.tools.maps.attention import compare_attention
from cxr_lens.tools.schemas import CompareAttentionInput, CompareAttentionResult, ToolError
from cxr_lens.tools.toolbox import Toolbox
from cxr_lens.tools.workbench import Workbench

from ..conftest import BrightnessNetwork, make_classifier, make_film, make_quality


def _pair(before: list[tuple[int, int]], after: list[tuple[int, int]], flipped: bool = False) -> Workbench:
    models = []
    for cells in (before, after):
        mask = np.zeros((8, 8))
        for cell in cells:
            mask[cell] = 1
        models.append(make_classifier(BrightnessNetwork([1.0], mask), ("Pleural Effusion",)))
    quality = make_quality(flipped=flipped, sides="marker" if flipped else "as displayed")
    return Workbench("case", make_film(np.ones((320, 256))), quality, models[0], models[1])


def _compare(bench: Workbench) -> CompareAttentionResult:
    return compare_attention(bench, CompareAttentionInput(finding="Pleural Effusion"))


def test_the_same_map_coincides_and_stays() -> None:
    result = _compare(_pair([(6, 1)], [(6, 1)]))
    assert result.overlap == pytest.approx(1)
    assert result.half_overlap == pytest.approx(1)
    assert result.shift is not None
    assert (result.shift.to_left, result.shift.downwards, result.shift.direction) == (0, 0, "stays")
    assert "100%" in result.words[0]
    assert "stays" in result.words[1]


def test_maps_apart_share_nothing_and_the_shift_is_in_the_patient_s_words() -> None:
    result = _compare(_pair([(2, 2)], [(6, 6)]))
    assert result.overlap == pytest.approx(0, abs=0.02)
    assert result.shift is not None
    assert result.shift.direction == "towards the patient's left and downwards"
    assert result.shift.from_zone.startswith("right")
    assert result.shift.to_zone.startswith("left")
    assert "towards the patient's left and downwards" in result.words[1]
    other = _compare(_pair([(2, 2)], [(6, 6)], flipped=True)).shift
    assert other is not None
    assert other.direction == "towards the patient's right and downwards", "the film is mirrored"


def test_concentration_and_the_expected_share_change_and_are_told() -> None:
    result = _compare(_pair([(0, 0), (0, 7), (3, 3), (6, 1), (6, 6)], [(6, 1)]))
    assert result.baseline is not None
    assert result.finetuned is not None
    assert result.finetuned.half_area < result.baseline.half_area
    assert result.baseline.expected_share is not None
    assert result.finetuned.expected_share is not None
    assert result.finetuned.expected_share > result.baseline.expected_share
    assert any("more than for the baseline" in sentence for sentence in result.words)
    share = f"{result.finetuned.expected_share:.0%}"
    assert any(share in sentence for sentence in result.words), "each number in the words stands in the record"


def test_half_area_is_the_smallest_part_that_holds_half() -> None:
    result = _compare(_pair([(3, 3)], [(r, c) for r in range(8) for c in range(8)]))
    assert result.baseline is not None
    assert result.finetuned is not None
    assert result.finetuned.half_area == pytest.approx(0.5, abs=0.01)
    assert result.baseline.half_area < 2 / 64


def test_an_empty_map_is_said_and_nothing_compared() -> None:
    bench = _pair([(3, 3)], [])
    result = _compare(bench)
    assert result.why_none == "the fine-tuned model's map is empty: there is nothing to compare"
    assert (result.overlap, result.shift, result.finetuned, result.words) == (None, None, None, ())
    assert result.baseline is not None


def test_it_is_a_tool_with_evidence_and_refuses_what_a_model_lacks(bench: Workbench) -> None:
    evidence = Toolbox(bench).call("compare_attention", finding="edema")
    assert evidence.id == "attention.edema"
    assert CompareAttentionResult.model_validate(evidence.result).finding == "Edema"
    with pytest.raises(ToolError, match="not assessed"):
        compare_attention(bench, CompareAttentionInput(finding="Fracture"))
