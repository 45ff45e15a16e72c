"""Models from elsewhere: prefixes stripped, other networks refused, and the proof by their own scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.label_file import LabelFile
from cxr_lens.training.models.added import PRESETS, copy_checkpoint, fit_model, keep, prove, read_preprocessing
from cxr_lens.training.models.checkpoints import load_checkpoint
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import Preprocessing
from cxr_lens.training.models.networks import build_network
from PIL import Image
from safetensors.torch import save_file

ARGS: dict[str, Any] = {"channels": [8, 8, 16, 16]}
LABELS = ("Edema", "Effusion", "Hernia")
PREPROCESSING = Preprocessing(size=64)


def theirs(seed: int = 3, labels: int = 3) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network: Any = timm.create_model("resnet18", in_chans=1, num_classes=labels, **ARGS).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.ones_(module.weight)
    return network


def add(file: Path, **changes: Any) -> tuple[Classifier, str]:
    values: dict[str, Any] = {"labels": LabelFile(None, LABELS), "preprocessing": PREPROCESSING, "arch_args": ARGS}
    values |= changes
    return fit_model("mine", "timm:resnet18", file, values.pop("labels"), values.pop("preprocessing"), **values)


@pytest.mark.parametrize("wrap", ["", "module.", "model.", "model.backbone.", "net.module."])
@pytest.mark.parametrize("kind", ["plain", "lightning", "safetensors", "module"])
def test_prefixes_of_training_code_are_stripped(tmp_path: Path, wrap: str, kind: str) -> None:
    network = theirs()
    state = {wrap + name: tensor for name, tensor in network.state_dict().items()}
    file = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.ckpt")
    if kind == "safetensors":
        save_file(state, file)
    elif kind == "module":
        torch.save(network, file)
    else:
        content: Any = {"plain": state, "lightning": {"state_dict": state, "epoch": 3, "loss.weight": torch.ones(2)}}
        torch.save(content[kind], file)
    model, prefix = add(file)
    assert prefix == {"lightning": f"state_dict.{wrap}", "module": ""}.get(kind, wrap)
    x = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model.logits(x), network(x))
    assert model.config.finding_of == {"Edema": "Edema", "Effusion": "Pleural Effusion"}


def test_a_head_inside_a_sequential_is_found(tmp_path: Path) -> None:
    state = theirs().state_dict()
    state = {name.replace("fc.", "fc.1."): tensor for name, tensor in state.items()}
    torch.save(state, tmp_path / "w.pt")
    assert add(tmp_path / "w.pt")[0].labels == LABELS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {**s, "layer1.7.conv1.weight": torch.ones(1)}, "no place for, such as 'layer1.7.conv1.weight'"),
        (lambda s: {k: t for k, t in s.items() if k != "conv1.weight"}, "such as 'conv1.weight'"),
        (lambda s: {**s, "fc.bias": torch.ones(5)}, r"fc.bias is \(5,\), the network's is \(3,\)"),
        (lambda s: {f"{p}.{k}": t for p in ("model", "ema") for k, t in s.items()}, "2 times"),
        (lambda s: {"other": torch.ones(1)}, "none of the network's tensors"),
    ],
)
def test_weights_of_another_network_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    torch.save(change(theirs().state_dict()), tmp_path / "w.pt")
    with pytest.raises(RequestError, match=message):
        add(tmp_path / "w.pt")


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """Five films, the weights, and the scores the owner's own code gives for them."""
    network = theirs()
    torch.save(network.state_dict(), tmp_path / "w.pt")
    rows = []
    for number in range(5):
        small = np.random.default_rng(number).integers(0, 255, (8, 8), np.uint8)
        image = Image.fromarray(small).resize((90, 70), Image.Resampling.BICUBIC)
        image.save(tmp_path / f"f{number}.png")
        x = np.asarray(image.resize((64, 64), Image.Resampling.BILINEAR), np.float32) / 255
        with torch.no_grad():
            out = torch.sigmoid(network((torch.from_numpy(x)[None, None] - 0.5) / 0.25))[0]
        rows.append({"Path": f"f{number}.png", **dict(zip(LABELS, out.tolist(), strict=True))})
    pd.DataFrame(rows).to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path


