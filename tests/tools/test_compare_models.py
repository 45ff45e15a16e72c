"""compare_models: hand-worked cases for judging, outcomes, agreement and verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cxr_lens.tools.compare_models import compare, compare_models, judge_case
from cxr_lens.tools.schemas import CompareModelsInput, Comparison, FindingScore, Prediction, Role, ToolError
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.findings import CHEXPERT

from .conftest import make_truth

JUDGED = tuple(f.name for f in CHEXPERT.each() if f.judged)


def _prediction(role: Role, *called: str, lacks: tuple[str, ...] = (), **scores: float) -> Prediction:
    """A prediction that calls some findings (score 0.8, others 0.2; threshold 0.5)."""
    findings = {}
    for name in CHEXPERT.names:
        if name in lacks:
            continue
        score = scores.get(name.replace(" ", "_"), 0.8 if name in called else 0.2)
        findings[name] = FindingScore(
            score=score,
            threshold=0.5,
            positive=score >= 0.5,
            threshold_rule="default",
            threshold_positives=0,
            calibrated=False,
            label=name,
        )
    return Prediction(
        model=f"hand/{role}",
        role=role,
        weights_sha256="0" * 64,
        findings=findings,
        not_assessed=dict.fromkeys(lacks, "no label"),
        top_k=(),
    )


def _all_negative(**values: str):
    return make_truth(**{**{n.replace(" ", "_"): "negative" for n in CHEXPERT.names}, **values})


def _compare(baseline: Prediction, finetuned: Prediction, truth=None, finding: str | None = None) -> Comparison:
    return compare(baseline, finetuned, CHEXPERT, truth.findings if truth else None, finding=finding)


def test_naming_a_child_counts_for_its_parents() -> None:
    # truth: Pneumonia (so Consolidation and Lung Opacity); called: Consolidation (so Lung Opacity)
    truth = {"Pneumonia", "Consolidation", "Lung Opacity"}
    judgement = judge_case(["Consolidation"], truth, JUDGED, CHEXPERT)
    assert judgement.true_positive == ("Lung Opacity", "Consolidation")
    assert judgement.false_negative == ("Pneumonia",)
    assert judgement.f1 == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert judgement.right


@pytest.mark.parametrize(
    ("called", "f1", "right"),
    [
        (("Pleural Effusion", "Pneumothorax"), 1.0, True),
        (("Pleural Effusion",), 2 / 3, True),
        (("Pleural Effusion", "Fracture", "Cardiomegaly"), 2 / 6, False),  # Cardiomegaly names its parent as well
        (("Pleural Effusion", "Fracture"), 0.5, True),
        (("Fracture",), 0.0, False),
        ((), 0.0, False),
    ],
)
def test_a_model_is_right_from_an_f1_of_one_half(called: tuple[str, ...], f1: float, right: bool) -> None:
    judgement = judge_case(called, {"Pleural Effusion", "Pneumothorax"}, JUDGED, CHEXPERT)
    assert judgement.f1 == pytest.approx(f1)
    assert judgement.right is right


@pytest.mark.parametrize(("called", "right"), [((), True), (("Fracture",), False), (("Support Devices",), True)])
def test_without_a_true_positive_right_means_nothing_called(called: tuple[str, ...], right: bool) -> None:
    judgement = judge_case(called, set(), JUDGED, CHEXPERT)
    assert judgement.f1 is None
    assert judgement.right is right


def test_only_known_truth_that_both_can_express_is_judged() -> None:
    truth = make_truth(
        Edema="positive",
        Pneumothorax="uncertain",
        Fracture="negative",
        Support_Devices="positive",
        No_Finding="negative",
    )
    found = _compare(_prediction("baseline", lacks=("Fracture",)), _prediction("finetuned", "Edema"), truth)
    assert found.judged == ("Lung Opacity", "Edema")  # Lung Opacity is blank, but Edema names it
    assert found.not_judged["Pneumothorax"] == "the truth is uncertain"
    assert found.not_judged["Cardiomegaly"] == "the truth does not mention it"
    assert found.not_judged["Fracture"] == "not assessed by hand/baseline"
    assert found.not_judged["Support Devices"] == "left out by the rule"
    assert set(found.judged) | set(found.not_judged) == set(CHEXPERT.names)


def test_blank_and_uncertain_are_never_false_positives() -> None:
    truth = make_truth(Edema="positive", Pneumothorax="uncertain")
    found = _compare(
        _prediction("baseline", "Edema"), _prediction("finetuned", "Edema", "Pneumothorax", "Fracture"), truth
    )
    assert found.finetuned_judgement is not None
    assert found.finetuned_judgement.false_positive == ()
    assert found.verdict == "NO CHANGE"
    assert found.findings["Fracture"].finetuned_outcome is None


def test_outcomes_are_of_the_model_s_own_call() -> None:
    truth = _all_negative(Edema="positive", Lung_Opacity="positive")
    found = _compare(_prediction("baseline", "Fracture"), _prediction("finetuned", "Edema"), truth)
    pairs = {name: (row.baseline_outcome, row.finetuned_outcome) for name, row in found.findings.items()}
    assert pairs["Edema"] == ("FN", "TP")
    assert pairs["Fracture"] == ("FP", "TN")
    assert pairs["Lung Opacity"] == ("FN", "FN")
    assert found.finetuned_judgement is not None
    assert found.finetuned_judgement.f1 == 1.0, "in the case's F1 Edema names Lung Opacity"


@pytest.mark.parametrize(
    ("baseline", "finetuned", "verdict"),
    [
        (("Fracture",), ("Edema",), "IMPROVED"),
        (("Edema",), ("Edema", "Fracture"), "WORSE"),
        (("Edema",), ("Edema",), "NO CHANGE"),
        (("Fracture",), ("Pneumothorax",), "NO CHANGE"),
    ],
)
def test_verdict_on_a_case_is_the_sign_of_the_f1_difference(
    baseline: tuple[str, ...], finetuned: tuple[str, ...], verdict: str
) -> None:
    found = _compare(
        _prediction("baseline", *baseline), _prediction("finetuned", *finetuned), _all_negative(Edema="positive")
    )
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("baseline", "finetuned", "verdict"),
    [
        (("Fracture", "Pneumothorax"), ("Fracture",), "IMPROVED"),
        ((), ("Fracture",), "WORSE"),
        ((), (), "NO CHANGE"),
    ],
)
def test_verdict_without_true_positives_counts_false_positives(
    baseline: tuple[str, ...], finetuned: tuple[str, ...], verdict: str
) -> None:
    found = _compare(_prediction("baseline", *baseline), _prediction("finetuned", *finetuned), _all_negative())
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("truth", "before", "after", "verdict"),
    [
        ("positive", 0.2, 0.6, "IMPROVED"),
        ("positive", 0.6, 0.4, "WORSE"),
        ("positive", 0.6, 0.65, "IMPROVED"),
        ("positive", 0.6, 0.64, "NO CHANGE"),
        ("positive", 0.4, 0.3, "WORSE"),
        ("negative", 0.4, 0.3, "IMPROVED"),
        ("negative", 0.3, 0.4, "WORSE"),
        ("negative", 0.6, 0.4, "IMPROVED"),
    ],
)
def test_verdict_on_one_finding_goes_by_outcome_then_by_score(
    truth: str, before: float, after: float, verdict: str
) -> None:
    found = _compare(
        _prediction("baseline", Edema=before),
        _prediction("finetuned", Edema=after),
        make_truth(Edema=truth),
        finding="Edema",
    )
    assert found.verdict == verdict
    assert list(found.findings) == ["Edema"]
    assert found.baseline_judgement is not None
    assert found.baseline_judgement.right == ((before >= 0.5) == (truth == "positive"))


@pytest.mark.parametrize("truth", ["uncertain", "blank"])
def test_no_verdict_on_a_finding_whose_truth_is_not_known(truth: str) -> None:
    found = _compare(_prediction("baseline"), _prediction("finetuned"), make_truth(Edema=truth), finding="Edema")
    assert found.verdict is None
    assert found.baseline_judgement is None


def test_blind_comparison_has_no_truth_but_a_relation() -> None:
    found = _compare(_prediction("baseline", "Edema"), _prediction("finetuned", "Fracture"))
    assert (found.revealed, found.verdict, found.baseline_judgement, found.judged) == (False, None, None, ())
    assert all(r.truth is None and r.baseline_outcome is None for r in found.findings.values())
    assert (found.relation, found.differing) == ("DIFFER", ("Edema", "Fracture"))


def test_support_devices_do_not_make_models_differ() -> None:
    found = _compare(_prediction("baseline", "Support Devices"), _prediction("finetuned", "No Finding"))
    assert found.relation == "AGREE"


def test_what_one_model_cannot_express_is_no_disagreement() -> None:
    found = _compare(_prediction("baseline", lacks=("Fracture",)), _prediction("finetuned", "Fracture"))
    assert found.relation == "AGREE"
    assert found.findings["Fracture"].agree is None
    assert found.findings["Fracture"].difference is None


def test_there_is_no_verdict_against_an_untrained_head(bench: Workbench) -> None:
    untrained = replace(bench.baseline, config=bench.baseline.config.model_copy(update={"trained_head": False}))
    found = compare_models(replace(bench, baseline=untrained, revealed=True), CompareModelsInput())
    assert found.verdict is None
    assert "never trained" in found.verdict_reason
    assert found.baseline_judgement is not None


def test_the_tool_hides_truth_until_revealed(bench: Workbench) -> None:
    assert not compare_models(bench, CompareModelsInput()).revealed
    assert compare_models(bench.reveal(), CompareModelsInput()).findings["Edema"].truth is not None


def test_a_finding_one_model_lacks_cannot_be_compared(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="Fracture cannot be compared"):
        compare_models(bench, CompareModelsInput(finding="Fracture"))
