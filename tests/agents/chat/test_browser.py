"""The chat as a person uses it, in a real headless browser: upload, look, ask, stop, new case, two people.

    python -m pytest -m browser tests/agents/chat/test_browser.py

Needs Chromium (`apt-get install chromium`) and Playwright's Python package; its own browsers are not needed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cxr_lens.agents.chat.desk import Desk
from cxr_lens.agents.chat.store import Store
from cxr_lens.agents.explanation.checker import check_draft
from cxr_lens.tools.panels.drawing import colour_heat, shared_maximum
from cxr_lens.training.models.classifier import Classifier

from .browsing import DESKTOP, PHONE, Visit, ask, done, give, in_browser, serving
from .conftest import NAME

pytestmark = in_browser


class SlowDesk(Desk):
    """A desk whose runs can be held, so that a test can press Stop."""

    hold = 0.0

    def explain(self, live: Any) -> None:
        live.tell(stage="looking")
        end = time.monotonic() + self.hold
        while time.monotonic() < end and not live.stop.is_set():
            time.sleep(0.02)
        super().explain(live)


@pytest.fixture(scope="module")
def slow_desk(
    tmp_path_factory: pytest.TempPathFactory, tiny_pair: tuple[Classifier, Classifier], bundled: Path
) -> SlowDesk:
    return SlowDesk(Store(tmp_path_factory.mktemp("browser") / "chat"), check_draft, pair=tiny_pair, films=bundled)


@pytest.fixture(scope="module")
def address(slow_desk: SlowDesk) -> Iterator[str]:
    with serving(slow_desk) as url:
        yield url


def test_upload_look_ask_and_evidence(visit: Visit, film_png: bytes) -> None:
    page = visit()
    give(page, film_png)
    done(page)
    assert page.locator(".lens-research").is_visible()
    assert page.locator(".lens-summary > li").count() >= 1
    assert "predicted" in page.locator(".lens-difficulty").inner_text()
    assert page.locator(".lens-table [data-slug]").count() == 14
    assert "heatmap" in page.locator(".lens-frame img").first.get_attribute("alt")
    assert page.evaluate("document.querySelector('.lens-sheet img').naturalWidth") > 100
    page.locator("#lens-chat").get_by_text(re.compile(r"\d+ tool calls, ")).first.wait_for()
    ask(page, "why does the baseline call effusion?")
    said = page.locator("#lens-chat .lens-said").last.locator("li").first  # the first list is the explanation's
    assert "pleural effusion" in said.inner_text()
    assert page.locator("#lens-finding").input_value() == "pleural-effusion"  # the film follows the answer
    said.locator("a").first.click()
    opened = page.locator(".lens-evidence details[open]")
    opened.wait_for()
    assert "threshold" in opened.locator("pre").inner_text()


def test_an_overlay_changes_within_100_ms_and_without_asking_the_server(visit: Visit, film_png: bytes) -> None:
    page = visit()
    give(page, film_png)
    done(page)
    page.wait_for_timeout(1500)  # boxes of further findings come after the run
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    took = page.evaluate("""() => {
      const times = [];
      const timed = (act) => {
        const t = performance.now();
        act();
        document.body.offsetHeight;  // the layout is part of the change
        times.push(performance.now() - t);
      };
      const set = (element, value, kind) => timed(() => {
        element.value = value;
        element.dispatchEvent(new Event(kind));
      });
      const select = document.querySelector("#lens-finding"), heat = document.querySelector("#lens-heat");
      for (const option of select.options) set(select, option.value, "change");
      for (const value of [0, 30, 100]) set(heat, value, "input");
      for (const radio of document.querySelectorAll("input[name=lens-mode]")) timed(() => radio.click());
      const scale = document.querySelector("#lens-scale");
      for (const value of ["own", "shared"]) set(scale, value, "change");
      return times;
    }""")
    assert len(took) > 15
    assert sorted(took)[-2] < 100, took  # one may fall into a pause of a loaded machine
    assert asked == []


def test_the_browser_draws_the_colours_every_other_picture_has(
    visit: Visit, slow_desk: SlowDesk, film_png: bytes
) -> None:
    page = visit()
    give(page, film_png)
    done(page)
    page.select_option("#lens-finding", "cardiomegaly")
    thread = page.evaluate("sessionStorage.getItem('lens-thread')")
    bench = next(live.bench for key, live in slow_desk._live.items() if key == thread)
    assert bench is not None
    drawn = page.evaluate("""() => {
      const c = document.querySelector("[data-role=finetuned] canvas");
      return [c.width, c.height, [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]];
    }""")
    width, height, data = drawn
    picture = np.array(data, np.float32).reshape(height, width, 4)
    heat = bench.heat("finetuned", "Cardiomegaly", (height, width))
    expected = colour_heat(heat, shared_maximum(bench, "Cardiomegaly")) * 255
    assert np.abs(picture[..., 3] - expected[..., 3]).max() <= 3
    strong = expected[..., 3] > 20  # a browser keeps colours premultiplied: faint ones are rounded
    assert np.abs(picture[strong] - expected[strong]).max() <= 8


def test_a_run_can_be_stopped(visit: Visit, slow_desk: SlowDesk, film_png: bytes) -> None:
    slow_desk.hold = 120
    try:
        page = visit()
        give(page, film_png)
        page.wait_for_selector(".lens-viewer[data-stage=looking]")
        page.click("#lens-stop")
        page.wait_for_selector(".lens-viewer[data-stage=stopped]")
        assert page.locator("#lens-chat .lens-stopped").is_visible()
    finally:
        slow_desk.hold = 0


def test_new_case_forgets_and_a_reload_brings_the_open_one_back(visit: Visit, film_png: bytes) -> None:
    page = visit()
    give(page, film_png)
    done(page)
    ask(page, "which is right?")
    page.reload()
    done(page)
    assert "which is right?" in page.locator("#lens-chat .lens-asked").inner_text()
    assert page.locator(".lens-frame img").first.is_visible()
    page.click("#lens-new")
    page.wait_for_selector(".lens-start")
    page.wait_for_function("() => !document.querySelector('#lens-chat .lens-asked')")  # film and chat are drawn apart
    assert page.locator(".lens-summary > li").count() == 0 or not page.locator(".lens-explained").is_visible()
    page.reload()
    page.wait_for_selector(".lens-start")
    page.click("#lens-past-list summary")
    page.click("#lens-past-list .lens-link")
    done(page)
    with page.expect_download() as download:
        page.click("#lens-exports a[data-kind=json]")
    assert download.value.suggested_filename.endswith(".json")
    page.click("#lens-past-list summary") if not page.locator("#lens-past-list[open]").count() else None
    page.locator("#lens-past-list li .lens-danger").first.click()
    page.locator("#lens-past-list").get_by_text("Really delete?").click()
    page.wait_for_selector(".lens-start")
    assert page.locator("#lens-past-list li").count() == 0


def test_all_past_cases_are_deleted_at_the_second_press(visit: Visit, slow_desk: SlowDesk, film_png: bytes) -> None:
    page = visit()
    for name in ("one.png", "two.png"):
        give(page, film_png, name)
        done(page)
        page.wait_for_function(f"document.querySelector('.lens-title h2').textContent === '{name[:3]}'")
    kept = len(list(slow_desk.store.films.glob("*.npz")))
    page.click("#lens-past-list summary")
    page.click("#lens-delete-all")
    assert page.locator("#lens-past-list li").count() == 2
    page.click("#lens-delete-all")
    page.wait_for_selector(".lens-start")
    page.wait_for_function("document.querySelectorAll('#lens-past-list li').length === 0")
    assert len(list(slow_desk.store.films.glob("*.npz"))) == kept - 2


def test_two_people_never_see_each_others_film(visit: Visit, film_png: bytes, film_dicom: bytes) -> None:
    anna, ben = visit(), visit()
    give(anna, film_png, "annas-film.png")
    give(ben, film_dicom, f"{NAME}.dcm")
    done(anna)
    done(ben)
    ask(ben, "how good is the film?")
    assert "annas-film" in anna.content()
    assert "annas-film" not in ben.content()
    assert "how good is the film?" not in anna.content()
    thread = anna.evaluate("sessionStorage.getItem('lens-thread')")
    address = ben.evaluate("thread => new URL('lens/film/' + thread, location.href).href", thread)
    assert ben.request.get(address).status == 404  # with ben's cookies
    ben.evaluate(f"sessionStorage.setItem('lens-thread', '{thread}')")
    ben.reload()
    ben.wait_for_selector(".lens-start")
    assert "annas-film" not in ben.content()


def test_two_tabs_of_one_person_hold_two_cases(visit: Visit, film_png: bytes) -> None:
    first = visit()
    give(first, film_png, "first.png")
    done(first)
    second = visit(context=first.context)
    give(second, film_png, "second.png")
    done(second)
    ask(second, "which is right?")
    ask(first, "what was not assessed?")
    assert first.locator(".lens-title h2").inner_text() == "first"
    assert first.locator("#lens-chat .lens-asked").count() == 1


def test_a_dicom_shows_no_identifier(visit: Visit, film_dicom: bytes) -> None:
    page = visit()
    give(page, film_dicom, f"{NAME}.dcm")
    done(page)
    assert page.locator(".lens-title h2").inner_text() == "DICOM film"
    page.click(".lens-quality summary")
    assert "PatientName" in page.locator(".lens-quality dl").inner_text()
    for secret in ("PENGUIN", "ID-4711-SECRET", "ACCESSION-99", "Colony"):
        assert secret not in page.content()


def test_a_broken_file_is_refused_with_a_reason_and_the_next_one_works(visit: Visit, film_png: bytes) -> None:
    page = visit()
    give(page, b"\x89PNG\r\n\x1a\n broken")
    alert = page.locator(".lens-alert")
    alert.wait_for()
    assert "complete PNG" in alert.inner_text()
    give(page, film_png)
    done(page)
    assert "complete PNG" not in page.locator(".lens-viewer").inner_text()


def test_a_photograph_is_named_as_no_film_with_a_way_on(visit: Visit, photograph: bytes) -> None:
    page = visit()
    give(page, photograph, "holiday.jpg")
    done(page)
    words = page.locator(".lens-alert").inner_text()
    assert "Not a frontal chest radiograph" in words
    assert "Give the grey film" in words


def test_a_film_can_be_pasted_and_dropped(visit: Visit, film_png: bytes) -> None:
    page = visit()
    send = """([bytes, kind]) => {
      const file = new File([new Uint8Array(bytes)], "handed.png", { type: "image/png" });
      const data = new DataTransfer();
      data.items.add(file);
      const shared = { bubbles: true, cancelable: true };
      const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, ...shared })
        : new DragEvent("drop", { dataTransfer: data, ...shared });
      document.body.dispatchEvent(event);
    }"""
    page.evaluate(send, [list(film_png), "drop"])
    done(page)
    assert page.locator(".lens-title h2").inner_text() == "handed"
    page.click("#lens-new")
    page.wait_for_selector(".lens-start")
    page.evaluate(send, [list(film_png), "paste"])
    done(page)


def test_a_bundled_case_opens_with_the_truth_when_it_is_asked_for(visit: Visit) -> None:
    page = visit()
    page.click("#lens-options button")
    page.get_by_label("Show the truth to the writer").check()
    page.click(".lens-card")
    done(page)
    assert "truth revealed" in page.locator(".lens-badges").inner_text()
    assert "truth: positive" in page.locator(".lens-table").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1280", "390"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_both_themes_fit_both_widths(visit: Visit, film_png: bytes, size: dict[str, int], theme: str) -> None:
    page = visit(size)
    if theme == "light":
        page.click("#lens-theme")
    give(page, film_png)
    done(page)
    assert page.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    top = page.evaluate("document.querySelector('.lens-research').getBoundingClientRect().top")
    assert 0 <= top < 60  # "research only" stays in sight wherever the page is scrolled to
    back, ink = page.evaluate(
        """() => {
          const s = getComputedStyle(document.querySelector('.lens-case'));
          return [s.backgroundColor, s.color];
        }"""
    )
    assert _contrast(back, ink) >= 7


def test_everything_is_reached_with_the_keyboard_and_named(
    visit: Visit, slow_desk: SlowDesk, film_png: bytes
) -> None:
    page = visit()
    give(page, film_png)
    done(page)
    page.wait_for_timeout(1500)
    thread = page.evaluate("sessionStorage.getItem('lens-thread')")
    live = next(live for key, live in slow_desk._live.items() if key == thread)
    box = {
        "at": [40, 40, 120, 120],
        "title": "Box 1: right; right mid lung",
    }  # the tiny pair's maps are too flat for one
    live.details["baseline", "Cardiomegaly"] |= {"boxes": [box]}
    ask(page, "what was not assessed?")
    page.select_option("#lens-finding", "cardiomegaly")
    page.focus("#lens-new")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('class') || ''"))
    assert {"lens-theme", "lens-finding", "lens-heat", "lens-boxes", "lens-divider", "lens-name"} <= reached
    boxed = page.locator(".lens-viewer .over:visible").count() > 0  # these models may mark no box on this film
    assert ("over" in reached) == boxed  # a box tells what it is when it is focused
    page.focus("#lens-divider")
    page.keyboard.press("Home")
    assert page.evaluate("getComputedStyle(document.querySelector('.lens-frames')).getPropertyValue('--cut')") == "0%"
    unnamed = page.evaluate("""() => {
      const named = (e) => e.getAttribute("aria-label") || e.getAttribute("alt") !== null || e.textContent.trim()
        || (e.labels && [...e.labels].some((l) => l.textContent.trim()));
      const parts = [".lens-viewer button", ".lens-viewer input", ".lens-viewer select", ".lens-viewer img",
        "#lens-header button", ".lens-files a"];
      const shown = [...document.querySelectorAll(parts.join())].filter((e) => e.offsetParent);
      return shown.filter((e) => !named(e)).map((e) => e.outerHTML);
    }""")
    assert unnamed == []


def _contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio of two `rgb(...)` colours."""

    def light(colour: str) -> float:
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)
