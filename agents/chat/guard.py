"""What every request passes before it reaches a page: host, login, owner's cookie; and the headers of every answer.

Only routes the screen needs are open: Gradio's own upload, file and proxy routes are closed, because films come in by
ours, which reads them within a limit and keeps no header. The Content-Security-Policy lets the browser talk to this
server alone.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .owner import cookie_for, new_owner, token_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'none'; object-src 'none'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'self'"
)
"""Inline script and eval are Gradio's need; every address but this server's is closed."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=()",
}
CLOSED = re.compile(
    r"^/(?:gradio_api/)?(?:upload|upload_progress|file|file=.*|proxy=.*|stream/.*|api/.*|call/.*|run/.*|info|openapi.*|mcp.*"
    r"|component_server|deep_link|monitoring.*|runs.*|vibe.*|login.*|logout|process_recording|dev/.*)/?$"
)


def is_loopback(host: str) -> bool:
    """Whether a bind address is this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware. `login` is (user, password) or None; `local_only` refuses foreign Host names."""

    def __init__(self, app: App, *, login: tuple[str, str] | None = None, local_only: bool = True):
        self.app = app
        self.login = login
        self.local_only = local_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a websocket: nothing here speaks it
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if self.local_only and _host(headers.get("host", "")) not in LOOPBACK_NAMES:
            # A foreign page that resolves its own name to this machine would otherwise read what is shown here.
            await _refuse(send, 421, "This server answers to localhost only.")
            return
        if self.login is not None and not self._may_enter(headers.get("authorization", "")):
            await _refuse(send, 401, "Login needed.", {"www-authenticate": 'Basic realm="Chest X-Ray LENS"'})
            return
        if CLOSED.match(scope["path"]):
            await _refuse(send, 404, "Not here.")
            return
        if not _same_origin(headers, scope):
            await _refuse(send, 403, "Another site's page may not act here.")
            return
        token = token_of(headers.get("cookie", ""))
        fresh = None if token else new_owner()
        if fresh is not None:  # so that the request that brings a browser here already has its owner
            joined = "; ".join(filter(None, [headers.get("cookie"), cookie_for(fresh).partition(";")[0]]))
            scope["headers"] = [(k, v) for k, v in scope["headers"] if k.lower() != b"cookie"]
            scope["headers"].append((b"cookie", joined.encode("latin-1")))

        async def answer(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = {**HEADERS, **({"set-cookie": cookie_for(fresh)} if fresh else {})}
                message["headers"] = [
                    *message.get("headers", ()),
                    *((k.encode(), v.encode("latin-1")) for k, v in own.items()),
                ]
            await send(message)

        await self.app(scope, receive, answer)

    def _may_enter(self, authorization: str) -> bool:
        """HTTP Basic, compared in constant time."""
        kind, _, value = authorization.partition(" ")
        if self.login is None or kind.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        same = [
            secrets.compare_digest(given.encode(), wanted.encode())
            for given, wanted in zip((user, password), self.login, strict=True)
        ]
        return all(same)


def _host(header: str) -> str:
    """`localhost:7860` -> `localhost`, `[::1]:7860` -> `::1`."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


def _same_origin(headers: dict[str, str], scope: Scope) -> bool:
    """Whether a request that changes something comes from this server's own page, as far as the browser says."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return True
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


async def _refuse(send: Send, status: int, words: str, extra: dict[str, str] | None = None) -> None:
    headers = {"content-type": "text/plain; charset=utf-8", **HEADERS, **(extra or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": words.encode()})
