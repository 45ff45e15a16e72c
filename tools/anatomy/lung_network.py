"""A small network that places the lung outline: a 64 x 64 film to the nine numbers of `LungFields`.

Input (N, 1, 64, 64), the film minus its mean in standard deviations, clipped to +-3; output (N, 9) in the order of
NUMBERS. Five convolutions and one hidden layer; stored as float16 in lung_network.safetensors. Made by
`python -m cxr_lens.tools.anatomy.lung_network_fitting`, where what it was trained on stands; how good it is, `cxr-lens
bench anatomy` says. Known limits: adults on frontal films; an outline of nine numbers cannot follow a collapsed lung.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .lung_fields import SPREAD, USUAL, LungFields

EDGE = 64
WEIGHTS = Path(__file__).with_name("lung_network.safetensors")
NUMBERS = tuple(SPREAD)


class LungNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after, edge, stride in (
            (3, 16, 5, 2),
            (16, 32, 3, 1),
            (32, 32, 3, 2),
            (32, 48, 3, 2),
            (48, 64, 3, 2),
        ):
            layers += [nn.Conv2d(before, after, edge, stride, edge // 2), nn.ReLU()]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(64 * 16, 64), nn.ReLU(), nn.Linear(64, len(NUMBERS)))
        centres = (torch.arange(EDGE) + 0.5) / EDGE * 2 - 1
        self.places = torch.stack([centres.expand(EDGE, EDGE), centres[:, None].expand(EDGE, EDGE)])
        self.usual = torch.tensor([getattr(USUAL, name) for name in NUMBERS])
        self.reach = 2 * torch.tensor([SPREAD[name] for name in NUMBERS])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x, self.places.expand(len(x), -1, -1, -1)], dim=1)  # (N, 3, 64, 64)
        return self.usual + self.reach * self.head(self.trunk(x))


def network_input(film: np.ndarray) -> Tensor:
    """A (64, 64) film in [0, 1] -> (1, 1, 64, 64)."""
    x = torch.from_numpy(np.ascontiguousarray(film, dtype=np.float32))[None, None]
    return scale(x)


def scale(x: Tensor) -> Tensor:
    mean, std = x.mean((-2, -1), keepdim=True), x.std((-2, -1), keepdim=True)
    return ((x - mean) / (std + 1e-4)).clamp(-3, 3)


@cache
def load_network() -> LungNetwork:
    from safetensors.torch import load_file  # noqa: PLC0415

    network = LungNetwork().eval()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network


@torch.inference_mode()
def place_outline(film: np.ndarray) -> LungFields:
    """The outline's place on a (64, 64) film in [0, 1]."""
    numbers = dict(zip(NUMBERS, load_network()(network_input(film))[0].tolist(), strict=True))
    for heart in ("heart_right", "heart_left"):  # below 0 where a drawn mask has the lung behind the heart as well
        numbers[heart] = max(0.0, numbers[heart])
    return LungFields(**numbers)
