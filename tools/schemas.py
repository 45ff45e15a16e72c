"""What the tools return. Every record is frozen and refuses unknown fields; each becomes a JSON Schema.

Coordinates are pixels of the ORIGINAL radiograph: x to the right, y down, (0, 0) the top left corner of the top left
pixel; a box is x1, y1, x2, y2 with x1 < x2 <= width. Sides are the PATIENT's (training/zones.py).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..training.errors import RequestError
from ..training.zones import Side, SideBasis

Role = Literal["baseline", "finetuned"]
"""Which model of the pair: a tool's caller names a role, never a file."""

Outcome = Literal["TP", "FP", "TN", "FN"]

Verdict = Literal["IMPROVED", "WORSE", "NO CHANGE"]


class ToolError(RequestError):
    """A tool was asked for something it cannot give; the caller (a person or an agent) can ask differently."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ── tool inputs ──────────────────────────────────────────────────────────────────────────────────────────────


class PredictInput(Record):
    model: Role
    top_k: int = Field(default=5, ge=1, le=50)
    """How many of the model's native labels to list, highest score first."""


class GradcamInput(Record):
    model: Role
    finding: str
    method: str = "grad-cam"
    """A method of tools/maps/methods.py."""


class DetectBoxesInput(Record):
    model: Role
    finding: str
    threshold: float | None = Field(default=None, gt=0, lt=1)
    """Share of the map's own maximum a pixel needs to be inside a box; None takes the finding's own."""
    rule: Literal["map", "overlay"] = "map"
    """`overlay` is the source project's way of reading boxes off the coloured overlay (tools/maps/overlay_boxes.py)."""


class CompareModelsInput(Record):
    finding: str | None = None
    """Compare on one finding only; None compares all."""


class LookupGroundTruthInput(Record):
    finding: str | None = None


# ── predict ──────────────────────────────────────────────────────────────────────────────────────────────────


class FindingScore(Record):
    """One model's score for one finding against its threshold."""

    score: float = Field(ge=0, le=1)
    """The model's output; a probability only where `calibrated` is true."""
    threshold: float = Field(ge=0, le=1)
    positive: bool
    """score >= threshold."""
    threshold_rule: str
    """How the threshold was fitted; `default` where fewer than ten positives were there to fit it on."""
    threshold_positives: int = Field(ge=0)
    calibrated: bool
    label: str
    """The model's native label the score was read from."""


class LabelScore(Record):
    """A native label of the model, as the model spells it."""

    label: str
    score: float = Field(ge=0, le=1)


class Prediction(Record):
    """Everything one model says about one film."""

    model: str
    """`family/variant` or the checkpoint's name."""
    role: Role
    weights_sha256: str
    findings: dict[str, FindingScore]
    not_assessed: dict[str, str]
    """Finding -> why this model says nothing about it. Never to be read as negative."""
    top_k: tuple[LabelScore, ...]

    @property
    def positives(self) -> tuple[str, ...]:
        return tuple(name for name, f in self.findings.items() if f.positive)


# ── gradcam ──────────────────────────────────────────────────────────────────────────────────────────────────


class ZoneShare(Record):
    zone: str
    share: float = Field(ge=0, le=1)
    """Share of the map's total activation that lies in the zone."""


class Plausibility(Record):
    """How far the place a model looks at fits the finding."""

    share: float = Field(ge=0, le=1)
    """Share of the map's activation where the finding usually is: inside the zones where it can be, or inside the
    smallest region that holds 90 % of what radiologists boxed (tools/anatomy/usual_places.py)."""
    expected: float = Field(ge=0, le=1)
    """The same share for a map that is flat over the body: what chance would give."""
    plausible: bool
    """share >= 0.5 and share > expected."""
    source: str
    """Where the usual places come from."""


class PlaceShares(Record):
    """Shares of a map's activation; places overlap, so they do not add up to 1."""

    thorax: float = Field(ge=0, le=1)
    """Both lungs and everything between them."""
    lungs: float = Field(ge=0, le=1)
    heart: float = Field(ge=0, le=1)
    """Cardiac silhouette, and the lung behind it."""
    mediastinum: float = Field(ge=0, le=1)
    """Above the heart, the paratracheal zone included."""
    below_diaphragm: float = Field(ge=0, le=1)
    film_edge: float = Field(ge=0, le=1)
    """The outermost 4 % of the film on each side."""
    text: float = Field(ge=0, le=1)
    """Side markers and burnt-in text that were found on the film."""
    outside_body: float = Field(ge=0, le=1)


