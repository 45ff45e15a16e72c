"""Families in their printed order, models by name, pairs of any two checkpoints, and how to get what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT, Finding, FindingSet
from cxr_lens.training.models.checkpoints import save_checkpoint
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.families import (
    FAMILIES,
    added_models,
    load_model,
    load_pair,
    model_folder,
    pair_findings,
    resolve_family,
)
from cxr_lens.training.models.networks import build_network

ARGS: dict[str, Any] = {"channels": [8, 8, 8, 8]}


def put(folder: Path, name: str, seed: int = 0, **changes: Any) -> Path:
    """A small checkpoint."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network("timm:resnet10t", 2, 1, ARGS)
    config = ModelConfig.model_validate(
        {
            "name": name,
            "family": name.partition("/")[0],
            "arch": "timm:resnet10t",
            "arch_args": ARGS,
            "labels": ("Edema", "Fracture"),
            "finding_of": {"Edema": "Edema", "Fracture": "Fracture"},
            "preprocessing": Preprocessing(size=32),
            "target_layer": "layer4",
            **changes,
        }
    )
    save_checkpoint(folder, network, config)
    return folder


def test_the_fixed_order_of_the_families() -> None:
    assert list(FAMILIES) == ["densenet-pc", "densenet-nih", "clip-vit-b32", "efficientnet-b0", "mini"]


def test_auto_is_the_first_family_whose_two_models_are_here(tmp_path: Path) -> None:
    models = tmp_path / "models"
    assert resolve_family("auto", tmp_path).name == "mini"
    put(models / "efficientnet-b0" / "baseline", "efficientnet-b0/baseline")
    put(models / "densenet-nih" / "baseline", "densenet-nih/baseline")
    assert resolve_family("auto", tmp_path).name == "mini"
    put(models / "efficientnet-b0" / "finetuned", "efficientnet-b0/finetuned")
    assert resolve_family("auto", tmp_path).name == "efficientnet-b0"
    put(models / "densenet-nih" / "finetuned", "densenet-nih/finetuned")
    assert [m.name for m in load_pair("auto", cache=tmp_path)] == ["densenet-nih/baseline", "densenet-nih/finetuned"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("densenet-pc/baseline", ("models fetch densenet-pc", "xrv-densenet121-pc.pt", "about 28 MB", "https://")),
        ("clip-vit-b32/baseline-raw", ("models fetch clip-vit-b32", "605 MB", "--from FOLDER")),
        ("densenet-pc/finetuned", ("cxr-lens train", "models add densenet-pc/finetuned", "RUN/best")),
    ],
)
def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path: Path, name: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(RequestError) as raised:
        load_model(name, cache=tmp_path)
    assert all(part in str(raised.value) for part in (name, *parts))


def test_a_run_an_added_model_and_a_checkpoint_are_models(tmp_path: Path) -> None:
    best = put(tmp_path / "run" / "best", "toy/finetuned")
    mine = put(tmp_path / "cache" / "models" / "mine", "mine")
    assert model_folder(str(tmp_path / "run")) == best
    assert model_folder(str(best)) == best
    assert model_folder("mine", tmp_path / "cache") == mine
    assert list(added_models(tmp_path / "cache")) == ["mine"]
    with pytest.raises(RequestError, match="did you mean 'mine'"):
        model_folder("mines", tmp_path / "cache")
    with pytest.raises(RequestError, match="neither a model nor"):
        model_folder("../run/best", tmp_path / "cache" / "models")


def test_two_epochs_of_one_run_are_a_pair_and_told_apart(tmp_path: Path) -> None:
    early = put(tmp_path / "epoch-1", "toy/finetuned", seed=1)
    late = put(tmp_path / "epoch-9", "toy/finetuned", seed=2)
    first, second = load_pair(baseline=str(early), finetuned=str(late))
    assert first.name == f"toy/finetuned@{first.weights_sha256[:8]}"
    assert first.name != second.name
    same, again = load_pair(baseline=str(early), finetuned=str(early))
    assert same.name == again.name == "toy/finetuned"


def test_a_pair_brings_its_own_findings_and_they_must_be_the_same(tmp_path: Path) -> None:
    own = FindingSet(name="mine", findings=(Finding(name="Edema"), Finding(name="Fracture")))
    plain = load_model(str(put(tmp_path / "a", "a/x")))
    mine = load_model(str(put(tmp_path / "b", "b/x", findings=own)))
    assert pair_findings(plain, plain) is CHEXPERT
    assert pair_findings(mine, mine) == own
    with pytest.raises(RequestError, match="same findings"):
        pair_findings(plain, mine)
