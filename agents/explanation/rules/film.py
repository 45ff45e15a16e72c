"""The film: projection, sides, tilt and how usual it is."""

from __future__ import annotations

from collections.abc import Mapping

from ..reading.claims import Claim
from .held import Held, Rule

UPRIGHT = 3.0
"""A film tilted by fewer degrees is said to be hardly tilted."""


def _unknown_projection(claim: Claim, held: Held) -> str | None:
    return _same("unknown", held.facts.quality.get("projection"), "projection")


def _usual_film(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence says how usual the film is"
    text = claim.text.lower()
    level = "like" if value < 0.3 else "unlike" if value >= 0.6 else "somewhat"
    said = "somewhat" if "somewhat" in text else "unlike" if "unlike" in text or "unusual" in text else "like"
    return None if said == level else f"its out-of-distribution score is {value:.2f}"


def _same(said: str, value: str | None, what: str) -> str | None:
    return None if said == value else f"the {what} is {value or 'not in the evidence'}"


def _projection_is(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection")
    return None if value == claim.value else f"the projection is {value or 'not in the evidence'}"


def _known_projection(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection")
    if value is None:
        return "no evidence gives the projection"
    return None if (value == "unknown") == claim.negated else f"the projection is {value}"


def _basis_is(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("projection_basis")
    return None if value == claim.value else f"the basis of the projection is {value or 'not in the evidence'}"


def _sides_by(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("sides")
    if claim.value == "as displayed" and any(x.side_basis == claim.value for x in held.facts.looks.values()):
        return None
    return None if value == claim.value else f"the sides are settled by {value or 'nothing in the evidence'}"


def _frontal(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("frontal_chest")
    if value is None:
        return "no evidence says whether this is a frontal chest film"
    return None if value != claim.negated else "it is otherwise"


def _odd(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence says how usual the film is"
    low = 0.25 if claim.cue == "mild" else 0.5
    if claim.value and held.facts.quality.get("frontal_chest") is False:
        return None
    fits = value >= low if claim.value else value < 0.5
    return None if fits else f"its out-of-distribution score is {value:.2f}"


HEIGHTS: Mapping[str, tuple[float, float]] = {
    "low": (0, 0.5),
    "very low": (0, 0.3),
    "high": (0.5, 2),
    "very high": (0.6, 2),
    "not low": (0.5, 2),
    "not very low": (0.3, 2),
    "not high": (0, 0.5),
    "not very high": (0, 0.6),
}
"""From which out-of-distribution score on, and up to which, a word for its height may be used."""


def _height(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("out_of_distribution")
    if value is None:
        return "no evidence gives the out-of-distribution score"
    least, most = HEIGHTS[claim.value]
    return None if least <= value < most else f"the out-of-distribution score is {value:.2f}"


def _sides_settled(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("sides")
    return None if value in ("header", "marker") else f"the sides are {value or 'not in the evidence'}"


def _film_flagged(claim: Claim, held: Held) -> str | None:
    quality = held.facts.quality
    if not quality:
        return "no evidence says whether the film is flagged"
    flagged = bool(quality.get("flags")) or quality.get("frontal_chest") is False
    return None if flagged != claim.negated else f"the film is {'' if flagged else 'not '}flagged"


def _upright(claim: Claim, held: Held) -> str | None:
    value = held.facts.quality.get("rotation")
    if value is None:
        return "no evidence gives the tilt"
    return None if abs(value) < UPRIGHT else f"the film is tilted by {value:.1f} degrees"


def _heart_size(claim: Claim, held: Held) -> str | None:
    """Knowledge of AP films, which is told of no other."""
    projection = held.facts.quality.get("projection")
    return None if projection in (None, "AP", "unknown") else f"the projection is {projection}"


FILM: Mapping[str, Rule] = {
    "basis_is": _basis_is,
    "film_flagged": _film_flagged,
    "frontal": _frontal,
    "heart_size": _heart_size,
    "height": _height,
    "known_projection": _known_projection,
    "odd": _odd,
    "projection_is": _projection_is,
    "sides_by": _sides_by,
    "sides_settled": _sides_settled,
    "unknown_projection": _unknown_projection,
    "upright": _upright,
    "usual_film": _usual_film,
}
