"""The two controls of a score: the narrator on the same evidence, and placebo maps that only a flatterer praises."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.batch.cases import BatchCases, list_cases
from cxr_lens.agents.batch.command import batch
from cxr_lens.agents.records import Cut
from cxr_lens.evals.ab.scripted_answers import answer
from cxr_lens.evals.ab.scripted_server import scripted_server
from cxr_lens.evals.scoring.command import score
from cxr_lens.evals.scoring.controls import narrated, narrator_control
from cxr_lens.evals.scoring.placebo import placebo_cases
from cxr_lens.evals.scoring.praise import count_praise
from cxr_lens.evals.scoring.records import Praise
from cxr_lens.evals.scoring.scored_case import load_cases, load_failures
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.families import load_pair
from cxr_lens.training.synthetic import write_dataset

from ..conftest import MakeCase

FILMS = 16


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("films"), FILMS, 5, "B", size=192, split="valid") / "valid.csv"


@pytest.fixture(scope="module")
def pair() -> tuple[Classifier, Classifier]:
    return load_pair("mini")


@pytest.fixture(scope="module")
def offline_run(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films as the narrator tells them."""
    out = tmp_path_factory.mktemp("run")
    two = table.with_name("two.csv")
    two.write_text("".join(table.read_text().splitlines(keepends=True)[:3]))
    assert batch(["--data", str(two), "--family", "mini", "--llm", "offline", "--out", str(out)]) == 0
    return out


def shares(maps: np.ndarray) -> np.ndarray:
    """Maps (L, h, w) as shares of their sums; an empty one stays empty."""
    return maps / np.maximum(maps.sum((1, 2), keepdims=True), 1e-9)


def test_placebo_maps_of_shuffled_weights_leave_the_scores_alone(
    table: Path, pair: tuple[Classifier, Classifier]
) -> None:
    cases = list_cases(table)
    placebo = placebo_cases(cases, cases.cases[:2], "weights")
    real, first, again = cases.open(cases.cases[0], pair), *(placebo.open(cases.cases[0], pair) for _ in range(2))
    assert np.array_equal(first.scores("finetuned"), real.scores("finetuned"))
    assert not first.revealed
    own, other = real.maps("finetuned"), first.maps("finetuned")
    assert own.shape == other.shape
    assert np.array_equal(other, again.maps("finetuned"))  # a resumed arm goes on with the same maps
    filled = [k for k in range(len(own)) if own[k].max() > 0 and other[k].max() > 0]
    assert len(filled) >= 5
    assert not any(np.allclose(own[k], other[k]) for k in filled)
    assert np.array_equal(cases.open(cases.cases[0], pair).maps("finetuned"), own)  # the pair itself is as it was


def test_placebo_maps_of_another_case_are_another_patients(table: Path, pair: tuple[Classifier, Classifier]) -> None:
    cases = list_cases(table)
    first = cases.cases[0]
    other = next(case for case in cases.cases if case.patient != first.patient)
    placebo = placebo_cases(cases, cases.cases, "case")
    bench = placebo.open(first, pair)
    own, theirs, placebo_maps = (
        b.maps("baseline") for b in (cases.open(first, pair), cases.open(other, pair), bench)
    )
    filled = theirs.max((1, 2)) > 0
    assert np.allclose(placebo_maps[filled].sum((1, 2)), own[filled].sum((1, 2)), rtol=1e-5)  # as strong as its own
    assert np.allclose(shares(placebo_maps), shares(theirs) * (own.max((1, 2), keepdims=True) > 0), atol=1e-6)
    assert np.array_equal(bench.scores("baseline"), cases.open(first, pair).scores("baseline"))
    assert isinstance(placebo, BatchCases)


def test_praise_of_a_misplaced_map_counts_even_where_the_checker_cut_it(make_case: MakeCase) -> None:
    usual = "For edema, the {} map lies mostly in the usual places."
    plausible = {("baseline", "Edema"): True, ("finetuned", "Edema"): False}
    case = make_case([usual.format("baseline's")], plausible=plausible)
    flattery = Cut(text=usual.format("fine-tuned model's"), reason="mostly outside the usual places")
    told = case.report.explanation.model_copy(update={"cut": (flattery,)})
    flattered = type(case)(case.report.model_copy(update={"explanation": told}), case.patient)
    counts = {"statements": 2, "praising": 2, "misplaced": 1, "misplaced_praised": 1}
    assert count_praise([flattered]).model_dump() == counts
    honest = make_case(["For edema, the fine-tuned map lies mostly outside the usual places."], plausible=plausible)
    assert count_praise([honest]).model_dump() == {**counts, "statements": 1, "praising": 0, "misplaced_praised": 0}
    assert count_praise([]).misplaced_share is None


