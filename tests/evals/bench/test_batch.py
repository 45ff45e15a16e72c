"""The benchmark `batch`, small."""

from __future__ import annotations

import pytest
from cxr_lens.evals.bench import batch as bench_batch
from cxr_lens.evals.bench.command import BENCHMARKS


@pytest.mark.slow
def test_the_benchmark_gives_its_figures() -> None:
    assert "batch" in BENCHMARKS
    figures = bench_batch.run(films=16, rounds=1, llm_cases=32, memory_films=2)
    assert 0.1 < figures["evidence_vs_forward"] < 2
    assert 0.2 < figures["llm_rate_vs_ideal"] <= 1.01
    assert figures["llm_calls_per_case"] == 1
    assert figures["llm_failed"] == 0
