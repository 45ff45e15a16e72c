"""A scripted OpenAI-compatible server on this machine, to try scores and comparisons without a language model.

    python -m cxr_lens.evals.ab.scripted_server --port 8765 --flaw sides --prompt case_explainer@v2

It answers with sentences made of the evidence in the prompt (scripted_answers.py); with `--flaw` those to one prompt
are spoilt in a known way. Point LENS at it with CXR_LENS_LLM_BASE_URL=http://127.0.0.1:8765/v1 and any model's name.
Answers are streamed as chat completions, tokens counted as a quarter of the characters.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from ...agents.llm.budget import estimate_tokens
from ...prompts.loader import PromptError, load_prompt
from ...training.console import CommandParser, say
from ...training.errors import RequestError
from .scripted_answers import FLAWS, answer

HOST = "127.0.0.1"
MOST_BYTES = 20_000_000
"""Of a request: a prompt with its picture takes a twentieth."""

Answer = Callable[[Sequence[Mapping[str, Any]]], str]


@contextmanager
def scripted_server(reply: Answer, port: int = 0) -> Iterator[str]:
    """The server's base URL while it runs in threads of its own; port 0 is any that is free."""
    server = _Server((HOST, port), reply)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], reply: Answer):
        super().__init__(address, _Handler)
        self.reply = reply


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if self.path != "/v1/chat/completions" or size > MOST_BYTES:
            self.send_error(404 if size <= MOST_BYTES else 413)
            return
        try:
            request = json.loads(self.rfile.read(size))
            text = cast("_Server", self.server).reply(request["messages"])
        except (ValueError, KeyError, TypeError, IndexError):
            self.send_error(400, "not a chat this server can answer")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for event in _events(request, text):
            self.wfile.write(f"data: {event}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line per request would bury what matters."""


def _events(request: Mapping[str, Any], text: str) -> Iterator[str]:
    base = {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": request.get("model", "")}
    for delta, finish in (({"role": "assistant", "content": text}, None), ({}, "stop")):
        yield json.dumps({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    read, written = estimate_tokens(json.dumps(request["messages"])), estimate_tokens(text)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    yield json.dumps({**base, "choices": [], "usage": usage})
    yield "[DONE]"


def _take_time(reply: Answer, latency: float, messages: Sequence[Mapping[str, Any]]) -> str:
    began = time.perf_counter()
    text = reply(messages)
    time.sleep(max(0.0, latency - (time.perf_counter() - began)))
    return text


def main(arguments: list[str] | None = None) -> int:
    parser = CommandParser("scripted_server", __doc__.partition("\n")[0] if __doc__ else "")
    parser.prog = "python -m cxr_lens.evals.ab.scripted_server"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "flaws:\n" + "\n".join(
        f"  {name:<10} {what} ({metric})" for name, (what, metric) in FLAWS.items()
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--flaw", choices=list(FLAWS), help="how answers are spoilt; without it they are not")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds every answer takes at least")
    parser.add_argument("--prompt", metavar="NAME@V", help="spoil only answers to this prompt version")
    try:
        asked = parser.parse_args(arguments)
        if asked.prompt is not None:
            load_prompt(asked.prompt)
        reply = partial(answer, flaw=asked.flaw, prompt=asked.prompt)
        server = _Server((HOST, asked.port), partial(_take_time, reply, asked.latency))
    except (RequestError, PromptError, OSError) as error:
        say(f"scripted_server: {error}")
        return 2
    say(f"http://{HOST}:{server.server_port}/v1 answers by a script, no language model; Ctrl-C ends it")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
