"""Metrics against the tools' results and of the text: perfect, worst, nothing to score, ties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cxr_lens.agents.records import LlmUse
from cxr_lens.evals.scoring.run_metrics import cost, latency
from cxr_lens.evals.scoring.text_metrics import completeness, faithfulness, form, hedging, reading_ease, relevance

from ..conftest import MakeCase

CALL = "The fine-tuned model calls edema."


def test_faithfulness_is_supported_over_supported_and_cut(make_case: MakeCase) -> None:
    assert faithfulness(make_case([CALL])) == 1
    assert faithfulness(make_case([], cut=2)) == 0
    assert faithfulness(make_case([CALL], sections=["The baseline does not."], cut=2)) == 0.5
    assert faithfulness(make_case([])) is None
    assert faithfulness(make_case(["It may be an artefact."], marks=["interpretation"])) is None


def test_relevance_holds_words_against_the_maps_measure(make_case: MakeCase) -> None:
    inside = "For edema, the fine-tuned map lies mostly in the usual places."
    outside = "For edema, the fine-tuned map lies mostly outside the usual places."
    good, bad = {("finetuned", "Edema"): True}, {("finetuned", "Edema"): False}
    assert relevance(make_case([inside], plausible=good)) == 1
    assert relevance(make_case([outside], plausible=bad)) == 1
    assert relevance(make_case([inside], plausible=bad)) == 0
    assert relevance(make_case([outside], plausible=good)) == 0
    assert relevance(make_case([inside, outside], plausible=good)) == 0.5
    assert relevance(make_case([CALL], plausible=good)) is None
    assert relevance(make_case([inside])) is None  # no measure


def test_completeness_counts_models_positive_findings_and_limits(make_case: MakeCase) -> None:
    scores = {"finetuned": {"Edema": 0.9}, "baseline": {"Fracture": 0.8, "No Finding": 0.7}}
    whole = ["The fine-tuned model calls edema.", "The baseline calls fracture."]
    assert completeness(make_case(whole, limits=["Untrained."], **scores)) == 1
    assert completeness(make_case([], **scores)) == 0
    assert completeness(make_case(whole[:1], **scores)) == pytest.approx(2 / 5)
    assert completeness(make_case(whole, limits=["Untrained."])) == 1  # nothing is called


def test_hedging_belongs_where_the_probability_is_unsure(make_case: MakeCase) -> None:
    plain, hedged = "The fine-tuned model calls edema.", "Perhaps the fine-tuned model calls edema."
    sure, unsure = {"finetuned": {"Edema": 0.95}}, {"finetuned": {"Edema": 0.6}}
    assert hedging(make_case([plain], **sure)) == 1
    assert hedging(make_case([hedged], **unsure)) == 1
    assert hedging(make_case([plain], **unsure)) == 0
    assert hedging(make_case([hedged], **sure)) == 0
    assert hedging(make_case([plain], calibrated=False, **sure)) is None
    assert hedging(make_case(["The film is rotated by 2 degrees."], **sure)) is None


def test_form_checks_length_sections_and_ease(make_case: MakeCase) -> None:
    assert form(make_case([CALL], sections=["More."])) == 1
    assert form(make_case([CALL])) == 0.75  # no section
    assert form(make_case([])) == 0
    long = " ".join(["word"] * 60) + "."
    assert form(make_case([long], sections=["More."])) == 0.75
    hard = (
        "Incomprehensible radiological terminological characterisation necessitates interdisciplinary consideration."
    )
    assert form(make_case([hard], sections=["More."])) == 0.75


def test_reading_ease_of_a_hand_worked_sentence() -> None:
    # 6 words, 1 sentence, 6 syllables: 206.835 - 6.09 - 84.6
    assert reading_ease("The cat sat on the mat.") == pytest.approx(116.145)
    assert reading_ease("") is None
    assert reading_ease("12 %.") is None


def test_cost_and_latency(make_case: MakeCase) -> None:
    assert cost(make_case([CALL])) == 0
    assert cost(make_case([CALL], writer="llm", cost=0.02)) == 0.02
    assert cost(make_case([CALL], writer="llm")) is None
    use = LlmUse(calls=(), input_tokens=10, output_tokens=5, cost=0.03, seconds=1)
    stands_in = make_case([CALL])
    stands_in = replace(stands_in, report=stands_in.report.model_copy(update={"llm": use}))
    assert cost(stands_in) == 0.03  # the narrator wrote, but an LLM was paid
    assert latency(make_case([CALL])) == 0.75
    assert latency(make_case([CALL], seconds=[])) is None
