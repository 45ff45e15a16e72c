"""The lung outline as a differentiable picture: nine numbers to two soft masks, for training (torch)."""

from __future__ import annotations

import torch
from torch import Tensor

from . import lung_fields as shape
from .lung_network import NUMBERS

EDGE = 32
"""Rows and columns of the masks."""
SOFTNESS = 0.012
"""Width of the masks' edge, as a share of the film."""

_V, _OUTER, _RIGHT, _LEFT, _U, _BOTTOM = (
    torch.tensor(knots, dtype=torch.float32)
    for knots in (shape.V, shape.OUTER, shape.INNER_RIGHT, shape.INNER_LEFT, shape.U, shape.BOTTOM)
)
_CENTRES = (torch.arange(EDGE) + 0.5) / EDGE
_Y, _X = torch.meshgrid(_CENTRES, _CENTRES, indexing="ij")


def soft_outline(numbers: Tensor) -> Tensor:
    """(N, 9) in the order of NUMBERS -> (N, 2, EDGE, EDGE) in [0, 1]: the lungs on the image's left and right half."""
    place = {name: column[:, None, None] for name, column in zip(NUMBERS, numbers.T, strict=True)}
    offset = _X - (place["midline"] + place["tilt"] * (_Y - 0.5))
    masks = []
    for sign, side, usual, spared in ((-1, "right", _RIGHT, 0.12), (1, "left", _LEFT, 0.18)):
        width = place[f"width_{side}"].clamp(min=0.1)
        height = (place[f"base_{side}"] - place["apex"]).clamp(min=0.1)
        u, v = sign * offset / width, (_Y - place["apex"]) / height
        bulge = (usual - spared).clamp(min=0) * (_V > 0.3)
        inner = usual + (place[f"heart_{side}"][:, :, 0] - 1) * bulge  # (N, knots)
        across = torch.minimum(u - _interpolate(v, _V, inner), _interpolate(v, _V, _OUTER) - u) * width
        down = torch.minimum(v, _interpolate(u, _U, _BOTTOM) - v) * height
        masks.append(torch.sigmoid(torch.minimum(across, down) / SOFTNESS))
    return torch.stack(masks, dim=1)


def _interpolate(x: Tensor, knots: Tensor, values: Tensor) -> Tensor:
    """numpy.interp for x (N, H, W) and values (K,) or (N, K)."""
    right = torch.searchsorted(knots, x.contiguous()).clamp(1, len(knots) - 1)
    share = ((x - knots[right - 1]) / (knots[right] - knots[right - 1])).clamp(0, 1)
    if values.ndim == 1:
        before, after = values[right - 1], values[right]
    else:
        flat = right.flatten(1)
        before, after = values.gather(1, flat - 1).view_as(x), values.gather(1, flat).view_as(x)
    return before + share * (after - before)
