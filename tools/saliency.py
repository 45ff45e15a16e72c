"""Grad-CAM for every label of a network from one trunk pass (Selvaraju et al., ICCV 2017).

The trunk runs once without a graph; only the part behind the target activation is differentiated, with one batched
vector-Jacobian product for all labels. alpha_k is the spatial mean of d logit / d A_k, and the map is
relu(sum_k alpha_k A_k). Nothing is scaled: summed over its cells, a map is the number of logits by which what is
there raises the score, to first order (and exactly so for a pooled linear head). These are pytorch-grad-cam's maps
before its min-max scaling (https://github.com/jacobgil/pytorch-grad-cam, 1.5.7).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..training.networks import SplitNetwork

METHOD = "grad-cam"

NEGLIGIBLE = 0.02
"""A map whose cells sum to less than this many logits moves a score by under half a percentage point."""


def class_activation_maps(network: SplitNetwork, x: Tensor) -> tuple[Tensor, Tensor]:
    """Network input (N, C, S, S) -> logits (N, L) and raw maps (N, L, h, w) >= 0, both detached.

    The network must be in eval mode: films of a batch may not influence each other.
    """
    if network.training:
        raise ValueError("class_activation_maps needs the network in eval mode")
    with torch.no_grad():
        activations = network.activations(x)  # (N, K, h, w)
    activations = activations.detach().requires_grad_(True)
    with torch.enable_grad():
        logits = network.logits(activations)  # (N, L)
        films, labels = logits.shape
        seeds = torch.eye(labels, dtype=logits.dtype, device=logits.device)
        seeds = seeds[:, None, :].expand(labels, films, labels)  # one row of each film's Jacobian per label
        (gradients,) = torch.autograd.grad(logits, activations, grad_outputs=seeds, is_grads_batched=True)
    alpha = gradients.mean(dim=(-2, -1))  # (L, N, K)
    maps = F.relu(torch.einsum("lnk,nkhw->nlhw", alpha, activations.detach()))
    return logits.detach(), maps.detach()


def upsample(maps: Tensor, height: int, width: int) -> Tensor:
    """Maps (..., h, w) -> (..., height, width), bilinear between cell centres, values kept (no scaling)."""
    flat = maps.reshape(1, -1, *maps.shape[-2:]).float()
    large = F.interpolate(flat, size=(height, width), mode="bilinear", align_corners=False)
    return large.reshape(*maps.shape[:-2], height, width)
