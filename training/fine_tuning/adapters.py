"""LoRA (Hu et al., ICLR 2022) on convolutions and linear layers, injected in place through PEFT.

The network keeps its class and its split, so that training, heatmaps and saving see the same thing with and without
an adapter. PEFT adapters do not hold batch-norm statistics: a network with an adapter keeps its BatchNorm frozen
(`freeze_for_adapter`), else a reloaded model would differ.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from ..errors import RequestError
from ..models.checkpoints import write_atomically
from ..models.networks import SplitNetwork

ADAPTER, ABOUT = "adapter.safetensors", "adapter.json"
_MARK = "lora_"


class Lora(BaseModel):
    """The adapter's part of a recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int = Field(gt=0)
    alpha: int = Field(gt=0)
    """The update is scaled by alpha / rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str
    """One of `variants` by name, or a regular expression over module names, matched in full; grouped convolutions
    are passed over (PEFT cannot merge them)."""
    variants: dict[str, str] = {}
    """Names for choices of targets, so that a run can say `all` or `last`: name -> regular expression."""
    only: int | None = Field(default=None, gt=0)
    """Take the last `only` matches, in the network's order."""

    @property
    def pattern(self) -> str:
        """The regular expression that `targets` means."""
        return self.variants.get(self.targets, self.targets)


def target_modules(network: nn.Module, lora: Lora) -> list[str]:
    """Names of the layers an adapter would sit on; `RequestError` where the expression is wrong or matches none."""
    try:
        pattern = re.compile(lora.pattern)
    except re.error as error:
        raise RequestError(f"lora.targets {lora.pattern!r} is not a regular expression: {error}") from None
    names = [
        name
        for name, module in network.named_modules()
        if pattern.fullmatch(name)
        and (isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.groups == 1))
    ]
    if not names:
        named = f"; its variants: {', '.join(lora.variants)}" if lora.variants else ""
        raise RequestError(
            f"lora.targets {lora.targets!r} matches no convolution or linear layer of the network{named}"
        )
    return names[-lora.only :] if lora.only else names


def add_adapter(network: SplitNetwork, lora: Lora) -> list[str]:
    """Put an adapter on the network, freeze everything but it and the head; the layers it sits on."""
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415  imports transformers: seconds

    names = target_modules(network, lora)
    head = network.head
    config = LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=names, bias="none"
    )
    inject_adapter_in_model(config, network)
    for layer in _lora_layers(network).values():
        base = layer.get_base_layer()
        if isinstance(base, nn.Conv2d):  # PEFT 0.21 makes A without the layer's dilation: the sizes would differ
            for a in layer.lora_A.values():
                a.dilation = base.dilation
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(_MARK in name or name.startswith(f"{head}."))
    return names


def freeze_for_adapter(network: nn.Module) -> None:
    """Keep BatchNorm in eval mode; call it after every `network.train()`."""
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()


def adapter_state(network: SplitNetwork) -> dict[str, Tensor]:
    """What fine-tuning changed: the adapter's and the head's tensors, by name."""
    head = network.head
    return {name: t for name, t in network.state_dict().items() if _MARK in name or name.startswith(f"{head}.")}


@torch.no_grad()
def merge_adapter(network: SplitNetwork) -> SplitNetwork:
    """Fold the adapter into the layers it sits on, in place: same function, the plain network's state dict again."""
    for name, layer in _lora_layers(network).items():
        layer.merge()
        parent_name, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent_name), child, layer.get_base_layer())
    return network


def _lora_layers(network: nn.Module) -> dict[str, Any]:
    """Name -> PEFT's layer around a layer of the network."""
    from peft.tuners.lora import LoraLayer  # noqa: PLC0415  imports transformers: seconds

    return {name: module for name, module in network.named_modules() if isinstance(module, LoraLayer)}


def save_adapter(folder: Path, network: SplitNetwork, lora: Lora, base: str) -> None:
    """Write `adapter.safetensors` and `adapter.json` beside a merged checkpoint.

    base: what the adapter belongs on, in words (a model and its weights' SHA-256, or the seed).
    """
    state = {name: t.detach().to("cpu").contiguous() for name, t in adapter_state(network).items()}
    write_atomically(folder / ADAPTER, save(state))
    write_atomically(folder / ABOUT, json.dumps({"base": base, "lora": lora.model_dump()}, indent=1) + "\n")


def load_adapter(folder: Path, network: SplitNetwork) -> SplitNetwork:
    """Put a saved adapter and its head on the network it was trained from, in place; unmerged.

    `network` must have the checkpoint's labels. `RequestError` where a file is missing, damaged or does not fit.
    """
    try:
        lora = Lora.model_validate(json.loads((folder / ABOUT).read_bytes())["lora"])
        state = load_file(folder / ADAPTER)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise RequestError(f"{folder} holds no whole adapter: {error}") from None
    add_adapter(network, lora)
    expected = adapter_state(network)
    odd = sorted(set(state) ^ set(expected)) or [k for k in state if state[k].shape != expected[k].shape]
    if odd:
        raise RequestError(f"{folder / ADAPTER} does not fit the network: {odd[0]} differs")
    network.load_state_dict(state, strict=False)
    return network
