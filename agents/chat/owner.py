"""Who a browser is: a token in a cookie that scripts cannot read; only its hash is kept."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

from ...training.errors import RequestError

COOKIE = "cxr_lens"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


def new_owner() -> str:
    return secrets.token_urlsafe(32)


def token_of(cookie_header: str) -> str | None:
    """The token of a Cookie header; None where there is none that could be ours."""
    try:
        morsel = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and _TOKEN.fullmatch(morsel.value) else None


def cookie_for(token: str, *, secure: bool = False) -> str:
    """The Set-Cookie header's value."""
    flags = "; Secure" if secure else ""
    return f"{COOKIE}={token}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Strict{flags}"


def owner_of(request: Any) -> str:
    """The owner a Gradio or Starlette request comes from; `RequestError` where its cookie is missing."""
    token = token_of(request.headers.get("cookie", ""))
    if token is None:
        raise RequestError("this page needs a cookie to keep cases apart: allow cookies for it and reload")
    return token
