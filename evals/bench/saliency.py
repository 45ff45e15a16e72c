"""`cxr-lens bench saliency`: heatmaps of 14 findings from one trunk pass, against pytorch-grad-cam and a forward pass.

`FAMILY.speedup_vs_grad_cam`: time of pytorch-grad-cam's 14 maps (one forward and backward pass each) over ours, with
the same network, film, target activation and findings; both end with maps at the film's size. `FAMILY.cost_vs_forward`:
our time over that of a bare forward pass. Weights are random: speed does not depend on them. One thread and processor
time, so that other work on the machine does not show.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ...tools.maps.saliency import class_activation_maps, tokens_to_grid, upsample
from ...training.models.networks import ClipNetwork, SplitNetwork, build_network

FINDINGS = 14
REPEATS = 9


class Subject(NamedTuple):
    arch: str
    channels: int
    size: int
    arch_args: dict[str, Any] = {}  # noqa: RUF012  a NamedTuple's default, never written to


SUBJECTS: dict[str, Subject] = {
    "densenet": Subject("xrv:densenet121", 1, 224),
    "efficientnet-b0": Subject("timm:efficientnet_b0", 3, 224),
    "clip-vit-b32": Subject("clip:vit-base-patch32", 3, 224),
    "mini": Subject("timm:resnet18", 1, 192, {"channels": [32, 64, 128, 256], "output_stride": 16}),
}


class Hooked(nn.Module):
    """A network whose target activation passes a module that pytorch-grad-cam can hook."""

    def __init__(self, network: SplitNetwork):
        super().__init__()
        self.network, self.target = network, nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        trunk = self.network.activations(x)
        if isinstance(self.network, ClipNetwork):
            return self.network.logits_from(trunk, self.target(self.network.target(trunk)))
        return self.network.logits(self.target(trunk))


def run() -> dict[str, float]:
    figures: dict[str, float] = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for family, subject in SUBJECTS.items():
            figures |= {f"{family}.{name}": value for name, value in measure(subject, REPEATS).items()}
    finally:
        torch.set_num_threads(threads)
    return figures


def measure(subject: Subject, repeats: int = 9) -> dict[str, float]:
    """The two ratios of one architecture, of medians over passes that take turns."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(subject.arch, FINDINGS, subject.channels, subject.arch_args).eval()
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(1, subject.channels, subject.size, subject.size, generator=generator) - 0.5

    def forward() -> None:
        with torch.inference_mode():
            network(x)

    def ours() -> None:
        upsample(class_activation_maps(network, x)[1], subject.size, subject.size)

    forward()
    ours()
    times = np.array([[_seconds(forward), _seconds(ours)] for _ in range(repeats)])
    bare, own = np.median(times, axis=0)
    return {
        "speedup_vs_grad_cam": float(_seconds(_grad_cam(network, x)) / own),
        "cost_vs_forward": float(own / bare),
    }


def _grad_cam(network: SplitNetwork, x: Tensor) -> Callable[[], None]:
    from pytorch_grad_cam import GradCAM  # noqa: PLC0415  takes seconds to import
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # noqa: PLC0415

    hooked = Hooked(network)
    layers: list[Any] = [hooked.target]
    reshape: Any = tokens_to_grid if isinstance(network, ClipNetwork) else None

    def run_once() -> None:
        with GradCAM(model=hooked, target_layers=layers, reshape_transform=reshape) as reference:
            for label in range(FINDINGS):
                target: Any = ClassifierOutputTarget(label)
                reference(input_tensor=x, targets=[target])

    return run_once


def _seconds(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
