"""A sweep over an adapter's rank, alpha and targets, and what each of them does to the validation AUROC.

The source project concluded that the number of adapters matters, rank and alpha do not. A sweep puts that to the test
on the data given: the effect of a setting is the range of its levels' means; the noise it is held against is what the
difference of two such means would have if runs differed in nothing but the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean, stdev
from typing import Any

from ..errors import RequestError
from .recipe import Recipe

FACTORS = ("targets", "rank", "alpha")


@dataclass(frozen=True)
class Cell:
    """One run of a sweep."""

    targets: str
    rank: int
    alpha: int
    seed: int

    @property
    def name(self) -> str:
        """Of the run's folder."""
        plain = "".join(c if c.isalnum() else "-" for c in self.targets)[:40]
        return f"targets-{plain}_rank-{self.rank}_alpha-{self.alpha}_seed-{self.seed}"

    def recipe(self, recipe: Recipe) -> Recipe:
        """The recipe with this cell's adapter and seed."""
        if recipe.lora is None:
            raise RequestError("this config trains no adapter; a sweep needs one with a `lora` part")
        lora = recipe.lora.model_copy(update={"targets": self.targets, "rank": self.rank, "alpha": self.alpha})
        split = (
            recipe.seed if recipe.split_seed is None else recipe.split_seed
        )  # every run is judged on the same films
        return recipe.model_copy(update={"lora": lora, "seed": self.seed, "split_seed": split})


def cells_of(targets: Sequence[str], ranks: Sequence[int], alphas: Sequence[int], seeds: Sequence[int]) -> list[Cell]:
    """Every combination, seeds outermost, so that a sweep that is stopped has whole grids."""
    cells = [Cell(t, r, a, s) for s, t, r, a in product(seeds, targets, ranks, alphas)]
    names = [cell.name for cell in cells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise RequestError(f"the sweep would make {twice} twice; give each value once")
    return cells


def effects(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Per factor with more than one level: each level's mean AUROC, their range, and the noise between seeds.

    rows: `targets`, `rank`, `alpha`, `seed` and `auroc` (None is left out). `noise` is the pooled standard deviation
    of cells that differ in the seed alone; None without repeated seeds.
    """
    scored = [row for row in rows if row["auroc"] is not None]
    by_cell: dict[tuple, list[float]] = {}
    for row in scored:
        by_cell.setdefault(tuple(row[f] for f in FACTORS), []).append(row["auroc"])
    repeated = [stdev(values) ** 2 for values in by_cell.values() if len(values) > 1]
    found: dict[str, Any] = {"noise": fmean(repeated) ** 0.5 if repeated else None, "factors": {}}
    for factor in FACTORS:
        levels: dict[Any, list[float]] = {}
        for row in scored:
            levels.setdefault(row[factor], []).append(row["auroc"])
        if len(levels) > 1:
            means = {str(level): fmean(values) for level, values in levels.items()}
            fewest = min(map(len, levels.values()))
            found["factors"][factor] = {
                "means": means,
                "range": max(means.values()) - min(means.values()),
                "noise": None if found["noise"] is None else found["noise"] * (2 / fewest) ** 0.5,
            }
    return found


def tell_effects(found: dict[str, Any]) -> list[str]:
    """The effects in words, largest first."""
    noise = found["noise"]
    lines = []
    for factor, effect in sorted(found["factors"].items(), key=lambda item: -item[1]["range"]):
        means = ", ".join(f"{level}: {value:.3f}" for level, value in effect["means"].items())
        against = ""
        if effect["noise"] is not None:
            more = "more" if effect["range"] > 2 * effect["noise"] else "no more"
            against = f", {more} than twice the noise of such a difference ({effect['noise']:.3f})"
        lines.append(f"{factor}: the mean AUROC moves by {effect['range']:.3f}{against} ({means})")
    if noise is None:
        lines.append("one seed each: what is noise cannot be told; give --seeds 0,1")
    else:
        lines.append(f"between runs that differ in the seed alone: a standard deviation of {noise:.3f}")
    return lines
