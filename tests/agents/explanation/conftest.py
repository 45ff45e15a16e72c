"""Hand-made evidence from a seed, consistent as the tools would make it, and a toolbox that returns it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from cxr_lens.agents.difficulty import decide_difficulty
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.explanation.facts import Facts, read_facts
from cxr_lens.agents.focus import choose_findings
from cxr_lens.agents.records import Level, Sentence
from cxr_lens.agents.state import Brief, Draft
from cxr_lens.tools.compare_models import compare
from cxr_lens.tools.schemas import (
    Box,
    BoxSet,
    Comparison,
    Evidence,
    FindingScore,
    GroundTruth,
    Heatmap,
    LabelScore,
    Plausibility,
    Prediction,
    Role,
    ToolError,
    TruthValue,
    ZoneShare,
    slug,
)
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.radiographs.quality import Quality, QualityFlag
from cxr_lens.training.zones import ZONES, Side, SideBasis

ROLES: tuple[Role, ...] = ("baseline", "finetuned")
SOURCES = ("reader consensus", "single reader", "text-mined", "simulated", "unknown")


@dataclass
class FakeToolbox:
    """A case invented from a seed: `call` answers as the real Toolbox does. What was asked stands in `asked`."""

    seed: int
    revealed: bool = True
    changes: dict[str, Any] = field(default_factory=dict)
    """`positive`: share of scores above threshold; `quality`: fields; `scores`: (role, finding) -> (score, threshold);
    `truth`: finding -> value; `plausible`: (role, finding) -> share in the usual places."""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.predictions = {role: self._prediction(role) for role in ROLES}
        values = self.random.choices(["positive", "negative", "uncertain", "blank"], [3, 6, 1, 1], k=14)
        truth = dict(zip(CHEXPERT.names, values, strict=True)) | self.changes.get("truth", {})
        self.truth = GroundTruth(
            case_id="case",
            findings={n: TruthValue.model_validate({"value": v}) for n, v in truth.items()},
            source=self.random.choice(SOURCES),
            table="valid.csv",
        )
        self.looks = {(role, f): self._look(role, f) for f in CHEXPERT.names for role in ROLES}
        self.quality = self._quality()

    def call(self, tool: str, **arguments: Any) -> Evidence:
        self.asked.append(tool)
        finding: Any = arguments.get("finding")
        role: Any = arguments.get("model")
        name = {"detect_boxes": "boxes", "compare_models": "compare", "lookup_ground_truth": "truth"}.get(tool, tool)
        if tool == "predict":
            result = self.predictions[role]
        elif tool == "compare_models":
            result = self.comparison(finding)
        elif tool == "lookup_ground_truth":
            if not self.revealed:
                raise ToolError("the truth is hidden")
            result = self.truth
        else:
            if finding in self.predictions[role].not_assessed:
                raise ToolError(f"{finding} is not assessed")
            result = self.looks[role, finding][tool == "detect_boxes"]
        return Evidence(
            id=".".join(filter(None, [name, role, slug(finding) if finding else None])),
            tool=tool,
            arguments=arguments,
            result=result.model_dump(mode="json"),
            seconds=0.0,
        )

    def comparison(self, finding: str | None = None) -> Comparison:
        truth = self.truth.findings if self.revealed else None
        return compare(self.predictions["baseline"], self.predictions["finetuned"], CHEXPERT, truth, finding=finding)

    def quality_evidence(self) -> Evidence:
        return Evidence(
            id="quality",
            tool="assess_quality",
            arguments={},
            result=self.quality.model_dump(mode="json"),
            seconds=0,
        )

    def _prediction(self, role: Role) -> Prediction:
        r = self.random
        findings, missing = {}, {}
        for name in CHEXPERT.names:
            fixed = self.changes.get("scores", {}).get((role, name))
            threshold = r.choice([0.5, round(r.uniform(0.1, 0.9), 3)])
            positive = r.random() < self.changes.get("positive", 0.3)
            score = r.uniform(threshold, 1) if positive else r.uniform(0, threshold)
            if fixed is None and r.random() < 0.12:
                missing[name] = r.choice([f"fake/{role} has no label for it", "it was learned from synthetic films"])
                continue
            score, threshold = fixed or (score, threshold)
            findings[name] = FindingScore(
                score=score,
                threshold=threshold,
                positive=score >= threshold,
                threshold_rule="default" if threshold == 0.5 else "youden",
                threshold_positives=0 if threshold == 0.5 else 40,
                calibrated=r.random() < 0.5,
                label=name,
            )
        top = sorted(((f.score, n) for n, f in findings.items()), reverse=True)[:5]
        return Prediction(
            model=f"fake/{role}",
            role=role,
            weights_sha256="0" * 64,
            findings=findings,
            not_assessed=missing,
            top_k=tuple(LabelScore(label=n, score=s) for s, n in top),
        )

    def _look(self, role: Role, finding: str) -> tuple[Heatmap, BoxSet]:
        r = self.random
        # The two models never share a zone, so that exchanging them is never true by chance.
        mine = r.sample([z for i, z in enumerate(ZONES) if i % 2 == (role == "baseline")], 5)
        weights = sorted((r.uniform(0.05, 1) for _ in mine), reverse=True)
        shares = [w / sum(weights) for w in weights]
        side: Side = "left" if mine[0].startswith("left") else "right" if mine[0].startswith("right") else "midline"
        empty = (r.random() < 0.05) if "empty" not in self.changes else role in self.changes["empty"]
        known = CHEXPERT.get(finding)
        share = self.changes.get("plausible", {}).get((role, finding), round(r.random(), 4))
        expected = round(r.uniform(0.2, 0.7), 4)
        fits = Plausibility(
            share=share, expected=expected, plausible=share >= 0.5 and share > expected, source="usual zones"
        )
        bases: tuple[SideBasis, ...] = ("header", "marker", "as displayed")
        basis = r.choice(bases)
        heatmap = Heatmap(
            model=f"fake/{role}",
            role=role,
            finding=finding,
            method="grad-cam",
            layer="last",
            grid=(7, 7),
            values=((0.0,) * 7,) * 7,
            magnitude=0.0 if empty else r.uniform(0.1, 3),
            region=(0, 0, 100, 100),
            peak=None if empty else (50, 50),
            peak_side=None if empty else side,
            peak_zone=None if empty else mine[0],
            side_basis=basis,
            zones=() if empty else tuple(ZoneShare(zone=z, share=s) for z, s in zip(mine, shares, strict=True)),
            inside_body=None if empty else 1.0,
            plausibility=None if empty or not known.zones else fits,
        )
        count = 0 if empty or not known.boxed else r.choice([0, 1, 1, 2, 3])
        boxes = tuple(
            Box(
                x1=1,
                y1=1,
                x2=40,
                y2=40,
                mean_activation=round(r.uniform(0.5, 0.9), 3),
                area_share=0.1,
                side=side,
                side_basis=basis,
                zones=tuple(r.sample(mine, r.choice([1, 2]))),
            )
            for _ in range(count)
        )
        why = None if boxes else "no region above 0.5 of the map's maximum covers 0.5% of the film"
        return heatmap, BoxSet(
            model=f"fake/{role}", role=role, finding=finding, threshold=0.5, boxes=boxes, why_none=why
        )

    def _quality(self) -> Quality:
        r = self.random
        flag = QualityFlag(
            code="contrast", message="the contrast is 0.11, less than the 0.20 expected", way_on="Use another film."
        )
        projection = r.choice(["AP", "PA", "unknown"])
        fields = {
            "projection": projection,
            "projection_basis": "unknown" if projection == "unknown" else r.choice(["header", "table", "estimated"]),
            "coverage": 0.97,
            "clipped": 0.01,
            "contrast": 0.5,
            "rotation": round(r.uniform(-12, 12), 2),
            "sides": r.choice(["header", "marker", "as displayed"]),
            "out_of_distribution": round(r.random() * 0.8, 3),
            "frontal_chest": r.random() < 0.95,
            "flags": (flag,) if r.random() < 0.3 else (),
        }
        return Quality.model_validate(fields | self.changes.get("quality", {}))

    def both_assess(self) -> list[str]:
        a, b = (self.predictions[role].findings for role in ROLES)
        return [n for n in CHEXPERT.names if n in a and n in b and n != "No Finding"]


MakeBrief = Callable[..., Brief]


@pytest.fixture(scope="session")
def fake_toolbox() -> type[FakeToolbox]:
    return FakeToolbox


@pytest.fixture(scope="session")
def make_brief() -> MakeBrief:
    """`make_brief(seed, revealed=True, about=False, level=None, **changes)`: what a writer gets of an invented case."""

    def make(
        seed: int, revealed: bool = True, about: bool | str = False, level: Level | None = None, **changes: Any
    ) -> Brief:
        box = FakeToolbox(seed, revealed, changes)
        finding = (
            about if isinstance(about, str) else random.Random(seed).choice(box.both_assess()) if about else None
        )
        evidence = [box.quality_evidence(), *(box.call("predict", model=role) for role in ROLES)]
        comparison = box.comparison(finding)
        evidence.append(box.call("compare_models", **({"finding": finding} if finding else {})))
        if revealed:
            evidence.append(box.call("lookup_ground_truth"))
        facts = read_facts(evidence)
        difficulty = decide_difficulty(comparison, facts, box.quality, CHEXPERT, asked=level)
        shared_first = difficulty.level == "easy"
        evidence += [
            box.call(tool, model=role, finding=chosen)
            for chosen in choose_findings(comparison, facts, CHEXPERT, 4, asked=finding, shared_first=shared_first)
            for role in ROLES
            if (role, chosen) in facts.readings
            for tool in ("gradcam", "detect_boxes")
        ]
        return Brief(
            case_id="case",
            finding=finding,
            blind=not revealed,
            difficulty=difficulty,
            evidence=tuple(evidence),
            findings=CHEXPERT,
        )

    return make


@pytest.fixture(scope="session")
def three_findings(make_brief: MakeBrief) -> Callable[..., Brief]:
    """Makes a case of three findings: the baseline calls Edema and Fracture, the fine-tuned model Pneumonia and
    Fracture; Edema and Fracture are there. `plausible`: shares of maps in usual places; `changed`: other scores."""
    scores = {
        ("baseline", "Edema"): (0.71, 0.50),
        ("finetuned", "Edema"): (0.32, 0.40),
        ("baseline", "Pneumonia"): (0.22, 0.50),
        ("finetuned", "Pneumonia"): (0.65, 0.60),
        ("baseline", "Fracture"): (0.91, 0.50),
        ("finetuned", "Fracture"): (0.81, 0.70),
    }
    truth = {"Edema": "positive", "Pneumonia": "negative", "Fracture": "positive"}

    def make(
        plausible: Mapping[tuple[str, str], float],
        changed: Mapping[tuple[str, str], tuple[float, float]] | None = None,
        **more: Any,
    ) -> Brief:
        asked = {"about": False, "empty": ()} | more
        return make_brief(4, scores=scores | dict(changed or {}), truth=truth, plausible=plausible, **asked)

    return make


@pytest.fixture(scope="session")
def let_through() -> Callable[..., bool]:
    """`let_through(brief, *texts)`: whether all sentences of one text, each citing everything, are let through."""

    def all_pass(brief: Brief, *texts: str) -> bool:
        evidence = tuple(item.id for item in brief.evidence)
        return not find_mistakes(Draft(sentences=tuple(Sentence(text=t, evidence=evidence) for t in texts)), brief)

    return all_pass


BOTH, BASELINE, FINETUNED, NEITHER = (0.8, 0.7), (0.8, 0.3), (0.2, 0.7), (0.2, 0.3)
CALLS = {
    "No Finding": NEITHER, "Enlarged Cardiomediastinum": NEITHER, "Cardiomegaly": BOTH, "Lung Opacity": NEITHER,
    "Lung Lesion": NEITHER, "Edema": BASELINE, "Consolidation": BOTH, "Pneumonia": FINETUNED, "Atelectasis": FINETUNED,
    "Pneumothorax": FINETUNED, "Pleural Effusion": BASELINE, "Pleural Other": NEITHER, "Fracture": FINETUNED,
    "Support Devices": NEITHER,
}  # fmt: skip
"""Scores of the baseline and the fine-tuned model, at thresholds of 0.5."""
TRUTH = dict.fromkeys(CALLS, "negative") | dict.fromkeys(
    ["Cardiomegaly", "Pneumonia", "Atelectasis", "Fracture", "Lung Lesion"], "positive"
)


@pytest.fixture(scope="session")
def calls_brief(make_brief: MakeBrief) -> Brief:
    """A case in which every call and every label is known: CALLS and TRUTH."""
    scores = {(role, f): (pair[n], 0.5) for f, pair in CALLS.items() for n, role in enumerate(ROLES)}
    return make_brief(4, about=False, scores=scores, truth=TRUTH)


@pytest.fixture(scope="session")
def passes(calls_brief: Brief) -> Callable[..., bool]:
    """`passes(text, before="", brief=calls_brief)`: whether a sentence behind another is let through; both cite all but
    maps and boxes."""

    def let_through(text: str, before: str = "", brief: Brief = calls_brief) -> bool:
        evidence = tuple(item.id for item in brief.evidence if not item.id.startswith(("gradcam", "boxes")))
        told = tuple(Sentence(text=x, evidence=evidence) for x in (before, text) if x)
        return text not in {c.text for c in find_mistakes(Draft(sentences=told), brief)}

    return let_through


Scores = Mapping[str, tuple[float | None, float | None]]


@pytest.fixture(scope="session")
def compare_scores() -> Callable[..., Comparison]:
    """`compare_scores({finding: (baseline, finetuned)}, truth=None)` at thresholds of 0.5; None = not assessed."""

    def make(scores: Scores, truth: Mapping[str, str] | None = None, finding: str | None = None) -> Comparison:
        pair = [_prediction_of(role, {f: pair[i] for f, pair in scores.items()}) for i, role in enumerate(ROLES)]
        values = None if truth is None else {f: TruthValue.model_validate({"value": v}) for f, v in truth.items()}
        return compare(pair[0], pair[1], CHEXPERT, values, finding=finding)

    return make


@pytest.fixture(scope="session")
def facts_of_scores() -> Callable[..., Facts]:
    """The facts that two predictions and their comparison give."""

    def make(scores: Scores, comparison: Comparison | None = None) -> Facts:
        evidence = [
            Evidence(id=id_, tool=tool, arguments={}, result=record.model_dump(mode="json"), seconds=0)
            for id_, tool, record in [
                *(
                    (f"predict.{role}", "predict", _prediction_of(role, {f: pair[i] for f, pair in scores.items()}))
                    for i, role in enumerate(ROLES)
                ),
                *([("compare", "compare_models", comparison)] if comparison else []),
            ]
        ]
        return read_facts(evidence)

    return make


def _prediction_of(role: Role, scores: Mapping[str, float | None]) -> Prediction:
    return Prediction(
        model=f"fake/{role}",
        role=role,
        weights_sha256="0" * 64,
        findings={
            name: FindingScore(
                score=score,
                threshold=0.5,
                positive=score >= 0.5,
                threshold_rule="default",
                threshold_positives=0,
                calibrated=False,
                label=name,
            )
            for name, score in scores.items()
            if score is not None
        },
        not_assessed={name: "it has no label for it" for name in CHEXPERT.names if scores.get(name) is None},
        top_k=(),
    )
