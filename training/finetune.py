"""The training loop: masked BCE, AdamW with warm-up and cosine, averaged weights, resumable to the bit.

    cxr-lens train --config training/configs/mini/finetuned.yaml --data ROOT --out RUN [--resume]

RUN holds recipe.yaml, metrics.jsonl (one line per epoch), last/ (for --resume) and best/ (the checkpoint).
"""

from __future__ import annotations

import copy
import json
import logging
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from .batches import Batch, box_loss, build_batch, epoch_order, step_generator
from .checkpoints import load_checkpoint, save_checkpoint
from .classifier import Classifier, normalise
from .errors import RequestError
from .label_maps import match_labels
from .model_config import ModelConfig
from .networks import SplitNetwork, TimmNetwork, build_network, count_parameters
from .recipe import Recipe
from .run_state import RunPlace, load_state, read_place, save_state, truncate_log
from .statistics import auroc
from .thresholds import enough
from .training_set import FilmSet, TrainingSet

logger = logging.getLogger(__name__)
LAST, BEST, LOG = "last", "best", "metrics.jsonl"


class Interrupted(Exception):  # noqa: N818  a request to stop, not a fault
    """The run was asked to stop; its state is saved."""


def bf16_is_native(device: torch.device) -> bool:
    """Whether bfloat16 is computed natively, so that autocast is faster and not slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu" or not hasattr(torch.cpu, "_is_avx512_bf16_supported"):
        return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def masked_bce(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean binary cross-entropy over the known targets. (N, L) each; NaN targets are left out."""
    known = ~torch.isnan(targets)
    wanted = torch.where(known, targets, torch.zeros_like(targets)) * (1 - smoothing) + smoothing / 2
    each = F.binary_cross_entropy_with_logits(logits.float(), wanted, reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1)


def cell_logits(network: SplitNetwork, activations: Tensor) -> Tensor:
    """Each grid cell's part of the logits, (N, L, h, w), for a head that is average pooling and one linear layer."""
    head = network.body.get_classifier() if isinstance(network, TimmNetwork) else None
    if not isinstance(head, nn.Linear) or head.in_features != activations.shape[1]:
        raise RequestError("box_weight needs a network whose head is average pooling and one linear layer")
    return torch.einsum("lk,nkhw->nlhw", head.weight.to(activations.dtype), activations)


def learning_rate(recipe: Recipe, update: int, per_epoch: int) -> float:
    """Linear warm-up, then cosine to zero at the end."""
    warm, total = recipe.optimiser.warmup_epochs * per_epoch, recipe.epochs * per_epoch
    if update < warm:
        return recipe.optimiser.lr * (update + 1) / warm
    return recipe.optimiser.lr * 0.5 * (1 + math.cos(math.pi * (update - warm) / max(1, total - warm)))


