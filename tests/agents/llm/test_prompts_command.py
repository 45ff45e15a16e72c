"""`cxr-lens prompts`: list, show, diff, and render from a film or from a report made before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.agents.records import CaseReport
from cxr_lens.prompts.loader import list_prompts, load_prompt
from PIL import Image

MakeReport = Callable[..., CaseReport]


@pytest.fixture
def case(make_report: MakeReport, tmp_path: Path) -> Path:
    report = make_report()
    path = tmp_path / "case.json"
    path.write_text(report.model_dump_json())
    return path


def test_list_names_every_version_with_what_changed(capsys: pytest.CaptureFixture) -> None:
    assert main(["prompts", "list"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()] == list(list_prompts())
    assert "draft" not in printed
    assert "CHANGED" not in printed
    assert main(["prompts", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["prompts"]) == len(list_prompts())


def test_show_prints_the_file_and_diff_the_difference(capsys: pytest.CaptureFixture) -> None:
    assert main(["prompts", "show", "case_explainer@v1"]) == 0
    assert capsys.readouterr().out == load_prompt("case_explainer@v1").text
    assert main(["prompts", "diff", "case_explainer@v1", "case_explainer@v2"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("--- case_explainer@v1\n+++ case_explainer@v2\n")
    assert "+version: 2" in printed
    assert main(["prompts", "diff", "repair@v1", "repair@v1"]) == 0
    assert "the same" in capsys.readouterr().out


def test_render_from_a_report_prints_both_messages(case: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["prompts", "render", "verdict_report@v1", str(case)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("--- system ---\n")
    assert "[compare]" in printed
    assert main(["prompts", "render", "investigator@v1", str(case), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"prompt", "system", "task"}


def test_render_from_a_film_reads_it_blind(
    film_pixels: np.ndarray, tiny_folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    film = tmp_path / "film.png"
    Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(film)
    pair = ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
    assert main(["prompts", "render", "case_explainer@v2", str(film), *pair]) == 0
    printed = capsys.readouterr().out
    assert "Nobody knows the truth" in printed
    assert str(tmp_path) not in printed
    assert "film.png" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prompts", "show", "case_explainer"], "did you mean"),
        (["prompts", "render", "repair@v1", "case.json"], "reads more than a case"),
        (["prompts", "render", "box_explainer@v1", "case.json"], "add --finding"),
        (["prompts", "render", "case_explainer@v1", "nothing.json"], "cannot read nothing.json"),
    ],
)
def test_wrong_request_is_one_sentence_and_exit_2(
    arguments: list[str],
    message: str,
    case: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(case.parent)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
