"""The findings: CheXpert's 14 with parents, synonyms and plausible zones, or a user's own set.

Names are CheXpert's (Irvin et al., AAAI 2019, figure 1 for the hierarchy). A finding is *judged* when it counts
towards "right on a case"; No Finding and Support Devices are not (design page, "right on a case").
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .errors import RequestError, did_you_mean
from .zones import ZONES

_LUNG = ("apex", "upper lung", "mid lung", "lower lung", "perihilar", "hilum")


def _both(*zones: str) -> tuple[str, ...]:
    return tuple(f"{side} {zone}" for side in ("right", "left") for zone in zones)


class Finding(BaseModel):
    """One label: its name, its place in the hierarchy, what else it is called and where it may lie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    parent: str | None = None
    """The finding this one is a kind of: naming Edema also names Lung Opacity."""
    synonyms: tuple[str, ...] = ()
    """Other names in running text, lower case."""
    zones: tuple[str, ...] = ()
    """Zones (see `zones.ZONES`) where the finding is anatomically plausible; empty means anywhere."""
    judged: bool = True
    """Whether it counts towards "right on a case"."""
    boxed: bool = True
    """Whether it has a place at all; No Finding has none."""


class FindingSet(BaseModel):
    """An ordered set of findings; the default is `CHEXPERT`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "findings"
    findings: tuple[Finding, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_consistent(self) -> FindingSet:
        names = [f.name for f in self.findings]
        if len(set(names)) != len(names):
            raise ValueError(f"finding names repeat: {sorted({n for n in names if names.count(n) > 1})}")
        for finding in self.findings:
            if finding.parent is not None and finding.parent not in names:
                raise ValueError(f"{finding.name!r} has the unknown parent {finding.parent!r}")
            unknown = [z for z in finding.zones if z not in ZONES]
            if unknown:
                raise ValueError(f"{finding.name!r} names unknown zones {unknown}")
        for name in names:
            seen = {name}
            parent = next(f.parent for f in self.findings if f.name == name)
            while parent is not None:
                if parent in seen:
                    raise ValueError(f"the parents of {name!r} form a circle")
                seen.add(parent)
                parent = next(f.parent for f in self.findings if f.name == parent)
        return self

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.findings)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def each(self) -> Iterator[Finding]:
        return iter(self.findings)

    def get(self, name: str) -> Finding:
        """The finding of that name (any letter case); `RequestError` with a suggestion otherwise."""
        for finding in self.findings:
            if finding.name.lower() == name.lower():
                return finding
        raise RequestError(f"{name!r} is not a finding of {self.name}{did_you_mean(name, self.names)}")

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Parents of a finding, nearest first: Pneumonia -> (Consolidation, Lung Opacity)."""
        out: list[str] = []
        parent = self.get(name).parent
        while parent is not None:
            out.append(parent)
            parent = self.get(parent).parent
        return tuple(out)

    def descendants(self, name: str) -> tuple[str, ...]:
        """Every finding that has `name` among its ancestors, in the set's order."""
        return tuple(n for n in self.names if name in self.ancestors(n))


CHEXPERT = FindingSet(
    name="CheXpert's 14 findings",
    findings=(
        Finding(
            name="No Finding",
            synonyms=("no abnormality", "normal film", "normal study", "no acute findings"),
            judged=False,
            boxed=False,
        ),
        Finding(
            name="Enlarged Cardiomediastinum",
            synonyms=("widened mediastinum", "mediastinal widening", "enlarged mediastinum"),
            zones=("mediastinum", "cardiac silhouette", "paratracheal", "retrocardiac", *_both("hilum")),
        ),
        Finding(
            name="Cardiomegaly",
            parent="Enlarged Cardiomediastinum",
            synonyms=("enlarged heart", "cardiac enlargement", "enlarged cardiac silhouette"),
            zones=("cardiac silhouette", "retrocardiac", "mediastinum", *_both("cardiophrenic angle")),
        ),
        Finding(
            name="Lung Opacity",
            synonyms=("airspace opacity", "opacity", "opacities", "opacification"),
            zones=(*_both(*_LUNG, "costophrenic angle", "cardiophrenic angle"), "retrocardiac"),
        ),
        Finding(
            name="Lung Lesion",
            parent="Lung Opacity",
            synonyms=("nodule", "mass", "pulmonary nodule", "lung mass"),
            zones=(*_both(*_LUNG, "cardiophrenic angle"), "retrocardiac"),
        ),
        Finding(
            name="Edema",
            parent="Lung Opacity",
            synonyms=("pulmonary edema", "pulmonary oedema", "oedema", "vascular congestion"),
            zones=_both("upper lung", "mid lung", "lower lung", "perihilar", "hilum", "costophrenic angle"),
        ),
        Finding(
            name="Consolidation",
            parent="Lung Opacity",
            synonyms=("airspace consolidation", "airspace disease"),
            zones=(*_both(*_LUNG, "cardiophrenic angle", "costophrenic angle"), "retrocardiac"),
        ),
        Finding(
            name="Pneumonia",
            parent="Consolidation",
            synonyms=("pneumonic infiltrate", "infectious infiltrate"),
            zones=(*_both(*_LUNG, "cardiophrenic angle", "costophrenic angle"), "retrocardiac"),
        ),
        Finding(
            name="Atelectasis",
            parent="Lung Opacity",
            synonyms=("collapse", "volume loss", "subsegmental atelectasis"),
            zones=(
                *_both(
                    "mid lung",
                    "lower lung",
                    "perihilar",
                    "hilum",
                    "cardiophrenic angle",
                    "costophrenic angle",
                ),
                *_both("upper lung"),
                "retrocardiac",
            ),
        ),
        Finding(
            name="Pneumothorax",
            synonyms=("collapsed lung with pleural air", "pleural air"),
            zones=_both("apex", "upper lung", "mid lung", "lower lung", "pleural margin", "costophrenic angle"),
        ),
        Finding(
            name="Pleural Effusion",
            synonyms=("effusion", "pleural fluid", "hydrothorax"),
            zones=_both("lower lung", "costophrenic angle", "pleural margin", "cardiophrenic angle", "mid lung"),
        ),
        Finding(
            name="Pleural Other",
            synonyms=("pleural thickening", "pleural plaque", "pleural scarring"),
            zones=_both("apex", "upper lung", "mid lung", "lower lung", "pleural margin", "costophrenic angle"),
        ),
        Finding(
            name="Fracture",
            synonyms=("rib fracture", "clavicle fracture", "fractured rib"),
            zones=(
                "chest wall and clavicle",
                *_both("apex", "upper lung", "mid lung", "lower lung", "pleural margin"),
            ),
        ),
        Finding(
            name="Support Devices",
            synonyms=("tube", "line", "catheter", "pacemaker", "lines and tubes", "devices"),
            judged=False,
        ),
    ),
)
"""CheXpert's 14 labels in its own column order."""

COMPETITION = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")
"""The five labels of the CheXpert competition."""
