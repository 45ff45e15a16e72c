"""The commands `train`, `data stats`, `data synthesize`, `models list` and `models show`."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from .console import CommandParser, print_json, say
from .device import pick_device
from .errors import RequestError

_PROJECT = Path(__file__).resolve().parents[1]


def data_stats(arguments: list[str]) -> int:
    parser = CommandParser("data stats", "Label counts of a CheXpert-format table (.csv or .csv.gz).")
    parser.add_argument("csv", help="a table, or xrv:chexpert_train for the one inside torchxrayvision")
    parser.add_argument(
        "--policy", choices=("zeros", "ones", "ignore"), default="zeros", help="what uncertain becomes"
    )
    parser.add_argument("--blank", choices=("negative", "ignore"), default="negative", help="what blank becomes")
    parser.add_argument("--all-views", action="store_true", help="count lateral films too")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .policies import LabelPolicy, count_labels  # noqa: PLC0415  pandas takes 0.5 s to import
    from .tables import read_table  # noqa: PLC0415

    table = read_table(given.csv, views="all" if given.all_views else "frontal")
    counts = count_labels(table, LabelPolicy(uncertain=given.policy, blank=given.blank))
    counts["views"] = "all" if given.all_views else "frontal"
    if given.json:
        print_json(counts)
        return 0
    print(f"{table.name}: {counts['images']:,} {counts['views']} films of {counts['patients']:,} patients")
    print(f"truth: {table.source}; policy {counts['policy']}\n")
    print(f"{'finding':<28}{'positive':>10}{'negative':>10}   raw: {'1':>8}{'0':>9}{'-1':>8}{'blank':>9}")
    for name, after in counts["findings"].items():
        raw = counts["raw"][name]
        print(
            f"{name:<28}{after['positive']:>10,}{after['negative']:>10,}        {raw['positive']:>8,}"
            f"{raw['negative']:>9,}{raw['uncertain']:>8,}{raw['blank']:>9,}"
        )
    return 0


def data_synthesize(arguments: list[str]) -> int:
    from .synthetic.command import synthesize_command  # noqa: PLC0415  only this command needs the generator

    return synthesize_command(arguments)


def train(arguments: list[str]) -> int:
    parser = CommandParser("train", "Fine-tune a classifier from a config file.")
    parser.add_argument(
        "--config", type=Path, required=True, help="recipe, for example training/configs/mini/baseline.yaml"
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder the tables lie under; may repeat"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--init-from", help="in place of the config's init_from")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda")
    parser.add_argument("--skip-bad", action="store_true", help="leave out films that cannot be read")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from .families import load_model  # noqa: PLC0415
    from .finetune import LAST, LOG, Interrupted, Run, fresh_config  # noqa: PLC0415
    from .finishing import finish  # noqa: PLC0415
    from .recipe import read_recipe  # noqa: PLC0415
    from .training_set import load_training_set  # noqa: PLC0415

    recipe = read_recipe(given.config)
    if given.init_from:
        recipe = recipe.model_copy(update={"init_from": given.init_from})
    for root in given.data:
        if not root.is_dir():
            raise RequestError(f"--data {root} is not a folder")
    if not given.resume and ((given.out / LAST).exists() or (given.out / LOG).exists()):
        raise RequestError(f"{given.out} already holds a run; --resume goes on with it, or choose another --out")
    device = pick_device(given.device)
    start = load_model(recipe.init_from, device) if recipe.init_from else None
    stop = _StopSignal()
    data = load_training_set(recipe, given.data, skip_bad=given.skip_bad)
    for problem in data.skipped:
        say(f"skipped: {problem}")
    say(
        f"{sum(map(len, data.train)):,} films to train on, {sum(map(len, data.validation)):,} to validate on; "
        f"{recipe.epochs} epochs on {device}"
    )
    config = fresh_config(recipe, data, start, {"recipe": _recipe_name(given.config), "git_commit": git_commit()})
    run = Run(recipe, data, given.out, config, start=start, device=device, should_stop=stop)
    if given.resume:
        run.resume()
    given.out.mkdir(parents=True, exist_ok=True)
    write_atomically(given.out / "recipe.yaml", given.config.read_bytes())
    try:
        with stop:
            chosen = run.train()
    except Interrupted as place:
        say(f"stopped in {place}; the state is in {given.out / LAST}: go on with --resume")
        return 130
    origin = "" if start is None else f"{start.name} (weights SHA-256 {start.weights_sha256})"
    final = finish(chosen, recipe, data, given.out, best_epoch=run.place.best_epoch, starts_from=origin)
    document = {"model": final.name, "checkpoint": str(given.out / "best"), "weights_sha256": final.weights_sha256}
    document |= {
        "best_epoch": run.place.best_epoch,
        "validation_mean_auroc": run.place.best,
        "skipped": len(data.skipped),
    }
    if given.json:
        print_json(document)
    else:
        best = (
            ""
            if run.place.best is None
            else f", validation AUROC {run.place.best:.3f} in epoch {run.place.best_epoch}"
        )
        print(f"{final.name}: {given.out / 'best'}{best}")
    return 0


class _StopSignal:
    """Set by SIGTERM or Ctrl-C while the run is going; a second Ctrl-C ends it at once."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> _StopSignal:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _frame: object) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        say("stopping after this step; once more to stop at once")


