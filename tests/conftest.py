"""What every test has: no network but loopback, few threads, and the path of the real films where they are."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

import pytest
import torch

torch.set_num_threads(min(2, torch.get_num_threads()))

ROOT = Path(__file__).resolve().parents[1]
_connect = socket.socket.connect


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    if address[0] == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(address[0])).is_loopback
    except ValueError:
        return False


def _connect_locally(self: socket.socket, address: object) -> None:
    if not _is_local(address):
        raise RuntimeError(f"a test tried to reach {address!r}; tests stay on this machine")
    _connect(self, address)  # pyright: ignore[reportArgumentType]  same argument as the method it wraps


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("live") is None:
        monkeypatch.setattr(socket.socket, "connect", _connect_locally)


@pytest.fixture(scope="session")
def real_films() -> Path:
    """The folder that holds NIH-CXR14-sample; the test is skipped where it is not there."""
    folder = ROOT.parent / "shared" / "data"
    if not (folder / "NIH-CXR14-sample" / "train.csv").is_file():
        pytest.skip("the real films are not here (../shared/data)")
    return folder
