"""How well heatmaps point at what readers drew, beside two controls that look at no film.

The unit is a film-finding pair: a film with at least one true region of a finding the model assesses. Everything is
measured on a raster whose longer edge is RASTER pixels.

- hit: the map's maximum lies inside the true regions; an empty map misses.
- IoU: of the true regions and the part of the smoothed map at or above a share of its maximum: fixed
  (0.5), Otsu's, or fitted.
- control `random`: a map of independent noise. It hits with the region's share of the film's area; a random mask that
  covers as much of the film (p) as the method's own mask has IoU = ps / (p + s - ps) against a region of share s.
- control `centre`: a Gaussian at the film's centre, cut by the same rules; where thresholds are fitted, its own are
  fitted on the same films as the method's.
- boxes: for every true box the best IoU, and the best IoBB (intersection over the DETECTED box, Wang et al., CVPR
  2017), of the boxes drawn for its film and finding.

Intervals resample patients. Sources: CheXlocalize (Saporta et al., Nature Machine Intelligence 2022); Otsu 1979.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch

from ...tools.anatomy.true_regions import MatchedRegions, TrueRegion, rasterise
from ...tools.detect_boxes import default_threshold
from ...tools.maps.map_boxes import boxes_of, smooth_map
from ...tools.maps.methods import saliency_maps
from ...tools.maps.overlay_boxes import overlay_boxes
from ...tools.maps.saliency import METHOD, NEGLIGIBLE, lay_over
from ...training.errors import TableError
from ...training.films.sized import decode_film
from ...training.models.classifier import Classifier, normalise
from ...training.models.config import BoxRule
from ...training.tables import CaseTable

RASTER = 256
FIXED = 0.5
CENTRE_SIGMA = 0.25
"""Standard deviation of the centre control, as a share of each edge."""
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
FITTED_FROM = 10
"""Film-finding pairs a threshold of its own is fitted on, at least."""
CANDIDATES = tuple(round(0.15 + 0.05 * step, 2) for step in range(15))
BOX_CANDIDATES = CANDIDATES[2:]
"""Below a quarter of its maximum a map is hardly raised."""
POOLED = 10
KEPT = 0.95
"""Share of the boxed films whose maps pass the fitted gate."""


@dataclass(frozen=True)
class Pair:
    """One film and one finding with its true regions."""

    case_id: str
    patient: str
    finding: str
    positive: bool
    """The model's score is at or above its threshold."""
    grid: np.ndarray = field(repr=False)
    """(h, w) f32 >= 0, the map at the network's grid."""
    seen: tuple[float, float, float, float]
    """The part of the film the map covers, film pixels."""
    size: tuple[int, int]
    """(height, width) of the film."""
    regions: tuple[TrueRegion, ...] = field(repr=False)
    film: np.ndarray | None = field(default=None, repr=False)
    """(S, S) uint8 at the network's size, for the overlay rule."""

    @property
    def shape(self) -> tuple[int, int]:
        scale = RASTER / max(self.size)
        return max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))

    def heat(self) -> np.ndarray:
        return lay_over(self.grid, self.seen, self.size, self.shape)

    def smooth(self) -> np.ndarray:
        """As the boxes are cut from (tools/maps/map_boxes.py)."""
        return smooth_map(self.heat())

    def truth(self) -> np.ndarray:
        return rasterise(self.regions, self.size, self.shape)


def collect_pairs(
    classifier: Classifier,
    table: CaseTable,
    matched: MatchedRegions,
    *,
    method: str = METHOD,
    batch: int = 16,
    findings: Sequence[str] | None = None,
) -> list[Pair]:
    """Maps and scores of every film with true regions, a batch at a time; `TableError` where nothing can be measured.

    Findings the model has no label for are left out, as are those it learned from synthetic films only on real ones.
    """
    able = assessed(classifier, table, findings)
    rows = [row for row in table.rows() if set(matched.by_case.get(str(row["case_id"]), {})) & able.keys()]
    if not rows:
        raise TableError(f"{classifier.config.name} assesses no finding that has a region on a film of {table.name}")

    def regions_of(row: pd.Series) -> dict[str, tuple[TrueRegion, ...]]:
        return {name: own for name, own in matched.by_case[str(row["case_id"])].items() if name in able}

    return list(film_pairs(classifier, table, rows, regions_of, method=method, batch=batch))


def assessed(classifier: Classifier, table: CaseTable, findings: Sequence[str] | None = None) -> dict[str, int]:
    """Finding -> its output, of those among `findings` that the model assesses on films of this kind."""
    config, synthetic = classifier.config, table.source == "simulated"
    return {
        name: i
        for i, label in enumerate(classifier.labels)
        if (name := config.finding_of.get(label)) is not None
        and (synthetic or config.label_source.get(name) != "synthetic")
        and (findings is None or name in findings)
    }


