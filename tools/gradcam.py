"""Tool `gradcam`: where one model looks for one finding, in anatomical words. Influence on the score, not reasons."""

from __future__ import annotations

import numpy as np

from ..training.findings import Finding
from .anatomy.places import in_zones, place_shares
from .anatomy.usual_places import usual_place, usual_region, usual_source
from .anatomy.zone_map import Anatomy
from .maps.methods import unit_of
from .maps.saliency import NEGLIGIBLE
from .schemas import GradcamInput, Heatmap, Plausibility, ZoneShare
from .workbench import Workbench

SMALLEST_SHARE = 0.01
"""Zones with less of a map than this are not listed."""

PLAUSIBLE_SHARE = 0.5


def gradcam(bench: Workbench, request: GradcamInput) -> Heatmap:
    """The raw map at the network's grid, its peak, the zones it lies in, and whether those fit the finding."""
    finding = bench.finding(request.finding)
    anatomy = bench.anatomy
    config = bench.model(request.model).config
    values = np.asarray(
        [[_short(v) for v in row] for row in bench.map_of(request.model, finding, request.method)]
    )  # (h, w)
    magnitude = float(values.max())
    region = bench.region(request.model)
    peak = None if is_empty(values, request.method) else peak_of(values, region)
    weights = bench.heat(request.model, finding, anatomy.shape, request.method)
    if peak is None:
        weights = np.zeros_like(weights)
    place = anatomy.fraction(peak, bench.film.pixels.shape) if peak else None
    return Heatmap(
        model=config.name,
        role=request.model,
        finding=finding,
        method=request.method,
        unit=unit_of(request.method),
        layer=config.target_layer,
        grid=(values.shape[0], values.shape[1]),
        values=tuple(tuple(row) for row in values.tolist()),
        magnitude=magnitude,
        region=region,
        peak=peak,
        peak_side=anatomy.side_at(*place) if place else None,
        peak_zone=anatomy.zone_at(*place) if place else None,
        side_basis=bench.quality.sides,
        zones=tuple(
            ZoneShare(zone=zone, share=share) for zone, share in anatomy.zones_of(weights) if share >= SMALLEST_SHARE
        ),
        inside_body=_share(weights, anatomy.body) if peak else None,
        plausibility=plausibility_of(weights, anatomy, bench.findings.get(finding)),
        places=place_shares(weights, anatomy, tuple(t.box for t in bench.quality.text), bench.film.pixels.shape),
        usual=usual_place(weights, anatomy, finding),
        anatomy=anatomy.fit,
    )


def is_empty(values: np.ndarray, method: str = "grad-cam") -> bool:
    """Whether a raw map says nothing: no cell above 0, or Grad-CAM's cells together add next to nothing to the score.

    Where such a map lies is noise.
    """
    return float(values.max()) <= 0 or (method == "grad-cam" and float(values.sum()) < NEGLIGIBLE)


def peak_of(values: np.ndarray, region: tuple[float, float, float, float]) -> tuple[float, float]:
    """Centre of the largest cell of a map (h, w), in film pixels."""
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    x1, y1, x2, y2 = region
    return (
        x1 + (int(column) + 0.5) * (x2 - x1) / values.shape[1],
        y1 + (int(row) + 0.5) * (y2 - y1) / values.shape[0],
    )


def plausibility_of(weights: np.ndarray, anatomy: Anatomy, finding: Finding) -> Plausibility | None:
    """How much of a map (on the anatomy's grid) lies where the finding usually is, against a map flat over the body.

    Usual are the zones where it can be, and where radiologists boxed it in public tables (those place boxes by the
    lungs alone, and miss some of an angle or a border). None for an empty map and for findings with neither.
    """
    boxed = usual_region(anatomy, finding.name)
    if weights.sum() <= 0 or (boxed is None and not finding.zones):
        return None
    inside = in_zones(anatomy, finding.zones)
    if boxed is not None:
        inside = inside | (boxed & anatomy.body)
    share, expected = _share(weights, inside), _share(anatomy.body.astype(np.float32), inside)
    tables = usual_source(finding.name)
    source = "the finding's usual zones" + (f" and readers' boxes ({tables})" if tables else "")
    return Plausibility(
        share=share,
        expected=expected,
        plausible=share >= PLAUSIBLE_SHARE and share > expected,
        source=f"{source}; lung fields from the {anatomy.source}",
    )


def _share(weights: np.ndarray, inside: np.ndarray) -> float:
    total = float(weights.sum(dtype=np.float64))
    return min(1.0, float(weights[inside].sum(dtype=np.float64)) / total) if total > 0 else 0.0


def _short(value: float) -> float:
    """Six significant digits: enough to compare maps, half the size in a report."""
    return float(f"{float(value):.6g}")
