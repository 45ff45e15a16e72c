"""The colours of a heatmap: inferno grows in brightness, so it reads in grey and for every kind of colour vision."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps

COLOURS = colormaps["inferno"]
STRONGEST = 0.75
"""Opacity of a heatmap's maximum."""

SCALE_LABEL = "raw Grad-CAM, logits per map cell"


def colour_heat(heat: np.ndarray, vmax: float) -> np.ndarray:
    """Raw heat (H, W) -> (H, W, 4) f32 in [0, 1]; colour and opacity grow with heat / vmax."""
    share = np.clip(heat / vmax, 0, 1) if vmax > 0 else np.zeros_like(heat)
    rgba = COLOURS(0.15 + 0.85 * share).astype(np.float32)  # the darkest colours would only dim the film
    rgba[..., 3] = STRONGEST * share
    return rgba
