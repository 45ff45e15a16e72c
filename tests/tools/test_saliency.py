"""Grad-CAM for all labels at once: against pytorch-grad-cam and against hand-worked networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from cxr_lens.tools.saliency import class_activation_maps, upsample
from cxr_lens.training.networks import SplitNetwork, TimmNetwork
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget


def _random_network(arch: str, labels: int, **arguments: object) -> TimmNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = TimmNetwork(arch, labels, 1, **arguments).eval()
        torch.nn.init.normal_(network.body.get_classifier().weight)  # both signs for every label
        return network


def test_maps_agree_with_pytorch_grad_cam_for_every_label() -> None:
    network = _random_network("resnet10t", 12, channels=(8, 8, 16, 16))
    x = torch.randn(1, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    _, maps = class_activation_maps(network, x)
    filled = 0
    with GradCAM(model=network.body, target_layers=[network.body.layer4[-1]]) as reference:
        for label in range(12):
            target: Any = ClassifierOutputTarget(label)
            theirs = np.asarray(reference(input_tensor=x, targets=[target])[0])
            # its own scaling: min-max at the grid, resize, min-max again
            ours: Any = scale_cam_image(scale_cam_image(maps[:, label].numpy(), (96, 96)))
            filled += theirs.max() > 0.99
            np.testing.assert_allclose(ours[0], theirs, atol=1e-4)
    assert filled >= 4, "most reference maps are empty: the test would prove little"


@pytest.mark.parametrize(
    ("arch", "arguments"),
    [("resnet10t", {"channels": (8, 8, 8, 8)}), ("densenet121", {"growth_rate": 4, "block_config": (1, 1, 1, 1)})],
)
def test_logits_are_those_of_the_plain_forward_pass(arch: str, arguments: dict[str, object]) -> None:
    network = _random_network(arch, 3, **arguments)
    x = torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    logits, maps = class_activation_maps(network, x)
    with torch.no_grad():
        torch.testing.assert_close(logits, network(x))
    assert maps.shape[:2] == (2, 3)
    assert not logits.requires_grad
    assert not maps.requires_grad


def test_a_film_s_maps_do_not_depend_on_the_batch() -> None:
    network = _random_network("resnet10t", 3, channels=(8, 8, 8, 8))
    x = torch.randn(3, 1, 64, 64, generator=torch.Generator().manual_seed(2))
    together = class_activation_maps(network, x)[1]
    alone = torch.cat([class_activation_maps(network, film[None])[1] for film in x])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-4)


class _Pixels(SplitNetwork):
    """The film is its own activation; label l's logit is weight_l times the mean pixel."""

    def __init__(self, weights: list[float]):
        super().__init__()
        self.weights = torch.tensor(weights)

    def activations(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def logits(self, activations: torch.Tensor) -> torch.Tensor:
        return activations.mean(dim=(1, 2, 3))[:, None] * self.weights


def test_heatmap_peaks_where_the_only_active_pixel_is() -> None:
    x = torch.zeros(1, 1, 5, 7)
    x[0, 0, 3, 2] = 4.0
    _, maps = class_activation_maps(_Pixels([1.0, -1.0, 2.0]).eval(), x)
    assert maps[0, 0].argmax().item() == 3 * 7 + 2
    assert maps[0, 1].max().item() == 0.0, "what lowers the score is not shown"
    torch.testing.assert_close(maps[0, 2], 2 * maps[0, 0])


def test_cells_of_a_map_add_up_to_the_logit_of_a_pooled_linear_head() -> None:
    x = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(4))
    logits, maps = class_activation_maps(_Pixels([1.5]).eval(), x)
    assert maps.sum().item() == pytest.approx(logits.item(), rel=1e-5)


def test_shuffled_weights_give_another_map() -> None:
    x = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(5))
    network = _random_network("resnet10t", 2, channels=(8, 8, 16, 16))
    before = class_activation_maps(network, x)[1]
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for parameter in network.parameters():
            flat = parameter.flatten()
            parameter.copy_(flat[torch.randperm(len(flat), generator=generator)].view_as(parameter))
    after = class_activation_maps(network, x)[1]
    assert np.corrcoef(before.flatten().numpy(), after.flatten().numpy())[0, 1] < 0.9


def test_training_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="eval"):
        class_activation_maps(_Pixels([1.0]).train(), torch.zeros(1, 1, 4, 4))


def test_upsampling_keeps_values_and_place() -> None:
    grid = torch.zeros(1, 4, 4)
    grid[0, 1, 2] = 3.0
    large = upsample(grid, 40, 80)
    assert large.shape == (1, 40, 80)
    row, column = divmod(int(large[0].argmax()), 80)
    assert 13 <= row <= 16
    assert 46 <= column <= 53
    assert large.max().item() == pytest.approx(3.0, rel=0.11)
