"""The commands `models list`, `models show`, `models fetch` and `models add`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from ..console import CommandParser, print_json, say
from ..environment import cache_folder
from ..errors import RequestError, did_you_mean

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")


def models_list(arguments: list[str]) -> int:
    parser = CommandParser("models list", "Families and added models, and whether their weights are here.")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .facts import list_models  # noqa: PLC0415
    from .families import FAMILIES, models_folder, resolve_family  # noqa: PLC0415  torch takes seconds to import

    cache = cache_folder()
    rows, auto = list_models(cache), resolve_family("auto", cache).name
    if given.json:
        print_json({"models": rows, "auto": auto, "order": list(FAMILIES), "folder": str(models_folder(cache))})
        return 0
    for row in rows:
        print(f"{row['model']:<31}{'here' if row['here'] else 'not here':<10}{row['about']}")
    print(f"\n--family auto is {auto}. Fetched and added models lie in {models_folder(cache)}.")
    missing = dict.fromkeys(row["family"] for row in rows if not row["here"] and row["variant"] == "baseline")
    for family in missing:
        print(f"get {family}'s baselines: cxr-lens models fetch {family}")
    return 0


def models_show(arguments: list[str]) -> int:
    parser = CommandParser("models show", "A model's labels, parameters, thresholds and origin.")
    parser.add_argument("model", help="a family, family/variant, an added model, a checkpoint folder or a run")
    parser.add_argument("--recipe", help="what a training config makes of the family: paper, best, or a file")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    if given.recipe:
        from ..fine_tuning.recipe_facts import show_recipe  # noqa: PLC0415  torch takes seconds to import

        document = show_recipe(given.model, given.recipe, cache_folder())
    else:
        from .facts import show_model  # noqa: PLC0415

        document = show_model(given.model, cache_folder())
    if given.json:
        print_json(document)
    elif given.recipe:
        _print_recipe(document)
    else:
        _print_model(document)
    return 0


def _print_recipe(recipe: dict[str, Any]) -> None:
    total, trained = recipe["total_parameters"], recipe["trainable_parameters"]
    print(f"{recipe['model']} by the recipe {recipe['recipe']} ({recipe['arch']})")
    print(f"{total:,} parameters, {trained:,} trained ({trained / total:.2%}); policy {recipe['policy']}")
    print(f"starts from {recipe['starts_from'] or 'random weights'}\n")
    print(f"{'label':<28}{'finding':<28}head row")
    for label in recipe["labels"]:
        row = f"copied from {recipe['copied'][label]}" if label in recipe["copied"] else "new"
        print(f"{label:<28}{recipe['matched'].get(label, '(no finding)'):<28}{row}")
    if recipe["unmatched"]:
        print(f"\nrows not used: {', '.join(recipe['unmatched'])}")
    if recipe["missing"]:
        print(f"not expressed: {', '.join(recipe['missing'])}")


def _print_model(model: dict[str, Any]) -> None:
    print(
        f"{model['model']} ({model['arch']}), {model['total_parameters']:,} parameters, "
        f"{model['trainable_parameters']:,} trained"
    )
    print(f"weights: {'here' if model['weights']['here'] else 'not here'}; {model['note']}")
    for file in model["weights"].get("files", ()):
        size = f"{'' if file['exact'] else 'about '}{file['bytes'] / 1e6:.0f} MB"
        print(f"  {file['name']}, {size}, from {file['url']} ({'here' if file['here'] else 'not here'})")
    print(f"\n{'label':<28}{'finding':<28}{'labels were':<13}{'threshold':>9}  rule")
    for label in model["labels"]:
        finding = model["matched"].get(label)
        kind = model["kinds"].get(label)
        said = finding or (f"(a kind of {kind})" if kind else "(no finding)")
        threshold = model["thresholds"].get(finding, {"value": model["default_threshold"], "rule": "default"})
        cut = f"{threshold['value']:>9.3f}  {threshold['rule']}" if finding else ""
        print(f"{label:<28}{said:<28}{model['label_source'].get(finding, '–'):<13}{cut}".rstrip())
    if model["missing"]:
        print(f"\nnot expressed: {', '.join(model['missing'])}")
    print("\nheatmaps")
    for sentence in model["heatmaps"] or ["not measured; cxr-lens sanity --save and localize --save keep it here"]:
        print(f"  {sentence}")


def models_fetch(arguments: list[str]) -> int:
    parser = CommandParser("models fetch", "Download a family's published weights and make its baselines.")
    parser.add_argument("family", help="densenet-pc, densenet-nih, clip-vit-b32, efficientnet-b0, or all")
    parser.add_argument("--mirror", metavar="URL", help="take the files from here, under the paths they have at home")
    parser.add_argument(
        "--from",
        dest="given",
        metavar="FOLDER",
        type=Path,
        help="take the files from a folder; nothing is downloaded",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .families import DEFAULT_CACHE  # noqa: PLC0415  torch takes seconds to import
    from .pretrained import PRETRAINED, fetch_family  # noqa: PLC0415

    if given.family not in (*PRETRAINED, "all"):
        if given.family == "mini":
            raise RequestError("mini is bundled; there is nothing to fetch")
        raise RequestError(f"{given.family!r} has no published weights{did_you_mean(given.family, PRETRAINED)}")
    if given.mirror is not None and given.given is not None:
        raise RequestError("--mirror and --from exclude each other")
    if given.mirror is not None and not re.match(r"https?://", given.mirror):
        raise RequestError(f"--mirror {given.mirror!r} is not an http(s) address")
    cache = cache_folder() or DEFAULT_CACHE.expanduser()
    made: dict[str, list[str]] = {}
    for family in PRETRAINED if given.family == "all" else (given.family,):
        say(f"{family}: terms: {PRETRAINED[family].licence}")
        bars: list[Any] = []
        try:
            folders = fetch_family(
                family,
                cache,
                mirror=given.mirror,
                given=given.given,
                on_file=lambda file, bars=bars: _bar(file, bars),
            )
        finally:
            for bar in bars:
                bar.close()
        made[family] = [f"{family}/{folder.name}" for folder in folders]
        say(f"{family}: {', '.join(made[family])} in {folders[0].parent}")
    if given.json:
        print_json({"fetched": made, "folder": str(cache)})
    else:
        print("\n".join(name for names in made.values() for name in names))
    return 0


def _bar(file: Any, bars: list[Any]) -> Any:
    """A progress function for one file, with a bar on stderr once there is progress."""
    from tqdm import tqdm  # noqa: PLC0415  only downloading needs it

    mine: list[Any] = []

    def progress(here: int, total: int | None) -> None:
        if not mine:
            mine.append(
                tqdm(
                    total=total or file.size,
                    desc=file.name,
                    unit="B",
                    unit_scale=True,
                    file=sys.stderr,
                    mininterval=0.5,
                )
            )
            bars.extend(mine)
        mine[0].update(here - mine[0].n)

    return progress


def models_add(arguments: list[str]) -> int:
    parser = CommandParser(
        "models add",
        "Add a model: a checkpoint folder or a run of this project, or weights from elsewhere, proved by their scores.",
    )
    parser.add_argument("name", help="what to call it; FAMILY/finetuned makes it that family's fine-tuned model")
    parser.add_argument("--weights", type=Path, required=True, help="state dict, safetensors, or a checkpoint folder")
    parser.add_argument("--arch", help="timm:NAME, xrv:densenet121 or clip:vit-base-patch32")
    parser.add_argument("--arch-args", default="{}", metavar="JSON", help="arguments of the architecture")
    parser.add_argument("--labels", type=Path, help="YAML: the outputs' names in order; own findings, if any")
    parser.add_argument(
        "--preprocess",
        nargs="+",
        default=None,
        metavar="WORD",
        help="imagenet, xrv or half, and size=, resize=, mean=...",
    )
    parser.add_argument("--layer", help="module whose output heatmaps are taken from (timm), such as layer3")
    parser.add_argument("--proof", type=Path, metavar="CSV", help="scores its owner's code gave: Path and labels")
    parser.add_argument("--images", type=Path, metavar="ROOT", help="where the films of --proof are")
    parser.add_argument("--tolerance", type=float, default=None, help="largest difference of a score; 0.01")
    parser.add_argument("--trained-on", default="", metavar="TEXT", help="what it was trained on, for the model card")
    parser.add_argument("--replace", action="store_true", help="overwrite a model of that name")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .families import FAMILIES, is_checkpoint, models_folder  # noqa: PLC0415  torch takes seconds to import

    cache = cache_folder()
    if not _NAME.fullmatch(given.name):
        raise RequestError(f"{given.name!r} is not a model's name; expected letters, digits, . _ - and at most one /")
    family, _, variant = given.name.partition("/")
    if family in FAMILIES and (variant != "finetuned" or FAMILIES[family].folder is not None):
        raise RequestError(f"{given.name!r} is taken by a family; choose another name, or FAMILY/finetuned")
    folder = models_folder(cache) / given.name
    if is_checkpoint(folder) and not given.replace:
        raise RequestError(f"{given.name} is here already, in {folder}; --replace overwrites it")
    document = _add_checkpoint(given, folder) if given.weights.is_dir() else _add_weights(given, folder)
    if given.json:
        print_json(document)
    else:
        print(f"{given.name}: {folder}")
    return 0


def _add_checkpoint(given: Any, folder: Path) -> dict[str, Any]:
    from .added import copy_checkpoint, prove  # noqa: PLC0415  as above
    from .checkpoints import load_checkpoint  # noqa: PLC0415
    from .families import model_folder  # noqa: PLC0415

    for option in ("arch", "labels", "preprocess", "layer"):
        if getattr(given, option):
            raise RequestError(f"--{option} is known of a checkpoint folder already; leave it out")
    source = model_folder(str(given.weights))
    proof = None
    if given.proof is not None:
        proof = prove(load_checkpoint(source), given.proof, given.images, **_tolerance(given))
    model = copy_checkpoint(source, folder, given.name)
    return _document(model, folder, proof, "")


def _add_weights(given: Any, folder: Path) -> dict[str, Any]:
    from ..label_file import read_label_file  # noqa: PLC0415
    from .added import fit_model, keep, prove, read_preprocessing  # noqa: PLC0415  as above

    for option in ("arch", "labels", "preprocess"):
        if not getattr(given, option):
            raise RequestError(f"a weights file needs --{option} as well")
    try:
        arch_args = json.loads(given.arch_args)
    except json.JSONDecodeError as error:
        raise RequestError(f"--arch-args is not JSON: {error}") from None
    if not isinstance(arch_args, dict):
        raise RequestError('--arch-args must be a JSON object, such as {"output_stride": 16}')
    model, prefix = fit_model(
        given.name,
        given.arch,
        given.weights,
        read_label_file(given.labels),
        read_preprocessing(given.preprocess),
        arch_args=arch_args,
        layer=given.layer,
        trained_on=given.trained_on,
    )
    if prefix:
        say(f"stripped the prefix {prefix!r}")
    proof = None
    if given.proof is None:
        say("not proved: give --proof CSV with scores its owner's code gave, to know that it is read as it was meant")
    else:
        proof = prove(model, given.proof, given.images, **_tolerance(given))
        say(f"proved: {proof.films} films, {proof.labels} labels, largest difference {proof.largest:.2g}")
    return _document(keep(model, folder, proof), folder, proof, prefix)


def _tolerance(given: Any) -> dict[str, float]:
    if given.tolerance is None:
        return {}
    if not 0 < given.tolerance <= 1:
        raise RequestError(f"--tolerance {given.tolerance:g}: expected a difference between 0 and 1")
    return {"tolerance": given.tolerance}


def _document(model: Any, folder: Path, proof: Any, prefix: str) -> dict[str, Any]:
    config = model.config
    return {
        "model": config.name,
        "folder": str(folder),
        "labels": list(config.labels),
        "matched": dict(config.finding_of),
        "unmatched": [label for label in config.labels if label not in config.finding_of],
        "prefix": prefix,
        "weights_sha256": model.weights_sha256,
        "proof": None
        if proof is None
        else {"films": proof.films, "labels": proof.labels, "largest_difference": proof.largest},
    }
