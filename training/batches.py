"""Batches of an epoch: which films, augmented how.

Every draw follows from (seed, epoch, step) alone, so a run that was interrupted goes on exactly where it would have
been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .augmentation import Augmentation, adjust, draw_warps, warp
from .classifier import normalise
from .model_config import Preprocessing
from .training_set import Box, FilmSet

_MASK = 48  # edge of a box mask before it is warped and reduced to the network's grid


@dataclass(frozen=True)
class Batch:
    """One step's films on the device."""

    films: Tensor
    """(N, C, S, S) f32, normalised."""
    targets: Tensor
    """(N, L) f32: 1, 0 or NaN."""
    boxed: Tensor
    """(P, 2) long: film and label of each boxed positive."""
    masks: Tensor
    """(P, 1, 48, 48) f32 in [0, 1], warped with their films."""


def epoch_order(sets: Sequence[FilmSet], batch: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Batches of (source, film) index pairs, each (n, 2); a last batch of a single film is left out (batch norm)."""
    rng = np.random.default_rng((seed, epoch))
    pairs = []
    for number, films in enumerate(sets):
        whole, part = divmod(films.repeat, 1)
        chosen = [rng.permutation(len(films)) for _ in range(int(whole))]
        chosen.append(rng.permutation(len(films))[: round(part * len(films))])
        rows = np.concatenate(chosen)
        pairs.append(np.stack([np.full_like(rows, number), rows], 1))
    order = rng.permutation(np.concatenate(pairs))
    return [part for i in range(0, len(order), batch) if len(part := order[i : i + batch]) > 1]


def step_generator(seed: int, epoch: int, step: int) -> torch.Generator:
    state = np.random.SeedSequence((seed, epoch, step)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> 1))


def build_batch(
    sets: Sequence[FilmSet],
    pairs: np.ndarray,
    *,
    augmentation: Augmentation,
    preprocessing: Preprocessing,
    generator: torch.Generator,
    device: torch.device,
) -> Batch:
    """Gather, move to the device, augment."""
    pixels = np.stack([sets[s].pixels[i] for s, i in pairs])
    targets = np.stack([sets[s].targets[i] for s, i in pairs])
    films = torch.from_numpy(pixels).to(device)[:, None].float() / 255  # (N, 1, S, S)
    warps = draw_warps(len(films), augmentation, generator)
    if augmentation.rotate or augmentation.shift or augmentation.scale:
        films = warp(films, warps)
    films = normalise(adjust(films, augmentation, generator), preprocessing)
    boxed, masks = _box_masks([sets[s].boxes[i] for s, i in pairs], targets)
    if len(boxed):
        masks = warp(masks, warps[boxed[:, 0]]).to(device)
    return Batch(
        films.contiguous(memory_format=torch.channels_last),
        torch.from_numpy(targets).to(device),
        boxed.to(device),
        masks,
    )


def _box_masks(boxes: Sequence[tuple[Box, ...]], targets: np.ndarray) -> tuple[Tensor, Tensor]:
    masks: dict[tuple[int, int], Tensor] = {}
    edge = (torch.arange(_MASK) + 0.5) / _MASK
    for film, own in enumerate(boxes):
        for label, x1, y1, x2, y2 in own:
            if targets[film, label] != 1:
                continue
            half = 0.5 / _MASK  # a box thinner than a cell still marks the cells it touches
            inside = ((edge > y1 - half) & (edge < y2 + half))[:, None] & ((edge > x1 - half) & (edge < x2 + half))
            key = (film, label)
            masks[key] = masks.get(key, torch.zeros(_MASK, _MASK)).maximum(inside.float())
    if not masks:
        return torch.zeros(0, 2, dtype=torch.long), torch.zeros(0, 1, _MASK, _MASK)
    return torch.tensor(list(masks)), torch.stack(list(masks.values()))[:, None]


def box_loss(cells: Tensor, batch: Batch) -> Tensor:
    """How far the class activation lies outside the boxes.

    `cells` (N, L, h, w): each cell's share of the logit. For a boxed positive the activation is a softmax over the
    cells; the loss is -log of its part inside the boxes. It says where, not how much: the logit's level is free.
    """
    if not len(batch.boxed):
        return cells.sum() * 0
    own = cells[batch.boxed[:, 0], batch.boxed[:, 1]].float()  # (P, h, w)
    cover = F.adaptive_avg_pool2d(batch.masks, (own.shape[-2], own.shape[-1]))[:, 0]
    most = cover.amax((1, 2), keepdim=True)
    inside = (cover >= 0.4 * most) & (most > 0.02)
    log_share = own.flatten(1).log_softmax(1)
    seen = inside.flatten(1).any(1)
    if not seen.any():
        return cells.sum() * 0
    held = log_share.masked_fill(~inside.flatten(1), -torch.inf)[seen]
    return -held.logsumexp(1).mean()
