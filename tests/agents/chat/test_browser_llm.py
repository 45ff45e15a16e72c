"""The chat with an LLM, in a real headless browser, against the scripted server: sentences as they are checked, tool
calls as they happen, Stop in the middle, the prompts there are to choose from.

    python -m pytest -m browser tests/agents/chat/test_browser_llm.py
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cxr_lens.agents.case import explain_case
from cxr_lens.agents.chat.desk import Desk
from cxr_lens.agents.chat.records import Choices
from cxr_lens.agents.chat.store import Store
from cxr_lens.agents.explanation.checker import check_draft
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.llm.client import LanguageModel
from cxr_lens.agents.llm.writer import LlmWriter
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.settings import Settings
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.radiographs.quality import assess_quality
from cxr_lens.training.radiographs.radiograph import read_radiograph

from ..llm.conftest import ScriptedServer, scripted_server
from .browsing import Visit, ask, done, give, in_browser, serving

pytestmark = in_browser
FALSE = Sentence(
    text="The baseline calls edema with 0.99 against its threshold of 0.01.", evidence=("predict.baseline",)
)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture(scope="module")
def address(
    server: ScriptedServer,
    tmp_path_factory: pytest.TempPathFactory,
    tiny_pair: tuple[Classifier, Classifier],
    bundled: Path,
) -> Iterator[str]:
    model = LanguageModel(Settings(llm_base_url=server.url, llm_timeout=60), "toy")

    def make_writer(choices: Choices) -> Any:
        if choices.llm == "offline":
            return OfflineNarrator(choices.prompt)
        return LlmWriter(model, choices.prompt, finding=choices.finding)

    desk = Desk(
        Store(tmp_path_factory.mktemp("llm") / "chat"),
        check_draft,
        pair=tiny_pair,
        films=bundled,
        make_writer=make_writer,
        model_of=lambda name: model if name == "toy" else None,
    )
    with serving(desk, ("toy",)) as url:
        yield url


@pytest.fixture(scope="module")
def true(film_png: bytes, tiny_pair: tuple[Classifier, Classifier]) -> tuple[Sentence, ...]:
    """Sentences that pass the check on the film."""
    film = read_radiograph(film_png)
    return explain_case(Workbench("x", film, assess_quality(film), *tiny_pair)).explanation.sentences


def written(*sentences: Sentence) -> tuple[str, ...]:
    """An answer in parts: its beginning with the first sentence, then a sentence each, then its end."""
    entries = [json.dumps({"text": s.text, "evidence": list(s.evidence)}) for s in sentences]
    return ('{"sentences": [' + entries[0], *(", " + entry for entry in entries[1:]), "]}")


def script(server: ScriptedServer, *plays: Any) -> None:
    """What the LLM does from now on."""
    server.script = [server.text(play) if isinstance(play, str) else play for play in plays]
    server.requests.clear()
    server.beats = threading.Semaphore(0)


def shown(page: Any, count: int) -> list[str]:
    """The last answer's sentences in the conversation, once there are `count`."""
    page.wait_for_function(f"document.querySelectorAll('#lens-chat .lens-said li:not(.cut)').length >= {count}")
    return page.locator("#lens-chat .lens-said li:not(.cut)").all_inner_texts()


def test_sentences_and_tool_calls_appear_while_the_llm_works(
    visit: Visit, server: ScriptedServer, film_png: bytes, true: tuple[Sentence, ...]
) -> None:
    look = server.calls(
        ("gradcam", {"model": "baseline", "finding": "Fracture"}),
        ("gradcam", {"model": "finetuned", "finding": "Fracture"}),
    )
    script(
        server,
        look,
        "That is enough.",
        server.paced(*written(true[0], FALSE, true[1])),
        server.paced(*written(true[0], true[1])),
    )
    page = visit()
    give(page, film_png)
    first = shown(page, 1)
    assert true[0].text in first[0]
    assert "supported" in first[0] or "interpretation" in first[0]
    assert true[0].text in page.locator(".lens-summary").inner_text()
    assert page.get_attribute(".lens-viewer", "data-stage") == "explaining"
    assert "Being written" in page.locator(".lens-writer").inner_text()
    page.get_by_text(re.compile(r"\d+ tool calls, .* s")).first.wait_for()  # they stand there before the run is over
    server.beats.release(2)
    page.wait_for_function("document.querySelector('.lens-writer').textContent.includes('1 refused')")
    assert true[1].text in shown(page, 2)[1]
    assert FALSE.text not in page.content()  # nothing that failed the check is shown while it may still be mended
    server.beats.release(10)
    done(page)
    assert len(page.locator(".lens-summary > li").all()) == 2
    assert "Written by toy, prompt case_explainer@v1" in page.locator(".lens-writer").inner_text()
    assert [f.get("response_format") is not None for f in server.requests] == [False, False, True, True]