def film_pairs(
    classifier: Classifier,
    table: CaseTable,
    rows: Sequence[pd.Series],
    regions_of: Callable[[pd.Series], dict[str, tuple[TrueRegion, ...]]],
    *,
    method: str,
    batch: int,
) -> Iterator[Pair]:
    """A pair for every finding that `regions_of` names for a row, with the regions it gives."""
    config = classifier.config
    output = {config.finding_of.get(label): i for i, label in enumerate(classifier.labels)}
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        decoded = [decode_film(table.path_of(row), config.preprocessing) for row in part]
        x = torch.from_numpy(np.stack([film for film, _ in decoded])).to(classifier.device)[:, None].float() / 255
        logits, maps = saliency_maps(classifier.network, normalise(x, config.preprocessing), method)
        scores, grids = classifier.scores(logits.float()).cpu().numpy(), maps.float().cpu().numpy()
        for i, (row, (film, size)) in enumerate(zip(part, decoded, strict=True)):
            for finding, regions in regions_of(row).items():
                label = output[finding]
                yield Pair(
                    case_id=str(row["case_id"]),
                    patient=str(row["patient"]),
                    finding=finding,
                    positive=bool(scores[i, label] >= config.threshold(finding).value),
                    grid=grids[i, label],
                    seen=config.preprocessing.region(*size),
                    size=size,
                    regions=regions,
                    film=film,
                )


@cache
def centre_map(shape: tuple[int, int]) -> np.ndarray:
    """A Gaussian at the film's centre, (rows, columns), 1 at its top."""
    y, x = ((np.arange(edge) + 0.5) / edge - 0.5 for edge in shape)
    return np.exp(-(y[:, None] ** 2 + x[None] ** 2) / (2 * CENTRE_SIGMA**2)).astype(np.float32)


def otsu(heat: np.ndarray) -> float:
    """Otsu's threshold of a map, as a share of its maximum; 1 for a flat map."""
    top = float(heat.max())
    if top <= 0 or float(heat.min()) == top:
        return 1.0
    histogram, edges = np.histogram(heat / top, bins=256, range=(0, 1))
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(histogram), histogram.sum() - np.cumsum(histogram)
    total = np.cumsum(histogram * centres)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(edges[int(np.nanargmax(between[:-1])) + 1])


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Of two masks; 0 where both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 0.0


def is_hit(heat: np.ndarray, truth: np.ndarray) -> bool:
    return bool(heat.max() > 0 and truth.ravel()[int(heat.argmax())])


def random_iou(covered: float, region: float) -> float:
    """Expected IoU of a random mask that covers `covered` of the film with a region of share `region`."""
    both = covered * region
    union = covered + region - both
    return both / union if union else 0.0


def fit_thresholds(pairs: Sequence[Pair], heat_of: Callable[[Pair], np.ndarray]) -> dict[str, float]:
    """Per finding with FITTED_FROM films or more: the threshold whose mask has the best mean IoU on boxed films."""
    fitted = {}
    for finding, own in _by_finding(pairs).items():
        means = np.zeros(len(CANDIDATES))
        for pair in own:
            heat, truth = heat_of(pair), pair.truth()
            means += [iou(_mask(heat, t), truth) for t in CANDIDATES]
        fitted[finding] = CANDIDATES[int(means.argmax())]
    return fitted


def fit_rules(pairs: Sequence[Pair]) -> dict[str, BoxRule]:
    """How boxes are drawn, per finding with FITTED_FROM films or more: the threshold whose boxes overlap the true ones
    best, and the gate that lets KEPT of the films' maps pass.

    A finding's own mean overlap is drawn towards that of all pairs, which count as POOLED of its films: of few films
    the best threshold is mostly chance.
    """
    overlaps = np.array([_box_overlaps(pair) for pair in pairs])  # (P, candidates)
    rules = {}
    for finding, own in _by_finding(pairs).items():
        mine = overlaps[[pair.finding == finding for pair in pairs]]
        means = mine.sum(0) + POOLED * overlaps.mean(0)
        gate = float(np.quantile([pair.grid.sum() for pair in own], 1 - KEPT))
        rules[finding] = BoxRule(threshold=BOX_CANDIDATES[int(means.argmax())], gate=round(gate, 4), films=len(own))
    return rules


