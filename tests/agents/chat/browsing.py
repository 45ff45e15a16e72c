"""What the tests in a real browser share: Chromium, a server of its own, a person's page, and what a person does."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cxr_lens.agents.chat.desk import Desk

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (the dev extra)")
uvicorn = pytest.importorskip("uvicorn", reason="the chat extra is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
in_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 90_000
"""Milliseconds: a loaded machine is slow."""
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextlib.contextmanager
def serving(desk: Desk, llms: tuple[str, ...] = ()) -> Iterator[str]:
    """The address at which a desk's page is served meanwhile."""
    from cxr_lens.agents.chat.server import _listen, make_app  # noqa: PLC0415  imports Gradio

    listener = _listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(desk, llms=llms), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join(20)
    desk.close()


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


Visit = Callable[..., Any]


NO_FAULT = ("AbortError", "Connection errored out")
"""A page that is left ends its own streams."""


@contextlib.contextmanager
def visiting(browser: Any, address: str) -> Iterator[Visit]:
    """`visit(size)`: a new person's page. At the end no console may hold an error and nothing may have left."""
    contexts, faults = [], []

    def open_page(size: dict[str, int] = DESKTOP, context: Any = None) -> Any:
        if context is None:
            context = browser.new_context(viewport=size, accept_downloads=True)
            context.set_default_timeout(PATIENCE)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on("request", lambda r: faults.append(r.url) if _leaves(r.url, address) else None)
        page.goto(address)
        page.wait_for_selector(".lens-viewer[data-stage=empty] .lens-start")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not any(word in fault for word in NO_FAULT)] == []


def _leaves(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:", "about:"))


def give(page: Any, data: bytes, name: str = "film.png") -> None:
    page.set_input_files("#lens-file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})


def done(page: Any) -> None:
    page.wait_for_selector(".lens-viewer[data-stage=done]")


def ask(page: Any, text: str) -> None:
    count = page.locator("#lens-chat .lens-asked").count()
    page.fill("#lens-question textarea", text)
    page.press("#lens-question textarea", "Enter")
    page.wait_for_function(f"document.querySelectorAll('#lens-chat .lens-asked').length > {count}")
    page.wait_for_function("!document.body.classList.contains('lens-busy')")
