"""`explain` and `schema` on the command line, and the settings it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.agents.commands import explain, schema, summarise
from cxr_lens.agents.record_schemas import RECORDS, schema_of
from cxr_lens.agents.records import CaseReport
from cxr_lens.agents.settings import read_settings
from cxr_lens.training.errors import RequestError
from PIL import Image

MakeReport = Callable[..., CaseReport]


@pytest.fixture
def film(tmp_path: Path, film_pixels: np.ndarray) -> Path:
    path = tmp_path / "set" / "valid" / "patient7" / "study1" / "view1_frontal.png"
    path.parent.mkdir(parents=True)
    Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(path)
    rows = "Path,AP/PA,Pleural Effusion,Edema\nset/valid/patient7/study1/view1_frontal.png,AP,1,0\n"
    (tmp_path / "set" / "valid.csv").write_text(rows)
    return path


@pytest.fixture
def pair(tiny_folders: dict[str, Path]) -> list[str]:
    return ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]


def test_explain_prints_one_document_that_its_schema_accepts(
    film: Path, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert explain([str(film), *pair, "--out", str(tmp_path / "out"), "--json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    jsonschema.Draft202012Validator(schema_of("CaseReport")).validate(document)
    assert document == json.loads((tmp_path / "out" / "case.json").read_text())
    assert document["blind"] is True
    assert document["difficulty"]["basis"] == "inferred"
    assert "predict" in printed.err  # progress goes to stderr


def test_explain_tells_a_person_the_difficulty_scores_sentences_and_files(
    film: Path, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--labels", str(film.parents[3] / "valid.csv"), "--revealed", "--finding", "pleural effusion"]
    assert explain([str(film), *pair, *options, "--out", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert "patient7_study1_view1_frontal: " in text
    assert "by the truth" in text
    assert "Pleural Effusion" in text
    assert "1. " in text
    assert str(tmp_path / "out" / "report.html") in text
    assert "Not a medical device" in text


def test_blind_run_with_labels_learns_the_true_level_only_afterwards(
    film: Path, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--labels", str(film.parents[3] / "valid.csv"), "--blind", "--json"]
    assert explain([str(film), *pair, *options, "--out", str(tmp_path / "out")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "truth" not in {evidence["id"] for evidence in document["evidence"]}
    assert document["comparison"]["revealed"] is False
    assert document["explanation"]["verdict"] is None
    assert document["difficulty"]["basis"] == "inferred"
    assert document["true_difficulty"]["basis"] == "ground_truth"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--llm", "gpt-x"], "nothing was sent to api.openai.com"),
        (["--llm", "gpt-x", "--prompt", "narrator@v1"], "does not explain a case"),
        (["--llm", "gpt-x", "--prompt", "box_explainer@v1"], "add --finding"),
        (["--llm", "offline", "--prompt", "case_explainer@v1"], "not for the offline narrator"),
        (["--revealed"], "--labels CSV"),
        (["--difficulty", "brutal"], "invalid choice"),
        (["--blind", "--revealed"], "not allowed with"),
        (["--baseline", "nothing"], "--baseline and --finetuned go together"),
        (["--labels", "missing.csv"], "there is no table 'missing.csv'"),
        (["--prompt", "nobody@v9"], "nobody@v9"),
        (["--finding", "Effusionn"], "Effusionn"),
    ],
)
def test_wrong_request_is_one_sentence_exit_2_and_leaves_nothing(
    film: Path, pair: list[str], options: list[str], message: str, capsys: pytest.CaptureFixture
) -> None:
    out = film.parents[4] / "out"
    with_pair = [] if "--baseline" in options else pair
    assert main(["explain", str(film), *with_pair, "--out", str(out), *options]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("cxr-lens explain: ")
    assert message in error
    assert not out.exists()


def test_summary_names_every_score_against_its_threshold(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report().model_copy(update={"files": {"report": "report.html"}})
    text = summarise(report, tmp_path)
    for name, score in report.predictions["finetuned"].findings.items():
        (line,) = [row for row in text.splitlines() if row.startswith(f"{name:<28}")]
        assert f"{score.score:.2f} {'≥' if score.positive else '<'} {score.threshold:.2f}" in line
    assert "not assessed" in next(row for row in text.splitlines() if row.startswith("Fracture"))


def test_every_record_has_a_schema_that_is_valid() -> None:
    assert {"CaseReport", "Prediction", "Heatmap", "BoxSet", "Comparison", "GroundTruth", "Quality"} <= set(RECORDS)
    for name in RECORDS:
        jsonschema.Draft202012Validator.check_schema(schema_of(name))


def test_schema_of_a_report_accepts_a_report_and_refuses_a_changed_one(make_report: MakeReport) -> None:
    validator = jsonschema.Draft202012Validator(schema_of("CaseReport"))
    document = make_report().model_dump(mode="json")
    validator.validate(document)
    document["explanation"]["sentences"][0]["mark"] = "proven"
    assert not validator.is_valid(document)


def test_schema_lists_records_and_suggests_a_close_name(capsys: pytest.CaptureFixture) -> None:
    assert schema([]) == 0
    assert capsys.readouterr().out.split() == sorted(RECORDS)
    with pytest.raises(RequestError, match="did you mean 'CaseReport'"):
        schema(["CaseRaport"])


def test_environment_wins_over_the_file_and_unknown_names_are_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('# a comment\nOTHER=1\nexport CXR_LENS_CACHE_FOLDER="/from the file"\n')
    assert read_settings({}, file).cache_folder == Path("/from the file")
    assert read_settings({"CXR_LENS_CACHE_FOLDER": "/set"}, file).cache_folder == Path("/set")
    assert read_settings({}, tmp_path / "none").cache_folder.name == "cxr-lens"
    file.write_text("CXR_LENS_CASH_FOLDER=/x\n")
    with pytest.raises(RequestError, match="did you mean 'CXR_LENS_CACHE_FOLDER'"):
        read_settings({}, file)