def git_commit() -> str | None:
    """The project's commit, marked where tracked files differ from it; None outside a repository."""
    git = shutil.which("git")
    if git is None or not (_PROJECT / ".git").exists():
        return None

    def ask(*words: str) -> str | None:
        done = subprocess.run([git, "-C", str(_PROJECT), *words], capture_output=True, text=True, check=False)  # noqa: S603  fixed words
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if commit and ask("status", "--porcelain", "--untracked-files=no", "--", "training"):
        return f"{commit} with changes"
    return commit


def _recipe_name(path: Path) -> str:
    """The config's path inside the project, else its file name: never a path of this machine."""
    full = path.resolve()
    return full.relative_to(_PROJECT).as_posix() if full.is_relative_to(_PROJECT) else path.name


def models_list(arguments: list[str]) -> int:
    parser = CommandParser("models list", "Families, and whether their weights are here.")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .checkpoints import WEIGHTS  # noqa: PLC0415  torch takes seconds to import
    from .families import FAMILIES  # noqa: PLC0415

    rows = [
        {
            "model": f"{family.name}/{variant}",
            "family": family.name,
            "about": family.about,
            "here": (folder / WEIGHTS).is_file(),
        }
        for family in FAMILIES.values()
        for variant, folder in family.folders.items()
    ]
    if given.json:
        print_json({"models": rows})
        return 0
    for row in rows:
        print(f"{row['model']:<28}{'here' if row['here'] else 'not here':<10}{row['about']}")
    return 0


def models_show(arguments: list[str]) -> int:
    parser = CommandParser("models show", "A model's labels, parameters, thresholds and origin.")
    parser.add_argument("model", help="family/variant, or a checkpoint folder")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .checkpoints import WEIGHTS, read_config, sha256_of  # noqa: PLC0415  torch takes seconds to import
    from .families import model_folder  # noqa: PLC0415
    from .findings import CHEXPERT  # noqa: PLC0415
    from .networks import build_network, count_parameters  # noqa: PLC0415

    folder = model_folder(given.model)
    config = read_config(folder)
    file = folder / WEIGHTS
    network = build_network(config.arch, len(config.labels), config.preprocessing.channels, config.arch_args)
    total, trainable = count_parameters(network)
    document = {
        "model": config.name,
        "family": config.family,
        "arch": config.arch,
        "labels": list(config.labels),
        "matched": dict(config.finding_of),
        "unmatched": [label for label in config.labels if label not in config.finding_of],
        "missing": [name for name in CHEXPERT.names if name not in config.finding_of.values()],
        "label_source": dict(config.label_source),
        "total_parameters": total,
        "trainable_parameters": trainable if config.trainable_parameters is None else config.trainable_parameters,
        "weights": {
            "here": file.is_file(),
            "bytes": file.stat().st_size if file.is_file() else None,
            "sha256": sha256_of(file) if file.is_file() else None,
        },
        "input": config.preprocessing.model_dump(mode="json"),
        "target_layer": config.target_layer,
        "policy": config.policy,
        "thresholds": {name: t.model_dump(mode="json") for name, t in config.thresholds.items()},
        "calibrated": sorted(config.calibration),
        "recipe": config.recipe,
        "trained_on": config.trained_on,
        "seed": config.seed,
        "data_hash": config.data_hash,
        "git_commit": config.git_commit,
        "note": config.note,
    }
    if given.json:
        print_json(document)
        return 0
    print(f"{config.name} ({config.arch}), {total:,} parameters, {document['trainable_parameters']:,} trained")
    print(f"weights: {'here' if file.is_file() else 'not here'}; {config.note}\n")
    print(f"{'label':<28}{'finding':<28}{'labels were':<13}{'threshold':>9}  rule")
    for label in config.labels:
        finding = config.finding_of.get(label)
        threshold = config.threshold(finding) if finding else None
        source = config.label_source.get(finding or "", "–")
        cut = f"{threshold.value:>9.3f}  {threshold.rule}" if threshold else ""
        print(f"{label:<28}{finding or '(no finding)':<28}{source:<13}{cut}")
    if document["missing"]:
        print(f"\nnot expressed: {', '.join(document['missing'])}")
    return 0
