"""Drawing: PNGs that open, keep the film's shape, and show heat only where there is some."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from cxr_lens.tools.detect_boxes import detect_boxes
from cxr_lens.tools.panels import drawing
from cxr_lens.tools.panels.drawing import colour_heat, draw_panel, film_png, heat_png, shared_maximum
from cxr_lens.tools.predict import predict
from cxr_lens.tools.schemas import BoxSet, DetectBoxesInput, PredictInput, Prediction, Role
from cxr_lens.tools.workbench import Workbench
from PIL import Image

ROLES: tuple[Role, Role] = ("baseline", "finetuned")


def _evidence(bench: Workbench, finding: str) -> tuple[dict[Role, Prediction], dict[Role, BoxSet]]:
    predictions: dict[Role, Prediction] = {role: predict(bench, PredictInput(model=role)) for role in ROLES}
    boxes: dict[Role, BoxSet] = {
        role: detect_boxes(bench, DetectBoxesInput(model=role, finding=finding))
        for role in ROLES
        if finding in predictions[role].findings
    }
    return predictions, boxes


def _open(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("finding", ["Pleural Effusion", "Fracture", "No Finding"])
@pytest.mark.parametrize("revealed", [True, False])
def test_panel_is_drawn_for_every_kind_of_finding(bench: Workbench, finding: str, revealed: bool) -> None:
    predictions, boxes = _evidence(bench, finding)
    truth = bench.truth if revealed else None
    outcomes = {"baseline": "TP", "finetuned": "FN"} if revealed else None
    picture = _open(draw_panel(bench, finding, predictions, boxes, outcomes, truth))  # pyright: ignore[reportArgumentType]
    assert picture.width > 1200
    assert np.asarray(picture.convert("L")).std() > 20


def test_panel_takes_under_a_second_and_a_half(bench: Workbench) -> None:
    predictions, boxes = _evidence(bench, "Edema")
    took = []
    for _ in range(4):  # fonts are loaded once; the round least disturbed by what else runs on the machine counts
        start = time.process_time()
        draw_panel(bench, "Edema", predictions, boxes)
        took.append(time.process_time() - start)
    assert min(took) < 1.5


def test_blind_panel_does_not_depend_on_the_truth(bench: Workbench) -> None:
    predictions, boxes = _evidence(bench, "Edema")
    hidden = draw_panel(bench, "Edema", predictions, boxes)
    bench.truth = None
    assert draw_panel(bench, "Edema", predictions, boxes) == hidden


def test_film_keeps_its_shape_and_values(bench: Workbench) -> None:
    picture = _open(film_png(bench.film))
    assert picture.size == (256, 320)
    np.testing.assert_allclose(np.asarray(picture) / 255, bench.film.pixels, atol=1 / 255)
    assert max(_open(film_png(np.zeros((3000, 1500), np.float32))).size) == 1024


def test_heat_is_transparent_where_there_is_none_and_strongest_at_the_maximum() -> None:
    heat = np.zeros((50, 40), np.float32)
    heat[10, 20], heat[30, 5] = 2.0, 1.0
    rgba = np.asarray(_open(heat_png(heat, vmax=2.0)))
    assert rgba.shape == (50, 40, 4)
    assert rgba[0, 0, 3] == 0
    assert rgba[10, 20, 3] == rgba[..., 3].max() == round(255 * drawing.STRONGEST)
    assert 0 < rgba[30, 5, 3] < rgba[10, 20, 3]


def test_an_empty_scale_draws_nothing() -> None:
    assert colour_heat(np.zeros((4, 4)), 0.0)[..., 3].max() == 0


def test_colour_grows_in_brightness_with_heat() -> None:
    rgb = colour_heat(np.linspace(0, 1, 50)[None], 1.0)[0, :, :3]
    luminance = rgb @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > 0).all()


def test_both_models_share_one_scale(bench: Workbench) -> None:
    both = [float(bench.map_of(role, "Edema").max()) for role in ROLES]
    assert shared_maximum(bench, "Edema") == max(both)
    assert shared_maximum(bench, "Fracture") == float(bench.map_of("finetuned", "Fracture").max())
