"""The server lets in whom it should, to what it should, and reaches nobody."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from cxr_lens.agents.chat.command import chat, login_of
from cxr_lens.agents.chat.desk import Desk
from cxr_lens.agents.chat.owner import COOKIE, token_of
from cxr_lens.agents.chat.server import check_binding
from cxr_lens.agents.settings import Settings
from cxr_lens.training.errors import RequestError
from pydantic import SecretStr

pytest.importorskip("gradio", reason="the chat extra is not installed")
from cxr_lens.agents.chat.server import make_app
from starlette.testclient import TestClient

LOCAL = "http://localhost"


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with TestClient(make_app(desk, max_upload_mb=0.5), base_url=LOCAL) as client:
        yield client


def test_the_page_comes_with_a_cookie_scripts_cannot_read_and_a_policy_that_names_no_other_host(
    client: TestClient,
) -> None:
    page = client.get("/")
    assert page.status_code == 200
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", page.cookies[COOKIE])
    policy = page.headers["content-security-policy"]
    assert "http" not in policy
    assert "*" not in policy
    loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](https?:)?//", page.text)
    assert loaded == []
    assert "fonts.googleapis" not in page.text


def test_a_film_goes_in_and_comes_out_to_its_owner_alone(client: TestClient, desk: Desk, film_png: bytes) -> None:
    client.get("/")
    thread = client.post("/lens/upload", content=film_png, headers={"x-file-name": "a%20film.png"}).json()["thread"]
    mine = client.get(f"/lens/film/{thread}")
    assert mine.headers["content-type"] == "image/jpeg"
    assert mine.headers["cache-control"] == "no-store"
    with TestClient(make_app(desk), base_url=LOCAL) as other:
        other.get("/")
        for path in (f"/lens/film/{thread}", f"/lens/export/{thread}/json"):
            assert other.get(path).status_code == 404
    assert client.get("/lens/film/nothing").status_code == 404


def test_what_is_too_large_or_no_film_is_refused_with_the_reason(client: TestClient) -> None:
    client.get("/")
    large = client.post("/lens/upload", content=b"x" * 600_000)
    assert large.status_code == 413
    assert "larger than 0.5 MB" in large.json()["error"]
    chunks = client.post("/lens/upload", content=(b"x" * 100_000 for _ in range(9)))  # without a length
    assert chunks.status_code == 413
    broken = client.post("/lens/upload", content=b"\x89PNG\r\n\x1a\nbroken")
    assert "thread" not in broken.json()
    assert broken.json()["error"].endswith(".")
    assert "empty" in client.post("/lens/upload", content=b"").json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=pyproject.toml",
        "/gradio_api/proxy=https://example.org",
        "/gradio_api/info",
        "/gradio_api/call/open",
        "/gradio_api/run/open",
        "/docs",
        "/openapi.json",
    ],
)
def test_gradios_own_ways_in_and_out_are_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 405)
    assert client.post(path, content=b"x").status_code in (403, 404, 405)


def test_a_foreign_host_name_or_page_is_refused(client: TestClient, film_png: bytes) -> None:
    assert client.get("/", headers={"host": "rebound.example"}).status_code == 421
    client.get("/")
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/lens/upload", content=film_png, headers=headers).status_code == 403


def test_with_a_login_nothing_is_given_without_it(desk: Desk) -> None:
    def basic(user: str, password: str) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    with TestClient(
        make_app(desk, login=("anna", "pässword"), local_only=False), base_url="http://lan.example"
    ) as client:
        for path in ("/", "/config", "/lens/bundled/x", "/gradio_api/queue/join"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers=basic("anna", "wrong")).status_code == 401
        assert client.get("/", headers={"authorization": "Basic ???"}).status_code == 401
        assert client.get("/", headers=basic("anna", "pässword")).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "lan.example"])  # noqa: S104  that it is refused
def test_binding_elsewhere_needs_a_login(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="CXR_LENS_CHAT_USER"):
        check_binding(host, None)
    check_binding(host, ("anna", "secret"))
    for name in ("CXR_LENS_CHAT_USER", "CXR_LENS_CHAT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RequestError, match="without a login"):
        chat(["--host", host])


def test_loopback_needs_none() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        check_binding(host, None)


def test_user_and_password_go_together_and_the_password_is_not_printed() -> None:
    settings = Settings(chat_user="anna", chat_password=SecretStr("hush"))
    assert login_of(settings) == ("anna", "hush")
    assert "hush" not in repr(settings)
    with pytest.raises(RequestError, match="go together"):
        login_of(Settings(chat_user="anna"))


def test_only_a_token_of_ours_is_taken_for_an_owner() -> None:
    assert token_of(f"x=1; {COOKIE}={'a' * 43}") == "a" * 43
    for header in ("", "x=1", f"{COOKIE}=short", f"{COOKIE}={'a' * 42}/"):
        assert token_of(header) is None
