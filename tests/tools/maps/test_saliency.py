"""Grad-CAM for all labels at once: against pytorch-grad-cam and against hand-worked networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from cxr_lens.evals.bench.saliency import Hooked
from cxr_lens.tools.maps.saliency import class_activation_maps, tokens_to_grid, upsample
from cxr_lens.training.errors import RequestError
from cxr_lens.training.fine_tuning.adapters import Lora, add_adapter, merge_adapter
from cxr_lens.training.models.networks import ClipNetwork, SplitNetwork, TimmNetwork, XrvDenseNet
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget


def _random_network(arch: str, labels: int, **arguments: object) -> TimmNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = TimmNetwork(arch, labels, 1, **arguments).eval()
        torch.nn.init.normal_(network.body.get_classifier().weight)  # both signs for every label
        return network


def _random_densenet(labels: int) -> XrvDenseNet:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = XrvDenseNet(labels, 1).eval()
        torch.nn.init.normal_(network.body.classifier.weight)
        return network


def assert_same_as_grad_cam(
    network: SplitNetwork, x: torch.Tensor, model: torch.nn.Module, layer: Any, **reference_args: Any
) -> None:
    """Every label's map against pytorch-grad-cam's of one hooked layer, after its two min-max scalings."""
    _, maps = class_activation_maps(network, x)
    filled, size = 0, (x.shape[-1], x.shape[-2])
    with GradCAM(model=model, target_layers=[layer], **reference_args) as reference:
        for label in range(maps.shape[1]):
            target: Any = ClassifierOutputTarget(label)
            theirs = np.asarray(reference(input_tensor=x, targets=[target] * len(x)))  # a short list gives zero maps
            # its own scaling: min-max at the grid, resize, min-max again
            ours: Any = scale_cam_image(scale_cam_image(maps[:, label].numpy(), size))
            filled += int((theirs.max(axis=(1, 2)) > 0.99).sum())
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert filled >= len(x), "most reference maps are empty: the test would prove little"


def test_maps_agree_with_pytorch_grad_cam_for_a_resnet() -> None:
    network = _random_network("resnet10t", 12, channels=(8, 8, 16, 16))
    x = torch.randn(2, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    assert_same_as_grad_cam(network, x, network.body, network.body.layer4[-1])


def test_maps_agree_with_pytorch_grad_cam_for_efficientnet_b0() -> None:
    network = _random_network("efficientnet_b0", 4)
    x = torch.randn(1, 1, 96, 128, generator=torch.Generator().manual_seed(0))
    assert_same_as_grad_cam(network, x, network.body, network.body.bn2)


def test_maps_agree_with_pytorch_grad_cam_for_torchxrayvision_s_densenet121() -> None:
    network = _random_densenet(4)
    x = 1024 * torch.randn(1, 1, 96, 96, generator=torch.Generator().manual_seed(0)).clamp(-1, 1)
    hooked = Hooked(network)  # the library's own forward overwrites the hooked tensor in place on a CPU
    assert_same_as_grad_cam(network, x, hooked, hooked.target)


def test_maps_agree_with_pytorch_grad_cam_for_clip_s_vision_tower() -> None:
    network = random_clip(6)
    x = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    hooked = Hooked(network)
    assert class_activation_maps(network, x)[1].shape == (2, 6, 3, 3)
    assert_same_as_grad_cam(network, x, hooked, hooked.target, reshape_transform=tokens_to_grid)


def test_maps_of_clip_agree_with_transformers_own_forward_pass() -> None:
    """The library's whole tower, hooked at the last block's first norm, with every query of every layer."""
    network = random_clip(3)

    class _Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            image = network.body(pixel_values=x).image_embeds
            return network.text_head(torch.nn.functional.normalize(image, dim=-1))

    x = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    layer = network.last_block.layer_norm1
    assert_same_as_grad_cam(network, x, _Whole().eval(), layer, reshape_transform=tokens_to_grid)


def random_clip(labels: int) -> ClipNetwork:
    """A small tower of CLIP's kind: three blocks, 3 x 3 patches at 96 px."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return ClipNetwork(
            labels,
            3,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=4,
            image_size=96,
            projection_dim=16,
        ).eval()


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


@pytest.mark.parametrize("arch", ["resnet", "clip"])
def test_an_adapter_gives_the_same_maps_before_and_after_it_is_merged(arch: str) -> None:
    if arch == "clip":
        network, targets = random_clip(4), "q_proj|v_proj|out_proj"
    else:
        network, targets = (
            _random_network("resnet10t", 4, channels=(8, 8, 16, 16)),
            r"conv1\.\d+|downsample\.\d+",  # what a block adds starts at 0: its own layers change nothing
        )
    x = torch.randn(2, 3 if arch == "clip" else 1, 96, 96, generator=torch.Generator().manual_seed(7))
    plain = class_activation_maps(network, x)[1]
    add_adapter(network, Lora(rank=4, alpha=8, targets=f".*({targets})"))
    generator = torch.Generator().manual_seed(8)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
    network.eval()
    adapted = class_activation_maps(network, x)[1]
    merged = class_activation_maps(merge_adapter(network).eval(), x)[1]
    torch.testing.assert_close(adapted, merged, atol=1e-5, rtol=1e-3)
    assert not torch.allclose(plain, merged, atol=1e-3), "the adapter does nothing: the test would prove little"


def test_a_trunk_that_gives_no_grid_is_refused_with_its_shape() -> None:
    class _Flat(_Pixels):
        def activations(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1)

    with pytest.raises(RequestError, match=r"_Flat gives an activation of shape \(1, 16\)"):
        class_activation_maps(_Flat([1.0]).eval(), torch.zeros(1, 1, 4, 4))
