"""Versioned prompt templates and their loader.

from cxr_lens.prompts import load_prompt
load_prompt("narrator@v1").sha256
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .loader import Prompt, PromptError, list_prompts, load_prompt, parse_prompt
    from .released import RELEASED

__all__ = ["RELEASED", "Prompt", "PromptError", "list_prompts", "load_prompt", "parse_prompt"]

_PLACES = {name: "released" if name == "RELEASED" else "loader" for name in __all__}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