def test_a_model_that_gives_its_owners_scores_is_kept_and_loads_like_any_other(proof: Path) -> None:
    model, _ = add(proof / "w.pt")
    shown = prove(model, proof / "scores.csv", None)
    assert (shown.films, shown.labels) == (5, 3)
    assert 0 < shown.largest < 0.01
    kept = keep(model, proof / "kept", shown)
    assert "5 films and 3 labels" in kept.config.note
    x = torch.randn(1, 1, 64, 64)
    assert torch.equal(load_checkpoint(proof / "kept").logits(x), model.logits(x))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preprocessing": Preprocessing(size=64, mean=(0.4,), std=(0.3,))}, "not reproduced"),
        ({"labels": LabelFile(None, ("Effusion", "Edema", "Hernia"))}, "check the labels' order"),
    ],
)
def test_wrong_preprocessing_or_label_order_is_found(proof: Path, changes: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        prove(add(proof / "w.pt", **changes)[0], proof / "scores.csv", None)


def test_a_proof_table_that_cannot_be_used_is_named(proof: Path) -> None:
    model, _ = add(proof / "w.pt")
    for text, message in (
        ("Path,Fracture\nf0.png,0.5\n", "no column for any label"),
        ("File,Edema\nf0.png,0.5\n", "column 'Path'"),
        ("Path,Edema\nnothing.png,0.5\n", "no film 'nothing.png'"),
        ("Path,Edema\nf0.png,3.5\n", "outside"),
    ):
        (proof / "bad.csv").write_text(text)
        with pytest.raises(TableError, match=message):
            prove(model, proof / "bad.csv", None)


def test_heatmaps_can_be_taken_from_a_stage_and_not_from_inside_a_shortcut(proof: Path) -> None:
    model, _ = add(proof / "w.pt", layer="layer3")
    plain, _ = add(proof / "w.pt")
    x = torch.randn(2, 1, 64, 64)
    assert model.network.activations(x).shape == (2, 16, 4, 4)
    torch.testing.assert_close(model.logits(x), plain.logits(x))
    state = model.network.activations(x).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(model.network.logits(state)[:, 0].sum(), state)
    assert gradient.abs().sum() > 0
    keep(model, proof / "kept", None)
    assert load_checkpoint(proof / "kept").network.activations(x).shape == (2, 16, 4, 4)
    with pytest.raises(RequestError, match="goes around it"):
        add(proof / "w.pt", layer="layer3.1.conv1")
    with pytest.raises(RequestError, match="did you mean 'layer3'"):
        add(proof / "w.pt", layer="layer33")
    with pytest.raises(RequestError, match="heatmaps need"):
        add(proof / "w.pt", layer="global_pool")


def test_a_run_of_ones_own_is_copied_to_the_bit_under_another_name(proof: Path) -> None:
    keep(add(proof / "w.pt")[0], proof / "kept", None)
    copied = copy_checkpoint(proof / "kept", proof / "cache" / "densenet-pc" / "finetuned", "densenet-pc/finetuned")
    assert (copied.name, copied.config.family) == ("densenet-pc/finetuned", "densenet-pc")
    assert copied.weights_sha256 == load_checkpoint(proof / "kept").weights_sha256
    with pytest.raises(RequestError, match="that model already"):
        copy_checkpoint(proof / "kept", proof / "kept", "x")


def test_preprocessing_is_a_preset_and_changes_to_it() -> None:
    assert read_preprocessing(["imagenet"]) == PRESETS["imagenet"]
    changed = read_preprocessing(["xrv", "size=512", "resize=squash"])
    assert (changed.size, changed.resize, changed.std) == (512, "squash", PRESETS["xrv"].std)
    assert read_preprocessing(["size=320", "channels=3", "mean=0.5", "std=0.25"]).mean == (0.5, 0.5, 0.5)
    for words, message in ((["imagnet"], "imagenet"), (["size=a"], "size"), (["xrv", "mean=0.1,0.2"], "mean")):
        with pytest.raises(RequestError, match=message):
            read_preprocessing(words)


def test_the_split_at_a_layer_survives_a_saved_configuration() -> None:
    with pytest.raises(RequestError, match="no layer"):
        build_network("timm:resnet18", 2, 1, {**ARGS, "layer": "body"})
