"""The pictures of an evaluation: ROC, precision-recall and reliability curves, as PNG."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .measure import Scored

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("-", "--", ":")  # the colour cycle has ten; a finding is told by colour and dash


def evaluation_figures(scored: Scored, report: dict[str, Any]) -> dict[str, bytes]:
    """File name -> PNG. Curves are drawn for findings with an AUROC; the legend counts their positives."""
    return {
        "roc.png": _png(_roc_figure(scored, report)),
        "precision_recall.png": _png(_precision_recall_figure(scored, report)),
        "reliability.png": _png(_reliability_figure(report)),
    }


def roc_points(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(1 - specificity, sensitivity) at each distinct score, from (0, 0) to (1, 1). Truth is 1, 0 or NaN."""
    tp, fp = _cumulative(truth, scores)
    return np.r_[0, fp / fp[-1]], np.r_[0, tp / tp[-1]]


def precision_recall_points(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(recall, precision) at each distinct score, highest first."""
    tp, fp = _cumulative(truth, scores)
    return tp / tp[-1], tp / (tp + fp)


def _cumulative(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(truth)
    order = np.argsort(-scores[known], kind="stable")
    s, p = scores[known][order], truth[known][order] == 1
    last = np.flatnonzero(np.r_[np.diff(s) < 0, True])  # last film of each distinct score
    return np.cumsum(p)[last], np.cumsum(~p)[last]


def _new(report: dict[str, Any], width: float, height: float) -> Figure:
    from matplotlib.figure import Figure  # noqa: PLC0415  takes 0.4 s to import

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(f"{report['model']} on {report['table']}, {report['images']} films", fontsize=11)
    return figure


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _roc_figure(scored: Scored, report: dict[str, Any]) -> Figure:
    figure = _new(report, 7, 7.2)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for number, name in enumerate(report["mean_over"]):
        own = report["findings"][name]
        label = f"{name} {own['auroc']:.2f} ({own['positives']})"
        axes.plot(*roc_points(*scored.pair(name)), _STYLES[number // 7 % 3], linewidth=1.3, label=label)
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", aspect="equal", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", fontsize=7, title="AUROC (positives)", title_fontsize=8, frameon=False)
    return figure


def _precision_recall_figure(scored: Scored, report: dict[str, Any]) -> Figure:
    figure = _new(report, 9, 6)
    axes = figure.add_subplot()
    for number, name in enumerate(report["mean_over"]):
        own = report["findings"][name]
        recall, precision = precision_recall_points(*scored.pair(name))
        label = f"{name} {own['auprc']:.2f} (chance {own['prevalence']:.2f})"
        axes.step(recall, precision, _STYLES[number // 7 % 3], where="pre", linewidth=1.3, label=label)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    if axes.get_legend_handles_labels()[0]:
        figure.legend(
            loc="outside right upper", fontsize=7, title="average precision", title_fontsize=8, frameon=False
        )
    return figure


def _reliability_figure(report: dict[str, Any]) -> Figure:
    """One small panel per finding with films of a known truth; a dot's area is the share of films in its bin."""
    names = [name for name, own in report["findings"].items() if own["reliability"]]
    columns = max(1, min(4, len(names)))
    rows = max(1, math.ceil(len(names) / columns))
    figure = _new(report, 2.4 * columns + 0.6, 2.5 * rows + 0.6)
    for place, name in enumerate(names):
        own = report["findings"][name]
        axes = figure.add_subplot(rows, columns, place + 1)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        bins = own["reliability"]
        counts = np.array([b["count"] for b in bins], dtype=float)
        x, y = [b["mean_score"] for b in bins], [b["positive_share"] for b in bins]
        axes.plot(x, y, color="C0", linewidth=0.8)
        axes.scatter(x, y, s=8 + 90 * counts / counts.sum(), color="C0", alpha=0.7)
        error = own["ece_after"] if own["calibrated"] else own["ece_before"]
        state = "calibrated" if own["calibrated"] else "not calibrated"
        axes.set_title(f"{name}\nECE {error:.3f}, {state}", fontsize=8)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.tick_params(labelsize=7)
    figure.supxlabel("mean score of the bin", fontsize=9)
    figure.supylabel("share with the finding", fontsize=9)
    return figure
