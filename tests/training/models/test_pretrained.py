"""Published weights become baselines: the library's own scores, read by name, and the published forms beside them
(random stand-in weights)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.label_maps import match_labels
from cxr_lens.training.models.checkpoints import load_checkpoint, read_config, sha256_of
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.clip_weights import read_clip_prompts
from cxr_lens.training.models.downloads import FetchedFile
from cxr_lens.training.models.pretrained import PRETRAINED, install
from cxr_lens.training.models.xrv_weights import MISREAD_NIH, XRV_OUTPUTS, XRV_RELEASES
from torch.nn import functional as F

xrv = pytest.importorskip("torchxrayvision")


def fetched(path: Path) -> FetchedFile:
    return FetchedFile(path=path, sha256=sha256_of(path), checked_against="first use")


def released(path: Path, family: str) -> Any:
    """A pickled module like those of the releases, with random weights; op_threshs as the library sets them."""
    torch.manual_seed(0)
    network: Any = xrv.models.DenseNet(
        num_classes=18, in_channels=1, growth_rate=32, block_config=(6, 12, 24, 16), num_init_features=64
    )
    network.eval()
    torch.save(network, path)
    key = family.removeprefix("densenet-")
    network.op_threshs = torch.tensor(xrv.models.model_urls[key]["op_threshs"])
    network.pathologies = xrv.models.model_urls[key]["labels"]
    return network


def scores(model: Classifier, x: torch.Tensor) -> torch.Tensor:
    return model.scores(model.logits(x))


@pytest.fixture
def film() -> torch.Tensor:
    return torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(1)) * 2048 - 1024


@pytest.mark.parametrize("family", sorted(XRV_RELEASES))
def test_xrv_baselines_are_the_librarys_scores_read_by_name_and_the_published_form_beside(
    tmp_path: Path, family: str, film: torch.Tensor
) -> None:
    reference = released(tmp_path / "w.pt", family)
    baseline, paper = (load_checkpoint(f) for f in install(family, [fetched(tmp_path / "w.pt")], tmp_path / "m"))
    with torch.no_grad():
        expected = reference(film)
    names = list(reference.pathologies)
    assert baseline.labels == tuple(name for name in names if name)
    own = scores(baseline, film)
    for i, label in enumerate(baseline.labels):
        torch.testing.assert_close(own[:, i], expected[:, names.index(label)], atol=1e-5, rtol=1e-4)
    assert paper.config.name == f"{family}/baseline-paper"
    if family == "densenet-pc":
        twice = scores(paper, film)
        torch.testing.assert_close(twice, torch.sigmoid(own))
        assert 0.5 <= twice.min() <= twice.max() <= 0.7311
    else:
        reference.op_threshs = None
        x = film / 512  # [-2, 2], where the network wants [-1024, 1024]
        with torch.no_grad():
            misread = torch.sigmoid(reference(x))[:, :8]
        torch.testing.assert_close(scores(paper, x), misread, atol=1e-5, rtol=1e-4)
    torch.save({"other": torch.ones(1)}, tmp_path / "w.pt")
    before = (tmp_path / "m" / "baseline" / "model.safetensors").stat().st_mtime_ns
    with pytest.raises(RequestError, match="does not hold"):
        install(family, [fetched(tmp_path / "w.pt")], tmp_path / "m")
    assert (tmp_path / "m" / "baseline" / "model.safetensors").stat().st_mtime_ns == before


def test_the_published_misreadings_of_the_nih_network() -> None:
    read = dict(zip(MISREAD_NIH, XRV_OUTPUTS, strict=False))
    assert read["Atelectasis"] == "Atelectasis"
    assert read["Cardiomegaly"] == "Consolidation"
    assert read["Effusion"] == "Infiltration"
    assert read["Pneumonia"] == "Fibrosis"
    assert read["Pneumothorax"] == "Effusion"


def test_the_label_table_of_the_xrv_baselines() -> None:
    pc = PRETRAINED["densenet-pc"].configs()["baseline"]
    nih = PRETRAINED["densenet-nih"].configs()["baseline"]
    assert (len(pc.labels), len(pc.finding_of)) == (15, 8)
    assert (len(nih.labels), len(nih.finding_of)) == (14, 7)
    assert set(pc.finding_of) - set(nih.finding_of) == {"Fracture"}
    assert match_labels(pc.labels).kinds == {
        "Infiltration": "Lung Opacity",
        "Pleural_Thickening": "Pleural Other",
        "Nodule": "Lung Lesion",
        "Mass": "Lung Lesion",
    }


@pytest.mark.parametrize("family", sorted(PRETRAINED))
def test_configurations_need_no_weights_and_name_what_they_are(family: str) -> None:
    for variant, config in PRETRAINED[family].configs().items():
        assert config.name == f"{family}/{variant}"
        assert config.note
        assert config.trained_head == (family != "efficientnet-b0")
        assert set(config.finding_of.values()) <= set(CHEXPERT.names)


def clip_file(folder: Path) -> tuple[Any, Path, Path]:
    """A small CLIP of random weights as Hugging Face stores it, with a tokenizer of whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415
    from transformers import CLIPConfig, CLIPModel  # noqa: PLC0415

    prompts = read_clip_prompts()
    parts = [part for name in CHEXPERT.names for part in (prompts.texts(name).present, prompts.texts(name).absent)]
    words = sorted({word for part in parts for text in part for word in text.split()})
    vocabulary = {word: i for i, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|endoftext|>"))  # noqa: S106  a token of text
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.save(str(folder / "tokenizer.json"))
    end = vocabulary["<|endoftext|>"]
    tower = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 1}
    text: dict[str, Any] = {**tower, "vocab_size": len(vocabulary), "max_position_embeddings": 24}
    text |= {"eos_token_id": end, "bos_token_id": end - 1, "pad_token_id": end}
    torch.manual_seed(0)
    clip = CLIPModel(
        CLIPConfig(text_config=text, vision_config={**tower, "image_size": 64, "patch_size": 32}, projection_dim=16)
    ).eval()
    with torch.no_grad():
        clip.logit_scale.fill_(4.0)
    torch.save(clip.state_dict(), folder / "clip.bin")
    return clip, folder / "clip.bin", folder / "tokenizer.json"


