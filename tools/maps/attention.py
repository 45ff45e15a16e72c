"""How the attention of the two models of a pair differs for one finding: overlap, shift, concentration, place.

    comparison = compare_attention(bench, CompareAttentionInput(finding="Pleural Effusion"))
    comparison.words      # plain sentences, each about one number of the record

Both maps are laid over the film and scaled to add up to 1, so that only their places are compared; how strong they
are stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..anatomy.places import place_shares
from ..anatomy.zone_map import Anatomy
from ..gradcam import is_empty, plausibility_of
from ..schemas import Attention, AttentionShift, CompareAttentionInput, CompareAttentionResult, Role
from ..workbench import Workbench

ROLES: tuple[Role, Role] = ("baseline", "finetuned")

STAYED = 0.1
"""A shift of the centre by less than this, in lung widths or heights, is none."""

SAME_SHARE = 0.05
"""Shares that differ by less are told as the same."""


def compare_attention(bench: Workbench, request: CompareAttentionInput) -> CompareAttentionResult:
    """Compare both models' maps for a finding; `ToolError` where a model does not assess it."""
    finding = bench.finding(request.finding)
    maps: dict[Role, np.ndarray] = {role: _map(bench, role, finding, request.method) for role in ROLES}
    looks: dict[Role, Attention | None] = {role: _describe(bench, role, finding, own) for role, own in maps.items()}
    before, after = looks["baseline"], looks["finetuned"]
    if before is None or after is None:
        empty: list[Role] = [role for role in ROLES if looks[role] is None]
        which = "both maps are" if len(empty) == 2 else f"the {_WORD[empty[0]]} model's map is"
        why = f"{which} empty: there is nothing to compare"
        return _result(bench, finding, looks, None, None, None, (), why)
    a, b = maps["baseline"], maps["finetuned"]
    overlap = float(np.minimum(a, b).sum())
    region = _half_overlap(a, b)
    shift = _shift(bench.anatomy, _centre(a), _centre(b))
    words = _words(finding, overlap, shift, before, after)
    return _result(bench, finding, looks, overlap, region, shift, words, None)


_WORD: dict[Role, str] = {"baseline": "baseline", "finetuned": "fine-tuned"}


def _result(  # noqa: PLR0917  one call per outcome, in the record's order
    bench: Workbench,
    finding: str,
    looks: Mapping[Role, Attention | None],
    overlap: float | None,
    region: float | None,
    shift: AttentionShift | None,
    words: tuple[str, ...],
    why_none: str | None,
) -> CompareAttentionResult:
    return CompareAttentionResult(
        finding=finding,
        baseline_model=bench.baseline.config.name,
        finetuned_model=bench.finetuned.config.name,
        baseline=looks["baseline"],
        finetuned=looks["finetuned"],
        overlap=overlap,
        half_overlap=region,
        shift=shift,
        words=words,
        why_none=why_none,
    )


def _map(bench: Workbench, role: Role, finding: str, method: str) -> np.ndarray:
    """(GRID, GRID) f64 that adds up to 1; all zero for an empty map."""
    if is_empty(bench.map_of(role, finding, method), method):
        return np.zeros(bench.anatomy.shape)
    weights = bench.heat(role, finding, bench.anatomy.shape, method).astype(np.float64)
    total = weights.sum()
    return weights / total if total > 0 else weights


def _describe(bench: Workbench, role: Role, finding: str, weights: np.ndarray) -> Attention | None:
    if weights.sum() <= 0:
        return None
    anatomy = bench.anatomy
    x, y = _centre(weights)
    row, column = np.unravel_index(int(weights.argmax()), weights.shape)
    peak = ((int(column) + 0.5) / weights.shape[1], (int(row) + 0.5) / weights.shape[0])
    height, width = bench.film.pixels.shape
    place = plausibility_of(weights, anatomy, bench.findings.get(finding))
    return Attention(
        magnitude=float(bench.map_of(role, finding).max()),
        centre=(x * width, y * height),
        centre_zone=anatomy.zone_at(x, y),
        centre_side=anatomy.side_at(x, y),
        peak_zone=anatomy.zone_at(*peak),
        half_area=_half_area(weights),
        expected_share=None if place is None else place.share,
        places=place_shares(weights, anatomy, tuple(t.box for t in bench.quality.text), (height, width)),
    )


def _centre(weights: np.ndarray) -> tuple[float, float]:
    """Centre of mass as shares of the film's width and height; weights add up to 1."""
    rows, columns = weights.shape
    y = float(weights.sum(1) @ (np.arange(rows) + 0.5)) / rows
    return float(weights.sum(0) @ (np.arange(columns) + 0.5)) / columns, y


def _half_area(weights: np.ndarray) -> float:
    """The smallest share of the film that holds half of the map."""
    ordered = np.sort(weights.ravel())[::-1]
    return float((np.searchsorted(np.cumsum(ordered), 0.5 - 1e-12) + 1) / ordered.size)


def _half_overlap(a: np.ndarray, b: np.ndarray) -> float:
    """IoU of the areas at or above half of each map's maximum."""
    first, second = a >= a.max() / 2, b >= b.max() / 2
    return float((first & second).sum() / (first | second).sum())


def _shift(anatomy: Anatomy, before: tuple[float, float], after: tuple[float, float]) -> AttentionShift:
    across = [anatomy.offset_at(*point) for point in (before, after)]
    down = [anatomy.depth_at(*point) for point in (before, after)]
    left, lower = across[1] - across[0], down[1] - down[0]
    directions = []
    if abs(left) >= STAYED:
        directions.append(f"towards the patient's {'left' if left > 0 else 'right'}")
    if abs(lower) >= STAYED:
        directions.append("downwards" if lower > 0 else "upwards")
    return AttentionShift(
        to_left=left,
        downwards=lower,
        direction=" and ".join(directions) or "stays",
        from_zone=anatomy.zone_at(*before),
        to_zone=anatomy.zone_at(*after),
    )


def _words(
    finding: str, overlap: float, shift: AttentionShift, before: Attention, after: Attention
) -> tuple[str, ...]:
    """Plain sentences; each number in them stands in the record."""
    sentences = [f"For {finding}, {overlap:.0%} of the two models' attention coincides."]
    if shift.direction == "stays":
        sentences.append(f"The centre of attention stays in the same place ({shift.to_zone}).")
    else:
        place = (
            f"from the {shift.from_zone} to the {shift.to_zone}"
            if shift.from_zone != shift.to_zone
            else (f"within the {shift.to_zone}")
        )
        sentences.append(f"The centre of the fine-tuned model's attention has moved {shift.direction}, {place}.")
    sentences.append(_change("Half of the attention lies on", before.half_area, after.half_area, "of the film", 0.02))
    if before.expected_share is not None and after.expected_share is not None:
        sentences.append(
            _change(
                f"The share in places usual for {finding} is",
                before.expected_share,
                after.expected_share,
                "of the map",
                SAME_SHARE,
            )
        )
    return tuple(sentences)


def _change(subject: str, before: float, after: float, unit: str, step: float) -> str:
    if abs(after - before) < step:
        return f"{subject} {after:.0%} {unit} for the fine-tuned model, about as for the baseline ({before:.0%})."
    word = "more" if after > before else "less"
    return f"{subject} {after:.0%} {unit} for the fine-tuned model, {word} than for the baseline ({before:.0%})."
