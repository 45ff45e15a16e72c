"""What a checkpoint says about its model: labels, preprocessing, thresholds, calibration, where it comes from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..findings import CHEXPERT, FindingSet

ScoreRule = Literal["sigmoid", "sigmoid-twice", "min-max", "cosine"]
"""How logits become scores. `sigmoid`, and then operating points where there are any. The others reproduce published
forms: `sigmoid-twice` passes finished scores through a sigmoid again, so they lie in [.50, .73]; `min-max` scales the
labels of each film to [0, 1], so one is always 1 and one 0; `cosine` is CLIP's similarity as it is, negative ones 0."""


class Preprocessing(BaseModel):
    """How a film in [0, 1] becomes the network's input."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(gt=0)
    """Edge of the square input, pixels."""
    channels: Literal[1, 3] = 1
    resize: Literal["squash", "centre-crop"] = "squash"
    """squash: both axes scaled to `size`; centre-crop: the central square, then scaled."""
    mean: tuple[float, ...] = (0.5,)
    """Per channel, in units of the [0, 1] film."""
    std: tuple[float, ...] = (0.25,)
    """Per channel; input = (film - mean) / std. xrv's [-1024, 1024] is mean 0.5, std 1/2048."""

    @model_validator(mode="after")
    def _statistics_match_the_channels(self) -> Preprocessing:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(f"mean and std need {self.channels} values, got {len(self.mean)} and {len(self.std)}")
        return self

    def region(self, height: int, width: int) -> tuple[float, float, float, float]:
        """The part of the film the network sees: x1, y1, x2, y2 in the film's pixels."""
        if self.resize == "squash":
            return 0.0, 0.0, float(width), float(height)
        side = min(height, width)
        x1, y1 = (width - side) // 2, (height - side) // 2
        return float(x1), float(y1), float(x1 + side), float(y1 + side)


class Threshold(BaseModel):
    """A decision threshold of one model for one finding, and how it was fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float = Field(ge=0, le=1)
    """The finding is called positive where score >= value."""
    rule: str
    """`youden`, `f1`, `sensitivity=0.9`, `operating-point`, or `default` where too few positives were there."""
    sensitivity: float | None = Field(default=None, ge=0, le=1)
    specificity: float | None = Field(default=None, ge=0, le=1)
    positives: int = Field(default=0, ge=0)
    """Positives it was fitted on; none is fitted on fewer than ten."""


class Platt(BaseModel):
    """Calibration of one finding: probability = sigmoid(slope * logit + intercept) (Platt, 1999)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(gt=0)
    intercept: float


class BoxRule(BaseModel):
    """How one finding's heatmap becomes boxes (tools/detect_boxes.py), fitted on boxed films."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(gt=0, lt=1)
    """Share of the map's maximum a pixel needs to be inside a box."""
    gate: float = Field(default=0.0, ge=0)
    """Sum over the map, in logits, below which no box is drawn."""
    films: int = Field(ge=0)
    """Boxed films it was fitted on."""


class ModelConfig(BaseModel):
    """`config.json` of a checkpoint folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """`family/variant`, or any name for a user's checkpoint."""
    family: str
    arch: str
    """`timm:resnet18`: which library builds the network, and its name there."""
    arch_args: dict[str, Any] = {}
    labels: tuple[str, ...] = Field(min_length=1)
    """The model's own label names, in the order of its outputs."""
    findings: FindingSet | None = None
    """The user's own findings, which replace CheXpert's 14 wherever this model is used."""
    finding_of: dict[str, str] = {}
    """Native label -> finding, for the labels that have one."""
    label_source: dict[str, Literal["real", "synthetic"]] = {}
    """Finding -> what the family's labels for it came from. A finding that never had real labels is not assessed
    on real films."""
    preprocessing: Preprocessing
    target_layer: str
    """Which activation heatmaps are taken from, and why there."""
    policy: str = "zeros"
    """How uncertain and blank labels were treated in training."""
    thresholds: dict[str, Threshold] = {}
    default_threshold: float = Field(default=0.5, ge=0, le=1)
    calibration: dict[str, Platt] = {}
    """Fitted on the validation split; applied to the logits. A finding without one has uncalibrated scores."""
    score_rule: ScoreRule = "sigmoid"
    logits_per_cosine: float = Field(default=1, gt=0)
    """What the rule `cosine` divides logits by: CLIP's exp(logit_scale)."""
    box_rules: dict[str, BoxRule] = {}
    """Finding -> how its heatmap becomes boxes; findings without one take the tool's default."""
    operating_points: dict[str, float] = {}
    """Native label -> probability that is rescaled to a score of 0.5, as torchxrayvision's own `op_norm` does."""
    trained_head: bool = True
    """False for a head of random weights (a pretrained trunk before fine-tuning): no verdict is given against it."""
    recipe: str = ""
    """Path of the training config inside the project, or a description."""
    trained_on: str = ""
    made_from: str = ""
    """Files of published weights it was converted from, with the beginning of their SHA-256."""
    seed: int | None = None
    data_hash: str | None = None
    git_commit: str | None = None
    trainable_parameters: int | None = None
    total_parameters: int | None = None
    note: str = ""
    """One sentence that stands in every report made with this model."""

    @model_validator(mode="after")
    def _labels_exist(self) -> ModelConfig:
        unknown = [label for label in self.finding_of if label not in self.labels]
        if unknown:
            raise ValueError(f"finding_of names labels the model does not have: {unknown}")
        strange = [finding for finding in self.finding_of.values() if self.findings and finding not in self.findings]
        if strange:
            raise ValueError(f"finding_of names findings that `findings` does not have: {strange}")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("label names repeat")
        odd = [name for name, point in self.operating_points.items() if name not in self.labels or not 0 < point < 1]
        if odd:
            raise ValueError(f"operating points need a label of the model and a value between 0 and 1: {odd}")
        return self

    @property
    def finding_set(self) -> FindingSet:
        """The findings this model is used with: its own, else CheXpert's."""
        return self.findings or CHEXPERT

    def threshold(self, finding: str) -> Threshold:
        return self.thresholds.get(finding, Threshold(value=self.default_threshold, rule="default"))

    def label_of(self, finding: str) -> str | None:
        """The native label for a finding, or None where the model cannot express it."""
        return next((label for label, name in self.finding_of.items() if name == finding), None)
