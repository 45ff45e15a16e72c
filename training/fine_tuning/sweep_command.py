"""The command `cxr-lens sweep`: one training run per combination of an adapter's rank, alpha and targets."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

from ..console import CommandParser, print_json, say
from ..device import pick_device
from ..errors import RequestError


def sweep(arguments: list[str]) -> int:
    parser = CommandParser("sweep", "Train a config with several adapters; which of their settings matter.")
    parser.add_argument("--config", type=Path, required=True, help="recipe with a `lora` part")
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder the tables lie under; may repeat"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the runs, sweep.csv, sweep.json, sweep.png"
    )
    parser.add_argument("--targets", help="comma-separated names of the config's lora.variants; by default its own")
    parser.add_argument("--rank", help="comma-separated numbers")
    parser.add_argument("--alpha", help="comma-separated numbers")
    parser.add_argument("--seeds", help="comma-separated numbers; two or more tell the noise")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="in place of the config's; may repeat"
    )
    parser.add_argument("--findings", type=Path, help="label file of your own findings, as for train")
    parser.add_argument("--init-from", help="in place of the config's init_from; `none` trains from random weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    parser.add_argument("--films", choices=("auto", "cache", "memory", "stream"), default="auto", help="as for train")
    parser.add_argument("--film-cache", type=Path, help="folder given to `data cache --out`")
    parser.add_argument("--skip-bad", action="store_true", help="leave out films that cannot be read")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .recipe import read_recipe  # noqa: PLC0415  torch takes seconds to import
    from .sweep import cells_of, effects  # noqa: PLC0415

    changes = list(given.set)
    if given.init_from:
        changes.append(f"init_from={'null' if given.init_from == 'none' else given.init_from}")
    recipe = read_recipe(given.config, changes, given.findings)
    if recipe.lora is None:
        raise RequestError(f"{given.config.name} trains no adapter; a sweep needs one with a `lora` part")
    cells = cells_of(
        given.targets.split(",") if given.targets else [recipe.lora.targets],
        _numbers("--rank", given.rank, recipe.lora.rank, 1),
        _numbers("--alpha", given.alpha, recipe.lora.alpha, 1),
        _numbers("--seeds", given.seeds, recipe.seed, 0),
    )
    rows = _run(given, recipe, cells)
    if rows is None:
        say("stopped; the same command goes on from here")
        return 130
    document = {"config": given.config.name, "family": recipe.family, "runs": rows, **effects(rows)}
    _write(given.out, document)
    if given.json:
        print_json(document)
    else:
        _print(document)
    return 0


def _run(given: argparse.Namespace, recipe: Any, cells: list[Any]) -> list[dict[str, Any]] | None:
    """Train what is not trained yet; None where it was asked to stop."""
    import torch  # noqa: PLC0415  torch takes seconds to import

    from ..models.checkpoints import write_atomically  # noqa: PLC0415
    from .distributed import World  # noqa: PLC0415
    from .finetune import LAST, Interrupted  # noqa: PLC0415
    from .recipe import recipe_parameters  # noqa: PLC0415
    from .train_command import StopSignal, run_recipe  # noqa: PLC0415

    trained = {cell.name: recipe_parameters(cell.recipe(recipe))[1] for cell in cells}  # tells wrong targets early
    world = World(device=torch.device(pick_device(given.device)))
    rows: list[dict[str, Any]] = []
    for number, cell in enumerate(cells, start=1):
        out, chosen = given.out / cell.name, cell.recipe(recipe)
        held = out / "result.json"
        if held.is_file():
            result = json.loads(held.read_text("utf-8"))
            if result["recipe_sha256"] != chosen.sha256():
                raise RequestError(f"{out} was trained with other settings; choose another --out")
        else:
            say(f"run {number} of {len(cells)}: {cell.name}")
            try:
                result = run_recipe(
                    chosen,
                    given.data,
                    out,
                    world=world,
                    stop=StopSignal(),
                    resume=(out / LAST).exists(),
                    config_file=given.config,
                    films=given.films,
                    cache=given.film_cache,
                    skip_bad=given.skip_bad,
                )
            except Interrupted:
                return None
            result |= {"recipe_sha256": chosen.sha256(), "checkpoint": f"{cell.name}/best"}
            write_atomically(held, json.dumps(result, indent=1) + "\n")
        rows.append(
            {
                "targets": cell.targets,
                "rank": cell.rank,
                "alpha": cell.alpha,
                "seed": cell.seed,
                "trainable": trained[cell.name],
                "auroc": result["validation_mean_auroc"],
                "best_epoch": result["best_epoch"],
                "seconds": result["seconds"],
            }
        )
    return rows


def _write(out: Path, document: dict[str, Any]) -> None:
    from ..models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import

    write_atomically(out / "sweep.json", json.dumps(document, indent=1) + "\n")
    write_atomically(out / "sweep.csv", _csv(document["runs"]))
    write_atomically(out / "sweep.png", _figure(document["runs"]))


def _print(document: dict[str, Any]) -> None:
    from .sweep import tell_effects  # noqa: PLC0415  torch takes seconds to import

    print(f"{'targets':<10}{'rank':>6}{'alpha':>7}{'seed':>6}{'trained':>12}{'AUROC':>8}{'seconds':>9}")
    for row in document["runs"]:
        auroc = "–" if row["auroc"] is None else f"{row['auroc']:.3f}"
        print(
            f"{row['targets']:<10}{row['rank']:>6}{row['alpha']:>7}{row['seed']:>6}{row['trainable']:>12,}"
            f"{auroc:>8}{row['seconds']:>9.0f}"
        )
    print()
    for line in tell_effects(document):
        print(line)


def _numbers(option: str, text: str | None, usual: int, least: int) -> list[int]:
    if text is None:
        return [usual]
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) >= least for part in parts):
        raise RequestError(f"{option} {text!r} is not a list of numbers from {least} up, such as {option} 4,16")
    return [int(part) for part in parts]


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _figure(rows: list[dict[str, Any]]) -> bytes:
    """AUROC against the number of trained parameters, one colour per choice of targets."""
    from matplotlib.figure import Figure  # noqa: PLC0415  takes 0.4 s to import

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for targets in dict.fromkeys(row["targets"] for row in rows):
        own = [row for row in rows if row["targets"] == targets and row["auroc"] is not None]
        axes.plot([r["trainable"] for r in own], [r["auroc"] for r in own], "o", label=f"targets {targets}")
        for row in own:
            axes.annotate(f"r{row['rank']} a{row['alpha']}", (row["trainable"], row["auroc"]), fontsize=7)
    axes.set(xlabel="trained parameters", ylabel="validation mean AUROC", xscale="log")
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
