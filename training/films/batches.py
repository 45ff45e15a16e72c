"""Batches of an epoch: which films, augmented how.

Every draw follows from (seed, epoch, step) alone, so a run that was interrupted goes on exactly where it would have
been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..fine_tuning.distributed import World
from ..models.classifier import normalise
from ..models.config import Preprocessing
from .augmentation import Augmentation, adjust, draw_warps, warp
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
    """(P, 2) long: film and label of each boxed finding."""
    masks: Tensor
    """(P, 1, 48, 48) f32 in [0, 1], warped with their films."""
    real: Tensor
    """(P,) bool: the film is a real one."""


def epoch_order(sets: Sequence[FilmSet], batch: int, seed: int, epoch: int, processes: int = 1) -> list[np.ndarray]:
    """Batches of (source, film) index pairs, each (n, 2), for all processes together.

    A last batch of fewer than two films per process is left out (batch norm).
    """
    rng = np.random.default_rng((seed, epoch))
    pairs = []
    for number, films in enumerate(sets):
        whole, part = divmod(films.repeat, 1)
        chosen = [rng.permutation(len(films)) for _ in range(int(whole))]
        chosen.append(rng.permutation(len(films))[: round(part * len(films))])
        rows = np.concatenate(chosen)
        pairs.append(np.stack([np.full_like(rows, number), rows], 1))
    order = rng.permutation(np.concatenate(pairs))
    return [part for i in range(0, len(order), batch) if len(part := order[i : i + batch]) >= 2 * processes]


def step_generator(seed: int, epoch: int, step: int) -> torch.Generator:
    state = np.random.SeedSequence((seed, epoch, step)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> 1))


@dataclass(frozen=True)
class Gathered:
    """One process's films of a step, still in memory, as they lie in the sets."""

    pixels: Tensor
    """(n, S, S) uint8."""
    targets: np.ndarray
    """(n, L) f32; NaN throughout for a film that could not be read."""
    boxes: tuple[tuple[Box, ...], ...]
    """Per film; none of a film that could not be read."""
    real: np.ndarray
    """(n,) bool."""
    whole: int
    """Films of the step in all processes together."""
    known: int
    """Known targets of the step in all processes together."""


def gather(sets: Sequence[FilmSet], pairs: np.ndarray, world: World, *, pin: bool = False) -> Gathered:
    """Read a step's films, (n, 2) pairs of source and film, from wherever they are."""
    known = sum(int((~np.isnan(sets[s].targets[pairs[pairs[:, 0] == s, 1]])).sum()) for s in np.unique(pairs[:, 0]))
    own = pairs[world.share]
    targets = np.stack([sets[s].targets[i] for s, i in own])
    readable = np.ones(len(own), bool)
    parts: list[np.ndarray] = []
    order: list[np.ndarray] = []
    for number in np.unique(own[:, 0]):
        places = np.flatnonzero(own[:, 0] == number)
        pixels, good = sets[number].pixels.take(own[places, 1])
        targets[places[~good]], readable[places[~good]] = np.nan, False
        parts.append(pixels)
        order.append(places)
    if len(parts) > 1:
        whole = np.empty((len(own), *parts[0].shape[1:]), np.uint8)
        for places, pixels in zip(order, parts, strict=True):
            whole[places] = pixels
    else:
        whole = parts[0]
    held = torch.from_numpy(whole)
    boxes = tuple(sets[s].boxes[i] if good else () for (s, i), good in zip(own, readable, strict=True))
    real = np.array([sets[s].kind == "real" for s, _ in own], bool)
    return Gathered(held.pin_memory() if pin else held, targets, boxes, real, len(pairs), known)


def feed(
    sets: Sequence[FilmSet], batches: Sequence[np.ndarray], world: World, *, pin: bool = False, ahead: int = 3
) -> Generator[Gathered, None, None]:
    """The batches in turn, each gathered by a thread while the ones before it are learnt from."""
    waiting: deque = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="feed") as pool:
        try:
            for pairs in batches:
                waiting.append(pool.submit(gather, sets, pairs, world, pin=pin))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for job in waiting:
                job.cancel()


def build_batch(
    gathered: Gathered,
    *,
    augmentation: Augmentation,
    preprocessing: Preprocessing,
    generator: torch.Generator,
    device: torch.device,
    world: World | None = None,
) -> Batch:
    """Move to the device and augment there. Draws are made for the films of all processes, so that a film is
    augmented alike however many there are."""
    share = slice(None) if world is None else world.share
    pixels = gathered.pixels.to(device, non_blocking=True)
    films = pixels[:, None].float() / 255  # (n, 1, S, S)
    warps = draw_warps(gathered.whole, augmentation, generator)[share]
    if augmentation.rotate or augmentation.shift or augmentation.scale:
        films = warp(films, warps)
    films = normalise(adjust(films, augmentation, generator, gathered.whole, share), preprocessing)
    boxed, masks = _box_masks(gathered.boxes)
    if len(boxed):
        masks = warp(masks, warps[boxed[:, 0]]).to(device)
    return Batch(
        films.contiguous(memory_format=torch.channels_last),
        torch.from_numpy(gathered.targets).to(device, non_blocking=True),
        boxed.to(device),
        masks,
        torch.from_numpy(gathered.real)[boxed[:, 0]].to(device),
    )


def _box_masks(boxes: Sequence[tuple[Box, ...]]) -> tuple[Tensor, Tensor]:
    masks: dict[tuple[int, int], Tensor] = {}
    edge = (torch.arange(_MASK) + 0.5) / _MASK
    for film, own in enumerate(boxes):
        for label, x1, y1, x2, y2 in own:
            half = 0.5 / _MASK  # a box thinner than a cell still marks the cells it touches
            inside = ((edge > y1 - half) & (edge < y2 + half))[:, None] & ((edge > x1 - half) & (edge < x2 + half))
            key = (film, label)
            masks[key] = masks.get(key, torch.zeros(_MASK, _MASK)).maximum(inside.float())
    if not masks:
        return torch.zeros(0, 2, dtype=torch.long), torch.zeros(0, 1, _MASK, _MASK)
    return torch.tensor(list(masks)), torch.stack(list(masks.values()))[:, None]
