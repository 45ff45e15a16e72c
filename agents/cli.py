"""The command line: a table from command to help and entry point, resolved only when the command is called.

An entry point takes the arguments after the command's name and returns the exit code: 0 all done, 1 finished but some
cases failed, 2 the request was wrong, 3 a significant regression.
"""

from __future__ import annotations

import importlib
import logging
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("explain the bundled cases with the bundled models, offline", "cxr_lens.agents.commands:demo"),
    "explain": (
        "explain one radiograph: case.json, report.html, panel.png",
        "cxr_lens.agents.commands:explain",
    ),
    "batch": ("reports over a test set, resumable", "cxr_lens.agents.batch.command:batch"),
    "predict": ("scores of both models against their thresholds", "cxr_lens.tools.commands:predict"),
    "gradcam": ("where the models look for a finding", "cxr_lens.tools.commands:gradcam"),
    "boxes": ("regions a heatmap stands out in, with side and zones", "cxr_lens.tools.commands:boxes"),
    "compare": ("baseline against fine-tuned on one film", "cxr_lens.tools.commands:compare"),
    "models list": (
        "families and added models, and whether they are here",
        "cxr_lens.training.models.commands:models_list",
    ),
    "models show": (
        "a model's labels, parameters, thresholds and origin",
        "cxr_lens.training.models.commands:models_show",
    ),
    "models fetch": ("download a family's published weights", "cxr_lens.training.models.commands:models_fetch"),
    "models add": (
        "add a checkpoint, or weights from elsewhere",
        "cxr_lens.training.models.commands:models_add",
    ),
    "data stats": ("label counts of a CheXpert-format table", "cxr_lens.training.commands:data_stats"),
    "data synthesize": (
        "synthetic radiographs with known lesions",
        "cxr_lens.training.commands:data_synthesize",
    ),
    "data ingest": (
        "a PACS export made into films and a table",
        "cxr_lens.training.radiographs.ingest_command:data_ingest",
    ),
    "data cache": (
        "decode a data set's films once, for training",
        "cxr_lens.training.films.cache_command:data_cache",
    ),
    "train": ("fine-tune a classifier from a config file", "cxr_lens.training.fine_tuning.train_command:train"),
    "sweep": (
        "which of an adapter's rank, alpha and targets matter",
        "cxr_lens.training.fine_tuning.sweep_command:sweep",
    ),
    "evaluate": ("AUROC with intervals over a test set", "cxr_lens.training.evaluation.command:evaluate"),
    "chat": ("talk about a radiograph in the browser, on this machine", "cxr_lens.agents.chat.command:chat"),
    "ab": ("two prompts or models on the same cases, with statistics", "cxr_lens.evals.ab.command:ab"),
    "results": (
        "evaluations of any number of runs in one table",
        "cxr_lens.training.evaluation.results_command:results",
    ),
    "score": ("how good explanations are", "cxr_lens.evals.scoring.command:score"),
    "panel": ("one finding of one case as a picture, PNG or PDF", "cxr_lens.tools.panels.command:panel"),
    "localize": (
        "hit rate and overlap of heatmaps with readers' boxes",
        "cxr_lens.evals.localization.command:localize",
    ),
    "cases": (
        "an easy, an average and a hard case per family, and who is right on each",
        "cxr_lens.evals.cases.command:cases",
    ),
    "sanity": ("do heatmaps depend on weights, film and score?", "cxr_lens.evals.sanity.command:sanity"),
    "mcp": ("the tools and the explain run as an MCP server (stdio)", "cxr_lens.agents.mcp.command:mcp"),
    "bench": ("benchmarks: ratios against a reference", "cxr_lens.evals.bench.command:bench"),
    "prompts list": ("prompt versions, and what changed", "cxr_lens.agents.prompts_command:prompts_list"),
    "prompts show": ("the text of a prompt version", "cxr_lens.agents.prompts_command:prompts_show"),
    "prompts diff": ("what differs between two versions", "cxr_lens.agents.prompts_command:prompts_diff"),
    "prompts render": (
        "a prompt filled in for a case; nothing is sent",
        "cxr_lens.agents.prompts_command:prompts_render",
    ),
    "schema": ("JSON Schema of a record, such as CaseReport", "cxr_lens.agents.commands:schema"),
}


def _help() -> str:
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{about}" for name, (about, _) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: cxr-lens COMMAND [options]      (cxr-lens COMMAND --help tells its options)",
            "",
            "Explains what two versions of a chest radiograph classifier predict, where each looks, and which is",
            "right. Research only; not a medical device.",
            "",
            *lines,
        ]
    )


def _split(arguments: list[str]) -> tuple[str, list[str]] | None:
    """The longest command the arguments begin with, and the rest."""
    for words in (2, 1):
        name = " ".join(arguments[:words])
        if len(arguments) >= words and name in COMMANDS:
            return name, arguments[words:]
    return None


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if arguments[0] in ("-V", "--version"):
        from importlib.metadata import version  # noqa: PLC0415  only needed here, and start-up time counts

        print(version("chest-xray-lens"))
        return 0
    found = _split(arguments)
    if found is None:
        import difflib  # noqa: PLC0415  as above

        asked = " ".join(arguments[:2])
        close = difflib.get_close_matches(asked, COMMANDS, n=1, cutoff=0.4)
        hint = f"; did you mean '{close[0]}'?" if close else "; see cxr-lens --help"
        print(f"cxr-lens: '{arguments[0]}' is not a command{hint}", file=sys.stderr)
        return 2
    name, rest = found
    module, _, function = COMMANDS[name][1].partition(":")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    entry = getattr(importlib.import_module(module), function)
    from ..training.errors import RequestError  # noqa: PLC0415  as above

    try:
        return entry(rest)
    except RequestError as error:
        print(f"cxr-lens {name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"cxr-lens {name}: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
