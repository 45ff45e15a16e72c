"""The classifier families, and how a MODEL is named: `family/variant`, an added model's name, a checkpoint folder or
a run.

    load_model("mini/finetuned")
    load_pair("densenet-pc", cache=settings.cache_folder)
    load_pair(baseline="runs/pc/epochs/01", finetuned="runs/pc/best")

Models that are not bundled lie in the cache folder, `models/NAME`: baselines by `cxr-lens models fetch`, everything
else by `cxr-lens models add`. Whoever has read the settings passes that folder down; without one, it is the default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import RequestError, did_you_mean
from ..findings import FindingSet
from .checkpoints import CONFIG, WEIGHTS, load_checkpoint
from .classifier import Classifier
from .config import ModelConfig
from .pretrained import MODELS, PRETRAINED

BUNDLED = Path(__file__).parents[1] / "bundled"
DEFAULT_CACHE = Path("~/.cache/cxr-lens")
VARIANTS = ("baseline", "finetuned")
"""A pair; a family may have further variants, such as `baseline-paper`."""
RUN_CHECKPOINT = "best"


@dataclass(frozen=True)
class Family:
    """An architecture with its pretrained source, as a pair of models."""

    name: str
    about: str
    variants: tuple[str, ...] = VARIANTS
    """Every variant that has a name of its own."""
    folder: Path | None = None
    """Where `FAMILY-VARIANT` folders are, of a family that does not live in the cache."""

    def place(self, variant: str, cache: Path | None = None) -> Path:
        """The checkpoint folder of a variant, whether or not it is there."""
        if self.folder is not None:
            return self.folder / f"{self.name}-{variant}"
        return models_folder(cache) / self.name / variant

    def has(self, variant: str, cache: Path | None = None) -> bool:
        return is_checkpoint(self.place(variant, cache))

    def is_here(self, cache: Path | None = None) -> bool:
        """Whether both models of the pair are."""
        return all(self.has(variant, cache) for variant in VARIANTS)

    def configs(self) -> dict[str, ModelConfig]:
        """Configurations of the variants that come from published weights; empty for `mini`."""
        return PRETRAINED[self.name].configs() if self.name in PRETRAINED else {}


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "densenet-pc",
            "torchxrayvision's DenseNet121 trained on PadChest",
            ("baseline", "baseline-paper", "finetuned"),
        ),
        Family(
            "densenet-nih",
            "torchxrayvision's DenseNet121 trained on NIH ChestX-ray14",
            ("baseline", "baseline-paper", "finetuned"),
        ),
        Family(
            "clip-vit-b32",
            "OpenAI's CLIP ViT-B/32, zero-shot from text prompts",
            ("baseline", "baseline-paper", "baseline-raw", "finetuned"),
        ),
        Family("efficientnet-b0", "timm's EfficientNet-B0 trained on ImageNet; the baseline's head is untrained"),
        Family(
            "mini",
            "small bundled pair: a ResNet from synthetic films, then fine-tuned on real ones",
            folder=BUNDLED,
        ),
    )
}
"""In the order `--family auto` tries them; `mini` is always last."""


def models_folder(cache: Path | None = None) -> Path:
    return (cache or DEFAULT_CACHE.expanduser()) / MODELS


def is_checkpoint(folder: Path) -> bool:
    return (folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()


def resolve_family(name: str, cache: Path | None = None) -> Family:
    """A family by name; `auto` is the first whose two models are here."""
    if name == "auto":
        return next(f for f in FAMILIES.values() if f.is_here(cache) or f.name == "mini")
    if name not in FAMILIES:
        raise RequestError(f"{name!r} is not a family{did_you_mean(name, ('auto', *FAMILIES))}")
    return FAMILIES[name]


def added_models(cache: Path | None = None) -> dict[str, Path]:
    """Name -> folder of the models in the cache that are no variant of a family, sorted."""
    root = models_folder(cache)
    known = {family.place(variant, cache) for family in FAMILIES.values() for variant in family.variants}
    folders = sorted(path.parent for path in root.glob(f"**/{CONFIG}")) if root.is_dir() else []
    return {
        folder.relative_to(root).as_posix(): folder
        for folder in folders
        if folder not in known and is_checkpoint(folder)
    }


def model_folder(name: str, cache: Path | None = None) -> Path:
    """The checkpoint folder a MODEL argument means; `RequestError` says how to get a model that is not here."""
    family, _, variant = name.partition("/")
    if family in FAMILIES and variant in FAMILIES[family].variants:
        folder = FAMILIES[family].place(variant, cache)
        if is_checkpoint(folder):
            return folder
        raise RequestError(f"{name} is not here: {how_to_get(family, variant)}")
    added = models_folder(cache) / name
    if name and added.is_relative_to(models_folder(cache)) and ".." not in added.parts and is_checkpoint(added):
        return added
    for folder in (Path(name), Path(name) / RUN_CHECKPOINT):
        if (folder / CONFIG).is_file():
            return folder
    known = [f"{f.name}/{v}" for f in FAMILIES.values() for v in f.variants] + list(added_models(cache))
    raise RequestError(f"{name!r} is neither a model nor a checkpoint folder{did_you_mean(name, known)}")


def how_to_get(family: str, variant: str) -> str:
    """What brings a family's variant here."""
    if family not in PRETRAINED:
        return "it is bundled, so this installation is incomplete; install it again"
    if variant == "finetuned":
        return (
            f"train it (cxr-lens train --config training/configs/best/{family}.yaml ...), then "
            f"cxr-lens models add {family}/finetuned --weights RUN/best; or name a run's folder"
        )
    files = PRETRAINED[family].files
    sizes = ", ".join(f"{f.name}, {f.how_large()}, from {f.url}" for f in files)
    return f"cxr-lens models fetch {family} ({sizes}; --from FOLDER takes files you have)"


