"""The held-out part during a run: logits of its films, and AUROC and loss from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from ..evaluation.thresholds import enough
from ..films.batches import feed
from ..films.training_set import FilmSet
from ..models.classifier import normalise
from ..models.config import ModelConfig
from ..statistics import auroc
from .distributed import World
from .losses import masked_bce


@torch.inference_mode()
def film_logits(
    network: nn.Module,
    films: FilmSet,
    config: ModelConfig,
    device: torch.device,
    *,
    bf16: bool = False,
    batch: int = 64,
    world: World | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(N, L) f32 logits of a set's films, and its targets: NaN throughout for a film that could not be read.

    Several processes score a share each and put the rows together: every film counts once.
    """
    world = world or World(device=device)
    own = np.arange(len(films))[world.share]
    pairs = np.stack([np.zeros_like(own), own], 1)
    parts = [pairs[i : i + batch] for i in range(0, len(pairs), batch)]
    alone = World()  # each batch is this process's own
    width = films.targets.shape[1]
    out, targets = [np.zeros((0, width), np.float32)], [np.zeros((0, width), np.float32)]
    for gathered in feed([films], parts, alone, pin=device.type == "cuda"):
        x = gathered.pixels.to(device, non_blocking=True)[:, None].float() / 255
        x = normalise(x, config.preprocessing).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            out.append(network(x).float().cpu().numpy())
        targets.append(gathered.targets)
    return world.gather(np.concatenate(out), len(films)), world.gather(np.concatenate(targets), len(films))


def validation_scores(
    network: nn.Module,
    parts: list[FilmSet],
    config: ModelConfig,
    device: torch.device,
    *,
    bf16: bool,
    world: World | None = None,
) -> dict[str, Any]:
    """AUROC per finding, and the mean over findings with ten positives and negatives (over all if none has)."""
    scored = [film_logits(network, films, config, device, bf16=bf16, world=world) for films in parts]
    logits, targets = (np.concatenate(each) for each in zip(*scored, strict=True))
    findings = [config.finding_of[label] for label in config.labels]
    each = {name: auroc(targets[:, i], logits[:, i]) for i, name in enumerate(findings)}
    counted = [each[name] for i, name in enumerate(findings) if enough(targets[:, i])]
    values = [v for v in (counted or each.values()) if v is not None]
    mean = round(float(np.mean(values)), 5) if values else None
    loss = float(masked_bce(torch.from_numpy(logits), torch.from_numpy(targets)))
    return {
        "mean_auroc": mean,
        "loss": round(loss, 5),
        "auroc": {k: None if v is None else round(v, 4) for k, v in each.items()},
    }
