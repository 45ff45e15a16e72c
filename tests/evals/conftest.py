"""Cases made by hand: two models' scores, a text, maps and boxes, a truth; no network is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from cxr_lens.agents.records import (
    CaseReport,
    Cut,
    Difficulty,
    Explanation,
    Provenance,
    Section,
    Sentence,
    Step,
    Writer,
)
from cxr_lens.evals.scoring.scored_case import ScoredCase
from cxr_lens.tools.compare_models import compare
from cxr_lens.tools.schemas import (
    Box,
    BoxSet,
    FindingScore,
    GroundTruth,
    Heatmap,
    Plausibility,
    Prediction,
    Role,
    TruthValue,
)
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.radiographs.quality import Quality
from cxr_lens.training.radiographs.radiograph import RadiographInfo

MakeCase = Callable[..., ScoredCase]
ROLES: tuple[Role, ...] = ("baseline", "finetuned")


def prediction(role: Role, scores: Mapping[str, float], calibrated: bool) -> Prediction:
    found = {
        name: FindingScore(
            score=scores.get(name, 0.1),
            threshold=0.5,
            positive=scores.get(name, 0.1) >= 0.5,
            threshold_rule="youden",
            threshold_positives=20,
            calibrated=calibrated,
            label=name,
        )
        for name in CHEXPERT.names
    }
    return Prediction(
        model=f"toy/{role}", role=role, weights_sha256="0" * 64, findings=found, not_assessed={}, top_k=()
    )


def heatmap(role: Role, finding: str, plausible: bool) -> Heatmap:
    return Heatmap(
        model=f"toy/{role}",
        role=role,
        finding=finding,
        method="grad-cam",
        layer="last",
        grid=(1, 1),
        values=((1.0,),),
        magnitude=1.0,
        region=(0, 0, 300, 300),
        peak=(150, 150),
        peak_side="left",
        peak_zone="left lower lung",
        side_basis="as displayed",
        zones=(),
        inside_body=1.0,
        plausibility=Plausibility(
            share=0.8 if plausible else 0.2, expected=0.4, plausible=plausible, source="the finding's zones"
        ),
    )


def box(x1: float, y1: float, x2: float, y2: float, zone: str) -> Box:
    return Box(
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        mean_activation=0.8,
        area_share=0.05,
        side="left" if zone.startswith("left") else "right",
        side_basis="as displayed",
        zones=(zone,),
    )


@pytest.fixture(scope="session")
def make_case() -> MakeCase:
    """`make_case(["The fine-tuned model calls edema."], truth={"Edema": "positive"}, finetuned={"Edema": 0.9})`."""

    def make(
        sentences: Sequence[str] = (),
        *,
        truth: Mapping[str, Any] | None = None,
        baseline: Mapping[str, float] | None = None,
        finetuned: Mapping[str, float] | None = None,
        sections: Sequence[str] = (),
        limits: Sequence[str] = (),
        cut: int = 0,
        marks: Sequence[Any] = (),
        finding: str | None = None,
        blind: bool = True,
        level: Any = "easy",
        basis: Any = "inferred",
        more_plausible: Any = None,
        verdict: Any = None,
        plausible: Mapping[tuple[Role, str], bool] | None = None,
        boxes: Mapping[str, Sequence[Box]] | None = None,
        true_boxes: Mapping[str, Sequence[tuple[float, float, float, float]]] | None = None,
        calibrated: bool = True,
        writer: Any = "offline",
        cost: float | None = None,
        seconds: Sequence[float] = (0.5, 0.25),
        case_id: str = "patient1_study1_view1_frontal",
    ) -> ScoredCase:
        pair = (
            prediction("baseline", baseline or {}, calibrated),
            prediction("finetuned", finetuned or {}, calibrated),
        )
        known = None
        if truth is not None:
            values = dict.fromkeys(CHEXPERT.names, "negative") | dict(truth)
            known = GroundTruth(
                case_id=case_id,
                findings={name: TruthValue.model_validate({"value": value}) for name, value in values.items()},
                source="simulated",
                table="valid.csv",
            )
        shown = None if blind or known is None else known.findings
        compared = compare(*pair, CHEXPERT, shown, finding=finding)
        marked = [*marks, *["supported"] * (len(sentences) - len(marks))]
        report = CaseReport(
            case_id=case_id,
            radiograph=RadiographInfo(
                format="PNG",
                width=300,
                height=300,
                bits=8,
                photometric="L",
                scaling="/255",
                pixel_sha256="0" * 64,
                synthetic=True,
            ),
            quality=Quality(
                projection="AP",
                projection_basis="table",
                coverage=0.97,
                clipped=0.01,
                contrast=0.5,
                rotation=1.5,
                sides="as displayed",
                out_of_distribution=0.2,
                frontal_chest=True,
                flags=(),
            ),
            blind=blind,
            finding=finding,
            difficulty=Difficulty(level=level, basis=basis),
            predictions={"baseline": pair[0], "finetuned": pair[1]},
            heatmaps=tuple(heatmap(role, name, value) for (role, name), value in (plausible or {}).items()),
            boxes=tuple(
                BoxSet(
                    model="toy/finetuned",
                    role="finetuned",
                    finding=name,
                    threshold=0.5,
                    boxes=tuple(own),
                    why_none=None if own else "the map is empty",
                )
                for name, own in (boxes or {}).items()
            ),
            comparison=compared,
            truth=known,
            explanation=Explanation(
                sentences=tuple(
                    Sentence(text=text, evidence=("predict.finetuned",), mark=mark)
                    for text, mark in zip(sentences, marked, strict=True)
                ),
                sections=tuple(
                    Section(title="More", sentences=(Sentence(text=text, evidence=()),)) for text in sections
                ),
                limits=tuple(limits),
                cut=tuple(Cut(text="The heart is huge.", reason="no evidence names it") for _ in range(cut)),
                verdict=verdict,
                relation=compared.relation,
                more_plausible=more_plausible,
            ),
            evidence=(),
            writer=Writer(kind=writer, name="narrator", prompt="narrator@v1", prompt_sha256="0" * 64),
            trace=tuple(Step(node="write", seconds=s) for s in seconds),
            provenance=Provenance(
                software="chest-xray-lens",
                command="cxr-lens batch",
                created="2026-01-01T00:00:00Z",
                baseline_sha256="0" * 64,
                finetuned_sha256="0" * 64,
            ),
        )
        true = None if true_boxes is None else {name: tuple(own) for name, own in true_boxes.items()}
        return ScoredCase(report, case_id.partition("_")[0], known, true, cost)

    return make
