"""`cxr-lens score`: means over cases, intervals over patients, the table and the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cxr_lens.evals.scoring.command import score
from cxr_lens.evals.scoring.scored_case import ScoredCase, load_cases
from cxr_lens.evals.scoring.scores import METRICS, score_case, score_cases
from cxr_lens.training.errors import RequestError, TableError
from pydantic import ValidationError

from ..conftest import MakeCase, box, prediction

NAMES = (
    "truth_f1",
    "faithfulness",
    "localisation",
    "difficulty",
    "verdict",
    "relevance",
    "completeness",
    "hedging",
    "form",
    "cost",
    "latency",
)


def write(folder: Path, case: ScoredCase) -> None:
    own = folder / "cases" / case.report.case_id
    own.mkdir(parents=True)
    (own / "case.json").write_text(case.report.model_dump_json())


@pytest.fixture
def run(tmp_path: Path, make_case: MakeCase) -> Path:
    """Three cases of two patients: two right, one wrong and cut."""
    truth = {"Edema": "positive"}
    right = [
        "For edema, the fine-tuned model looks mainly at the left lower lung.",
        "The fine-tuned model calls edema.",
    ]
    regions = {"Edema": [box(180, 180, 260, 260, "left lower lung")]}
    for case in (
        make_case(right, truth=truth, boxes=regions, case_id="patient1_study1_view1_frontal"),
        make_case(right, truth=truth, boxes=regions, case_id="patient1_study2_view1_frontal"),
        make_case(
            ["The fine-tuned model calls fracture."], truth=truth, cut=1, case_id="patient2_study1_view1_frontal"
        ),
    ):
        write(tmp_path / "run", case)
    return tmp_path / "run"


def test_every_metric_of_the_design_is_there_and_oriented() -> None:
    assert tuple(metric.name for metric in METRICS) == NAMES
    assert {m.name for m in METRICS if not m.higher_is_better} == {"cost", "latency"}


def test_the_command_prints_one_document_and_writes_two_files(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score([str(run), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((run / "score.json").read_text())
    assert set(document["metrics"]) == set(NAMES)
    f1 = document["metrics"]["truth_f1"]
    assert (f1["value"], f1["n"]) == (pytest.approx(2 / 3), 3)
    assert f1["low"] <= f1["value"] <= f1["high"]
    assert document["metrics"]["faithfulness"]["value"] == pytest.approx((1 + 1 + 0.5) / 3)
    assert document["metrics"]["localisation"] | {"about": ""} == {
        "value": None,
        "low": None,
        "high": None,
        "n": 0,
        "higher_is_better": True,
        "unit": "",
        "about": "",
    }
    assert (document["cases"], document["patients"], document["approximate"]) == (3, 2, True)
    page = (run / "score.html").read_text()
    assert all(name in page for name in NAMES)
    assert page.index("patient2_study1") < page.index("patient1_study1")  # least faithful first


def test_the_table_and_the_true_boxes_are_taken_where_given(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"set/valid/patient{p}/study{s}/view1_frontal.png" for p, s in ((1, 1), (1, 2), (2, 1))]
    (tmp_path / "valid.csv").write_text(
        "Path,Edema,Fracture\n" + "".join(f"{row},{int(i == 0)},{int(i == 2)}\n" for i, row in enumerate(rows))
    )
    (tmp_path / "boxes.csv").write_text(
        f"Path,Finding,x1,y1,x2,y2\n{rows[0]},Edema,200,200,240,240\n{rows[1]},Edema,0,0,10,10\n"
    )
    arguments = [str(run), "--data", str(tmp_path / "valid.csv"), "--boxes", str(tmp_path / "boxes.csv")]
    assert score([*arguments, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "fewer than 100 patients" in printed
    document = json.loads((tmp_path / "out" / "score.json").read_text())["metrics"]
    assert (document["localisation"]["value"], document["localisation"]["n"]) == (0.5, 2)
    assert document["truth_f1"]["value"] == pytest.approx(2 / 3)  # study 2 has no edema by this table


def test_a_batchs_lines_give_patients_and_costs(run: Path) -> None:
    (run / "cases.jsonl").write_text(
        json.dumps({"case_id": "patient1_study1_view1_frontal", "patient": "P9", "cost": 0.5})
        + '\n{"case_id": "cut sh'
    )
    cases = load_cases(run)
    assert [case.patient for case in cases] == ["P9", "patient1", "patient2"]
    assert cases[0].cost == 0.5


def test_what_cannot_be_read_is_one_sentence(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"holds no case.json; make some with cxr-lens batch"):
        score([str(tmp_path / "nothing")])
    with pytest.raises(TableError, match="there is no box table"):
        score([str(run), "--boxes", "none.csv"])
    (run / "cases" / "patient2_study1_view1_frontal" / "case.json").write_text("{}")
    with pytest.raises(RequestError, match=r"case.json is not a case's record: case_id: Field required"):
        score([str(run)])


def test_a_value_that_is_no_number_is_left_out_of_every_mean(make_case: MakeCase) -> None:
    case = make_case(["The fine-tuned model calls edema."], writer="llm", cost=0.5, seconds=[1.0])
    odd = make_case(["The fine-tuned model calls edema."], writer="llm", cost=float("nan"), seconds=[1.0])
    report = score_cases([case, odd])
    assert (report.metrics["cost"].value, report.metrics["cost"].n) == (0.5, 1)
    assert report.per_case[1].metrics["cost"] is None
    with pytest.raises(ValidationError, match=r"less than or equal to 1|finite"):
        prediction("baseline", {"Edema": float("nan")}, calibrated=True)  # no score can be one


def test_two_writers_that_are_alike_score_alike(make_case: MakeCase) -> None:
    """A tie: the same text scores the same whoever wrote it."""
    one, other = (
        make_case(["The fine-tuned model calls edema."], writer=kind, cost=0.0) for kind in ("offline", "llm")
    )
    assert score_case(one) == score_case(other)


def test_a_mean_without_cases_is_none_and_intervals_stay_in_range(make_case: MakeCase) -> None:
    case = make_case(["The fine-tuned model calls edema."])
    report = score_cases([case])
    assert report.metrics["truth_f1"].value is None
    assert (report.metrics["faithfulness"].value, report.metrics["faithfulness"].low) == (1, None)  # one patient
