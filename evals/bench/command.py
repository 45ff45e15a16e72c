"""The command `cxr-lens bench NAME`: benchmarks as ratios against a reference measured in the same run.

A benchmark is a module `evals/bench_NAME.py` with `run() -> dict[str, float]`: a flat map from a figure's name to a
number. Machines differ and are noisy, so figures are ratios of medians wherever that is possible.
"""

from __future__ import annotations

import importlib

from ...training.console import CommandParser, print_json
from ...training.errors import RequestError, did_you_mean

BENCHMARKS: dict[str, str] = {
    "quality": "what is called no chest film, side markers, mirrored films, tilt",
    "train-input": "training films from the cache and from JPEGs, against the source project's way",
    "train-step": "a training step fed by the pipeline, against the same step fed from memory",
    "predict": "densenet-pc over a test set from JPEGs, against the bare forward pass",
    "anatomy": "the lung outline against hand-drawn lung masks",
    "batch": "evidence against bare forward passes, LLM calls against the ideal rate, memory over the cases",
    "saliency": "heatmaps of 14 findings against pytorch-grad-cam and against a forward pass",
    "panels": "figures at print resolution, against a bare matplotlib figure of the same film",
    "checker": "the claim checker on true and tampered explanations",
    "extraction": "finding extraction against the codes of 3,955 real reports",
}
"""Name -> what it measures; the module is `bench_NAME` with `-` as `_`."""


def bench(arguments: list[str]) -> int:
    parser = CommandParser("bench", "Measure a part of the program against a reference, in one run.")
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS) or 'none yet'}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    if asked.name is None:
        for name, about in BENCHMARKS.items():
            print(f"{name:<16}{about}")
        return 0
    if asked.name not in BENCHMARKS:
        raise RequestError(f"{asked.name!r} is not a benchmark{did_you_mean(asked.name, BENCHMARKS)}")
    module = importlib.import_module(f".{asked.name.replace('-', '_')}", __package__)
    figures: dict[str, float] = module.run()
    if asked.json:
        print_json({"name": asked.name, "figures": figures})
        return 0
    print(BENCHMARKS[asked.name])
    for name, value in figures.items():
        print(f"  {name:<36}{value:.4g}")
    return 0