@pytest.mark.parametrize(
    ("misplaced", "praised", "expected"), [(0, 0, None), (9, 9, None), (10, 1, False), (10, 2, True), (50, 0, False)]
)
def test_praising_placebo_maps_is_decided_from_ten_statements_on(
    misplaced: int, praised: int, expected: bool | None
) -> None:
    own = Praise(statements=60, praising=praised, misplaced=misplaced, misplaced_praised=praised)
    assert own.praises_misplaced is expected


def test_the_narrator_tells_a_case_again_from_its_record(offline_run: Path) -> None:
    case = load_cases(offline_run)[0]
    spoilt = case.report.explanation.model_copy(update={"sentences": (), "sections": ()})
    report = case.report.model_copy(
        update={
            "explanation": spoilt,
            "writer": case.report.writer.model_copy(update={"kind": "llm", "name": "some-model"}),
        }
    )
    told = narrated(type(case)(report, case.patient))
    assert told.report.explanation == case.report.explanation
    assert told.report.writer == case.report.writer
    control = narrator_control([type(case)(report, case.patient)])
    assert not isinstance(control, str)
    assert (control.run["completeness"].value or 0) < (control.control["completeness"].value or 0) == 1
    assert narrator_control([case]) == "the narrator wrote the run itself"


def test_a_score_runs_its_placebo_arm_once_and_does_not_score_it(
    offline_run: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(offline_run), "--data", str(table.with_name("two.csv")), "--json"]
    documents = []
    for _ in range(2):
        assert score(arguments) == 0
        documents.append(json.loads(capsys.readouterr().out))
    first, second = documents
    assert first["cases"] == second["cases"] == 2  # the control's own records are no cases of the run
    placebo = first["controls"]["placebo"]
    assert placebo == second["controls"]["placebo"]
    assert (placebo["cases"], placebo["kind"]) == (2, "weights")
    assert set(placebo["run"]) == set(placebo["control"]) == {"relevance", "faithfulness"}
    assert first["controls"]["not_run"] == {"narrator": "the narrator wrote the run itself"}
    records = list((offline_run / "controls" / "placebo-weights-2" / "cases").rglob("case.json"))
    assert len(records) == 2
    page = (offline_run / "score.html").read_text()
    assert "maps of shuffled weights" in page
    assert score([str(offline_run)]) == 0
    assert "control, placebo: not run: its films are not known: add --data CSV" in capsys.readouterr().out


def test_failed_cases_are_listed_unless_a_later_try_explained_them(offline_run: Path, tmp_path: Path) -> None:
    done = load_cases(offline_run)[0].report.case_id
    lines = [{"case_id": "gone", "reason": "no film"}, {"case_id": done, "reason": "full disk"}]
    (tmp_path / "failures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"cut sh')
    (tmp_path / "cases.jsonl").write_text(json.dumps({"case_id": done}) + "\n")
    assert load_failures(tmp_path) == {"gone": "no film"}


@pytest.mark.slow
@pytest.mark.parametrize(("flaw", "expected"), [("praise", "It PRAISES placebo maps"), (None, "does not praise")])
def test_a_writer_that_praises_every_map_is_found_out_on_placebo_maps(
    flaw, expected: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_LENS_CACHE_FOLDER", str(tmp_path / "cache"))
    with scripted_server(partial(answer, flaw=flaw)) as url:
        monkeypatch.setenv("CXR_LENS_LLM_BASE_URL", url)
        run = ["--data", str(table), "--family", "mini", "--llm", "scripted", "--out", "run"]
        assert batch(run) == 0
        assert score(["run", "--data", str(table), "--placebo", "weights"]) == 0
    document = json.loads(Path("run/score.json").read_text())
    assert expected in document["controls"]["placebo"]["verdict"]
    assert document["controls"]["narrator"]["control"]["faithfulness"]["value"] == 1
