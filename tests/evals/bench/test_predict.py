"""The benchmark `predict` and the memory it watches."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from cxr_lens.evals.bench import predict as bench_predict
from cxr_lens.evals.bench.command import BENCHMARKS
from cxr_lens.evals.bench.memory_peak import AnonymousMemoryPeak, anonymous_mib

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is read from /proc")


@on_linux
def test_the_peak_is_seen_though_the_memory_is_given_back() -> None:
    before = anonymous_mib()
    assert before is not None
    with AnonymousMemoryPeak() as memory:
        block = np.ones(100 * 2**20, np.uint8)
        assert block[-1] == 1
        time.sleep(0.2)  # several samples long
        del block
    assert memory.mib is not None
    assert memory.mib >= before + 95


@pytest.mark.slow
def test_the_benchmark_gives_its_figures() -> None:
    assert "predict" in BENCHMARKS
    figures = bench_predict.run(films=16, rounds=1)
    assert figures["batch_size_difference"] <= 1e-5
    assert 0.3 < figures["vs_forward"] < 2
