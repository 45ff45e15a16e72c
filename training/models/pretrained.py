"""Pretrained weights of the families: which files, under which terms, and how they become checkpoints of ours.

Nothing here downloads by itself: `cxr-lens models fetch FAMILY` does. Downloads lie under `downloads/` of the cache
folder, the baselines made from them under `models/FAMILY/VARIANT`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .checkpoints import CONFIG, WEIGHTS, read_config, save_checkpoint, sha256_of
from .clip_weights import CLIP_FILES, clip_configs, clip_states
from .config import ModelConfig
from .downloads import FetchedFile, Progress, WeightsFile, fetch_file
from .foreign_weights import load_tensors
from .networks import build_network, count_parameters
from .timm_weights import EFFICIENTNET_FILE, efficientnet_config, efficientnet_state
from .xrv_weights import XRV_RELEASES, xrv_configs, xrv_states

DOWNLOADS, MODELS = "downloads", "models"


@dataclass(frozen=True)
class Pretrained:
    """What a family's baselines are made from."""

    files: tuple[WeightsFile, ...]
    licence: str
    """Terms of the weights, as their owners state them."""
    configs: Callable[[], dict[str, ModelConfig]]
    """Variant -> configuration, without any weights."""


PRETRAINED: dict[str, Pretrained] = {
    "densenet-pc": Pretrained(
        (XRV_RELEASES["densenet-pc"].file,),
        "torchxrayvision: Apache-2.0; PadChest's films: research use",
        lambda: xrv_configs("densenet-pc"),
    ),
    "densenet-nih": Pretrained(
        (XRV_RELEASES["densenet-nih"].file,),
        "torchxrayvision: Apache-2.0; ChestX-ray14's films: use unrestricted, with citation",
        lambda: xrv_configs("densenet-nih"),
    ),
    "clip-vit-b32": Pretrained(CLIP_FILES, "OpenAI CLIP: MIT; its model card asks for research use", clip_configs),
    "efficientnet-b0": Pretrained(
        (EFFICIENTNET_FILE,),
        "timm: Apache-2.0; trained on ImageNet, whose terms are non-commercial research",
        lambda: {"baseline": efficientnet_config()},
    ),
}


def fetch_family(
    family: str,
    cache: Path,
    *,
    mirror: str | None = None,
    given: Path | None = None,
    on_file: Callable[[WeightsFile], Progress | None] = lambda _: None,
) -> list[Path]:
    """Download what a family's baselines need and write them; the checkpoint folders.

    Files and baselines that are here are checked and kept. See `downloads.fetch_file` for `mirror`, `given` and what
    is raised.
    """
    files = [
        fetch_file(file, cache / DOWNLOADS, mirror=mirror, given=given, progress=on_file(file))
        for file in PRETRAINED[family].files
    ]
    return install(family, files, cache / MODELS / family)


def install(family: str, files: list[FetchedFile], root: Path) -> list[Path]:
    """Write a family's baselines from its files, `root/VARIANT` each; those made from the same files are kept."""
    made_from = "; ".join(f"{f.path.name} {f.sha256[:12]}, checked against: {f.checked_against}" for f in files)
    configs = PRETRAINED[family].configs()
    folders = [root / variant for variant in configs]
    if all(_is_made_from(folder, made_from) for folder in folders):
        return folders
    states: dict[str, Any]
    extra: dict[str, dict[str, Any]] = {variant: {} for variant in configs}
    if family == "clip-vit-b32":
        states, arguments, scale = clip_states(files[0].path, files[1].path)
        extra = {variant: {"arch_args": arguments} for variant in configs}
        extra["baseline-raw"]["logits_per_cosine"] = scale
    elif family == "efficientnet-b0":
        states = {"baseline": efficientnet_state(files[0].path)}
    else:
        states = xrv_states(family, files[0].path)
    for variant, config in configs.items():
        whole = ModelConfig.model_validate({**config.model_dump(), **extra[variant], "made_from": made_from})
        _write(root / variant, whole, states[variant], files[0].path.name, family)
    return folders


def _is_made_from(folder: Path, made_from: str) -> bool:
    return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file() and read_config(folder).made_from == made_from


def _write(folder: Path, config: ModelConfig, state: dict[str, torch.Tensor], file: str, family: str) -> None:
    with torch.random.fork_rng(devices=[]):
        network = build_network(
            config.arch, len(config.labels), config.preprocessing.channels, dict(config.arch_args)
        )
    load_tensors(network, state, file)
    total, _ = count_parameters(network)
    config = config.model_copy(update={"total_parameters": total})
    sources = "\n".join(f"- {f.about}: {f.url}" for f in PRETRAINED[family].files)
    card = (
        f"# {config.name}\n\n{config.note} **For research only; not a medical device.**\n\nTrained on: "
        f"{config.trained_on}.\n\n{sources}\n\nMade from: {config.made_from}.\nTerms: {PRETRAINED[family].licence}.\n"
    )
    save_checkpoint(folder, network, config, card=card)
    twin = folder.parent / "baseline-paper" / WEIGHTS
    if folder.name == "baseline-raw" and twin.is_file() and sha256_of(twin) == sha256_of(folder / WEIGHTS):
        link = folder / f".{WEIGHTS}.link"
        link.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a file system without links keeps both
            os.link(twin, link)  # the same 350 MB, once
            link.replace(folder / WEIGHTS)
