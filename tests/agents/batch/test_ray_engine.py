"""The Ray engine on a cluster of two one-processor nodes on this machine, whose workers are killed while they work."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cxr_lens.agents.batch import ray_engine as engine_module
from cxr_lens.agents.batch.cases import BatchCases, list_cases
from cxr_lens.agents.batch.command import run_record
from cxr_lens.agents.batch.job import BatchJob, BatchSettings, Progress
from cxr_lens.agents.batch.ray_engine import LOOPBACK, ray_engine
from cxr_lens.agents.batch.run import run_batch
from cxr_lens.agents.batch.store import BatchStore, read_failures, read_rows
from cxr_lens.agents.llm.opening import WriterOpener, open_writers
from cxr_lens.agents.settings import Settings
from cxr_lens.training.errors import RequestError
from cxr_lens.training.models.classifier import Classifier
from PIL import Image

Pair = tuple[Classifier, Classifier]
FILMS, DAMAGED, CHUNK = 24, 5, 4
SMALL: dict[str, Any] = {"object_store_memory": 100 * 2**20}

pytestmark = [
    pytest.mark.slow,  # a cluster takes 20 s to start
    pytest.mark.skipif(sys.platform != "linux", reason="workers are found in /proc"),
]


@pytest.fixture(scope="module", autouse=True)
def _on_loopback() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*LOOPBACK)
        pytest.importorskip("ray", reason="Ray is an extra")
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster  # noqa: PLC0415  an extra

    started = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **SMALL})
    for _ in range(2):
        started.add_node(num_cpus=1, **SMALL)
    started.wait_for_nodes()
    yield started
    started.shutdown()


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, film_pixels: np.ndarray) -> BatchCases:
    """A folder of films, one of them damaged."""
    folder = tmp_path_factory.mktemp("films")
    for i in range(FILMS):
        path = folder / f"film{i:02}.png"
        Image.fromarray(np.round(np.roll(film_pixels, i, axis=0) * 255).astype(np.uint8)).save(path)
        if i == DAMAGED:
            path.write_bytes(path.read_bytes()[:300])
    return list_cases(folder)


def narrator() -> WriterOpener:
    return open_writers(Settings(), "offline", None)


def kill_worker() -> int:
    """One process of this test's cluster that explains a chunk, killed; 0 where there is none just now."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if not (entry / "cmdline").read_bytes().startswith(b"ray::_explain_chunk"):
                continue
            raylet = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            starter = int(Path(f"/proc/{raylet}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # ended meanwhile
            continue
        if starter == os.getpid():
            os.kill(int(entry.name), signal.SIGKILL)
            return int(entry.name)
    return 0


def run(
    cluster: Any, cases: BatchCases, pair: Pair, out: Path, on_progress: Any, *, resume: bool = False
) -> Progress:
    record = run_record("films", cases, pair, [narrator()()])
    job = BatchJob(cases, pair, narrator(), BatchSettings(batch=CHUNK, workers=1))
    with BatchStore.begin(out, record, cases, resume=resume, retry_failed=resume) as store:
        return run_batch(job, store, engine=ray_engine(cluster.address, chunk=CHUNK), on_progress=on_progress)


def lines(out: Path, name: str) -> list[str]:
    return (out / name).read_text().splitlines()


def test_an_address_where_no_cluster_answers_is_told_at_once(tiny_pair: Pair, cases: BatchCases) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(RequestError, match="no Ray cluster answers there"):
            next(ray_engine(address)(BatchJob(cases, tiny_pair, narrator()), cases.cases, lambda: False))


def test_a_chunk_that_ends_its_worker_every_time_fails_by_name_and_can_be_tried_again(
    cluster: Any, cases: BatchCases, tiny_pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "RETRIES", 0)
    killed: list[int] = []

    def kill_once(_: Progress) -> None:
        deadline = time.monotonic() + 20
        while not killed and time.monotonic() < deadline:
            killed.extend(pid for pid in [kill_worker()] if pid)

    progress = run(cluster, cases, tiny_pair, tmp_path, kill_once)
    assert progress.done + progress.failed == FILMS
    reasons = Counter(f.reason for f in read_failures(tmp_path))
    assert reasons["the worker failed 1 times: WorkerCrashedError"] == CHUNK
    progress = run(cluster, cases, tiny_pair, tmp_path, lambda _: None, resume=True)
    assert (progress.done, progress.failed) == (FILMS - 1, 1)


def test_killed_workers_and_a_lost_node_lose_no_case_and_do_none_twice(
    cluster: Any, cases: BatchCases, tiny_pair: Pair, tmp_path: Path
) -> None:
    killed: list[int] = []
    node = cluster.add_node(num_cpus=1, **SMALL)
    cluster.wait_for_nodes()

    def kill(progress: Progress) -> None:
        if progress.fresh in (1, 2 * CHUNK + 1):
            deadline = time.monotonic() + 20
            while not (pid := kill_worker()) and time.monotonic() < deadline:
                time.sleep(0.02)
            killed.append(pid)
        if progress.fresh == CHUNK + 1:
            cluster.remove_node(node, allow_graceful=False)

    progress = run(cluster, cases, tiny_pair, tmp_path, kill)
    assert len(killed) == 2
    assert all(killed), "no worker was found at work"
    assert (progress.asked, progress.done, progress.failed) == (FILMS, FILMS - 1, 1)
    assert [f.case_id for f in read_failures(tmp_path)] == [f"film{DAMAGED:02}"]
    ids = [row.case_id for row in read_rows(tmp_path)]
    assert len(lines(tmp_path, "cases.jsonl")) == len(ids) == len(set(ids)) == FILMS - 1
