"""xrv releases become checkpoints: same scores as the library's own, read by name (random stand-in weights)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from cxr_lens.training.checkpoints import load_checkpoint, sha256_of
from cxr_lens.training.downloads import FetchedFile
from cxr_lens.training.errors import RequestError
from cxr_lens.training.pretrained import XRV_RELEASES, convert_xrv

xrv = pytest.importorskip("torchxrayvision")


def released(path: Path, family: str) -> torch.nn.Module:
    """A pickled module like those of the releases, with random weights; op_threshs as the library sets them."""
    torch.manual_seed(0)
    network = xrv.models.DenseNet(
        num_classes=18, in_channels=1, growth_rate=32, block_config=(6, 12, 24, 16), num_init_features=64
    )
    network.eval()
    torch.save(network, path)
    key = family.removeprefix("densenet-")
    network.op_threshs = torch.tensor(xrv.models.model_urls[key]["op_threshs"])
    network.pathologies = xrv.models.model_urls[key]["labels"]
    return network


@pytest.mark.parametrize("family", sorted(XRV_RELEASES))
def test_scores_are_the_librarys_own_read_by_name(tmp_path: Path, family: str) -> None:
    reference = released(tmp_path / "w.pt", family)
    fetched = FetchedFile(path=tmp_path / "w.pt", sha256=sha256_of(tmp_path / "w.pt"), checked_against="first use")
    convert_xrv(family, fetched, tmp_path / "baseline")
    model = load_checkpoint(tmp_path / "baseline")
    x = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(1)) * 2048 - 1024
    with torch.no_grad():
        expected = reference(x)
    names = list(reference.pathologies)  # pyright: ignore[reportArgumentType]  a list set above
    assert model.labels == tuple(name for name in names if name)
    scores = model.scores(model.logits(x))
    for i, label in enumerate(model.labels):
        torch.testing.assert_close(scores[:, i], expected[:, names.index(label)], atol=1e-5, rtol=1e-4)


def test_a_file_of_another_network_is_a_clear_error(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(3, 2), tmp_path / "w.pt")
    fetched = FetchedFile(path=tmp_path / "w.pt", sha256="0" * 64, checked_against="first use")
    with pytest.raises(RequestError, match="does not hold torchxrayvision's DenseNet121"):
        convert_xrv("densenet-pc", fetched, tmp_path / "baseline")
    assert not (tmp_path / "baseline").exists()
