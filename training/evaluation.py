"""Scores of a classifier over a table: AUROC with intervals per finding, rates at stored thresholds, ROC curves."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from .checkpoints import write_atomically
from .classifier import Classifier, normalise
from .errors import RadiographError, TableError
from .films import decode_film
from .policies import LabelPolicy
from .statistics import auprc, auroc_interval, mean_auroc_interval, patient_weights
from .tables import CaseTable
from .thresholds import enough, rates_at

KNOWN_ONLY = LabelPolicy(uncertain="ignore", blank="ignore")
"""The truth models are measured against: uncertain and blank labels are left out."""


def predict_table(
    classifier: Classifier,
    table: CaseTable,
    *,
    batch: int = 32,
    skip_bad: bool = False,
    progress: bool = True,
) -> pd.DataFrame:
    """Scores of every film: index `case_id`, one column in [0, 1] per finding the model has.

    Films are decoded by threads a batch ahead of the network. With `skip_bad`, films that cannot be read are left out
    and listed in `.attrs["skipped"]`; else the first one is a `TableError` that names its line.
    """
    findings = classifier.config.finding_of
    columns = [i for i, label in enumerate(classifier.labels) if label in findings]
    ids: list[str] = []
    scores: list[np.ndarray] = []
    skipped: list[str] = []
    bar = tqdm(
        total=len(table),
        desc=f"{classifier.name} on {table.name}",
        unit="film",
        file=sys.stderr,
        disable=not progress,
    )
    with bar:
        for case_ids, x, problems in _batches(classifier, table, batch):
            if problems and not skip_bad:
                raise TableError(f"{problems[0]} (--skip-bad leaves such films out)")
            skipped += problems
            if case_ids:
                ids += case_ids
                scores.append(classifier.scores(classifier.logits(x)).cpu().numpy()[:, columns])
            bar.update(len(case_ids) + len(problems))
    if not ids:
        raise TableError(f"{table.name}: no film could be read; the first: {skipped[0]}")
    names = [findings[classifier.labels[i]] for i in columns]
    frame = pd.DataFrame(np.concatenate(scores), index=pd.Index(ids, name="case_id"), columns=names)
    frame.attrs["skipped"] = skipped
    return frame


def _batches(classifier: Classifier, table: CaseTable, batch: int) -> Iterator[tuple[list[str], Tensor, list[str]]]:
    preprocessing = classifier.config.preprocessing

    def read(row: pd.Series) -> np.ndarray | str:
        try:
            return decode_film(table.path_of(row), preprocessing)[0]
        except TableError as error:
            return str(error)
        except RadiographError as error:
            return f"{table.name} line {row['line']}: {error}"

    rows = table.rows()
    parts = [rows[i : i + batch] for i in range(0, len(rows), batch)]
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(read, row) for row in parts[0]]
        for number, part in enumerate(parts):
            films = [job.result() for job in waiting]
            waiting = [pool.submit(read, row) for row in parts[number + 1]] if number + 1 < len(parts) else []
            good = [(row, film) for row, film in zip(part, films, strict=True) if isinstance(film, np.ndarray)]
            pixels = np.stack([film for _, film in good]) if good else np.zeros((0, 1, 1), np.uint8)
            x = torch.from_numpy(pixels).to(classifier.device)[:, None].float() / 255
            yield (
                [str(row["case_id"]) for row, _ in good],
                normalise(x, preprocessing),
                [film for film in films if isinstance(film, str)],
            )


def evaluate(
    classifier: Classifier, table: CaseTable, scores: pd.DataFrame, *, replicates: int = 1000
) -> dict[str, Any]:
    """The scores of `predict_table` against the table's truth, as the document of `cxr-lens evaluate --json`."""
    frame = table.frame.set_index("case_id").loc[scores.index]
    weights = patient_weights(frame["patient"].tolist(), replicates, seed=0)
    names = [name for name in table.findings.names if name in scores.columns]
    targets = KNOWN_ONLY.targets(frame, names)
    findings: dict[str, Any] = {}
    pairs, over = [], []
    for i, name in enumerate(names):
        truth, own = targets[:, i], scores[name].to_numpy(dtype=float)
        interval = auroc_interval(truth, own, weights)
        threshold = classifier.config.threshold(name)
        sensitivity, specificity = rates_at(truth, own, threshold.value)
        findings[name] = {
            "auroc": interval.value,
            "low": interval.low,
            "high": interval.high,
            "positives": int((truth == 1).sum()),
            "negatives": int((truth == 0).sum()),
            "auprc": auprc(truth, own),
            "threshold": threshold.value,
            "threshold_rule": threshold.rule,
            "f1": _f1(truth, own, threshold.value),
            "sensitivity": sensitivity,
            "specificity": specificity,
            "label_source": classifier.config.label_source.get(name),
        }
        if enough(truth):
            pairs.append((truth, own))
            over.append(name)
    mean = mean_auroc_interval(pairs, weights)
    return {
        "model": classifier.name,
        "weights_sha256": classifier.weights_sha256,
        "table": table.name,
        "truth_source": table.source,
        "images": len(frame),
        "patients": int(frame["patient"].nunique()),
        "skipped": list(scores.attrs.get("skipped", [])),
        "mean_auroc": mean.value,
        "mean_low": mean.low,
        "mean_high": mean.high,
        "mean_over": over,
        "findings": findings,
    }


def _f1(truth: np.ndarray, scores: np.ndarray, threshold: float) -> float | None:
    """F1 over the known films; None without positives."""
    called, positive, known = scores >= threshold, truth == 1, ~np.isnan(truth)
    if not positive.any():
        return None
    right = int((called & positive).sum())
    return 2 * right / int(positive.sum() + (called & known).sum())


def roc_figure(table: CaseTable, scores: pd.DataFrame, report: dict[str, Any]) -> bytes:
    """PNG with the ROC curve of every finding that has ten positives and negatives."""
    from matplotlib.figure import Figure  # noqa: PLC0415  takes 0.4 s to import

    figure = Figure(figsize=(7, 7), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    frame = table.frame.set_index("case_id").loc[scores.index]
    for number, name in enumerate(report["mean_over"]):
        truth = KNOWN_ONLY.targets(frame, [name])[:, 0]
        known = ~np.isnan(truth)
        order = np.argsort(-scores[name].to_numpy()[known], kind="stable")
        s, p = scores[name].to_numpy()[known][order], truth[known][order] == 1
        last = np.flatnonzero(np.r_[np.diff(s) < 0, True])
        tpr = np.r_[0, np.cumsum(p)[last] / p.sum()]
        fpr = np.r_[0, np.cumsum(~p)[last] / (~p).sum()]
        style = ("-", "--", ":")[number // 7 % 3]
        axes.plot(fpr, tpr, style, label=f"{name} {report['findings'][name]['auroc']:.2f}")
    axes.set(
        xlabel="1 - specificity",
        ylabel="sensitivity",
        aspect="equal",
        title=f"{report['model']} on {report['table']}, {report['images']} films",
    )
    if report["mean_over"]:
        axes.legend(loc="lower right", fontsize=8, title="AUROC", frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def write_evaluation(out: Path, report: dict[str, Any], figure: bytes, scores: pd.DataFrame) -> None:
    """`evaluation.json`, `roc.png` and `scores.csv` in a folder."""
    write_atomically(out / "evaluation.json", json.dumps(report, indent=1, allow_nan=False) + "\n")
    write_atomically(out / "roc.png", figure)
    write_atomically(out / "scores.csv", scores.to_csv(float_format="%.6f"))
