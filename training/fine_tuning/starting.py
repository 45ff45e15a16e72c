"""How a run begins: the network, from another model's weights or from the seed, and the configuration it will have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import RequestError
from ..films.batches import epoch_order, gather
from ..films.training_set import TrainingSet
from ..label_maps import match_labels
from ..models.classifier import Classifier, normalise
from ..models.config import ModelConfig
from ..models.networks import ClipNetwork, SplitNetwork, build_network, count_parameters
from .adapters import add_adapter
from .distributed import World
from .recipe import Recipe, recipe_parameters


def start_network(recipe: Recipe, start: Classifier | None) -> SplitNetwork:
    """The network as training begins: from another model's weights (head rows by finding), or from the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = build_network(recipe.arch, len(recipe.labels), recipe.preprocessing.channels, recipe.arch_args)
        if start is not None:
            _copy_weights(network, recipe, start)
        if recipe.lora is not None:
            add_adapter(network, recipe.lora)
    return network


def _copy_weights(network: SplitNetwork, recipe: Recipe, start: Classifier) -> None:
    """Another model's weights; of layers with one row per label, the rows of labels that mean the same finding."""
    own, given = network.state_dict(), start.network.state_dict()
    if set(own) != set(given):
        raise RequestError(
            f"{start.name} ({start.config.arch}) has other layers than {recipe.arch}; init_from needs the same"
        )
    if isinstance(network, ClipNetwork) and not isinstance(network.text_head.text, nn.Parameter):
        _refuse_labels_without_text(recipe, start)
    ours, theirs, head = match_labels(recipe.labels, recipe.finding_set).matched, start.config, network.head
    for name, tensor in given.items():
        if name.startswith(f"{head}.") and tensor.dim() and recipe.labels != theirs.labels:
            for row, label in enumerate(recipe.labels):
                source = theirs.label_of(ours[label])
                if source is not None:
                    own[name][row].copy_(tensor[theirs.labels.index(source)])
        elif tensor.shape == own[name].shape:
            own[name].copy_(tensor)
        else:
            raise RequestError(f"{start.name}: {name} is {tuple(tensor.shape)}, here {tuple(own[name].shape)}")
    network.load_state_dict(own)


def _refuse_labels_without_text(recipe: Recipe, start: Classifier) -> None:
    matched = match_labels(recipe.labels, recipe.finding_set).matched
    without = [label for label in recipe.labels if start.config.label_of(matched[label]) is None]
    if without:
        raise RequestError(
            f"{start.name} has no text embedding of {without[0]!r}, and this config keeps text embeddings as they are; "
            "set arch_args.learn_head=true to learn one"
        )


def _measure_statistics(network: nn.Module, inputs: Iterable[torch.Tensor]) -> None:
    """Batch-norm means and variances as the averages over these batches, in place."""
    layers = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
        layer.momentum = None  # torch's word for a plain average
    if layers:
        for x in inputs:
            network(x)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.eval()
        layer.momentum = momentum


@torch.no_grad()
def shift_bias(network: SplitNetwork, data: TrainingSet, recipe: Recipe, device: torch.device) -> None:
    """The recipe's `start_bias: prior`, in place. The 256 films are the first of the first epoch.

    Random weights come with batch-norm statistics of no film, under which xrv's input range alone makes logits of
    hundreds: there the statistics are measured on the same films first.
    """
    order = np.concatenate(epoch_order(data.train, recipe.batch, recipe.seed, 0))[:256]

    def inputs() -> Iterator[torch.Tensor]:
        for i in range(0, len(order), 32):
            x = gather(data.train, order[i : i + 32], World()).pixels.to(device)[:, None].float() / 255
            yield normalise(x, recipe.preprocessing)

    network.eval()
    if recipe.init_from is None:
        _measure_statistics(network, inputs())
    total, films = torch.zeros(len(recipe.labels)), 0
    for x in inputs():
        total += network(x).float().cpu().sum(0)
        films += len(x)
    targets = np.concatenate([part.targets for part in data.train])
    known = ~np.isnan(targets)
    prior = np.nan_to_num(targets).sum(0) / np.maximum(known.sum(0), 1)
    wanted = torch.logit(torch.from_numpy(prior).float(), eps=1e-3)
    bias: torch.Tensor = network.get_submodule(network.head).bias  # pyright: ignore[reportAssignmentType]
    bias += (wanted - total / films).to(bias)


def fresh_config(
    recipe: Recipe, data: TrainingSet, start: Classifier | None, provenance: dict[str, Any] | None = None
) -> ModelConfig:
    """The configuration of the model to be: everything but thresholds and calibration."""
    matched = match_labels(recipe.labels, recipe.finding_set).matched
    source = {name: "real" if name in data.real_findings else "synthetic" for name in data.findings}
    if start is not None:
        source.update({k: v for k, v in start.config.label_source.items() if k in source and v == "real"})
    source.update({k: v for k, v in recipe.label_source.items() if k in source})
    _, trainable = recipe_parameters(recipe)
    with torch.random.fork_rng():  # the adapter is merged in the end, so the model has the plain network's parameters
        total, _ = count_parameters(
            build_network(recipe.arch, len(recipe.labels), recipe.preprocessing.channels, recipe.arch_args)
        )
    return ModelConfig.model_validate(
        {
            "name": recipe.name,
            "family": recipe.family,
            "arch": recipe.arch,
            "arch_args": recipe.arch_args,
            "labels": recipe.labels,
            "findings": recipe.findings,
            "finding_of": matched,
            "label_source": source,
            "preprocessing": recipe.preprocessing.model_dump(),
            "target_layer": recipe.target_layer,
            "policy": str(recipe.policy),
            "trained_on": recipe.trained_on,
            "note": recipe.note,
            "seed": recipe.seed,
            "data_hash": data.data_hash,
            "total_parameters": total,
            "trainable_parameters": trainable,
            **(provenance or {}),
        }
    )
