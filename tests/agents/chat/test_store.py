"""The store keeps what it is given, to its owner alone, and removes what it should."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.chat.records import Choices, Message, ToolCall
from cxr_lens.agents.chat.store import DATABASE, Store, UnknownThreadError
from cxr_lens.agents.records import CaseReport, Sentence
from cxr_lens.training.errors import RequestError
from cxr_lens.training.radiographs.radiograph import Radiograph, radiograph_from_array


@pytest.fixture
def film() -> Radiograph:
    return radiograph_from_array(np.random.default_rng(1).random((40, 36)).astype(np.float32))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "chat", clock=iter(range(1000, 100000)).__next__)


def test_a_case_its_words_report_and_film_survive_a_restart(
    tmp_path: Path, film: Radiograph, make_report: Callable[..., CaseReport]
) -> None:
    store = Store(tmp_path / "chat")
    thread = store.start("anna", "film.png", "upload", Choices(), film)
    said = Message(
        role="assistant",
        calls=(ToolCall(tool="predict", arguments={"model": "baseline"}, seconds=0.25, evidence="predict.baseline"),),
        sentences=(Sentence(text="The baseline calls edema.", evidence=("predict.baseline",)),),
    )
    store.add("anna", thread.id, Message(role="user", text="why?"), said)
    report = make_report()
    store.set_report("anna", thread.id, report)
    store.close()
    again = Store(tmp_path / "chat")
    assert [t.id for t in again.threads("anna")] == [thread.id]
    assert again.messages("anna", thread.id) == (Message(role="user", text="why?"), said)
    assert again.report("anna", thread.id) == report
    kept = again.film("anna", thread.id)
    assert kept is not None
    assert np.array_equal(kept.pixels, film.pixels)
    assert kept.info == film.info


def test_nobody_reads_changes_or_deletes_another_ones_case(store: Store, film: Radiograph) -> None:
    thread = store.start("anna", "film", "upload", Choices(), film).id
    assert store.threads("ben") == ()
    for attempt in (store.thread, store.messages, store.report, store.film, store.delete):
        with pytest.raises(UnknownThreadError, match="not here"):
            attempt("ben", thread)
    with pytest.raises(UnknownThreadError):
        store.add("ben", thread, Message(role="user", text="x"))
    assert store.film("anna", thread) is not None


def test_deleting_leaves_no_film_and_no_word_in_the_file(store: Store, film: Radiograph) -> None:
    thread = store.start("anna", "zebrafinch", "upload", Choices(), film).id
    store.add("anna", thread, Message(role="user", text="is there a pangolin"))
    database = store.folder / DATABASE
    assert b"pangolin" in database.read_bytes()
    store.delete("anna", thread)
    assert list(store.films.iterdir()) == []
    assert b"pangolin" not in database.read_bytes()
    assert b"zebrafinch" not in database.read_bytes()
    with pytest.raises(UnknownThreadError):
        store.messages("anna", thread)


def test_a_film_goes_when_its_time_is_over_and_the_words_stay(tmp_path: Path, film: Radiograph) -> None:
    now = [0.0]
    store = Store(tmp_path, keep_hours=2, clock=lambda: now[0])
    old = store.start("anna", "old", "upload", Choices(), film).id
    store.add("anna", old, Message(role="user", text="hello"))
    (store.films / "orphan.npz").write_bytes(b"x")
    now[0] = 3600.0
    new = store.start("anna", "new", "upload", Choices(), film).id
    assert store.sweep() == 1  # the orphan
    now[0] = 7200.0
    assert store.sweep() == 1
    assert store.film("anna", old) is None
    assert [t.has_film for t in map(store.thread, ("anna", "anna"), (old, new))] == [False, True]
    assert store.messages("anna", old) == (Message(role="user", text="hello"),)


def test_the_folder_is_private_and_the_owner_is_kept_as_a_hash(store: Store, film: Radiograph) -> None:
    thread = store.start("the-secret-token", "film", "upload", Choices(), film).id
    for path, mode in ((store.folder, 0o700), (store.films, 0o700), (store.folder / DATABASE, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert stat.S_IMODE((store.films / f"{thread}.npz").stat().st_mode) == 0o600
    assert b"the-secret-token" not in (store.folder / DATABASE).read_bytes()


def test_threads_come_last_used_first(store: Store) -> None:
    first = store.start("anna", "a", "bundled:a", Choices()).id
    second = store.start("anna", "b", "bundled:b", Choices()).id
    assert [t.id for t in store.threads("anna")] == [second, first]
    store.add("anna", first, Message(role="user", text="x"))
    assert [t.id for t in store.threads("anna")] == [first, second]


def test_a_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="name another folder"):
        Store(tmp_path / "file" / "chat")
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / DATABASE).write_text("this is not a database, " * 50)
    with pytest.raises(RequestError, match="name another folder"):
        Store(tmp_path / "chat")


def test_foreign_words_are_bound_never_spliced_into_the_query(store: Store) -> None:
    thread = store.start("anna", "'); DROP TABLE threads; --", "bundled:x", Choices()).id
    assert store.thread("anna", thread).title == "'); DROP TABLE threads; --"
    with pytest.raises(UnknownThreadError):
        store.thread("' OR '1'='1", thread)
    with sqlite3.connect(store.folder / DATABASE) as connection:
        assert connection.execute("SELECT COUNT(*) FROM threads").fetchone() == (1,)
