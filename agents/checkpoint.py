"""Where a run keeps its state after every step: a SQLite file, so that it can be gone on with and looked into.

    with open_checkpoint(Path("out/run.sqlite")) as saver:
        report = explain_case(bench, writer=writer, checkpoint=saver, resume=True)

The state holds records of ours only, as msgpack; a file that names any other type is not read, and nothing is pickled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from pydantic import BaseModel

from ..tools.schemas import Evidence
from ..training.errors import RequestError
from .records import Cut, Difficulty, Explanation, LlmCall, Section, Sentence, ToolRequest, Turn
from .state import Draft, Request

FILE = "run.sqlite"

RECORDS: tuple[type[BaseModel], ...] = (
    Cut,
    Difficulty,
    Draft,
    Evidence,
    Explanation,
    LlmCall,
    Request,
    Section,
    Sentence,
    ToolRequest,
    Turn,
)
"""All that the graph's state is made of."""


@contextmanager
def open_checkpoint(file: Path) -> Iterator[SqliteSaver]:
    """The store in a file, made where it is missing. `RequestError` where it cannot be one."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise RequestError(f"cannot keep the run's state in {file}: {error}") from None
    with closing(connection):
        serializer = JsonPlusSerializer(
            pickle_fallback=False, allowed_msgpack_modules=[(c.__module__, c.__name__) for c in RECORDS]
        )
        saver = SqliteSaver(connection, serde=serializer)
        try:
            saver.setup()
        except sqlite3.DatabaseError as error:
            raise RequestError(f"{file} is not the state of a run ({error}); delete it to start anew") from None
        yield saver
