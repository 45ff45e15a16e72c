"""A sweep: every combination once, judged on the same films, and its conclusion held against the noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from cxr_lens.training.errors import RequestError
from cxr_lens.training.fine_tuning.recipe import Recipe
from cxr_lens.training.fine_tuning.sweep import Cell, cells_of, effects, tell_effects
from cxr_lens.training.fine_tuning.sweep_command import sweep
from PIL import Image

RECIPE = {
    "name": "toy/x",
    "family": "toy",
    "arch": "timm:resnet10t",
    "arch_args": {"channels": [8, 8, 8, 8]},
    "labels": ["Cardiomegaly"],
    "preprocessing": {"size": 32},
    "sources": [{"table": "toy/train.csv", "kind": "real"}],
    "holdout": 0.4,
    "epochs": 1,
    "batch": 16,
    "bf16": False,
    "lora": {
        "rank": 2,
        "alpha": 4,
        "targets": "all",
        "variants": {"all": r"body\.layer.*\.conv\d", "last": r"body\.layer4.*\.conv\d"},
    },
}


def row(targets: str, rank: int, seed: int, auroc: float | None) -> dict:
    return {"targets": targets, "rank": rank, "alpha": 8, "seed": seed, "auroc": auroc}


def test_every_combination_once_seeds_outermost() -> None:
    cells = cells_of(["last", "all"], [4, 16], [8], [0, 1])
    assert len(cells) == len({c.name for c in cells}) == 8
    assert [c.seed for c in cells] == [0] * 4 + [1] * 4
    with pytest.raises(RequestError, match="give each value once"):
        cells_of(["all"], [4, 4], [8], [0])


def test_runs_of_other_seeds_are_judged_on_the_same_films() -> None:
    recipe = Recipe.model_validate(RECIPE)
    changed = Cell("last", 4, 8, 5).recipe(recipe)
    assert (changed.seed, changed.split_seed) == (5, recipe.seed)
    assert changed.lora is not None
    assert (changed.lora.rank, changed.lora.alpha, changed.lora.targets) == (4, 8, "last")


def test_an_effect_is_held_against_the_noise_between_seeds() -> None:
    rows = [
        row("all", 4, 0, 0.80), row("all", 4, 1, 0.82), row("all", 16, 0, 0.81), row("all", 16, 1, 0.81),
        row("last", 4, 0, 0.70), row("last", 4, 1, 0.72), row("last", 16, 0, 0.70), row("last", 16, 1, 0.72),
        row("last", 16, 2, None),
    ]  # fmt: skip
    found = effects(rows)
    assert set(found["factors"]) == {"targets", "rank"}  # alpha has one level
    assert found["factors"]["targets"]["range"] == pytest.approx(0.10)
    assert found["factors"]["rank"]["range"] == pytest.approx(0.0)
    deviations = [0.0002, 0.0, 0.0002, 0.0002]  # variances of the four cells
    assert found["noise"] == pytest.approx(np.mean(deviations) ** 0.5)
    told = tell_effects(found)
    assert told[0].startswith("targets: the mean AUROC moves by 0.100, more than twice")
    assert "rank" in told[1]
    assert "no more than twice" in told[1]
    assert "cannot be told" in tell_effects(effects(rows[:1]))[-1]


def test_a_sweep_trains_writes_its_table_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    rows = ["Path,Cardiomegaly"]
    rng = np.random.default_rng(0)
    for i in range(60):
        film = tmp_path / f"toy/train/patient{i:03}/study1/view1_frontal.png"
        film.parent.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 100 + 100 * (i % 2), (32, 32)).astype(np.uint8)).save(film)
        rows.append(f"{film.relative_to(tmp_path)},{i % 2}")
    (tmp_path / "toy" / "train.csv").write_text("\n".join(rows) + "\n")
    config = tmp_path / "toy.yaml"
    config.write_text(yaml.safe_dump(RECIPE))
    command = [
        "--config",
        str(config),
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path / "s"),
        "--targets",
        "all,last",
    ]
    assert sweep([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [r["targets"] for r in document["runs"]] == ["all", "last"]
    assert document["runs"][0]["trainable"] > document["runs"][1]["trainable"]
    assert all(r["auroc"] is not None for r in document["runs"])
    assert (tmp_path / "s" / "sweep.csv").read_text().count("\n") == 3
    assert (tmp_path / "s" / "sweep.png").read_bytes().startswith(b"\x89PNG")
    assert sweep(command) == 0
    again = capsys.readouterr()
    assert "run 1 of" not in again.err  # nothing was trained again
    assert "targets: the mean AUROC moves by" in again.out
    with pytest.raises(RequestError, match="other settings"):
        sweep([*command, "--set", "epochs=2"])
    with pytest.raises(RequestError, match="matches no convolution"):
        sweep([*command[:-1], "none-of-them"])
    with pytest.raises(RequestError, match="--rank '4,x' is not a list"):
        sweep([*command, "--rank", "4,x"])
