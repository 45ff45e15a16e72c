"""Saliency methods besides Grad-CAM, for all labels, through pytorch-grad-cam's own formulas.

    logits, maps = saliency_maps(network, x, "grad-cam++")    # (N, L), (N, L, h, w) >= 0

The formulas are those of pytorch-grad-cam's classes (1.5.7); activations and gradients come from one trunk pass
(tools/maps/saliency.py) in place of one forward and backward pass per label. Score-CAM needs a forward pass per
channel: minutes for a large network. Eigen-CAM is the same for every label, since it never looks at one, and its sign
is arbitrary. Only Grad-CAM's values are logits per cell; the others' are in units of their own.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...training.errors import RequestError, did_you_mean
from ...training.models.networks import SplitNetwork
from .saliency import METHOD, UNIT, class_activation_maps, head_gradients

METHODS: dict[str, tuple[str, str]] = {
    METHOD: ("", "Selvaraju et al., ICCV 2017"),
    "grad-cam++": ("GradCAMPlusPlus", "Chattopadhay et al., WACV 2018"),
    "xgrad-cam": ("XGradCAM", "Fu et al., BMVC 2020"),
    "hires-cam": ("HiResCAM", "Draelos and Carin, 2020"),
    "layer-cam": ("LayerCAM", "Jiang et al., IEEE TIP 2021"),
    "eigen-cam": ("EigenCAM", "Muhammad and Yeasin, IJCNN 2020"),
    "eigengrad-cam": ("EigenGradCAM", "pytorch-grad-cam"),
    "score-cam": ("", "Wang et al., CVPR Workshops 2020"),
}
"""Name -> pytorch-grad-cam's class, and the method's source."""

_MASKED_AT_ONCE = 32


def check_method(name: str) -> str:
    """The name, if it is a method's; `RequestError` with a suggestion otherwise."""
    if name not in METHODS:
        raise RequestError(f"{name!r} is not a saliency method{did_you_mean(name, METHODS)}")
    return name


def unit_of(method: str) -> str:
    return UNIT if method == METHOD else f"{method}, its own unit"


def saliency_maps(network: SplitNetwork, x: Tensor, method: str = METHOD) -> tuple[Tensor, Tensor]:
    """Network input (N, C, S, S) -> logits (N, L) and maps (N, L, h, w) >= 0 of any method; nothing is scaled."""
    check_method(method)
    if method == METHOD:
        return class_activation_maps(network, x)
    if method == "score-cam":
        return _score_cam(network, x)
    logits, activations, gradients = head_gradients(network, x)
    reference = getattr(importlib.import_module("pytorch_grad_cam"), METHODS[method][0])
    cam: Any = reference(model=network, target_layers=[nn.Identity()])
    own, slopes = activations.cpu().numpy(), gradients.cpu().numpy()
    maps = [cam.get_cam_image(x, None, None, own, slope, False) for slope in slopes]  # L x (N, h, w)
    stacked = np.maximum(np.stack(maps, axis=1), 0).astype(np.float32)  # (N, L, h, w)
    return logits, torch.from_numpy(stacked).to(x.device)


@torch.no_grad()
def _score_cam(network: SplitNetwork, x: Tensor) -> tuple[Tensor, Tensor]:
    """A channel's weight is the softmax over channels of the logit the film has behind that channel's mask.

    One pass over the masked films serves all labels; pytorch-grad-cam's class makes one per label.
    """
    logits, activations, _ = head_gradients(network, x)
    maps = []
    for film, own in zip(x, activations, strict=True):
        masks = F.interpolate(own[None], size=film.shape[-2:], mode="bilinear", align_corners=True)[0]  # (K, S, S)
        low, high = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
        masks = (masks - low) / (high - low + 1e-8)
        scores = torch.cat([network(film * part[:, None]) for part in masks.split(_MASKED_AT_ONCE)])  # (K, L)
        maps.append(F.relu(torch.einsum("kl,khw->lhw", scores.softmax(dim=0), own)))
    return logits, torch.stack(maps)
