"""The `last` state of a run, for --resume: safetensors for tensors, JSON for the rest, never pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from .checkpoints import write_atomically
from .errors import RequestError

STATE, PLACE = "state.safetensors", "state.json"


class RunPlace(BaseModel):
    """Where a run stands. No random state is needed: every draw follows from seed, epoch and step."""

    model_config = ConfigDict(extra="forbid")

    recipe_sha256: str
    data_hash: str
    epoch: int = 0
    """The epoch running, from 0; equal to the recipe's `epochs` once all are done."""
    step: int = 0
    """Steps of it that are done."""
    updates: int = 0
    """Optimiser steps since the start."""
    loss_sum: float = 0.0
    """Of the running epoch, summed over films."""
    films_seen: int = 0
    best: float | None = None
    """Best validation score so far."""
    best_epoch: int | None = None
    state_files: str = STATE


def save_state(
    folder: Path, place: RunPlace, network: nn.Module, averaged: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Write the state. The tensors' file carries the number of updates, so that the pair is never mixed."""
    tensors = {f"network.{k}": v for k, v in network.state_dict().items()}
    tensors.update({f"averaged.{k}": v for k, v in averaged.state_dict().items()})
    for number, moments in optimiser.state_dict()["state"].items():
        tensors.update({f"optimiser.{number}.{k}": v for k, v in moments.items()})
    place.state_files = f"state-{place.updates}.safetensors"
    plain = {k: v.detach().to("cpu").contiguous().clone() for k, v in tensors.items()}
    write_atomically(folder / place.state_files, save(plain))
    write_atomically(folder / PLACE, place.model_dump_json(indent=1) + "\n")
    for old in folder.glob("state-*.safetensors"):
        if old.name != place.state_files:
            old.unlink()


def read_place(folder: Path) -> RunPlace:
    """`RequestError` where there is no state to go on from."""
    path = folder / PLACE
    if not path.is_file():
        raise RequestError(f"{folder.parent} holds no interrupted run to resume")
    try:
        return RunPlace.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RequestError(f"{path} is damaged: {error.errors()[0]['msg']}") from None


def load_state(
    folder: Path, place: RunPlace, network: nn.Module, averaged: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    """Put a saved state back into the three objects."""
    try:
        tensors = load_file(folder / place.state_files)
    except (SafetensorError, OSError) as error:
        raise RequestError(f"{folder / place.state_files} is damaged: {error}") from None
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "averaged": {}, "optimiser": {}}
    for key, tensor in tensors.items():
        part, _, name = key.partition(".")
        parts[part][name] = tensor
    network.load_state_dict(parts["network"])
    averaged.load_state_dict(parts["averaged"])
    moments: dict[int, dict[str, Any]] = {}
    for key, tensor in parts["optimiser"].items():
        number, _, name = key.partition(".")
        moments.setdefault(int(number), {})[name] = tensor
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})


def truncate_log(path: Path, epochs: int) -> None:
    """Drop the lines of epochs that will be run again."""
    if path.is_file():
        lines = [line for line in path.read_text("utf-8").splitlines() if json.loads(line)["epoch"] <= epochs]
        write_atomically(path, "".join(f"{line}\n" for line in lines))
