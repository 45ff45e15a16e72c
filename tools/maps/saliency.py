"""Grad-CAM for every label of a network from one trunk pass (Selvaraju et al., ICCV 2017).

The trunk runs once without a graph; only the part behind the target activation is differentiated, with one batched
vector-Jacobian product for all labels. alpha_k is the spatial mean of d logit / d A_k, and the map is
relu(sum_k alpha_k A_k). Nothing is scaled: summed over its cells, a map is the number of logits by which what is
there raises the score, to first order (and exactly so for a pooled linear head). These are pytorch-grad-cam's maps
before its min-max scaling (https://github.com/jacobgil/pytorch-grad-cam, 1.5.7).

A convolutional network is split after its last non-linearity. A vision transformer is split before its last block,
and the target is the output of that block's first layer norm: behind the last attention only the class token reaches
the output, so patches have no gradient there; for the same reason the last block needs its class query alone.
Other methods: tools/maps/methods.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...training.errors import RequestError
from ...training.models.networks import ClipNetwork, SplitNetwork

METHOD = "grad-cam"

UNIT = "logits per map cell"

NEGLIGIBLE = 0.02
"""A map whose cells sum to less than this many logits moves a score by under half a percentage point."""


SINGLE = 2**18
"""OpenBLAS, interface/gemm.c: SMP_THRESHOLD_MIN * GEMM_MULTITHREAD_THRESHOLD, with their defaults."""


class HeadGradients(NamedTuple):
    """What a Grad-CAM-like method starts from, for all labels of a batch; detached."""

    logits: Tensor
    """(N, L)."""
    activations: Tensor
    """(N, K, h, w), the target activation."""
    gradients: Tensor
    """(L, N, K, h, w): of each label's logit."""


def class_activation_maps(network: SplitNetwork, x: Tensor) -> tuple[Tensor, Tensor]:
    """Network input (N, C, S, S) -> logits (N, L) and raw maps (N, L, h, w) >= 0, both detached.

    The network must be in eval mode: films of a batch may not influence each other.
    """
    logits, activations, gradients = head_gradients(network, x)
    alpha = gradients.mean(dim=(-2, -1))  # (L, N, K)
    return logits, F.relu(torch.einsum("lnk,nkhw->nlhw", alpha, activations))


def head_gradients(network: SplitNetwork, x: Tensor) -> HeadGradients:
    """Logits, target activation and each logit's gradient there, from one pass through the trunk."""
    if network.training:
        raise ValueError("heatmaps need the network in eval mode")
    with torch.no_grad():
        trunk = network.activations(x)  # (N, K, h, w), or tokens (N, T, D)
    trunk = trunk.detach()
    if isinstance(network, ClipNetwork):
        with torch.no_grad():
            target = network.target(trunk)  # (N, 1 + g * g, D)
        logits, gradients = _jacobian(lambda leaf: network.logits_from(trunk, leaf), target)
        return HeadGradients(logits, tokens_to_grid(target), tokens_to_grid(gradients))
    if trunk.ndim != 4:
        raise RequestError(
            f"{type(network).__name__} gives an activation of shape {tuple(trunk.shape)}; heatmaps need a "
            "convolutional trunk, (N, channels, rows, columns)"
        )
    logits, gradients = _jacobian(network.logits, trunk)
    return HeadGradients(logits, trunk, gradients)


def _jacobian(head: Callable[[Tensor], Tensor], target: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (N, L) of a target activation, and each one's gradient (L, N, ...): one batched product for all labels."""
    leaf = target.detach().requires_grad_(True)
    with torch.enable_grad():
        logits = head(leaf)
        films, labels = logits.shape
        seeds = torch.eye(labels, dtype=logits.dtype, device=logits.device)
        seeds = seeds[:, None, :].expand(labels, films, labels)  # one row of each film's Jacobian per label
        (gradients,) = torch.autograd.grad(logits, leaf, grad_outputs=seeds, is_grads_batched=True)
    return logits.detach(), gradients.detach()


def tokens_to_grid(tokens: Tensor) -> Tensor:
    """Tokens (..., 1 + g * g, D), the class token first -> (..., D, g, g)."""
    edge = math.isqrt(tokens.shape[-2] - 1)
    if edge * edge != tokens.shape[-2] - 1:
        raise RequestError(f"{tokens.shape[-2]} tokens are not one class token and a square of patches")
    patches = tokens[..., 1:, :].transpose(-1, -2)
    return patches.reshape(*patches.shape[:-1], edge, edge)


def lay_over(
    grid: np.ndarray, region: tuple[float, float, float, float], film: tuple[int, int], shape: tuple[int, int]
) -> np.ndarray:
    """A map (h, w) laid over the whole film at `shape` (rows, columns), f32, 0 where the model does not see.

    `region` is what the map covers, in pixels of the film; `film` is the film's (height, width).
    """
    rows, columns = map(spread_matrix, spreads(grid.shape, region, film, shape))
    return spread_out(rows, grid, columns)


def spread_out(rows: np.ndarray, grid: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(H, h), (h, w) and (W, w) -> `rows @ grid @ columns.T`, (H, W) f32, a strip at a time.

    OpenBLAS takes all processors for a product of more than SINGLE multiplications; for one as small as this its
    threads cost more than the work: 75 ms of processor time a film on two cores, where others wait for them.
    """
    across = grid.astype(np.float32, copy=False) @ columns.T  # (h, W)
    out = np.empty((len(rows), across.shape[1]), np.float32)
    step = max(1, SINGLE // across.size)
    for top in range(0, len(rows), step):
        np.matmul(rows[top : top + step], across, out=out[top : top + step])
    return out


class Spread(NamedTuple):
    """How a row or a column of a map's cells lies along a film."""

    cells: int
    length: int
    """Of the film's picture, pixels."""
    start: int
    stop: int
    """The pixels the map covers."""


def spreads(
    cells: tuple[int, ...], region: tuple[float, float, float, float], film: tuple[int, int], shape: tuple[int, int]
) -> tuple[Spread, Spread]:
    """Of the rows and the columns of a map with (h, w) `cells`; the rest as for `lay_over`."""
    x1, y1, x2, y2 = region
    (film_height, film_width), (height, width) = film, shape
    return (
        Spread(cells[0], height, round(y1 * height / film_height), max(1, round(y2 * height / film_height))),
        Spread(cells[1], width, round(x1 * width / film_width), max(1, round(x2 * width / film_width))),
    )


@lru_cache(maxsize=64)
def spread_matrix(spread: Spread) -> np.ndarray:
    """(length, cells) f32, read-only: how much of each cell each pixel takes; 0 where the map does not reach.

    Bilinear interpolation goes along rows and columns one after the other: a map laid over is `rows @ map @ columns.T`.
    """
    out = np.zeros((spread.length, spread.cells), np.float32)
    each = torch.eye(spread.cells)[:, :, None]  # (cells, cells, 1): every cell alone
    out[spread.start : spread.stop] = upsample(each, spread.stop - spread.start, 1)[:, :, 0].numpy().T
    out.flags.writeable = False
    return out


def upsample(maps: Tensor, height: int, width: int) -> Tensor:
    """Maps (..., h, w) -> (..., height, width), bilinear between cell centres, values kept (no scaling)."""
    flat = maps.reshape(1, -1, *maps.shape[-2:]).float()
    large = F.interpolate(flat, size=(height, width), mode="bilinear", align_corners=False)
    return large.reshape(*maps.shape[:-2], height, width)
