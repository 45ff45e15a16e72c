"""Toolbox and lookup_ground_truth: evidence ids, argument errors, blindness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cxr_lens.tools.lookup_ground_truth import ground_truth, lookup_ground_truth
from cxr_lens.tools.schemas import LookupGroundTruthInput, ToolError
from cxr_lens.tools.toolbox import Toolbox
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.errors import TableError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.tables import read_table


@pytest.mark.parametrize(
    ("tool", "arguments", "identity"),
    [
        ("predict", {"model": "baseline"}, "predict.baseline"),
        ("gradcam", {"model": "finetuned", "finding": "pleural effusion"}, "gradcam.finetuned.pleural-effusion"),
        ("detect_boxes", {"model": "baseline", "finding": "Edema"}, "boxes.baseline.edema"),
        (
            "detect_boxes",
            {"model": "baseline", "finding": "Edema", "threshold": 0.7},
            "boxes.baseline.edema@threshold=0.7",
        ),
        ("compare_models", {}, "compare"),
        ("compare_models", {"finding": "Edema"}, "compare.edema"),
        ("lookup_ground_truth", {}, "truth"),
    ],
)
def test_evidence_has_an_id_and_the_tool_s_record(
    bench: Workbench, tool: str, arguments: dict[str, object], identity: str
) -> None:
    evidence = Toolbox(bench.reveal()).call(tool, **arguments)
    assert evidence.id == identity
    assert evidence.tool == tool
    assert evidence.result
    assert evidence.seconds >= 0


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("predcit", {}, "did you mean 'predict'"),
        ("predict", {}, "'model' is missing"),
        ("predict", {"model": "third"}, "model = 'third'"),
        ("predict", {"model": "baseline", "topk": 3}, "did you mean 'top_k'"),
        ("gradcam", {"model": "baseline", "finding": "Effusion"}, "did you mean 'Pleural Effusion'"),
        ("detect_boxes", {"model": "baseline", "finding": "Edema", "threshold": 2}, "threshold = 2"),
    ],
)
def test_wrong_requests_say_what_would_be_right(
    bench: Workbench, tool: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        Toolbox(bench).call(tool, **arguments)


def test_truth_is_refused_to_a_blind_explainer(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="blind"):
        Toolbox(bench).call("lookup_ground_truth")


def test_truth_without_a_table_names_the_option(bench: Workbench) -> None:
    with pytest.raises(ToolError, match="--labels"):
        Toolbox(replace(bench, truth=None, revealed=True)).call("lookup_ground_truth")


def test_truth_of_one_finding(bench: Workbench) -> None:
    found = lookup_ground_truth(bench.reveal(), LookupGroundTruthInput(finding="edema"))
    assert {name: v.value for name, v in found.findings.items()} == {"Edema": "uncertain"}


def test_truth_comes_from_the_table_with_uncertain_and_blank(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    header = ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT.names]
    values = {"Edema": "1.0", "Pneumonia": "0.0", "Fracture": "-1.0"}
    path = "mine/valid/patient1/study1/view1_frontal.jpg"
    row = [path, "Male", "50", "Frontal", "PA", *(values.get(name, "") for name in CHEXPERT.names)]
    csv = folder / "valid.csv"
    csv.write_text(",".join(header) + "\n" + ",".join(row) + "\n")
    table = read_table(csv)
    truth = ground_truth(table, "patient1_study1_view1_frontal")
    kinds = {name: truth.findings[name].value for name in ("Edema", "Pneumonia", "Fracture", "Atelectasis")}
    assert kinds == {"Edema": "positive", "Pneumonia": "negative", "Fracture": "uncertain", "Atelectasis": "blank"}
    assert (truth.case_id, truth.table) == ("patient1_study1_view1_frontal", "valid.csv")
    with pytest.raises(TableError, match="not in"):
        ground_truth(table, "patient2_study1_view1_frontal")
