"""Batch runs: every case ends in a report or a failure, whatever happens in between."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cxr_lens.agents.batch.cases import BatchCase, BatchCases, list_cases
from cxr_lens.agents.batch.command import batch
from cxr_lens.agents.batch.job import BatchJob, BatchSettings, CostLimitError
from cxr_lens.agents.batch.records import RunRecord
from cxr_lens.agents.batch.run import run_batch
from cxr_lens.agents.batch.store import BatchStore, read_failures, read_rows
from cxr_lens.agents.batch.summary import summarise
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.training.errors import RequestError
from cxr_lens.training.models.classifier import Classifier
from PIL import Image

Pair = tuple[Classifier, Classifier]
FILMS = 7


def narrate(_: BatchCase) -> OfflineNarrator:
    return OfflineNarrator()


def record(cases: BatchCases, **changes: object) -> RunRecord:
    values = {
        "data": "valid.csv",
        "cases": len(cases),
        "cases_sha256": cases.sha256(),
        "revealed": cases.revealed,
        "finding": None,
        "baseline": "a",
        "finetuned": "b",
        "baseline_sha256": "0",
        "finetuned_sha256": "0",
        "writer": "narrator",
        "prompt": "narrator@v1",
        "prompt_sha256": "0",
        "software": "test",
    }
    return RunRecord.model_validate(values | changes)


def test_done_and_failed_add_up_to_asked_and_failures_say_why(table: Path, tiny_pair: Pair, tmp_path: Path) -> None:
    cases = list_cases(table, revealed=True)
    with BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False) as store:
        progress = run_batch(BatchJob(cases, tiny_pair, narrate, BatchSettings(batch=3)), store)
    assert (progress.asked, progress.done, progress.failed) == (FILMS, FILMS - 2, 2)
    reasons = {f.case_id: f.reason for f in read_failures(tmp_path / "run")}
    assert set(reasons) == {"patient2_study1_view1_frontal", "patient4_study1_view1_frontal"}
    assert "there is no film" in reasons["patient4_study1_view1_frontal"]
    rows = read_rows(tmp_path / "run")
    assert all((tmp_path / "run" / row.report).is_file() for row in rows)
    assert all((tmp_path / "run" / "cases" / row.case_id / "thumb.jpg").is_file() for row in rows)
    frame = pd.read_parquet(tmp_path / "run" / "cases.parquet")
    assert sorted(frame["case_id"]) == sorted(row.case_id for row in rows)
    assert all(row.patient == row.case_id.split("_")[0] for row in rows)


def test_batch_says_the_same_as_explaining_each_film_alone(table: Path, tiny_pair: Pair, tmp_path: Path) -> None:
    from cxr_lens.agents.case import explain_case  # noqa: PLC0415  torch

    cases = list_cases(table)
    with BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False) as store:
        run_batch(BatchJob(cases, tiny_pair, narrate, BatchSettings(batch=4, workers=3)), store)
    for row in read_rows(tmp_path / "run"):
        alone = explain_case(cases.open(next(c for c in cases.cases if c.case_id == row.case_id), tiny_pair))
        assert row.sentences == tuple(s.text for s in alone.explanation.sentences)
        assert row.difficulty == alone.difficulty.level


def test_an_error_of_the_program_fails_its_case_alone(table: Path, tiny_pair: Pair, tmp_path: Path) -> None:
    calls = Counter()

    def make_writer(_: BatchCase) -> OfflineNarrator:
        calls["writer"] += 1
        if calls["writer"] == 2:
            raise ZeroDivisionError("a bug")
        return OfflineNarrator()

    cases = list_cases(table)
    with BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False) as store:
        progress = run_batch(BatchJob(cases, tiny_pair, make_writer), store)
    assert progress.done + progress.failed == FILMS
    assert any("ZeroDivisionError: a bug" in f.reason for f in read_failures(tmp_path / "run"))


def test_resume_does_only_what_is_left_and_drops_a_torn_line(table: Path, tiny_pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "run"
    cases = list_cases(table)
    done: list[int] = []
    with BatchStore.begin(out, record(cases), cases, resume=False) as store:
        run_batch(
            BatchJob(cases, tiny_pair, narrate, BatchSettings(batch=1, workers=1)),
            store,
            on_progress=lambda p: done.append(p.done),
            should_stop=lambda: len(done) >= 2,
        )
    before = len(read_rows(out)) + len(read_failures(out))
    assert 0 < before < FILMS
    with (out / "cases.jsonl").open("ab") as file:
        file.write(b'{"case_id": "patient6_st')
    written = len(read_rows(out))
    calls = Counter()

    def make_writer(_: BatchCase) -> OfflineNarrator:
        calls["writer"] += 1
        return OfflineNarrator()

    with BatchStore.begin(out, record(cases), cases, resume=True) as store:
        progress = run_batch(BatchJob(cases, tiny_pair, make_writer), store)
    assert progress.done + progress.failed == FILMS
    assert progress.fresh == FILMS - before
    assert calls["writer"] == progress.done - written
    ids = [json.loads(line)["case_id"] for line in (out / "cases.jsonl").read_text().splitlines()]
    assert len(ids) == len(set(ids)) == progress.done


def test_a_folder_with_another_run_is_refused(table: Path, tmp_path: Path) -> None:
    cases = list_cases(table)
    BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False)
    with pytest.raises(RequestError, match="already holds a run; --resume"):
        BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False)
    with pytest.raises(RequestError, match="another prompt"):
        BatchStore.begin(tmp_path / "run", record(cases, prompt="narrator@v2"), cases, resume=True)


def test_cost_limit_stops_the_run_and_says_how_to_go_on(table: Path, tiny_pair: Pair, tmp_path: Path) -> None:
    cases = list_cases(table)
    job = BatchJob(cases, tiny_pair, narrate, BatchSettings(batch=1, workers=1, max_cost=0.25))
    with (
        BatchStore.begin(tmp_path / "run", record(cases), cases, resume=False) as store,
        pytest.raises(CostLimitError, match="--resume and a higher --max-cost"),
    ):
        run_batch(job, store, cost_of=lambda _: 0.1)
    rows = read_rows(tmp_path / "run")
    assert len(rows) < FILMS - 2
    assert sum(row.cost or 0 for row in rows) >= 0.25


def test_command_writes_summary_and_page_and_exits_1(
    table: Path, pair_options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "run"
    assert batch(["--data", str(table), "--out", str(out), *pair_options, "--revealed", "--pages", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["asked"], document["done"], document["failed"]) == (FILMS, FILMS - 2, 2)
    assert len(document["cases"]) == FILMS
    assert all(Path(case["report"]).name == "report.html" for case in document["cases"] if case["report"])
    summary = json.loads((out / "summary.json").read_text())
    assert sum(summary["difficulty"].values()) == FILMS - 2
    effusion = summary["findings"]["Pleural Effusion"]
    assert effusion["true"] == 3  # patients 1, 3 and 5
    assert effusion["baseline"]["TP"] + effusion["baseline"]["FN"] == 3
    for role in ("baseline", "finetuned"):
        outcomes = summary["findings"]["Edema"][role]
        assert outcomes["FP"] + outcomes["TN"] == FILMS - 2  # edema is 0 in every row
        assert outcomes["called"] == outcomes["FP"]
    right = summary["right"]
    levels = summary["difficulty"]
    assert right["judged"] == FILMS - 2
    assert (right["both"], right["neither"]) == (levels["easy"], levels["hard"])
    assert right["baseline"] + right["finetuned"] == 2 * levels["easy"] + levels["average"]
    page = (out / "index.html").read_text()
    assert '"id":"patient0_study1_view1_frontal"' in page
    assert "2 failed" in page


def test_a_blind_run_is_counted_against_the_truth_as_a_revealed_one_is(
    table: Path, tiny_pair: Pair, tmp_path: Path
) -> None:
    told = []
    for revealed in (False, True):
        cases, out = list_cases(table, revealed=revealed), tmp_path / str(revealed)
        with BatchStore.begin(out, record(cases), cases, resume=False) as store:
            run_batch(BatchJob(cases, tiny_pair, narrate), store)
        summary = summarise(record(cases), read_rows(out), [])
        told.append((summary["right"], summary["findings"]))
    assert told[0] == told[1]
    assert told[0][0]["judged"] == FILMS - 2


def test_shards_merge_into_the_whole_and_a_missing_one_is_named(
    table: Path, pair_options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "run"
    common = ["--data", str(table), "--out", str(out), *pair_options]
    for i in (1, 3):
        batch([*common, "--shard", f"{i}/3"])
    with pytest.raises(RequestError, match=r"1 of 3 shards are missing, first 2/3"):
        batch(["--out", str(out), "--merge"])
    batch([*common, "--shard", "2/3"])
    capsys.readouterr()
    assert batch(["--out", str(out), "--merge", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["asked"], document["done"], document["failed"]) == (FILMS, FILMS - 2, 2)
    ids = [row.case_id for row in read_rows(out)]
    assert ids == sorted(ids)
    (out / "shard-2-of-3" / "cases.jsonl").write_text("")
    with pytest.raises(RequestError, match="shard-2-of-3 is not finished"):
        batch(["--out", str(out), "--merge"])


def test_a_folder_of_films_is_a_batch_without_truth(film_pixels: np.ndarray, tmp_path: Path) -> None:
    for name in ("a/x.png", "b/x.png", "notes.txt"):
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("png"):
            Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(path)
        else:
            path.write_text("not a film")
    assert [case.case_id for case in list_cases(tmp_path / "films").cases] == ["a-x", "b-x"]
    with pytest.raises(RequestError, match="--revealed needs the truth"):
        list_cases(tmp_path / "films", revealed=True)


def test_ids_that_clean_up_to_the_same_name_stay_apart(film_pixels: np.ndarray, tmp_path: Path) -> None:
    for name in ("a b.png", "a-b.png", "a-b-2.png"):
        Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(tmp_path / name)
    ids = [case.case_id for case in list_cases(tmp_path).cases]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--data CSV or FOLDER is needed"),
        (["--data", "nothing.csv"], "there is no table"),
        (["--data", "x", "--shard", "4/3"], "is not a shard"),
        (["--data", "x", "--max-cost", "-1"], "expected more than 0"),
        (["--data", "x", "--concurrency", "0"], "expected 1 or more"),
        (["--merge", "--resume"], "goes with --out alone"),
    ],
)
def test_wrong_requests_are_told_before_anything_is_written(options: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=message):
        batch(["--out", str(tmp_path / "run"), *options])
    assert not (tmp_path / "run").exists()
