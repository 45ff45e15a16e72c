"""Scores of explanations at perfect, worst, empty and in between, on records whose scores are known by hand."""

from __future__ import annotations

from typing import Any

import pytest
from cxr_lens.agents.records import CaseReport, Cut, Difficulty, Explanation, Section, Sentence
from cxr_lens.evals import metrics
from cxr_lens.tools.schemas import (
    Comparison,
    FindingScore,
    GroundTruth,
    Heatmap,
    Plausibility,
    Prediction,
    TruthValue,
)
from cxr_lens.training.findings import CHEXPERT


def finding_score(score: float, threshold: float = 0.5, *, calibrated: bool = True) -> FindingScore:
    return FindingScore(
        score=score,
        threshold=threshold,
        positive=score >= threshold,
        threshold_rule="youden",
        threshold_positives=40,
        calibrated=calibrated,
        label="x",
    )


def prediction(role: Any, **scores: float) -> Prediction:
    named = {name.replace("_", " "): finding_score(score) for name, score in scores.items()}
    return Prediction(model=f"m/{role}", role=role, weights_sha256="0", findings=named, not_assessed={}, top_k=())


def heatmap(role: Any, finding: str, *, plausible: bool, peak: tuple[float, float] | None = (50, 50)) -> Heatmap:
    return Heatmap(
        model=f"m/{role}",
        role=role,
        finding=finding,
        method="grad-cam",
        layer="last",
        grid=(1, 1),
        values=((1.0,),),
        magnitude=1,
        region=(0, 0, 100, 100),
        peak=peak,
        peak_side="left",
        peak_zone="left lower lung",
        side_basis="header",
        zones=(),
        plausibility=Plausibility(
            share=0.9 if plausible else 0.1, expected=0.3, plausible=plausible, source="a test"
        ),
    )


def report(
    *texts: str,
    truth: dict[str, str] | None = None,
    baseline: dict[str, float] | None = None,
    finetuned: dict[str, float] | None = None,
    cut: int = 0,
    heatmaps: tuple[Heatmap, ...] = (),
    **changes: Any,
) -> CaseReport:
    """A record with only what the scores read."""
    predictions = {
        "baseline": prediction("baseline", **(baseline or {"Edema": 0.2})),
        "finetuned": prediction("finetuned", **(finetuned or {"Edema": 0.2})),
    }
    known = None
    if truth is not None:
        values = dict.fromkeys(CHEXPERT.names, "blank") | truth
        known = GroundTruth(
            case_id="c",
            findings={n: TruthValue.model_validate({"value": v}) for n, v in values.items()},
            source="simulated",
            table="t.csv",
        )
    fields: dict[str, Any] = {
        "case_id": "c",
        "blind": True,
        "finding": None,
        "difficulty": Difficulty(level="easy", basis="inferred"),
        "true_difficulty": None,
        "predictions": predictions,
        "heatmaps": heatmaps,
        "truth": known,
        "explanation": Explanation(
            sentences=tuple(Sentence(text=text, evidence=()) for text in texts),
            cut=tuple(Cut(text="x", reason="y") for _ in range(cut)),
            verdict=None,
            relation="AGREE",
        ),
        "llm": None,
        "trace": (),
    }
    return CaseReport.model_construct(**(fields | changes))


BOTH_EDEMA = "Both models call edema (baseline 0.90 against its threshold of 0.50, fine-tuned 0.80 against 0.50)."
NONE_CALLED = "Neither model calls any finding."


def test_truth_f1_is_1_when_what_is_stated_is_what_is_true() -> None:
    assert metrics.truth_f1(report(BOTH_EDEMA, truth={"Edema": "positive", "Pneumothorax": "negative"})) == 1


def test_truth_f1_by_hand_with_one_missed_and_one_false() -> None:
    text = "Only the fine-tuned model calls pneumothorax (baseline 0.10 against 0.50, fine-tuned 0.80 against 0.50)."
    truth = {"Pneumothorax": "negative", "Fracture": "positive", "Edema": "negative"}
    assert metrics.truth_f1(report(text, truth=truth)) == 0
    truth["Pneumothorax"] = "positive"
    assert metrics.truth_f1(report(text, truth=truth)) == pytest.approx(2 / 3)  # one hit, one missed


def test_truth_f1_leaves_blank_and_uncertain_out_and_is_none_without_truth() -> None:
    assert metrics.truth_f1(report(BOTH_EDEMA, truth={"Edema": "blank", "Fracture": "negative"})) == 1
    assert metrics.truth_f1(report(BOTH_EDEMA, truth={"Edema": "uncertain"})) is None
    assert metrics.truth_f1(report(BOTH_EDEMA)) is None
    assert metrics.truth_f1(report(NONE_CALLED, truth={"Edema": "negative"})) == 1


def test_naming_a_child_names_its_parent() -> None:
    truth = {"Edema": "positive", "Lung Opacity": "positive"}
    assert metrics.truth_f1(report(BOTH_EDEMA, truth=truth)) == 1


@pytest.mark.parametrize(("kept", "cut", "expected"), [(4, 0, 1.0), (0, 3, 0.0), (3, 1, 0.75), (0, 0, None)])
def test_faithfulness_is_the_share_that_was_kept(kept: int, cut: int, expected: float | None) -> None:
    assert metrics.faithfulness(report(*["Text."] * kept, cut=cut)) == expected


