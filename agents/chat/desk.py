"""What is on the bench: each thread's case, the pair it is read with, and the runs that go on.

Models work in a few worker threads of this server, never in the one that serves pages. A case that was not used for a
while leaves memory and comes back from the store when it is asked for. The models are shared and only read.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ...tools.toolbox import Toolbox
from ...tools.workbench import Workbench
from ...training.errors import RadiographError, RequestError
from ...training.models.classifier import Classifier
from ...training.models.families import BUNDLED, FAMILIES, load_pair, resolve_family
from ...training.radiographs.quality import assess_quality
from ...training.radiographs.radiograph import Radiograph, read_radiograph
from ...training.tables import CaseTable, read_table
from ..case import explain_case
from ..explanation.facts import ROLES
from ..explanation.narrator import OfflineNarrator
from ..llm.budget import Budget
from ..opening import open_case, safe_id
from ..records import Step
from ..settings import OFFLINE
from ..state import brief_of_report
from ..writer import StoppedError, WriterProtocol
from ..writing import Writing
from .conversation import Check, Memory, WatchedTools, converse
from .details import make_details
from .live_case import LiveCase
from .llm_turn import Asked, converse_with
from .records import Choices, Message, ThreadInfo
from .run_words import closing_words, waiting_words
from .store import Store, UnknownThreadError

log = logging.getLogger(__name__)
GIVEN = "given"
"""The pair of the two models named on the command line."""
FILMS = BUNDLED / "films"
LIVE_CASES = 24
"""Cases kept in memory; a film may take 40 MB."""
WAITERS = 16
"""Runs with an LLM that may go on at once; more wait their turn."""


class Desk:
    """All cases of one server, their models, and the workers."""

    def __init__(
        self,
        store: Store,
        check: Check,
        *,
        pair: tuple[Classifier, Classifier] | None = None,
        first: str | None = None,
        films: Path = FILMS,
        make_writer: Callable[[Choices], WriterProtocol] | None = None,
        model_of: Callable[[str], Asked | None] = lambda _: None,
        budget: Budget | None = None,
        workers: int = 2,
    ):
        self.store = store
        self.check = check
        self.films = films
        self.first = None if first is None else resolve_family(first).name
        self.make_writer = make_writer or (lambda choices: OfflineNarrator(choices.prompt))
        self.model_of = model_of
        """The LLM of a name; None for the offline narrator."""
        self.budget = budget or Budget()
        """What an LLM may spend on one answer."""
        self.workers = ThreadPoolExecutor(workers, thread_name_prefix="cxr-lens-model")
        self.waiters = ThreadPoolExecutor(WAITERS, thread_name_prefix="cxr-lens-wait")
        """Runs that mostly wait for an LLM, apart, so that they hold up nobody else's."""
        self._pairs: dict[str, tuple[Classifier, Classifier]] = {GIVEN: pair} if pair else {}
        self._pairs_lock = threading.Lock()
        self._live: OrderedDict[str, LiveCase] = OrderedDict()
        self._live_lock = threading.Lock()
        self._table: CaseTable | None = None

    # ── what there is to choose from ─────────────────────────────────────────────────────────────────────────

    def pairs(self) -> dict[str, str]:
        """Key -> what the list of pairs says."""
        out = {}
        if GIVEN in self._pairs:
            out[GIVEN] = " → ".join(model.name for model in self._pairs[GIVEN])
        out.update({name: f"{name}: {family.about}" for name, family in FAMILIES.items() if family.is_here()})
        return {self.first: out[self.first], **out} if self.first is not None and self.first in out else out

    def warm_up(self) -> None:
        """Load the pair that is chosen first and let it read a bundled film, so that a person's first does not wait."""
        pair = self.pair(next(iter(self.pairs()), "auto"))
        for case_id in self.bundled()[:1]:
            film = self.bundled_film(case_id)
            bench = Workbench(case_id, film, assess_quality(film), *pair)
            for role in ROLES:
                bench.map_of(role, bench.assessed(role)[0])

    def bundled(self) -> tuple[str, ...]:
        """Ids of the bundled cases; none where no films are bundled."""
        table = self._bundled_table()
        return () if table is None else tuple(str(row["case_id"]) for row in table.rows())

    def bundled_film(self, case_id: str) -> Radiograph:
        table = self._bundled_table()
        if table is None or case_id not in self.bundled():
            raise RequestError(f"{case_id!r} is not a bundled case; there are: {', '.join(self.bundled()) or 'none'}")
        return read_radiograph(table.path_of(table.find(case_id)))

    def pair(self, key: str) -> tuple[Classifier, Classifier]:
        """A pair by its key, loaded once."""
        with self._pairs_lock:
            name = key if key in self._pairs else resolve_family(key).name
            if name not in self._pairs:
                self._pairs[name] = load_pair(name)
            return self._pairs[name]

    # ── opening ──────────────────────────────────────────────────────────────────────────────────────────────

    def take_upload(self, owner: str, data: bytes, name: str, choices: Choices) -> ThreadInfo:
        """A new thread for an uploaded film. `RadiographError` where it cannot be read; nothing is kept then."""
        film = read_radiograph(data)
        title = "DICOM film" if film.info.format == "DICOM" else safe_id(Path(name).stem)[:60]
        return self.store.start(owner, title, "upload", choices.model_copy(update={"revealed": False}), film)

    def take_bundled(self, owner: str, case_id: str, choices: Choices) -> ThreadInfo:
        """A new thread for a bundled case."""
        if case_id not in self.bundled():
            raise RequestError(f"{case_id!r} is not a bundled case; there are: {', '.join(self.bundled()) or 'none'}")
        return self.store.start(owner, case_id, f"bundled:{case_id}", choices)

    def case(self, owner: str, thread: str) -> LiveCase:
        """The live case of a thread; from the store where it left memory. `UnknownThreadError` for anyone else's."""
        info = self.store.thread(owner, thread)
        with self._live_lock:
            live = self._live.get(thread)
            if live is None:
                live = LiveCase(owner, info, self.store.messages(owner, thread))
                live.report = self.store.report(owner, thread)
                live.stage = "done" if live.report is not None else "ready"
                self._live[thread] = live
            live.info = info
            self._live.move_to_end(thread)
            for old in [t for t, c in self._live.items() if not c.busy.locked()][
                : max(0, len(self._live) - LIVE_CASES)
            ]:
                del self._live[old]
        return live

    def forget(self, owner: str, thread: str) -> None:
        """Take a case out of memory and stop what runs on it; its words stay in the store."""
        self.store.thread(owner, thread)
        with self._live_lock:
            live = self._live.pop(thread, None)
        if live is not None:
            live.stop.set()

    def delete(self, owner: str, thread: str) -> None:
        """Remove a case from memory and from the store."""
        self.forget(owner, thread)
        self.store.delete(owner, thread)

    def bench(self, live: LiveCase) -> Workbench:
        """The case's bench, made when it is first needed."""
        if live.bench is None:
            choices, source = live.info.choices, live.info.source
            pair = self.pair(choices.family)
            if source == "upload":
                film = self.store.film(live.owner, live.info.id)
                if film is None:
                    raise RadiographError(
                        "the film was removed after the time that is set; upload it again to go on with it"
                    )
                case_id = f"film-{film.info.pixel_sha256[:8]}"  # the file's name may hold the patient's
                live.bench = Workbench(case_id, film, assess_quality(film), *pair)
            else:
                table = self._bundled_table()
                if table is None:
                    raise RequestError("the bundled films are not here; install the package again")
                case_id = source.removeprefix("bundled:")
                live.bench = open_case(Path(case_id), *pair, labels=table, revealed=choices.revealed)
        if live.memory is None and live.report is not None:
            live.memory = Memory(brief=brief_of_report(live.report, live.bench.findings))
        return live.bench

    # ── runs, in a worker ────────────────────────────────────────────────────────────────────────────────────

    def run(self, live: LiveCase, work: Callable[[LiveCase], None], llm: str = OFFLINE) -> None:
        """Do something on a case in a worker; `RequestError` while another run goes on in the thread."""
        if not live.busy.acquire(blocking=False):
            raise RequestError("this case is still being worked on; wait, or press Stop first")
        live.stop.clear()
        live.tell(note="", current=Message(role="assistant"))

        def guarded() -> None:
            try:
                work(live)
            except UnknownThreadError:  # deleted while it was worked on
                live.tell(stage="stopped")
            except RequestError as error:
                self._fail(live, _sentence(error))
            except Exception:
                self._fail(live, "The program failed on this; its log says where.")
                log.exception("a run failed")
                raise
            finally:
                live.finishing = live.stage == "done" and live.bench is not None
                live.busy.release()
                live.tell(current=None, writing=None)
            if live.finishing:
                try:
                    make_details(live)
                finally:
                    live.finishing = False
                    live.tell()

        try:
            (self.workers if llm == OFFLINE else self.waiters).submit(guarded)
        except RuntimeError:
            live.busy.release()
            raise

    def explain_in_worker(self, live: LiveCase, choices: Choices) -> None:
        """Start a run with these choices; an upload stays blind whatever they say."""
        if live.busy.locked():
            raise RequestError("this case is still being worked on; wait, or press Stop first")
        if live.info.source == "upload":
            choices = choices.model_copy(update={"revealed": False})
        self.store.set_choices(live.owner, live.info.id, choices)
        live.info = self.store.thread(live.owner, live.info.id)
        live.bench = None
        self.run(live, self.explain, choices.llm)

    def ask_in_worker(self, live: LiveCase, text: str, llm: str | None = None) -> None:
        """Start an answer by `llm`; None is who wrote the explanation."""
        llm = llm or live.info.choices.llm
        self.run(live, lambda case: self.ask(case, text, llm), llm)

    def wake(self, live: LiveCase) -> None:
        """Put a case that left memory on the bench again, in a worker, so that its film can be seen."""
        if live.bench is None and not live.busy.locked():
            self.run(live, self._wake)

    def _wake(self, live: LiveCase) -> None:
        bench = self.bench(live)
        if live.report is not None:
            for role in ROLES:
                bench.scores(role)
        live.tell()

    def explain(self, live: LiveCase) -> None:
        """The whole run: film, scores and maps, then the graph. In a worker, through `run`."""
        message = Message(role="assistant")

        def tell(**update: Any) -> None:
            nonlocal message
            message = message.model_copy(update=update)
            live.tell(current=message)

        try:
            live.report, live.memory, live.writing = None, None, None
            live.details.clear()
            live.tell(stage="reading")
            bench = self.bench(live)
            self._halt(live)
            live.tell(stage="looking")
            for role in ROLES:
                bench.scores(role)
                self._halt(live)
            live.tell(stage="explaining")
            writer = self.make_writer(live.info.choices)
            watched = WatchedTools(Toolbox(bench), lambda calls: tell(calls=calls), live.stop)

            def step(done: Step) -> None:
                self._halt(live)
                if writer.about.kind == "llm" and (words := waiting_words(done, writer.about.name)):
                    tell(text=words)

            def grow(writing: Writing) -> None:
                live.writing = writing
                tell(sentences=writing.sentences)
                self._halt(live)

            report = explain_case(
                bench,
                finding=live.info.choices.finding,
                writer=writer,
                tools=watched,
                on_step=step,
                on_writing=grow,
                stop=live.stop,
            )
            live.report = report
            live.memory = Memory(brief=brief_of_report(report, bench.findings))
            self.store.set_report(live.owner, live.info.id, report)
            said = {
                "sentences": report.explanation.sentences,
                "cut": report.explanation.cut,
                "text": closing_words(report),
                "writer": "offline" if report.writer.kind == "offline" else report.writer.name,
            }
            self._say(live, message.model_copy(update=said))
            live.tell(stage="done")
        except StoppedError:
            words = "Stopped. What was found so far stays on the screen; run it again to go on."
            self._say(live, message.model_copy(update={"stopped": True, "text": words}))
            live.tell(stage="stopped")

    def ask(self, live: LiveCase, text: str, llm: str | None = None) -> None:
        """Answer a question on the case; question and answer are kept. In a worker, through `run`."""
        self._say(live, Message(role="user", text=text))
        bench = self.bench(live)
        if live.memory is None:
            words = "This film has not been explained yet: run it first, then ask about it."
            self._say(live, Message(role="assistant", text=words))
            return
        model = self.model_of(llm or live.info.choices.llm)
        answer = converse if model is None else partial(converse_with, model, budget=self.budget)
        message, live.memory = answer(
            text,
            live.memory,
            Toolbox(bench),
            self.check,
            OfflineNarrator().prompt,
            on_change=lambda message: live.tell(current=message),
            stop=live.stop,
        )
        self._say(live, message)

    def close(self) -> None:
        """Stop what runs and let the workers go."""
        with self._live_lock:
            for live in self._live.values():
                live.stop.set()
        for pool in (self.workers, self.waiters):
            pool.shutdown(wait=True, cancel_futures=True)
        self.store.close()

    def _fail(self, live: LiveCase, words: str) -> None:
        """Say why a run gave nothing; what an earlier one found stays."""
        self._say(live, Message(role="assistant", text=words))
        if live.report is None:
            live.tell(stage="failed", note=words)

    def _say(self, live: LiveCase, message: Message) -> None:
        """Keep a message and show it."""
        self.store.add(live.owner, live.info.id, message)
        live.tell(messages=(*live.messages, message), current=None)

    def _bundled_table(self) -> CaseTable | None:
        if self._table is None and (self.films / "demo.csv").is_file():
            self._table = read_table(self.films / "demo.csv", self.films)
        return self._table

    @staticmethod
    def _halt(live: LiveCase) -> None:
        if live.stop.is_set():
            raise StoppedError


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
