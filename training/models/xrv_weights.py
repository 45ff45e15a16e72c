"""torchxrayvision's DenseNet121 releases as baselines: `densenet-pc` and `densenet-nih`, each as it should be read
and as the source project read it (`baseline-paper`).

Input (N, 1, 224, 224) in [-1024, 1024]. The files are pickled modules; their tensors are read without running their
code (pickled_weights.py). xrv's scores are a sigmoid rescaled so that 0.5 is the operating point; outputs without a
name were never trained and are dropped. Sources: https://github.com/mlmed/torchxrayvision (1.5.7, models.py
`model_urls`); Cohen et al., MIDL 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..errors import RequestError
from ..label_maps import match_labels
from .config import ModelConfig, Preprocessing, Threshold
from .downloads import WeightsFile
from .pickled_weights import read_pickled_tensors

_URL = "https://github.com/mlmed/torchxrayvision/releases/download/v1"
_TAIL = "densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt"
ARCH = "xrv:densenet121"
TARGET = "relu(features(x)), 7 x 7: after the last ReLU, taken explicitly"
XRV_PREPROCESSING = Preprocessing(size=224, channels=1, resize="centre-crop", mean=(0.5,), std=(1 / 2048,))
"""xrv's own: central square, 224 px, [0, 1] -> [-1024, 1024]."""

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
XRV_OUTPUTS = (*_NIH, "Lung Lesion", "Fracture", "Lung Opacity", "Enlarged Cardiomediastinum")
"""The 18 outputs by position, in every release; a release leaves some of them unnamed."""

MISREAD_NIH = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
)
"""The list the source project laid over the first 8 outputs: ChestX-ray8's order, which is not the network's. Only
Atelectasis reads its own output; Cardiomegaly reads Consolidation, Effusion reads Infiltration, Pneumonia reads
Fibrosis, Pneumothorax reads Effusion."""


@dataclass(frozen=True)
class XrvRelease:
    """One DenseNet121 of the releases."""

    file: WeightsFile
    operating_points: dict[str, float]
    """Named output -> probability at its operating point."""
    trained_on: str


_SIZE = 28_000_000  # bytes, about: 6,966,034 float32 parameters and the batch-norm statistics
XRV_RELEASES = {
    "densenet-pc": XrvRelease(
        WeightsFile(
            name="xrv-densenet121-pc.pt",
            url=f"{_URL}/pc-{_TAIL}",
            size=_SIZE,
            exact=False,
            about="DenseNet121 trained on PadChest",
        ),
        _PC,
        "PadChest (Bustos et al., 2020), by torchxrayvision",
    ),
    "densenet-nih": XrvRelease(
        WeightsFile(
            name="xrv-densenet121-nih.pt",
            url=f"{_URL}/nih-{_TAIL}",
            size=_SIZE,
            exact=False,
            about="DenseNet121 trained on NIH ChestX-ray14",
        ),
        _NIH,
        "NIH ChestX-ray14 (Wang et al., CVPR 2017), by torchxrayvision",
    ),
}


def xrv_configs(family: str) -> dict[str, ModelConfig]:
    """Variant -> configuration of a family's baselines; needs no weights."""
    release = XRV_RELEASES[family]
    labels = tuple(release.operating_points)
    matched = match_labels(labels).matched
    baseline = ModelConfig(
        name=f"{family}/baseline",
        family=family,
        arch=ARCH,
        labels=labels,
        finding_of=matched,
        label_source=dict.fromkeys(matched.values(), "real"),
        preprocessing=XRV_PREPROCESSING,
        target_layer=TARGET,
        policy="as released",
        thresholds={finding: Threshold(value=0.5, rule="operating-point") for finding in matched.values()},
        operating_points=release.operating_points,
        trained_on=release.trained_on,
        note="Pretrained as released; a score of 0.5 is the operating point torchxrayvision gives.",
    )
    if family == "densenet-pc":
        paper = baseline.model_copy(
            update={
                "name": f"{family}/baseline-paper",
                "score_rule": "sigmoid-twice",
                "thresholds": {},
                "note": "As the source project scored it: finished scores passed through a second sigmoid, so all lie "
                "between 0.50 and 0.73. Kept to reproduce published numbers, not to be used.",
            }
        )
    else:
        misread = match_labels(MISREAD_NIH).matched
        paper = baseline.model_copy(
            update={
                "name": f"{family}/baseline-paper",
                "labels": MISREAD_NIH,
                "finding_of": misread,
                "label_source": dict.fromkeys(misread.values(), "real"),
                "preprocessing": Preprocessing(size=224, channels=1, resize="squash", mean=(0.5,), std=(0.25,)),
                "thresholds": {},
                "default_threshold": 0.6,
                "operating_points": {},
                "note": "As the source project read it: eight names laid over the first eight outputs, which belong to "
                "others, and an input in [-2, 2]. Kept to reproduce published numbers, not to be used.",
            }
        )
    return {"baseline": baseline, "baseline-paper": ModelConfig.model_validate(paper.model_dump())}


def xrv_states(family: str, file: Path) -> dict[str, dict[str, Tensor]]:
    """Variant -> state dict of its network, out of the released file; `RequestError` where it does not hold one."""
    state = {f"body.{k}": t for k, t in read_pickled_tensors(file).items() if k != "op_threshs"}
    head = ("body.classifier.weight", "body.classifier.bias")
    for name in head:
        if name not in state or state[name].shape[0] != len(XRV_OUTPUTS):
            raise RequestError(f"{file.name} does not hold torchxrayvision's DenseNet121: {name} differs")
    rows = {
        "baseline": [XRV_OUTPUTS.index(label) for label in XRV_RELEASES[family].operating_points],
        "baseline-paper": list(range(len(MISREAD_NIH))),
    }
    if family == "densenet-pc":
        rows["baseline-paper"] = rows["baseline"]
    return {v: {**state, **{name: state[name][chosen] for name in head}} for v, chosen in rows.items()}
