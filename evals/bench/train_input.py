"""How fast training films arrive: from the cache and straight from JPEGs, against the source project's way.

The source's way, per film and without augmentation: PIL, RGB, Resize 224, ToTensor, Normalize, in a DataLoader with as
many workers as the other ways may use. What arrives is one batch of 32 after another; ours are uint8, for they are
scaled and normalised on the device.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from ...training.films.batches import feed
from ...training.films.cache import build_cache
from ...training.films.film_pixels import FilmPixels, StoredFilms, StreamedFilms
from ...training.films.training_set import FilmSet
from ...training.fine_tuning.distributed import World
from ...training.models.config import Preprocessing
from ...training.tables import CaseTable, read_table
from .films import MemoryWatch, alternate, anonymous_mb, median_ratio, write_bench_films

_FILMS, _BATCH, _ROUNDS = 640, 32, 5


class _SourceDataset(Dataset):
    """A film as the source project reads it: (3, 224, 224) f32."""

    def __init__(self, paths: list[Path]):
        from torchvision import transforms  # noqa: PLC0415  seconds, and only this benchmark needs it

        self._paths = paths
        self._transform = transforms.Compose(
            [transforms.Resize((224, 224)), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.25] * 3)]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Any:
        return self._transform(Image.open(self._paths[index]).convert("RGB"))


def run() -> dict[str, float]:
    workers = min(4, os.cpu_count() or 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder, MemoryWatch() as memory:
            table = read_table(write_bench_films(Path(folder), _FILMS))
            figures = _measure(table, workers)
    finally:
        torch.set_num_threads(threads)
    return figures | memory.figures()


def _measure(table: CaseTable, workers: int) -> dict[str, float]:
    preprocessing = Preprocessing(size=224)
    paths = [table.path_of(row) for row in table.film_rows()]
    loader = DataLoader(
        _SourceDataset(paths), batch_size=_BATCH, shuffle=True, num_workers=workers, persistent_workers=True
    )
    cached = StoredFilms(build_cache(table, preprocessing, workers=workers, progress=False)[0].pixels)
    streamed = StreamedFilms(table, preprocessing, workers=workers)

    def source() -> float:
        return _rate(len(batch) for batch in loader)

    def ours(pixels: FilmPixels, epochs: int) -> float:
        films = FilmSet(
            "bench", "real", pixels, np.zeros((len(pixels), 14), np.float32), np.array([""] * len(pixels)),
            ((),) * len(pixels),
        )  # fmt: skip
        rng = np.random.default_rng(0)
        order = np.concatenate([rng.permutation(len(pixels)) for _ in range(epochs)])
        pairs = np.stack([np.zeros_like(order), order], 1)
        batches = [pairs[i : i + _BATCH] for i in range(0, len(pairs), _BATCH)]
        return _rate(len(batch.pixels) for batch in feed([films], batches, World()))

    for warm in (source, lambda: ours(cached, 1), lambda: ours(streamed, 1)):
        warm()
    before = anonymous_mb()
    rates = alternate(
        {"source": source, "jpeg": lambda: ours(streamed, 2), "cache": lambda: ours(cached, 20)}, _ROUNDS
    )
    after = anonymous_mb()
    middle = {f"{name}_images_per_second": float(np.median(values)) for name, values in rates.items()}
    growth = {} if before is None or after is None else {"anonymous_growth_mb": after - before}
    return {
        "cache_vs_source": median_ratio(rates["cache"], rates["source"]),
        "jpeg_vs_source": median_ratio(rates["jpeg"], rates["source"]),
        "jpeg_grey_levels_from_pil": _difference(paths, streamed),
        "workers": float(workers),
        **middle,
        **growth,
    }


def _rate(batches: Any) -> float:
    """Films per second."""
    began = time.perf_counter()
    films = sum(batches)
    return films / (time.perf_counter() - began)


def _difference(paths: list[Path], streamed: StreamedFilms) -> float:
    """Largest difference from Pillow's own decoding and resizing, grey levels of 255."""
    some = np.arange(0, len(paths), 20)
    pixels, _ = streamed.take(some)
    theirs = [Image.open(paths[i]).convert("L").resize((224, 224), Image.Resampling.BILINEAR) for i in some]
    return float(np.abs(pixels.astype(int) - np.stack([np.asarray(t, int) for t in theirs])).max())
