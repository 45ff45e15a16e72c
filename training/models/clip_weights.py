"""OpenAI's CLIP ViT-B/32 as zero-shot baselines of `clip-vit-b32`: vision tower plus cached text embeddings.

Input (N, 3, 224, 224) with CLIP's normalisation. Trained on web images and captions, not on chest films: zero-shot
scores are weak. Three forms of one model:

- `baseline`: pair prompts, "X" against "no X": score = sigmoid(scale (cos(image, X) - cos(image, no X))).
- `baseline-paper`: as published: the mean cosine per label over its templates, min-max scaled within the film.
- `baseline-raw`: that mean cosine as it is.

Sources: Radford et al., ICML 2021; https://huggingface.co/openai/clip-vit-base-patch32; pairs as in CheXzero (Tiu et
al., Nature BME 2022).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
import yaml
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F

from ..errors import RequestError
from ..findings import CHEXPERT
from .config import ModelConfig, Preprocessing
from .downloads import WeightsFile
from .foreign_weights import read_tensors

ARCH = "clip:vit-base-patch32"
_REPOSITORY = "https://huggingface.co/openai/clip-vit-base-patch32/resolve/3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268"
CLIP_FILES = (
    WeightsFile(
        name="openai-clip-vit-base-patch32.bin",
        url=f"{_REPOSITORY}/pytorch_model.bin",
        size=605_247_071,
        sha256="a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f",
        about="CLIP ViT-B/32, both towers",
    ),
    WeightsFile(
        name="openai-clip-vit-base-patch32-tokenizer.json",
        url=f"{_REPOSITORY}/tokenizer.json",
        size=2_224_041,
        sha256="b556ac8c99757ffb677208af34bc8c6721572114111a6e0aaf5fa69ff0b8d842",
        about="its tokenizer",
    ),
)
CLIP_PREPROCESSING = Preprocessing(
    size=224,
    channels=3,
    resize="squash",
    mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711),
)
VARIANTS = ("baseline", "baseline-paper", "baseline-raw")
_HEAD_WIDTH = 64  # of every CLIP attention head
_PROMPTS = Path(__file__).parents[1] / "configs" / "clip_prompts.yaml"


class Sentences(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    present: tuple[str, ...] = Field(min_length=1)
    absent: tuple[str, ...] = Field(min_length=1)


class ClipPrompts(BaseModel):
    """configs/clip_prompts.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    present: tuple[str, ...] = Field(min_length=1)
    absent: tuple[str, ...] = Field(min_length=1)
    phrases: dict[str, tuple[str, ...]]
    sentences: dict[str, Sentences]
    """Labels with whole sentences of their own."""

    def texts(self, label: str) -> Sentences:
        """What is asked for a label and for its absence; a label without phrases is asked by its name."""
        if label in self.sentences:
            return self.sentences[label]
        phrases = self.phrases.get(label, (label.lower(),))
        return Sentences(
            present=tuple(template.format(phrase) for template in self.present for phrase in phrases),
            absent=tuple(
                template.format(phrase.removeprefix("a ").removeprefix("an "))
                for template in self.absent
                for phrase in phrases
            ),
        )


def read_clip_prompts(path: Path = _PROMPTS) -> ClipPrompts:
    return ClipPrompts.model_validate(yaml.safe_load(path.read_text("utf-8")))


def clip_configs() -> dict[str, ModelConfig]:
    """Variant -> configuration; needs no weights."""
    forms: dict[str, dict[str, Any]] = {
        "baseline": {
            "note": "Zero-shot: each label's prompts against prompts for its absence; never trained on chest films."
        },
        "baseline-paper": {
            "score_rule": "min-max",
            "note": "Zero-shot as published: mean cosine per label, min-max scaled within the film, so every film has "
            "one label at 1 and one at 0, whatever it shows. Kept to reproduce published numbers.",
        },
        "baseline-raw": {
            "score_rule": "cosine",
            "logits_per_cosine": 100,
            "note": "Zero-shot: the mean cosine per label, unscaled; a default threshold means nothing to it.",
        },
    }
    return {
        variant: ModelConfig(
            name=f"clip-vit-b32/{variant}",
            family="clip-vit-b32",
            arch=ARCH,
            labels=CHEXPERT.names,
            finding_of={name: name for name in CHEXPERT.names},
            preprocessing=CLIP_PREPROCESSING,
            target_layer="first layer norm of the last block, 7 x 7 patches: behind the last attention patch "
            "gradients are zero",
            policy="zero-shot",
            trained_on="400 million web images with captions (Radford et al., 2021), by OpenAI; no chest films",
            **form,
        )
        for variant, form in forms.items()
    }