def test_clip_baselines_are_the_librarys_cosines_in_three_forms(tmp_path: Path) -> None:
    clip, weights, tokenizer_file = clip_file(tmp_path)
    folders = install("clip-vit-b32", [fetched(weights), fetched(tokenizer_file)], tmp_path / "m")
    pairs, paper, raw = (load_checkpoint(folder) for folder in folders)
    vocabulary = json.loads(tokenizer_file.read_text())["model"]["vocab"]
    x = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))

    def cosines(texts: tuple[str, ...]) -> torch.Tensor:
        out = []
        for text in texts:
            words = text.split()
            ids = [vocabulary["<|startoftext|>"], *(vocabulary[w] for w in words), vocabulary["<|endoftext|>"]]
            with torch.no_grad():
                out.append(clip(input_ids=torch.tensor([ids]), pixel_values=x).logits_per_image[:, 0])
        return torch.stack(out).mean(0) / torch.tensor(4.0).exp()

    prompts = read_clip_prompts()
    for label in ("Edema", "No Finding", "Pneumothorax"):
        i = raw.labels.index(label)
        present, absent = (cosines(t) for t in (prompts.texts(label).present, prompts.texts(label).absent))
        torch.testing.assert_close(scores(raw, x)[:, i], present.clamp(0, 1), atol=1e-5, rtol=1e-4)
        expected = torch.sigmoid(torch.tensor(4.0).exp() * (present - absent))
        torch.testing.assert_close(scores(pairs, x)[:, i], expected, atol=1e-4, rtol=1e-4)
    scaled = scores(paper, x)
    assert torch.equal(scaled.amax(1), torch.ones(3))
    assert torch.equal(scaled.amin(1), torch.zeros(3))
    assert torch.equal(scaled.argsort(1), raw.logits(x).argsort(1))
    assert (folders[1] / "model.safetensors").samefile(folders[2] / "model.safetensors")  # one file, two readings


def test_no_finding_is_asked_in_its_own_words() -> None:
    texts = read_clip_prompts().texts("No Finding")
    assert not any("no finding" in text.lower() for text in (*texts.present, *texts.absent))
    assert set(read_clip_prompts().phrases) | {"No Finding"} == set(CHEXPERT.names)
    assert read_clip_prompts().texts("Silicosis").present[0] == "a chest X-ray showing silicosis"


def test_efficientnet_has_imagenets_trunk_under_the_same_untrained_head_every_time(tmp_path: Path) -> None:
    import timm  # noqa: PLC0415
    from safetensors.torch import save_file  # noqa: PLC0415

    torch.manual_seed(5)
    imagenet: Any = timm.create_model("efficientnet_b0", pretrained=False).eval()
    save_file(imagenet.state_dict(), tmp_path / "w.safetensors")
    (first,) = install("efficientnet-b0", [fetched(tmp_path / "w.safetensors")], tmp_path / "a")
    (second,) = install("efficientnet-b0", [fetched(tmp_path / "w.safetensors")], tmp_path / "b")
    assert sha256_of(first / "model.safetensors") == sha256_of(second / "model.safetensors")
    model = load_checkpoint(first)
    assert model.config.trained_head is False
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model.network.activations(x), imagenet.forward_features(x))
    assert "first use" in read_config(first).made_from
    assert F.linear(torch.ones(1, 1280), model.network.get_submodule("body.classifier").weight).abs().max() > 0  # pyright: ignore[reportArgumentType]
