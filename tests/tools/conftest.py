"""Tiny models and films with a known answer, and real films where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from cxr_lens.tools.schemas import GroundTruth, TruthValue
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import ModelConfig, Preprocessing, Threshold
from cxr_lens.training.models.networks import SplitNetwork, build_network
from cxr_lens.training.radiographs.quality import Quality
from cxr_lens.training.radiographs.radiograph import Radiograph, RadiographInfo
from torch import Tensor, nn


class BrightnessNetwork(SplitNetwork):
    """Sees the film's brightness in 8 x 8 cells; a label's logit is its weight times the sum over cells looked at."""

    weights: Tensor
    mask: Tensor

    def __init__(self, weights: list[float], looks_at: np.ndarray | None = None):
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights))
        self.register_buffer("mask", torch.ones(8, 8) if looks_at is None else torch.from_numpy(looks_at).float())

    def activations(self, x: Tensor) -> Tensor:
        cells = torch.nn.functional.adaptive_avg_pool2d(x[:, :1], (8, 8))  # (N, 1, 8, 8)
        return torch.relu(cells) * self.mask

    def logits(self, activations: Tensor) -> Tensor:
        return activations.sum(dim=(1, 2, 3))[:, None] * self.weights


def make_classifier(
    network: SplitNetwork, labels: tuple[str, ...], name: str = "tiny/x", **config: Any
) -> Classifier:
    config.setdefault("finding_of", {label: label for label in labels if label in CHEXPERT})
    config.setdefault("preprocessing", Preprocessing(size=64, mean=(0.0,), std=(1.0,)))
    model = ModelConfig(
        name=name, family="tiny", arch="timm:resnet10t", labels=labels, target_layer="cells", **config
    )
    return Classifier(model, network.eval(), weights_sha256="0" * 64)


def make_film(pixels: np.ndarray, synthetic: bool = True) -> Radiograph:
    height, width = pixels.shape
    info = RadiographInfo(
        format="array",
        width=width,
        height=height,
        bits=32,
        photometric="L",
        scaling="none",
        pixel_sha256="0" * 64,
        synthetic=synthetic,
    )
    return Radiograph(pixels.astype(np.float32), info)


def make_quality(**changes: Any) -> Quality:
    values: dict[str, Any] = {
        "projection": "PA",
        "projection_basis": "table",
        "coverage": 1.0,
        "clipped": 0.0,
        "contrast": 0.5,
        "rotation": 0.0,
        "sides": "as displayed",
        "out_of_distribution": 0.1,
        "frontal_chest": True,
    }
    return Quality(**{**values, **changes})


def make_truth(**values: str) -> GroundTruth:
    """`make_truth(Pneumonia="positive")`; underscores stand for spaces, the rest is blank."""
    given = {name.replace("_", " "): value for name, value in values.items()}
    findings = {n: TruthValue.model_validate({"value": given.get(n, "blank")}) for n in CHEXPERT.names}
    return GroundTruth(case_id="case", findings=findings, source="simulated", table="valid.csv")


def draw_chest(height: int = 320, width: int = 256) -> np.ndarray:
    """A cartoon chest film at the usual place: dark air, grey body, dark lungs, bright midline. (H, W) f32."""
    y, x = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    film = np.full((height, width), 0.65, np.float32)
    film[(np.abs(x - 0.5) > 0.46) | ((y < 0.1) & (np.abs(x - 0.5) > 0.12))] = 0.02
    for centre in (0.31, 0.69):
        film[((x - centre) / 0.14) ** 2 + ((y - 0.46) / 0.34) ** 2 < 1] = 0.2
    film[np.abs(x - 0.5) < 0.06] += 0.2
    return film


@pytest.fixture
def chest() -> Radiograph:
    return make_film(draw_chest())


@pytest.fixture(scope="session")
def tiny_pair() -> tuple[Classifier, Classifier]:
    """Two random ResNets: the baseline knows 12 findings and a label without one, the fine-tuned all 14."""
    models = []
    short = tuple(n for n in CHEXPERT.names if n not in ("Fracture", "Pleural Other"))
    for seed, (name, labels) in enumerate(
        (("tiny/baseline", (*short, "Hernia")), ("tiny/finetuned", CHEXPERT.names)),
    ):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = build_network("timm:resnet10t", len(labels), 1, {"channels": (8, 8, 16, 16)})
        thresholds = {"Pleural Effusion": Threshold(value=0.45, rule="youden", positives=40)}
        models.append(
            make_classifier(
                network,
                labels,
                name,
                thresholds=thresholds,
                preprocessing=Preprocessing(size=128),
            )
        )
    return models[0], models[1]


@pytest.fixture
def bench(chest: Radiograph, tiny_pair: tuple[Classifier, Classifier]) -> Workbench:
    truth = make_truth(Pleural_Effusion="positive", Pneumonia="negative", Edema="uncertain")
    return Workbench("case", chest, make_quality(), *tiny_pair, truth=truth)


@pytest.fixture
def looking() -> Callable[..., Workbench]:
    """A bench whose models look at given cells of an 8 x 8 raster: the map's place is known."""

    def build(cells: list[tuple[int, int]], finding: str = "Pleural Effusion", **quality: Any) -> Workbench:
        mask = np.zeros((8, 8))
        for row, column in cells:
            mask[row, column] = 1
        model = make_classifier(BrightnessNetwork([1.0], mask), (finding,))
        film = make_film(np.ones((320, 256)))
        return Workbench("case", film, make_quality(**quality), model, model)

    return build
