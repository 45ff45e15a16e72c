"""The classifier families and how a MODEL is named: `family/variant`, or the path of a checkpoint folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .checkpoints import CONFIG, load_checkpoint
from .classifier import Classifier
from .errors import RequestError, did_you_mean

BUNDLED = Path(__file__).parent / "bundled"
VARIANTS = ("baseline", "finetuned")


@dataclass(frozen=True)
class Family:
    """An architecture with its pretrained source, as a pair of models."""

    name: str
    about: str
    folders: dict[str, Path]
    """Variant -> checkpoint folder."""

    def is_here(self) -> bool:
        return all((folder / CONFIG).is_file() for folder in self.folders.values())


FAMILIES: dict[str, Family] = {
    "mini": Family(
        name="mini",
        about="small bundled pair: a ResNet from synthetic films, then fine-tuned on real ones",
        folders={variant: BUNDLED / f"mini-{variant}" for variant in VARIANTS},
    ),
}
"""In the order `--family auto` tries them; `mini` is always last."""


def resolve_family(name: str) -> Family:
    """A family by name; `auto` is the first whose two models are here."""
    if name == "auto":
        return next(f for f in FAMILIES.values() if f.is_here() or f.name == "mini")
    if name not in FAMILIES:
        raise RequestError(f"{name!r} is not a family{did_you_mean(name, ('auto', *FAMILIES))}")
    return FAMILIES[name]


def model_folder(name: str) -> Path:
    """The checkpoint folder a MODEL argument means."""
    family, _, variant = name.partition("/")
    if family in FAMILIES and variant in VARIANTS:
        return FAMILIES[family].folders[variant]
    if (Path(name) / CONFIG).is_file():
        return Path(name)
    known = [f"{f}/{v}" for f in FAMILIES for v in VARIANTS]
    raise RequestError(f"{name!r} is neither a model nor a checkpoint folder{did_you_mean(name, known)}")


def load_model(name: str, device: str = "cpu") -> Classifier:
    """Load a MODEL: `mini/finetuned`, or a checkpoint folder."""
    return load_checkpoint(model_folder(name), device)


def load_pair(
    family: str = "auto", baseline: str | None = None, finetuned: str | None = None, device: str = "cpu"
) -> tuple[Classifier, Classifier]:
    """Baseline and fine-tuned of a family, or any two models by name."""
    if (baseline is None) != (finetuned is None):
        raise RequestError("--baseline and --finetuned go together: give both, or --family")
    if baseline is None or finetuned is None:
        name = resolve_family(family).name
        baseline, finetuned = f"{name}/baseline", f"{name}/finetuned"
    return load_model(baseline, device), load_model(finetuned, device)
