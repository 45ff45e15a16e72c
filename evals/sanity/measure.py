"""Whether a model's heatmaps mean anything: do they depend on its weights, on the film, and on what it scores?

- *weights* (Adebayo et al., NeurIPS 2018): the values of every parameter are shuffled, layer group by layer group from
  the head down, and the maps compared with the intact model's by absolute rank correlation. A map that stays the same
  when the weights are noise explains nothing about the model.
- *film and finding*: rank correlation between maps of different films for one finding, and of different findings on one
  film. Near 1, the map is the same whatever is shown or asked.
- *deletion, insertion* (Petsiuk et al., BMVC 2018): cells are blurred away, or put back onto a blurred film, from the
  map's highest to its lowest; the area under the score's curve, beside that of random orders. A map that found what the
  score rests on has a lower deletion and a higher insertion area than chance.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from ...tools.maps.methods import saliency_maps
from ...tools.maps.saliency import METHOD
from ...training.models.classifier import Classifier
from ...training.models.networks import SplitNetwork

GROUPS = 5
"""Steps of the cascade after the head."""
STEPS = 12
RANDOM_ORDERS = 3
SAME = 0.5
"""Mean absolute rank correlation at which maps of shuffled weights count as the same."""
BLUR = 1 / 12
"""Standard deviation of the blur that takes a cell away, as a share of the input's edge."""


def randomisation(
    classifier: Classifier, x: Tensor, labels: Sequence[int], *, method: str = METHOD, seed: int = 0
) -> dict[str, Any]:
    """The cascade on network inputs (N, C, S, S), over films and the given outputs."""
    intact = _maps(classifier.network, x, labels, method)
    network = copy.deepcopy(classifier.network)
    generator = torch.Generator().manual_seed(seed)
    stages = []
    for group in layer_groups(network):
        for module in group.values():
            shuffle_weights(module, generator)
        maps = _maps(network, x, labels, method)
        flat = float((np.ptp(maps, axis=(-2, -1)) == 0).mean())
        stages.append({"down_to": next(reversed(group)), "similarity": mean_similarity(intact, maps), "flat": flat})
    end = stages[-1]["similarity"]
    return {
        "stages": stages,
        "similarity_at_end": end,
        "score": round(1 - end, 4),
        "depends_on_weights": end < SAME,
    }


def layer_groups(network: SplitNetwork) -> list[dict[str, nn.Module]]:
    """Layers with weights of their own, from the head to the input: the last alone, the others in GROUPS parts."""
    layers = [(n, m) for n, m in network.named_modules() if any(True for _ in m.parameters(recurse=False))][::-1]
    parts = np.array_split(np.arange(1, len(layers)), min(GROUPS, len(layers) - 1)) if len(layers) > 1 else []
    return [dict(layers[:1]), *(dict(layers[i] for i in part) for part in parts)]


@torch.no_grad()
def shuffle_weights(module: nn.Module, generator: torch.Generator) -> None:
    """Permute the values inside each of a layer's own parameters; what is learned goes, what is typical stays."""
    for parameter in module.parameters(recurse=False):
        order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))


def data_checks(maps: np.ndarray) -> dict[str, float | None]:
    """Of maps (N, L, h, w): mean rank correlation between films, and between findings."""
    films, labels = maps.shape[:2]
    between_films = [
        rank_correlation(maps[i, k], maps[j, k]) for k in range(labels) for i in range(films) for j in range(i)
    ]
    between_findings = [
        rank_correlation(maps[n, i], maps[n, j]) for n in range(films) for i in range(labels) for j in range(i)
    ]
    return {
        "between_films": float(np.mean(between_films)) if between_films else None,
        "between_findings": float(np.mean(between_findings)) if between_findings else None,
    }


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's, ties averaged; 0 where a map is flat (there is nothing the same about it)."""
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def mean_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute rank correlation of maps (N, L, h, w), pair by pair; pairs that are flat in `a` are left out.

    1 where every one is: a map that is flat with the right weights depends on nothing.
    """
    values = [
        abs(rank_correlation(first, second))
        for first, second in zip(a.reshape(-1, *a.shape[2:]), b.reshape(-1, *b.shape[2:]), strict=True)
        if np.ptp(first) > 0
    ]
    return float(np.mean(values)) if values else 1.0


def _maps(network: SplitNetwork, x: Tensor, labels: Sequence[int], method: str) -> np.ndarray:
    return saliency_maps(network, x, method)[1][:, list(labels)].float().cpu().numpy()


def curves(
    classifier: Classifier, x: Tensor, label: int, grid: np.ndarray, *, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Areas under the deletion and insertion curves of one film (1, C, S, S), for its map (h, w) and random orders."""
    rng = np.random.default_rng(seed)
    orders = {"map": np.argsort(-grid.ravel(), kind="stable")}
    orders |= {f"random{i}": rng.permutation(grid.size) for i in range(RANDOM_ORDERS)}
    edge = x.shape[-1]
    kernel = 2 * round(2 * BLUR * edge) + 1
    blurred = gaussian_blur(x, [kernel, kernel], [BLUR * edge, BLUR * edge])
    out: dict[str, dict[str, float]] = {}
    for kind, first, then in (("deletion", x, blurred), ("insertion", blurred, x)):
        areas = {name: _area(classifier, first, then, label, order, grid) for name, order in orders.items()}
        out[kind] = {"map": areas["map"], "random": float(np.mean([areas[n] for n in areas if n != "map"]))}
    return out


def _area(  # noqa: PLR0917
    classifier: Classifier, first: Tensor, then: Tensor, label: int, order: np.ndarray, grid: np.ndarray
) -> float:
    """Mean score while cells turn from `first` into `then` in the given order (trapezoid rule)."""
    taken = np.zeros((STEPS + 1, grid.size), np.float32)
    for step in range(STEPS + 1):
        taken[step, order[: round(step / STEPS * grid.size)]] = 1
    masks = torch.from_numpy(taken.reshape(STEPS + 1, 1, *grid.shape)).to(first.device)
    masks = nn.functional.interpolate(masks, size=first.shape[-2:], mode="nearest")
    films = first * (1 - masks) + then * masks  # (STEPS + 1, C, S, S)
    scores = torch.sigmoid(classifier.logits(films)[:, label]).cpu().numpy()
    return float(np.trapezoid(scores) / STEPS)