def start_network(recipe: Recipe, start: Classifier | None) -> SplitNetwork:
    """The network as training begins: from another model's weights (head rows by finding), or from the seed."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network = build_network(recipe.arch, len(recipe.labels), recipe.preprocessing.channels, recipe.arch_args)
    if start is None:
        return network
    own, given = network.state_dict(), start.network.state_dict()
    if set(own) != set(given):
        raise RequestError(
            f"{start.name} ({start.config.arch}) has other layers than {recipe.arch}; init_from needs the same"
        )
    ours, theirs = match_labels(recipe.labels).matched, start.config
    for name, tensor in given.items():
        if tensor.shape == own[name].shape and recipe.labels == theirs.labels:
            own[name].copy_(tensor)
        elif tensor.dim() and tensor.shape[0] == len(theirs.labels) and own[name].shape[0] == len(recipe.labels):
            for row, label in enumerate(recipe.labels):
                source = theirs.label_of(ours[label])
                if source is not None:
                    own[name][row].copy_(tensor[theirs.labels.index(source)])
        elif tensor.shape == own[name].shape:
            own[name].copy_(tensor)
        else:
            raise RequestError(f"{start.name}: {name} is {tuple(tensor.shape)}, here {tuple(own[name].shape)}")
    network.load_state_dict(own)
    return network


class Run:
    """One training run; `train()` does all of it."""

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingSet,
        out: Path,
        config: ModelConfig,
        *,
        start: Classifier | None = None,
        device: str = "cpu",
        should_stop: Callable[[], bool] = lambda: False,
        progress: bool = True,
    ):
        self.recipe, self.data, self.out, self.config = recipe, data, out, config
        self.device = torch.device(device)
        self.should_stop, self.progress = should_stop, progress
        self.bf16 = bf16_is_native(self.device) if recipe.bf16 == "auto" else recipe.bf16
        self.network: Any = start_network(recipe, start).to(self.device)
        self.network.to(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        plain = [p for p in self.network.parameters() if p.dim() <= 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": recipe.optimiser.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=recipe.optimiser.lr,
        )
        self.place = RunPlace(recipe_sha256=recipe.sha256(), data_hash=data.data_hash)

    def resume(self) -> None:
        """Go on from RUN/last; `RequestError` where recipe or data are not the ones it began with."""
        place = read_place(self.out / LAST)
        for what, saved, now in (
            ("config", place.recipe_sha256, self.place.recipe_sha256),
            ("data", place.data_hash, self.place.data_hash),
        ):
            if saved != now:
                raise RequestError(f"{self.out} was begun with another {what}; use the same, or another --out")
        load_state(self.out / LAST, place, self.network, self.averaged, self.optimiser)
        truncate_log(self.out / LOG, place.epoch)
        self.place = place

    def train(self) -> Classifier:
        """Train to the end; the chosen weights, without thresholds. Raises `Interrupted` when asked to stop."""
        per_epoch = len(epoch_order(self.data.train, self.recipe.batch, self.recipe.seed, 0))
        bar = tqdm(
            total=self.recipe.epochs * per_epoch,
            initial=self.place.updates,
            desc=f"training {self.recipe.name}",
            unit="step",
            disable=not self.progress,
            file=sys.stderr,
            mininterval=0.5 if sys.stderr.isatty() else 20,
        )
        with bar:
            while self.place.epoch < self.recipe.epochs:
                began, data_seconds, before = time.perf_counter(), 0.0, self.place.films_seen
                batches = epoch_order(self.data.train, self.recipe.batch, self.recipe.seed, self.place.epoch)
                while self.place.step < len(batches):
                    data_seconds += self._step(batches[self.place.step], per_epoch)
                    bar.update()
                    if self.should_stop():
                        save_state(self.out / LAST, self.place, self.network, self.averaged, self.optimiser)
                        raise Interrupted(f"epoch {self.place.epoch + 1}, step {self.place.step}")
                seconds = time.perf_counter() - began
                speed = (self.place.films_seen - before) / max(seconds, 1e-9)
                bar.set_postfix_str(self._finish_epoch(speed, data_seconds, seconds))
        if self.recipe.select == "last" or not self.data.validation:
            save_checkpoint(self.out / BEST, self.averaged, self.config)
        return load_checkpoint(self.out / BEST, str(self.device))

    def _step(self, pairs: np.ndarray, per_epoch: int) -> float:
        """One optimiser step; the seconds spent on data."""
        recipe, place = self.recipe, self.place
        began = time.perf_counter()
        generator = step_generator(recipe.seed, place.epoch, place.step)
        batch = build_batch(
            self.data.train,
            pairs,
            augmentation=recipe.augmentation,
            preprocessing=recipe.preprocessing,
            generator=generator,
            device=self.device,
        )
        data_seconds = time.perf_counter() - began
        self.network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, place.updates, per_epoch)
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):  # dropout, where the architecture has any
            torch.manual_seed(generator.initial_seed())
            loss = self._loss(batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), recipe.optimiser.clip)
        self.optimiser.step()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise RequestError(f"the loss became {value} in epoch {place.epoch + 1}; lower optimiser.lr")
        place.updates += 1
        self._average()
        place.step += 1
        place.loss_sum += value * len(pairs)
        place.films_seen += len(pairs)
        return data_seconds

    def _loss(self, batch: Batch) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            activations = self.network.activations(batch.films)
            logits = self.network.logits(activations)
            loss = masked_bce(logits, batch.targets, self.recipe.label_smoothing)
            if self.recipe.box_weight:
                loss = loss + self.recipe.box_weight * box_loss(cell_logits(self.network, activations), batch)
        return loss

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential average of weights and batch-norm statistics; the decay grows in over the first steps."""
        decay = min(self.recipe.ema, (1 + self.place.updates) / (10 + self.place.updates)) if self.recipe.ema else 0.0
        new = self.network.state_dict()
        for name, mean in self.averaged.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(new[name], 1 - decay)
            else:
                mean.copy_(new[name])

    def _finish_epoch(self, speed: float, data_seconds: float, seconds: float) -> str:
        """Validate, log, save; a short text for the progress bar."""
        place = self.place
        line: dict[str, Any] = {
            "epoch": place.epoch + 1,
            "loss": round(place.loss_sum / max(1, place.films_seen), 5),
            "images_per_second": round(speed, 1),
            "data_seconds": round(data_seconds, 2),
            "seconds": round(seconds, 1),
        }
        score = None
        for kind in ("real", "synthetic"):
            parts = [films for films in self.data.validation if films.kind == kind]
            if parts:
                scores = validation_scores(self.averaged, parts, self.config, self.device, bf16=self.bf16)
                line[f"validation_{kind}"] = scores
                score = scores["mean_auroc"] if score is None else score
        better = score is not None and (place.best is None or score > place.best)
        if better:
            place.best, place.best_epoch = score, place.epoch + 1
        if better or place.best is None:
            save_checkpoint(self.out / BEST, self.averaged, self.config)
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        place.epoch, place.step, place.loss_sum, place.films_seen = place.epoch + 1, 0, 0.0, 0
        save_state(self.out / LAST, place, self.network, self.averaged, self.optimiser)
        return f"loss {line['loss']:.3f}" + ("" if score is None else f", validation AUROC {score:.3f}")


