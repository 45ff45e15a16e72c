"""The narrator's structured part below the summary: film and quality, predictions, attention, comparison, limits."""

from __future__ import annotations

from ..records import Section, Sentence
from .facts import ROLES
from .prose import SOURCES, prose
from .summary import answer_question, heart_size
from .telling import HEART_SIZE, Telling, name
from .tool_sentences import (
    not_assessed_by,
    told_boxes,
    told_calls,
    told_difference,
    told_film,
    told_map,
    told_outcome,
)


def write_sections(t: Telling) -> tuple[Section, ...]:
    titled = (
        ("Film and quality", _film(t)),
        ("Predictions", [told_calls(t, role) for role in ROLES]),
        ("Attention", _attention(t)),
        ("Comparison", _comparison(t)),
    )
    return tuple(Section(title=title, sentences=tuple(sentences)) for title, sentences in titled if sentences)


def _film(t: Telling) -> list[Sentence]:
    sentences = told_film(t)
    sizes = [f for f in HEART_SIZE if any(f in t.facts.calls(role) for role in ROLES)]
    if sizes and t.facts.quality["projection"] in ("AP", "unknown"):
        sentences.append(heart_size(t, sizes))
    return sentences


def _attention(t: Telling) -> list[Sentence]:
    told: list[Sentence] = []
    for (role, finding), look in t.facts.looks.items():
        if look.has_map:
            told.append(told_map(t, role, finding))
        told += told_boxes(t, role, finding)
    return told


def _comparison(t: Telling) -> list[Sentence]:
    facts = t.facts
    if t.brief.blind:
        shown = [f for f in t.focus if facts.row(f).get("agree") is not None]
        sentences = [told_difference(t, f) for f in shown]
    else:
        called = [f for f in facts.comparison["findings"] if any(f in facts.calls(role) for role in ROLES)]
        true = [f for f, value in facts.truth.items() if value == "positive" and f in facts.comparison["findings"]]
        shown = [f for f in dict.fromkeys((*t.focus, *true, *called)) if f != "No Finding" and facts.row(f)]
        sentences = [told_outcome(t, f) for f in shown]
    answers = answer_question(t, t.focus[0] if t.focus else None)
    return sentences + (answers if t.brief.finding else answers[1:])


def write_limits(t: Telling) -> tuple[str, ...]:
    """Sentences on what this report cannot say."""
    facts = t.facts
    out = []
    for role in ROLES:
        out += [
            t.phrase("not_assessed", model=name(role), findings=findings, reason=reason)
            for reason, findings in not_assessed_by(t, role).items()
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
