"""`report.html`: one self-contained page about one case, from its `CaseReport` and the arrays of its workbench.

The film is embedded once and shown in three frames; each model's map for each finding is one small transparent
picture over it, stretched to the film by the browser. Everything drawn is in the film's own pixel coordinates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.colors import to_hex

from ...tools.panels.drawing import COLOURS, SCALE_LABEL, heat_png, shared_maximum
from ...tools.schemas import Box, BoxSet, Heatmap, Prediction, slug
from ...training.radiographs.quality import Quality
from ..records import CaseReport
from .pages import data_uri, film_jpeg, render_page

if TYPE_CHECKING:
    from ...tools.workbench import Workbench

ROLES: tuple[Literal["baseline", "finetuned"], ...] = ("baseline", "finetuned")
ROLE_NAMES = {"baseline": "Baseline", "finetuned": "Fine-tuned"}
FILM_EDGE, HEAT_EDGE = 1024, 256
"""Longer edge of the embedded pictures, pixels: a heatmap has no detail below its network's grid."""
BASES = {"ground_truth": "by the truth", "inferred": "predicted", "user": "set by the user"}
LEVELS = {"easy": "both models right", "average": "exactly one model right", "hard": "neither model right"}


@dataclass(frozen=True)
class Overlay:
    """What one frame shows for one finding."""

    role: str
    finding: str
    slug: str
    pictures: dict[str, str]
    """Colour scale ("shared" by both models, or the map's "own" maximum) -> data: URI; empty for an empty map."""
    boxes: tuple[tuple[Box, str], ...]
    """Each box and its title."""
    lines: tuple[str, ...]
    """The caption: score, peak, place."""


@dataclass(frozen=True)
class EvidenceView:
    id: str
    anchor: str
    tool: str
    arguments: str
    seconds: float
    result: str


@dataclass(frozen=True)
class ScoreRow:
    """One finding across both models."""

    finding: str
    truth: str | None
    cells: tuple[dict[str, Any], ...]
    """Per model: role, score, outcome, why it is not assessed."""


def render_report(report: CaseReport, bench: Workbench, conversation: Sequence[Any] = ()) -> str:
    """The page as text; no file is touched. `conversation` are the chat's messages on the case."""
    overlays = _overlays(report, bench)
    shown = mapped_findings(report)
    return render_page(
        "report.html.jinja",
        report=report,
        role_names=ROLE_NAMES,
        roles=ROLES,
        basis=BASES[report.difficulty.basis],
        level_meaning=LEVELS[report.difficulty.level],
        film=data_uri(film_jpeg(bench.film.pixels, FILM_EDGE), "image/jpeg"),
        overlays=overlays,
        shown=shown,
        first=shown[0] if shown else None,
        sides=sides_of(report.quality),
        rows=_score_rows(report, bench.findings.names),
        evidence=[_evidence_view(e) for e in report.evidence],
        anchors={e.id: _anchor(e.id) for e in report.evidence},
        models=_models(bench),
        positives=[n for n, t in report.truth.findings.items() if t.value == "positive"] if report.truth else [],
        ramp=[(f"{100 * i / 8:.0f}%", to_hex(COLOURS(0.15 + 0.85 * i / 8))) for i in range(9)],
        scale_label=SCALE_LABEL,
        slug=slug,
        conversation=conversation,
    )


def mapped_findings(report: CaseReport) -> tuple[str, ...]:
    """Findings with a heatmap in the report's order, the run's own finding first."""
    findings = dict.fromkeys(h.finding for h in report.heatmaps)
    return tuple(sorted(findings, key=lambda name: name != report.finding))


def _anchor(evidence: str) -> str:
    return "evidence-" + evidence.replace(".", "-").replace(" ", "-")


def _overlays(report: CaseReport, bench: Workbench) -> list[Overlay]:
    """Baseline and fine-tuned for every finding that has a map; the run's own finding first."""
    maps = {(h.role, h.finding): h for h in report.heatmaps}
    boxes = {(b.role, b.finding): b for b in report.boxes}
    overlays = []
    for finding in mapped_findings(report):
        for role in ROLES:
            heatmap, box_set = maps.get((role, finding)), boxes.get((role, finding))
            found = tuple((b, box_title(i, b)) for i, b in enumerate(box_set.boxes, 1)) if box_set else ()
            overlays.append(
                Overlay(
                    role=role,
                    finding=finding,
                    slug=slug(finding),
                    pictures=_pictures(heatmap, bench),
                    boxes=found,
                    lines=tuple(caption(report.predictions[role], finding, heatmap, box_set)),
                )
            )
    return overlays


