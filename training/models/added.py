"""Adding a model from elsewhere: its weights fitted onto a network, proved by its own scores, kept as a checkpoint.

The proof is a table of scores the owner's code gave: columns `Path` (or `case_id`) and labels. A model whose scores
here differ is not added: a wrong normalisation, resize or label order changes every explanation and breaks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..errors import RequestError, TableError, did_you_mean
from ..findings import CHEXPERT
from ..label_file import LabelFile
from ..label_maps import match_labels
from ..radiographs.radiograph import read_radiograph
from .checkpoints import CONFIG, load_checkpoint, save_checkpoint, sha256_of, write_atomically
from .classifier import Classifier
from .config import ModelConfig, Preprocessing
from .foreign_weights import fit_tensors, read_tensors
from .networks import SplitNetwork, TimmNetwork, build_network, count_parameters
from .timm_weights import IMAGENET
from .xrv_weights import XRV_PREPROCESSING

TOLERANCE = 0.01
"""Largest difference of a score that a proof forgives: two image libraries resize a film a little differently."""
_BATCH = 16

PRESETS = {
    "imagenet": IMAGENET,
    "xrv": XRV_PREPROCESSING,
    "half": Preprocessing(size=224, channels=1, resize="squash", mean=(0.5,), std=(0.5,)),
}


def read_preprocessing(words: list[str]) -> Preprocessing:
    """`imagenet size=320 resize=centre-crop`: a preset and changes to it, or `size=` with everything else.

    mean and std are per channel, of the film in [0, 1]: `mean=0.5,0.5,0.5`.
    """
    values: dict[str, object] = {}
    known = ("size", "channels", "resize", "mean", "std")
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and word in PRESETS:
            values = {**PRESETS[word].model_dump(), **values}
        elif key in known and equals:
            values[key] = value.split(",") if key in ("mean", "std") else value
        else:
            raise RequestError(f"--preprocess {word!r}{did_you_mean(key, (*PRESETS, *(f'{k}=' for k in known)))}")
    channels = str(values.get("channels", 1))
    if not channels.isdigit():
        raise RequestError(f"--preprocess channels={channels}: expected 1 or 3")
    values["channels"] = int(channels)
    for key in ("mean", "std"):
        given = values.get(key)
        if isinstance(given, list | tuple) and len(given) == 1:
            values[key] = list(given) * int(channels)
    try:
        return Preprocessing.model_validate(values)
    except ValueError as error:
        first = str(error).splitlines()
        raise RequestError(
            f"--preprocess {' '.join(words)!r}: {' '.join(part.strip() for part in first[1:3])}"
        ) from None


@dataclass(frozen=True)
class Proof:
    """Scores reproduced."""

    films: int
    labels: int
    largest: float
    """Largest difference from the owner's score."""


def fit_model(
    name: str,
    arch: str,
    weights: Path,
    labels: LabelFile,
    preprocessing: Preprocessing,
    *,
    arch_args: dict[str, object] | None = None,
    layer: str | None = None,
    trained_on: str = "",
) -> tuple[Classifier, str]:
    """A classifier out of a weights file, not yet saved, and the prefix that was stripped."""
    if labels.labels is None:
        raise RequestError("the label file does not name the model's outputs; add `labels`")
    arch_args = {**(arch_args or {}), **({"layer": layer} if layer else {})}
    with torch.random.fork_rng(devices=[]):
        network = build_network(arch, len(labels.labels), preprocessing.channels, arch_args).eval()
    state, prefix = fit_tensors(network, read_tensors(weights), weights.name)
    network.load_state_dict(state)
    _check_split(network, preprocessing, layer)
    findings = labels.findings or CHEXPERT
    matched = match_labels(labels.labels, findings).matched
    digest = sha256_of(weights)
    config = ModelConfig(
        name=name,
        family=name.partition("/")[0],
        arch=arch,
        arch_args=arch_args,
        labels=labels.labels,
        findings=labels.findings,
        finding_of=matched,
        label_source=dict.fromkeys(matched.values(), "real"),
        preprocessing=preprocessing,
        target_layer=f"output of {layer}" if layer else "output of forward_features, before pooling",
        policy="unknown",
        trained_on=trained_on or "unknown; added by its user",
        made_from=f"{weights.name} {digest[:12]}",
        total_parameters=count_parameters(network)[0],
    )
    return Classifier(config, network, digest), prefix


