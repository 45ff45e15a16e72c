"""Which findings get maps and boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.explanation.facts import Facts
from cxr_lens.agents.focus import choose_findings
from cxr_lens.tools.schemas import Comparison
from cxr_lens.training.findings import CHEXPERT

Choose = Callable[..., tuple[str, ...]]


@pytest.fixture
def choose(compare_scores: Callable[..., Comparison], facts_of_scores: Callable[..., Facts]) -> Choose:
    def make(scores: dict, truth: dict | None = None, limit: int = 4, **how: Any) -> tuple[str, ...]:
        comparison = compare_scores(scores, truth)
        return choose_findings(comparison, facts_of_scores(scores, comparison), CHEXPERT, limit, **how)

    return make


def test_differing_come_before_missed_before_called(choose: Choose) -> None:
    scores = {"Edema": (0.99, 0.98), "Fracture": (0.1, 0.2), "Pneumothorax": (0.4, 0.6), "Atelectasis": (0.1, 0.1)}
    truth = {"Edema": "positive", "Fracture": "positive", "Pneumothorax": "negative", "Atelectasis": "negative"}
    assert choose(scores, truth) == ("Pneumothorax", "Fracture", "Edema")


def test_what_both_call_and_not_falsely_comes_first_where_asked(choose: Choose) -> None:
    scores = {"Edema": (0.9, 0.9), "Fracture": (0.99, 0.1), "Pneumothorax": (0.8, 0.8)}
    assert choose(scores, shared_first=True) == ("Edema", "Pneumothorax", "Fracture")
    truth = {"Edema": "negative", "Fracture": "negative", "Pneumothorax": "positive"}
    assert choose(scores, truth, shared_first=True) == ("Pneumothorax", "Fracture", "Edema")


def test_the_clearest_of_a_group_comes_first_and_the_number_is_limited(choose: Choose) -> None:
    scores = {"Edema": (0.6, 0.6), "Fracture": (0.9, 0.8), "Pneumothorax": (0.7, 0.7)}
    assert choose(scores) == ("Fracture", "Pneumothorax", "Edema")
    assert choose(scores, limit=2) == ("Fracture", "Pneumothorax")


def test_a_parent_comes_after_its_kinds_and_support_devices_last(choose: Choose) -> None:
    scores = {"Lung Opacity": (0.99, 0.99), "Edema": (0.6, 0.6), "Support Devices": (0.99, 0.99)}
    assert choose(scores) == ("Edema", "Lung Opacity", "Support Devices")


def test_where_nothing_is_called_the_one_nearest_its_threshold_is_shown(choose: Choose) -> None:
    assert choose({"Edema": (0.1, 0.2), "Fracture": (0.3, 0.45), "No Finding": (0.1, 0.49)}) == ("Fracture",)


def test_no_finding_has_no_place(choose: Choose) -> None:
    assert choose({"No Finding": (0.9, 0.9), "Edema": (0.1, 0.1)}) == ("Edema",)
    assert choose({"No Finding": (0.9, 0.9)}, asked="No Finding") == ()


def test_the_asked_finding_is_the_only_one(choose: Choose) -> None:
    assert choose({"Edema": (0.9, 0.1), "Fracture": (0.9, 0.1)}, asked="Pneumonia") == ("Pneumonia",)
