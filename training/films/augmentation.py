"""Augmentation of whole batches on the device: one affine warp per film, then its brightness. Never a flip: the
heart's side is a fact. Random numbers come from a CPU generator, so a GPU run draws the same ones, but for noise."""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F


class Augmentation(BaseModel):
    """Ranges; 0 switches a part off. Values are drawn evenly from -range to +range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotate: float = Field(default=0, ge=0, le=45)
    """Degrees."""
    shift: float = Field(default=0, ge=0, le=0.5)
    """Share of the edge, along x and y."""
    scale: float = Field(default=0, ge=0, lt=1)
    """0.1 draws sizes from 0.9 to 1.1."""
    brightness: float = Field(default=0, ge=0, le=1)
    """Added, in units of the [0, 1] film."""
    contrast: float = Field(default=0, ge=0, lt=1)
    """Factor about the film's mean: 0.2 draws from 0.8 to 1.2."""
    gamma: float = Field(default=0, ge=0, lt=2)
    """Exponent exp(g), g from -gamma to gamma."""
    noise: float = Field(default=0, ge=0, le=1)
    """Standard deviation of white noise at most, in units of the [0, 1] film."""
    cutout: float = Field(default=0, ge=0, lt=1)
    """Edge of one square set to the film's mean, at most, as a share of the film's edge."""


def _even(n: int, reach: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(n, generator=generator) * 2 - 1) * reach


def draw_warps(n: int, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """(n, 2, 3) affine maps for `warp`; the identity where nothing is switched on."""
    angle = _even(n, settings.rotate * math.pi / 180, generator)
    size = 1 + _even(n, settings.scale, generator)
    dx, dy = _even(n, 2 * settings.shift, generator), _even(n, 2 * settings.shift, generator)
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    return torch.stack([torch.stack([cos, -sin, dx], 1), torch.stack([sin, cos, dy], 1)], 1)


def warp(images: Tensor, warps: Tensor) -> Tensor:
    """(N, C, H, W) warped; outside is 0. The same maps warp films and the box masks that belong to them."""
    grid = F.affine_grid(warps.to(images), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def adjust(
    films: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    whole: int | None = None,
    share: slice = slice(None),
) -> Tensor:
    """(N, 1, S, S) in [0, 1] with other brightness, contrast, gamma, noise and one hidden square, in [0, 1].

    Where several processes divide a batch of `whole` films, these are its rows `share`.
    """
    n, size = whole or films.shape[0], films.shape[-1]

    def per_film(values: Tensor) -> Tensor:
        return values.view(n, 1, 1, 1)[share].to(films)

    if settings.gamma:
        films = films.clamp_min(1e-4) ** per_film(torch.exp(_even(n, settings.gamma, generator)))
    mean = films.mean((1, 2, 3), keepdim=True)
    if settings.contrast or settings.brightness:
        factor = per_film(1 + _even(n, settings.contrast, generator))
        films = (films - mean) * factor + mean + per_film(_even(n, settings.brightness, generator))
    if settings.noise:
        strength = per_film(torch.rand(n, generator=generator) * settings.noise)
        films = films + _white(films, generator, n, share) * strength
    if settings.cutout:
        half = per_film(torch.rand(n, generator=generator) * settings.cutout * size / 2)
        x, y = (per_film(torch.rand(n, generator=generator) * size) for _ in range(2))
        axis = torch.arange(size, device=films.device, dtype=films.dtype)
        hidden = ((axis.view(1, 1, 1, -1) - x).abs() < half) & ((axis.view(1, 1, -1, 1) - y).abs() < half)
        films = torch.where(hidden, mean, films)
    return films.clamp(0, 1)


def _white(films: Tensor, generator: torch.Generator, whole: int, share: slice) -> Tensor:
    """White noise in the films' shape. On a GPU it is drawn there: a processor would take longer than the step."""
    if films.device.type == "cpu":
        return torch.randn((whole, *films.shape[1:]), generator=generator)[share].to(films)
    seed = int(torch.randint(2**62, (1,), generator=generator)) + (share.start or 0)
    there = torch.Generator(films.device).manual_seed(seed)
    return torch.randn(films.shape, generator=there, device=films.device, dtype=films.dtype)
