"""The loss that draws each finding's map onto its boxes: right, and for the right reasons.

Behind average pooling and one linear layer the class activation map of a finding is one 1 x 1 convolution over the last
features (Zhou et al., CVPR 2016), and its positive part is Grad-CAM's map up to a factor (Selvaraju et al., ICCV 2017).
So the maps of all findings cost next to nothing, and a loss on them (Ross et al., IJCAI 2017) acts on what readers are
shown later. Both measures say where, not how much: the level of the logit is left to the labels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError
from ..films.batches import Batch
from ..models.networks import SplitNetwork
from .recipe import BoxMeasure

_SEEN = 0.02
"""Of a cell: a box that covers less of every cell was shifted off the film."""


def cell_logits(network: SplitNetwork, activations: Tensor) -> Tensor:
    """Each grid cell's part of the logits, (N, L, h, w), for a head that is average pooling and one linear layer."""
    head = network.get_submodule(network.head)
    if not isinstance(head, nn.Linear) or activations.dim() != 4 or head.in_features != activations.shape[1]:
        raise RequestError("box_weight needs a network whose head is average pooling and one linear layer")
    return torch.einsum("lk,nkhw->nlhw", head.weight.to(activations.dtype), activations)


def box_loss(cells: Tensor, batch: Batch, measure: BoxMeasure = "share") -> Tensor:
    """How badly the maps of the batch's boxed films agree with their boxes; 0 where no film has a box.

    cells: (N, L, h, w), each cell's part of the logits.
    """
    own = cells[batch.boxed[:, 0], batch.boxed[:, 1]].float()  # (P, h, w)
    cover = F.adaptive_avg_pool2d(batch.masks, (own.shape[-2], own.shape[-1]))[:, 0]  # (P, h, w) in [0, 1]
    seen = cover.flatten(1).amax(1) > _SEEN
    own, cover, real = own[seen], cover[seen], batch.real[seen]
    if not len(own):
        return cells.sum() * 0
    if measure == "share":
        return _lost_share(own, cover).mean()
    each = _lost_overlap(own, cover)
    return torch.stack([each[kind].mean() for kind in (real, ~real) if kind.any()]).mean()


def _lost_share(cells: Tensor, cover: Tensor) -> Tensor:
    """-log of the part of a softmax over the cells that lies inside, (P,). Inside is what a box covers at least 0.4
    times as much of as of the cell it covers most."""
    inside = (cover >= 0.4 * cover.amax((1, 2), keepdim=True)).flatten(1)
    return -cells.flatten(1).log_softmax(1).masked_fill(~inside, -torch.inf).logsumexp(1)


def _lost_overlap(cells: Tensor, cover: Tensor) -> Tensor:
    """1 - 2 sum(m c) / (sum(m^2) + sum(c^2)), (P,): Dice as a loss (Milletari et al., 3DV 2016) of the map m, its
    positive cells as shares of the highest, and of the cells' cover c, as shares of the highest too. It is 1, without
    a gradient, for a map that is nowhere positive."""
    maps, cover = (values / values.amax((1, 2), keepdim=True).clamp_min(1e-3) for values in (cells.relu(), cover))
    return 1 - 2 * (maps * cover).sum((1, 2)) / (maps.square() + cover.square()).sum((1, 2))
