"""Curves of a run as PNG: loss per batch, loss per epoch, AUROC per epoch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..models.checkpoints import write_atomically

_KINDS = ("real", "synthetic")


def draw_curves(out: Path, steps: Sequence[dict[str, float]], epochs: Sequence[dict[str, Any]]) -> None:
    """Write `loss_batches.png`, and once an epoch is done `loss_epochs.png` and `auroc.png`."""
    if steps:
        _draw(out / "loss_batches.png", "optimiser step", "loss", lambda axes: _batches(axes, steps))
    if epochs:
        _draw(out / "loss_epochs.png", "epoch", "loss", lambda axes: _losses(axes, epochs))
    if any(f"validation_{kind}" in line for line in epochs for kind in _KINDS):
        _draw(out / "auroc.png", "epoch", "AUROC on the validation split", lambda axes: _aurocs(axes, epochs))


def _draw(path: Path, x: str, y: str, fill: Any) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  takes 0.4 s to import

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    fill(axes)
    axes.set(xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    write_atomically(path, buffer.getvalue())


def _batches(axes: Any, steps: Sequence[dict[str, float]]) -> None:
    x = np.array([row["update"] for row in steps])
    loss = np.array([row["loss"] for row in steps])
    axes.plot(x, loss, color="0.75", linewidth=0.8, label="batch")
    width = max(1, len(loss) // 50)
    smooth = np.convolve(loss, np.ones(width) / width, "valid")
    axes.plot(x[width - 1 :], smooth, color="C0", label=f"mean of {width}")


def _losses(axes: Any, epochs: Sequence[dict[str, Any]]) -> None:
    x = [line["epoch"] for line in epochs]
    axes.plot(x, [line["loss"] for line in epochs], "o-", label="training")
    for kind in _KINDS:
        _line(axes, epochs, kind, "loss", f"validation, {kind}")


def _aurocs(axes: Any, epochs: Sequence[dict[str, Any]]) -> None:
    for kind in _KINDS:
        _line(axes, epochs, kind, "mean_auroc", f"mean, {kind}", linewidth=2.5)
    kind = next(k for k in _KINDS if any(f"validation_{k}" in line for line in epochs))
    shown = [line for line in epochs if f"validation_{kind}" in line]
    for number, name in enumerate(shown[0][f"validation_{kind}"]["auroc"]):
        points = [(line["epoch"], line[f"validation_{kind}"]["auroc"][name]) for line in shown]
        known = [(x, y) for x, y in points if y is not None]
        if known:
            style = ("-", "--", ":")[number // 10 % 3]
            axes.plot(*zip(*known, strict=True), style, linewidth=0.9, label=name)
    axes.axhline(0.5, color="0.8", linewidth=1)


def _line(axes: Any, epochs: Sequence[dict[str, Any]], kind: str, key: str, label: str, **style: Any) -> None:
    known = [
        (line["epoch"], line[f"validation_{kind}"][key])
        for line in epochs
        if line.get(f"validation_{kind}", {}).get(key) is not None
    ]
    if known:
        axes.plot(*zip(*known, strict=True), "o-", label=label, **style)
