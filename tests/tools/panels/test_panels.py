"""Panels for print: two by two, PDF, readers' outlines; and the command."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.tools.anatomy.true_regions import TrueRegion
from cxr_lens.tools.panels import command as panel_command
from cxr_lens.tools.panels.command import panel_evidence, regions_of
from cxr_lens.tools.panels.drawing import draw_grid, draw_panel
from cxr_lens.tools.schemas import ToolError
from cxr_lens.tools.workbench import Workbench
from PIL import Image

BOX = TrueRegion("case", "Edema", (40.0, 60.0, 120.0, 200.0))


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), float)


@pytest.mark.parametrize("finding", ["Edema", "Fracture", "No Finding"])
def test_the_grid_is_drawn_for_every_kind_of_finding(bench: Workbench, finding: str) -> None:
    predictions, boxes, outcomes = (
        panel_evidence(bench.reveal(), finding)
        if finding != "Fracture"
        else (
            *panel_evidence(bench, finding)[:2],
            None,
        )
    )
    picture = _pixels(draw_grid(bench, finding, predictions, boxes, outcomes))
    assert picture.shape[0] > picture.shape[1] > 900
    assert picture.std() > 20


def test_pdf_is_a_pdf_and_the_same_every_time(bench: Workbench) -> None:
    predictions, boxes, _ = panel_evidence(bench, "Edema")
    first, second = (draw_grid(bench, "Edema", predictions, boxes, kind="pdf", dpi=150) for _ in range(2))
    assert first.startswith(b"%PDF")
    assert first == second
    assert draw_panel(bench, "Edema", predictions, boxes, kind="pdf").startswith(b"%PDF")


def test_more_dots_make_a_larger_picture(bench: Workbench) -> None:
    predictions, boxes, _ = panel_evidence(bench, "Edema")
    small, large = (_pixels(draw_panel(bench, "Edema", predictions, boxes, dpi=dpi)) for dpi in (60, 120))
    assert large.shape[1] == pytest.approx(2 * small.shape[1], abs=2)


def test_readers_boxes_are_thin_lines_where_they_are(bench: Workbench) -> None:
    predictions, boxes, _ = panel_evidence(bench, "Edema")
    plain = _pixels(draw_panel(bench, "Edema", predictions, boxes))
    marked = _pixels(draw_panel(bench, "Edema", predictions, boxes, true_regions=(BOX,)))
    changed = np.abs(plain - marked) > 30
    assert changed.any()
    assert changed.mean() < 0.02, "an outline, not an area"


def _boxes_file(folder: Path, *lines: str) -> Path:
    path = folder / "boxes.csv"
    path.write_text("\n".join(("Path,Finding,x1,y1,x2,y2", *lines)))
    return path


def test_regions_are_found_by_case_id_path_or_name_and_clipped(bench: Workbench, tmp_path: Path) -> None:
    path = _boxes_file(tmp_path, "folder/case.png,Edema,-5,0,50,60", "folder/other.png,Edema,0,0,50,60")
    (region,) = regions_of(bench, path, "somewhere/case.png", "Edema")
    assert region.corners == (0, 0, 50, 60)
    with pytest.raises(ToolError, match="has no region of Pneumonia"):
        regions_of(bench, path, "somewhere/case.png", "Pneumonia")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--out", "x.gif"], "ends in .png or .pdf"), (["--out", "x.png", "--dpi", "3"], "expected 50 to 1200")],
)
def test_a_wrong_request_is_one_sentence(arguments: list[str], message: str) -> None:
    with pytest.raises(ToolError, match=message):
        panel_command.panel(["film.png", "--finding", "Edema", *arguments])


def test_the_command_writes_the_file(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(panel_command, "open_bench", lambda _: bench)
    for name, layout in (("a.png", "three"), ("b.pdf", "grid")):
        out = tmp_path / name
        arguments = ["film.png", "--finding", "edema", "--layout", layout, "--out", str(out), "--dpi", "60"]
        assert panel_command.panel(arguments) == 0
        assert out.stat().st_size > 5_000
        assert str(out) in capsys.readouterr().out
