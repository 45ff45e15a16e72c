"""A/B runs and scores of folders, end to end with the bundled pair: the same arm twice, two pairs of models."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cxr_lens.agents.batch.cases import list_cases
from cxr_lens.evals.ab.command import ab
from cxr_lens.evals.ab.page import marked_words
from cxr_lens.evals.ab.run import PairedCase, arm_of, compare_arms, double_cases, mean_scores, read_report
from cxr_lens.training.errors import RequestError
from cxr_lens.training.synthetic import write_dataset


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("films"), 5, 3, "B", size=192, split="valid") / "valid.csv"


def test_doubling_gives_each_arm_each_case_and_keeps_the_arms_mixed(table: Path) -> None:
    cases = list_cases(table)
    doubled = double_cases(cases, repeats=2, seed=1)
    assert len(doubled) == 4 * len(cases)
    arms = [arm_of(case.case_id) for case in doubled.cases]
    assert {arms.count((arm, repeat)) for arm in ("a", "b") for repeat in (1, 2)} == {len(cases)}
    assert "ab" in "".join(arm for arm, _ in arms)
    assert "ba" in "".join(arm for arm, _ in arms)
    assert double_cases(cases, 2, 1) == doubled


def test_identical_arms_are_inconclusive_everywhere(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--a", "narrator@v1", "--b", "narrator@v1", "--llm", "offline", "--family", "mini"]
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cases"] == 5
    for name, metric in document["metrics"].items():
        if name == "latency":
            continue  # measured, so never exactly the same
        assert metric["verdict"] == "inconclusive"
        assert metric["difference"] is None or abs(metric["difference"]) < 1e-3  # a last digit may differ
    assert set(document["mde"]) == set(document["metrics"])
    assert (tmp_path / "ab" / "ab.html").read_text().count("inconclusive") >= 8
    with pytest.raises(RequestError, match="already holds a run"):
        ab([*options, "--data", str(table), "--out", str(tmp_path / "ab")])
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--resume"]) == 0


def test_two_pairs_of_models_are_compared_on_their_own_evidence(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    pd.read_csv(table).head(3).to_csv(few := table.with_name("few.csv"), index=False)
    options = ["--a", "narrator@v1", "--b", "narrator@v1", "--llm", "offline", "--family", "mini"]
    other = ["--pair-b", "mini/finetuned", "mini/baseline"]
    ab([*options, *other, "--data", str(few), "--out", str(tmp_path / "ab"), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["b"] == "narrator@v1 on mini/finetuned and mini/baseline"
    assert (document["cases"], document["failed"]) == (3, {})
    reports = {
        arm: read_report(tmp_path / "ab", path.name)
        for arm in "ab"
        for path in (tmp_path / "ab" / "cases").glob(f"{arm}.1.*")
    }
    models = {arm: r.predictions["baseline"].model for arm, r in reports.items() if not isinstance(r, str)}
    assert models == {"a": "mini/baseline", "b": "mini/finetuned"}


def test_the_plan_is_told_and_nothing_is_done(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    options = ["--a", "narrator@v1", "--b", "narrator@v1", "--llm", "offline", "--family", "mini", "--effect", "0.1"]
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--plan"]) == 0
    assert "5 patients. To find a difference of 0.1 (80 % power, 5 %)" in capsys.readouterr().err
    assert not (tmp_path / "ab").exists()


def test_mcnemar_takes_one_case_of_each_patient() -> None:
    def case(patient: str, a: float | None, b: float | None) -> PairedCase:
        scores = {"a": {"verdict": a, "form": 0.5}, "b": {"verdict": b, "form": 0.5}}
        return PairedCase(patient, patient, {}, scores)  # pyright: ignore[reportArgumentType]  no report is looked at

    won = [case(f"p{i}", 0.0, 1.0) for i in range(6)]
    paired = [case("p0", None, 1.0), *won, case("p1", 1.0, 0.0), case("p9", 1.0, 1.0), case("p8", 0.5, 1.0)]
    metrics = compare_arms(paired, "a", "b", repeats=1).metrics
    assert metrics["verdict"].mcnemar == pytest.approx(2 / 2**6)  # six of six, two-sided
    assert metrics["form"].mcnemar is None


def test_means_leave_out_what_has_no_value() -> None:
    assert mean_scores([{"x": 1.0, "y": None}, {"x": 0.0, "y": None}]) == {"x": 0.5, "y": None}


def test_words_that_differ_are_marked_in_both_texts() -> None:
    left, right = marked_words("the lung is clear", "the left lung is clear")
    assert left == [("the", False), ("lung is clear", False)]
    assert right == [("the", False), ("left", True), ("lung is clear", False)]
