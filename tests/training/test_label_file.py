"""A user's findings: parents, synonyms, zones, the order of outputs; and one sentence for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.label_file import LabelFile, read_label_file
from cxr_lens.training.label_maps import match_labels

TB = """
name: TB findings
findings:
  - Tuberculosis
  - name: Cavity
    parent: Tuberculosis
    synonyms: [cavitation]
    zones: [apex, right upper lung]
  - {name: Normal, judged: false, boxed: false}
labels: [cavitation, normal, TB]
"""


def read(folder: Path, text: str) -> LabelFile:
    (folder / "labels.yaml").write_text(text)
    return read_label_file(folder / "labels.yaml")


def test_findings_replace_chexperts_and_outputs_match_by_synonym(tmp_path: Path) -> None:
    file = read(tmp_path, TB)
    assert file.findings is not None
    assert file.labels is not None
    assert file.findings.names == ("Tuberculosis", "Cavity", "Normal")
    assert file.findings.ancestors("Cavity") == ("Tuberculosis",)
    assert file.findings.get("cavity").zones == ("right apex", "left apex", "right upper lung")
    assert file.labels == ("cavitation", "normal", "TB")
    match = match_labels(file.labels, file.findings)
    assert match.matched == {"cavitation": "Cavity", "normal": "Normal"}
    assert match.missing == ("Tuberculosis",)


@pytest.mark.parametrize("text", ["labels: [Edema, Mass]", "[Edema, Mass]", "Edema\nMass\n", "- Edema\n- Mass\n"])
def test_names_alone_keep_chexperts_findings(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == LabelFile(None, ("Edema", "Mass"))


def test_findings_name_the_outputs_where_labels_do_not(tmp_path: Path) -> None:
    assert read(tmp_path, "findings: [B, A]").labels == ("B", "A")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour: red", "'colour' is not a key"),
        ("findings: [{name: A, zone: [apex]}]", "finding 1: zone"),
        ("findings: [{name: A, zones: [nowhere]}]", "unknown zones"),
        ("findings: [{name: A, parent: B}]", "unknown parent 'B'"),
        ("findings: [{name: A, parent: B}, {name: B, parent: A}]", "circle"),
        ("findings: [A, 3]", "finding 2 is 3"),
        ("labels: [A, A]", "stands there twice"),
        ("labels: []", "list of names"),
        ("name: x", "neither"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="there is no label file"):
        read_label_file(tmp_path / "x.yaml")
