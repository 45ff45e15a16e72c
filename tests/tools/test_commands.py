"""predict, gradcam, boxes and compare on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.tools import commands
from cxr_lens.tools.commands import boxes, compare, gradcam, predict
from cxr_lens.tools.schemas import ToolError
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.models.checkpoints import save_checkpoint
from cxr_lens.training.models.classifier import Classifier
from PIL import Image

from .conftest import draw_chest, make_quality


@pytest.fixture(autouse=True)
def _usual_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    """The film is a cartoon: what `assess_quality` thinks of it is not what these tests are about."""
    monkeypatch.setattr(commands, "assess_quality", lambda film, table_projection=None: make_quality())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, tiny_pair: tuple[Classifier, Classifier]) -> list[str]:
    """Arguments that name a film in CheXpert's layout and the pair's checkpoint folders."""
    root = tmp_path_factory.mktemp("data")
    film = root / "mine" / "valid" / "patient1" / "study1" / "view1_frontal.png"
    film.parent.mkdir(parents=True)
    Image.fromarray((draw_chest() * 255).astype(np.uint8)).save(film)
    values = ["0.0"] * len(CHEXPERT.names)
    values[CHEXPERT.names.index("Edema")] = "1.0"
    header = ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT.names]
    row = [film.relative_to(root).as_posix(), "Male", "50", "Frontal", "AP", *values]
    (root / "mine" / "valid.csv").write_text(",".join(header) + "\n" + ",".join(row) + "\n")
    for model, name in zip(tiny_pair, ("baseline", "finetuned"), strict=True):
        config = model.config.model_copy(update={"arch_args": {"channels": (8, 8, 16, 16)}})
        save_checkpoint(root / name, model.network, config)
    return [str(film), "--baseline", str(root / "baseline"), "--finetuned", str(root / "finetuned")]


def _labels(case: list[str]) -> str:
    return str(Path(case[0]).parents[3] / "valid.csv")


def _json(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_predict_prints_one_document_with_the_agreed_names(
    case: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict([*case, "--json", "--top-k", "3"]) == 0
    document = _json(capsys)
    assert document["model"] == "tiny/finetuned"
    assert {"score", "threshold", "positive"} <= set(document["findings"]["Edema"])
    assert len(document["top_k"]) == 3
    assert set(document["models"]) == {"baseline", "finetuned"}


def test_predict_of_one_model(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert predict([*case, "--json", "--model", "baseline"]) == 0
    document = _json(capsys)
    assert (document["model"], list(document["models"])) == ("tiny/baseline", ["baseline"])


def test_gradcam_writes_film_and_overlays_of_one_size(
    case: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gradcam([*case, "--finding", "edema", "--out", str(tmp_path / "o"), "--json"]) == 0
    files = _json(capsys)["files"]
    assert {Path(f).name for f in files.values()} == {"film.png", "edema-baseline.png", "edema-finetuned.png"}
    for file in files.values():
        with Image.open(file) as picture:
            assert picture.size == (256, 320)


def test_boxes_leaves_out_the_model_that_does_not_assess_the_finding(
    case: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert boxes([*case, "--finding", "Fracture", "--json"]) == 0
    captured = capsys.readouterr()
    assert list(json.loads(captured.out)["models"]) == ["finetuned"]
    assert "baseline does not assess Fracture" in captured.err


def test_compare_gives_a_verdict_with_labels_and_none_without(
    case: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare([*case, "--json"]) == 0
    assert _json(capsys)["verdict"] is None
    assert compare([*case, "--labels", _labels(case), "--json"]) == 0
    document = _json(capsys)
    assert document["case_id"] == "patient1_study1_view1_frontal"
    assert document["verdict"] in ("IMPROVED", "WORSE", "NO CHANGE")


def test_compare_on_a_finding_also_says_where_both_look(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert compare([*case, "--json"]) == 0
    assert _json(capsys)["attention"] is None
    assert compare([*case, "--finding", "Edema", "--json"]) == 0
    attention = _json(capsys)["attention"]
    assert attention["finding"] == "Edema"
    said = "\n".join(attention["words"]) or attention["why_none"]
    assert compare([*case, "--finding", "Edema"]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("command", ["predict", "compare", "gradcam", "boxes"])
def test_plain_output_names_findings(case: list[str], command: str, capsys: pytest.CaptureFixture[str]) -> None:
    extra = ["--finding", "Edema"] if command in ("gradcam", "boxes") else []
    assert main([command, *case, *extra]) == 0
    captured = capsys.readouterr()
    assert "Edema" in captured.out
    assert "Not a medical device" in captured.err


@pytest.mark.parametrize(
    ("command", "extra", "message"),
    [
        (gradcam, ["--finding", "Effusion"], "did you mean 'Pleural Effusion'"),
        (gradcam, [], "--finding"),
        (boxes, ["--finding", "Edema", "--threshold", "3"], "between 0 and 1"),
        (predict, ["--top-k", "0"], "1 to 50"),
        (compare, ["--labels", "absent.csv"], "no table"),
    ],
)
def test_wrong_requests_are_one_sentence(case: list[str], command, extra: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        command([*case, *extra])


def test_a_finding_neither_asked_model_has_is_a_tool_error(case: list[str]) -> None:
    with pytest.raises(ToolError, match="not assessed"):
        boxes([*case, "--model", "baseline", "--finding", "Fracture"])
