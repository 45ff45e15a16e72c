"""The training config file (YAML): what is trained, on what, and how. One unknown key is one clear error.

See configs/mini/finetuned.yaml for an example with every part.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .augmentation import Augmentation
from .errors import RequestError, did_you_mean
from .findings import CHEXPERT
from .model_config import Preprocessing
from .policies import LabelPolicy
from .thresholds import check_rule


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """One table to train on."""

    table: str
    """Relative to one of the --data folders: `NIH-CXR14-sample/train.csv`."""
    kind: Literal["real", "synthetic"]
    repeat: float = Field(default=1, gt=0)
    """Films per epoch as a multiple of the table: 0.4 draws 40 % of them anew each epoch, 2 takes each twice."""
    policy: LabelPolicy | None = None
    """In place of the recipe's policy."""
    holdout: float | None = Field(default=None, ge=0, lt=1)
    """In place of the recipe's holdout."""
    boxes: str | None = None
    """Box table beside the label table; by default `boxes.csv` where there is one."""


class Optimiser(_Part):
    """AdamW with linear warm-up and cosine decay to zero, per step."""

    lr: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    """Not applied to biases and normalisation."""
    warmup_epochs: float = Field(default=1, ge=0)
    clip: float = Field(default=1.0, gt=0)
    """Largest gradient norm."""


class Recipe(_Part):
    """A training run."""

    name: str
    """Of the model made: `mini/finetuned`."""
    family: str
    arch: str
    arch_args: dict[str, Any] = {}
    labels: tuple[str, ...] = Field(default=CHEXPERT.names, min_length=1)
    preprocessing: Preprocessing
    target_layer: str = "output of forward_features: after the last non-linearity, before pooling"
    init_from: str | None = None
    """A model's name or a checkpoint folder; null trains from scratch."""
    sources: tuple[Source, ...] = Field(min_length=1)
    policy: LabelPolicy = LabelPolicy()
    holdout: float = Field(default=0.15, ge=0, lt=1)
    """Share of each table's PATIENTS kept for validation: selection, thresholds, calibration."""
    epochs: int = Field(gt=0)
    batch: int = Field(default=64, gt=1)
    optimiser: Optimiser = Optimiser()
    ema: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the averaged weights, which are the ones evaluated and saved; 0 switches averaging off."""
    label_smoothing: float = Field(default=0, ge=0, lt=0.5)
    bf16: bool | Literal["auto"] = "auto"
    """Autocast to bfloat16; `auto` where the processor computes it natively."""
    augmentation: Augmentation = Augmentation()
    box_weight: float = Field(default=0, ge=0)
    """Weight of the loss that pulls each finding's class activation into its boxes; 0 needs no boxes."""
    seed: int = Field(default=0, ge=0)
    select: Literal["best", "last"] = "best"
    """Weights kept: best mean AUROC on the validation split (its real films if it has any), or the last epoch's."""
    fit_on: Literal["real", "all"] = "real"
    """Films thresholds and calibration are fitted on: the real part where it has ten positives, or all."""
    threshold_rule: str = "youden"
    calibrate: Literal["platt", "temperature", "none"] = "platt"
    half: bool = False
    """Store the final weights as float16."""
    label_source: dict[str, Literal["real", "synthetic"]] = {}
    """States, for some findings, where the family's labels came from; the others are worked out from the tables."""
    trained_on: str = ""
    note: str = ""

    @field_validator("threshold_rule")
    @classmethod
    def _rule_exists(cls, value: str) -> str:
        return check_rule(value)

    @model_validator(mode="after")
    def _findings_exist(self) -> Recipe:
        for name in self.label_source:
            if name not in CHEXPERT:
                raise ValueError(f"label_source: {name!r} is not one of {CHEXPERT.name}")
        return self

    def sha256(self) -> str:
        """Of everything the run depends on."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_recipe(path: Path) -> Recipe:
    """Read a config file; `RequestError` names the key that is wrong."""
    if not path.is_file():
        raise RequestError(f"there is no config file {str(path)!r}")
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise RequestError(f"{path.name} must hold keys and values, such as `epochs: 10`")
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        if first["type"] == "extra_forbidden":
            hint = did_you_mean(str(first["loc"][-1]), _keys_at(first["loc"]))
            raise RequestError(f"{path.name}: {where!r} is not a key of a training config{hint}") from None
        raise RequestError(f"{path.name}: {where}: {first['msg'].removeprefix('Value error, ')}") from None


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    parts: dict[str, type[BaseModel]] = {
        "sources": Source,
        "optimiser": Optimiser,
        "augmentation": Augmentation,
        "policy": LabelPolicy,
        "preprocessing": Preprocessing,
    }
    model = next((parts[str(key)] for key in reversed(loc[:-1]) if key in parts), Recipe)
    return list(model.model_fields)
