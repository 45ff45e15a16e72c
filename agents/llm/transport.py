"""The HTTP client an LLM is asked through: one that cannot be kept waiting, flooded, redirected or rerouted.

The limits hold for the bytes on the wire, so that neither an endless stream of keep-alive comments nor a huge answer
outlasts them: an httpx read timeout starts anew with every byte.
"""

from __future__ import annotations

import ipaddress
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from ...training.errors import RequestError

MOST_BYTES = 1_000_000
"""Of one answer, streaming overhead included: some 20 times what a long explanation takes."""


class TooLongAnswer(httpx.ReadError):
    """The server sent more than `MOST_BYTES`."""


class _Bounded(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, deadline: float | None):
        self.stream = stream
        self.deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self.stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLongAnswer(f"the answer is longer than {MOST_BYTES} bytes")
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise httpx.ReadTimeout("the whole answer took too long")
            yield chunk

    def close(self) -> None:
        self.stream.close()


class _Transport(httpx.HTTPTransport):
    """Counts the read timeout of a request from its start to its last byte."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read")
        deadline = None if seconds is None else time.monotonic() + seconds
        response = super().handle_request(request)
        response.stream = _Bounded(response.stream, deadline)  # pyright: ignore[reportArgumentType]  a sync transport's
        return response


def make_client(base_url: str) -> httpx.Client:
    """A client for one server. Redirects are not followed; to this machine no proxy is ever used."""
    parts = urlsplit(base_url)
    proxy = None
    if not is_loopback(base_url) and not urllib.request.proxy_bypass(parts.hostname or ""):
        proxy = urllib.request.getproxies().get(parts.scheme)
    return httpx.Client(
        follow_redirects=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
        transport=_Transport(proxy=proxy),
    )


def is_loopback(base_url: str) -> bool:
    """Whether a URL leads to this machine: `localhost`, or a loopback address. A name is not looked up."""
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(base_url: str) -> None:
    """`RequestError` for what is not the address of a server."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RequestError("CXR_LENS_LLM_BASE_URL must be an address like http://localhost:11434/v1")
    if parts.username or parts.password:
        raise RequestError("CXR_LENS_LLM_BASE_URL holds a name or password; give the key as CXR_LENS_LLM_API_KEY")


def host_of(base_url: str) -> str:
    """`host:port`, without path or credentials."""
    parts = urlsplit(base_url)
    return parts.hostname + (f":{parts.port}" if parts.port else "") if parts.hostname else base_url
