"""What is known of a model's training: batch, epochs and time from its run's records, parameters from its config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ..models.config import ModelConfig

_RESOLVED, _LOG = "resolved.yaml", "metrics.jsonl"


class RunFacts(BaseModel):
    """None where nothing is on record, as for a model from elsewhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total_parameters: int | None = None
    trainable_parameters: int | None = None
    recipe: str = ""
    batch: int | None = None
    epochs: int | None = None
    """Epochs that were finished."""
    seconds: float | None = None
    """Training time summed over epochs, validation left out."""
    images_per_second: float | None = None
    """Median over epochs."""
    device: str | None = None


def run_facts(config: ModelConfig, folder: Path) -> RunFacts:
    """Facts of the model whose checkpoint folder is `folder`; its run is the folder above (RUN/best)."""
    known: dict[str, Any] = {
        "total_parameters": config.total_parameters,
        "trainable_parameters": config.trainable_parameters,
        "recipe": config.recipe,
    }
    run = folder.resolve().parent
    resolved = _yaml(run / _RESOLVED)
    recipe, about = resolved.get("recipe"), resolved.get("run")
    if isinstance(recipe, dict) and recipe.get("name") == config.name:
        known["batch"] = recipe.get("batch")
        known["device"] = str(about["device"]) if isinstance(about, dict) and about.get("device") else None
        epochs = _lines(run / _LOG)
        if epochs:
            known["epochs"] = len(epochs)
            known["seconds"] = sum(float(line.get("seconds", 0)) for line in epochs)
            speeds = sorted(float(line["images_per_second"]) for line in epochs if line.get("images_per_second"))
            known["images_per_second"] = speeds[len(speeds) // 2] if speeds else None
    try:
        return RunFacts.model_validate(known)
    except ValidationError:  # records edited by hand: better nothing than something wrong
        return RunFacts(recipe=config.recipe)


def _yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    out = []
    for line in path.read_text("utf-8").splitlines():
        try:
            out.append(json.loads(line))
        except json.JSONDecodeError:  # a last line that a kill cut short
            break
    return out
