"""What `cxr-lens models list` and `models show` say: where models are, and how their labels match the findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..label_maps import match_labels
from .card import heatmap_sentences, read_metrics
from .checkpoints import WEIGHTS, read_config, sha256_of
from .config import ModelConfig
from .families import FAMILIES, added_models, how_to_get, is_checkpoint, model_folder, models_folder
from .networks import build_network, count_parameters
from .pretrained import DOWNLOADS, PRETRAINED


def list_models(cache: Path | None = None) -> list[dict[str, Any]]:
    """Every variant of every family in its fixed order, then added models."""
    rows = []
    for family in FAMILIES.values():
        for variant in family.variants:
            here = family.has(variant, cache)
            rows.append(
                {
                    "model": f"{family.name}/{variant}",
                    "family": family.name,
                    "variant": variant,
                    "about": family.about,
                    "here": here,
                    "get": None if here else how_to_get(family.name, variant),
                }
            )
    for name, folder in added_models(cache).items():
        config = read_config(folder)
        about = f"added: {config.arch}, {len(config.labels)} labels"
        rows.append(
            {"model": name, "family": config.family, "variant": None, "about": about, "here": True, "get": None}
        )
    return rows


def find_config(name: str, cache: Path | None = None) -> tuple[ModelConfig, Path | None]:
    """A model's configuration, and its folder where its weights are here.

    A family's name alone means its baseline; baselines have a configuration without any weights.
    """
    family, _, variant = name.partition("/")
    if family in FAMILIES:
        variant = variant or "baseline"
        known = FAMILIES[family]
        if variant in known.variants:
            folder = known.place(variant, cache)
            if is_checkpoint(folder):
                return read_config(folder), folder
            if variant in known.configs():
                return known.configs()[variant], None
    folder = model_folder(name, cache)
    return read_config(folder), folder


def show_model(name: str, cache: Path | None = None) -> dict[str, Any]:
    """The document of `models show`."""
    config, folder = find_config(name, cache)
    with torch.device("meta"):  # shapes only: counting needs no memory
        network = build_network(
            config.arch, len(config.labels), config.preprocessing.channels, dict(config.arch_args)
        )
    total, trainable = count_parameters(network)
    match = match_labels(config.labels, config.finding_set)
    matched = dict(config.finding_of)
    document = {
        "model": config.name,
        "family": config.family,
        "arch": config.arch,
        "labels": list(config.labels),
        "matched": matched,
        "unmatched": [label for label in config.labels if label not in matched],
        "kinds": {label: finding for label, finding in match.kinds.items() if label not in matched},
        "missing": [f for f in config.finding_set.names if f not in matched.values()],
        "findings": config.finding_set.name,
        "label_source": dict(config.label_source),
        "total_parameters": total,
        "trainable_parameters": trainable if config.trainable_parameters is None else config.trainable_parameters,
        "weights": weights_facts(config, folder, cache),
        "input": config.preprocessing.model_dump(mode="json"),
        "target_layer": config.target_layer,
        "policy": config.policy,
        "score_rule": config.score_rule,
        "thresholds": {name: t.model_dump(mode="json") for name, t in config.thresholds.items()},
        "default_threshold": config.default_threshold,
        "calibrated": sorted(config.calibration),
        "operating_points": dict(config.operating_points),
        "trained_head": config.trained_head,
        "recipe": config.recipe,
        "trained_on": config.trained_on,
        "seed": config.seed,
        "data_hash": config.data_hash,
        "git_commit": config.git_commit,
        "note": config.note,
    }
    metrics = {} if folder is None else read_metrics(folder)
    document |= {name: metrics.get(name) for name in ("saliency", "localization")}
    document["heatmaps"] = heatmap_sentences(metrics)
    if config.family in FAMILIES:
        variants = FAMILIES[config.family].variants
        document["variants"] = {v: FAMILIES[config.family].has(v, cache) for v in variants}
    return document


def weights_facts(config: ModelConfig, folder: Path | None, cache: Path | None) -> dict[str, Any]:
    """Whether the weights are here, their checksum, and where they come from."""
    file = folder / WEIGHTS if folder is not None else None
    weights: dict[str, Any] = {
        "here": file is not None and file.is_file(),
        "bytes": file.stat().st_size if file is not None and file.is_file() else None,
        "sha256": sha256_of(file) if file is not None and file.is_file() else None,
    }
    if config.made_from:
        weights["made_from"] = config.made_from
    if config.family in PRETRAINED:
        source = PRETRAINED[config.family]
        downloads = models_folder(cache).parent / DOWNLOADS
        weights["files"] = [
            {
                "name": f.name,
                "url": f.url,
                "bytes": f.size,
                "exact": f.exact,
                "sha256": f.sha256,
                "checked_against": "pinned" if f.sha256 else "the server's SHA-256, else recorded at first use",
                "here": (downloads / f.name).is_file(),
            }
            for f in source.files
        ]
        weights["licence"] = source.licence
    return weights
