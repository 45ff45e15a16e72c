"""The training loop: masked BCE, the recipe's optimiser and schedule, averaged weights, resumable to the bit.

    cxr-lens train --config training/configs/mini/finetuned.yaml --data ROOT --out RUN [--resume]

RUN holds last/ (for --resume), best/ (the checkpoint), epochs/NN/ where the recipe keeps them, and the records of
run_records.py. Several processes train one model where torchrun starts them (distributed.py).
"""

from __future__ import annotations

import copy
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from ..errors import RequestError
from ..films.batches import Gathered, build_batch, epoch_order, feed, step_generator
from ..films.training_set import TrainingSet
from ..models.checkpoints import load_checkpoint, save_checkpoint
from ..models.classifier import Classifier
from ..models.config import ModelConfig
from .adapters import freeze_for_adapter, merge_adapter, save_adapter
from .distributed import World
from .losses import StepLoss
from .optimisers import learning_rate, make_optimiser
from .recipe import Recipe
from .run_clock import RunClock
from .run_records import RunRecords
from .run_state import RunPlace, load_state, read_place, save_state
from .starting import shift_bias, start_network
from .validation import validation_scores

LAST, BEST, EPOCHS = "last", "best", "epochs"
_ROUND = 8
"""Steps between looks at the losses and at a request to stop, where a look makes the processes or the GPU wait."""


class Interrupted(Exception):  # noqa: N818  a request to stop, not a fault
    """The run was asked to stop; its state is saved."""