def _by_finding(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    each = {name: [p for p in pairs if p.finding == name] for name in dict.fromkeys(p.finding for p in pairs)}
    return {name: own for name, own in each.items() if len(own) >= FITTED_FROM}


def _box_overlaps(pair: Pair) -> list[float]:
    """Per candidate threshold: the true boxes' mean best IoU with the boxes drawn."""
    heat = pair.heat()
    if heat.max() <= 0:
        return [0.0] * len(BOX_CANDIDATES)
    true = _true_boxes(pair)
    means = []
    for threshold in BOX_CANDIDATES:
        drawn = [box.corners for box in boxes_of(heat, threshold)[0]]
        means.append(float(np.mean([max((_overlap(box, d)[0] for d in drawn), default=0.0) for box in true])))
    return means


def _true_boxes(pair: Pair) -> list[tuple[float, float, float, float]]:
    """Corners of the true regions in raster pixels."""
    down, across = pair.shape[0] / pair.size[0], pair.shape[1] / pair.size[1]
    corners = [region.corners for region in pair.regions]
    return [(x1 * across, y1 * down, x2 * across, y2 * down) for x1, y1, x2, y2 in corners]


def _mask(heat: np.ndarray, threshold: float) -> np.ndarray:
    top = float(heat.max())
    return heat >= threshold * top if top > 0 else np.zeros(heat.shape, bool)


@dataclass(frozen=True)
class Measures:
    """Per pair, (P,) each."""

    hit: np.ndarray
    fixed: np.ndarray
    otsu: np.ndarray
    fitted: np.ndarray

    NAMES = ("hit", "fixed", "otsu", "fitted")

    def part(self, kept: np.ndarray) -> Measures:
        return Measures(*(getattr(self, name)[kept] for name in self.NAMES))


def measure_pairs(
    pairs: Sequence[Pair], fitted: dict[str, float], centre_fitted: dict[str, float]
) -> dict[str, Measures]:
    """Hit and IoU of the map, of noise and of the centre for every pair: `map`, `random`, `centre`."""
    rows: dict[str, list[tuple[float, ...]]] = {"map": [], "random": [], "centre": []}
    for pair in pairs:
        truth, heat, smooth = pair.truth(), pair.heat(), pair.smooth()
        share = float(truth.mean())
        centre = centre_map(pair.shape)
        cuts = (FIXED, otsu(smooth), _threshold(fitted, pair.finding))
        masks = [_mask(smooth, cut) for cut in cuts]
        rows["map"].append((float(is_hit(heat, truth)), *(iou(mask, truth) for mask in masks)))
        rows["random"].append((share, *(random_iou(float(mask.mean()), share) for mask in masks)))
        cuts = (FIXED, otsu(centre), _threshold(centre_fitted, pair.finding))
        rows["centre"].append((float(is_hit(centre, truth)), *(iou(_mask(centre, cut), truth) for cut in cuts)))
    return {name: Measures(*np.asarray(values, dtype=float).T) for name, values in rows.items()}


def _threshold(fitted: dict[str, float], finding: str) -> float:
    return fitted.get(finding, default_threshold(finding))


def drawn_boxes(pair: Pair, rules: dict[str, BoxRule], kind: str, rng: np.random.Generator) -> Iterator[Any]:
    """Corners of the boxes a way of drawing gives, in raster pixels: `map`, `overlay`, `random` or `centre`.

    `random` are the map's own boxes, put down anywhere on the film.
    """
    rule = rules.get(pair.finding)
    threshold = rule.threshold if rule else default_threshold(pair.finding)
    if kind == "centre":
        yield from (box.corners for box in boxes_of(centre_map(pair.shape), threshold)[0])
        return
    heat, total = pair.heat(), float(pair.grid.sum())
    if kind == "overlay":
        film = None if pair.film is None else pair.film.astype(np.float32) / 255
        if film is not None and total > 0:
            under = lay_over(film, pair.seen, pair.size, pair.shape)
            yield from (box.corners for box in overlay_boxes(heat, under)[0])
        return
    if total < max(NEGLIGIBLE, rule.gate if rule else 0.0):
        return
    for box in boxes_of(heat, threshold)[0]:
        x1, y1, x2, y2 = box.corners
        if kind == "random":
            rows, columns = pair.shape
            left, top = rng.uniform(0, columns - (x2 - x1)), rng.uniform(0, rows - (y2 - y1))
            x1, y1, x2, y2 = left, top, left + x2 - x1, top + y2 - y1
        yield x1, y1, x2, y2


def box_accuracy(pairs: Sequence[Pair], rules: dict[str, BoxRule], kind: str, draws: int = 1) -> dict[str, Any]:
    """Share of true boxes with a drawn box of IoU, and of IoBB, at or above each level, and the share of drawn boxes
    with a true one of that IoU; over `draws` repeats."""
    rng = np.random.default_rng(0)
    best: list[tuple[float, float]] = []
    right: list[float] = []  # of each box drawn, the best IoU with a true one
    for pair in pairs:
        for _ in range(draws):
            drawn, true_boxes = list(drawn_boxes(pair, rules, kind, rng)), _true_boxes(pair)
            right += [max(_overlap(true, box)[0] for true in true_boxes) for box in drawn]
            for true in true_boxes:
                overlaps = [_overlap(true, box) for box in drawn] or [(0.0, 0.0)]
                best.append((max(o[0] for o in overlaps), max(o[1] for o in overlaps)))
    values = np.asarray(best)
    return {
        "boxes_drawn": len(right) / draws,
        "drawn_right": {
            f"{level:g}": float(np.mean(np.array(right) >= level)) if right else None for level in LEVELS
        },
        "iou": {f"{level:g}": float((values[:, 0] >= level).mean()) for level in LEVELS},
        "iobb": {f"{level:g}": float((values[:, 1] >= level).mean()) for level in LEVELS},
    }


def _overlap(true: Sequence[float], drawn: Sequence[float]) -> tuple[float, float]:
    """IoU and IoBB of two boxes."""
    width = min(true[2], drawn[2]) - max(true[0], drawn[0])
    height = min(true[3], drawn[3]) - max(true[1], drawn[1])
    both = max(0.0, width) * max(0.0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (true, drawn)]
    return both / (areas[0] + areas[1] - both), both / areas[1] if areas[1] else 0.0
