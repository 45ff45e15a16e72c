"""Answers of an LLM kept on disk, one small JSON file each, found again by the very same question.

The key is a SHA-256 over model, server, settings, rendered messages (pictures included), tools, form of the answer and
the index of the repeat, so that repeats of one question are asked anew. The key to the server is no part of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

from ...tools.schemas import Record
from ...training.models.checkpoints import write_atomically
from ..records import ToolRequest

_log = logging.getLogger(__name__)


class Answer(Record):
    """What an LLM said."""

    text: str
    requests: tuple[ToolRequest, ...] = ()
    finish: str | None = None
    """Why it stopped: `stop`, `length`, `tool_calls`, `content_filter`."""
    input_tokens: int
    output_tokens: int
    tokens_estimated: bool = False


class AnswerCache:
    """A folder of answers. A file that cannot be read counts as not there."""

    def __init__(self, folder: Path):
        self.folder = folder

    def get(self, key: str) -> Answer | None:
        try:
            return Answer.model_validate_json(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; where there is no room it is used all the same, and only asked for again another time."""
        try:
            write_atomically(self._path(key), answer.model_dump_json() + "\n")
        except OSError as error:
            _log.warning("an answer could not be kept in %s: %s", self.folder, error.strerror or error)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def question_key(question: dict[str, Any]) -> str:
    """SHA-256 of a question, however its fields are ordered."""
    return hashlib.sha256(json.dumps(question, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
