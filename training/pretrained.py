"""Pretrained weights of the families: where they come from, and how they become checkpoints of ours.

Nothing here downloads by itself: `cxr-lens models fetch FAMILY` does, into the cache folder.

| family | file | source |
|---|---|---|
| densenet-pc | DenseNet121 on PadChest | torchxrayvision release v1 (Cohen et al., MIDL 2022) |
| densenet-nih | DenseNet121 on NIH ChestX-ray14 | torchxrayvision release v1 |

The files are pickled modules; their tensors are read without running their code (pickled_weights.py) and saved once as
safetensors. xrv's scores are a sigmoid rescaled so that 0.5 is the operating point; its blank labels are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from .checkpoints import CONFIG, read_config, save_checkpoint
from .downloads import FetchedFile, WeightsFile
from .errors import RequestError
from .label_maps import match_labels
from .model_config import ModelConfig, Preprocessing
from .networks import build_network, count_parameters
from .pickled_weights import read_pickled_tensors

_XRV = "https://github.com/mlmed/torchxrayvision/releases/download/v1"
_TAIL = "densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"

# Output positions, names and operating points as in torchxrayvision 1.5.7, models.py `model_urls`; positions without a
# name were never trained.
_NIH = {
    "Atelectasis": 0.039117552,
    "Consolidation": 0.0034529066,
    "Infiltration": 0.11396341,
    "Pneumothorax": 0.0057298196,
    "Edema": 0.00045666535,
    "Emphysema": 0.0018880932,
    "Fibrosis": 0.012037827,
    "Effusion": 0.038744126,
    "Pneumonia": 0.0037213727,
    "Pleural_Thickening": 0.014730946,
    "Cardiomegaly": 0.016149804,
    "Nodule": 0.054241467,
    "Mass": 0.037198864,
    "Hernia": 0.0004403434,
}
_PC = {
    "Atelectasis": 0.031012505,
    "Consolidation": 0.013347598,
    "Infiltration": 0.081435576,
    "Pneumothorax": 0.001262615,
    "Edema": 0.002587246,
    "Emphysema": 0.0035944257,
    "Fibrosis": 0.0023071,
    "Effusion": 0.055412333,
    "Pneumonia": 0.044385884,
    "Pleural_Thickening": 0.042766232,
    "Cardiomegaly": 0.043258056,
    "Nodule": 0.037629247,
    "Mass": 0.005658899,
    "Hernia": 0.0091741895,
    "Fracture": 0.026507627,
}
_XRV_OUTPUTS = (*_NIH, "Lung Lesion", "Fracture", "Lung Opacity", "Enlarged Cardiomediastinum")

XRV_PREPROCESSING = Preprocessing(size=224, channels=1, resize="centre-crop", mean=(0.5,), std=(1 / 2048,))
"""xrv's own: central square, 224 px, [0, 1] -> [-1024, 1024]."""


@dataclass(frozen=True)
class XrvRelease:
    """One DenseNet121 of torchxrayvision's releases."""

    file: WeightsFile
    operating_points: dict[str, float]
    trained_on: str


XRV_RELEASES = {
    "densenet-pc": XrvRelease(
        WeightsFile(name="xrv-densenet121-pc.pt", url=f"{_XRV}/pc-{_TAIL}", about="DenseNet121 trained on PadChest"),
        _PC,
        "PadChest (Bustos et al., 2020), by torchxrayvision",
    ),
    "densenet-nih": XrvRelease(
        WeightsFile(name="xrv-densenet121-nih.pt", url=f"{_XRV}/nih-{_TAIL}", about="DenseNet121 trained on NIH"),
        _NIH,
        "NIH ChestX-ray14 (Wang et al., CVPR 2017), by torchxrayvision",
    ),
}


def convert_xrv(family: str, fetched: FetchedFile, folder: Path) -> None:
    """Write a family's baseline checkpoint from the released file; does nothing where it is there already.

    Only the named outputs are kept, so the head has as many rows as the model has labels. `RequestError` where the
    file's tensors are not those of the network.
    """
    if (folder / CONFIG).is_file() and read_config(folder).name == f"{family}/baseline":
        return
    release = XRV_RELEASES[family]
    labels = tuple(release.operating_points)
    rows = torch.tensor([_XRV_OUTPUTS.index(label) for label in labels])
    state = read_pickled_tensors(fetched.path)
    network = build_network("xrv:densenet121", len(labels), 1, {})
    expected = network.state_dict()
    own = {f"body.{name}": tensor for name, tensor in state.items() if name not in ("op_threshs",)}
    for name in ("body.classifier.weight", "body.classifier.bias"):
        if name in own and own[name].shape[0] == len(_XRV_OUTPUTS):
            own[name] = own[name][rows]
    wrong = [n for n, t in expected.items() if n not in own or own[n].shape != t.shape]
    if wrong or set(own) - set(expected):
        odd = (wrong or sorted(set(own) - set(expected)))[0]
        raise RequestError(f"{fetched.path.name} does not hold torchxrayvision's DenseNet121: {odd} differs")
    network.load_state_dict(own)
    total, _ = count_parameters(network)
    config = ModelConfig(
        name=f"{family}/baseline",
        family=family,
        arch="xrv:densenet121",
        labels=labels,
        finding_of=match_labels(labels).matched,
        preprocessing=XRV_PREPROCESSING,
        target_layer="relu(features(x)), 7 x 7: after the last ReLU, taken explicitly",
        operating_points=release.operating_points,
        default_threshold=0.5,
        trained_on=release.trained_on,
        total_parameters=total,
        note=f"Pretrained as released (file {fetched.sha256[:12]}, checked against: {fetched.checked_against}).",
    )
    save_checkpoint(
        folder, network, config, card=f"# {config.name}\n\n{config.trained_on}. Source: {release.file.url}\n"
    )