def load_model(name: str, device: str = "cpu", cache: Path | None = None) -> Classifier:
    """Load a MODEL: `mini/finetuned`, an added model's name, a checkpoint folder, or a run's folder."""
    return load_checkpoint(model_folder(name, cache), device)


def load_pair(
    family: str = "auto",
    baseline: str | None = None,
    finetuned: str | None = None,
    device: str = "cpu",
    cache: Path | None = None,
) -> tuple[Classifier, Classifier]:
    """Baseline and fine-tuned of a family, or any two models by name.

    Two checkpoints of one name (two epochs of a run) get the beginning of their weights' SHA-256 behind it.
    """
    if (baseline is None) != (finetuned is None):
        raise RequestError("--baseline and --finetuned go together: give both, or --family")
    if baseline is None or finetuned is None:
        name = resolve_family(family, cache).name
        baseline, finetuned = f"{name}/baseline", f"{name}/finetuned"
    first, second = load_model(baseline, device, cache), load_model(finetuned, device, cache)
    if first.name == second.name and first.weights_sha256 != second.weights_sha256:
        return _marked(first), _marked(second)
    return first, second


def _marked(model: Classifier) -> Classifier:
    name = f"{model.name}@{model.weights_sha256[:8]}"
    return replace(model, config=model.config.model_copy(update={"name": name}))


def pair_findings(baseline: Classifier, finetuned: Classifier) -> FindingSet:
    """The findings a pair is about: CheXpert's, or the user's own where the models carry them.

    `RequestError` where the two models carry different ones: their findings could not be compared.
    """
    sets = [model.config.finding_set for model in (baseline, finetuned)]
    if sets[0] != sets[1]:
        raise RequestError(
            f"{baseline.name} is about {sets[0].name} and {finetuned.name} about {sets[1].name}; a pair needs the same "
            "findings: give both models the same label file"
        )
    return sets[0]
