"""gradcam: the place is right, the magnitude raw, plausibility against chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cxr_lens.tools.gradcam import gradcam
from cxr_lens.tools.schemas import GradcamInput, ToolError
from cxr_lens.tools.workbench import Workbench

from .conftest import BrightnessNetwork, make_classifier, make_film, make_quality

Looking = Callable[..., Workbench]


def _ask(bench: Workbench, finding: str = "Pleural Effusion"):
    return gradcam(bench, GradcamInput(model="baseline", finding=finding))


@pytest.mark.parametrize(
    ("cell", "zone", "side"),
    [
        ((6, 1), "right costophrenic angle", "right"),
        ((6, 6), "left costophrenic angle", "left"),
        ((0, 0), "chest wall and clavicle", "right"),
        ((3, 2), "right perihilar", "right"),
    ],
)
def test_a_model_that_looks_at_one_cell_has_its_peak_there(
    looking: Looking, cell: tuple[int, int], zone: str, side: str
) -> None:
    heat = _ask(looking([cell]))
    assert heat.peak == ((cell[1] + 0.5) * 256 / 8, (cell[0] + 0.5) * 320 / 8)
    assert (heat.peak_zone, heat.peak_side) == (zone, side)
    assert heat.zones[0].share > 0.3
    assert np.argmax(heat.values) == cell[0] * 8 + cell[1]


def test_sides_are_exchanged_on_a_flipped_film(looking: Looking) -> None:
    heat = _ask(looking([(6, 1)], flipped=True, sides="marker"))
    assert (heat.peak_zone, heat.peak_side, heat.side_basis) == ("left costophrenic angle", "left", "marker")


def test_plausibility_compares_with_chance(looking: Looking) -> None:
    right_place = _ask(looking([(6, 1), (6, 6)])).plausibility
    assert right_place is not None
    assert right_place.plausible
    assert right_place.share > right_place.expected
    wrong_place = _ask(looking([(0, 0)])).plausibility
    assert wrong_place is not None
    assert not wrong_place.plausible
    assert wrong_place.share < 0.05
    assert wrong_place.expected == pytest.approx(right_place.expected)


def test_magnitude_is_not_scaled() -> None:
    film = make_film(np.ones((64, 64)))
    small, large = (make_classifier(BrightnessNetwork([w]), ("Edema",)) for w in (0.5, 5.0))
    bench = Workbench("c", film, make_quality(), small, large)
    a, b = (gradcam(bench, GradcamInput(model=role, finding="Edema")) for role in ("baseline", "finetuned"))
    assert b.magnitude == pytest.approx(10 * a.magnitude)


@pytest.mark.parametrize("weight", [-1.0, 1e-4])
def test_an_empty_map_has_no_place(weight: float) -> None:
    """Nothing raises the score, or next to nothing: the film's brightness times the weight, in logits."""
    model = make_classifier(BrightnessNetwork([weight]), ("Edema",))
    bench = Workbench("c", make_film(np.ones((64, 64))), make_quality(), model, model)
    heat = _ask(bench, "Edema")
    assert (heat.magnitude > 0) == (weight > 0)
    assert (heat.peak, heat.peak_side, heat.peak_zone, heat.inside_body, heat.plausibility) == (None,) * 5
    assert heat.zones == ()


def test_findings_without_a_usual_place_have_no_plausibility(looking: Looking) -> None:
    assert _ask(looking([(3, 3)], finding="Support Devices"), "Support Devices").plausibility is None


def test_zone_shares_are_of_the_whole_map(bench: Workbench) -> None:
    heat = _ask(bench)
    assert 0.9 < sum(zone.share for zone in heat.zones) <= 1.0 + 1e-6
    assert heat.grid == (len(heat.values), len(heat.values[0])) == (4, 4)


def test_a_finding_the_model_lacks_is_a_tool_error_that_lists_what_it_has(bench: Workbench) -> None:
    with pytest.raises(ToolError, match=r"not assessed.*Cardiomegaly"):
        _ask(bench, "Fracture")


def test_a_misspelt_finding_gets_a_suggestion(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="did you mean 'Pleural Effusion'"):
        _ask(bench, "Effusion")
