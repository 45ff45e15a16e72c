"""detect_boxes: pixels of the film, three at most, none where the map says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from cxr_lens.tools.detect_boxes import THRESHOLDS, detect_boxes, find_regions, name_zones
from cxr_lens.tools.maps.map_boxes import smooth_map, smooth_over
from cxr_lens.tools.maps.overlay_boxes import overlay_boxes
from cxr_lens.tools.maps.saliency import lay_over, upsample
from cxr_lens.tools.schemas import BoxSet, DetectBoxesInput, Side, ToolError
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.models.config import BoxRule

from .conftest import BrightnessNetwork, make_classifier, make_film, make_quality

Looking = Callable[..., Workbench]


def _ask(bench: Workbench, finding: str = "Pleural Effusion", threshold: float | None = None) -> BoxSet:
    return detect_boxes(bench, DetectBoxesInput(model="baseline", finding=finding, threshold=threshold))


def test_box_holds_the_cell_the_model_looks_at_in_film_pixels(looking: Looking) -> None:
    found = _ask(looking([(6, 1)]))
    (box,) = found.boxes
    x, y = 1.5 * 32, 6.5 * 40  # the cell's centre on a film of 256 x 320
    assert box.x1 < x < box.x2
    assert box.y1 < y < box.y2
    assert (box.x1 + box.x2) / 2 == pytest.approx(x, abs=3)
    assert (box.y1 + box.y2) / 2 == pytest.approx(y, abs=3)
    assert (box.side, box.zones[0]) == ("right", "right costophrenic angle")
    assert box.area_share == pytest.approx((box.x2 - box.x1) * (box.y2 - box.y1) / (256 * 320), abs=1e-3)
    assert 0.5 <= box.mean_activation <= 1
    assert found.why_none is None


def test_at_most_three_boxes_strongest_first(looking: Looking) -> None:
    boxes = _ask(looking([(1, 1), (1, 6), (6, 1), (6, 6), (3, 3)])).boxes
    assert len(boxes) == 3
    means = [box.mean_activation for box in boxes]
    assert means == sorted(means, reverse=True)


def test_a_higher_threshold_gives_a_smaller_box(looking: Looking) -> None:
    bench = looking([(5, 1), (5, 2), (6, 1), (6, 2)])
    wide, narrow = _ask(bench, threshold=0.3).boxes[0], _ask(bench, threshold=0.8).boxes[0]
    assert narrow.area_share < wide.area_share


def test_findings_that_are_spread_out_have_a_lower_threshold(looking: Looking) -> None:
    assert _ask(looking([(3, 3)], finding="Edema"), "Edema").threshold == THRESHOLDS["Edema"] == 0.4
    assert _ask(looking([(3, 3)])).threshold == 0.5


def test_no_finding_never_has_a_box(looking: Looking) -> None:
    found = _ask(looking([(3, 3)], finding="No Finding"), "No Finding")
    assert found.boxes == ()
    assert found.why_none is not None
    assert "no place" in found.why_none


@pytest.mark.parametrize("weight", [-1.0, 0.0, 1e-5])
def test_a_map_that_moves_the_score_by_nothing_has_no_box(weight: float) -> None:
    mask = np.zeros((8, 8))
    mask[6, 1] = 1
    model = make_classifier(BrightnessNetwork([weight], mask), ("Edema",))
    bench = Workbench("c", make_film(np.ones((64, 64))), make_quality(), model, model)
    found = _ask(bench, "Edema")
    assert found.boxes == ()
    assert found.why_none is not None
    assert "empty" in found.why_none


def test_a_flat_map_singles_out_no_region() -> None:
    model = make_classifier(BrightnessNetwork([1.0]), ("Edema",))
    found = _ask(Workbench("c", make_film(np.ones((64, 64))), make_quality(), model, model), "Edema")
    assert found.boxes == ()
    assert found.why_none is not None
    assert "no region" in found.why_none


def test_specks_under_half_a_percent_are_left_out() -> None:
    heat = np.zeros((100, 100), np.float32)
    heat[10:14, 10:14] = 1  # 0.16 %
    heat[50:60, 50:60] = 1  # 1 %
    (region,) = find_regions(heat, 0.5)
    assert region.sum() == 100


def test_a_finding_that_is_not_assessed_is_a_tool_error(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="not assessed"):
        _ask(bench, "Fracture")


def test_a_model_s_own_threshold_and_gate_are_used(looking: Looking) -> None:
    bench = looking([(5, 1), (5, 2), (6, 1), (6, 2)])
    config = bench.baseline.config
    total = float(bench.map_of("baseline", "Pleural Effusion").sum())
    for gate, drawn in ((0.9 * total, True), (1.1 * total, False)):
        rules = {"Pleural Effusion": BoxRule(threshold=0.8, gate=gate, films=30)}
        model = replace(bench.baseline, config=config.model_copy(update={"box_rules": rules}))
        found = _ask(replace(bench, baseline=model))
        assert bool(found.boxes) is drawn
        assert (found.threshold, found.threshold_source) == (0.8, "fitted on boxed films")
        if not drawn:
            assert found.why_none is not None
            assert "too weak" in found.why_none
    assert _ask(bench).threshold_source == "default"
    assert _ask(bench, threshold=0.3).threshold_source == "asked for"


def test_boxes_of_the_overlay_are_the_source_s_rule(looking: Looking) -> None:
    bench = looking([(6, 1)])
    found = detect_boxes(bench, DetectBoxesInput(model="baseline", finding="Pleural Effusion", rule="overlay"))
    assert (found.rule, found.threshold_source) == ("overlay", "hue of the overlay")
    x, y = 1.5 * 32, 6.5 * 40
    (box,) = found.boxes
    assert box.x1 < x < box.x2
    assert box.y1 < y < box.y2


def test_an_overlay_of_a_flat_map_has_no_box() -> None:
    assert overlay_boxes(np.ones((20, 20)), np.zeros((20, 20)))[0] == ()
    weak = np.zeros((40, 40))
    weak[5:20, 5:20] = 1e-6
    assert overlay_boxes(weak, np.full((40, 40), 0.3))[0], (
        "it scales every map to [0, 1], so a map of nothing is boxed"
    )


@pytest.mark.parametrize(
    ("film", "shape", "region"),
    [((320, 390), (420, 512), (35, 0, 355, 320)), ((300, 200), (300, 200), (0, 50, 200, 250))],
)
def test_a_map_smoothed_while_it_is_laid_over_is_the_map_laid_over_and_then_smoothed(
    film: tuple[int, int], shape: tuple[int, int], region: tuple[float, float, float, float]
) -> None:
    grid = np.random.default_rng(0).random((7, 9), dtype=np.float32)
    over = lay_over(grid, region, film, shape)
    height, width = shape
    x1, x2 = round(region[0] * width / film[1]), round(region[2] * width / film[1])
    y1, y2 = round(region[1] * height / film[0]), round(region[3] * height / film[0])
    inside = upsample(torch.from_numpy(grid), y2 - y1, x2 - x1).numpy()  # torch's own interpolation
    np.testing.assert_allclose(over[y1:y2, x1:x2], inside, atol=1e-6)
    assert over.sum(dtype=np.float64) == pytest.approx(inside.sum(dtype=np.float64), rel=1e-5)
    np.testing.assert_allclose(smooth_over(grid, region, film, shape), smooth_map(over), atol=1e-6)


@pytest.mark.parametrize(
    ("side", "named"),
    [
        ("bilateral", ("right perihilar", "left mid lung")),
        ("right", ("right perihilar",)),
    ],
)
def test_a_bilateral_region_names_a_zone_of_either_side(side: Side, named: tuple[str, ...]) -> None:
    shares = [("right perihilar", 0.4), ("left mid lung", 0.15), ("left hilum", 0.1)]
    assert name_zones(shares, side) == named
    assert name_zones([("mediastinum", 0.1)], "midline") == ("mediastinum",)
