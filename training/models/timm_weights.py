"""timm's ImageNet EfficientNet-B0 as the `efficientnet-b0` baseline: a pretrained trunk under an untrained head.

Input (N, 3, 224, 224), ImageNet's normalisation, the film squashed to a square. The head is random (seed 0): it says
nothing about any film, and no verdict is given against it. Sources: timm 1.0 `efficientnet_b0.ra_in1k`
(Wightman, Apache-2.0); Tan and Le, ICML 2019.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..findings import CHEXPERT
from .config import ModelConfig, Preprocessing
from .downloads import WeightsFile
from .foreign_weights import read_tensors
from .networks import build_network

EFFICIENTNET_FILE = WeightsFile(
    name="timm-efficientnet_b0.ra_in1k.safetensors",
    url="https://huggingface.co/timm/efficientnet_b0.ra_in1k/resolve/main/model.safetensors",
    size=21_300_000,  # about: 5,288,548 float32 parameters and the batch-norm statistics
    exact=False,
    about="EfficientNet-B0 trained on ImageNet-1k",
)
IMAGENET = Preprocessing(size=224, channels=3, resize="squash", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def efficientnet_config() -> ModelConfig:
    return ModelConfig(
        name="efficientnet-b0/baseline",
        family="efficientnet-b0",
        arch="timm:efficientnet_b0",
        labels=CHEXPERT.names,
        finding_of={name: name for name in CHEXPERT.names},
        preprocessing=IMAGENET,
        target_layer="output of forward_features, 7 x 7: after the last non-linearity, before pooling",
        policy="none: the head is untrained",
        trained_head=False,
        trained_on="ImageNet-1k (trunk only), by timm",
        seed=0,
        note="An untrained head: its scores are random and mean nothing.",
    )


def efficientnet_state(file: Path) -> dict[str, Tensor]:
    """The trunk out of the file, the head from the seed."""
    config = efficientnet_config()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed or 0)
        own = build_network(config.arch, len(config.labels), 3, {}).state_dict()
    trunk = {f"body.{k}": t for k, t in read_tensors(file).items() if not k.startswith("classifier.")}
    head = {k: t for k, t in own.items() if k.startswith("body.classifier.")}
    return {**trunk, **head}
