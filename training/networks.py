"""Networks split where heatmaps are taken: `activations` up to the target layer, `logits` from there on.

The split lets one trunk pass serve scores and heatmaps of all labels (tools/gradcam.py). Sources: timm 1.0
`forward_features` / `forward_head`, https://github.com/huggingface/pytorch-image-models.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from .errors import RequestError, did_you_mean


class SplitNetwork(nn.Module):
    """A classifier in two halves; `forward(x) == logits(activations(x))`."""

    def activations(self, x: Tensor) -> Tensor:
        """Network input (N, C, S, S) -> target activation (N, K, h, w), never overwritten in place later."""
        raise NotImplementedError

    def logits(self, activations: Tensor) -> Tensor:
        """Target activation -> logits (N, L)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.activations(x))


class TimmNetwork(SplitNetwork):
    """Any timm image classifier with a convolutional trunk.

    The target activation is the output of `forward_features`: after the last non-linearity, before pooling, at the
    network's grid (size / output stride).
    """

    def __init__(self, arch: str, labels: int, channels: int, /, **arch_args: Any):
        super().__init__()
        import timm  # noqa: PLC0415  timm takes 1 s to import; only building a network needs it

        if not timm.is_model(arch):
            raise RequestError(f"{arch!r} is not a timm model{did_you_mean(arch, timm.list_models())}")
        try:
            self.body: Any = timm.create_model(
                arch, pretrained=False, in_chans=channels, num_classes=labels, **arch_args
            )
        except TypeError as error:
            raise RequestError(f"{arch} does not take the arguments {arch_args}: {error}") from None

    def activations(self, x: Tensor) -> Tensor:
        return self.body.forward_features(x)

    def logits(self, activations: Tensor) -> Tensor:
        return self.body.forward_head(activations)


class XrvDenseNet(SplitNetwork):
    """torchxrayvision's DenseNet121 for one-channel 224 px films in [-1024, 1024], without its weights.

    The target activation is relu(features(x)), (N, 1024, 7, 7): the library's forward applies that ReLU in place, so
    on a CPU a hook on `features` sees it already applied and on a GPU it may not; here it is taken explicitly.
    Scores are left as logits: operating points are the configuration's business, not the network's.
    Source: https://github.com/mlmed/torchxrayvision, models.py of 1.3 to 1.5.
    """

    def __init__(self, labels: int, channels: int):
        super().__init__()
        import torchxrayvision as xrv  # noqa: PLC0415  imports pandas, skimage and torchvision: seconds

        self.body: Any = xrv.models.DenseNet(
            num_classes=labels,
            in_channels=channels,
            growth_rate=32,
            block_config=(6, 12, 24, 16),
            num_init_features=64,
        )

    def activations(self, x: Tensor) -> Tensor:
        return F.relu(self.body.features(x))

    def logits(self, activations: Tensor) -> Tensor:
        return self.body.classifier(F.adaptive_avg_pool2d(activations, 1).flatten(1))


def build_network(arch: str, labels: int, channels: int, arch_args: dict[str, Any]) -> SplitNetwork:
    """An untrained network for an `arch` string such as `timm:resnet18`."""
    library, _, name = arch.partition(":")
    if library == "timm" and name:
        return TimmNetwork(name, labels, channels, **arch_args)
    if arch == "xrv:densenet121":
        if arch_args:
            raise RequestError(f"{arch} takes no arguments, got {arch_args}")
        return XrvDenseNet(labels, channels)
    raise RequestError(f"{arch!r} is not an architecture; expected 'timm:NAME' or 'xrv:densenet121'")


def count_parameters(module: nn.Module) -> tuple[int, int]:
    """(total, trainable) number of parameters."""
    total = sum(p.numel() for p in module.parameters())
    return total, sum(p.numel() for p in module.parameters() if p.requires_grad)
