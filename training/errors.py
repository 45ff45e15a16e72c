"""Errors a person can act on.

    RequestError          the request was wrong: one clear sentence, exit code 2 on the command line
    ├── RadiographError   the file is not a radiograph that can be read
    ├── TableError        a label or box table has a wrong column, value or row
    └── tools.ToolError   a tool was asked for something it cannot give (an agent can react)

Everything else is a fault of the program and propagates.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RequestError(ValueError):
    """What was asked cannot be done as asked; the message says the value, what was expected and the way out."""


class RadiographError(RequestError):
    """The file cannot be read as a radiograph."""


class TableError(RequestError):
    """A table cannot be read; the message names the column or the row."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`"; did you mean 'Pleural Effusion'?"`, or the list of what is known where nothing is close."""
    names = list(known)
    lower = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.5)
    if not close:  # 'Effusion' is inside 'Pleural Effusion' though not close to it letter by letter
        close = [n for n in lower if name.lower() and (name.lower() in n or n in name.lower())][:1]
    if close:
        return f"; did you mean {lower[close[0]]!r}?"
    return f"; known: {', '.join(names)}"
