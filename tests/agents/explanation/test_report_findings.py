"""Findings read out of report text: denied, doubted, affirmed."""

from __future__ import annotations

import pytest
from cxr_lens.agents.explanation.report_findings import extract_findings
from cxr_lens.training.findings import CHEXPERT


@pytest.mark.parametrize(
    ("text", "finding", "mention"),
    [
        ("There is a large right pleural effusion.", "Pleural Effusion", "present"),
        ("No pleural effusion or pneumothorax.", "Pneumothorax", "absent"),
        ("No evidence of consolidation, effusion or edema is seen.", "Edema", "absent"),
        ("The lungs are free of focal airspace disease.", "Consolidation", "absent"),
        ("Pneumonia cannot be excluded.", "Pneumonia", "uncertain"),
        ("Possible left basilar atelectasis.", "Atelectasis", "uncertain"),
        ("The right pneumothorax has resolved.", "Pneumothorax", "absent"),
        ("A pneumothorax is not identified.", "Pneumothorax", "absent"),
        ("Pneumonia is unlikely.", "Pneumonia", "uncertain"),
        ("Consolidation without effusion.", "Consolidation", "present"),
        ("Consolidation without effusion.", "Pleural Effusion", "absent"),
        ("No effusion, but the heart is enlarged.", "Cardiomegaly", "present"),
        ("The cardiac silhouette is mildly enlarged.", "Cardiomegaly", "present"),
        ("Heart size is normal.", "Cardiomegaly", "absent"),
        ("The mediastinum is unremarkable.", "Enlarged Cardiomediastinum", "absent"),
        ("Widened mediastinum.", "Enlarged Cardiomediastinum", "present"),
        ("The lungs are clear.", "Lung Opacity", "absent"),
        ("Old healed rib fractures.", "Fracture", "present"),
        ("Osseous structures are intact.", "Fracture", "absent"),
        ("A right internal jugular catheter ends in the SVC.", "Support Devices", "present"),
        ("Interval removal of the endotracheal tube.", "Support Devices", "absent"),
        ("A 6 mm nodule in the left apex.", "Lung Lesion", "present"),
        ("No change in the left effusion.", "Pleural Effusion", "present"),
        ("Biapical pleural thickening.", "Pleural Other", "present"),
        ("A pericardial effusion is present.", "Pleural Effusion", "not mentioned"),
        ("The trachea is in the midline.", "Pneumonia", "not mentioned"),
    ],
)
def test_a_mention_is_read_with_its_negation_and_doubt(text: str, finding: str, mention: str) -> None:
    assert extract_findings(text)[finding] == mention


def test_the_strongest_mention_of_a_report_counts() -> None:
    text = "No effusion on the left. There may be an effusion on the right."
    assert extract_findings(text)["Pleural Effusion"] == "uncertain"
    assert extract_findings(f"{text} Small right effusion.")["Pleural Effusion"] == "present"


def test_no_finding_is_present_only_where_nothing_else_is() -> None:
    assert extract_findings("No acute cardiopulmonary abnormality.")["No Finding"] == "present"
    assert extract_findings("No acute abnormality. Stable cardiomegaly.")["No Finding"] == "absent"


@pytest.mark.parametrize("text", ["", "....", "\n\n", "XXXX XXXX."])
def test_text_without_a_finding_mentions_none(text: str) -> None:
    found = extract_findings(text)
    assert tuple(found) == CHEXPERT.names
    assert set(found.values()) == {"not mentioned"}
