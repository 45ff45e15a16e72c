"""Scores of a classifier for every film of a table, decoded ahead of the network.

Films are decoded by threads two batches ahead, so the network never waits where decoding keeps up; memory holds those
batches and the scores, however long the table. Scores do not depend on the batch size: the network is in eval mode and
computes in full float32 (TF32 would move them by up to 1e-3).
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from ..errors import RadiographError, TableError
from ..films.sized import decode_film
from ..models.classifier import Classifier, normalise
from ..tables import CaseTable

_AHEAD = 2  # batches


@dataclass(frozen=True)
class TablePredictions:
    """Scores of the films that could be read, in the table's order."""

    scores: pd.DataFrame
    """Index `case_id`, one column in [0, 1] per finding the model has: what the model reports."""
    uncalibrated: pd.DataFrame
    """The same before calibration and operating points: sigmoid of the logit."""
    skipped: tuple[str, ...] = ()
    """One sentence per film that could not be read and was left out."""


def predict_table(
    classifier: Classifier,
    table: CaseTable,
    *,
    batch: int = 32,
    skip_bad: bool = False,
    workers: int | None = None,
    progress: bool = True,
) -> TablePredictions:
    """Scores of every film. With `skip_bad`, films that cannot be read are left out and listed; else the first one is
    a `TableError` that names its line."""
    findings = classifier.config.finding_of
    columns = [i for i, label in enumerate(classifier.labels) if label in findings]
    names = [findings[classifier.labels[i]] for i in columns]
    ids: list[str] = []
    scores: list[np.ndarray] = []
    uncalibrated: list[np.ndarray] = []
    skipped: list[str] = []
    bar = tqdm(
        total=len(table),
        desc=f"{classifier.name} on {table.name}",
        unit="film",
        file=sys.stderr,
        disable=not progress,
        mininterval=0.5 if sys.stderr.isatty() else 20,
    )
    with bar, _full_precision(classifier.device):
        for case_ids, x, problems in _batches(classifier, table, batch, workers):
            if problems and not skip_bad:
                raise TableError(f"{problems[0]} (--skip-bad leaves such films out)")
            skipped += problems
            if case_ids:
                logits = classifier.logits(x)
                ids += case_ids
                scores.append(classifier.scores(logits).cpu().numpy()[:, columns])
                uncalibrated.append(torch.sigmoid(logits).cpu().numpy()[:, columns])
            bar.update(len(case_ids) + len(problems))
    if not ids:
        raise TableError(f"{table.name}: no film could be read; the first: {skipped[0]}")
    index = pd.Index(ids, name="case_id")
    return TablePredictions(
        scores=pd.DataFrame(np.concatenate(scores), index=index, columns=pd.Index(names)),
        uncalibrated=pd.DataFrame(np.concatenate(uncalibrated), index=index, columns=pd.Index(names)),
        skipped=tuple(skipped),
    )


def _full_precision(device: torch.device) -> AbstractContextManager[None]:
    """cuDNN without TF32, as long as the context lasts."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=torch.backends.cudnn.enabled, allow_tf32=False)


def _batches(
    classifier: Classifier, table: CaseTable, batch: int, workers: int | None
) -> Iterator[tuple[list[str], Tensor, list[str]]]:
    """(case ids, network input on the device, problems) of each batch."""
    preprocessing = classifier.config.preprocessing

    def read(row: dict[str, Any]) -> np.ndarray | str:
        try:
            return decode_film(table.path_of(row), preprocessing)[0]
        except TableError as error:
            return str(error)
        except RadiographError as error:
            return f"{table.name} line {row['line']}: {error}"

    films = table.film_rows()
    cases = [str(case) for case in table.frame["case_id"]]
    parts = iter([slice(start, start + batch) for start in range(0, len(films), batch)])
    waiting: deque[tuple[list[str], list[Future[np.ndarray | str]]]] = deque()
    with ThreadPoolExecutor(workers or min(16, os.cpu_count() or 1)) as pool:
        try:
            while True:
                while len(waiting) <= _AHEAD and (part := next(parts, None)) is not None:
                    waiting.append((cases[part], [pool.submit(read, row) for row in films[part]]))
                if not waiting:
                    return
                ids, jobs = waiting.popleft()
                results = [job.result() for job in jobs]
                good = [(case, film) for case, film in zip(ids, results, strict=True) if isinstance(film, np.ndarray)]
                pixels = np.stack([film for _, film in good]) if good else np.zeros((0, 1, 1), np.uint8)
                x = torch.from_numpy(pixels).to(classifier.device)[:, None].float() / 255  # (N, 1, S, S)
                yield (
                    [case for case, _ in good],
                    normalise(x, preprocessing),
                    [film for film in results if isinstance(film, str)],
                )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