class UsualPlace(Record):
    """A map against where radiologists' boxes of the finding lie in public tables (tools/anatomy/usual_places.json)."""

    share: float = Field(ge=0, le=1)
    """Share of the map inside the smallest region that holds 90 % of the boxed area."""
    expected: float = Field(ge=0, le=1)
    """The same share for a map that is flat over the body."""
    peak_percentile: float = Field(ge=0, le=1)
    """Share of the boxed area that lies in places no more usual than the map's peak: near 0, hardly ever boxed."""
    films: int = Field(ge=0)
    source: str


class Heatmap(Record):
    """Where one model looks for one finding. It shows influence on the score, not reasons."""

    model: str
    role: Role
    finding: str
    method: str
    """`grad-cam` (Selvaraju et al., ICCV 2017), or another of tools/maps/methods.py."""
    unit: str = "logits per map cell"
    """Of `values`; methods other than Grad-CAM have units of their own."""
    layer: str
    grid: tuple[int, int]
    """Rows and columns of the network's own map."""
    values: tuple[tuple[float, ...], ...]
    """The raw map at the network's grid (rows of columns), >= 0. Grad-CAM's are logits per cell: summed, the logits by
    which the activation there raises the score, to first order. Not scaled, so that two models' maps can be
    compared."""
    magnitude: float = Field(ge=0)
    """Maximum of `values`. A map is empty where it is 0, or where Grad-CAM's cells add next to nothing to the score
    (less than 0.02 logits in all): nothing on the film raises it, and no place is told."""
    region: tuple[float, float, float, float]
    """The part of the film the grid covers: x1, y1, x2, y2."""
    peak: tuple[float, float] | None
    """x, y of the maximum in the film, None for an empty map."""
    peak_side: Side | None
    peak_zone: str | None
    side_basis: SideBasis
    zones: tuple[ZoneShare, ...]
    """Largest share first."""
    inside_body: float | None = Field(default=None, ge=0, le=1)
    """Share of the activation on the body, None for an empty map."""
    plausibility: Plausibility | None
    """None for an empty map and for findings without a usual place."""
    places: PlaceShares | None = None
    """None for an empty map."""
    usual: UsualPlace | None = None
    """None for an empty map and for findings without enough boxes in the tables."""
    anatomy: Literal["good", "weak", "atlas"] | None = None
    """How the lungs were found: well, hardly, or not, in which case zones are where they usually are."""


# ── detect_boxes ─────────────────────────────────────────────────────────────────────────────────────────────


class Box(Record):
    """One region a heatmap stands out in."""

    x1: float = Field(ge=0)
    y1: float = Field(ge=0)
    x2: float
    y2: float
    mean_activation: float = Field(ge=0, le=1)
    """Mean of the map inside the region, as a share of the map's maximum."""
    area_share: float = Field(gt=0, le=1)
    """The box's area as a share of the film's."""
    side: Side
    side_basis: SideBasis
    zones: tuple[str, ...]
    """Zones that hold a fifth or more of the region, largest first."""


class BoxSet(Record):
    """The boxes of one model for one finding, highest mean activation first."""

    model: str
    role: Role
    finding: str
    threshold: float
    boxes: tuple[Box, ...]
    why_none: str | None
    """Set exactly where `boxes` is empty."""
    rule: Literal["map", "overlay"] = "map"
    threshold_source: str = "default"
    """`fitted on boxed films`, `default`, `asked for`, or that the overlay's hue decided."""


# ── lookup_ground_truth ──────────────────────────────────────────────────────────────────────────────────────


class TruthValue(Record):
    value: Literal["positive", "negative", "uncertain", "blank"]
    """blank = not mentioned: never counted as a false positive."""


class GroundTruth(Record):
    case_id: str
    findings: dict[str, TruthValue]
    source: Literal["reader consensus", "single reader", "text-mined", "simulated", "unknown"]
    """`simulated`: the film was synthesised with these lesions."""
    table: str
    """File name of the table, without its folder."""


# ── compare_models ───────────────────────────────────────────────────────────────────────────────────────────


