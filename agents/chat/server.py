"""The chat as a web server: our routes for films, uploads and exports, Gradio's page, the guard around both.

    serve(desk, host="127.0.0.1", port=7860)

Films never pass through Gradio: an upload is read in memory within the limit and kept as pixels; a film is given to its
owner only. Nothing here leads outside: no share link, no analytics, no request to any other machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from ...training.errors import RequestError
from .desk import Desk
from .guard import Guard, is_loopback
from .view import ramp

MAX_UPLOAD_MB = 64
SWEEP_EVERY = 300.0
"""Seconds between two looks for films whose time is over."""
GRACE = 2
"""Seconds that open pages have when the server is told to stop; their streams would else hold it up for ever."""
PORTS = range(7860, 7880)


def make_app(
    desk: Desk,
    *,
    login: tuple[str, str] | None = None,
    local_only: bool = True,
    llms: tuple[str, ...] = (),
    max_upload_mb: float = MAX_UPLOAD_MB,
) -> Any:
    """The ASGI app. `RequestError` where Gradio is not installed."""
    gr, page = _gradio()
    from fastapi import FastAPI  # noqa: PLC0415  comes with Gradio, which is an extra

    from .routes import Routes  # noqa: PLC0415  as above

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(desk))
        yield
        sweeping.cancel()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    routes = Routes(desk, max_upload_mb)
    app.add_route("/lens/upload", routes.upload, methods=["POST"])
    app.add_route("/lens/film/{thread}", routes.film)
    app.add_route("/lens/bundled/{case_id}", routes.bundled)
    app.add_route("/lens/export/{thread}/{kind}", routes.export)
    blocks = page.build_page(desk, llms)
    head = (
        f"<script>window.LENS_RAMP = {ramp()};</script>"
        f"<script>{page.read_asset('chat.js')}</script><style>{page.read_asset('chat.css')}</style>"
    )
    app = gr.mount_gradio_app(
        app,
        blocks,
        path="",
        footer_links=[],
        run_history=False,
        show_error=True,
        max_file_size=1,
        ssr_mode=False,
        theme=page.theme(),
        head=head,
        blocked_paths=[str(Path("/"))],
    )
    return Guard(app, login=login, local_only=local_only)


def serve(
    desk: Desk,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    login: tuple[str, str] | None = None,
    llms: tuple[str, ...] = (),
    max_upload_mb: float = MAX_UPLOAD_MB,
    on_ready: Any = lambda url: None,
) -> None:
    """Serve until interrupted. `RequestError` for a bind address that needs a login, or a port that is taken."""
    check_binding(host, login)
    app = make_app(desk, login=login, local_only=is_loopback(host), llms=llms, max_upload_mb=max_upload_mb)
    import uvicorn  # noqa: PLC0415  comes with Gradio

    with _listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        on_ready(f"http://{shown}:{listener.getsockname()[1]}/")
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
        )
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            desk.close()


def check_binding(host: str, login: tuple[str, str] | None) -> None:
    """Anywhere but this machine only with a login."""
    if login is None and not is_loopback(host):
        raise RequestError(
            f"--host {host} would let other machines in without a login: set CXR_LENS_CHAT_USER and "
            "CXR_LENS_CHAT_PASSWORD, or leave --host away"
        )


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket on the port, or on the first free one of `PORTS` where none was named."""
    reason = "no port to try"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in PORTS if port is None else (port,):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            reason = error.strerror or str(error)
            continue
        listener.listen(128)
        return listener
    asked = f"{PORTS.start} to {PORTS.stop - 1}" if port is None else str(port)
    raise RequestError(f"cannot listen on {host}, port {asked}: {reason}; name another with --port")


async def _sweep(desk: Desk) -> None:
    while True:
        await asyncio.to_thread(desk.store.sweep)
        await asyncio.sleep(SWEEP_EVERY)


def _gradio() -> tuple[Any, Any]:
    """Gradio and our page over it, with everything that would reach out switched off before it is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    try:
        import gradio  # noqa: PLC0415  an extra, and seconds to import
    except ImportError:
        raise RequestError("the chat needs Gradio: pip install 'chest-xray-lens[chat]'") from None
    from . import page  # noqa: PLC0415  imports Gradio

    return gradio, page
