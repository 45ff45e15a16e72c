"""Evidence read once into light views that the narrator writes from and the checker holds text against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...tools.schemas import Evidence, Role

ROLES: tuple[Role, ...] = ("baseline", "finetuned")

PLAUSIBLE_LEAD = 0.1
"""One map is the more plausible only where its share in the usual places is larger by at least this."""


@dataclass(frozen=True)
class Reading:
    """One model's score for one finding."""

    score: float
    threshold: float
    positive: bool
    rule: str
    calibrated: bool

    @property
    def margin(self) -> float:
        """Distance of the score from its threshold."""
        return abs(self.score - self.threshold)


@dataclass(frozen=True)
class BoxView:
    side: str
    zones: tuple[str, ...]
    mean_activation: float
    area_share: float


@dataclass(frozen=True)
class Look:
    """Where one model looks for one finding: its map, and its boxes where they were asked for."""

    magnitude: float = 0.0
    peak_side: str | None = None
    peak_zone: str | None = None
    zones: tuple[tuple[str, float], ...] = ()
    side_basis: str = "as displayed"
    plausible: bool | None = None
    share: float | None = None
    expected: float | None = None
    inside_body: float | None = None
    boxes: tuple[BoxView, ...] | None = None
    """None where boxes were not asked for."""
    box_level: float | None = None
    """Share of the map's maximum above which regions become boxes."""
    why_none: str | None = None
    has_map: bool = False


@dataclass(frozen=True)
class Facts:
    """All that some evidence says."""

    ids: frozenset[str] = frozenset()
    readings: Mapping[tuple[str, str], Reading] = field(default_factory=dict)
    """(role, finding) -> reading."""
    not_assessed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    looks: Mapping[tuple[str, str], Look] = field(default_factory=dict)
    native: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    comparison: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, str] = field(default_factory=dict)
    """Finding -> positive, negative, uncertain or blank."""
    truth_source: str | None = None
    quality: Mapping[str, Any] = field(default_factory=dict)

    @property
    def revealed(self) -> bool:
        return bool(self.comparison.get("revealed"))

    def row(self, finding: str) -> Mapping[str, Any]:
        return self.comparison.get("findings", {}).get(finding, {})

    def outcome(self, role: str, finding: str) -> str | None:
        return self.row(finding).get(f"{role}_outcome")

    def judgement(self, role: str) -> Mapping[str, Any]:
        return self.comparison.get(f"{role}_judgement") or {}

    def calls(self, role: str) -> tuple[str, ...]:
        """Findings the model calls, without No Finding."""
        return tuple(f for (r, f), x in self.readings.items() if r == role and x.positive and f != "No Finding")

    def assessed(self, role: str) -> tuple[str, ...]:
        return tuple(f for r, f in self.readings if r == role)

    def more_plausible(self, finding: str) -> Role | None:
        """Whose map for a finding lies clearly more in its usual places; None where neither does."""
        a, b = (self.looks.get((role, finding), Look()).share for role in ROLES)
        if a is None or b is None or abs(a - b) < PLAUSIBLE_LEAD:
            return None
        return "finetuned" if b > a else "baseline"


def read_facts(evidence: Iterable[Evidence]) -> Facts:
    """The views of some evidence; its results are trusted to be the tools' own records."""
    readings: dict[tuple[str, str], Reading] = {}
    missing: dict[tuple[str, str], str] = {}
    looks: dict[tuple[str, str], dict[str, Any]] = {}
    native: dict[str, tuple[tuple[str, float], ...]] = {}
    comparison: Mapping[str, Any] = {}
    truth: dict[str, str] = {}
    source: Literal[None] | str = None
    quality: Mapping[str, Any] = {}
    ids = []
    for item in evidence:
        ids.append(item.id)
        result = item.result
        if item.tool == "predict":
            role = result["role"]
            for name, f in result["findings"].items():
                readings[role, name] = Reading(
                    f["score"], f["threshold"], f["positive"], f["threshold_rule"], f["calibrated"]
                )
            missing.update({(role, name): why for name, why in result["not_assessed"].items()})
            native[role] = tuple((top["label"], top["score"]) for top in result["top_k"])
        elif item.tool == "gradcam":
            looks.setdefault((result["role"], result["finding"]), {}).update(_map_of(result))
        elif item.tool == "detect_boxes":
            looks.setdefault((result["role"], result["finding"]), {}).update(_boxes_of(result))
        elif item.tool == "compare_models":
            comparison = result
        elif item.tool == "lookup_ground_truth":
            truth = {name: value["value"] for name, value in result["findings"].items()}
            source = result["source"]
        elif item.tool == "assess_quality":
            quality = result
    return Facts(
        frozenset(ids),
        readings,
        missing,
        {key: Look(**values) for key, values in looks.items()},
        native,
        comparison,
        truth,
        source,
        quality,
    )


def _map_of(result: Mapping[str, Any]) -> dict[str, Any]:
    plausibility = result["plausibility"] or {}
    return {
        "has_map": True,
        "magnitude": result["magnitude"],
        "peak_side": result["peak_side"],
        "peak_zone": result["peak_zone"],
        "side_basis": result["side_basis"],
        "zones": tuple((z["zone"], z["share"]) for z in result["zones"]),
        "inside_body": result["inside_body"],
        "plausible": plausibility.get("plausible"),
        "share": plausibility.get("share"),
        "expected": plausibility.get("expected"),
    }


def _boxes_of(result: Mapping[str, Any]) -> dict[str, Any]:
    views = tuple(
        BoxView(b["side"], tuple(b["zones"]), b["mean_activation"], b["area_share"]) for b in result["boxes"]
    )
    return {"boxes": views, "why_none": result["why_none"], "box_level": result["threshold"]}
