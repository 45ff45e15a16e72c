"""`The caller`: the model that alone called the finding told of last, given its name before a sentence is cut."""

from __future__ import annotations

import re

from ...facts import ROLES
from ..claims import Context

_CALLER = re.compile(r"\b([Tt])he (?:caller|calling model)\b")


def named_caller(text: str, before: Context) -> str:
    """A text in which `the caller` has the name of the one model that calls the finding told of last."""
    if "call" not in text or not (found := _CALLER.search(text)):
        return text
    told = [c for c in before.told if c.kind == "call" and c.quantity == "all" and c.findings == before.finding()]
    calls = {role: not c.negated for c in told for role in c.roles}
    if sorted(calls.values()) != [False, True]:
        return text
    name = "baseline" if calls[ROLES[0]] else "fine-tuned model"
    return f"{text[: found.start()]}{found[1]}he {name}{text[found.end() :]}"
