"""The `last` state of a run, for --resume: safetensors for tensors, JSON for the rest, never pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from ..errors import RequestError
from ..models.checkpoints import write_atomically
from .recipe import Optimiser

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
    lr_factor: float = 1.0
    """What ReduceLROnPlateau has made of the learning rate."""
    lowest_loss: float | None = None
    patient_epochs: int = 0
    """Epochs since the loss was last lower."""
    best: float | None = None
    """Best validation score so far."""
    best_epoch: int | None = None
    state_files: str = STATE

    def watch(self, loss: float, settings: Optimiser) -> None:
        """Note an epoch's loss; where the schedule is `plateau`, lower the rate as torch's ReduceLROnPlateau does."""
        if settings.schedule != "plateau":
            return
        if self.lowest_loss is None or loss < self.lowest_loss * (1 - 1e-4):
            self.lowest_loss, self.patient_epochs = loss, 0
        else:
            self.patient_epochs += 1
        if self.patient_epochs > settings.plateau.patience:
            self.lr_factor, self.patient_epochs = self.lr_factor * settings.plateau.factor, 0


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