@torch.inference_mode()
def film_logits(
    network: nn.Module,
    films: FilmSet,
    config: ModelConfig,
    device: torch.device,
    *,
    bf16: bool = False,
    batch: int = 64,
) -> np.ndarray:
    """(N, L) f32 logits of decoded films."""
    out = []
    for i in range(0, len(films), batch):
        x = torch.from_numpy(films.pixels[i : i + batch]).to(device)[:, None].float() / 255
        x = normalise(x, config.preprocessing).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            out.append(network(x).float().cpu().numpy())
    return np.concatenate(out)


def validation_scores(
    network: nn.Module, parts: list[FilmSet], config: ModelConfig, device: torch.device, *, bf16: bool
) -> dict[str, Any]:
    """AUROC per finding, and the mean over findings with ten positives and negatives (over all if none has)."""
    logits = np.concatenate([film_logits(network, films, config, device, bf16=bf16) for films in parts])
    targets = np.concatenate([films.targets for films in parts])
    findings = [config.finding_of[label] for label in config.labels]
    each = {name: auroc(targets[:, i], logits[:, i]) for i, name in enumerate(findings)}
    counted = [each[name] for i, name in enumerate(findings) if enough(targets[:, i])]
    values = [v for v in (counted or each.values()) if v is not None]
    mean = round(float(np.mean(values)), 5) if values else None
    return {"mean_auroc": mean, "auroc": {k: None if v is None else round(v, 4) for k, v in each.items()}}


def fresh_config(
    recipe: Recipe, data: TrainingSet, start: Classifier | None, provenance: dict[str, Any] | None = None
) -> ModelConfig:
    """The configuration of the model to be: everything but thresholds and calibration."""
    matched = match_labels(recipe.labels).matched
    source = {name: "real" if name in data.real_findings else "synthetic" for name in data.findings}
    if start is not None:
        source.update({k: v for k, v in start.config.label_source.items() if k in source and v == "real"})
    source.update({k: v for k, v in recipe.label_source.items() if k in source})
    total, trainable = count_parameters(
        build_network(recipe.arch, len(recipe.labels), recipe.preprocessing.channels, recipe.arch_args)
    )
    return ModelConfig.model_validate(
        {
            "name": recipe.name,
            "family": recipe.family,
            "arch": recipe.arch,
            "arch_args": recipe.arch_args,
            "labels": recipe.labels,
            "finding_of": matched,
            "label_source": source,
            "preprocessing": recipe.preprocessing.model_dump(),
            "target_layer": recipe.target_layer,
            "policy": str(recipe.policy),
            "trained_on": recipe.trained_on,
            "note": recipe.note,
            "seed": recipe.seed,
            "data_hash": data.data_hash,
            "total_parameters": total,
            "trainable_parameters": trainable,
            **(provenance or {}),
        }
    )