def clip_states(weights: Path, tokenizer: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any], float]:
    """Variant -> state dict, the network's arguments where it is not ViT-B/32's own size, and exp(logit_scale)."""
    tensors = {k: t.float() for k, t in read_tensors(weights).items() if not k.endswith("position_ids")}
    try:
        scale = float(tensors["logit_scale"])
        width = tensors["visual_projection.weight"].shape[0]
        vision = _tower_arguments(tensors, "vision_model")
        patches, patch = (
            tensors["vision_model.embeddings.position_embedding.weight"].shape[0] - 1,
            tensors["vision_model.embeddings.patch_embedding.weight"].shape[-1],
        )
    except KeyError as error:
        raise RequestError(f"{weights.name} does not hold CLIP: {error} is missing") from None
    arguments = {**vision, "projection_dim": width, "patch_size": patch, "image_size": math.isqrt(patches) * patch}
    encoder = TextEncoder(tensors, tokenizer)
    prompts = read_clip_prompts()
    present = torch.stack([encoder.mean(prompts.texts(name).present) for name in CHEXPERT.names])
    absent = torch.stack([encoder.mean(prompts.texts(name).absent) for name in CHEXPERT.names])
    tower = {f"body.{k}": t for k, t in tensors.items() if k.startswith(("vision_model.", "visual_projection."))}
    tower |= {"text_head.logit_scale": torch.tensor(scale), "text_head.bias": torch.zeros(len(CHEXPERT.names))}
    states = {v: {**tower, "text_head.text": present - absent if v == "baseline" else present} for v in VARIANTS}
    return states, {k: v for k, v in arguments.items() if v != _OWN_SIZE[k]}, math.exp(scale)


_OWN_SIZE = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "projection_dim": 512,
    "patch_size": 32,
    "image_size": 224,
}


def _tower_arguments(tensors: dict[str, Tensor], tower: str) -> dict[str, int]:
    """The sizes of a tower, as transformers' configuration names them."""
    first = tensors[f"{tower}.encoder.layers.0.mlp.fc1.weight"]
    layers = {k.split(".")[3] for k in tensors if k.startswith(f"{tower}.encoder.layers.")}
    return {
        "hidden_size": first.shape[1],
        "intermediate_size": first.shape[0],
        "num_hidden_layers": len(layers),
        "num_attention_heads": max(1, first.shape[1] // _HEAD_WIDTH),
    }


class TextEncoder:
    """CLIP's text tower: sentences -> unit vectors (D,)."""

    def __init__(self, tensors: dict[str, Tensor], tokenizer: Path):
        from tokenizers import Tokenizer  # noqa: PLC0415  only fetching needs it
        from transformers import CLIPTextConfig, CLIPTextModelWithProjection  # noqa: PLC0415  seconds

        self.tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        ends = [self.tokenizer.token_to_id(token) for token in ("<|startoftext|>", "<|endoftext|>")]
        if None in ends:
            raise RequestError(f"{tokenizer.name} is not CLIP's tokenizer: it has no <|startoftext|>")
        self.start, self.end = ends
        positions = tensors["text_model.embeddings.position_embedding.weight"]
        arguments: dict[str, Any] = dict(
            vocab_size=tensors["text_model.embeddings.token_embedding.weight"].shape[0],
            max_position_embeddings=positions.shape[0],
            projection_dim=tensors["text_projection.weight"].shape[0],
            bos_token_id=self.start,
            eos_token_id=self.end,
            pad_token_id=self.end,
            **_tower_arguments(tensors, "text_model"),
        )
        config = CLIPTextConfig(**arguments)
        self.longest = positions.shape[0]
        self.tower: Any = CLIPTextModelWithProjection(config).eval()
        state = {k: t for k, t in tensors.items() if k.startswith(("text_model.", "text_projection."))}
        problems = self.tower.load_state_dict(state, strict=False)
        missing = [k for k in problems.missing_keys if not k.endswith("position_ids")] or problems.unexpected_keys
        if missing:
            raise RequestError(f"the weights do not fit CLIP's text tower: {missing[0]} differs")

    @torch.inference_mode()
    def embed(self, text: str) -> Tensor:
        words = self.tokenizer.encode(text, add_special_tokens=False).ids[: self.longest - 2]
        ids = torch.tensor([[self.start, *words, self.end]])
        return F.normalize(self.tower(input_ids=ids).text_embeds[0], dim=-1)  # (D,)

    def mean(self, texts: tuple[str, ...]) -> Tensor:
        """Mean of the sentences' unit vectors, not scaled to one: its product with an image is the mean cosine."""
        return torch.stack([self.embed(text) for text in texts]).mean(0)
