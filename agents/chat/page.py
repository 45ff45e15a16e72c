"""The screen: a Gradio Blocks around our own film viewer (viewer.html, chat.js, chat.css), and its events.

Two ways lead from the page to Python: Gradio's own components, and the `bridge`, an empty gr.HTML whose value is the
view of the case (view.py) and whose events carry what the viewer asks for. Handlers only start work and follow it.
"""

from __future__ import annotations

import contextlib
import html
import time
from collections import OrderedDict
from collections.abc import Iterator
from importlib import resources
from typing import Any

import gradio as gr
from gradio.themes import Base

from ...training.errors import RequestError
from ...training.findings import CHEXPERT
from ..settings import OFFLINE
from .desk import Desk
from .live_case import LiveCase
from .owner import owner_of
from .prompts import prompt_for, prompts_for
from .records import Choices, ThreadInfo
from .turns import turns_of
from .view import view_of

EVERYTHING = "all findings"
SETTLE = 0.2
"""Seconds."""
PAGES = 1000
"""Open pages that are told apart; a page that is forgotten only stops following its run."""
BRIDGE = """
window.lens.connect((name, data) => trigger(name, data));
watch('value', () => window.lens.show(props.value));
element.dataset.events = ['open', 'ask', 'delete', 'new'].join(' ');
"""


def read_asset(name: str) -> str:
    """One of this folder's page files."""
    return (resources.files("cxr_lens.agents.chat") / name).read_text("utf-8")