def _check_split(network: SplitNetwork, preprocessing: Preprocessing, layer: str | None) -> None:
    """Whether the network is the composition of its halves at the layer: nothing may go around it."""
    if not isinstance(network, TimmNetwork):
        if layer is not None:
            raise RequestError(f"--layer {layer}: only timm networks have a choice of layer")
        return
    side = preprocessing.size
    x = torch.randn(2, preprocessing.channels, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        state = network.activations(x)
        if state.dim() != 4:
            where = f"--layer {layer}: its output" if layer else "the output of forward_features"
            raise RequestError(f"{where} is {tuple(state.shape)}; heatmaps need (N, K, rows, columns)")
        halves, whole = network.logits(state), network.body(x)
    if not torch.allclose(halves, whole, atol=1e-4, rtol=1e-4):
        raise RequestError(
            f"--layer {layer}: part of the network goes around it, so heatmaps would miss that; choose a stage"
        )


def prove(model: Classifier, csv: Path, images: Path | None, tolerance: float = TOLERANCE) -> Proof:
    """Reproduce a table of scores; `RequestError` names the film, the label and what may be the matter."""
    table = _read_proof(csv)
    labels = [label for label in model.labels if label in table.columns]
    if not labels:
        raise TableError(f"{csv.name} has no column for any label, such as {model.labels[0]!r}")
    wanted = table[labels].to_numpy(dtype=np.float64)
    if np.isnan(wanted).any() or wanted.min() < 0 or wanted.max() > 1:
        raise TableError(f"{csv.name}: a score lies outside [0, 1] or is blank; give scores after the sigmoid")
    own = _scores(model, [_film(str(path), csv, images) for path in table["Path"]])
    columns = [model.labels.index(label) for label in labels]
    differences = np.abs(own[:, columns] - wanted)
    film, label = np.unravel_index(int(differences.argmax()), differences.shape)
    if differences.max() > tolerance:
        got, expected = own[film, columns[label]], wanted[film, label]
        raise RequestError(
            f"the scores are not reproduced: {labels[label]} of {table['Path'].iloc[film]} is {got:.4f}, "
            f"{csv.name} says {expected:.4f} (tolerance {tolerance:g}); "
            f"{_diagnosis(own, wanted, labels, model, tolerance)}"
        )
    return Proof(len(table), len(labels), float(differences.max()))


def _read_proof(csv: Path) -> pd.DataFrame:
    if not csv.is_file():
        raise TableError(f"there is no table {str(csv)!r}")
    try:
        table = pd.read_csv(csv)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise TableError(f"{csv.name} is not a CSV table: {error}") from None
    if "Path" not in table.columns or table.empty:
        raise TableError(
            f"{csv.name} needs a column 'Path' and a row per film; its columns: {', '.join(table.columns)}"
        )
    return table


def _film(path: str, csv: Path, images: Path | None) -> Path:
    roots = [images] if images is not None else [csv.parent, csv.parent.parent]
    for root in roots:
        if (root / path).is_file():
            return root / path
    raise TableError(f"{csv.name}: there is no film {path!r} under {', '.join(map(str, roots))}; give --images ROOT")


def _scores(model: Classifier, films: list[Path]) -> np.ndarray:
    out = []
    for i in range(0, len(films), _BATCH):
        x = model.prepare([read_radiograph(film).pixels for film in films[i : i + _BATCH]])
        out.append(model.scores(model.logits(x)).cpu().numpy())
    return np.concatenate(out)


def _diagnosis(own: np.ndarray, wanted: np.ndarray, labels: list[str], model: Classifier, tolerance: float) -> str:
    """What the difference looks like."""
    for i, label in enumerate(labels):
        away = np.abs(own - wanted[:, i : i + 1]).max(0)
        best = int(away.argmin())
        if away[best] <= tolerance and model.labels[best] != label:
            return f"its {label} is what output {best + 1} gives, named {model.labels[best]}: check the labels' order"
    if len(wanted) >= 3:
        together = np.corrcoef(own[:, [model.labels.index(x) for x in labels]].ravel(), wanted.ravel())[0, 1]
        if together > 0.9:
            return f"the two go together (correlation {together:.2f}): check size, resize, mean and std"
    return "check the preprocessing, the labels' order and that these are the weights the scores came from"


def keep(model: Classifier, folder: Path, proof: Proof | None) -> Classifier:
    """Save an added model and load it back."""
    if proof is None:
        note = "Added by its user; its scores were not compared with its owner's."
    else:
        note = (
            f"Added by its user; it gave its owner's scores for {proof.films} films and {proof.labels} labels "
            f"to within {proof.largest:.1g}."
        )
    config = model.config.model_copy(update={"note": note})
    metrics = {} if proof is None else {"proof": {"films": proof.films, "largest_difference": proof.largest}}
    card = (
        f"# {config.name}\n\n{note} **For research only; not a medical device.**\n\nMade from: {config.made_from}.\n"
    )
    save_checkpoint(folder, model.network, config, metrics=metrics, card=card)
    return load_checkpoint(folder)


def copy_checkpoint(source: Path, folder: Path, name: str) -> Classifier:
    """A checkpoint of ours under a name in the cache; whole files are copied, the configuration renamed."""
    model = load_checkpoint(source)
    if folder.resolve() == source.resolve():
        raise RequestError(f"{source} is that model already")
    config = model.config.model_copy(update={"name": name, "family": name.partition("/")[0]})
    for file in sorted(source.iterdir()):
        if file.is_file() and file.name != CONFIG and not file.name.startswith("."):
            write_atomically(folder / file.name, file.read_bytes())
    write_atomically(folder / CONFIG, config.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    return load_checkpoint(folder)
