"""The training config file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.fine_tuning.recipe import read_recipe, recipe_parameters
from cxr_lens.training.policies import LabelPolicy

CONFIGS = Path(__file__).resolve().parents[3] / "training" / "configs"
RECIPES = sorted(path for path in CONFIGS.glob("*/*.yaml") if path.name != "cases.yaml")
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


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: f"{p.parent.name}-{p.stem}")
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
    for path in RECIPES:
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
        ({"lora": {"rank": 4, "alpha": 8, "target": "x"}}, "'lora.target' is not a key.*did you mean 'targets'"),
        ({"lora": {"rank": 4, "alpha": 8}}, "lora.targets: Field required"),
        ({"optimiser": {"name": "sgd"}}, "optimiser.name: Input should be 'adamw' or 'adam'"),
        ({"split": "study"}, "split: Input should be 'patient' or 'image'"),
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


def test_the_published_parameter_counts_come_from_the_paper_recipe() -> None:
    assert recipe_parameters(read_recipe(CONFIGS / "paper" / "densenet-pc.yaml")) == (8_682_765, 1_735_181)


@pytest.mark.parametrize(
    ("family", "labels", "absent", "policy"),
    [
        ("densenet-pc", 13, {"No Finding"}, LabelPolicy()),
        ("densenet-nih", 14, set(), LabelPolicy()),
        ("clip-vit-b32", 14, set(), LabelPolicy()),
        ("efficientnet-b0", 11, {"No Finding", "Fracture", "Support Devices"}, LabelPolicy(uncertain="ones")),
    ],
)
def test_the_paper_recipes_say_what_the_source_did(
    family: str, labels: int, absent: set[str], policy: LabelPolicy
) -> None:
    recipe = read_recipe(CONFIGS / "paper" / f"{family}.yaml")
    assert (recipe.family, recipe.name) == (family, f"{family}/finetuned")
    assert len(recipe.labels) == labels
    assert set(CHEXPERT.names) - set(recipe.labels) == absent
    assert recipe.policy == policy
    assert (recipe.batch, recipe.split, recipe.holdout, recipe.ema) == (32, "image", 0.2, 0)
    assert "# not published" in (CONFIGS / "paper" / f"{family}.yaml").read_text()
    if recipe.lora is not None:
        assert set(recipe.lora.variants) == {"all", "last"}


def test_the_best_recipes_split_by_patient_and_treat_uncertain_labels_per_finding() -> None:
    paths = sorted((CONFIGS / "best").glob("*.yaml"))
    assert [p.stem for p in paths] == ["clip-vit-b32", "densenet-nih", "densenet-pc", "efficientnet-b0"]
    for path in paths:
        recipe = read_recipe(path)
        assert (recipe.family, recipe.split, recipe.select) == (path.stem, "patient", "best")
        assert recipe.policy.per_finding == {"Atelectasis": "ones", "Edema": "ones", "Consolidation": "zeros"}
        assert recipe.policy.uncertain == "ignore"


def test_a_change_on_the_command_line_replaces_a_key_however_deep() -> None:
    path = CONFIGS / "paper" / "densenet-pc.yaml"
    changed = read_recipe(path, ["lora.targets=last", "epochs=3", "sources.0.repeat=0.5", "augmentation.rotate=5"])
    assert changed.lora is not None
    assert (changed.lora.targets, changed.lora.rank) == ("last", 16)
    assert (changed.epochs, changed.sources[0].repeat, changed.augmentation.rotate) == (3, 0.5, 5)
    assert read_recipe(path, ["lora=null"]).lora is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("epochs", "expected KEY=VALUE"),
        ("epoch=3", "'epoch' is not a key of a training config; did you mean 'epochs'"),
        ("sources.7.repeat=1", "'7' is not a place in a list of 1"),
        ("epochs.more=1", "epochs is one value and has no 'more'"),
        ("epochs=[", "is not a YAML value"),
    ],
)
def test_a_change_that_cannot_be_is_one_clear_sentence(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read_recipe(write(tmp_path), [change])
