"""One question to a scripted server: every fault is retried where sensible, bounded, recorded; the key stays secret."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from cxr_lens.agents.llm.budget import Budget, Price, Spending, usage
from cxr_lens.agents.llm.cache import Answer, AnswerCache
from cxr_lens.agents.llm.client import LanguageModel
from cxr_lens.agents.llm.faults import LlmError
from cxr_lens.agents.settings import Settings
from cxr_lens.agents.writer import StoppedError

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is there?"}]
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
KEY = "sk-test-4f2a9c"


class Asking:
    """A model on the scripted server, with its waits recorded instead of waited."""

    def __init__(self, settings: Settings, name: str = "toy", **more: Any):
        self.waits: list[float] = []
        self.model = LanguageModel(settings, name, sleep=self.waits.append, **more)
        self.spending = Spending(Budget())

    def ask(self, messages: list[dict[str, Any]] | None = None, **more: Any) -> Answer:
        return self.model.ask(messages or MESSAGES, self.spending, purpose="write", prompt="toy@v1", **more)

    @property
    def last(self) -> Any:
        return self.spending.calls[-1]


@pytest.fixture
def asking(llm_settings: Settings) -> Asking:
    return Asking(llm_settings)


def test_a_streamed_answer_is_whole_and_counted(llm_server: Any, asking: Asking) -> None:
    llm_server.play("There is one box, and it lies low.")
    answer = asking.ask()
    assert answer.text == "There is one box, and it lies low."
    assert (answer.input_tokens, answer.output_tokens, answer.tokens_estimated) == (100, 50, False)
    (body,) = llm_server.requests
    assert body["model"] == "toy"
    assert body["stream"] is True
    assert body["temperature"] == 0
    assert body["seed"] == 0
    assert body["messages"] == MESSAGES
    assert asking.last.attempts == 1
    assert asking.last.ok


def test_streamed_tool_calls_arrive_with_their_arguments(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.calls(("gradcam", {"model": "finetuned", "finding": "Edema"}), ("predict", "{broken")))
    answer = asking.ask(tools=[{"type": "function", "function": {"name": "gradcam", "parameters": SCHEMA}}])
    good, bad = answer.requests
    assert (good.name, good.arguments, good.problem) == ("gradcam", {"model": "finetuned", "finding": "Edema"}, None)
    assert bad.problem is not None


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 529])
def test_a_passing_fault_is_tried_again_with_growing_waits(llm_server: Any, asking: Asking, code: int) -> None:
    llm_server.play(llm_server.status(code), llm_server.status(code), "At last.")
    assert asking.ask().text == "At last."
    assert asking.waits == [1.0, 2.0]
    assert asking.last.attempts == 3
    assert len(asking.last.faults) == 2


def test_retry_after_is_kept_to(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.status(429, Retry_After="7"), llm_server.status(503, retry_after_ms="250"), "Now.")
    asking.ask()
    assert asking.waits == [7.0, 0.25]


@pytest.mark.parametrize("said", ["3600", "Fri, 31 Dec 2199 23:59:59 GMT", "inf"])
def test_a_wait_longer_than_the_run_can_afford_ends_it(llm_server: Any, asking: Asking, said: str) -> None:
    llm_server.play(llm_server.status(429, Retry_After=said), "Too late.")
    with pytest.raises(LlmError, match="longer than this run can"):
        asking.ask()
    assert asking.waits == []


def test_what_keeps_failing_is_given_up_after_three_attempts(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.status(503))
    with pytest.raises(LlmError, match=r"the server failed \(503\) \(3 attempts\)"):
        asking.ask()
    assert len(llm_server.requests) == 3
    assert asking.last.ok is False
    assert asking.last.attempts == 3


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        (401, "bad key", "refuses the key"),
        (403, "forbidden", "refuses the key"),
        (404, "no such model", "does not know the model"),
        (418, "teapot", "answered 418"),
        (429, "You exceeded your current quota", "quota is used up"),
        (302, "elsewhere", "302"),
    ],
)
def test_a_lasting_fault_is_not_tried_again(
    llm_server: Any, asking: Asking, code: int, message: str, told: str
) -> None:
    llm_server.play(llm_server.status(code, message, Location="http://192.0.2.1/v1"))
    with pytest.raises(LlmError, match=told) as error:
        asking.ask()
    assert message not in str(error.value)  # a report shows our words, never the server's
    assert len(llm_server.requests) == 1


def broken(server: Any) -> dict[str, Any]:
    chunk = '{"id":"1","object":"chat.completion.chunk","created":1,"model":"toy","choices":'
    return {
        "dropped stream": server.dropped("There is"),
        "no finish": server.text("There is one", finish=None),
        "empty": server.text(""),
        "only done": server.body("data: [DONE]\n\n"),
        "no events": server.body(""),
        "not a stream": server.body('{"choices": []}', "application/json"),
        "html": server.body("<html>Bad gateway</html>", "text/html"),
        "malformed event": server.body('data: {"choices": [{"delta"\n\n'),
        "list": server.body("data: [1, 2]\n\n"),
        "null delta": server.body(f'data: {chunk}[{{"index":0,"delta":null}}]}}\n\ndata: [DONE]\n\n'),
        "no delta": server.body(f'data: {chunk}[{{"index":0}}]}}\n\ndata: [DONE]\n\n'),
        "choices are text": server.body(f'data: {chunk}"x"}}\n\ndata: [DONE]\n\n'),
        "error event": server.body('data: {"error": {"message": "out of memory", "code": 500}}\n\n'),
    }


@pytest.mark.parametrize("name", list(broken(MagicMock())))
def test_a_broken_answer_is_asked_for_again(llm_server: Any, asking: Asking, name: str) -> None:
    llm_server.play(broken(llm_server)[name], "Whole.")
    assert asking.ask().text == "Whole."
    assert asking.last.attempts == 2
    assert len(asking.last.faults) == 1


@pytest.mark.parametrize(
    "refusal", ["I'm sorry, but I can't assist with that.", "I cannot interpret medical images.", "As an AI, no."]
)
def test_a_refusal_is_told_as_one(llm_server: Any, asking: Asking, refusal: str) -> None:
    llm_server.play(refusal)
    with pytest.raises(LlmError, match="refused to answer"):
        asking.ask()


def test_filtered_content_is_a_refusal(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.text("The", finish="content_filter"))
    with pytest.raises(LlmError, match="refused"):
        asking.ask()


def test_a_huge_answer_is_stopped(llm_server: Any, asking: Asking) -> None:
    llm_server.play("The film shows effusion. " * 8192)  # 200 KB
    with pytest.raises(LlmError, match="longer than 40000 characters"):
        asking.ask()
    assert len(llm_server.requests) == 1


def test_a_flood_of_bytes_that_are_no_answer_is_stopped(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.body(": " + "x" * 3_000_000 + "\n\n"))
    with pytest.raises(LlmError, match="far more than an answer"):
        asking.ask()


def test_a_server_that_only_keeps_the_line_open_is_left_in_time(llm_server: Any, llm_settings: Settings) -> None:
    asking = Asking(llm_settings.model_copy(update={"llm_timeout": 0.3}))
    llm_server.play(llm_server.silent())
    start = time.monotonic()
    with pytest.raises(LlmError, match="did not finish its answer"):
        asking.ask()
    assert time.monotonic() - start < 8
    assert asking.last.attempts == 3


def test_a_server_that_is_not_there_is_told_as_such(llm_settings: Settings) -> None:
    asking = Asking(llm_settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9/v1"}))
    with pytest.raises(LlmError, match="cannot be reached"):
        asking.ask()


@pytest.mark.parametrize(
    ("word", "gone"),
    [("json_schema", "schema"), ("response_format", "json"), ("tools", "tools"), ("seed", "seed")],
)
def test_what_a_server_does_not_know_is_left_out_and_remembered(
    llm_server: Any, asking: Asking, word: str, gone: str
) -> None:
    llm_server.play(llm_server.rejecting(word, llm_server.text("Understood.")))
    tools = [{"type": "function", "function": {"name": "predict", "parameters": {}}}]
    assert asking.ask(schema=SCHEMA, tools=tools).text == "Understood."
    assert word not in json.dumps(llm_server.requests[-1])
    before = len(llm_server.requests)
    asking.ask(schema=SCHEMA, tools=tools)
    assert len(llm_server.requests) == before + 1
    assert asking.waits == []


def test_json_mode_stands_in_for_a_schema(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.rejecting("json_schema", llm_server.text("{}")))
    asking.ask(schema=SCHEMA)
    assert llm_server.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert llm_server.requests[-1]["response_format"] == {"type": "json_object"}


def test_a_picture_a_server_cannot_take_is_left_out(llm_server: Any, llm_settings: Settings) -> None:
    asking = Asking(llm_settings.model_copy(update={"llm_vision": "yes"}))
    llm_server.play(llm_server.rejecting("image_url", llm_server.text("Text will do.")))
    url = {"url": "data:image/png;base64,AAAA"}
    parts = [{"type": "text", "text": "See."}, {"type": "image_url", "image_url": url}]
    assert asking.model.sees
    asking.ask([{"role": "user", "content": parts}])
    assert llm_server.requests[0]["messages"][0]["content"] == parts
    assert llm_server.requests[-1]["messages"][0]["content"] == "See."
    assert not asking.model.sees


def test_a_server_that_rejects_everything_ends_the_call(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.status(400, "no"))
    with pytest.raises(LlmError, match="does not accept the request"):
        asking.ask(schema=SCHEMA)
    assert len(llm_server.requests) < 8


@pytest.mark.parametrize(
    ("name", "setting", "sees"),
    [
        ("gpt-4o-mini", "auto", True),
        ("qwen2.5-vl-7b", "auto", True),
        ("llama3.1", "auto", False),
        ("llama3.1", "yes", True),
        ("gpt-4o", "no", False),
    ],
)
def test_pictures_go_to_models_that_take_them(llm_settings: Settings, name: str, setting: str, sees: bool) -> None:
    asking = Asking(llm_settings.model_copy(update={"llm_vision": setting}), name)
    assert asking.model.sees is sees


def test_tokens_are_estimated_where_the_server_does_not_count(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.text("x" * 40, usage=False))
    answer = asking.ask()
    assert answer.tokens_estimated
    assert answer.output_tokens == 10


def test_the_same_question_is_answered_from_the_cache(
    llm_server: Any, llm_settings: Settings, tmp_path: Path
) -> None:
    asking = Asking(llm_settings, cache=AnswerCache(tmp_path), prices={"toy": Price(input=10, output=40)})
    llm_server.play("First.", "Second.", "Third.", "Fourth.")
    assert asking.ask().text == "First."
    assert asking.last.cost == pytest.approx((100 * 10 + 50 * 40) / 1e6)
    assert asking.ask().text == "First."
    assert (asking.last.cached, asking.last.attempts, asking.last.cost) == (True, 0, 0)
    assert asking.ask(repeat=1).text == "Second."
    assert asking.ask([{"role": "user", "content": "Else?"}]).text == "Third."
    assert (
        Asking(llm_settings.model_copy(update={"llm_seed": 5}), cache=AnswerCache(tmp_path)).ask().text == "Fourth."
    )
    assert len(llm_server.requests) == 4
    summed = usage(asking.spending.calls)
    assert summed is not None
    assert summed.cost == pytest.approx(3 * 0.003)


def test_failures_are_not_cached_and_a_broken_file_is_asked_anew(
    llm_server: Any, llm_settings: Settings, tmp_path: Path
) -> None:
    asking = Asking(llm_settings, cache=AnswerCache(tmp_path))
    llm_server.play(llm_server.status(401), "Good.", "Again.")
    with pytest.raises(LlmError):
        asking.ask()
    assert asking.ask().text == "Good."
    (file,) = tmp_path.rglob("*.json")
    file.write_text("{")
    assert asking.ask().text == "Again."


def test_the_key_is_in_no_log_message_answer_or_cache(
    llm_server: Any, llm_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asking = Asking(llm_settings, cache=AnswerCache(tmp_path))
    llm_server.play(
        llm_server.status(503, f"Authorization: Bearer {KEY}"), f"Your key is {KEY}.", llm_server.status(401, KEY)
    )
    assert asking.ask().text == "Your key is [key]."
    with pytest.raises(LlmError) as error:
        asking.ask(repeat=1)
    assert KEY.encode() in llm_server.raw[0]  # it was sent, so there was something to keep
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for place in (str(error.value), repr(asking.spending.calls), repr(asking.model.settings), caplog.text):
        assert KEY not in place
    assert KEY.encode() not in written


def test_environment_variables_of_the_libraries_change_nothing(
    llm_server: Any, llm_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "LANGSMITH_ENDPOINT"):
        monkeypatch.setenv(name, "http://192.0.2.1:1")
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "x")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    llm_server.play("Here.")
    assert Asking(llm_settings).ask().text == "Here."
    assert b"sk-other" not in llm_server.raw[0]
    assert os.environ["LANGSMITH_TRACING"] == "true"


def test_a_call_past_the_time_of_the_case_is_not_made(llm_server: Any, asking: Asking) -> None:
    llm_server.play("Late.")
    asking.spending = Spending(Budget(seconds=1e-9))
    with pytest.raises(LlmError, match="seconds is used up"):
        asking.ask()
    assert llm_server.requests == []


def test_the_text_so_far_is_told_as_it_streams_and_without_the_key(llm_server: Any, asking: Asking) -> None:
    llm_server.play(llm_server.paced("One. ", f"Two {KEY}. ", "Three."))
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)
        llm_server.beats.release()

    answer = asking.ask(on_text=hear)
    assert heard[0] in ("", "One. ")  # while the server still holds the rest back
    assert heard[-1].strip() == answer.text == "One. Two [key]. Three."
    assert all(KEY not in text for text in heard)


@pytest.mark.parametrize("play", ["silent", "paced", "limited"])
def test_a_stop_ends_the_wait_at_once_whatever_the_server_does(llm_server: Any, asking: Asking, play: str) -> None:
    llm_server.play(
        {
            "silent": llm_server.silent(),
            "paced": llm_server.paced("One. ", "Two."),
            "limited": llm_server.status(429, Retry_After="30"),
        }[play]
    )
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    start = time.monotonic()
    with pytest.raises(StoppedError):
        asking.ask(stop=stop)
    assert time.monotonic() - start < 3
    assert not asking.last.ok
