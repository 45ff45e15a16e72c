"""Captions and boxes of maps as the screen gets them, for every finding: hovering never waits for a tool."""

from __future__ import annotations

from typing import Any

from ...tools.detect_boxes import detect_boxes
from ...tools.gradcam import gradcam
from ...tools.schemas import BoxSet, DetectBoxesInput, GradcamInput, Heatmap
from ..explanation.facts import ROLES
from ..reports.report import box_title, caption
from .live_case import LiveCase


def take_details(live: LiveCase) -> None:
    """Captions and boxes that the case's report already has."""
    if live.report is None:
        return
    boxes = {(b.role, b.finding): b for b in live.report.boxes}
    for heatmap in live.report.heatmaps:
        key = (heatmap.role, heatmap.finding)
        if key not in live.details:
            live.details[key] = _detail(heatmap, boxes.get(key))


def make_details(live: LiveCase) -> None:
    """Captions and boxes of every finding that has a place; about 50 ms each, so after everything else."""
    bench = live.bench
    if bench is None:
        return
    take_details(live)
    for role in ROLES:
        for finding in bench.findings.each():
            if live.stop.is_set():
                return
            key = (role, finding.name)
            if not finding.boxed or key in live.details or bench.why_not_assessed(role, finding.name) is not None:
                continue
            heatmap = gradcam(bench, GradcamInput(model=role, finding=finding.name))
            boxes = detect_boxes(bench, DetectBoxesInput(model=role, finding=finding.name))
            live.details[key] = _detail(heatmap, boxes)


def _detail(heatmap: Heatmap, boxes: BoxSet | None) -> dict[str, Any]:
    if boxes is not None and not boxes.boxes and (boxes.why_none or "").startswith("the map is empty"):
        return {"lines": [f"{(boxes.why_none or '').capitalize()}."], "boxes": []}
    return {
        "lines": list(caption(None, heatmap.finding, heatmap, boxes)),
        "boxes": [
            {"at": [round(v, 1) for v in (b.x1, b.y1, b.x2, b.y2)], "title": box_title(i, b)}
            for i, b in enumerate(boxes.boxes if boxes else (), 1)
        ],
    }
