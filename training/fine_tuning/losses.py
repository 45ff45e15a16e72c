"""What training minimises: cross-entropy over known labels, and the maps' disagreement with boxes (box_loss.py)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..films.batches import Batch
from ..models.networks import SplitNetwork
from .box_loss import box_loss, cell_logits
from .recipe import Recipe


def masked_bce(logits: Tensor, targets: Tensor, smoothing: float = 0.0, count: float | None = None) -> Tensor:
    """Mean binary cross-entropy over the known targets. (N, L) each; NaN targets are left out.

    count: what the sum is divided by in place of the number of known targets.
    """
    known = ~torch.isnan(targets)
    wanted = torch.where(known, targets, torch.zeros_like(targets)) * (1 - smoothing) + smoothing / 2
    each = F.binary_cross_entropy_with_logits(logits.float(), wanted, reduction="none")
    total = (each * known).sum()
    return total / known.sum().clamp_min(1) if count is None else total / max(count, 1)


class StepLoss(nn.Module):
    """A step's loss as a module, so that DistributedDataParallel can wrap it and average its gradients."""

    def __init__(self, network: SplitNetwork, recipe: Recipe):
        super().__init__()
        self.network, self.recipe = network, recipe
        self.activations = network.activations
        if recipe.compile:
            self.activations = torch.compile(network.activations, dynamic=False)

    def forward(self, batch: Batch, count: float) -> Tensor:
        """count: known targets of the step, per process."""
        activations = self.activations(batch.films)
        logits = self.network.logits(activations)
        loss = masked_bce(logits, batch.targets, self.recipe.label_smoothing, count)
        if self.recipe.box_weight:
            cells = cell_logits(self.network, activations)
            loss = loss + self.recipe.box_weight * box_loss(cells, batch, self.recipe.box_loss)
        return loss
