"""What the screen shows of a case, as one small JSON document; the browser draws from it without asking again.

Maps travel at their network's own grid (a few hundred numbers each) for every finding, so that finding, model, scale
and opacity change in the browser at once. Boxes come for every finding too. The film is a picture of its own, fetched
by its owner only. Texts are plain: the browser sets them as text, never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ...tools.maps.saliency import NEGLIGIBLE
from ...tools.panels.drawing import COLOURS, STRONGEST
from ...tools.schemas import Evidence, Role, slug
from ...tools.workbench import Workbench
from ...training.findings import CHEXPERT
from ..explanation.facts import ROLES
from ..explanation.prose import prose
from ..records import CaseReport, Difficulty, Section, Sentence
from ..reports.report import BASES, LEVELS, ROLE_NAMES, shortened, sides_of
from ..writing import Writing
from .live_case import LiveCase

FILM_EDGE = 1400
"""Longer edge of the film as shown, pixels."""


def ramp() -> list[list[int]]:
    """256 RGBA values (0 to 255) from no heat to the most: the same colours as every other picture of the project."""
    out = []
    for i in range(256):
        share = i / 255
        red, green, blue, _ = COLOURS(0.15 + 0.85 * share)
        out.append([round(255 * red), round(255 * green), round(255 * blue), round(255 * STRONGEST * share)])
    return out


def view_of(live: LiveCase) -> dict[str, Any]:
    """Everything the screen shows of a case now; what is not known yet is left out."""
    info, bench, report = live.info, live.bench, live.report
    view: dict[str, Any] = {
        "thread": info.id,
        "title": info.title,
        "uploaded": info.source == "upload",
        "stage": live.stage,
        "note": live.note,
        "answering": live.busy.locked(),
        "focus": _focus(live),
    }
    if bench is not None:
        view |= _film(bench, info.id)
        if live.stage in ("explaining", "done") or report is not None:
            view |= _readings(live, bench, report)
    elif report is not None:
        view |= _scores_kept(report)
    if report is not None:
        view |= _told(report)
        view["evidence"] = _evidence(live.memory.brief.evidence if live.memory else report.evidence)
        view["suggestions"] = suggestions(report)
    elif live.writing is not None:
        view |= _being_written(live.writing)
    return view


def _focus(live: LiveCase) -> dict[str, Any] | None:
    """What the last answer wants the film to show, and which answer that is."""
    if not live.messages or live.messages[-1].focus is None:
        return None
    return {"n": f"{live.info.id}-{len(live.messages)}", "finding": slug(live.messages[-1].focus.finding)}


def _film(bench: Workbench, thread: str) -> dict[str, Any]:
    height, width = bench.film.pixels.shape
    quality, info = bench.quality, bench.film.info
    return {
        "film": {
            "url": f"lens/film/{thread}",
            "width": width,
            "height": height,
            "alt": _alt(bench),
            "synthetic": info.synthetic,
        },
        "case": bench.case_id,
        "sides": sides_of(quality),
        "quality": {
            "frontal": quality.frontal_chest,
            "flags": [flag.model_dump() for flag in quality.flags],
            "facts": [
                ["Projection", f"{quality.projection} ({quality.projection_basis})"],
                ["Thorax inside the film", f"{quality.coverage:.0%}"],
                ["Clipped pixels", f"{quality.clipped:.1%}"],
                ["Contrast", f"{quality.contrast:.2f} of the grey range"],
                ["Rotation", f"{quality.rotation:.1f}° clockwise"],
                ["Out of distribution", f"{quality.out_of_distribution:.2f} (0 usual, 1 unlike any film known)"],
                [
                    "File",
                    f"{info.format}, {width} × {height} px, {info.bits} bit, {info.photometric}; {info.scaling}",
                ],
                ["Header fields left behind", ", ".join(info.dropped_fields) or "none"],
            ],
        },
    }


def _alt(bench: Workbench) -> str:
    projection = bench.quality.projection
    kind = "Chest radiograph" if bench.quality.frontal_chest else "Picture that is not a frontal chest radiograph"
    return f"{kind}, {projection} projection" if projection != "unknown" else f"{kind}, projection not known"


def _readings(live: LiveCase, bench: Workbench, report: CaseReport | None) -> dict[str, Any]:
    """Scores, maps and boxes of both models."""
    maps: dict[str, dict[str, Any]] = {role: {} for role in ROLES}
    findings = []
    for name in bench.findings.names:
        row: dict[str, Any] = {
            "name": name,
            "slug": slug(name),
            "scores": {},
            "judged": bench.findings.get(name).judged,
        }
        for role in ROLES:
            row["scores"][role] = _score(bench, role, name, report)
            if "score" in row["scores"][role] and bench.findings.get(name).boxed:
                maps[role][slug(name)] = _map(live, bench, role, name)
        if report is not None and report.truth is not None and not report.blind and name in report.truth.findings:
            row["truth"] = report.truth.findings[name].value
        findings.append(row)
    models = {role: _model(bench, role) for role in ROLES}
    return {"findings": findings, "maps": maps, "models": models}


def _score(bench: Workbench, role: Role, finding: str, report: CaseReport | None) -> dict[str, Any]:
    reason = bench.why_not_assessed(role, finding)
    if reason is not None:
        return {"why_not": reason}
    config = bench.model(role).config
    score = float(bench.scores(role)[bench.label_index(role, finding)])
    threshold = config.threshold(finding)
    compared = report.comparison.findings.get(finding) if report is not None else None
    return {
        "score": score,
        "threshold": threshold.value,
        "positive": score >= threshold.value,
        "rule": threshold.rule,
        "calibrated": finding in config.calibration,
        "outcome": getattr(compared, f"{role}_outcome") if compared is not None else None,
    }


def _map(live: LiveCase, bench: Workbench, role: Role, finding: str) -> dict[str, Any]:
    """The raw map, which is there at once, and its caption and boxes where they were made."""
    grid = bench.map_of(role, finding)  # (h, w)
    return {
        "grid": list(grid.shape),
        "values": [float(f"{v:.4g}") for v in grid.ravel().tolist()],
        "region": list(bench.region(role)),
        "empty": float(grid.sum()) < NEGLIGIBLE,
        **live.details.get((role, finding), {}),
    }


def _model(bench: Workbench, role: Role) -> dict[str, str]:
    config = bench.model(role).config
    return {"role": role, "called": ROLE_NAMES[role], "name": config.name, "note": config.note}


def _scores_kept(report: CaseReport) -> dict[str, Any]:
    """The scores of a report whose film is gone."""
    findings = []
    for name, compared in report.comparison.findings.items():
        row: dict[str, Any] = {
            "name": name,
            "slug": slug(name),
            "scores": {},
            "judged": CHEXPERT.get(name).judged if name in CHEXPERT else True,
        }
        for role in ROLES:
            prediction = report.predictions[role]
            score = prediction.findings.get(name)
            if score is None:
                row["scores"][role] = {"why_not": prediction.not_assessed.get(name, "the model has no such label")}
                continue
            row["scores"][role] = {
                "score": score.score,
                "threshold": score.threshold,
                "positive": score.positive,
                "rule": score.threshold_rule,
                "calibrated": score.calibrated,
                "outcome": getattr(compared, f"{role}_outcome"),
            }
        findings.append(row)
    models = {
        role: {"role": role, "called": ROLE_NAMES[role], "name": report.predictions[role].model, "note": ""}
        for role in ROLES
    }
    return {"case": report.case_id, "findings": findings, "models": models}


def _being_written(writing: Writing) -> dict[str, Any]:
    """An explanation that is not finished: only what passed the check, and how much did not."""
    return {
        "writing": True,
        "difficulty": _difficulty(writing.difficulty),
        "sentences": [_sentence(s) for s in writing.sentences],
        "sections": _sections(writing.sections),
        "refused": len(writing.refused),
    }


def _difficulty(difficulty: Difficulty) -> dict[str, Any]:
    return {
        "level": difficulty.level,
        "basis": BASES[difficulty.basis],
        "predicted": difficulty.basis == "inferred",
        "about": difficulty.finding,
        "means": LEVELS[difficulty.level],
        "reasons": list(difficulty.reasons),
    }


def _sections(sections: Iterable[Section]) -> list[dict[str, Any]]:
    return [{"title": s.title, "sentences": [_sentence(x) for x in s.sentences]} for s in sections]


def _told(report: CaseReport) -> dict[str, Any]:
    """Difficulty and explanation."""
    explanation, writer = report.explanation, report.writer
    shown = list(dict.fromkeys(slug(h.finding) for h in report.heatmaps))
    by = "the offline narrator" if writer.kind == "offline" else writer.name
    stand_in = f" in place of {writer.stands_in_for}: {writer.reason}" if writer.stands_in_for else ""
    told = {
        "shown": shown,
        "difficulty": _difficulty(report.difficulty),
        "relation": explanation.relation,
        "verdict": explanation.verdict,
        "blind": report.blind,
        "sentences": [_sentence(s) for s in explanation.sentences],
        "sections": _sections(explanation.sections),
        "limits": list(explanation.limits),
        "cut": [cut.model_dump() for cut in explanation.cut],
        "writer": f"{by}, prompt {writer.prompt}{stand_in}",
        "research_only": report.research_only,
    }
    if report.true_difficulty is not None:
        told["true_level"] = report.true_difficulty.level
    return told


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "mark": sentence.mark, "evidence": list(sentence.evidence)}


def _evidence(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """The report's evidence and what the conversation added to it."""
    return [
        {
            "id": e.id,
            "tool": e.tool,
            "arguments": json.dumps(e.arguments, ensure_ascii=False),
            "seconds": round(e.seconds, 4),
            "result": json.dumps(shortened(e.result), indent=1, ensure_ascii=False),
        }
        for e in evidence
    ]


def suggestions(report: CaseReport) -> list[str]:
    """Questions that fit the case, for whoever does not know what to ask."""
    looks = list(dict.fromkeys(h.finding for h in report.heatmaps)) or ["Pleural Effusion"]
    finding = prose(looks[0])
    caller = next((role for role in ROLES if looks[0] in report.predictions[role].positives), "baseline")
    return [
        f"Why does the {'baseline' if caller == 'baseline' else 'fine-tuned model'} call {finding}?",
        f"Compare both on {finding}",
        "What if the threshold were 0.3?",
        "Compare both on the left lower zone",
        "Which model is right?",
        "What was not assessed?",
    ]
