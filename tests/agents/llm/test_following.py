import threading

import pytest
from cxr_lens.agents.llm.following import follow
from cxr_lens.agents.writer import StoppedError


def test_the_last_text_is_heard_however_soon_the_work_ends_after_it():
    for _ in range(50):
        heard: list[str] = []

        def work(tell):
            for text in ("One.", "One. Two.", "One. Two. Three."):
                tell(text)
            return "done"

        assert follow(work, heard.append) == "done"
        assert heard[-1] == "One. Two. Three."


def test_what_the_listener_raises_ends_the_work():
    ended = threading.Event()

    def work(tell):
        try:
            while True:
                tell("more")
        finally:
            ended.set()

    def refuse(text):
        raise KeyError(text)

    with pytest.raises(KeyError):
        follow(work, refuse)
    assert ended.wait(5)


def test_a_stop_is_heard_while_the_work_is_silent():
    stop, go = threading.Event(), threading.Event()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(StoppedError):
        follow(lambda _: go.wait(30), stop=stop)
    go.set()
