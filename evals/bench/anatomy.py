"""`cxr-lens bench anatomy`: the lung outline against hand-drawn lung masks.

The masks are the v7labs set inside torchxrayvision (semantic_masks_v7labs_lungs.zip); its films are not there, so each
mask is turned into a plain picture, dark lungs in a grey body with noise, and the outline is fitted to it. `dice` says
how well nine numbers can follow a real pair of lungs where they are easy to see; `dice_atlas` is the same for the usual
place that is taken where nothing fits. What films add (dense lungs, devices, rotation) is not in these figures.
"""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from ...tools.anatomy import lung_fields
from ...tools.anatomy.lung_fields import GRID, LungFields
from ...training.errors import RequestError

MASKS = 60


def run() -> dict[str, float]:
    scores = [measure(mask) for mask in lung_masks(MASKS)]
    fitted, atlas, found = (np.array(each, dtype=float) for each in zip(*scores, strict=True))
    return {
        "lungs.dice": float(np.median(fitted)),
        "lungs.dice_low": float(np.quantile(fitted, 0.1)),
        "lungs.dice_atlas": float(np.median(atlas)),
        "lungs.found": float(found.mean()),
    }


def lung_masks(count: int) -> list[np.ndarray]:
    """(GRID, GRID) bool, evenly over the set; frontal masks with two lungs only."""
    spec = find_spec("torchxrayvision")
    if spec is None or spec.origin is None:
        raise RequestError("torchxrayvision is not installed: pip install torchxrayvision")
    masks = []
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "semantic_masks_v7labs_lungs.zip") as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        for name in names[:: max(1, len(names) // (2 * count))]:
            picture = Image.open(io.BytesIO(archive.read(name))).convert("L").resize((GRID, GRID))
            mask = np.asarray(picture) > 127
            _, parts = ndimage.label(ndimage.binary_opening(mask, iterations=3))  # pyright: ignore[reportGeneralTypeIssues]
            if parts == 2 and 0.08 < mask.mean() < 0.6:
                masks.append(mask)
    return masks[:count]


def measure(mask: np.ndarray, seed: int = 0) -> tuple[float, float, bool]:
    """Dice of the fitted outline and of the usual one with a mask, and whether a fit was found."""
    rng = np.random.default_rng(seed)
    picture = 0.65 - 0.4 * ndimage.gaussian_filter(mask.astype(float), 2) + 0.05 * rng.standard_normal(mask.shape)
    body = np.ones(mask.shape, bool)
    place = lung_fields.fit_lungs(np.clip(picture, 0, 1).astype(np.float32), body)
    found = place.midline != lung_fields.USUAL.midline or place.apex != lung_fields.USUAL.apex
    return dice(outline_mask(place), mask), dice(outline_mask(lung_fields.USUAL), mask), found


def outline_mask(place: LungFields) -> np.ndarray:
    """(GRID, GRID) bool, inside the outline."""
    u, v, on_left = place.coordinates(*lung_fields.grid_points(GRID))
    return lung_fields.inside(place, u, v, on_left)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    total = int(a.sum() + b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0
