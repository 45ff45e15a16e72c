"""The panel an LLM may see: film, heatmaps, boxes, scores. Writing on the film is taken out, the case unnamed."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import numpy as np
from scipy import ndimage

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

STROKE = 0.016
"""Whatever is narrower than this share of the film's longer edge is taken out, brighter or darker than what is around
it: the strokes of letters up to some 8 % of that edge high, whether anything found them or not."""


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
    """The bench with its case called "case" and no writing on its film; scores and maps stay as they are."""
    other = copy.copy(bench)
    other.case_id = CASE
    other.film = Radiograph(hide_strokes(mask_text(bench.film.pixels, bench.quality)), bench.film.info)
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


def hide_strokes(pixels: np.ndarray) -> np.ndarray:
    """(H, W) f32 without fine structure: grey opening, closing, and a blur that takes the corners off the squares.

    Text over the body is seldom found as text. What an LLM says it sees in the picture is cut anyway; it gets the film
    to know where the maps lie.
    """
    size = max(3, round(STROKE * max(pixels.shape))) | 1
    plain = ndimage.grey_closing(ndimage.grey_opening(pixels, size=(size, size)), size=(size, size))
    return ndimage.gaussian_filter(plain, size / 4)


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
