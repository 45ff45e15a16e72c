"""The lung outline against masks: a mask of the outline's own shape is found, wherever it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.evals.bench.anatomy import (
    dice,
    fit_film,
    landmark_errors,
    landmarks_of,
    lung_masks,
    measure,
    outline_mask,
)
from cxr_lens.tools.anatomy.lung_fields import USUAL


def test_a_mask_of_the_outline_s_own_shape_is_followed_better_than_by_the_atlas() -> None:
    moved = replace(
        USUAL, midline=0.54, apex=0.17, base_right=0.86, base_left=0.88, width_left=0.33, width_right=0.33
    )
    fitted, atlas, found = measure(outline_mask(moved))
    assert found
    assert fitted > 0.93
    assert atlas < fitted - 0.03


def test_dice_at_its_ends() -> None:
    a = np.zeros((4, 4), bool)
    a[:2] = True
    assert (dice(a, a), dice(a, ~a), dice(a & ~a, a & ~a)) == (1, 0, 1)
    assert dice(a, np.ones_like(a)) == pytest.approx(2 / 3)


def test_real_masks_are_read_from_the_package() -> None:
    masks = lung_masks(6)
    assert len(masks) == 6
    assert all(0.08 < mask.mean() < 0.6 for mask in masks)
    fitted, atlas, found = zip(*map(measure, masks), strict=True)
    assert all(found)
    assert min(fitted) > 0.9
    assert max(atlas) < 0.9


def test_landmarks_are_where_the_outline_ends() -> None:
    found = landmarks_of(USUAL)
    assert found["midline"] == 0.5
    assert found["apex"] == pytest.approx(USUAL.apex, abs=0.01)
    assert found["base_left"] - found["base_right"] == pytest.approx(0.02, abs=0.005)
    assert found["wall_left"] - 0.5 == pytest.approx(0.36, abs=0.01) == 0.5 - found["wall_right"]


def test_landmarks_of_real_films_are_found_nearer_than_the_usual_place_has_them(real_films: Path) -> None:
    assert landmark_errors(real_films, fit_film).mean() < 0.03
    assert landmark_errors(real_films, lambda _: USUAL).mean() > 0.05
