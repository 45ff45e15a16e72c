"""Whether training waits for data: a densenet-pc step fed by the pipeline against the same step fed from memory.

The pipeline gathers from the film cache on a thread, moves to the device and augments there; from memory means a batch
that lies on the device ready-made. Both run the paper recipe's forward, backward and optimiser step.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from ...training.films.augmentation import Augmentation
from ...training.films.batches import Batch, Gathered, build_batch, feed, gather, step_generator
from ...training.films.cache import build_cache
from ...training.films.film_pixels import StoredFilms
from ...training.films.training_set import FilmSet
from ...training.fine_tuning.adapters import freeze_for_adapter
from ...training.fine_tuning.distributed import World
from ...training.fine_tuning.finetune import bf16_is_native
from ...training.fine_tuning.losses import StepLoss
from ...training.fine_tuning.optimisers import make_optimiser
from ...training.fine_tuning.recipe import Recipe, read_recipe
from ...training.fine_tuning.starting import start_network
from ...training.tables import read_table
from .films import MemoryWatch, Stopwatch, alternate, idle_threads, median_ratio, write_bench_films

_CONFIG = Path(__file__).resolve().parents[2] / "training" / "configs" / "paper" / "densenet-pc.yaml"
_AUGMENTATION = Augmentation(rotate=7, shift=0.04, scale=0.1, brightness=0.1, contrast=0.15)
"""That of the `best` recipe."""


def run() -> dict[str, float]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    batch, steps, rounds = (128, 30, 5) if device.type == "cuda" else (4, 1, 9)
    recipe = read_recipe(_CONFIG)
    with tempfile.TemporaryDirectory() as folder, MemoryWatch() as memory, idle_threads() as threads:
        table = read_table(write_bench_films(Path(folder), 8 * batch))
        cache, _ = build_cache(table, recipe.preprocessing, progress=False)
        targets = np.random.default_rng(0).integers(0, 2, (len(table), len(recipe.labels))).astype(np.float32)
        films = FilmSet(
            "bench", "real", StoredFilms(cache.pixels), targets, np.array([""] * len(table)), ((),) * len(table)
        )
        figures = _measure(recipe, films, device, batch, steps, rounds)
    return figures | {"threads": float(threads)} | memory.figures()


def _measure(  # noqa: PLR0917  one call
    recipe: Recipe, films: FilmSet, device: torch.device, size: int, steps: int, rounds: int
) -> dict[str, float]:
    network = start_network(recipe, None).to(device)
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  torch's own stubs leave it out
    optimiser, loss = make_optimiser(network, recipe.optimiser), StepLoss(network, recipe)
    bf16 = device.type == "cuda" and bf16_is_native(device)
    seconds_on_data: list[float] = []

    def build(gathered: Gathered, step: int) -> Batch:
        return build_batch(
            gathered,
            augmentation=_AUGMENTATION,
            preprocessing=recipe.preprocessing,
            generator=step_generator(0, 0, step),
            device=device,
        )

    def learn(batch: Batch) -> None:
        network.train()
        freeze_for_adapter(network)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            value = loss(batch, float(batch.targets.numel()))
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize()

    rng = np.random.default_rng(0)
    order = np.concatenate(
        [rng.permutation(len(films)) for _ in range(-(-(2 * rounds * steps + 2) * size // len(films)))]
    )
    pairs = np.stack([np.zeros_like(order), order], 1)
    ready = build(gather([films], pairs[:size], World()), 0)
    feeder = feed(
        [films], [pairs[i : i + size] for i in range(0, len(pairs), size)], World(), pin=device.type == "cuda"
    )

    processor: dict[str, list[float]] = {"memory": [], "fed": []}

    def from_memory() -> float:
        with Stopwatch() as watch:
            for _ in range(steps):
                learn(ready)
            wait()
        processor["memory"].append(watch.processor)
        return steps * size / watch.wall

    def fed() -> float:
        waited = 0.0
        with Stopwatch() as watch:
            for step in range(steps):
                asked = time.perf_counter()
                batch = build(next(feeder), step)
                waited += time.perf_counter() - asked
                learn(batch)
            wait()
        processor["fed"].append(watch.processor)
        seconds_on_data.append(waited / watch.wall)
        return steps * size / watch.wall

    for warm in (from_memory, fed):
        warm()
    for measured in (seconds_on_data, *processor.values()):
        measured.clear()
    rates = alternate({"memory": from_memory, "fed": fed}, rounds)
    feeder.close()
    return {
        "fed_vs_memory": median_ratio(rates["fed"], rates["memory"]),
        "fed_vs_memory_by_processor_time": median_ratio(processor["memory"], processor["fed"]),
        "data_share_of_time": float(np.median(seconds_on_data)),
        "fed_images_per_second": float(np.median(rates["fed"])),
        "memory_images_per_second": float(np.median(rates["memory"])),
        "batch": float(size),
    }