def _pictures(heatmap: Heatmap | None, bench: Workbench) -> dict[str, str]:
    """The map coloured on the scale both models share, and on its own where that is another one."""
    if heatmap is None or heatmap.peak is None:
        return {}
    height, width = bench.film.pixels.shape
    scale = HEAT_EDGE / max(height, width)
    heat = bench.heat(heatmap.role, heatmap.finding, (max(1, round(height * scale)), max(1, round(width * scale))))
    tops = {"shared": shared_maximum(bench, heatmap.finding), "own": float(heat.max())}
    return {name: data_uri(heat_png(heat, top, max_edge=HEAT_EDGE), "image/png") for name, top in tops.items()}


def caption(
    prediction: Prediction | None, finding: str, heatmap: Heatmap | None, box_set: BoxSet | None
) -> Iterable[str]:
    """What a map's caption says, line by line; without a prediction the score is left out."""
    if prediction is not None:
        score = prediction.findings.get(finding)
        if score is None:
            yield f"Not assessed: {prediction.not_assessed.get(finding, 'this model has no such label')}"
            return
        sign, word = ("≥", "positive") if score.positive else ("<", "negative")
        yield f"Score {score.score:.2f} {sign} threshold {score.threshold:.2f}: {word}"
    if heatmap is None:
        yield "No map was made."
        return
    if heatmap.peak is None:
        yield "The map is empty: nothing on the film raises this score."
        return
    place = heatmap.peak_zone or "no named zone"
    yield f"Peak: {place}; maximum {heatmap.magnitude:.3g}"
    if heatmap.plausibility is not None:
        p = heatmap.plausibility
        fits = "a usual place for the finding" if p.plausible else "not mainly a usual place"
        yield f"{100 * p.share:.0f} % of it where the finding usually is (flat map: {100 * p.expected:.0f} %): {fits}"
    if box_set is not None and not box_set.boxes and box_set.why_none:
        yield f"No box: {box_set.why_none}"


def box_title(number: int, box: Box) -> str:
    zones = ", ".join(box.zones) or "no named zone"
    basis = " (as displayed)" if box.side_basis == "as displayed" else ""
    return (
        f"Box {number}: {box.side}{basis}; {zones}; mean activation {box.mean_activation:.2f} of the maximum; "
        f"{100 * box.area_share:.1f} % of the film"
    )


def sides_of(quality: Quality) -> dict[str, str]:
    """The patient's side at the image's left and right edge, and what settles it."""
    left, right = ("L", "R") if quality.flipped else ("R", "L")
    says = {
        "header": "sides from the header",
        "marker": "sides from the marker on the film",
        "as displayed": "sides as displayed: neither header nor marker settles a flip",
    }[quality.sides]
    return {"image_left": left, "image_right": right, "says": f"R and L are the patient's; {says}."}


def _score_rows(report: CaseReport, findings: Iterable[str]) -> list[ScoreRow]:
    rows = []
    for finding in findings:
        compared = report.comparison.findings.get(finding)
        # Truth appears only where the writer could see it too, so that a blind page is blind for its reader.
        truth = report.truth.findings.get(finding) if report.truth and not report.blind else None
        cells = []
        for role in ROLES:
            prediction = report.predictions[role]
            cells.append(
                {
                    "role": role,
                    "score": prediction.findings.get(finding),
                    "why_not": prediction.not_assessed.get(finding, "the model has no such label"),
                    "outcome": getattr(compared, f"{role}_outcome") if compared else None,
                }
            )
        if all(cell["score"] is None for cell in cells):
            continue
        rows.append(ScoreRow(finding=finding, truth=truth.value if truth else None, cells=tuple(cells)))
    return rows


def _evidence_view(evidence: Any) -> EvidenceView:
    return EvidenceView(
        id=evidence.id,
        anchor=_anchor(evidence.id),
        tool=evidence.tool,
        arguments=json.dumps(evidence.arguments, ensure_ascii=False),
        seconds=evidence.seconds,
        result=json.dumps(shortened(evidence.result), indent=1, ensure_ascii=False),
    )


def shortened(value: Any) -> Any:
    """JSON for reading: long numbers rounded, a map's rows of values only counted."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: shortened(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) > 1 and all(isinstance(row, (list, tuple)) and len(row) > 4 for row in value):
            return f"{len(value)} x {len(value[0])} values, see case.json"
        return [shortened(v) for v in value]
    return value


def _models(bench: Workbench) -> list[dict[str, Any]]:
    """What the provenance section says of each model."""
    out = []
    for role in ROLES:
        model = bench.model(role)
        out.append(
            {
                "role": role,
                "name": model.name,
                "sha256": model.weights_sha256,
                "arch": model.config.arch,
                "layer": model.config.target_layer,
                "trained_on": model.config.trained_on,
                "recipe": model.config.recipe,
                "seed": model.config.seed,
                "note": model.config.note,
            }
        )
    return out
