"""The narrator's structured part below the summary: film and quality, predictions, attention, comparison, limits."""

from __future__ import annotations

from ...tools.schemas import slug
from ..records import Section, Sentence
from .facts import ROLES
from .prose import SOURCES, prose
from .summary import answer_question, heart_size
from .telling import HEART_SIZE, Telling, box_places, main_zones, name, peak

USUAL, UNUSUAL = 0.3, 0.6
"""Out-of-distribution scores up to which a film looks like the known ones, and from which it does not."""
OFF_BODY = 0.1
"""Share of a map off the body that is worth telling."""


def write_sections(t: Telling) -> tuple[Section, ...]:
    titled = (
        ("Film and quality", _film(t)),
        ("Predictions", [_predictions(t, role) for role in ROLES]),
        ("Attention", _attention(t)),
        ("Comparison", _comparison(t)),
    )
    return tuple(Section(title=title, sentences=tuple(sentences)) for title, sentences in titled if sentences)


def _film(t: Telling) -> list[Sentence]:
    quality = t.facts.quality
    score = quality["out_of_distribution"]
    looks = "looks like" if score < USUAL else "looks unlike" if score >= UNUSUAL else "differs somewhat from"
    sentences = [
        t.say("film", ("quality",), projection=quality["projection"], basis=quality["projection_basis"]),
        t.say("distribution", ("quality",), score=score, level=looks),
    ]
    sentences += [
        t.say("flag", ("quality",), message=flag["message"].removesuffix("."), way_on=_lower(flag["way_on"]))
        for flag in quality["flags"]
    ]
    sizes = [f for f in HEART_SIZE if any(f in t.facts.calls(role) for role in ROLES)]
    if sizes and quality["projection"] in ("AP", "unknown"):
        sentences.append(heart_size(t, sizes))
    return sentences


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _predictions(t: Telling, role: str) -> Sentence:
    calls = t.facts.calls(role)
    readings = {f: r for (r_, f), r in t.facts.readings.items() if r_ == role and f != "No Finding"}
    near = [f for f, r in readings.items() if not r.positive]
    nearest = min(near, key=lambda f: readings[f].margin) if near else None
    order = sorted(calls, key=lambda f: -readings[f].margin)
    return t.say(
        "predictions",
        (f"predict.{role}",),
        model=name(role),
        count=len(calls) or "none",
        total=len(readings),
        rows=[{"name": prose(f), "reading": readings[f]} for f in order],
        nearest={"name": prose(nearest), "reading": readings[nearest]} if nearest else None,
    )


def _attention(t: Telling) -> list[Sentence]:
    sentences = []
    for (role, finding), look in t.facts.looks.items():
        off = next((share for zone, share in look.zones if zone == "outside the body"), 0.0)
        if look.has_map:
            sentences.append(
                t.say(
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
            )
        if look.boxes is not None and (look.boxes or peak(look)):
            sentences.append(
                t.say(
                    "boxes",
                    (f"boxes.{role}.{slug(finding)}",),
                    model=name(role),
                    finding=prose(finding),
                    count=len(look.boxes),
                    box_places=box_places(look),
                    why_none=look.why_none,
                )
            )
    return sentences


def _comparison(t: Telling) -> list[Sentence]:
    facts = t.facts
    if t.brief.blind:
        shown = [f for f in t.focus if facts.row(f).get("agree") is not None]
        sentences = [
            t.say(
                "difference",
                (t.compare_id, *t.predictions),
                finding=prose(f),
                relation="AGREE" if facts.row(f)["agree"] else "DIFFER",
                rows=t.row(f),
            )
            for f in shown
        ]
    else:
        called = [f for f in facts.comparison["findings"] if any(f in facts.calls(role) for role in ROLES)]
        true = [f for f, value in facts.truth.items() if value == "positive" and f in facts.comparison["findings"]]
        shown = [f for f in dict.fromkeys((*t.focus, *true, *called)) if f != "No Finding" and facts.row(f)]
        sentences = [
            t.say(
                "outcome_row",
                (t.compare_id, "truth"),
                finding=prose(f),
                truth=facts.truth.get(f, "blank"),
                outcome=[facts.outcome(role, f) for role in ROLES],
            )
            for f in shown
        ]
    answers = answer_question(t, t.focus[0] if t.focus else None)
    return sentences + (answers if t.brief.finding else answers[1:])


def write_limits(t: Telling) -> tuple[str, ...]:
    """Sentences on what this report cannot say."""
    facts = t.facts
    out = []
    for role in ROLES:
        reasons: dict[str, list[str]] = {}
        for (r, finding), reason in facts.not_assessed.items():
            if r == role:
                reasons.setdefault(reason, []).append(prose(finding))
        out += [
            t.phrase("not_assessed", model=name(role), findings=findings, reason=reason)
            for reason, findings in reasons.items()
        ]
        used = {f: reading for (r, f), reading in facts.readings.items() if r == role}
        defaults = [prose(f) for f, reading in used.items() if reading.rule == "default"]
        if defaults:
            out.append(_limit(t, "defaults", role, findings=defaults))
        if used and not any(reading.calibrated for reading in used.values()):
            out.append(_limit(t, "calibration", role))
    out.append(_limit(t, "maps"))
    if facts.quality["sides"] == "as displayed":
        out.append(_limit(t, "sides"))
    out.append(_limit(t, "blind") if t.brief.blind else _limit(t, "truth", source=SOURCES[t.source]))
    return tuple(out)


def _limit(t: Telling, kind: str, role: str = "", **values) -> str:
    model = name(role) if role else None
    return t.phrase("limit", kind=kind, model=model, **{"findings": [], "source": None, **values})
