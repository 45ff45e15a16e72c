"""The panel an LLM may see: film, heatmaps, boxes, scores. Text burnt into the film is masked, the case unnamed."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import numpy as np

from ...tools.panels.drawing import draw_panel
from ...tools.schemas import BoxSet, Comparison, Evidence, GroundTruth, Outcome, Prediction, Role
from ...tools.workbench import Workbench
from ...training.radiographs.quality import Quality
from ...training.radiographs.radiograph import Radiograph
from ..state import Brief

CASE = "case"
"""What every case is called outside this machine."""

MARGIN = 0.01
"""Masks are this much larger than the text found, as a share of the film's longer edge."""


def draw_picture(bench: Workbench, brief: Brief) -> bytes:
    """The panel as PNG for the finding the brief is most about, from the brief's evidence alone."""
    evidence = brief.evidence
    predictions: dict[Role, Prediction] = {}
    for item in evidence:
        if item.tool == "predict":
            prediction = Prediction.model_validate(item.result)
            predictions[prediction.role] = prediction.model_copy(update={"model": prediction.role})
    finding = _finding(brief, predictions)
    boxes = [BoxSet.model_validate(e.result) for e in evidence if e.tool == "detect_boxes" and "@" not in e.id]
    comparison = next(Comparison.model_validate(e.result) for e in evidence if e.tool == "compare_models")
    row = comparison.findings.get(finding)
    outcomes: dict[Role, Outcome | None] | None = None
    if row is not None and not brief.blind:
        outcomes = {"baseline": row.baseline_outcome, "finetuned": row.finetuned_outcome}
    return draw_panel(
        unnamed(bench),
        finding,
        predictions,
        {b.role: b for b in boxes if b.finding == finding},
        outcomes,
        None if brief.blind else _truth(evidence),
    )


def unnamed(bench: Workbench) -> Workbench:
    """The bench with its case called "case" and its film's burnt-in text masked; scores and maps stay as they are."""
    other = copy.copy(bench)
    other.case_id = CASE
    other.film = Radiograph(mask_text(bench.film.pixels, bench.quality), bench.film.info)
    for role in ("baseline", "finetuned"):
        bench.scores(role)  # both share what was computed, and it must be computed on the film as it is
    return other


def mask_text(pixels: np.ndarray, quality: Quality) -> np.ndarray:
    """(H, W) f32 with every region of text black, side markers excepted: they name no one and settle the sides."""
    out = pixels.copy()
    height, width = pixels.shape
    margin = MARGIN * max(height, width)
    for region in quality.text:
        if region.reads is None:
            x1, y1, x2, y2 = region.box
            rows = slice(max(0, int(y1 - margin)), min(height, int(y2 + margin) + 1))
            columns = slice(max(0, int(x1 - margin)), min(width, int(x2 + margin) + 1))
            out[rows, columns] = 0.0
    return out


def _finding(brief: Brief, predictions: dict[Role, Prediction]) -> str:
    """The run's finding, else the first with a map, else the score farthest above its threshold."""
    if brief.finding is not None:
        return brief.finding
    for item in brief.evidence:
        if item.tool == "gradcam":
            return str(item.result["finding"])
    scores = predictions["finetuned"].findings or predictions["baseline"].findings
    return max(scores, key=lambda name: scores[name].score - scores[name].threshold)


def _truth(evidence: Iterable[Evidence]) -> GroundTruth | None:
    found = (GroundTruth.model_validate(e.result) for e in evidence if e.tool == "lookup_ground_truth")
    return next(found, None)
