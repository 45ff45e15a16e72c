"""A user's label file (YAML): findings with parents, synonyms and plausible zones, and the order of a model's outputs.

    name: my findings
    findings:
      - Tuberculosis                       # a name alone is enough
      - name: Cavity
        parent: Tuberculosis
        synonyms: [cavitation]
        zones: [apex, upper lung]          # a lung zone without a side means both
      - {name: Normal, judged: false, boxed: false}
    labels: [Cavity, tb, Normal]           # a model's outputs in order; left out, they are the findings'

A file with `labels` alone, or a plain list of names, keeps CheXpert's findings and only names the outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from .errors import RequestError, did_you_mean
from .findings import CHEXPERT, Finding, FindingSet
from .zones import LUNG_ZONES

_KEYS = ("name", "findings", "labels")


@dataclass(frozen=True)
class LabelFile:
    findings: FindingSet | None
    """None where the file names outputs only: CheXpert's findings stay."""
    labels: tuple[str, ...] | None
    """Names of a model's outputs in order."""


def read_label_file(path: Path) -> LabelFile:
    """Read a label file; `RequestError` names the key or the finding that is wrong."""
    if not path.is_file():
        raise RequestError(f"there is no label file {str(path)!r}")
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    if isinstance(content, str):  # one name a line
        content = content.split("\n") if "\n" in content else path.read_text("utf-8").split("\n")
        content = [line.strip() for line in content if line.strip()]
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return LabelFile(None, _labels(content, path))
    if isinstance(content, list):
        content = {"findings": content}
    if not isinstance(content, dict):
        raise RequestError(f"{path.name} must hold `findings`, `labels`, or a list of names")
    odd = [key for key in content if key not in _KEYS]
    if odd:
        raise RequestError(f"{path.name}: {odd[0]!r} is not a key of a label file{did_you_mean(str(odd[0]), _KEYS)}")
    labels = _labels(content["labels"], path) if content.get("labels") is not None else None
    if content.get("findings") is None:
        if labels is None:
            raise RequestError(f"{path.name} holds neither `findings` nor `labels`")
        return LabelFile(None, labels)
    findings = findings_of_rows(content["findings"], str(content.get("name") or path.stem), path)
    return LabelFile(findings, labels or findings.names)


def findings_of_file(path: Path | None) -> FindingSet:
    """The findings of a label file, CheXpert's where there is none or it names outputs only."""
    return CHEXPERT if path is None else read_label_file(path).findings or CHEXPERT


def findings_of_rows(rows: Any, name: str, path: Path) -> FindingSet:
    """A `findings` list as a set."""
    if not isinstance(rows, list) or not rows:
        raise RequestError(f"{path.name}: findings must be a list of names or of records with a name")
    findings = []
    for number, row in enumerate(rows, start=1):
        record = {"name": row} if isinstance(row, str) else row
        if not isinstance(record, dict):
            raise RequestError(f"{path.name}: finding {number} is {row!r}; expected a name or a record with a name")
        if isinstance(record.get("zones"), list):
            record = {**record, "zones": [zone for z in record["zones"] for zone in _sided(z)]}
        try:
            findings.append(Finding.model_validate(record))
        except ValidationError as error:
            raise RequestError(f"{path.name}: finding {number}: {_first(error)}") from None
    try:
        return FindingSet(name=name, findings=tuple(findings))
    except ValidationError as error:
        raise RequestError(f"{path.name}: {_first(error)}") from None


def _sided(zone: Any) -> list[Any]:
    return [f"{side} {zone}" for side in ("right", "left")] if zone in LUNG_ZONES else [zone]


def _labels(names: Any, path: Path) -> tuple[str, ...]:
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise RequestError(f"{path.name}: labels must be a list of names, in the order of the model's outputs")
    again = sorted({n for n in names if names.count(n) > 1})
    if again:
        raise RequestError(f"{path.name}: the label {again[0]!r} stands there twice")
    return tuple(names)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
