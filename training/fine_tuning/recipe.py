"""The training config file (YAML): what is trained, on what, and how. One unknown key is one clear error.

See configs/mini/finetuned.yaml for an example with every part, configs/paper and configs/best for the families.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..errors import RequestError, did_you_mean
from ..evaluation.thresholds import check_rule
from ..films.augmentation import Augmentation
from ..findings import CHEXPERT, FindingSet
from ..label_file import findings_of_rows, read_label_file
from ..models.config import ModelConfig, Preprocessing
from ..models.networks import build_network, count_parameters
from ..policies import LabelPolicy
from .adapters import Lora, add_adapter

BoxMeasure = Literal["share", "overlap"]


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


class Plateau(_Part):
    """When `schedule` is `plateau`: as torch's ReduceLROnPlateau over the validation loss, after every epoch."""

    factor: float = Field(default=0.5, gt=0, lt=1)
    patience: int = Field(default=3, ge=0)
    """Epochs without a lower loss (by 1e-4 of it) that are put up with."""


class Optimiser(_Part):
    """AdamW with linear warm-up and cosine decay to zero, per step, unless told otherwise."""

    name: Literal["adamw", "adam"] = "adamw"
    """`adam` adds weight decay to the gradient, `adamw` takes it from the weights."""
    lr: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    """Not applied to biases and normalisation."""
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    """After the warm-up."""
    plateau: Plateau = Plateau()
    warmup_epochs: float = Field(default=1, ge=0)
    clip: float | None = Field(default=1.0, gt=0)
    """Largest gradient norm; null leaves gradients as they are."""


