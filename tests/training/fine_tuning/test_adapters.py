"""LoRA through PEFT: the published parameter counts, same scores merged, frozen statistics, clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.fine_tuning.adapters import (
    Lora,
    adapter_state,
    add_adapter,
    freeze_for_adapter,
    load_adapter,
    merge_adapter,
    save_adapter,
    target_modules,
)
from cxr_lens.training.fine_tuning.recipe import read_recipe
from cxr_lens.training.models.networks import SplitNetwork, XrvDenseNet, build_network, count_parameters

CONFIGS = Path(__file__).resolve().parents[3] / "training" / "configs"
PAPER = Lora(rank=16, alpha=32, dropout=0.1, targets=r"body\.features\..*\.conv[12]")


def densenet(labels: int = 13) -> SplitNetwork:
    torch.manual_seed(0)
    return build_network("xrv:densenet121", labels, 1, {}).eval()


def tiny() -> SplitNetwork:
    torch.manual_seed(0)
    network = build_network("timm:resnet10t", 3, 1, {"channels": [8, 8, 8, 8]}).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)  # timm starts the last of each block at 0, which hides the block
    return network


def test_the_published_parameter_counts_of_densenet_pc_are_reproduced() -> None:
    network = densenet()
    assert count_parameters(network)[0] == 6_960_909
    assert len(add_adapter(network, PAPER)) == 116
    assert count_parameters(network) == (8_682_765, 1_735_181)


def test_the_published_parameter_count_of_densenet_nih_is_reproduced() -> None:
    assert count_parameters(densenet(18))[0] == 6_966_034


def test_the_split_network_equals_the_librarys_own_forward() -> None:
    network = densenet(4)
    x = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(1)) * 2048 - 1024
    with torch.no_grad():
        torch.testing.assert_close(network(x), cast(XrvDenseNet, network).body(x), atol=1e-6, rtol=1e-5)


def test_merging_keeps_the_scores_and_restores_the_plain_state_dict() -> None:
    network, plain = tiny(), tiny().state_dict()
    add_adapter(network, Lora(rank=2, alpha=4, targets=r"body\.layer.*\.conv\d"))
    for name, parameter in network.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(2))
    network.eval()
    x = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        before = network(x)
        after = merge_adapter(network)(x)
        assert not torch.allclose(before, tiny()(x), atol=1e-3)
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)
    assert list(network.state_dict()) == list(plain)


def test_batch_norm_statistics_stay_while_an_adapter_trains() -> None:
    network = tiny()
    add_adapter(network, Lora(rank=2, alpha=4, targets=r"body\.layer.*\.conv\d"))
    before = {k: v.clone() for k, v in network.state_dict().items() if "running_" in k}
    network.train()
    freeze_for_adapter(network)
    network(torch.rand(4, 1, 64, 64)).sum().backward()
    assert all(torch.equal(network.state_dict()[k], v) for k, v in before.items())


def test_an_adapter_and_its_head_are_all_that_changed() -> None:
    trained, fresh = tiny(), tiny()
    lora = Lora(rank=2, alpha=4, targets=r"body\.layer4.*\.conv\d")
    for network in (trained, fresh):
        add_adapter(network, lora)
    optimiser = torch.optim.SGD([p for p in trained.parameters() if p.requires_grad], lr=0.1)
    trained.train()
    freeze_for_adapter(trained)
    for _ in range(3):  # the first step moves lora_B only, which starts at zero
        optimiser.zero_grad()
        trained(torch.ones(2, 1, 64, 64)).square().sum().backward()
        optimiser.step()
    state = adapter_state(trained)
    assert set(state) == {n for n, p in trained.named_parameters() if p.requires_grad}
    fresh.load_state_dict(state, strict=False)
    x = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        torch.testing.assert_close(fresh.eval()(x), trained.eval()(x), atol=1e-5, rtol=1e-5)


def test_only_the_last_matches_are_taken_when_asked() -> None:
    lora = Lora(rank=2, alpha=4, targets=r".*\.conv2", only=2)
    assert target_modules(tiny(), lora) == ["body.layer3.0.conv2", "body.layer4.0.conv2"]


def test_a_variant_is_chosen_by_name_and_last_is_the_sources_earlier_try() -> None:
    recipe = read_recipe(CONFIGS / "paper" / "densenet-pc.yaml", ["lora.targets=last"])
    assert recipe.lora is not None
    names = target_modules(densenet(), recipe.lora)
    assert [n.rpartition(".")[2] for n in names].count("conv2") == 6
    assert [n.rpartition(".")[2] for n in names].count("conv1") == 2


def test_a_saved_adapter_on_its_base_gives_the_merged_models_scores(tmp_path: Path) -> None:
    lora = Lora(rank=2, alpha=4, targets=r"body\.layer.*\.conv\d")
    network = tiny()
    add_adapter(network, lora)
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(len(name)))
    save_adapter(tmp_path, network, lora, "random weights")
    x = torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        again = load_adapter(tmp_path, tiny()).eval()(x)
        torch.testing.assert_close(again, merge_adapter(network.eval())(x), atol=1e-5, rtol=1e-5)
    (tmp_path / "adapter.safetensors").write_bytes(b"cut")
    with pytest.raises(RequestError, match="no whole adapter"):
        load_adapter(tmp_path, tiny())


@pytest.mark.parametrize("targets", ["no_such_layer", "body.bn1", "("])
def test_targets_that_match_nothing_are_a_clear_error(targets: str) -> None:
    with pytest.raises(RequestError, match=r"lora\.targets"):
        target_modules(tiny(), Lora(rank=2, alpha=4, targets=targets))


def test_grouped_convolutions_are_passed_over() -> None:
    network = build_network("timm:efficientnet_b0", 3, 3, {})
    names = target_modules(network, Lora(rank=2, alpha=4, targets=r".*conv.*"))
    assert names
    assert all(network.get_submodule(n).groups == 1 for n in names)  # pyright: ignore[reportAttributeAccessIssue]
