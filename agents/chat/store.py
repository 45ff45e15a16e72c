"""Cases and conversations kept in one private folder: words in SQLite, each uploaded film as one file.

A thread belongs to the browser that opened it: its cookie's token is kept as a hash, and every method takes the owner.
A film is kept as pixels and the record of how it was read, so that no header of an upload ever reaches the disk. It is
removed `keep_hours` after its upload; the words stay until they are deleted.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from ...training.radiographs.radiograph import Radiograph, RadiographInfo
from ..records import CaseReport
from .records import Choices, Message, ThreadInfo

_TABLES = """
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL, choices TEXT NOT NULL, report TEXT);
CREATE INDEX IF NOT EXISTS threads_of_owner ON threads (owner, updated);
CREATE TABLE IF NOT EXISTS messages (
    thread TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE, n INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (thread, n));
"""
DATABASE, FILMS = "history.sqlite3", "films"


class UnknownThreadError(RequestError):
    """There is no such case, or it is another browser's: the two are not told apart."""

    def __init__(self) -> None:
        super().__init__("this case is not here; it may have been deleted: open another, or start a new one")


class Store:
    """The folder of one server."""

    def __init__(self, folder: Path, *, keep_hours: float = 24.0, clock: Callable[[], float] = time.time):
        """Open or make the folder (mode 0700). `RequestError` where that cannot be done."""
        self.folder = folder
        self.keep_seconds = keep_hours * 3600
        self.clock = clock
        self._lock = threading.Lock()
        try:
            self.films.mkdir(parents=True, exist_ok=True)
            for place in (folder, self.films):
                place.chmod(0o700)
            database = folder / DATABASE
            database.touch(mode=0o600)
            database.chmod(0o600)
            self._connection = sqlite3.connect(database, check_same_thread=False)
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA secure_delete = ON")  # deleted words are overwritten, not only unlinked
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise RequestError(f"the chat cannot keep its cases in {folder}: {error}; name another folder") from None

    @property
    def films(self) -> Path:
        return self.folder / FILMS

    def close(self) -> None:
        self._connection.close()

    # ── threads ──────────────────────────────────────────────────────────────────────────────────────────────

    def start(
        self, owner: str, title: str, source: str, choices: Choices, film: Radiograph | None = None
    ) -> ThreadInfo:
        """A new thread; `film` is kept for an upload and left out for a bundled case."""
        thread, now = secrets.token_urlsafe(12), self.clock()
        if film is not None:
            path = self._film(thread)
            write_atomically(path, _pack(film))
            path.chmod(0o600)
        with self._cursor() as cursor:
            row = (thread, hash_owner(owner), title, source, now, now, choices.model_dump_json())
            cursor.execute(
                "INSERT INTO threads (id, owner, title, source, created, updated, choices) VALUES (?,?,?,?,?,?,?)",
                row,
            )
        return self.thread(owner, thread)

    def thread(self, owner: str, thread: str) -> ThreadInfo:
        """One thread of this owner; `UnknownThreadError` otherwise."""
        rows = self._threads("WHERE id = ? AND owner = ?", (thread, hash_owner(owner)))
        if not rows:
            raise UnknownThreadError
        return rows[0]

    def threads(self, owner: str, limit: int = 100) -> tuple[ThreadInfo, ...]:
        """This owner's threads, the last used first."""
        return tuple(self._threads("WHERE owner = ? ORDER BY updated DESC LIMIT ?", (hash_owner(owner), limit)))

    def delete(self, owner: str, thread: str) -> None:
        """Remove a thread with its film and every word of it."""
        self.thread(owner, thread)
        self._film(thread).unlink(missing_ok=True)
        with self._cursor() as cursor:
            cursor.execute("DELETE FROM threads WHERE id = ?", (thread,))

    def set_choices(self, owner: str, thread: str, choices: Choices) -> None:
        self.thread(owner, thread)
        with self._cursor() as cursor:
            cursor.execute("UPDATE threads SET choices = ? WHERE id = ?", (choices.model_dump_json(), thread))

    # ── what was said ────────────────────────────────────────────────────────────────────────────────────────

    def add(self, owner: str, thread: str, *messages: Message) -> None:
        self.thread(owner, thread)
        with self._cursor() as cursor:
            (count,) = cursor.execute(
                "SELECT COALESCE(MAX(n) + 1, 0) FROM messages WHERE thread = ?", (thread,)
            ).fetchone()
            rows = [(thread, count + i, m.model_dump_json()) for i, m in enumerate(messages)]
            cursor.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
            cursor.execute("UPDATE threads SET updated = ? WHERE id = ?", (self.clock(), thread))

    def messages(self, owner: str, thread: str) -> tuple[Message, ...]:
        self.thread(owner, thread)
        with self._cursor() as cursor:
            rows = cursor.execute("SELECT body FROM messages WHERE thread = ? ORDER BY n", (thread,)).fetchall()
        return tuple(Message.model_validate_json(body) for (body,) in rows)

    def set_report(self, owner: str, thread: str, report: CaseReport) -> None:
        self.thread(owner, thread)
        with self._cursor() as cursor:
            cursor.execute(
                "UPDATE threads SET report = ?, updated = ? WHERE id = ?",
                (report.model_dump_json(), self.clock(), thread),
            )

    def report(self, owner: str, thread: str) -> CaseReport | None:
        """The last report on the case; None where no run has ended."""
        self.thread(owner, thread)
        with self._cursor() as cursor:
            (body,) = cursor.execute("SELECT report FROM threads WHERE id = ?", (thread,)).fetchone()
        return None if body is None else CaseReport.model_validate_json(body)

    # ── films ────────────────────────────────────────────────────────────────────────────────────────────────

    def film(self, owner: str, thread: str) -> Radiograph | None:
        """The film of an upload; None where it was removed, or the case is a bundled one."""
        self.thread(owner, thread)
        path = self._film(thread)
        return _unpack(path.read_bytes()) if path.is_file() else None

    def sweep(self) -> int:
        """Remove the films whose time is over, and those no thread names; how many they were."""
        with self._cursor() as cursor:
            created = dict(cursor.execute("SELECT id, created FROM threads").fetchall())
        old = [
            path
            for path in self.films.glob("*.npz")
            if self.clock() - created.get(path.stem, -self.keep_seconds) >= self.keep_seconds
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _film(self, thread: str) -> Path:
        return self.films / f"{thread}.npz"

    # ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _cursor(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, self._connection:  # the connection commits, or rolls back on an exception
            yield self._connection.cursor()

    def _threads(self, where: str, values: tuple[Any, ...]) -> list[ThreadInfo]:
        columns = "id, title, source, created, updated, choices"
        with self._cursor() as cursor:
            # `where` is one of two constants of this file; values are always bound
            rows = cursor.execute(f"SELECT {columns} FROM threads {where}", values).fetchall()  # noqa: S608
        return [
            ThreadInfo(
                id=thread,
                title=title,
                source=source,
                created=created,
                updated=updated,
                choices=Choices.model_validate_json(choices),
                has_film=source != "upload" or self._film(thread).is_file(),
            )
            for thread, title, source, created, updated, choices in rows
        ]


def hash_owner(token: str) -> str:
    """A browser's token as it is kept: the file alone opens no one's cases."""
    return hashlib.sha256(token.encode()).hexdigest()


def _pack(film: Radiograph) -> bytes:
    """Pixels (H, W) f32 and the reading's record as .npz, exact."""
    info = np.frombuffer(film.info.model_dump_json().encode(), np.uint8)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in (("pixels", film.pixels), ("info", info)):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
    return out.getvalue()


def _unpack(data: bytes) -> Radiograph:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        info = RadiographInfo.model_validate(json.loads(archive["info"].tobytes()))
        return Radiograph(archive["pixels"], info)
