"""The findings, their hierarchy, and sets of a user's own."""

from __future__ import annotations

import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT, COMPETITION, Finding, FindingSet
from pydantic import ValidationError


def test_the_fourteen_are_chexperts_in_its_order() -> None:
    assert CHEXPERT.names == (
        "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema",
        "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture",
        "Support Devices",
    )  # fmt: skip
    assert set(COMPETITION) <= set(CHEXPERT.names)
    assert [f.name for f in CHEXPERT.each() if not f.judged] == ["No Finding", "Support Devices"]
    assert [f.name for f in CHEXPERT.each() if not f.boxed] == ["No Finding"]


def test_ancestors_and_descendants_follow_the_papers_figure() -> None:
    assert CHEXPERT.ancestors("Pneumonia") == ("Consolidation", "Lung Opacity")
    assert CHEXPERT.ancestors("Cardiomegaly") == ("Enlarged Cardiomediastinum",)
    assert CHEXPERT.ancestors("Pleural Effusion") == ()
    assert CHEXPERT.descendants("Lung Opacity") == (
        "Lung Lesion", "Edema", "Consolidation", "Pneumonia", "Atelectasis",
    )  # fmt: skip


def test_a_finding_is_found_in_any_letter_case_or_suggested() -> None:
    assert CHEXPERT.get("pleural effusion").name == "Pleural Effusion"
    with pytest.raises(RequestError, match=r"'Effusion' is not a finding.*did you mean 'Pleural Effusion'"):
        CHEXPERT.get("Effusion")


@pytest.mark.parametrize(
    ("findings", "message"),
    [
        ((), "at least 1"),
        ((Finding(name="A"), Finding(name="A")), "repeat"),
        ((Finding(name="A", parent="B"),), "unknown parent 'B'"),
        ((Finding(name="A", zones=("left knee",)),), "unknown zones"),
        ((Finding(name="A", parent="B"), Finding(name="B", parent="A")), "form a circle"),
    ],
)
def test_an_inconsistent_set_is_refused(findings: tuple[Finding, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FindingSet(findings=findings)
