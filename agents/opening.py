"""From a film's file to a case on the bench: film, quality, models, and the truth where a table knows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from ..tools.lookup_ground_truth import ground_truth
from ..tools.workbench import Workbench
from ..training.errors import RadiographError, RequestError
from ..training.models.classifier import Classifier
from ..training.models.families import pair_findings
from ..training.radiographs.quality import assess_quality
from ..training.radiographs.radiograph import read_radiograph
from ..training.tables import CaseTable, read_table


def open_case(
    image: Path,
    baseline: Classifier,
    finetuned: Classifier,
    *,
    labels: Path | CaseTable | None = None,
    images: Path | None = None,
    revealed: bool = False,
) -> Workbench:
    """Read a film and put it on the bench with its pair of models.

    With `labels`, `image` may also be a case id of that table, and the case takes its id, truth and projection from
    there (`TableError` where it is not in the table). Without, the id is a safe form of the file's name. `revealed`
    lets the explainer see the truth and needs `labels`.
    """
    if revealed and labels is None:
        raise RequestError("--revealed needs the truth: name a table that has this film with --labels CSV")
    if labels is None:
        film = read_radiograph(_existing(image))
        findings = pair_findings(baseline, finetuned)
        return Workbench(safe_id(image.stem), film, assess_quality(film), baseline, finetuned, findings)
    table = labels
    if not isinstance(table, CaseTable):
        table = read_table(table, images, pair_findings(baseline, finetuned))
    row = table.find(str(image))
    film = read_radiograph(image if image.is_file() else table.path_of(row))
    return Workbench(
        safe_id(str(row["case_id"])),
        film,
        assess_quality(film, table_projection=_projection(str(row["projection"]))),
        baseline,
        finetuned,
        findings=table.findings,
        truth=ground_truth(table, str(row["case_id"])),
        revealed=revealed,
    )


def _projection(cell: str) -> Literal["AP", "PA"] | None:
    return "AP" if cell == "AP" else "PA" if cell == "PA" else None


def safe_id(name: str) -> str:
    """A case id that is also a plain file name: letters, digits, `.`, `_` and `-`, at most 100 of them."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:100] or "case"


def _existing(image: Path) -> Path:
    if image.is_dir():
        raise RadiographError(f"{str(image)!r} is a folder; name one film")
    if not image.exists():
        raise RadiographError(f"there is no film {str(image)!r}; a case id works only together with --labels CSV")
    return image
