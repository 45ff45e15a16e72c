"""What `cxr-lens models show FAMILY --recipe NAME` says: what a recipe would train, and where its head rows start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import RequestError, did_you_mean
from ..label_maps import match_labels
from ..models.facts import find_config, weights_facts
from ..models.families import FAMILIES
from .recipe import Recipe, read_recipe, recipe_parameters

CONFIGS = Path(__file__).parents[1] / "configs"


def find_recipe(family: str, name: str) -> Path:
    """A recipe's file: `paper` or `best` of a family, or a path."""
    if Path(name).suffix in (".yaml", ".yml"):
        return Path(name)
    file = CONFIGS / name / f"{family}.yaml"
    if file.is_file():
        return file
    known = sorted(p.parent.name for p in CONFIGS.glob(f"*/{family}.yaml"))
    known += [p.stem for p in sorted((CONFIGS / family).glob("*.yaml"))]
    if (CONFIGS / family / f"{name}.yaml").is_file():
        return CONFIGS / family / f"{name}.yaml"
    raise RequestError(f"{family} has no recipe {name!r}{did_you_mean(name, known) if known else ''}")


def show_recipe(name: str, recipe_name: str, cache: Path | None = None) -> dict[str, Any]:
    """What a recipe makes of a family: its labels, whose rows start from the baseline's and whose are new."""
    family = name.partition("/")[0]
    if family not in FAMILIES:
        raise RequestError(f"{family!r} is not a family{did_you_mean(family, FAMILIES)}; --recipe is about a family")
    recipe = read_recipe(find_recipe(family, recipe_name))
    match = match_labels(recipe.labels, recipe.finding_set)
    copied, new, unused = head_rows(recipe, cache)
    total, trainable = recipe_parameters(recipe)
    document: dict[str, Any] = {
        "model": recipe.name,
        "family": recipe.family,
        "recipe": recipe_name,
        "arch": recipe.arch,
        "labels": list(recipe.labels),
        "matched": dict(match.matched),
        "unmatched": unused,
        "missing": list(match.missing),
        "copied": copied,
        "new": new,
        "total_parameters": total,
        "trainable_parameters": trainable,
        "starts_from": recipe.init_from,
        "policy": str(recipe.policy),
    }
    try:
        config, folder = find_config(recipe.init_from or name, cache)
    except RequestError:
        return {**document, "weights": {"here": False}}
    return {**document, "weights": weights_facts(config, folder, cache)}


def head_rows(recipe: Recipe, cache: Path | None = None) -> tuple[dict[str, str], list[str], list[str]]:
    """Label -> the starting model's label its head row is copied from; labels with a new row; the starting model's
    labels that no row is copied from."""
    if recipe.init_from is None:
        return {}, list(recipe.labels), []
    start, _ = find_config(recipe.init_from, cache)
    if not start.trained_head:
        return {}, list(recipe.labels), []
    matched = match_labels(recipe.labels, recipe.finding_set).matched
    source = {label: start.label_of(matched[label]) for label in recipe.labels if label in matched}
    copied = {label: native for label, native in source.items() if native is not None}
    new = [label for label in recipe.labels if label not in copied]
    return copied, new, [label for label in start.labels if label not in copied.values()]
