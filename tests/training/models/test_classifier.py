"""Classifiers, checkpoints and families: what is saved comes back, and what does not fit is one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.films.sized import decode_film
from cxr_lens.training.models import families
from cxr_lens.training.models.checkpoints import load_checkpoint, save_checkpoint, write_atomically
from cxr_lens.training.models.classifier import prepare_film
from cxr_lens.training.models.config import ModelConfig, Platt, Preprocessing, Threshold
from cxr_lens.training.models.families import load_model, load_pair, resolve_family
from cxr_lens.training.models.networks import SplitNetwork, build_network
from PIL import Image
from pydantic import ValidationError

ARGS = {"channels": [8, 8, 16, 16], "output_stride": 16}
LABELS = ("Edema", "Effusion", "Hernia")


def toy_config(**changes: object) -> ModelConfig:
    return ModelConfig.model_validate(
        {
            "name": "toy/net",
            "family": "toy",
            "arch": "timm:resnet18",
            "arch_args": ARGS,
            "labels": LABELS,
            "finding_of": {"Edema": "Edema", "Effusion": "Pleural Effusion"},
            "preprocessing": Preprocessing(size=32).model_dump(),
            "target_layer": "layer4",
            "thresholds": {"Edema": Threshold(value=0.3, rule="youden", positives=20).model_dump()},
            "calibration": {"Pleural Effusion": Platt(slope=2, intercept=-1).model_dump()},
            **changes,
        }
    )


def toy_network() -> SplitNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_network("timm:resnet18", 3, 1, ARGS).eval()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_checkpoint(tmp_path / "net", toy_network(), toy_config(), metrics={"a": 1}, card="# card\n")
    return tmp_path / "net"


def test_a_checkpoint_comes_back_to_the_bit(saved: Path) -> None:
    loaded, network, x = load_checkpoint(saved), toy_network(), torch.randn(2, 1, 32, 32)
    assert loaded.config == toy_config()
    assert torch.equal(loaded.logits(x), network(x))
    assert not loaded.network.training
    assert json.loads((saved / "metrics.json").read_text()) == {"a": 1}
    assert (saved / "README.md").read_text() == "# card\n"


def test_half_weights_are_half_as_large_and_give_nearly_the_same_logits(tmp_path: Path, saved: Path) -> None:
    save_checkpoint(tmp_path / "half", toy_network(), toy_config(), half=True)
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (saved, tmp_path / "half")]
    assert sizes[1] < 0.6 * sizes[0]
    x = torch.randn(2, 1, 32, 32)
    full, half = (load_checkpoint(folder).logits(x) for folder in (saved, tmp_path / "half"))
    torch.testing.assert_close(half, full, atol=5e-3, rtol=0)


def test_scores_are_sigmoids_and_platt_scaled_where_calibrated(saved: Path) -> None:
    model = load_checkpoint(saved)
    scores = model.scores(torch.tensor([[1.0, 1.0, -1.0]]))
    expected = torch.sigmoid(torch.tensor([[1.0, 2 * 1.0 - 1, -1.0]]))
    torch.testing.assert_close(scores, expected)


def test_thresholds_fall_back_to_the_default_and_say_so() -> None:
    config = toy_config(default_threshold=0.4)
    assert config.threshold("Edema").value == 0.3
    assert (config.threshold("Fracture").value, config.threshold("Fracture").rule) == (0.4, "default")
    assert config.label_of("Pleural Effusion") == "Effusion"
    assert config.label_of("Fracture") is None


@pytest.mark.parametrize("cut", [0, 7, 1000])
def test_damaged_weights_are_named(saved: Path, cut: int) -> None:
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(RequestError, match=r"model\.safetensors is damaged"):
        load_checkpoint(saved)


def test_weights_of_another_network_are_refused(tmp_path: Path, saved: Path) -> None:
    save_checkpoint(tmp_path / "two", build_network("timm:resnet18", 2, 1, ARGS), toy_config())
    with pytest.raises(RequestError, match=r"does not fit timm:resnet18 with 3 labels: body\.fc"):
        load_checkpoint(tmp_path / "two")
    (saved / "model.safetensors").unlink()
    with pytest.raises(RequestError, match=r"has no model\.safetensors"):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c | {"colour": 1}, "colour"),
        (lambda c: c | {"labels": []}, "labels"),
        (lambda c: c | {"labels": ["Edema", "Edema", "Effusion"]}, "label names repeat"),
        (lambda c: {k: v for k, v in c.items() if k != "arch"}, "arch: Field required"),
        (lambda c: c | {"finding_of": {"Oedema": "Edema"}}, "labels the model does not have"),
    ],
)
def test_a_wrong_config_names_the_key(saved: Path, change: object, message: str) -> None:
    path = saved / "config.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))  # type: ignore[operator]
    with pytest.raises(RequestError, match=message):
        load_checkpoint(saved)


def test_a_config_that_is_no_json_is_named(saved: Path) -> None:
    (saved / "config.json").write_text("{")
    with pytest.raises(RequestError, match="is not a model configuration"):
        load_checkpoint(saved)


def test_a_model_is_a_name_or_a_folder_and_a_typo_is_helped(saved: Path, tmp_path: Path) -> None:
    assert load_model(str(saved)).name == "toy/net"
    with pytest.raises(RequestError, match="did you mean 'mini/finetuned'"):
        load_model("mini/finetune")
    with pytest.raises(RequestError, match="neither a model nor a checkpoint folder"):
        load_model(str(tmp_path / "nothing"))


def test_a_pair_is_a_family_or_two_models(saved: Path) -> None:
    baseline, finetuned = load_pair(baseline=str(saved), finetuned=str(saved))
    assert (baseline.name, finetuned.name) == ("toy/net", "toy/net")
    with pytest.raises(RequestError, match="go together"):
        load_pair(baseline=str(saved))
    with pytest.raises(RequestError, match="'minni' is not a family"):
        load_pair("minni")


def test_auto_always_ends_at_mini(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = families.Family("other", "not here")
    monkeypatch.setattr(families, "FAMILIES", {"other": empty, "mini": families.FAMILIES["mini"]})
    assert resolve_family("auto", tmp_path).name == "mini"


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert path.read_text() == "old"


def test_a_network_is_its_two_halves() -> None:
    network, x = toy_network(), torch.randn(2, 1, 32, 32)
    with torch.no_grad():
        activations = network.activations(x)
        assert activations.shape == (2, 16, 2, 2)
        assert torch.equal(network.logits(activations), network(x))


def test_preparing_a_film_scales_centres_and_crops() -> None:
    white = np.ones((40, 60), np.float32)
    assert prepare_film(white, Preprocessing(size=32)).shape == (1, 32, 32)
    assert prepare_film(white, Preprocessing(size=32)).numpy() == pytest.approx(2, abs=1e-5)  # (1 - 0.5) / 0.25
    three = Preprocessing(size=32, channels=3, mean=(0.5, 0.4, 0.3), std=(0.5, 0.5, 0.5))
    assert prepare_film(white, three).shape == (3, 32, 32)
    left = np.zeros((40, 60), np.float32)
    left[:, :10] = 1  # outside the central square
    assert prepare_film(left, Preprocessing(size=40, resize="centre-crop")).max() == pytest.approx(-2)
    assert Preprocessing(size=32, resize="centre-crop").region(40, 60) == (10, 0, 50, 40)


def test_training_and_inference_see_the_same_film(tmp_path: Path) -> None:
    smooth = np.asarray(
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 20), np.uint8)).resize((200, 240))
    )
    Image.fromarray(smooth).save(tmp_path / "film.png")
    for resize in ("squash", "centre-crop"):
        preprocessing = Preprocessing(size=64, mean=(0,), std=(1,), resize=resize)  # type: ignore[arg-type]
        stored, size = decode_film(tmp_path / "film.png", preprocessing)
        assert size == (240, 200)
        prepared = prepare_film(smooth.astype(np.float32) / 255, preprocessing)[0].numpy()
        assert np.abs(stored / 255 - prepared).max() < 1.5 / 255


def test_preprocessing_needs_statistics_for_each_channel() -> None:
    with pytest.raises(ValidationError, match="need 3 values"):
        Preprocessing(size=32, channels=3)
