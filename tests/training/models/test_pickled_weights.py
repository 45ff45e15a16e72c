"""Pickled weights become tensors, and nothing in the file runs."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from cxr_lens.training.errors import RequestError
from cxr_lens.training.models.pickled_weights import read_pickled_tensors
from torch import nn


def small_network() -> nn.Module:
    torch.manual_seed(0)
    tied = nn.Linear(5, 5)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Sequential(tied, nn.ReLU(), tied))
    network.eval()
    return network


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "stream"])
@pytest.mark.parametrize("what", ["module", "state dict", "checkpoint"])
def test_the_state_dict_comes_out_unchanged(tmp_path: Path, as_zip: bool, what: str) -> None:
    network = small_network()
    content = {
        "module": network,
        "state dict": network.state_dict(),
        "checkpoint": {"model": network.state_dict(), "n": 3},
    }
    torch.save(content[what], tmp_path / "w.pt", _use_new_zipfile_serialization=as_zip)
    found = read_pickled_tensors(tmp_path / "w.pt")
    prefix = "model." if what == "checkpoint" else ""
    expected = network.state_dict()
    assert set(found) == {prefix + name for name in expected}
    for name, tensor in expected.items():
        assert found[prefix + name].dtype == tensor.dtype
        assert torch.equal(found[prefix + name], tensor)


class Attack:
    def __init__(self, command: str):
        self.command = command

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "stream"])
def test_code_in_the_file_does_not_run(tmp_path: Path, as_zip: bool) -> None:
    trace = tmp_path / "it-ran"
    content = {"weight": torch.ones(2), "attack": Attack(f"touch {trace}")}
    torch.save(content, tmp_path / "w.pt", _use_new_zipfile_serialization=as_zip)
    assert torch.equal(read_pickled_tensors(tmp_path / "w.pt")["weight"], torch.ones(2))
    assert not trace.exists()


def test_a_plain_pickle_attack_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    (tmp_path / "w.pt").write_bytes(pickle.dumps(Attack(f"touch {trace}")))
    with pytest.raises(RequestError, match="not a PyTorch file"):
        read_pickled_tensors(tmp_path / "w.pt")
    assert not trace.exists()


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "stream"])
def test_a_cut_file_is_one_clear_error_at_any_length(tmp_path: Path, as_zip: bool) -> None:
    torch.save(small_network(), tmp_path / "w.pt", _use_new_zipfile_serialization=as_zip)
    whole = (tmp_path / "w.pt").read_bytes()
    for length in range(0, len(whole) - 1, max(1, len(whole) // 60)):
        (tmp_path / "cut.pt").write_bytes(whole[:length])
        with pytest.raises(RequestError):
            read_pickled_tensors(tmp_path / "cut.pt")


def test_a_tensor_that_reaches_outside_its_storage_is_refused(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(8)}, tmp_path / "w.pt")
    with zipfile.ZipFile(tmp_path / "w.pt") as archive, zipfile.ZipFile(tmp_path / "x.pt", "w") as out:
        for name in archive.namelist():
            data = archive.read(name)
            out.writestr(name, data[:8] if name.endswith("data/0") else data)
    with pytest.raises(RequestError, match="outside its storage"):
        read_pickled_tensors(tmp_path / "x.pt")
