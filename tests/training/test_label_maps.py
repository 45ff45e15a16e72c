"""Native label names onto the findings."""

from __future__ import annotations

import pytest
from cxr_lens.training.findings import CHEXPERT, Finding, FindingSet
from cxr_lens.training.label_maps import LABEL_MAPS, match_labels

NIH14 = (
    "Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema", "Emphysema", "Fibrosis", "Effusion",
    "Pneumonia", "Pleural_Thickening", "Cardiomegaly", "Nodule", "Mass", "Hernia",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(LABEL_MAPS))
def test_every_map_ends_in_a_finding(name: str) -> None:
    assert set(LABEL_MAPS[name].values()) <= set(CHEXPERT.names)


def test_nih_labels_match_and_the_rest_stays_native() -> None:
    match = match_labels(NIH14)
    assert match.matched["Effusion"] == "Pleural Effusion"
    assert set(match.matched) == {
        "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Effusion", "Pneumonia", "Pneumothorax",
    }  # fmt: skip
    assert set(match.unmatched) == set(NIH14) - set(match.matched)
    assert "Support Devices" in match.missing
    assert "Lung Opacity" in match.missing


def test_a_label_spelled_like_the_finding_wins_over_a_kind_of_it() -> None:
    assert match_labels(("Nodule/Mass", "Lung Lesion")).matched == {"Lung Lesion": "Lung Lesion"}
    assert match_labels(("Lung Lesion", "Nodule")).matched == {"Lung Lesion": "Lung Lesion"}


def test_a_kind_of_a_finding_is_said_and_not_read_as_the_finding() -> None:
    match = match_labels(NIH14)
    assert match.kinds == {
        "Infiltration": "Lung Opacity",
        "Pleural_Thickening": "Pleural Other",
        "Nodule": "Lung Lesion",
        "Mass": "Lung Lesion",
    }
    assert {"Lung Lesion", "Pleural Other", "Lung Opacity"} <= set(match.missing)
    own = FindingSet(findings=(Finding(name="Nodule"), Finding(name="Mass")))
    assert match_labels(("nodule", "Mass"), own).matched == {"nodule": "Nodule", "Mass": "Mass"}


def test_blank_labels_match_nothing() -> None:
    match = match_labels(("Edema", "", ""))
    assert match.matched == {"Edema": "Edema"}
    assert match.unmatched == ("", "")


@pytest.mark.parametrize(
    ("native", "finding"),
    [
        ("pleural effusion", "Pleural Effusion"),
        ("Nodule/Mass", "Lung Lesion"),
        ("No finding", "No Finding"),
        ("pulmonary edema", "Edema"),
        ("fracture", "Fracture"),
        ("ENLARGED CARDIOMEDIASTINUM", "Enlarged Cardiomediastinum"),
    ],
)
def test_spelling_of_other_data_sets_matches(native: str, finding: str) -> None:
    assert match_labels((native,)).matched == {native: finding}


def test_nothing_is_lost_and_no_finding_is_used_twice() -> None:
    match = match_labels(NIH14)
    assert sorted((*match.matched, *match.unmatched)) == sorted(NIH14)
    assert len(set(match.matched.values())) == len(match.matched)
    assert set(match.matched.values()) | set(match.missing) == set(CHEXPERT.names)


def test_chexperts_own_names_all_match() -> None:
    match = match_labels(CHEXPERT.names)
    assert (match.unmatched, match.missing) == ((), ())
