"""A classifier ready for use: network, labels, preprocessing, thresholds; films in, logits and scores out.

model = load_model("mini/finetuned")          # training/models/families.py
x = model.prepare([film.pixels])               # (1, C, S, S) f32
logits = model.logits(x)                       # (1, L) f32
scores = model.scores(logits)                  # (1, L) f32 in [0, 1]
dict(zip(model.labels, scores[0].tolist(), strict=True))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .config import ModelConfig, Preprocessing
from .networks import SplitNetwork


def prepare_film(pixels: np.ndarray, preprocessing: Preprocessing) -> Tensor:
    """A film (H, W) f32 in [0, 1] -> network input (C, S, S) f32. Resizing is bilinear with antialiasing."""
    height, width = pixels.shape
    x1, y1, x2, y2 = (int(v) for v in preprocessing.region(height, width))
    film = torch.from_numpy(np.ascontiguousarray(pixels[y1:y2, x1:x2], dtype=np.float32))[None, None]
    size = (preprocessing.size, preprocessing.size)
    if film.shape[-2:] != size:
        film = F.interpolate(film, size=size, mode="bilinear", align_corners=False, antialias=True)
    return normalise(film, preprocessing)[0]


def normalise(films: Tensor, preprocessing: Preprocessing) -> Tensor:
    """(N, 1, S, S) f32 in [0, 1] -> (N, C, S, S), centred and scaled per channel."""
    mean = films.new_tensor(preprocessing.mean).view(1, -1, 1, 1)
    std = films.new_tensor(preprocessing.std).view(1, -1, 1, 1)
    return (films - mean) / std  # broadcasting repeats the grey film over the channels


@dataclass(frozen=True)
class Classifier:
    """A network in eval mode with everything needed to use it."""

    config: ModelConfig
    network: SplitNetwork = field(repr=False)
    weights_sha256: str
    """Of model.safetensors; of the state dict's bytes for a model that was never saved."""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def labels(self) -> tuple[str, ...]:
        return self.config.labels

    def prepare(self, films: Sequence[np.ndarray]) -> Tensor:
        """Films (H, W) f32 in [0, 1] -> (N, C, S, S) f32 on the model's device."""
        return torch.stack([prepare_film(f, self.config.preprocessing) for f in films]).to(self.device)

    @torch.inference_mode()
    def logits(self, x: Tensor) -> Tensor:
        """(N, C, S, S) -> (N, L)."""
        return self.network(x).float()

    def scores(self, logits: Tensor) -> Tensor:
        """Logits (N, L) -> scores (N, L) in [0, 1]; Platt-scaled for findings that have a calibration, rescaled for
        labels that have an operating point t: p / 2t below it, 1 - (1 - p) / 2(1 - t) above (torchxrayvision).

        The configuration's `score_rule` says where scores are something else than a sigmoid.
        """
        rule = self.config.score_rule
        if rule == "cosine":
            return (logits / self.config.logits_per_cosine).clamp(0, 1)
        if rule == "min-max":
            low, high = logits.amin(1, keepdim=True), logits.amax(1, keepdim=True)
            return torch.where(high > low, (logits - low) / (high - low).clamp_min(1e-12), 0.5)
        slope, intercept = torch.ones(len(self.labels)), torch.zeros(len(self.labels))
        for i, label in enumerate(self.labels):
            platt = self.config.calibration.get(self.config.finding_of.get(label, ""))
            if platt is not None:
                slope[i], intercept[i] = platt.slope, platt.intercept
        scores = torch.sigmoid(logits * slope.to(logits) + intercept.to(logits))
        for i, label in enumerate(self.labels):
            t = self.config.operating_points.get(label)
            if t is not None:
                p = scores[:, i]
                scores[:, i] = torch.where(p < t, p / (2 * t), 1 - (1 - p) / (2 * (1 - t)))
        return torch.sigmoid(scores) if rule == "sigmoid-twice" else scores
