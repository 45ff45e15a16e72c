"""The optimiser a recipe asks for, and the learning rate at each step."""

from __future__ import annotations

import math

import torch
from torch import nn

from .recipe import Optimiser, Recipe


def make_optimiser(network: nn.Module, settings: Optimiser) -> torch.optim.Optimizer:
    """Over the trainable parameters; weight decay on matrices and kernels only."""
    trained = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]
    kind = torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW
    return kind(groups, lr=settings.lr)


def learning_rate(recipe: Recipe, update: int, per_epoch: int) -> float:
    """Linear warm-up, then the schedule: cosine to zero at the end, or level (`plateau` is a factor on it)."""
    warm, total = recipe.optimiser.warmup_epochs * per_epoch, recipe.epochs * per_epoch
    if update < warm:
        return recipe.optimiser.lr * (update + 1) / warm
    if recipe.optimiser.schedule != "cosine":
        return recipe.optimiser.lr
    return recipe.optimiser.lr * 0.5 * (1 + math.cos(math.pi * (update - warm) / max(1, total - warm)))
