"""Prompts filled in for a case: every template, mode and difficulty; no truth when blind."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from typing import get_args

import jsonschema
import pytest
from cxr_lens.agents.llm.evidence import describe_evidence, reading
from cxr_lens.agents.llm.prompts import EXPLAINERS, explainer, fill_prompt, form_of_answer, schema_of_answer
from cxr_lens.agents.records import Level
from cxr_lens.agents.state import Brief
from cxr_lens.prompts.loader import list_prompts, load_prompt
from cxr_lens.training.errors import RequestError

MakeBrief = Callable[..., Brief]
KEYS = [key for key in list_prompts() if key.split("@")[0] in EXPLAINERS]
LEVELS = get_args(Level)
TRUTH = re.compile(r"\b(?:truth (?:positive|negative|uncertain|blank)|verdict: (?!none)|simulated)", re.IGNORECASE)


def filled(brief: Brief, key: str) -> str:
    prompt = load_prompt(key)
    return "\n".join(fill_prompt(prompt, brief, picture=True, form=form_of_answer(prompt.output)))


@pytest.mark.parametrize(("key", "blind", "level"), [*itertools.product(KEYS, (True, False), LEVELS)])
def test_every_template_fills_in_both_modes_at_every_difficulty(
    make_brief: MakeBrief, key: str, blind: bool, level: Level
) -> None:
    brief = make_brief(blind, "Pleural Effusion" if key.startswith("box") else None, level)
    text = filled(brief, key)
    for evidence in brief.evidence:
        assert f"[{evidence.id}]" in text
    assert "Pleural Effusion" in text
    assert ("The truth is hidden" in text or "Nobody knows the truth" in text) == blind
    assert "\n\n\n" not in text
    assert "{{" not in text
    if blind:
        assert TRUTH.search(text) is None
    else:
        assert "truth positive" in text


@pytest.mark.parametrize("key", KEYS)
def test_difficulty_changes_what_is_asked(make_brief: MakeBrief, key: str) -> None:
    finding = "Pleural Effusion" if key.startswith("box") else None
    texts = {filled(make_brief(True, finding, level), key) for level in LEVELS}
    assert len(texts) == 3


def test_nothing_that_names_the_case_its_files_or_models_is_told(make_brief: MakeBrief) -> None:
    text = describe_evidence(make_brief().evidence)
    for secret in ("patient1_study1_view1_frontal", "valid.csv", "tiny/", "Untrained"):
        assert secret not in text


@pytest.mark.parametrize(("share", "told"), [(0.496, "49.6 %"), (0.5, "50 %"), (0.504, "50.4 %"), (0.494, "49 %")])
def test_a_share_just_off_a_half_is_not_told_as_a_half(make_brief: MakeBrief, share: float, told: str) -> None:
    item = next(e for e in make_brief().evidence if e.tool == "gradcam")
    usual = item.result["plausibility"] | {"share": share}
    text = describe_evidence([item.model_copy(update={"result": item.result | {"plausibility": usual}})])
    assert f" {told} of the activation" in text


def test_scores_that_round_alike_get_a_third_digit() -> None:
    assert reading(0.712, 0.5) == "0.71, at or above its threshold of 0.50"
    assert reading(0.499, 0.501) == "0.499, below its threshold of 0.501"


def test_two_versions_of_the_case_explainer_ask_for_different_things(make_brief: MakeBrief) -> None:
    one, two = (filled(make_brief(), f"case_explainer@v{n}") for n in (1, 2))
    assert "| finding |" in two
    assert "| finding |" not in one
    assert '"notes"' in two
    assert '"notes"' not in one


@pytest.mark.parametrize("output", ["summary", "summary with notes", "report"])
def test_the_example_of_an_answer_fits_its_schema(output: str) -> None:
    schema = schema_of_answer(output, ["predict.baseline", "compare"])
    jsonschema.Draft202012Validator.check_schema(schema)
    example = json.loads(form_of_answer(output).partition("\n")[2])
    jsonschema.validate(example, schema)
    example["sentences"][0]["evidence"] = ["invented"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example, schema)


def test_a_prompt_that_cannot_explain_is_refused_with_the_way_out() -> None:
    with pytest.raises(RequestError, match="use box_explainer, case_explainer"):
        explainer("narrator@v1", None)
    with pytest.raises(RequestError, match="add --finding"):
        explainer("box_explainer@v1", None)
    with pytest.raises(RequestError, match="did you mean"):
        explainer("case_explaner@v1", None)