def test_localisation_is_the_pointing_game_over_findings_named() -> None:
    maps = (heatmap("finetuned", "Edema", plausible=True), heatmap("finetuned", "Fracture", plausible=True))
    found = report(BOTH_EDEMA, heatmaps=maps)
    assert metrics.localisation(found, {"Edema": [(0, 0, 60, 60)], "Fracture": [(0, 0, 10, 10)]}) == 1
    assert metrics.localisation(found, {"Edema": [(0, 0, 10, 10), (80, 80, 90, 90)]}) == 0
    assert metrics.localisation(found, {"Fracture": [(0, 0, 60, 60)]}) is None  # never named
    assert metrics.localisation(found, None) is None
    empty = report(BOTH_EDEMA, heatmaps=(heatmap("finetuned", "Edema", plausible=True, peak=None),))
    assert metrics.localisation(empty, {"Edema": [(0, 0, 99, 99)]}) == 0


def test_difficulty_counts_inferred_levels_alone() -> None:
    true = Difficulty(level="hard", basis="ground_truth")
    assert metrics.difficulty(report(true_difficulty=true)) == 0
    assert (
        metrics.difficulty(report(true_difficulty=true, difficulty=Difficulty(level="hard", basis="inferred"))) == 1
    )
    assert metrics.difficulty(report(true_difficulty=true, difficulty=Difficulty(level="hard", basis="user"))) is None
    assert metrics.difficulty(report()) is None


@pytest.mark.parametrize(
    ("preferred", "finetuned", "expected"),
    [("finetuned", 0.9, 1.0), ("baseline", 0.9, 0.0), (None, 0.9, 0.0), (None, 0.1, 1.0), ("finetuned", 0.1, 0.0)],
)
def test_verdict_of_a_blind_text_is_its_preference(preferred: Any, finetuned: float, expected: float) -> None:
    explanation = Explanation(sentences=(), verdict=None, relation="AGREE", more_plausible=preferred)
    case = report(
        truth={"Edema": "positive"},
        baseline={"Edema": 0.1},
        finetuned={"Edema": finetuned},
        explanation=explanation,
    )
    assert metrics.verdict(case) == expected


def test_verdict_needs_a_truth() -> None:
    assert metrics.verdict(report()) is None
    assert isinstance(metrics.revealed_comparison(report(truth={"Edema": "positive"})), Comparison)


def test_relevance_says_whether_judgements_of_place_are_right() -> None:
    text = (
        "For edema the baseline's map peaks in the left lower lung and the fine-tuned model's in the left hilum; the "
        "baseline's lies mostly in usual places for it (70 % of the activation), the fine-tuned model's mostly outside "
        "the usual places for it (20 % inside)."
    )
    right = (heatmap("baseline", "Edema", plausible=True), heatmap("finetuned", "Edema", plausible=False))
    half = (heatmap("baseline", "Edema", plausible=True), heatmap("finetuned", "Edema", plausible=True))
    wrong = (heatmap("baseline", "Edema", plausible=False), heatmap("finetuned", "Edema", plausible=True))
    for maps, expected in ((right, 1), (half, 0.5), (wrong, 0)):
        assert metrics.relevance(report(text, heatmaps=maps)) == expected
    assert metrics.relevance(report(BOTH_EDEMA, heatmaps=right)) is None


def test_completeness_wants_both_models_every_call_and_a_limit() -> None:
    called = {"Edema": 0.9, "Fracture": 0.9}
    explanation = Explanation(
        sentences=(Sentence(text=BOTH_EDEMA, evidence=()),), limits=("A limit.",), verdict=None, relation="AGREE"
    )
    assert metrics.completeness(report(finetuned=called, explanation=explanation)) == pytest.approx(4 / 5)
    assert metrics.completeness(report(finetuned={"Edema": 0.9}, explanation=explanation)) == 1
    assert metrics.completeness(report("Nothing.", finetuned={"Edema": 0.9})) == 0


def test_hedging_is_best_where_caution_follows_the_probability() -> None:
    sure = "The fine-tuned model calls edema."
    hedged = "The fine-tuned model calls edema, though this may be chance."
    certain, even = {"Edema": 1.0}, {"Edema": 0.5}
    assert metrics.hedging(report(sure, finetuned=certain)) == 1
    assert metrics.hedging(report(hedged, finetuned=certain)) == 0
    assert metrics.hedging(report(hedged, finetuned=even)) == 1
    assert metrics.hedging(report(NONE_CALLED, finetuned=even)) is None


def test_form_wants_a_budget_sections_and_plain_words() -> None:
    plain = tuple(Sentence(text="The cat sat on the mat.", evidence=()) for _ in range(3))
    section = Section(title="More", sentences=plain)
    good = Explanation(sentences=plain, sections=(section,), verdict=None, relation="AGREE")
    assert metrics.form(report(explanation=good)) == 1
    assert metrics.form(report()) == 0
    assert metrics.reading_ease("The cat sat on the mat.") == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    assert metrics.reading_ease("") is None


def test_every_score_has_its_name_in_the_contract() -> None:
    names = set(metrics.score_case(report(BOTH_EDEMA)))
    assert names == {
        *("truth_f1", "faithfulness", "localisation", "difficulty", "verdict", "relevance", "completeness"),
        *("hedging", "form", "cost", "latency"),
    }
