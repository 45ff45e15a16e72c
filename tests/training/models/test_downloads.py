"""Downloads over loopback: whole, resumed, corrupt, refused, and what is said without network."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.models.downloads import WeightsFile, fetch_file

DATA = bytes(range(256)) * 8192  # 2 MiB
SHA = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.cut_after: list[int] = []
        self.data = DATA
        self.etag = '"v1"'
        self.requests: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights/w.pt"


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]  the narrower type the fixture starts

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.requests.append(wanted)
        if self.path != "/weights/w.pt":
            self.send_error(404)
            return
        start = 0
        if wanted and self.headers.get("If-Range") == self.server.etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        body = self.server.data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", self.server.etag)
        self.end_headers()
        self.wfile.write(body[: self.server.cut_after.pop(0)] if self.server.cut_after else body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_arrives_whole_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    got = fetch_file(
        WeightsFile(name="w.pt", url=server.url, sha256=SHA), tmp_path, progress=lambda a, b: seen.append((a, b))
    )
    assert got.path.read_bytes() == DATA
    assert got.checked_against == "pinned"
    assert seen[-1] == (len(DATA), len(DATA))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["w.pt", "w.pt.json"]


def test_a_cut_connection_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.cut_after = [1_200_000, 300_000]
    assert fetch_file(WeightsFile(name="w.pt", url=server.url, sha256=SHA), tmp_path).path.read_bytes() == DATA
    first, second, third = server.requests
    assert first is None
    assert second is not None
    assert 0 < int(second[6:-1]) <= 1_200_000
    assert third is not None
    assert int(third[6:-1]) > int(second[6:-1])


def test_a_file_that_changed_on_the_server_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "w.pt.partial").write_bytes(b"old" * 1000)
    (tmp_path / "w.pt.partial.etag").write_text('"v0"')
    assert fetch_file(WeightsFile(name="w.pt", url=server.url, sha256=SHA), tmp_path).path.read_bytes() == DATA


def test_a_corrupt_byte_is_found_and_nothing_is_left(server: Server, tmp_path: Path) -> None:
    server.data = DATA[:999] + b"\0" + DATA[1000:]
    with pytest.raises(RequestError, match="SHA-256"):
        fetch_file(WeightsFile(name="w.pt", url=server.url, sha256=SHA), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_servers_own_checksum_is_used_where_none_is_pinned(server: Server, tmp_path: Path) -> None:
    server.etag = f'"{SHA}"'
    assert fetch_file(WeightsFile(name="w.pt", url=server.url), tmp_path).checked_against == "server"
    server.data = DATA[:-1] + b"x"
    with pytest.raises(RequestError, match="server says"):
        fetch_file(WeightsFile(name="w.pt", url=server.url), tmp_path / "again")


def test_a_checksum_recorded_at_first_use_guards_the_file(server: Server, tmp_path: Path) -> None:
    file = WeightsFile(name="w.pt", url=server.url)
    assert fetch_file(file, tmp_path).checked_against == "first use"
    asked = len(server.requests)
    assert fetch_file(file, tmp_path).sha256 == SHA
    assert len(server.requests) == asked
    (tmp_path / "w.pt").write_bytes(DATA[:-1])
    with pytest.raises(RequestError, match="has changed"):
        fetch_file(file, tmp_path)


def test_a_mirror_and_a_given_folder_replace_the_server(server: Server, tmp_path: Path) -> None:
    file = WeightsFile(name="w.pt", url="https://example.invalid/weights/w.pt", sha256=SHA)
    mirror = server.url.removesuffix("/weights/w.pt")
    assert fetch_file(file, tmp_path / "a", mirror=mirror).path.read_bytes() == DATA
    assert fetch_file(file, tmp_path / "b", given=tmp_path / "a").path.read_bytes() == DATA


def test_without_network_the_error_says_what_to_put_where(server: Server, tmp_path: Path) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    file = WeightsFile(name="w.pt", url=url, size=28_000_000, sha256=SHA)
    with pytest.raises(RequestError) as raised:
        fetch_file(file, tmp_path, timeout=2)
    message = str(raised.value)
    assert all(part in message for part in ("w.pt", "28 MB", url, str(tmp_path)))


def test_a_missing_file_on_the_server_is_a_clear_error(server: Server, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="404"):
        fetch_file(WeightsFile(name="x.pt", url=server.url.replace("w.pt", "x.pt")), tmp_path)
