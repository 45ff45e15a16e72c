"""LoRA (Hu et al., ICLR 2022) on convolutions and linear layers, injected in place through PEFT.

The network keeps its class and its split, so that training, heatmaps and saving see the same thing with and without
an adapter. PEFT adapters do not hold batch-norm statistics: a network with an adapter keeps its BatchNorm frozen
(`freeze_for_adapter`), else a reloaded model would differ.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from .errors import RequestError

_MARK = "lora_"


class Lora(BaseModel):
    """The adapter's part of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int = Field(gt=0)
    alpha: int = Field(gt=0)
    """The update is scaled by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str
    """Regular expression over module names, matched in full; grouped convolutions are passed over (PEFT cannot merge
    them)."""
    only: int | None = Field(default=None, gt=0)
    """Take the last `only` matches, in the network's order."""


def target_modules(network: nn.Module, lora: Lora) -> list[str]:
    """Names of the layers an adapter would sit on; `RequestError` where the expression is wrong or matches none."""
    try:
        pattern = re.compile(lora.targets)
    except re.error as error:
        raise RequestError(f"lora.targets {lora.targets!r} is not a regular expression: {error}") from None
    names = [
        name
        for name, module in network.named_modules()
        if pattern.fullmatch(name)
        and (isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1))
    ]
    if not names:
        raise RequestError(f"lora.targets {lora.targets!r} matches no convolution or linear layer of the network")
    return names[-lora.only :] if lora.only else names


def add_adapter(network: nn.Module, lora: Lora, head: str) -> list[str]:
    """Put an adapter on the network, freeze everything but it and the head; the layers it sits on.

    head: name of the classifier module, which is trained in full.
    """
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415  imports transformers: seconds

    names = target_modules(network, lora)
    config = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=names, bias="none"
    )
    inject_adapter_in_model(config, network)
    parts = dict(network.named_modules())
    if head not in parts:
        raise RequestError(f"the network has no head named {head!r}")
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(_MARK in name or name.startswith(f"{head}."))
    return names


def freeze_for_adapter(network: nn.Module) -> None:
    """Keep BatchNorm in eval mode; call it after every `network.train()`."""
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def adapter_state(network: nn.Module, head: str) -> dict[str, Tensor]:
    """What fine-tuning changed: the adapter's and the head's tensors, by name."""
    return {name: t for name, t in network.state_dict().items() if _MARK in name or name.startswith(f"{head}.")}


@torch.no_grad()
def merge_adapter(network: nn.Module) -> nn.Module:
    """Fold the adapter into the layers it sits on, in place: same function, the plain network's state dict again."""
    from peft.tuners.lora import LoraLayer  # noqa: PLC0415  as above

    for name, module in list(network.named_modules()):
        if isinstance(module, LoraLayer):
            layer: Any = module
            layer.merge()
            parent_name, _, child = name.rpartition(".")
            setattr(network.get_submodule(parent_name), child, layer.get_base_layer())
    return network
