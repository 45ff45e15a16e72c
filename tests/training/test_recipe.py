"""The training config file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.recipe import read_recipe

CONFIGS = Path(__file__).resolve().parents[2] / "training" / "configs"
SMALLEST = {
    "name": "t/x",
    "family": "t",
    "arch": "timm:resnet18",
    "preprocessing": {"size": 32},
    "sources": [{"table": "a/train.csv", "kind": "real"}],
    "epochs": 1,
}


def write(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump({**SMALLEST, **changes}))
    return path


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda p: p.stem)
def test_every_bundled_config_reads(path: Path) -> None:
    assert read_recipe(path).labels


def test_the_mini_pair_says_the_same_about_where_labels_came_from() -> None:
    baseline, finetuned = (read_recipe(CONFIGS / "mini" / f"{v}.yaml") for v in ("baseline", "finetuned"))
    assert baseline.label_source == finetuned.label_source
    assert set(baseline.label_source) == set(CHEXPERT.names)
    synthetic = {name for name, source in baseline.label_source.items() if source == "synthetic"}
    assert synthetic == {"Enlarged Cardiomediastinum", "Fracture", "Support Devices"}
    assert (baseline.arch, baseline.arch_args, baseline.preprocessing) == (
        finetuned.arch,
        finetuned.arch_args,
        finetuned.preprocessing,
    )


def test_no_bundled_config_trains_on_the_validation_table() -> None:
    for path in CONFIGS.rglob("*.yaml"):
        assert all("valid" not in source.table for source in read_recipe(path).sources)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epoch": 3}, "'epoch' is not a key of a training config; did you mean 'epochs'"),
        ({"augmentation": {"flip": True}}, "'augmentation.flip' is not a key"),
        ({"augmentation": {"rotat": 1}}, "did you mean 'rotate'"),
        ({"sources": [{"table": "a", "kind": "real", "weigth": 1}]}, "sources.0.weigth"),
        ({"epochs": 0}, "epochs: Input should be greater than 0"),
        ({"threshold_rule": "best"}, "'best' is not a threshold rule"),
        ({"policy": {"per_finding": {"Oedema": "ones"}}}, "'Oedema' is not one of"),
        ({"label_source": {"Oedema": "real"}}, "'Oedema' is not one of"),
        ({"sources": []}, "sources"),
    ],
)
def test_a_wrong_key_or_value_is_one_clear_sentence(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        read_recipe(write(tmp_path, **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["- a\n", "a: [\n", "", "just words\n"])
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(content)
    with pytest.raises(RequestError, match=r"r\.yaml"):
        read_recipe(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="there is no config file"):
        read_recipe(tmp_path / "none.yaml")


def test_the_hash_changes_with_anything_the_run_depends_on(tmp_path: Path) -> None:
    same, again = read_recipe(write(tmp_path)), read_recipe(write(tmp_path))
    assert same.sha256() == again.sha256() != read_recipe(write(tmp_path, seed=1)).sha256()
