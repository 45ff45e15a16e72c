"""Weights from elsewhere fitted onto a network of ours: read without running code, wrappers' prefixes stripped.

Training code wraps networks: DistributedDataParallel adds `module.`, Lightning `state_dict.model.`, and so on. The
prefix is found, not guessed: it is the one under which the file has all of the network's tensors.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..errors import RequestError
from .networks import SplitNetwork
from .pickled_weights import read_pickled_tensors

_COUNTER = "num_batches_tracked"  # of BatchNorm: unused in eval mode, missing from old files


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Tensors by dotted name, from safetensors or from a pickled file whose code is not run."""
    if not file.is_file():
        raise RequestError(f"there is no weights file {str(file)!r}")
    if file.suffix != ".safetensors":
        return read_pickled_tensors(file)
    try:
        return load_file(file)
    except SafetensorError as error:
        raise RequestError(f"{file.name} is damaged: {error}") from None


def fit_tensors(network: SplitNetwork, found: dict[str, Tensor], name: str) -> tuple[dict[str, Tensor], str]:
    """The network's state dict out of a file's tensors, and the prefix that was stripped.

    Raises `RequestError` where no prefix has all of them, two have, a shape differs, or the file holds more layers of
    the same name (another, deeper network).
    """
    own = network.state_dict()
    wanted = {key.removeprefix("body."): tensor for key, tensor in own.items()}
    prefix = _prefix(wanted, found, name)
    given = {key.removeprefix(prefix): tensor for key, tensor in found.items() if key.startswith(prefix)}
    given = _unwrap_head(given, wanted, network.head.removeprefix("body."))
    missing = [key for key in wanted if key not in given and not key.endswith(_COUNTER)]
    if missing:
        near = f"; under {prefix!r} it has {len(wanted) - len(missing)} of {len(wanted)}" if prefix else ""
        raise RequestError(
            f"{name} does not hold {len(missing)} tensors of the network, such as {missing[0]!r}{near}"
        )
    tops = {key.partition(".")[0] for key in wanted}
    more = [key for key in given if key not in wanted and key.partition(".")[0] in tops]
    if more:
        raise RequestError(f"{name} holds {len(more)} tensors that the network has no place for, such as {more[0]!r}")
    for key, tensor in wanted.items():
        if key in given and given[key].shape != tensor.shape:
            raise RequestError(f"{name}: {key} is {tuple(given[key].shape)}, the network's is {tuple(tensor.shape)}")
    state = {}
    for key, tensor in own.items():
        value = given.get(key.removeprefix("body."))
        state[key] = tensor if value is None else value.to(tensor.dtype)
    return state, prefix


def load_tensors(network: SplitNetwork, state: dict[str, Tensor], name: str) -> None:
    """Load a state dict whose names are ours; `RequestError` names the first tensor that differs."""
    own = network.state_dict()
    odd = sorted(set(state) ^ set(own)) or [k for k in own if state[k].shape != own[k].shape]
    odd = [k for k in odd if not (k.endswith(_COUNTER) and k not in state)]
    if odd:
        raise RequestError(f"{name} does not fit the network: {odd[0]} differs")
    with torch.no_grad():
        network.load_state_dict({**own, **state})


def _prefix(wanted: dict[str, Tensor], found: dict[str, Tensor], name: str) -> str:
    """The prefix under which most of the network's names stand."""
    hits: Counter[str] = Counter()
    for key in found:
        parts = key.split(".")
        for i in range(len(parts)):
            if ".".join(parts[i:]) in wanted:
                hits["".join(f"{part}." for part in parts[:i])] += 1
    if not hits:
        raise RequestError(f"{name} holds none of the network's tensors; its first is {next(iter(found))!r}")
    most = max(hits.values())
    best = [prefix for prefix, count in hits.items() if count == most]
    if len(best) > 1:
        raise RequestError(
            f"{name} holds the network {len(best)} times, under {', '.join(map(repr, best))}; keep one"
        )
    return best[0]


def _unwrap_head(given: dict[str, Tensor], wanted: dict[str, Tensor], head: str) -> dict[str, Tensor]:
    """A head inside nn.Sequential (`classifier.0.weight`, beside a sigmoid or dropout) under its plain name."""
    if not head or f"{head}.weight" in given or f"{head}.weight" not in wanted:
        return given
    inside = re.compile(rf"{re.escape(head)}\.\d+\.(weight|bias)")
    return {
        f"{head}.{found[1]}" if (found := inside.fullmatch(key)) else key: tensor for key, tensor in given.items()
    }
