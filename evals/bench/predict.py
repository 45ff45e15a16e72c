"""Benchmark `predict`: scores of a test set from JPEGs against the bare forward pass of the same network.

    cxr-lens bench predict --json

The network has densenet-pc's architecture with random weights; the films are synthesised, CheXpert small's size. Rounds
of both take turns, so that a busy machine slows both; `vs_forward` is the median over the rounds of one's rate against
the other's; the same by processor time leaves out how long other programs kept either waiting.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ...training.device import pick_device
from ...training.evaluation.prediction import predict_table
from ...training.findings import CHEXPERT
from ...training.models.classifier import Classifier
from ...training.models.config import ModelConfig, Preprocessing
from ...training.models.networks import build_network
from ...training.tables import CaseTable, read_table
from .films import Stopwatch, alternate, idle_threads, median_ratio
from .memory_peak import AnonymousMemoryPeak

_SIZE = (390, 320)  # width and height, CheXpert small
_BATCH = 8


def run(films: int | None = None, rounds: int = 7) -> dict[str, float]:
    """The figures. `films` per round, by default 24 without a GPU and 2,048 with one."""
    device = pick_device("auto")
    films = films or (2048 if device == "cuda" else 24)
    batch = 128 if device == "cuda" else _BATCH
    classifier = _classifier(device)
    with tempfile.TemporaryDirectory() as folder, idle_threads() as threads:
        table = _synthesise(Path(folder), films)
        ready = torch.randn(batch, 1, 224, 224, device=device) * 300
        _forward(classifier, ready, batch)  # warm up
        predict_table(classifier, table, batch=batch, progress=False)
        peaks: list[float | None] = []
        processor: dict[str, list[float]] = {"bare": [], "whole": []}

        def bare() -> float:
            with Stopwatch() as watch:
                _forward(classifier, ready, films)
            processor["bare"].append(watch.processor)
            return films / watch.wall

        def whole() -> float:
            with AnonymousMemoryPeak() as memory, Stopwatch() as watch:
                predict_table(classifier, table, batch=batch, progress=False)
            peaks.append(memory.mib)
            processor["whole"].append(watch.processor)
            return films / watch.wall

        rates = alternate({"bare": bare, "whole": whole}, rounds)
        scores = [
            predict_table(classifier, _first(table, 8), batch=size, progress=False).scores.to_numpy()
            for size in (1, 3, 8)
        ]
    figures = {
        "vs_forward": median_ratio(rates["whole"], rates["bare"]),
        "vs_forward_by_processor_time": median_ratio(processor["bare"], processor["whole"]),
        "films_per_second": statistics.median(rates["whole"]),
        "forward_films_per_second": statistics.median(rates["bare"]),
        "batch_size_difference": max(float(np.abs(one - scores[0]).max()) for one in scores[1:]),
        "threads": float(threads),
    }
    if all(peak is not None for peak in peaks):
        known = [peak for peak in peaks if peak is not None]
        figures |= {"peak_anonymous_mib": max(known), "growth_mib": known[-1] - known[0]}
    return figures


def _classifier(device: str) -> Classifier:
    torch.manual_seed(0)
    labels = tuple(name for name in CHEXPERT.names if name != "No Finding")
    config = ModelConfig(
        name="densenet-pc/random",
        family="densenet-pc",
        arch="xrv:densenet121",
        labels=labels,
        finding_of={name: name for name in labels},
        preprocessing=Preprocessing(size=224, resize="centre-crop", mean=(0.5,), std=(1 / 2048,)),  # xrv's
        target_layer="relu(features(x))",
    )
    network = build_network(config.arch, len(labels), 1, {}).eval().to(device)
    return Classifier(config, network, "0" * 64, torch.device(device))


def _synthesise(folder: Path, count: int) -> CaseTable:
    """Grey JPEGs with structure at all scales, so that they cost to decode what films cost."""
    rng = np.random.default_rng(0)
    rows = ["Path,Edema"]
    width, height = _SIZE
    for i in range(count):
        film = np.zeros((height, width), np.float32)
        for cells in (4, 16, 64):
            coarse = Image.fromarray(rng.random((cells, cells), dtype=np.float32))
            film += np.asarray(coarse.resize(_SIZE, Image.Resampling.BICUBIC)) / 3
        path = f"films/patient{i:05}/study1/view1_frontal.jpg"
        (folder / path).parent.mkdir(parents=True)
        Image.fromarray((np.clip(film, 0, 1) * 255).astype(np.uint8)).save(folder / path, quality=90)
        rows.append(f"{path},{i % 2}")
    (folder / "valid.csv").write_text("\n".join(rows) + "\n")
    return read_table(folder / "valid.csv")


def _first(table: CaseTable, count: int) -> CaseTable:
    return CaseTable(table.frame.iloc[:count], table.name, table.source, table.csv)


def _forward(classifier: Classifier, x: torch.Tensor, films: int) -> None:
    done = [classifier.logits(x) for _ in range(0, films, len(x))]
    done[-1].cpu()  # waits for a GPU
