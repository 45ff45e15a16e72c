"""The command `cxr-lens panel`: one case and one finding as a picture for the screen or for print."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...training.models.checkpoints import write_atomically
from ...training.tables import case_id_of
from ..anatomy.true_regions import TrueRegion, clip_to_film, read_regions
from ..commands import film_parser, open_bench
from ..compare_models import compare_models
from ..detect_boxes import detect_boxes
from ..predict import predict
from ..schemas import BoxSet, CompareModelsInput, DetectBoxesInput, Outcome, PredictInput, Prediction, Role, ToolError
from ..workbench import Workbench
from .drawing import PRINT, SCREEN, draw_grid, draw_panel
from .parts import ROLES

_KINDS: dict[str, Literal["png", "pdf"]] = {".png": "png", ".pdf": "pdf"}


def panel(arguments: list[str]) -> int:
    parser = film_parser(
        "panel", "One finding of one case as a picture: film and overlays, or overlays and raw maps."
    )
    parser.add_argument("--finding", required=True, help="for example 'Pleural Effusion'")
    parser.add_argument("--layout", choices=("three", "grid"), default="three", help="three panels, or two by two")
    parser.add_argument("--boxes", type=Path, metavar="FILE", help="readers' boxes or outlines, drawn as thin lines")
    parser.add_argument("--dpi", type=int, help=f"dots per inch; default {SCREEN} for .png, {PRINT} for .pdf")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .png or .pdf file")
    asked = parser.parse_args(arguments)
    kind = _KINDS.get(asked.out.suffix.lower())
    if kind is None:
        raise ToolError(f"--out {asked.out.name}: expected a name that ends in .png or .pdf")
    if asked.dpi is not None and not 50 <= asked.dpi <= 1200:
        raise ToolError(f"--dpi {asked.dpi}: expected 50 to 1200")
    dpi = asked.dpi or (PRINT if kind == "pdf" else SCREEN)
    bench = open_bench(asked)
    finding = bench.finding(asked.finding)
    regions = regions_of(bench, asked.boxes, asked.image, finding) if asked.boxes else ()
    predictions, boxes, outcomes = panel_evidence(bench, finding)
    if asked.layout == "grid":
        picture = draw_grid(bench, finding, predictions, boxes, outcomes, true_regions=regions, kind=kind, dpi=dpi)
    else:
        truth = bench.truth if bench.revealed else None
        picture = draw_panel(
            bench, finding, predictions, boxes, outcomes, truth, true_regions=regions, kind=kind, dpi=dpi
        )
    write_atomically(asked.out, picture)
    print(asked.out)
    return 0


def panel_evidence(
    bench: Workbench, finding: str
) -> tuple[dict[Role, Prediction], dict[Role, BoxSet], dict[Role, Outcome | None] | None]:
    """What a panel shows: predictions, boxes of the models that assess the finding, and outcomes when revealed."""
    predictions: dict[Role, Prediction] = {role: predict(bench, PredictInput(model=role)) for role, _ in ROLES}
    boxes: dict[Role, BoxSet] = {
        role: detect_boxes(bench, DetectBoxesInput(model=role, finding=finding))
        for role, _ in ROLES
        if finding in predictions[role].findings
    }
    if not bench.revealed:
        return predictions, boxes, None
    row = compare_models(bench, CompareModelsInput(finding=finding)).findings[finding]
    return predictions, boxes, {"baseline": row.baseline_outcome, "finetuned": row.finetuned_outcome}


def regions_of(bench: Workbench, file: Path, image: str, finding: str) -> tuple[TrueRegion, ...]:
    """Readers' regions of a finding on the bench's film; `ToolError` where the file has none for it."""
    height, width = bench.film.pixels.shape
    ids = {bench.case_id, case_id_of(image), Path(image).name, Path(image).stem}
    own = [
        clip_to_film(region, height, width)
        for region in read_regions(file, bench.findings).regions
        if region.finding == finding and {region.film, case_id_of(region.film), Path(region.film).name} & ids
    ]
    found = tuple(region for region in own if region is not None)
    if not found:
        raise ToolError(f"{file.name} has no region of {finding} on {bench.case_id}")
    return found
