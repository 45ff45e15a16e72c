"""What training minimises: cross-entropy over known labels, and the loss that pulls attention into boxes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from ..films.batches import Batch
from ..models.networks import SplitNetwork
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


def cell_logits(network: SplitNetwork, activations: Tensor) -> Tensor:
    """Each grid cell's part of the logits, (N, L, h, w), for a head that is average pooling and one linear layer."""
    head = network.get_submodule(network.head)
    if not isinstance(head, nn.Linear) or activations.dim() != 4 or head.in_features != activations.shape[1]:
        raise RequestError("box_weight needs a network whose head is average pooling and one linear layer")
    return torch.einsum("lk,nkhw->nlhw", head.weight.to(activations.dtype), activations)


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
            loss = loss + self.recipe.box_weight * box_loss(cell_logits(self.network, activations), batch)
        return loss
