"""Checkpoint folders: `model.safetensors`, `config.json`, `metrics.json` and a model card, never pickle.

Files are written beside their place and renamed, so a killed run leaves the previous checkpoint whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from ..errors import RequestError
from .classifier import Classifier
from .config import ModelConfig
from .networks import SplitNetwork, build_network

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"


def write_atomically(path: Path, content: bytes | str | Iterable[str]) -> None:
    """Write a file, at once or piece by piece, so that a reader, or a crash, sees either the old one or the whole new
    one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                for piece in (content,) if isinstance(content, str) else content:
                    file.write(piece.encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_checkpoint(
    folder: Path,
    network: SplitNetwork,
    config: ModelConfig,
    *,
    metrics: dict[str, Any] | None = None,
    card: str = "",
    half: bool = False,
) -> None:
    """Write a checkpoint folder. `half` stores floating-point weights as float16 (loaded back as float32)."""
    state = {}
    for name, tensor in network.state_dict().items():
        value = tensor.detach().to("cpu").contiguous()
        state[name] = value.half() if half and value.is_floating_point() else value
    write_atomically(folder / WEIGHTS, save(state))
    write_atomically(folder / METRICS, json.dumps(metrics or {}, indent=1) + "\n")
    write_atomically(folder / CARD, card)
    write_atomically(folder / CONFIG, config.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def read_config(folder: Path) -> ModelConfig:
    path = folder / CONFIG
    if not path.is_file():
        raise RequestError(f"{folder} is not a checkpoint: it has no {CONFIG}")
    try:
        return ModelConfig.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise RequestError(f"{path} is not a model configuration: {where}: {first['msg']}") from None


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Classifier:
    """A classifier from a checkpoint folder; `RequestError` where a file is missing or does not fit."""
    config = read_config(folder)
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise RequestError(f"{folder} has no {WEIGHTS}")
    try:
        state = {
            name: value.float() if value.is_floating_point() else value for name, value in load_file(weights).items()
        }
    except SafetensorError as error:
        raise RequestError(f"{weights} is damaged: {error}") from None
    network = build_network(config.arch, len(config.labels), config.preprocessing.channels, config.arch_args)
    expected = network.state_dict()
    if set(state) != set(expected) or any(state[k].shape != expected[k].shape for k in state):
        odd = sorted(set(state) ^ set(expected)) or [k for k in state if state[k].shape != expected[k].shape]
        raise RequestError(f"{weights} does not fit {config.arch} with {len(config.labels)} labels: {odd[0]} differs")
    network.load_state_dict(state)
    device = torch.device(device)
    return Classifier(config, network.eval().to(device), sha256_of(weights), device)
