"""The command `cxr-lens train`, alone or in each process of torchrun."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from ..console import CommandParser, print_json, say
from ..device import pick_device
from ..environment import cache_folder
from ..errors import RequestError

_PROJECT = Path(__file__).resolve().parents[2]


def train(arguments: list[str]) -> int:
    parser = CommandParser("train", "Fine-tune a classifier from a config file.")
    parser.add_argument(
        "--config", type=Path, required=True, help="recipe, for example training/configs/best/densenet-pc.yaml"
    )
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="folder the tables lie under; may repeat"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="in place of the config's; may repeat"
    )
    parser.add_argument(
        "--findings", type=Path, help="label file of your own findings, in place of the config's findings and labels"
    )
    parser.add_argument("--init-from", help="in place of the config's init_from; `none` trains from random weights")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    parser.add_argument(
        "--films",
        choices=("auto", "cache", "memory", "stream"),
        default="auto",
        help="where films come from: a cache made by `data cache`, memory, or their files at every step; auto takes "
        "the cache if there is one, else memory up to 2 GB a table",
    )
    parser.add_argument("--film-cache", type=Path, help="folder given to `data cache --out`")
    parser.add_argument("--skip-bad", action="store_true", help="leave out and count films that cannot be read")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .distributed import join_world  # noqa: PLC0415  torch takes seconds to import
    from .finetune import LAST, Interrupted  # noqa: PLC0415
    from .recipe import read_recipe  # noqa: PLC0415

    changes = list(given.set)
    if given.init_from:
        changes.append(f"init_from={'null' if given.init_from == 'none' else given.init_from}")
    recipe = read_recipe(given.config, changes, given.findings)
    for root in given.data:
        if not root.is_dir():
            raise RequestError(f"--data {root} is not a folder")
    refuse_a_begun_run(given.out, given.resume)
    world = join_world(pick_device(given.device))
    stop = StopSignal(quiet=not world.leads)
    try:
        world.wait()  # nobody writes before everybody has looked whether there is a run already
        document = run_recipe(
            recipe,
            given.data,
            given.out,
            world=world,
            stop=stop,
            resume=given.resume,
            config_file=given.config,
            films=given.films,
            cache=given.film_cache,
            skip_bad=given.skip_bad,
        )
    except Interrupted as place:
        if world.leads:
            say(f"stopped in {place}; the state is in {given.out / LAST}: go on with --resume")
        return 130
    finally:
        world.leave()
    if not world.leads:
        return 0
    if given.json:
        print_json(document)
    else:
        auroc = document["validation_mean_auroc"]
        best = "" if auroc is None else f", validation AUROC {auroc:.3f} in epoch {document['best_epoch']}"
        print(f"{document['model']}: {document['checkpoint']}{best}")
    return 0


def refuse_a_begun_run(out: Path, resume: bool) -> None:
    """`RequestError` where `out` holds a run that would be written over."""
    from .finetune import LAST  # noqa: PLC0415  torch takes seconds to import
    from .run_records import LOG  # noqa: PLC0415

    if not resume and ((out / LAST).exists() or (out / LOG).exists()):
        raise RequestError(f"{out} already holds a run; --resume goes on with it, or choose another --out")


def run_recipe(
    recipe: Any,
    roots: list[Path],
    out: Path,
    *,
    world: Any,
    stop: StopSignal,
    resume: bool,
    config_file: Path,
    films: Any = "auto",
    cache: Path | None = None,
    skip_bad: bool = False,
) -> dict[str, Any]:
    """One run from its films to its checkpoint; the document that `train --json` prints."""
    from ..films.training_set import load_training_set  # noqa: PLC0415
    from ..models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from ..models.families import load_model  # noqa: PLC0415
    from .finetune import Run  # noqa: PLC0415
    from .finishing import finish  # noqa: PLC0415
    from .starting import fresh_config  # noqa: PLC0415

    tell = say if world.leads else lambda _: None
    start = load_model(recipe.init_from, str(world.device), cache_folder()) if recipe.init_from else None
    if start is not None:
        recipe = recipe.like(start.config)
    data = load_training_set(
        recipe, roots, skip_bad=skip_bad, progress=world.leads, films=films, cache=cache, verify=world.leads
    )  # fmt: skip
    for problem in data.skipped:
        tell(f"skipped: {problem}")
    tell(
        f"{sum(map(len, data.train)):,} films to train on, {sum(map(len, data.validation)):,} to validate on; "
        f"{recipe.epochs} epochs on {world.device}" + (f", {world.size} processes" if world.size > 1 else "")
    )
    commit, began = git_commit(), time.perf_counter()
    config = fresh_config(recipe, data, start, {"recipe": recipe_name(config_file), "git_commit": commit})
    about = {"config": recipe_name(config_file), "git_commit": commit, "seed": recipe.seed}
    run = Run(recipe, data, out, config, start=start, should_stop=stop, world=world, about=about)
    if resume:
        run.resume()
    if world.leads:
        write_atomically(out / "recipe.yaml", config_file.read_bytes())
    with stop:
        chosen = run.train()
    found_bad = data.bad
    for problem in found_bad[len(data.skipped) :]:
        tell(f"skipped: {problem}")
    document: dict[str, Any] = {"model": chosen.name, "checkpoint": str(out / "best")}
    if world.leads:
        origin = "" if start is None else run.base
        final = finish(chosen, recipe, data, out, best_epoch=run.place.best_epoch, starts_from=origin)
        document["weights_sha256"] = final.weights_sha256
    return document | {
        "best_epoch": run.place.best_epoch,
        "validation_mean_auroc": run.place.best,
        "skipped": len(found_bad),
        "seconds": round(time.perf_counter() - began, 1),
    }


class StopSignal:
    """Set by Ctrl-C, SIGTERM or SIGUSR1 (Slurm's warning before preemption) while a run is going; a later second
    Ctrl-C ends it at once."""

    def __init__(self, *, quiet: bool = False, patience: float = 1.0):
        """patience: seconds in which another signal is the same request, as torchrun hands on what it got too."""
        self._asked_at: float | None = None
        self._quiet, self._patience = quiet, patience
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        return self._asked_at is not None

    def __enter__(self) -> StopSignal:
        names = ("SIGINT", "SIGTERM", "SIGUSR1")  # Windows has no SIGUSR1
        for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _frame: object) -> None:
        now = time.monotonic()
        if self._asked_at is not None:
            if number == signal.SIGINT and now - self._asked_at >= self._patience:
                raise KeyboardInterrupt
            return
        self._asked_at = now
        if not self._quiet:
            say("stopping after this step; Ctrl-C once more to stop at once")


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


def recipe_name(path: Path) -> str:
    """The config's path inside the project, else its file name: never a path of this machine."""
    full = path.resolve()
    return full.relative_to(_PROJECT).as_posix() if full.is_relative_to(_PROJECT) else path.name
