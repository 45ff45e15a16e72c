"""The Ray engine of a batch run: the same code on the workers of a cluster, results kept by the one that asked.

    cxr-lens batch --data CSV --out DIR --engine ray [--address auto]

Cases go out in chunks; a chunk whose worker dies is done again elsewhere by Ray (`max_retries`), and since only the
driver writes, no case is written twice. Workers load the models once and read the films themselves: table and films
must lie at the same place on every node. Needs the extra: pip install "chest-xray-lens[ray]".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...training.errors import RequestError
from .cases import BatchCase
from .run import BatchJob, Engine, Explained, explain_cases

CHUNK = 16
"""Cases a task explains: one forward pass of the default size."""
RETRIES = 3
"""Times a chunk is tried again after its worker died."""
AHEAD = 2
"""Chunks in flight per worker: memory does not grow with the number of cases."""


def ray_engine(address: str | None = None) -> Engine:
    """An engine for `run_batch`; `RequestError` with the install command where Ray is missing."""
    try:
        import ray  # noqa: PLC0415  an extra
        from ray.exceptions import RayError  # noqa: PLC0415
    except ImportError:
        raise RequestError('--engine ray needs Ray: pip install "chest-xray-lens[ray]"') from None

    def engine(job: BatchJob, left: Sequence[BatchCase], should_stop: Callable[[], bool]) -> Iterator[Explained]:
        if not ray.is_initialized():
            ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        shared = ray.put(job)
        chunk: Any = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=False)(_explain_chunk)
        chunks = [left[i : i + CHUNK] for i in range(0, len(left), CHUNK)]
        limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        running: dict[Any, Sequence[BatchCase]] = {}
        while chunks or running:
            while chunks and len(running) < limit and not should_stop():
                part = chunks.pop(0)
                running[chunk.remote(shared, part)] = part
            if not running:
                return
            (ready, *_), _ = ray.wait(list(running), num_returns=1)
            part = running.pop(ready)
            try:
                yield from ray.get(ready)
            except RayError as error:
                reason = f"the worker failed {RETRIES + 1} times: {type(error).__name__}"
                yield from (Explained(case, failure=reason) for case in part)

    return engine


def _explain_chunk(job: BatchJob, part: Sequence[BatchCase]) -> list[Explained]:
    """On a worker: the local engine over one chunk. Benches hold films and models: they stay there."""
    results = explain_cases(job, part, lambda: False)
    return [Explained(r.case, r.report, None, r.failure, r.thumbnail) for r in results]