class FindingComparison(Record):
    """Both models on one finding."""

    finding: str
    baseline_score: float | None
    finetuned_score: float | None
    difference: float | None
    """finetuned - baseline. Scores of two models are on two scales: compare sides of the thresholds first."""
    baseline_positive: bool | None
    finetuned_positive: bool | None
    agree: bool | None
    """Both on the same side of their own thresholds; None where one does not assess the finding."""
    truth: TruthValue | None
    """None when blind, or without a table."""
    baseline_outcome: Outcome | None
    finetuned_outcome: Outcome | None


class Judgement(Record):
    """One model on one case against the truth, by the named rule."""

    right: bool
    f1: float | None = Field(ge=0, le=1)
    """Case F1 over the judged findings; None where the case has no true positive finding."""
    true_positive: tuple[str, ...]
    false_positive: tuple[str, ...]
    false_negative: tuple[str, ...]


class CaseRule(Record):
    """When a model is right on a case."""

    name: str = "case-f1"
    minimum_f1: float = Field(default=0.5, ge=0, le=1)
    """Where the case has true positives among the judged findings: right when F1 >= this."""
    without_positives: str = "right when no judged finding is called positive"
    parents: str = "naming a child counts for its parent"
    left_out: tuple[str, ...] = ("No Finding", "Support Devices")


class Comparison(Record):
    """The pair side by side; with truth when revealed."""

    baseline: str
    finetuned: str
    finding: str | None
    """Set when the comparison is about one finding."""
    revealed: bool
    findings: dict[str, FindingComparison]
    relation: Literal["AGREE", "DIFFER"]
    """AGREE: both on the same side of their thresholds for every finding both assess (without those left out)."""
    differing: tuple[str, ...]
    rule: CaseRule
    judged: tuple[str, ...]
    not_judged: dict[str, str]
    """Finding -> why it was not judged."""
    baseline_judgement: Judgement | None
    finetuned_judgement: Judgement | None
    verdict: Verdict | None
    """From the difference in case F1; None when blind or where nothing could be judged."""
    verdict_reason: str


# ── compare_attention ────────────────────────────────────────────────────────────────────────────────────────


class CompareAttentionInput(Record):
    finding: str
    method: str = "grad-cam"


class Attention(Record):
    """Where one model's map of a finding lies, as a whole."""

    magnitude: float = Field(ge=0)
    """The map's maximum, in its unit."""
    centre: tuple[float, float]
    """x, y of its centre of mass, film pixels. Of a map on both sides it lies between them."""
    centre_zone: str
    centre_side: Side
    peak_zone: str
    half_area: float = Field(ge=0, le=1)
    """The smallest share of the film that holds half of the map: the smaller, the more concentrated."""
    expected_share: float | None = Field(ge=0, le=1)
    """Share of the map in the finding's usual zones; None for findings that may be anywhere."""
    places: PlaceShares | None


class AttentionShift(Record):
    """From the baseline's centre of mass to the fine-tuned model's."""

    to_left: float
    """Lung widths towards the PATIENT's left; negative: right."""
    downwards: float
    """Lung heights; negative: upwards."""
    direction: str
    """`towards the patient's left and downwards`, `stays`."""
    from_zone: str
    to_zone: str


class CompareAttentionResult(Record):
    """The pair's attention for one finding side by side. It compares places, not reasons."""

    finding: str
    baseline_model: str
    finetuned_model: str
    baseline: Attention | None
    """None for an empty map."""
    finetuned: Attention | None
    overlap: float | None = Field(ge=0, le=1)
    """Share of the two maps that coincides, each scaled to add up to 1: 1 the same, 0 apart."""
    half_overlap: float | None = Field(ge=0, le=1)
    """IoU of the areas at or above half of each map's maximum."""
    shift: AttentionShift | None
    words: tuple[str, ...]
    """Plain sentences that say these numbers."""
    why_none: str | None
    """Set exactly where a map is empty and nothing could be compared."""


class Evidence(Record):
    """One tool result with an id that statements point at."""

    id: str
    """`predict.baseline`, `gradcam.finetuned.pleural-effusion`, `compare`, `truth`, `quality`."""
    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    """The tool's record as JSON."""
    seconds: float = Field(ge=0)


def slug(name: str) -> str:
    """`Pleural Effusion` -> `pleural-effusion`, as in evidence ids and file names."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