def test_a_tool_call_opens_on_its_arguments_duration_and_result(
    visit: Visit, server: ScriptedServer, film_png: bytes, true: tuple[Sentence, ...]
) -> None:
    script(server, "Enough.", "".join(written(true[0])))
    page = visit()
    give(page, film_png)
    done(page)
    held = json.dumps(
        {"sentences": [{"text": "One map may be wider than the other.", "evidence": ["gradcam.baseline.fracture"]}]}
    )
    script(
        server,
        server.calls(("gradcam", {"model": "finetuned", "finding": "Fracture"})),
        held.replace("baseline", "finetuned"),
    )
    ask(page, "Where does the fine-tuned model look for a fracture?")
    group = page.locator("#lens-chat").get_by_text(re.compile(r"^1 tool call, \d+\.\d\d s")).last
    group.click()
    call = page.locator("#lens-chat").get_by_text(re.compile(r"gradcam\(model=finetuned")).last
    call.wait_for()
    if not page.locator("#lens-chat").get_by_text('"finding": "Fracture"').last.is_visible():
        call.click()
    page.locator("#lens-chat").get_by_text('"finding": "Fracture"').last.wait_for()
    page.locator("#lens-chat").get_by_text("gradcam.finetuned.fracture").last.wait_for()
    page.locator("#lens-chat").get_by_text('"peak_zone"').last.wait_for()
    assert "may be wider" in shown(page, 2)[-1]


@pytest.mark.parametrize("silent", [False, True], ids=["while it writes", "while it is silent"])
def test_stop_in_the_middle_ends_the_run_at_once_and_keeps_what_was_checked(
    visit: Visit, server: ScriptedServer, film_png: bytes, true: tuple[Sentence, ...], silent: bool
) -> None:
    script(server, "Enough.", server.silent() if silent else server.paced(*written(true[0], true[1])))
    page = visit()
    give(page, film_png)
    page.locator("#lens-chat").get_by_text("toy writes").wait_for()
    if not silent:
        shown(page, 1)
    clicked = time.monotonic()
    page.click("#lens-stop")
    page.wait_for_selector(".lens-viewer[data-stage=stopped]")
    assert time.monotonic() - clicked < 5  # the server would have gone on for ten seconds, or for ever
    assert page.locator("#lens-chat .lens-stopped").is_visible()
    assert len(page.locator("#lens-chat .lens-said li").all()) == (0 if silent else 1)
    script(server, "Enough.", "".join(written(true[1])))
    page.click("#lens-options button")
    page.click("#lens-again")
    done(page)
    assert true[1].text in page.locator(".lens-summary").inner_text()


def test_the_prompts_offered_fit_the_writer_and_what_is_asked(
    visit: Visit, server: ScriptedServer, film_png: bytes, true: tuple[Sentence, ...]
) -> None:
    page = visit()
    page.click("#lens-options button")

    def choose(label: str, option: str) -> None:
        page.get_by_label(label, exact=True).click()
        page.locator("li[role=option]", has_text=option).first.click()

    def offered() -> list[str]:
        page.get_by_label("Prompt", exact=True).click()
        page.locator("li[role=option]").first.wait_for()
        names = re.findall(r"\w+@v\d+", " ".join(page.locator("li[role=option]").all_inner_texts()))
        page.keyboard.press("Escape")
        page.get_by_label("Prompt", exact=True).blur()
        return names

    explainers = ["case_explainer@v1", "case_explainer@v2", "clinical_analysis@v1", "verdict_report@v1"]
    assert offered() == explainers
    choose("About", "Edema")
    page.wait_for_function("document.querySelector('#lens-prompt input').value.startsWith('case_explainer@v1')")
    assert offered() == ["box_explainer@v1", *explainers]
    choose("Prompt", "box_explainer@v1")
    sentence = Sentence(text="Typically edema shows in both perihilar zones.", evidence=())
    script(server, "Enough.", "".join(written(sentence)))
    give(page, film_png)
    done(page)
    assert "Written by toy, prompt box_explainer@v1" in page.locator(".lens-writer").inner_text()
    choose("Writer", "offline narrator, no LLM")
    page.wait_for_function("document.querySelector('#lens-prompt input').value.startsWith('narrator@v1')")
    assert offered() == ["narrator@v1"]
    page.click("#lens-again")
    page.wait_for_function("document.querySelector('.lens-writer').textContent.includes('narrator@v1')")
