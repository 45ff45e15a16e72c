"""Benchmark `predict`: scores of a test set from JPEGs against the bare forward pass of the same network.

    cxr-lens bench predict --json

The network has densenet-pc's architecture with random weights; the films are synthesised, CheXpert small's size. Rounds
of both take turns, so that a busy machine slows both; `vs_forward` is the ratio of their median rates.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
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
from .memory_peak import AnonymousMemoryPeak

_SIZE = (390, 320)  # width and height, CheXpert small
_BATCH = 16


def run(films: int | None = None, rounds: int = 3) -> dict[str, float]:
    """The figures. `films` per round, by default 64 without a GPU and 2,048 with one."""
    device = pick_device("auto")
    films = films or (2048 if device == "cuda" else 64)
    batch = 128 if device == "cuda" else _BATCH
    classifier = _classifier(device)
    with tempfile.TemporaryDirectory() as folder:
        table = _synthesise(Path(folder), films)
        ready = torch.randn(batch, 1, 224, 224, device=device) * 300
        _forward(classifier, ready, batch)  # warm up
        predict_table(classifier, table, batch=batch, progress=False)
        bare, whole, peaks = [], [], []
        for _ in range(rounds):
            bare.append(_seconds(lambda: _forward(classifier, ready, films)))
            with AnonymousMemoryPeak() as memory:
                whole.append(_seconds(lambda: predict_table(classifier, table, batch=batch, progress=False)))
            peaks.append(memory.mib)
        one = predict_table(classifier, _first(table, 8), batch=1, progress=False).scores
        many = predict_table(classifier, _first(table, 8), batch=8, progress=False).scores
    figures = {
        "vs_forward": statistics.median(bare) / statistics.median(whole),
        "films_per_second": films / statistics.median(whole),
        "forward_films_per_second": films / statistics.median(bare),
        "batch_size_difference": float(np.abs(one.to_numpy() - many.to_numpy()).max()),
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


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
