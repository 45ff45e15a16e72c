"""One tool result told as one sentence: what the narrator's sections and the chat's answers are made of."""

from __future__ import annotations

from ...tools.schemas import slug
from ..records import Sentence
from .facts import ROLES
from .prose import prose
from .telling import Telling, box_places, main_zones, name, peak

USUAL, UNUSUAL = 0.3, 0.6
"""Out-of-distribution scores up to which a film looks like the known ones, and from which it does not."""
OFF_BODY = 0.1
"""Share of a map off the body that is worth telling."""


def told_film(t: Telling) -> list[Sentence]:
    """Projection, how usual the film is, and its quality flags."""
    quality = t.facts.quality
    score = quality["out_of_distribution"]
    level = "looks like" if score < USUAL else "looks unlike" if score >= UNUSUAL else "differs somewhat from"
    return [
        t.say("film", ("quality",), projection=quality["projection"], basis=quality["projection_basis"]),
        t.say("distribution", ("quality",), score=score, level=level),
        *(
            t.say("flag", ("quality",), message=flag["message"].removesuffix("."), way_on=_lower(flag["way_on"]))
            for flag in quality["flags"]
        ),
    ]


def told_calls(t: Telling, role: str) -> Sentence:
    """What a model calls, surest first, and the finding nearest to its threshold that it does not."""
    readings = {f: r for (r_, f), r in t.facts.readings.items() if r_ == role and f != "No Finding"}
    calls = sorted(t.facts.calls(role), key=lambda f: -readings[f].margin)
    near = [f for f, r in readings.items() if not r.positive]
    nearest = min(near, key=lambda f: readings[f].margin) if near else None
    return t.say(
        "predictions",
        (f"predict.{role}",),
        model=name(role),
        count=len(calls) or "none",
        total=len(readings),
        rows=[{"name": prose(f), "reading": readings[f]} for f in calls],
        nearest={"name": prose(nearest), "reading": readings[nearest]} if nearest else None,
    )


def told_map(t: Telling, role: str, finding: str) -> Sentence:
    look = t.look(role, finding)
    off = dict(look.zones).get("outside the body", 0.0)
    return t.say(
        "map",
        (f"gradcam.{role}.{slug(finding)}",),
        model=name(role),
        finding=prose(finding),
        peak=peak(look),
        main_zones=main_zones(look),
        share=look.share,
        expected=look.expected,
        outside_usual=off if off >= OFF_BODY else None,
    )


def told_boxes(t: Telling, role: str, finding: str) -> list[Sentence]:
    """The boxes, or why there is none; nothing of an empty map."""
    look = t.look(role, finding)
    if look.boxes is None or not (look.boxes or peak(look)):
        return []
    return [
        t.say(
            "boxes",
            (f"boxes.{role}.{slug(finding)}",),
            model=name(role),
            finding=prose(finding),
            count=len(look.boxes),
            box_places=box_places(look),
            why_none=look.why_none,
        )
    ]


def told_difference(t: Telling, finding: str) -> Sentence:
    """Both models' readings of a finding, and whether their calls agree."""
    relation = "AGREE" if t.facts.row(finding)["agree"] else "DIFFER"
    evidence = (t.compare_id, *t.predictions)
    return t.say("difference", evidence, finding=prose(finding), relation=relation, rows=t.row(finding))


def told_outcome(t: Telling, finding: str) -> Sentence:
    """The truth of a finding and both models' outcomes; revealed runs only."""
    return t.say(
        "outcome_row",
        (t.compare_id, "truth"),
        finding=prose(finding),
        truth=t.facts.truth.get(finding, "blank"),
        outcome=[t.facts.outcome(role, finding) for role in ROLES],
    )


def not_assessed_by(t: Telling, role: str) -> dict[str, list[str]]:
    """Reason -> the findings that a model does not assess for it."""
    reasons: dict[str, list[str]] = {}
    for (r, finding), reason in t.facts.not_assessed.items():
        if r == role:
            reasons.setdefault(reason, []).append(prose(finding))
    return reasons


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