def bf16_is_native(device: torch.device) -> bool:
    """Whether bfloat16 is computed natively, so that autocast is faster and not slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu" or not hasattr(torch.cpu, "_is_avx512_bf16_supported"):
        return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


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
        world: World | None = None,
        about: dict[str, Any] | None = None,
    ):
        """about: what resolved.yaml shall say of the run beside its settings."""
        self.recipe, self.data, self.out, self.config = recipe, data, out, config
        self.world = world or World(device=torch.device(device))
        self.device, self.about = self.world.device, about or {}
        self.should_stop, self.progress = should_stop, progress and self.world.leads
        self.bf16 = bf16_is_native(self.device) if recipe.bf16 == "auto" else recipe.bf16
        self.network: Any = start_network(recipe, start).to(self.device)
        self.network.to(memory_format=torch.channels_last)
        self.averaged: Any = copy.deepcopy(self.network).eval()
        self._means = _Averages(self.network, self.averaged, recipe.ema)
        self.base = "random weights" if start is None else f"{start.name} (weights SHA-256 {start.weights_sha256})"
        self.optimiser = make_optimiser(self.network, recipe.optimiser)
        self._loss: nn.Module = StepLoss(self.network, recipe)
        if self.world.size > 1:
            self._loss = DistributedDataParallel(self._loss)
        self.place = RunPlace(recipe_sha256=recipe.sha256(), data_hash=data.data_hash)
        self._round = 1 if self.world.size == 1 and self.device.type == "cpu" else _ROUND
        self._recent: list[tuple[Tensor, int, float]] = []  # loss, films and learning rate of steps not yet looked at
        self.records: RunRecords | None = None

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
        self.place = place

    def train(self) -> Classifier:
        """Train to the end; the chosen weights, without thresholds. Raises `Interrupted` when asked to stop."""
        per_epoch = len(self._order(0))
        if per_epoch == 0:
            raise RequestError("there are fewer films to train on than one batch needs: two per process")
        if self.world.leads:
            self.records = RunRecords(self.out, updates=self.place.updates, epochs=self.place.epoch)
            self.records.resolve(self.recipe, self._about())
        if self.place.updates == 0 and self.recipe.start_bias == "prior":
            shift_bias(self.network, self.data, self.recipe, self.device)
            self.averaged.load_state_dict(self.network.state_dict())
        bar = tqdm(
            total=self.recipe.epochs * per_epoch,
            initial=self.place.updates,
            desc=f"training {self.recipe.name}",
            disable=not self.progress,
            file=sys.stderr,
            mininterval=0.5 if sys.stderr.isatty() else 20,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| step {n_fmt}/{total_fmt} [{elapsed}{postfix}]",
        )
        clock = RunClock(per_epoch, self.recipe.epochs)
        try:
            with bar:
                while self.place.epoch < self.recipe.epochs:
                    self._train_epoch(bar, clock, per_epoch)
        finally:
            if self.records is not None:
                self.records.close()
        if (self.recipe.select == "last" or not self.data.validation) and self.world.leads:
            self._save_best()
        self.world.wait()
        return load_checkpoint(self.out / BEST, str(self.device))

    def _order(self, epoch: int) -> list[np.ndarray]:
        return epoch_order(self.data.train, self.recipe.batch, self.recipe.seed, epoch, self.world.size)

    def _train_epoch(self, bar: Any, clock: RunClock, per_epoch: int) -> None:
        place = self.place
        batches = self._order(place.epoch)
        began, films_before, data_seconds = time.perf_counter(), place.films_seen, 0.0
        pin = self.device.type == "cuda"
        feeder = feed(self.data.train, batches[place.step :], self.world, pin=pin)
        looked = began
        while place.step < len(batches):
            waited = time.perf_counter()
            gathered = next(feeder)
            data_seconds += time.perf_counter() - waited
            data_seconds += self._step(gathered, per_epoch)
            if place.step % self._round == 0 or place.step == len(batches):
                steps, stop = len(self._recent), self._look()
                now = time.perf_counter()
                clock.step((now - looked) / steps)
                looked = now
                bar.set_postfix_str(clock.tell(place.epoch, place.step), refresh=False)
                bar.update(place.updates - bar.n)
                if stop:
                    feeder.close()
                    self._save_state()
                    raise Interrupted(f"epoch {place.epoch + 1}, step {place.step}")
        steps_done = time.perf_counter()
        seconds = steps_done - began
        speed = (place.films_seen - films_before) / max(seconds, 1e-9)
        text = self._finish_epoch(per_epoch, speed, data_seconds, seconds)
        clock.end_of_epoch(time.perf_counter() - steps_done)
        if self.progress:
            bar.write(text, file=sys.stderr)

    def _step(self, gathered: Gathered, per_epoch: int) -> float:
        """One optimiser step; the seconds spent on data beside waiting for it."""
        recipe, place = self.recipe, self.place
        began = time.perf_counter()
        generator = step_generator(recipe.seed, place.epoch, place.step)
        batch = build_batch(
            gathered,
            augmentation=recipe.augmentation,
            preprocessing=recipe.preprocessing,
            generator=generator,
            device=self.device,
            world=self.world,
        )
        data_seconds = time.perf_counter() - began
        self.network.train()
        if recipe.lora is not None:
            freeze_for_adapter(self.network)
        rate = learning_rate(recipe, place.updates, per_epoch) * place.lr_factor
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):  # dropout, where there is any
            torch.manual_seed(generator.initial_seed() + self.world.rank)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                loss = self._loss(batch, gathered.known / self.world.size)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if recipe.optimiser.clip is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), recipe.optimiser.clip)
        self.optimiser.step()
        if recipe.lora is None:
            self.world.average_buffers(self.network)
        place.updates += 1
        self._means.update(place.updates)
        place.step += 1
        place.films_seen += gathered.whole
        self._recent.append((loss.detach(), gathered.whole, rate))
        return data_seconds

    def _look(self) -> bool:
        """Take in the losses of the last steps; whether a process was asked to stop."""
        place = self.place
        *losses, stop = self.world.sum([*(float(loss) for loss, _, _ in self._recent), float(self.should_stop())])
        rows = []
        for number, (total, (_, films, rate)) in enumerate(zip(losses, self._recent, strict=True)):
            value = total / self.world.size
            if not math.isfinite(value):
                raise RequestError(f"the loss became {value} in epoch {place.epoch + 1}; lower optimiser.lr")
            place.loss_sum += value * films
            rows.append((place.updates - len(losses) + number + 1, place.epoch + 1, value, rate))
        if self.records is not None:
            self.records.steps(rows)
        self._recent.clear()
        return stop > 0

    def _finish_epoch(self, per_epoch: int, speed: float, data_seconds: float, seconds: float) -> str:
        """Validate, log, save; a line for the reader."""
        place, recipe = self.place, self.recipe
        self._means.finish()
        line: dict[str, Any] = {
            "epoch": place.epoch + 1,
            "loss": round(place.loss_sum / max(1, place.films_seen), 5),
            "lr": learning_rate(recipe, place.updates - 1, per_epoch) * place.lr_factor,
            "images_per_second": round(speed, 1),
            "data_seconds": round(data_seconds, 2),
            "seconds": round(seconds, 1),
        }
        score = None
        for kind in ("real", "synthetic"):
            parts = [films for films in self.data.validation if films.kind == kind]
            if parts:
                scores = validation_scores(
                    self.averaged, parts, self.config, self.device, bf16=self.bf16, world=self.world
                )
                line[f"validation_{kind}"] = scores
                score = scores["mean_auroc"] if score is None else score
        losses = [line[key]["loss"] for key in line if key.startswith("validation_")]
        place.watch(losses[0] if losses else line["loss"], recipe.optimiser)
        better = score is not None and (place.best is None or score > place.best)
        if better:
            place.best, place.best_epoch = score, place.epoch + 1
        if (better or place.best is None) and self.world.leads:
            self._save_best()
        if recipe.keep_epochs and self.world.leads:
            self._save(self.out / EPOCHS / f"{place.epoch + 1:02}")
        if self.records is not None:
            self.records.epoch(line, place.updates)
        place.epoch, place.step, place.loss_sum, place.films_seen = place.epoch + 1, 0, 0.0, 0
        self._save_state()
        return (
            f"epoch {line['epoch']}: loss {line['loss']:.3f}"
            + ("" if score is None else f", validation AUROC {score:.3f}")
            + f", {speed:.0f} images/s, {data_seconds / max(seconds, 1e-9):.0%} of the time on data"
        )

    def _save_state(self) -> None:
        if self.world.leads:
            save_state(self.out / LAST, self.place, self.network, self.averaged, self.optimiser)

    def _save_best(self) -> None:
        self._save(self.out / BEST)

    def _save(self, folder: Path) -> None:
        """The averaged weights as a checkpoint; of an adapter both itself and the network with it merged in."""
        if self.recipe.lora is None:
            save_checkpoint(folder, self.averaged, self.config)
            return
        save_adapter(folder, self.averaged, self.recipe.lora, self.base)
        save_checkpoint(folder, merge_adapter(copy.deepcopy(self.averaged)), self.config)

    def _about(self) -> dict[str, Any]:
        """What the run stands on, for resolved.yaml."""
        device = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        return {
            "data_hash": self.data.data_hash,
            "films_to_train_on": sum(map(len, self.data.train)),
            "films_to_validate_on": sum(map(len, self.data.validation)),
            "starts_from": self.base,
            "total_parameters": self.config.total_parameters,
            "trainable_parameters": self.config.trainable_parameters,
            "device": device,
            "processes": self.world.size,
            "bf16": self.bf16,
            "torch": str(torch.__version__),
            **self.about,
        }


class _Averages:
    """Exponential averages of weights and batch-norm statistics; the decay grows in over the first steps.

    What is frozen is the same in both and left alone. Without averaging the weights are copied once an epoch.
    """

    def __init__(self, network: nn.Module, averaged: nn.Module, decay: float):
        self._decay = decay
        frozen = {name for name, p in network.named_parameters() if not p.requires_grad}
        new, means = network.state_dict(), averaged.state_dict()
        names = [name for name in new if name not in frozen]
        self._floats = [(means[n], new[n]) for n in names if new[n].is_floating_point()]
        self._counts = [(means[n], new[n]) for n in names if not new[n].is_floating_point()]

    @torch.no_grad()
    def update(self, updates: int) -> None:
        """After an optimiser step; `updates` have been made."""
        if not self._decay:
            return
        decay = min(self._decay, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(  # pyright: ignore[reportPrivateImportUsage]  as torch's own swa_utils does
            [m for m, _ in self._floats], [n for _, n in self._floats], 1 - decay
        )
        for mean, new in self._counts:
            mean.copy_(new)

    @torch.no_grad()
    def finish(self) -> None:
        """Before the averages are used."""
        if not self._decay:
            for mean, new in (*self._floats, *self._counts):
                mean.copy_(new)
