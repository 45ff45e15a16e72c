"""`models list / show / fetch / add` as a user runs them: loopback server, one JSON document, one sentence on error."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from cxr_lens.agents.cli import main
from cxr_lens.training.environment import cache_folder
from cxr_lens.training.models.families import FAMILIES
from safetensors.torch import save_file

FILE = "timm/efficientnet_b0.ra_in1k/resolve/main/model.safetensors"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CXR_LENS_CACHE_FOLDER", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A server with a random EfficientNet-B0 under the path it has at home."""
    file = tmp_path / "site" / FILE
    file.parent.mkdir(parents=True)
    torch.manual_seed(0)
    network: Any = timm.create_model("efficientnet_b0", pretrained=False)
    save_file(network.state_dict(), file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "site")))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_list_has_every_family_in_its_order_and_what_auto_means(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(capsys, "models", "list")
    assert document["auto"] == "mini"
    assert list(dict.fromkeys(row["family"] for row in document["models"])) == list(FAMILIES)
    rows = {row["model"]: row for row in document["models"]}
    assert not rows["densenet-pc/baseline"]["here"]
    assert "models fetch densenet-pc" in rows["densenet-pc/baseline"]["get"]
    assert document["folder"] == str(cache / "models")


def test_show_needs_no_weights(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = run(capsys, "models", "show", "densenet-nih")
    assert document["family"] == "densenet-nih"
    assert document["weights"]["here"] is False
    assert len(document["matched"]) == 7
    assert document["total_parameters"] == 6_961_934  # the released 6,966,034 less four outputs without a name
    assert document["variants"] == {"baseline": False, "baseline-paper": False, "finetuned": False}
    assert main(["models", "show", "clip-vit-b32/baseline-paper"]) == 0
    text = capsys.readouterr().out
    assert "605 MB" in text
    assert "not here" in text


def test_the_papers_recipe_of_densenet_pc_has_the_published_counts_and_rows(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(capsys, "models", "show", "densenet-pc", "--recipe", "paper")
    assert document["total_parameters"] == 8_682_765
    assert document["trainable_parameters"] == 1_735_181
    assert len(document["labels"]) == 13
    assert document["copied"] == {
        "Cardiomegaly": "Cardiomegaly",
        "Edema": "Edema",
        "Consolidation": "Consolidation",
        "Pneumonia": "Pneumonia",
        "Atelectasis": "Atelectasis",
        "Pneumothorax": "Pneumothorax",
        "Pleural Effusion": "Effusion",
        "Fracture": "Fracture",
    }
    assert document["new"] == [
        "Enlarged Cardiomediastinum",
        "Lung Opacity",
        "Lung Lesion",
        "Pleural Other",
        "Support Devices",
    ]
    assert document["unmatched"] == [
        "Infiltration",
        "Emphysema",
        "Fibrosis",
        "Pleural_Thickening",
        "Nodule",
        "Mass",
        "Hernia",
    ]
    assert document["weights"]["here"] is False


@pytest.mark.parametrize(
    ("family", "labels", "new"), [("densenet-nih", 14, 7), ("clip-vit-b32", 14, 0), ("efficientnet-b0", 11, 11)]
)
def test_every_family_has_a_paper_recipe_that_starts_from_its_baseline(
    cache: Path, family: str, labels: int, new: int, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(capsys, "models", "show", family, "--recipe", "paper")
    assert (len(document["labels"]), len(document["new"])) == (labels, new)
    assert document["starts_from"].startswith(f"{family}/baseline")
    assert main(["models", "show", family, "--recipe", "papers"]) == 2
    assert "did you mean 'paper'" in capsys.readouterr().err


def test_fetch_from_a_mirror_makes_the_baseline_and_a_second_time_asks_nobody(
    cache: Path, mirror: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(capsys, "models", "fetch", "efficientnet-b0", "--mirror", mirror)
    assert document["fetched"] == {"efficientnet-b0": ["efficientnet-b0/baseline"]}
    shown = run(capsys, "models", "show", "efficientnet-b0")
    assert shown["weights"]["here"]
    assert shown["trained_head"] is False
    assert run(capsys, "models", "fetch", "efficientnet-b0") == document | {"folder": str(cache)}
    file = cache / "downloads" / "timm-efficientnet_b0.ra_in1k.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert main(["models", "fetch", "efficientnet-b0"]) == 2
    assert "has changed" in capsys.readouterr().err


def test_fetch_takes_a_folder_of_the_users_and_says_what_it_lacks(
    cache: Path, tmp_path: Path, mirror: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "site" / Path(FILE).parent
    assert main(["models", "fetch", "efficientnet-b0", "--from", str(given)]) == 0  # under the name it has at home
    assert main(["models", "fetch", "densenet-pc", "--from", str(given)]) == 2
    message = capsys.readouterr().err
    assert all(part in message for part in ("xrv-densenet121-pc.pt", "28 MB", "github.com", str(cache / "downloads")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "densenet"], "did you mean 'densenet-"),
        (["fetch", "mini"], "bundled"),
        (["fetch", "densenet-pc", "--mirror", "ftp://x"], "not an http"),
        (["show", "densenet-pcc/baseline"], "did you mean 'densenet-pc/baseline'"),
        (["add", "densenet-pc/baseline", "--weights", "x"], "taken by a family"),
        (["add", "../x", "--weights", "x"], "not a model's name"),
        (["add", "x", "--weights", "x.pt"], "needs --arch"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    cache: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *arguments]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert message in error[-1]


def test_an_added_model_is_a_model_like_any_other(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    network: Any = timm.create_model("resnet10t", in_chans=1, num_classes=2, channels=[8, 8, 8, 8])
    torch.save({"state_dict": {f"model.{k}": t for k, t in network.state_dict().items()}}, tmp_path / "last.ckpt")
    (tmp_path / "labels.yaml").write_text(
        "name: lungs\nfindings: [Tuberculosis, {name: Scar, parent: Tuberculosis}]\n"
    )
    words = ["--weights", str(tmp_path / "last.ckpt"), "--arch", "timm:resnet10t", "--layer", "layer4"]
    words += ["--arch-args", '{"channels": [8, 8, 8, 8]}', "--labels", str(tmp_path / "labels.yaml")]
    words += ["--preprocess", "half", "size=64"]
    document = run(capsys, "models", "add", "mine", *words)
    assert document["prefix"] == "state_dict.model."
    assert document["matched"] == {"Tuberculosis": "Tuberculosis", "Scar": "Scar"}
    shown = run(capsys, "models", "show", "mine")
    assert (shown["findings"], shown["missing"]) == ("lungs", [])
    assert "not compared" in shown["note"]
    assert main(["models", "add", "mine", *words]) == 2
    assert "--replace" in capsys.readouterr().err
    again = run(capsys, "models", "add", "densenet-pc/finetuned", "--weights", str(cache / "models" / "mine"))
    assert again["weights_sha256"] == document["weights_sha256"]
    assert run(capsys, "models", "show", "densenet-pc/finetuned")["weights"]["here"]
    listed = {row["model"] for row in run(capsys, "models", "list")["models"] if row["here"]}
    assert {"mine", "densenet-pc/finetuned"} <= listed


def test_the_cache_folder_is_the_environments_then_the_files(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CXR_LENS_CACHE_FOLDER='/from/file'\n")
    assert cache_folder({}, tmp_path / ".env") == Path("/from/file")
    assert cache_folder({"CXR_LENS_CACHE_FOLDER": "/x"}, tmp_path / ".env") == Path("/x")
    assert cache_folder({}, tmp_path / "none") is None
