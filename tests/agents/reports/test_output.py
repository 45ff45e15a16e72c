"""The three files of a case: all or nothing, and case.json reads back as what was reported."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.opening import open_case, safe_id
from cxr_lens.agents.records import CaseReport
from cxr_lens.agents.reports import output
from cxr_lens.agents.reports.output import check_out, panel_finding, write_case
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.errors import RadiographError, RequestError, TableError
from cxr_lens.training.models.classifier import Classifier
from PIL import Image

MakeReport = Callable[..., CaseReport]


def test_case_has_three_files_and_case_json_reads_back(
    make_report: MakeReport, tiny_bench: Workbench, tmp_path: Path
) -> None:
    report = write_case(make_report(), tiny_bench, tmp_path / "deep" / "out")
    assert report.files == {"case": "case.json", "report": "report.html", "panel": "panel.png"}
    folder = tmp_path / "deep" / "out"
    assert {p.name for p in folder.iterdir()} == set(report.files.values())
    assert CaseReport.model_validate_json((folder / "case.json").read_bytes()) == report
    with Image.open(io.BytesIO((folder / "panel.png").read_bytes())) as panel:
        assert panel.width > 2 * panel.height * 0.9


def test_nothing_is_written_when_a_page_cannot_be_rendered(
    make_report: MakeReport, tiny_bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> str:
        raise RuntimeError("no page")

    monkeypatch.setattr(output, "render_report", break_down)
    with pytest.raises(RuntimeError, match="no page"):
        write_case(make_report(), tiny_bench, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_output_folder_that_is_a_file_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="file is a file; name a folder"):
        check_out(tmp_path / "file" / "below")
    check_out(tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()


def test_panel_is_about_the_run_s_finding_then_the_first_map_then_the_clearest_score(make_report: MakeReport) -> None:
    report = make_report()
    assert panel_finding(report.model_copy(update={"finding": "Edema"})) == "Edema"
    assert panel_finding(report) == "Pleural Effusion"
    scores = report.predictions["finetuned"].findings
    clearest = max(scores, key=lambda n: scores[n].score - scores[n].threshold)
    assert panel_finding(report.model_copy(update={"heatmaps": ()})) == clearest


@pytest.mark.parametrize(
    ("name", "expected"),
    [("IM 01", "IM-01"), ("../../etc", "etc"), ("..", "case"), ("x" * 300, "x" * 100), ("a_b-c.1", "a_b-c.1")],
)
def test_case_id_is_a_plain_file_name(name: str, expected: str) -> None:
    assert safe_id(name) == expected


@pytest.fixture
def table(tmp_path: Path, film_pixels: np.ndarray) -> Path:
    film = tmp_path / "set" / "valid" / "patient7" / "study1" / "view1_frontal.png"
    film.parent.mkdir(parents=True)
    Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(film)
    rows = "Path,AP/PA,Pleural Effusion,Edema\nset/valid/patient7/study1/view1_frontal.png,AP,1,-1\n"
    (tmp_path / "set" / "valid.csv").write_text(rows)
    return tmp_path / "set" / "valid.csv"


def test_case_is_opened_by_path_or_by_id_with_its_truth(
    table: Path, tiny_pair: tuple[Classifier, Classifier]
) -> None:
    film = table.parent / "valid" / "patient7" / "study1" / "view1_frontal.png"
    for image in (film, Path("patient7_study1_view1_frontal")):
        bench = open_case(image, *tiny_pair, labels=table, revealed=True)
        assert bench.case_id == "patient7_study1_view1_frontal"
        assert bench.revealed
        assert bench.truth is not None
        assert bench.truth.findings["Pleural Effusion"].value == "positive"
        assert bench.truth.findings["Edema"].value == "uncertain"
        assert bench.truth.findings["Pneumonia"].value == "blank"
        assert (bench.quality.projection, bench.quality.projection_basis) == ("AP", "table")


def test_case_without_a_table_is_blind_and_named_by_its_file(
    table: Path, tiny_pair: tuple[Classifier, Classifier]
) -> None:
    bench = open_case(table.parent / "valid" / "patient7" / "study1" / "view1_frontal.png", *tiny_pair)
    assert (bench.case_id, bench.truth, bench.revealed) == ("view1_frontal", None, False)


def test_case_that_is_not_in_the_table_or_not_there_is_a_clear_error(
    table: Path, tiny_pair: tuple[Classifier, Classifier], tmp_path: Path
) -> None:
    with pytest.raises(TableError, match=r"not in valid\.csv"):
        open_case(tmp_path / "other.png", *tiny_pair, labels=table)
    with pytest.raises(RadiographError, match="there is no film"):
        open_case(tmp_path / "other.png", *tiny_pair)
    with pytest.raises(RadiographError, match="is a folder"):
        open_case(tmp_path, *tiny_pair)
    with pytest.raises(RequestError, match="--labels CSV"):
        open_case(tmp_path / "other.png", *tiny_pair, revealed=True)
