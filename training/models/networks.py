"""Networks split where heatmaps are taken: `activations` up to the target layer, `logits` from there on.

The split lets one trunk pass serve scores and heatmaps of all labels (tools/gradcam.py). Sources: timm 1.0
`forward_features` / `forward_head`, https://github.com/huggingface/pytorch-image-models.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import RequestError, did_you_mean


class SplitNetwork(nn.Module):
    """A classifier in two halves; `forward(x) == logits(activations(x))`.

    Of a convolutional network the state at the split is the target activation (N, K, h, w); of a transformer it is the
    hidden state that enters the last block (see `ClipNetwork`).
    """

    head: str
    """Name of the module that makes the logits: it is swapped for new labels and trained beside an adapter."""

    def activations(self, x: Tensor) -> Tensor:
        """Network input (N, C, S, S) -> the state at the split, never overwritten in place later."""
        raise NotImplementedError

    def logits(self, activations: Tensor) -> Tensor:
        """The state at the split -> logits (N, L)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        return self.logits(self.activations(x))


_BLANK = 64  # edge of the film that only fills a forward pass


class _ReachedError(Exception):
    """The forward pass has reached the layer wanted; the rest is not needed."""


class TimmNetwork(SplitNetwork):
    """Any timm image classifier with a convolutional trunk.

    The target activation is the output of `forward_features`: after the last non-linearity, before pooling, at the
    network's grid (size / output stride). The argument `layer` names another module, such as
    `layer3`; nothing may go around it.
    """

    def __init__(self, arch: str, labels: int, channels: int, /, **arch_args: Any):
        super().__init__()
        layer: str | None = arch_args.pop("layer", None)
        import timm  # noqa: PLC0415  timm takes 1 s to import; only building a network needs it

        if not timm.is_model(arch):
            raise RequestError(f"{arch!r} is not a timm model{did_you_mean(arch, timm.list_models())}")
        try:
            self.body: Any = timm.create_model(
                arch, pretrained=False, in_chans=channels, num_classes=labels, **arch_args
            )
        except TypeError as error:
            raise RequestError(f"{arch} does not take the arguments {arch_args}: {error}") from None
        self.head = _name_of(self, self.body.get_classifier())
        self.layer, self.channels = layer, channels
        modules = [name for name, _ in self.body.named_modules() if name]
        if layer is not None and layer not in modules:
            raise RequestError(f"{arch} has no layer {layer!r}{did_you_mean(layer, modules)}")

    def activations(self, x: Tensor) -> Tensor:
        if self.layer is None:
            return self.body.forward_features(x)
        kept: list[Tensor] = []

        def keep(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
            kept.append(output)
            raise _ReachedError

        handle = self.body.get_submodule(self.layer).register_forward_hook(keep)
        try:
            self.body(x)
        except _ReachedError:
            return kept[0]
        finally:
            handle.remove()
        raise RequestError(f"the network does not use its layer {self.layer!r}")

    def logits(self, activations: Tensor) -> Tensor:
        if self.layer is None:
            return self.body.forward_head(activations)
        # The rest of the network is its forward pass with this layer's output put in the layer's place; what comes
        # before runs on a blank film and is thrown away.
        handle = self.body.get_submodule(self.layer).register_forward_hook(lambda *_: activations.clone())
        try:
            return self.body(activations.new_zeros(1, self.channels, _BLANK, _BLANK))
        finally:
            handle.remove()


class XrvDenseNet(SplitNetwork):
    """torchxrayvision's DenseNet121 for one-channel 224 px films in [-1024, 1024], without its weights.

    The target activation is relu(features(x)), (N, 1024, 7, 7): the library's forward applies that ReLU in place, so
    on a CPU a hook on `features` sees it already applied and on a GPU it may not; here it is taken explicitly.
    Scores are left as logits: operating points are the configuration's business, not the network's.
    Source: https://github.com/mlmed/torchxrayvision, models.py of 1.3 to 1.5.
    """

    head = "body.classifier"

    def __init__(self, labels: int, channels: int):
        super().__init__()
        import torchxrayvision as xrv  # noqa: PLC0415  imports pandas, skimage and torchvision: seconds

        self.body: Any = xrv.models.DenseNet(
            num_classes=labels,
            in_channels=channels,
            growth_rate=32,
            block_config=(6, 12, 24, 16),
            num_init_features=64,
        )

    def activations(self, x: Tensor) -> Tensor:
        return F.relu(self.body.features(x))

    def logits(self, activations: Tensor) -> Tensor:
        return self.body.classifier(F.adaptive_avg_pool2d(activations, 1).flatten(1))


class ClipHead(nn.Module):
    """Logits of an image embedding against one text embedding per label: exp(logit_scale) image . text + bias.

    `text` holds the cached text embeddings (L, D), so no text tower is needed: one label's row is the mean of its
    templates' unit vectors, and the product with a unit image embedding is the mean cosine. Of pair prompts it is the
    mean of "X" minus the mean of "no X": a softmax over the pair is the sigmoid of that logit. Fixed unless `learn`.
    """

    def __init__(self, labels: int, width: int, learn: bool):
        super().__init__()
        text = F.normalize(torch.randn(labels, width), dim=-1)  # until real embeddings are put in
        scale, bias = torch.tensor(2.6592), torch.zeros(labels)  # ln(1 / 0.07), Radford et al., 2021
        for name, tensor in (("text", text), ("logit_scale", scale), ("bias", bias)):
            if learn:
                self.register_parameter(name, nn.Parameter(tensor))
            else:
                self.register_buffer(name, tensor)
        self.text: Tensor
        self.logit_scale: Tensor
        self.bias: Tensor

    def forward(self, image: Tensor) -> Tensor:
        """Unit image embeddings (N, D) -> logits (N, L)."""
        return self.logit_scale.exp() * image @ self.text.T + self.bias


class ClipNetwork(SplitNetwork):
    """CLIP's vision tower (ViT-B/32 at 224 px, three channels) in front of cached text embeddings (`ClipHead`).

    The state at the split is the hidden state that enters the LAST transformer block, (N, 1 + 49, 768), the CLS token
    first, the 7 x 7 patches row by row after it. Behind the last attention patch gradients are zero, so heatmaps are
    taken from that block's first layer norm:

        state = network.activations(x)             # (N, 50, 768)
        target = network.target(state)             # (N, 50, 768), output of last_block.layer_norm1
        network.logits_from(state, target)         # (N, L) == network.logits(state)

    `arch_args`: `learn_head` (train the text embeddings, scale and bias as a head), and any field of transformers'
    CLIPVisionConfig, for smaller networks. Source: Radford et al., ICML 2021; openai/clip-vit-base-patch32.
    """

    head = "text_head"

    def __init__(self, labels: int, channels: int, /, learn_head: bool = False, **arch_args: Any):
        super().__init__()
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection  # noqa: PLC0415  seconds

        if channels != 3:
            raise RequestError(f"CLIP takes three channels, not {channels}; set preprocessing.channels to 3")
        unknown = [name for name in arch_args if name not in CLIPVisionConfig().to_dict()]
        if unknown:
            raise RequestError(f"CLIP does not take the argument {unknown[0]!r}")
        config = CLIPVisionConfig(**{"patch_size": 32, **arch_args})
        self.body: Any = CLIPVisionModelWithProjection(config)
        self.text_head = ClipHead(labels, config.projection_dim, learn_head)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches: (7, 7)."""
        edge = self.body.config.image_size // self.body.config.patch_size
        return edge, edge

    @property
    def last_block(self) -> Any:
        return self.body.vision_model.encoder.layers[-1]

    def activations(self, x: Tensor) -> Tensor:
        tower = self.body.vision_model
        state = tower.pre_layrnorm(tower.embeddings(x))  # the library's own spelling
        for block in tower.encoder.layers[:-1]:
            state = _run_block(block, state, block.layer_norm1(state))
        return state

    def target(self, state: Tensor) -> Tensor:
        """The state at the split -> the last block's first layer norm, (N, 1 + h * w, K)."""
        return self.last_block.layer_norm1(state)

    def logits_from(self, state: Tensor, target: Tensor) -> Tensor:
        """Logits as a function of the target beside the residual path; (N, 1 + h * w, K) each -> (N, L)."""
        block, first = self.last_block, state[:, :1]  # only the CLS token reaches the output: its query is enough
        first = first + _attend_from_first(block.self_attn, target)
        first = first + block.mlp(block.layer_norm2(first))
        pooled = self.body.vision_model.post_layernorm(first[:, 0])  # (N, K)
        image = F.normalize(self.body.visual_projection(pooled), dim=-1)  # (N, D)
        return self.text_head(image)

    def logits(self, activations: Tensor) -> Tensor:
        return self.logits_from(activations, self.target(activations))


def _run_block(block: Any, state: Tensor, normed: Tensor) -> Tensor:
    """One of CLIP's encoder layers behind its first layer norm; written out because its call differs by version."""
    state = state + block.self_attn(hidden_states=normed)[0]
    return state + block.mlp(block.layer_norm2(state))


def _attend_from_first(attention: Any, tokens: Tensor) -> Tensor:
    """CLIP's self-attention for the first token's query alone: tokens (N, T, K) -> (N, 1, K)."""
    films, width = len(tokens), tokens.shape[-1]
    heads = (films, -1, attention.num_heads, width // attention.num_heads)
    query = attention.q_proj(tokens[:, :1]).view(heads).transpose(1, 2)  # (N, heads, 1, K / heads)
    key = attention.k_proj(tokens).view(heads).transpose(1, 2)
    value = attention.v_proj(tokens).view(heads).transpose(1, 2)
    weights = (query * attention.scale) @ key.transpose(-1, -2)  # (N, heads, 1, T)
    return attention.out_proj((weights.softmax(dim=-1) @ value).transpose(1, 2).reshape(films, 1, width))


def _name_of(network: nn.Module, part: nn.Module) -> str:
    return next((name for name, module in network.named_modules() if module is part), "")


def build_network(arch: str, labels: int, channels: int, arch_args: dict[str, Any]) -> SplitNetwork:
    """An untrained network for an `arch` string: `timm:NAME`, `xrv:densenet121` or `clip:vit-base-patch32`."""
    library, _, name = arch.partition(":")
    if library == "timm" and name:
        return TimmNetwork(name, labels, channels, **arch_args)
    if arch == "clip:vit-base-patch32":
        return ClipNetwork(labels, channels, **arch_args)
    if arch == "xrv:densenet121":
        if arch_args:
            raise RequestError(f"{arch} takes no arguments, got {arch_args}")
        return XrvDenseNet(labels, channels)
    raise RequestError(
        f"{arch!r} is not an architecture; expected 'timm:NAME', 'xrv:densenet121' or 'clip:vit-base-patch32'"
    )


def count_parameters(module: nn.Module) -> tuple[int, int]:
    """(total, trainable) number of parameters."""
    total = sum(p.numel() for p in module.parameters())
    return total, sum(p.numel() for p in module.parameters() if p.requires_grad)
