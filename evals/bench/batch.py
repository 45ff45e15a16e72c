"""Benchmark `batch`: the two stages of a batch run, each against what it cannot be faster than, and its memory.

    cxr-lens bench batch --json

`evidence_vs_forward`: the first stage as a batch runs it (films from JPEGs, quality, scores and heatmaps of both
models, outline of the lungs, places and boxes for the findings the graph asks about) against the bare forward passes of
the same pair on ready input. The pair has densenet-pc's architecture and random weights; rounds take turns,
both with as many torch threads as there are idle processors: a network stumbles where other work takes one of them.
`llm_rate_vs_ideal`: the second stage on ready evidence, with a server on this machine that answers after a second, one
call a case and 16 calls at once, against 16 cases a second.
`memory_10x`: peak of anonymous memory over ten times as many films against that over the films once, whole runs with a
small untrained pair.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from ...agents.batch.cases import BatchCase, BatchCases, list_cases
from ...agents.batch.command import run_record
from ...agents.batch.job import BatchJob, BatchSettings
from ...agents.batch.run import explain_cases, prepare_cases, run_batch
from ...agents.batch.store import BatchStore
from ...agents.explanation.narrator import OfflineNarrator
from ...agents.llm.opening import open_writers
from ...agents.llm.slots import CallSlots
from ...agents.settings import Settings
from ...training.findings import CHEXPERT
from ...training.models.classifier import Classifier
from ...training.models.config import ModelConfig, Preprocessing
from ...training.models.networks import build_network
from ..ab import scripted_server
from .films import alternate, idle_threads, median_ratio, write_bench_films
from .memory_peak import AnonymousMemoryPeak

LATENCY, LIMIT = 1.0, 16
"""Seconds until the server answers, and calls at once."""

Pair = tuple[Classifier, Classifier]


def run(films: int = 32, rounds: int = 2, llm_cases: int = 160, memory_films: int = 8) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        table = write_bench_films(Path(folder), max(films, 10 * memory_films))
        cases = list_cases(table)
        small = _pair("timm:resnet10t", 96)
        return {
            **measure_evidence(cases, films, rounds),
            **measure_llm(_first(cases, 8), small, llm_cases),
            **measure_memory(cases, small, memory_films, Path(folder)),
        }


def measure_evidence(cases: BatchCases, films: int, rounds: int) -> dict[str, float]:
    pair = _pair("xrv:densenet121", 224)
    batch = BatchSettings().batch
    job = BatchJob(_first(cases, films), pair, _narrate)
    ready = torch.randn(batch, 1, 224, 224, generator=torch.Generator().manual_seed(0))

    def forward() -> float:
        return _seconds(lambda: [model.logits(ready) for model in pair for _ in range(0, films, batch)])

    def evidence() -> float:
        return _seconds(lambda: list(prepare_cases(job, job.cases.cases, _never)))

    with idle_threads():
        list(prepare_cases(job, job.cases.cases[:2], _never))  # loads what is loaded once
        times = alternate({"forward": forward, "evidence": evidence}, rounds)
    return {
        "evidence_vs_forward": median_ratio(times["forward"], times["evidence"]),
        "evidence_films_per_second": films / statistics.median(times["evidence"]),
    }


def measure_llm(cases: BatchCases, pair: Pair, count: int) -> dict[str, float]:
    known = list(prepare_cases(BatchJob(cases, pair, _narrate), cases.cases, _never))
    ready = [replace(known[i % len(known)], case=BatchCase(f"case-{i}", "")) for i in range(count)]
    with _slow_server() as url:
        server = Settings(llm_base_url=url, llm_cache=False, llm_max_tool_calls=0)
        opener = open_writers(server, "scripted", None, slots=CallSlots(LIMIT))
        job = BatchJob(cases, pair, opener, BatchSettings(workers=opener.cases_at_once(LIMIT)))
        list(explain_cases(job, (), _never, lambda *_: iter(ready[:1])))  # opens what is opened once
        began = time.perf_counter()
        done = list(explain_cases(job, (), _never, lambda *_: iter(ready)))
        seconds = time.perf_counter() - began
    reports = [one.report for one in done if one.report is not None and one.report.writer.kind == "llm"]
    return {
        "llm_rate_vs_ideal": (len(reports) * LATENCY / LIMIT) / seconds,
        "llm_calls_per_case": sum(len(r.llm.calls) for r in reports if r.llm is not None) / max(1, len(reports)),
        "llm_failed": float(count - len(reports)),
    }


@contextmanager
def _slow_server() -> Iterator[str]:
    """The scripted server in a process of its own: its work must not count as ours."""
    command = [sys.executable, "-m", scripted_server.__name__, "--port", "0", "--latency", str(LATENCY)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  our own module
    try:
        assert process.stderr is not None  # noqa: S101  asked for above
        yield process.stderr.readline().split()[0]
    finally:
        process.terminate()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def measure_memory(cases: BatchCases, pair: Pair, films: int, folder: Path) -> dict[str, float]:
    peaks = []
    for count in (films, films, 10 * films):  # the first loads what is loaded once
        own = _first(cases, count)
        record = run_record("films", own, pair, [OfflineNarrator()])
        with (
            AnonymousMemoryPeak() as memory,
            BatchStore.begin(folder / f"run-{len(peaks)}", record, own, resume=False) as store,
        ):
            run_batch(BatchJob(own, pair, _narrate, BatchSettings(batch=4)), store)
        peaks.append(memory.mib)
    if peaks[1] is None or peaks[2] is None:
        return {}
    return {"memory_10x": peaks[2] / peaks[1], "peak_anonymous_mib": peaks[2]}


def _pair(arch: str, size: int) -> Pair:
    """Two untrained networks with CheXpert's findings but No Finding as labels."""
    labels = tuple(name for name in CHEXPERT.names if name != "No Finding")
    models = []
    for seed, role in enumerate(("baseline", "finetuned")):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = build_network(arch, len(labels), 1, {}).eval()
        config = ModelConfig(
            name=f"random/{role}",
            family="random",
            arch=arch,
            labels=labels,
            finding_of={name: name for name in labels},
            preprocessing=Preprocessing(size=size, resize="centre-crop", mean=(0.5,), std=(1 / 2048,)),
            target_layer="last activation",
        )
        models.append(Classifier(config, network, f"{seed}" * 64))
    return models[0], models[1]


def _first(cases: BatchCases, count: int) -> BatchCases:
    return BatchCases(cases.cases[:count], cases.table, cases.revealed)


def _narrate(_: BatchCase) -> OfflineNarrator:
    return OfflineNarrator()


def _never() -> bool:
    return False


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
