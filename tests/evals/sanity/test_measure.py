"""Sanity of heatmaps: a network whose map follows its weights, and one whose map never changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.evals.sanity.measure import (
    curves,
    data_checks,
    layer_groups,
    mean_similarity,
    randomisation,
    rank_correlation,
    shuffle_weights,
)
from cxr_lens.evals.sanity.report import sanity_report
from cxr_lens.training.errors import TableError
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.networks import SplitNetwork, build_network
from cxr_lens.training.tables import read_table
from PIL import Image
from torch import Tensor, nn


def _classifier(network: SplitNetwork, labels: tuple[str, ...], size: int = 64) -> Classifier:
    config = ModelConfig(
        name="tiny/x",
        family="tiny",
        arch="timm:resnet10t",
        labels=labels,
        finding_of={label: label for label in labels},
        preprocessing=Preprocessing(size=size),
        target_layer="layer4",
    )
    return Classifier(config, network.eval(), "0" * 64)


class _Fixed(SplitNetwork):
    """Its map is the film's brightness, whatever its weights are: a map that explains nothing about the model."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Linear(1, 1)

    def activations(self, x: Tensor) -> Tensor:
        return nn.functional.adaptive_avg_pool2d(x[:, :1], (8, 8)).relu()

    def logits(self, activations: Tensor) -> Tensor:
        return activations.mean((1, 2, 3))[:, None] * (1 + self.scale.weight.abs().sum()) + 0 * self.scale.bias


def test_a_network_s_maps_change_with_its_weights() -> None:
    torch.manual_seed(1)
    model = _classifier(
        build_network("timm:resnet10t", 2, 1, {"channels": (16, 16, 32, 32)}), ("Edema", "Pneumonia"), 256
    )
    x = torch.randn(4, 1, 256, 256)
    before = [p.clone() for p in model.network.parameters()]
    result = randomisation(model, x, [0, 1])
    assert result["depends_on_weights"] is True
    assert result["score"] == pytest.approx(1 - result["similarity_at_end"], abs=1e-4)
    assert len(result["stages"]) == 6
    assert all(torch.equal(a, b) for a, b in zip(before, model.network.parameters(), strict=True)), "left as it was"
    assert randomisation(model, x, [0, 1]) == result


def test_a_map_that_never_changes_fails() -> None:
    result = randomisation(_classifier(_Fixed(), ("Edema",)), torch.rand(3, 1, 64, 64), [0])
    assert result["similarity_at_end"] == pytest.approx(1)
    assert result["depends_on_weights"] is False


def test_groups_go_from_the_head_to_the_input_and_hold_every_layer_once() -> None:
    network = build_network("timm:resnet10t", 2, 1, {"channels": (8, 8, 8, 8)})
    groups = layer_groups(network)
    assert list(groups[0]) == ["body.fc"]
    assert list(groups[-1])[-1].startswith("body.conv1")
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names))
    with_weights = [m for m in network.modules() if list(m.parameters(recurse=False))]
    assert len(names) == len(with_weights)


def test_shuffling_keeps_the_values_and_changes_their_order() -> None:
    layer = nn.Linear(20, 20)
    before = layer.weight.detach().clone()
    shuffle_weights(layer, torch.Generator().manual_seed(0))
    assert not torch.equal(before, layer.weight)
    torch.testing.assert_close(before.flatten().sort().values, layer.weight.detach().flatten().sort().values)


def test_rank_correlation_at_its_ends() -> None:
    a = np.arange(16.0).reshape(4, 4)
    assert rank_correlation(a, a**3) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.zeros_like(a)) == 0
    assert mean_similarity(a[None, None], -a[None, None]) == pytest.approx(1), "an inverted map shows the same places"


def test_maps_that_are_the_same_for_every_film_or_finding_are_told() -> None:
    rng = np.random.default_rng(0)
    one = rng.random((1, 1, 6, 6))
    assert data_checks(np.broadcast_to(one, (3, 2, 6, 6))) == {
        "between_films": pytest.approx(1),
        "between_findings": pytest.approx(1),
    }
    assert abs(data_checks(rng.random((6, 4, 6, 6)))["between_films"] or 0) < 0.2
    assert data_checks(rng.random((2, 1, 6, 6)))["between_findings"] is None


class _Corner(SplitNetwork):
    """Scores the brightness of the film's top left corner."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(8.0))

    def activations(self, x: Tensor) -> Tensor:
        cells = nn.functional.adaptive_avg_pool2d(x[:, :1], (4, 4)).relu()
        mask = torch.zeros(4, 4)
        mask[0, 0] = 1
        return cells * mask

    def logits(self, activations: Tensor) -> Tensor:
        return activations.sum((1, 2, 3))[:, None] * self.weight - 12


def test_the_map_of_a_model_that_looks_at_a_corner_beats_random_orders() -> None:
    x = torch.zeros(1, 1, 64, 64)
    x[..., :16, :16] = 2.0
    grid = np.zeros((4, 4))
    grid[0, 0] = 1
    found = curves(_classifier(_Corner(), ("Edema",)), x, 0, grid)
    assert found["deletion"]["map"] < found["deletion"]["random"] - 0.1
    assert found["insertion"]["map"] > found["insertion"]["random"] + 0.1
    worst = curves(_classifier(_Corner(), ("Edema",)), x, 0, -grid)
    assert worst["deletion"]["map"] > worst["deletion"]["random"]


def test_report_is_json_and_needs_a_finding_with_a_place(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["Path,Pneumonia,No Finding"]
    for number in range(3):
        film = tmp_path / f"train/patient{number}/study1/view1_frontal.png"
        film.parent.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (80, 80), dtype=np.uint8)).save(film)
        lines.append(f"train/patient{number}/study1/view1_frontal.png,1,0")
    (tmp_path / "train.csv").write_text("\n".join(lines))
    table = read_table(tmp_path / "train.csv")
    network = build_network("timm:resnet10t", 2, 1, {"channels": (8, 8, 8, 8)})
    report = sanity_report(_classifier(network, ("Pneumonia", "No Finding")), table, films=2)
    json.dumps(report, allow_nan=False)
    assert report["films"] == 2
    assert report["findings"] == ["Pneumonia"]
    assert report["deletion"]["low"] <= report["deletion"]["difference"] <= report["deletion"]["high"]
    with pytest.raises(TableError, match="no finding with a place"):
        sanity_report(_classifier(network, ("No Finding",)), table)
