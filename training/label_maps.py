"""Native label names of public models and datasets, mapped onto the findings; what does not match is said.

A MODEL's label is matched only where it means the same. "Infiltration" is an opacity, but not every opacity is one;
Nodule and Mass are kinds of Lung Lesion, thickening is a kind of Pleural Other: such outputs stay native, in top-k
lists (`KINDS`). In a label TABLE a kind makes its finding true, so the maps below hold them. Sources: torchxrayvision
1.5 dataset classes, NIH ChestX-ray14 (Wang 2017), PadChest (Bustos 2020), VinDr-CXR (Nguyen 2022).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import CHEXPERT, FindingSet

NIH = {
    "Atelectasis": "Atelectasis",
    "Cardiomegaly": "Cardiomegaly",
    "Consolidation": "Consolidation",
    "Edema": "Edema",
    "Effusion": "Pleural Effusion",
    "Mass": "Lung Lesion",
    "No Finding": "No Finding",
    "Nodule": "Lung Lesion",
    "Pleural_Thickening": "Pleural Other",
    "Pneumonia": "Pneumonia",
    "Pneumothorax": "Pneumothorax",
}
XRV = {
    **NIH,
    "Enlarged Cardiomediastinum": "Enlarged Cardiomediastinum",
    "Fracture": "Fracture",
    "Lung Lesion": "Lung Lesion",
    "Lung Opacity": "Lung Opacity",
    "Support Devices": "Support Devices",
}
PADCHEST = {
    "atelectasis": "Atelectasis",
    "cardiomegaly": "Cardiomegaly",
    "consolidation": "Consolidation",
    "fracture": "Fracture",
    "mass": "Lung Lesion",
    "mediastinal enlargement": "Enlarged Cardiomediastinum",
    "nodule": "Lung Lesion",
    "normal": "No Finding",
    "pleural effusion": "Pleural Effusion",
    "pleural thickening": "Pleural Other",
    "pneumonia": "Pneumonia",
    "pneumothorax": "Pneumothorax",
    "pulmonary edema": "Edema",
    "pulmonary mass": "Lung Lesion",
    "rib fracture": "Fracture",
}
VINDR = {
    "Atelectasis": "Atelectasis",
    "Cardiomegaly": "Cardiomegaly",
    "Consolidation": "Consolidation",
    "Lung Opacity": "Lung Opacity",
    "No finding": "No Finding",
    "Nodule/Mass": "Lung Lesion",
    "Pleural effusion": "Pleural Effusion",
    "Pleural thickening": "Pleural Other",
    "Pneumothorax": "Pneumothorax",
}
KINDS = {
    "nodule": "Lung Lesion",
    "mass": "Lung Lesion",
    "pulmonary nodule": "Lung Lesion",
    "pulmonary mass": "Lung Lesion",
    "lung mass": "Lung Lesion",
    "pleural thickening": "Pleural Other",
    "pleural plaque": "Pleural Other",
    "pleural scarring": "Pleural Other",
    "rib fracture": "Fracture",
    "clavicle fracture": "Fracture",
    "fractured rib": "Fracture",
    "infiltration": "Lung Opacity",
}
"""Names of kinds of a finding: absent, they say nothing about the finding, so no model's score for it is read from
them."""
LABEL_MAPS: dict[str, dict[str, str]] = {"xrv": XRV, "nih": NIH, "padchest": PADCHEST, "vindr": VINDR}


@dataclass(frozen=True)
class LabelMatch:
    """Native labels against findings."""

    matched: dict[str, str]
    """Native label -> finding; each finding at most once, in the model's order."""
    unmatched: tuple[str, ...]
    """Native labels that no finding is read from; they stay in top-k lists."""
    kinds: dict[str, str]
    """Those of them that are only a kind of a finding: native label -> finding."""
    missing: tuple[str, ...]
    """Findings the model cannot express: not assessed, never negative."""


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", " ", name).strip().lower()


def _all_names(findings: FindingSet) -> dict[str, str]:
    names = {_plain(native): finding for m in LABEL_MAPS.values() for native, finding in m.items()}
    names.update({_plain(s): f.name for f in findings.each() for s in f.synonyms})
    names.update({_plain(f.name): f.name for f in findings.each()})
    own = {_plain(f.name) for f in findings.each()}
    return {n: finding for n, finding in names.items() if finding in findings and (n in own or n not in KINDS)}


def match_labels(native: Sequence[str], findings: FindingSet = CHEXPERT) -> LabelMatch:
    """Match a model's native labels onto findings by name. Blank labels (xrv pads with "") match nothing.

    Where two labels mean one finding, the one spelled like the finding wins, else the first.
    """
    known = _all_names(findings)
    chosen: dict[str, str] = {}  # finding -> native label
    for label in native:
        finding = known.get(_plain(label)) if label.strip() else None
        if finding is None:
            continue
        if finding not in chosen or (_plain(label) == _plain(finding) != _plain(chosen[finding])):
            chosen[finding] = label
    finding_of = {label: finding for finding, label in chosen.items()}
    return LabelMatch(
        matched={label: finding_of[label] for label in native if label in finding_of},
        unmatched=tuple(label for label in native if label not in finding_of),
        kinds={
            label: KINDS[_plain(label)]
            for label in native
            if label not in finding_of and KINDS.get(_plain(label)) in findings
        },
        missing=tuple(name for name in findings.names if name not in chosen),
    )
