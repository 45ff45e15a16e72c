"""No more calls at once than there are slots; waiting for one costs a case nothing."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cxr_lens.agents.llm.budget import Budget, Spending
from cxr_lens.agents.llm.client import LanguageModel
from cxr_lens.agents.llm.opening import open_writers
from cxr_lens.agents.llm.slots import CallSlots
from cxr_lens.agents.settings import Settings
from cxr_lens.agents.writer import StoppedError
from cxr_lens.evals.ab.scripted_server import scripted_server

LATENCY, CALLS, SLOTS = 0.2, 9, 3


def test_calls_at_once_are_bounded_over_models_and_the_wait_is_not_charged_to_the_case() -> None:
    now, most = 0, 0
    lock = threading.Lock()

    def reply(_: object) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(LATENCY)
        with lock:
            now -= 1
        return "One box."

    slots = CallSlots(SLOTS)
    with scripted_server(reply) as url:
        models = [LanguageModel(Settings(llm_base_url=url), name, slots=slots) for name in ("one", "two")]

        def ask(number: int) -> float:
            spending = Spending(Budget())
            message = {"role": "user", "content": str(number)}
            models[number % 2].ask([message], spending, purpose="write", prompt="toy@v1")
            return spending.seconds

        began = time.monotonic()
        with ThreadPoolExecutor(CALLS) as pool:
            charged = list(pool.map(ask, range(CALLS)))
        took = time.monotonic() - began
    assert most == SLOTS
    assert took >= CALLS / SLOTS * LATENCY
    assert sum(charged) < SLOTS * took + 0.05  # a case that waited for a slot would be charged for it twice over


def test_a_stop_is_heard_while_waiting_for_a_slot() -> None:
    slots, stop = CallSlots(1), threading.Event()
    stop.set()
    with slots.taken(), pytest.raises(StoppedError), slots.taken(stop):
        pass
    with slots.taken(stop):
        pass


def test_an_opener_goes_to_another_process_with_its_slots_and_one_model_for_all_threads() -> None:
    settings = Settings(llm_base_url="http://127.0.0.1:1/v1")
    opener = open_writers(settings, "toy", None, slots=CallSlots(5))
    there = pickle.loads(pickle.dumps(opener))  # noqa: S301  our own bytes
    assert there.slots.count == 5
    assert there.cases_at_once(None) > 5
    barrier = threading.Barrier(8)

    def model(_: int) -> object:
        barrier.wait()
        return there.model

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(model, range(8))))) == 1