def theme() -> Base:
    """Fonts of the system: nothing is fetched."""
    fonts = ("system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
    mono = ("ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "monospace")
    return Base(primary_hue="sky", neutral_hue="slate", font=fonts, font_mono=mono)


def _html(html_template: str, **settings: Any) -> gr.HTML:
    """Our own markup, without Gradio's styles for running text."""
    return gr.HTML(html_template=html_template, **{"js_on_load": None, "apply_default_css": False, **settings})


def build_page(desk: Desk, llms: tuple[str, ...] = ()) -> gr.Blocks:
    """The app over a desk; `llms` are the models an answer may be written by besides the offline narrator."""
    handlers = Handlers(desk)
    writer = llms[0] if llms else OFFLINE
    with gr.Blocks(title="Chest X-Ray LENS", analytics_enabled=False, fill_width=True) as page:
        _html(html_template=read_asset("header.html"), elem_id="lens-header")
        where = gr.Textbox(visible=False)  # what the tab remembers over a reload
        tab = gr.State("")  # the thread that is open in this tab
        with gr.Row(elem_id="lens-main", equal_height=False):
            with gr.Column(scale=7, min_width=320, elem_id="lens-left"):
                _html(
                    html_template=read_asset("viewer.html"),
                    elem_id="lens-viewer",
                    js_on_load="window.lens.mount(element)",
                )
            with gr.Column(scale=5, min_width=320, elem_id="lens-right"):
                with gr.Accordion("Pair, writer, prompt, truth", open=False, elem_id="lens-options"):
                    pairs = desk.pairs()
                    family = gr.Dropdown(
                        [(about, key) for key, about in pairs.items()], value=next(iter(pairs), None), label="Pair"
                    )
                    with gr.Row():
                        llm = gr.Dropdown(
                            [("offline narrator, no LLM", OFFLINE), *((name, name) for name in llms)],
                            value=writer,
                            label="Writer",
                        )
                        finding = gr.Dropdown([EVERYTHING, *CHEXPERT.names], value=EVERYTHING, label="About")
                    prompt = gr.Dropdown(
                        prompts_for(writer, None),
                        value=prompt_for(writer, None),
                        label="Prompt",
                        elem_id="lens-prompt",
                    )
                    truth = gr.Checkbox(
                        False, label="Show the truth to the writer", info="Bundled cases only; uploads are blind."
                    )
                    again = gr.Button("Explain again with these", size="sm", elem_id="lens-again")
                chat = gr.Chatbot(
                    label="Conversation",
                    show_label=False,
                    elem_id="lens-chat",
                    height="var(--lens-chat-height)",
                    latex_delimiters=[],
                    buttons=[],
                    autoscroll=True,
                    group_consecutive_messages=True,
                    placeholder="Open a film, then ask about the models, their maps, a finding or a threshold.",
                )
                _html(
                    html_template='<div id="lens-suggestions" aria-label="Questions to start from"></div>',
                    js_on_load=None,
                )
                with gr.Row(elem_id="lens-ask", equal_height=True):
                    box = gr.Textbox(
                        label="Question",
                        show_label=False,
                        placeholder="Ask about this film",
                        lines=1,
                        max_lines=4,
                        max_length=2000,
                        scale=8,
                        elem_id="lens-question",
                        autofocus=False,
                    )
                    send = gr.Button("Ask", variant="primary", scale=1, min_width=64, elem_id="lens-send")
                    stop = gr.Button("Stop", variant="stop", scale=1, min_width=64, elem_id="lens-stop")
                _html(html_template=read_asset("past.html"), elem_id="lens-past")
        _html(read_asset("jump.html"), elem_id="lens-jump")
        bridge = gr.HTML(value={}, html_template="<span></span>", js_on_load=BRIDGE, elem_id="lens-bridge")
        options = [family, llm, prompt, truth, finding]
        shown = [bridge, chat, tab]
        running = {
            "concurrency_limit": None,
            "show_progress": "hidden",
            "api_visibility": "private",
            "trigger_mode": "multiple",  # else what is asked for while a run is followed would be dropped in silence
        }
        here = "() => [sessionStorage.getItem('lens-thread') || '']"
        page.load(handlers.load, [where], shown, js=here, **running)
        bridge.open(handlers.open, options, shown, **running)
        again.click(handlers.again, [tab, *options], shown, **running)
        bridge.delete(handlers.delete, [tab], shown, **running)
        bridge.new(handlers.new, [tab], shown, **running)
        for choice in (llm, finding):
            choice.input(offer_prompts, [llm, finding, prompt], prompt, **running)
        asked, answered = [tab, llm, box], [*shown, box]
        box.submit(handlers.ask, asked, answered, **running)
        send.click(handlers.ask, asked, answered, **running)
        bridge.ask(handlers.ask_suggested, [tab, llm], answered, **running)
        stop.click(handlers.stop, [tab], None, **running)
    return page


Shown = tuple[Any, Any, Any]
"""What most handlers give: the bridge's view, the thread's turns, the thread's id."""


class Handlers:
    """What the page's events do. Each names the owner from the request's cookie: nothing else opens a case."""

    def __init__(self, desk: Desk):
        self.desk = desk
        self._turns: OrderedDict[str, int] = OrderedDict()
        """Page (Gradio's session hash) -> how often its screen was given to something new."""

    def load(self, where: str, request: gr.Request) -> Iterator[Shown]:
        """A page was opened or reloaded: its tab's case comes back, with a run that still goes on."""
        owner = owner_of(request)
        if not where:
            yield self._start(request)
            return
        try:
            live = self.desk.case(owner, where)
            self.desk.wake(live)
        except RequestError as error:
            yield self._start(request, str(error))
            return
        yield from self._follow(live, request)

    def open(  # noqa: PLR0917  Gradio passes inputs by position
        self, family: str, llm: str, prompt: str, truth: bool, finding: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Shown]:
        """The viewer asks for a film: one that was just uploaded, a bundled one, or a past case."""
        owner, asked = owner_of(request), event._data
        try:
            choices = _choices(family, llm, prompt, truth, finding)
            if asked.get("bundled"):
                thread = self.desk.take_bundled(owner, str(asked["bundled"]), choices).id
            else:
                thread = str(asked.get("thread") or asked.get("past") or "")
            live = self.desk.case(owner, thread)
            if asked.get("past"):
                self.desk.wake(live)
            else:
                self.desk.explain_in_worker(live, choices)
        except RequestError as error:
            yield self._start(request, str(error))
            return
        yield from self._follow(live, request)

    def again(  # noqa: PLR0917  as above
        self, tab: str, family: str, llm: str, prompt: str, truth: bool, finding: str, request: gr.Request
    ) -> Iterator[Shown]:
        """Explain the open case anew, with the options as they stand."""
        try:
            live = self.desk.case(owner_of(request), tab)
            self.desk.explain_in_worker(live, _choices(family, llm, prompt, truth, finding))
        except RequestError as error:
            gr.Warning(_plain(error))
            yield gr.skip(), gr.skip(), gr.skip()
            return
        yield from self._follow(live, request)

    def ask(self, tab: str, llm: str, text: str, request: gr.Request) -> Iterator[tuple[Any, Any, Any, Any]]:
        """A question on the open case, to the writer that is chosen now."""
        text = (text or "").strip()
        if not text:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        try:
            live = self.desk.case(owner_of(request), tab)
            self.desk.ask_in_worker(live, text, llm)
        except RequestError as error:
            words = "Open a film first, then ask about it." if not tab else _plain(error)
            gr.Warning(words)
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        cleared = ""  # once: what is typed while the answer comes stays
        for view, turns, thread in self._follow(live, request):
            yield view, turns, thread, cleared
            cleared = gr.skip()

    def ask_suggested(
        self, tab: str, llm: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any, Any]]:
        yield from self.ask(tab, llm, str(event._data.get("text", "")), request)

    def stop(self, tab: str, request: gr.Request) -> None:
        """Stop the run that goes on in the open case."""
        with contextlib.suppress(RequestError):  # where nothing is open, nothing runs
            self.desk.case(owner_of(request), tab).stop.set()

    def new(self, tab: str, request: gr.Request) -> Iterator[Shown]:
        """Put the open case away: it leaves memory, and nothing of it is known to the next one."""
        owner = owner_of(request)
        with contextlib.suppress(RequestError):  # deleted in another tab, or nothing was open
            self.desk.forget(owner, tab)
        yield self._start(request)

    def delete(self, tab: str, event: gr.EventData, request: gr.Request) -> Iterator[Shown]:
        """Delete one past case, or all of this browser's."""
        owner = owner_of(request)
        asked = event._data
        gone = [t.id for t in self.desk.store.threads(owner)] if asked.get("all") else [str(asked.get("thread"))]
        for thread in gone:
            with contextlib.suppress(RequestError):  # deleted in another tab
                self.desk.delete(owner, thread)
        if not tab or tab in gone:
            yield self._start(request)
        else:
            live = self.desk.case(owner, tab)
            turn = self._turns.get(_page(request), 0)
            yield {**view_of(live), "past": self._past(owner), "turn": turn}, gr.skip(), tab

    # ── what they share ──────────────────────────────────────────────────────────────────────────────────────

    def _follow(self, live: LiveCase, request: gr.Request) -> Iterator[Shown]:
        """What changes on a case, until its run ends or the page turns to something else.

        Gradio sends the last thing an event gave once more as the event ends, perhaps over something newer: so the last
        thing changes nothing.
        """
        turn, past, page = self._take_screen(request), self._past(live.owner), _page(request)
        for _ in live.follow(lambda: self._turns.get(page) != turn):
            view = {**view_of(live), "past": past, "turn": turn}
            shown = view, turns_of(live.messages, live.current), live.info.id
            if self._turns.get(page) != turn:
                break
            yield shown
        yield gr.skip(), gr.skip(), gr.skip()

    def _start(self, request: gr.Request, note: str = "") -> Shown:
        """The empty screen."""
        turn = self._take_screen(request)
        if turn > 1:
            time.sleep(SETTLE)  # what another event of this page was already sending comes first
        owner = owner_of(request)
        bundled = [{"id": name, "picture": f"lens/bundled/{name}"} for name in self.desk.bundled()]
        return {"thread": "", "bundled": bundled, "note": note, "past": self._past(owner), "turn": turn}, [], ""

    def _take_screen(self, request: gr.Request) -> int:
        """Give the page's screen to the caller: what followed another case on it lets go."""
        page = _page(request)
        turn = self._turns[page] = self._turns.pop(page, 0) + 1
        while len(self._turns) > PAGES:
            self._turns.popitem(last=False)
        return turn

    def _past(self, owner: str) -> list[dict[str, Any]]:
        return [_past_case(t) for t in self.desk.store.threads(owner)]


def _page(request: gr.Request) -> str:
    return str(request.session_hash)


def _past_case(info: ThreadInfo) -> dict[str, Any]:
    return {"id": info.id, "title": info.title, "updated": info.updated, "film": info.has_film}


def _plain(error: RequestError) -> str:
    """An error for Gradio's notice, which would read markup."""
    return html.escape(str(error))


def offer_prompts(llm: str, finding: str, prompt: str) -> Any:
    """The list of prompts for a writer and what the run is about."""
    about = _finding(finding)
    return gr.Dropdown(choices=prompts_for(llm, about), value=prompt_for(llm, about, prompt))


def _choices(family: str, llm: str, prompt: str, truth: bool, finding: str) -> Choices:
    about = _finding(finding)
    return Choices(
        family=family or "auto",
        llm=llm,
        prompt=prompt_for(llm, about, prompt),
        revealed=bool(truth),
        finding=about,
    )


def _finding(chosen: str | None) -> str | None:
    return None if chosen in (EVERYTHING, None, "") else chosen