class Recipe(_Part):
    """A training run."""

    name: str
    """Of the model made: `mini/finetuned`."""
    family: str
    arch: str
    arch_args: dict[str, Any] = {}
    findings: FindingSet | None = None
    """The user's own, in place of CheXpert's 14 wherever the model is used. In the file: the path of a label file,
    beside the config or below it, or its list of findings."""
    labels: tuple[str, ...] = Field(default=CHEXPERT.names, min_length=1)
    """The model's outputs in order; with findings of one's own, theirs unless named here."""
    preprocessing: Preprocessing
    target_layer: str = "output of forward_features: after the last non-linearity, before pooling"
    init_from: str | None = None
    """A model's name or a checkpoint folder; null trains from scratch."""
    lora: Lora | None = None
    """Train an adapter and the head, the trunk frozen; null trains all weights."""
    sources: tuple[Source, ...] = Field(min_length=1)
    policy: LabelPolicy = LabelPolicy()
    holdout: float = Field(default=0.15, ge=0, lt=1)
    """Share of each table's patients kept for validation: selection, thresholds, calibration."""
    split: Literal["patient", "image"] = "patient"
    """`image` draws the holdout film by film, as the source project did: films of one patient on both sides."""
    split_seed: int | None = Field(default=None, ge=0)
    """Of the holdout; null takes `seed`."""
    epochs: int = Field(gt=0)
    batch: int = Field(default=64, gt=1)
    optimiser: Optimiser = Optimiser()
    ema: float = Field(default=0.999, ge=0, lt=1)
    """Decay of the averaged weights, which are the ones evaluated and saved; 0 switches averaging off."""
    label_smoothing: float = Field(default=0, ge=0, lt=0.5)
    bf16: bool | Literal["auto"] = "auto"
    """Autocast to bfloat16; `auto` where the processor computes it natively."""
    compile: bool = False
    """torch.compile; takes a minute or two to begin with, so for long runs only."""
    augmentation: Augmentation = Augmentation()
    box_weight: float = Field(default=0, ge=0)
    """Weight of the loss that draws each finding's map onto its boxes (box_loss.py); 0 needs no boxes."""
    box_loss: BoxMeasure = "share"
    """`share`: the map's part outside the boxes, of films whose label agrees with the box, every box alike.
    `overlap`: how little map and boxes cover each other, of all boxes, also where the label is 0 or blank (text-mined
    labels often lack what readers boxed); real films' boxes together count as much as synthetic ones'."""
    seed: int = Field(default=0, ge=0)
    start_bias: Literal["as-is", "prior"] = "as-is"
    """`prior` shifts the head's biases before the first step, so that each label's mean logit over 256 films is the
    log-odds of its positives: scores start out right on average, whatever the head was made for."""
    select: Literal["best", "last"] = "best"
    """Weights kept: best mean AUROC on the validation split (its real films if it has any), or the last epoch's."""
    fit_on: Literal["real", "all"] = "real"
    """Films thresholds and calibration are fitted on: the real part where it has ten positives, or all."""
    threshold_rule: str = "youden"
    calibrate: Literal["platt", "temperature", "none"] = "platt"
    keep_epochs: bool = False
    """Keep every epoch's weights as a checkpoint of its own, RUN/epochs/01 and so on: any two of them make a pair."""
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
        known = self.finding_set
        rules = [("policy", self.policy)] + [(f"sources.{i}.policy", s.policy) for i, s in enumerate(self.sources)]
        named = [(where, name) for where, policy in rules if policy is not None for name in policy.per_finding]
        for where, name in [*named, *(("label_source", name) for name in self.label_source)]:
            if name not in known:
                raise ValueError(f"{where}: {name!r} is not one of {known.name}{did_you_mean(name, known.names)}")
        return self

    @property
    def finding_set(self) -> FindingSet:
        """What the tables are read for: the recipe's own findings, else CheXpert's."""
        return self.findings or CHEXPERT

    def like(self, start: ModelConfig) -> Recipe:
        """The recipe about the findings of the model it starts from, where it names neither findings nor labels."""
        if start.findings is None or self.model_fields_set & {"findings", "labels"}:
            return self
        return self.with_findings(start.findings, start.labels)

    def with_findings(self, findings: FindingSet | None, labels: Sequence[str]) -> Recipe:
        """The recipe about other findings; rules for findings that are not among them are dropped."""
        known = findings or CHEXPERT

        def kept(policy: LabelPolicy | None) -> LabelPolicy | None:
            if policy is None:
                return None
            rules = {name: rule for name, rule in policy.per_finding.items() if name in known}
            return policy.model_copy(update={"per_finding": rules})

        return self.model_copy(
            update={
                "findings": findings,
                "labels": tuple(labels),
                "policy": kept(self.policy),
                "sources": tuple(s.model_copy(update={"policy": kept(s.policy)}) for s in self.sources),
                "label_source": {name: kind for name, kind in self.label_source.items() if name in known},
            }
        )

    def sha256(self) -> str:
        """Of everything the run depends on."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read_recipe(path: Path, changes: Sequence[str] = (), findings: Path | None = None) -> Recipe:
    """Read a config file; `RequestError` names the key that is wrong.

    changes: `KEY=VALUE` texts in place of what the file says, such as `lora.rank=8` or `sources.0.repeat=0.1`; the
    value is read as YAML. findings: a label file in place of the findings and labels of the config.
    """
    if not path.is_file():
        raise RequestError(f"there is no config file {str(path)!r}")
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise RequestError(f"{path.name} must hold keys and values, such as `epochs: 10`")
    for change in changes:
        _put(content, change)
    _read_findings(content, path)
    recipe = _validated(content, path)
    if findings is None:
        return recipe
    file = read_label_file(findings)
    return recipe.with_findings(file.findings or recipe.findings, file.labels or recipe.labels)


def _read_findings(content: dict[str, Any], path: Path) -> None:
    """Put the findings in the place of the label file that is named, and their names in that of missing labels."""
    given = content.get("findings")
    if given is None or isinstance(given, dict):  # a whole set, as a run's resolved.yaml has it
        return
    if isinstance(given, str):
        file = read_label_file(path.parent / given)
        if file.findings is None:
            raise RequestError(f"{given} names outputs only; a config's `findings` needs a label file with findings")
        content["findings"], labels = file.findings.model_dump(), file.labels
    else:
        own = findings_of_rows(given, f"findings of {path.stem}", path)
        content["findings"], labels = own.model_dump(), own.names
    if content.get("labels") is None:
        content["labels"] = list(labels or ())


def _validated(content: dict[str, Any], path: Path) -> Recipe:
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        all_of_them = error.errors()  # a misspelt key is also a missing one: say the former
        first = next((e for e in all_of_them if e["type"] == "extra_forbidden"), all_of_them[0])
        where = ".".join(map(str, first["loc"])) or "the file"
        if first["type"] == "extra_forbidden":
            hint = did_you_mean(str(first["loc"][-1]), _keys_at(first["loc"]))
            raise RequestError(f"{path.name}: {where!r} is not a key of a training config{hint}") from None
        raise RequestError(f"{path.name}: {where}: {first['msg'].removeprefix('Value error, ')}") from None


def _put(content: dict[str, Any], change: str) -> None:
    """Put one `KEY=VALUE` into what was read from a config file."""
    key, equals, text = change.partition("=")
    *way, last = key.split(".")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise RequestError(f"{change!r}: {text!r} is not a YAML value") from None
    if not equals or not key:
        raise RequestError(f"{change!r} is not a change of the config; expected KEY=VALUE, such as lora.rank=8")
    place: Any = content
    for number, part in enumerate(way):
        if isinstance(place, list):
            place = place[_position(place, part, change)]
        else:
            if place.get(part) is None:  # a part the file leaves out
                place[part] = {}
            place = place[part]
        if not isinstance(place, dict | list):
            raise RequestError(f"{change!r}: {'.'.join(way[: number + 1])} is one value and has no {last!r}")
    if isinstance(place, list):
        place[_position(place, last, change)] = value
    else:
        place[last] = value


def _position(items: list[Any], part: str, change: str) -> int:
    if not part.isdecimal() or int(part) >= len(items):
        raise RequestError(f"{change!r}: {part!r} is not a place in a list of {len(items)}, counted from 0")
    return int(part)


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    parts: dict[str, type[BaseModel]] = {
        "sources": Source,
        "optimiser": Optimiser,
        "plateau": Plateau,
        "lora": Lora,
        "augmentation": Augmentation,
        "policy": LabelPolicy,
        "preprocessing": Preprocessing,
    }
    model = next((parts[str(key)] for key in reversed(loc[:-1]) if key in parts), Recipe)
    return list(model.model_fields)


def recipe_parameters(recipe: Recipe) -> tuple[int, int]:
    """(total, trainable) number of parameters while the recipe runs: the network with its head and its adapter."""
    with torch.random.fork_rng():
        network = build_network(recipe.arch, len(recipe.labels), recipe.preprocessing.channels, recipe.arch_args)
        if recipe.lora is not None:
            add_adapter(network, recipe.lora)
    return count_parameters(network)
