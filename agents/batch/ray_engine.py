"""The Ray engine of a batch run: the same code on the workers of a cluster, results kept by the one that asked.

    cxr-lens batch --data CSV --out DIR --engine ray [--address auto]

Cases go out in chunks; a chunk whose worker or node dies is done again elsewhere by Ray (`max_retries`), and since
only the driver writes, no case is written twice. Workers load the models once and read the films themselves: table
and films must lie at the same place on every node. Without an address one worker per processor runs on this machine, on
loopback alone, and ends with the run. Needs the extra: pip install "chest-xray-lens[ray]".
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...training.errors import RequestError
from .cases import BatchCase
from .job import BatchJob, Engine, Explained
from .run import explain_cases

CHUNK = 16
"""Cases a task explains, at the least: one forward pass of the default size."""
CHUNK_PER_WORKER = 4
"""And so many for each case a task explains at once: while some wait for an LLM, the next are prepared."""
RETRIES = 3
"""Times a chunk is tried again after its worker died."""
AHEAD = 2
"""Chunks in flight per worker: memory does not grow with the number of cases."""
LOOPBACK = ("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
"""Makes a cluster that is started here listen on 127.0.0.1. Without it Ray (2.60) listens on every interface of a Linux
machine, even when told `_node_ip_address="127.0.0.1"`. Read when Ray is imported."""
STORE_BYTES = 512 * 2**20
"""Shared memory of a cluster that is started here: the models, and reports on their way back."""


def ray_engine(address: str | None = None, *, chunk: int | None = None) -> Engine:
    """An engine for `run_batch`; `RequestError` with the install command where Ray is missing."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read by Ray alone: nothing is told to its makers
    if address is None:
        os.environ.setdefault(*LOOPBACK)
    try:
        import ray  # noqa: PLC0415  an extra
        from ray.exceptions import RayError  # noqa: PLC0415
    except ImportError:
        raise RequestError('--engine ray needs Ray: pip install "chest-xray-lens[ray]"') from None

    def engine(job: BatchJob, left: Sequence[BatchCase], should_stop: Callable[[], bool]) -> Iterator[Explained]:
        started = not ray.is_initialized()
        if started:
            _connect(ray, address)
        try:
            shared = ray.put(job)
            task: Any = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=False)(_explain_chunk)
            size = chunk or max(CHUNK, CHUNK_PER_WORKER * job.settings.workers)
            chunks = [left[i : i + size] for i in range(0, len(left), size)]
            limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            running: dict[Any, Sequence[BatchCase]] = {}
            while chunks or running:
                while chunks and len(running) < limit and not should_stop():
                    part = chunks.pop(0)
                    running[task.remote(shared, part)] = part
                if not running:
                    return
                (ready, *_), _ = ray.wait(list(running), num_returns=1)
                part = running.pop(ready)
                try:
                    yield from ray.get(ready)
                except RayError as error:
                    reason = f"the worker failed {RETRIES + 1} times: {type(error).__name__}"
                    yield from (Explained(case, failure=reason) for case in part)
        finally:
            if started:
                ray.shutdown()

    return engine


def _connect(ray: Any, address: str | None) -> None:
    """To the cluster at an address, or to one that is started here and can be reached from this machine alone."""
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        ray.init(object_store_memory=STORE_BYTES, include_dashboard=False, **quiet)
        return
    try:
        host, _, port = address.rpartition(":")
        if host and port.isdigit() and "//" not in host:
            socket.create_connection((host, int(port)), timeout=10).close()  # Ray itself tries for five minutes
        ray.init(address=address, **quiet)
    except (OSError, ValueError) as error:
        first = str(error).strip().partition("\n")[0] or type(error).__name__
        raise RequestError(f"--address {address}: no Ray cluster answers there ({first})") from None


def _explain_chunk(job: BatchJob, part: Sequence[BatchCase]) -> list[Explained]:
    """On a worker: the local engine over one chunk."""
    return list(explain_cases(job, part, lambda: False))
