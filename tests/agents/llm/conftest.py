"""What the LLM tests share: a scripted OpenAI-compatible server over loopback, and a brief made with the real tools."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cxr_lens.agents.case import quality_evidence
from cxr_lens.agents.records import CaseReport, Difficulty, Level
from cxr_lens.agents.settings import Settings
from cxr_lens.agents.state import Brief
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.findings import CHEXPERT
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

KEY = "sk-test-4f2a9c"
MakeBrief = Callable[..., Brief]
Play = Callable[[dict[str, Any]], Response]


@dataclass
class ScriptedServer:
    """Answers each request with the next play of its script, the last one again and again. Speaks the wire format."""

    url: str
    script: list[Play] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies, in order."""
    raw: list[bytes] = field(default_factory=list)
    """Every byte of every request: line, headers and body."""
    stop: bool = False
    beats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """What `paced` waits for."""

    def play(self, *plays: Play | str) -> None:
        self.script += [self.text(play) if isinstance(play, str) else play for play in plays]

    def answer(self, request: Request) -> Response:
        body = request.get_data()
        head = f"{request.method} {request.url}\n" + "".join(f"{k}: {v}\n" for k, v in request.headers)
        self.raw.append(head.encode() + b"\n" + body)
        self.requests.append(json.loads(body))
        play = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return play(self.requests[-1])

    # ── plays ────────────────────────────────────────────────────────────────────────────────────────────────

    def text(self, text: str, finish: str | None = "stop", usage: bool = True) -> Play:
        """A streamed answer, a few characters a chunk."""
        step = max(7, len(text) // 200)
        deltas: list[dict[str, Any]] = [{"content": text[at : at + step]} for at in range(0, len(text), step)]
        return self.deltas(deltas, finish, (100, 50) if usage else None)

    def calls(self, *calls: tuple[str, Any]) -> Play:
        """Streamed tool calls, `(name, arguments)`; arguments as text are sent as they are, in two pieces."""
        deltas = []
        for index, (name, arguments) in enumerate(calls):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            half = len(text) // 2
            first = {"index": index, "id": f"call_{index}", "type": "function"}
            deltas += [
                {"tool_calls": [{**first, "function": {"name": name, "arguments": text[:half]}}]},
                {"tool_calls": [{"index": index, "function": {"arguments": text[half:]}}]},
            ]
        return self.deltas(deltas, "tool_calls", (100, 20))

    def deltas(self, deltas: list[dict[str, Any]], finish: str | None, usage: tuple[int, int] | None) -> Play:
        return lambda request: _stream(_events(request, deltas, finish, usage))

    def paced(self, *parts: str) -> Play:
        """A streamed answer whose every part but the first waits for a beat, or for the test's end."""

        def events(request: dict[str, Any]) -> Iterator[str]:
            whole = list(_events(request, [{"content": part} for part in parts], "stop", (100, 50)))
            yield from whole[:2]  # the role, and the first part
            for event in whole[2 : 1 + len(parts)]:
                while not self.stop and not self.beats.acquire(timeout=0.05):
                    yield ": waiting\n\n"
                yield event
            yield from whole[1 + len(parts) :]

        return lambda request: _stream(events(request))

    def dropped(self, text: str) -> Play:
        """The connection ends in the middle of the stream."""
        events = [{"role": "assistant", "content": ""}, {"content": text}]
        return lambda request: _stream(itertools.islice(_events(request, events, None, None), 2))

    def status(self, code: int, message: str = "no", **headers: str) -> Play:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps({"error": {"message": message, "type": "error", "code": None}})
        return lambda _: Response(body, code, headers, content_type="application/json")

    def silent(self) -> Play:
        """Headers, then comments that keep the connection alive, until the test ends or ten seconds are over."""

        def events() -> Iterator[str]:
            start = time.monotonic()
            while not self.stop and time.monotonic() - start < 10:
                yield ": keep-alive\n\n"
                time.sleep(0.05)

        return lambda _: Response(events(), content_type="text/event-stream")

    def body(self, body: bytes | str, kind: str = "text/event-stream") -> Play:
        return lambda _: Response(body, content_type=kind)

    def rejecting(self, word: str, play: Play) -> Play:
        """400 while the request contains a field named `word`, else `play`."""

        def choose(request: dict[str, Any]) -> Response:
            if f'"{word}"' in json.dumps(request):
                return self.status(400, f"Unrecognized request argument supplied: {word}")(request)
            return play(request)

        return choose


def _events(
    request: dict[str, Any], deltas: list[dict[str, Any]], finish: str | None, usage: tuple[int, int] | None
) -> Iterator[str]:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
    for delta in [{"role": "assistant", "content": ""}, *deltas]:
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield f"data: {json.dumps({**base, 'choices': [choice]})}\n\n"
    if finish is not None:
        yield f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': finish}]})}\n\n"
    if usage is not None and request.get("stream_options", {}).get("include_usage"):
        counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': counted})}\n\n"
    yield "data: [DONE]\n\n"


def _stream(events: Iterator[str]) -> Response:
    return Response(events, content_type="text/event-stream")


@contextlib.contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    with HTTPServer(host="127.0.0.1", threaded=True) as http:
        server = ScriptedServer(http.url_for("/v1"))
        http.expect_request("/v1/chat/completions", method="POST").respond_with_handler(server.answer)
        yield server
        server.stop = True
        http.check()


@pytest.fixture
def llm_server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def llm_settings(llm_server: ScriptedServer, tmp_path: Path) -> Settings:
    return Settings(
        llm_base_url=llm_server.url,
        llm_api_key=SecretStr(KEY),
        cache_folder=tmp_path / "cache",
        llm_timeout=20,
    )


@pytest.fixture(scope="session")
def make_brief(make_report: Callable[..., CaseReport], tiny_bench: Workbench) -> MakeBrief:
    """`make_brief(blind=False, finding=None, level="hard")`: what a writer gets of the tiny case."""
    report_of = cache(make_report)

    def make(blind: bool = False, finding: str | None = None, level: Level = "hard") -> Brief:
        report = report_of(blind, finding)
        return Brief(
            case_id=report.case_id,
            finding=finding,
            blind=blind,
            difficulty=Difficulty(level=level, basis="user", finding=finding, reasons=("set by the user",)),
            evidence=(quality_evidence(tiny_bench), *report.evidence),
            findings=CHEXPERT,
        )

    return make
