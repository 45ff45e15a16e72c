"""CLIP split at its last block: the library's own forward, text rows as a head, names that LoRA targets find."""

from __future__ import annotations

import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.fine_tuning.adapters import Lora, add_adapter, merge_adapter
from cxr_lens.training.models.networks import ClipNetwork, build_network, count_parameters
from torch.nn import functional as F

SMALL = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "projection_dim": 16,
    "image_size": 64,
}


def small(labels: int = 4, **changes: object) -> ClipNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network("clip:vit-base-patch32", labels, 3, {**SMALL, **changes}).eval()
    assert isinstance(network, ClipNetwork)
    return network


def films(n: int = 3) -> torch.Tensor:
    return torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_the_two_halves_are_the_librarys_own_forward_against_the_text_rows() -> None:
    network, x = small(), films()
    with torch.no_grad():
        state = network.activations(x)
        assert state.shape == (3, 1 + 4, 32)
        assert network.grid == (2, 2)
        image = F.normalize(network.body(x).image_embeds, dim=-1)
        expected = network.text_head.logit_scale.exp() * image @ network.text_head.text.T
        torch.testing.assert_close(network(x), expected, atol=1e-5, rtol=1e-5)
        assert torch.equal(network.logits(state), network(x))


def test_patch_gradients_live_at_the_last_blocks_first_norm_and_die_behind_it() -> None:
    network = small()
    state = network.activations(films(1)).detach()
    target = network.target(state).detach().requires_grad_(True)
    torch.testing.assert_close(target, network.last_block.layer_norm1(state))
    (gradient,) = torch.autograd.grad(network.logits_from(state, target)[:, 0].sum(), target)
    assert (gradient[:, 1:].abs().sum(-1) > 0).all()
    after = state + network.last_block.self_attn(hidden_states=network.target(state))[0]
    after = after.detach().requires_grad_(True)
    pooled = network.body.vision_model.post_layernorm((after + network.last_block.mlp(after))[:, 0]).sum()
    (gradient,) = torch.autograd.grad(pooled, after)
    assert (gradient[:, 1:] == 0).all()


def test_the_mean_text_row_gives_the_mean_cosine() -> None:
    network, x = small(labels=1), films()
    templates = F.normalize(torch.randn(5, 16, generator=torch.Generator().manual_seed(2)), dim=-1)
    with torch.no_grad():
        network.text_head.text.copy_(templates.mean(0, keepdim=True))
        network.text_head.logit_scale.zero_()
        each = F.cosine_similarity(network.body(x).image_embeds[:, None], templates[None], dim=-1)
        torch.testing.assert_close(network(x)[:, 0], each.mean(1))


def test_lora_finds_the_attention_projections_and_the_fixed_head_adds_nothing() -> None:
    network, x = small(), films()
    targets = r"body\..*\.(q|k|v|out)_proj"
    names = add_adapter(network, Lora(rank=2, alpha=4, targets=targets))
    assert len(names) == 3 * 4
    assert count_parameters(network)[1] == 12 * 2 * (32 + 32)
    for name, parameter in network.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(3))
    before = network(x)
    merge_adapter(network)
    torch.testing.assert_close(network(x), before, atol=1e-5, rtol=1e-5)
    assert set(network.state_dict()) == set(small().state_dict())


def test_a_learned_head_has_the_same_names_and_is_trained() -> None:
    fixed, learned = small(), small(learn_head=True)
    assert set(fixed.state_dict()) == set(learned.state_dict())
    add_adapter(learned, Lora(rank=2, alpha=4, targets=r".*q_proj"))
    trained = {name for name, p in learned.named_parameters() if p.requires_grad and "lora_" not in name}
    assert trained == {"text_head.text", "text_head.logit_scale", "text_head.bias"}


def test_the_published_size_of_the_vision_tower() -> None:
    with torch.device("meta"):
        network = build_network("clip:vit-base-patch32", 14, 3, {})
    assert count_parameters(network)[0] == 87_849_216


@pytest.mark.parametrize("arch", ["timm:resnet18", "timm:efficientnet_b0", "timm:densenet121", "xrv:densenet121"])
def test_every_network_names_its_head(arch: str) -> None:
    with torch.device("meta"):
        network = build_network(arch, 5, 1, {})
    assert isinstance(network.get_submodule(network.head), torch.nn.Linear)


def test_wrong_arguments_are_one_sentence() -> None:
    with pytest.raises(RequestError, match="three channels, not 1"):
        build_network("clip:vit-base-patch32", 2, 1, {})
    with pytest.raises(RequestError, match="'depth'"):
        build_network("clip:vit-base-patch32", 2, 3, {"depth": 3})
    with pytest.raises(RequestError, match="is not an architecture"):
        build_network("clip:vit-l", 2, 3, {})
