"""Consent to send a picture and its evidence to a server that is not on this machine: a setting, or asked once.

Consent is for one host and port. What was answered is kept in the cache folder; `CXR_LENS_LLM_CONSENT=yes` answers for
every host. A server on this machine needs none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from ..settings import Settings
from .transport import host_of, is_loopback

FILE = "llm-consent.json"

QUESTION = (
    "{host} is not on this machine. For every case the panel picture (the film with burnt-in text masked, both "
    "heatmaps) and the tools' results are sent to it; no patient id, header or file name is. Send them? [y/N] "
)


def require_consent(settings: Settings, ask: Callable[[str], str] | None) -> None:
    """Return where data may be sent to the server of the settings; `RequestError` where it may not.

    `ask` puts a question to the user and returns the answer; None where nobody can be asked.
    """
    if is_loopback(settings.llm_base_url) or settings.llm_consent:
        return
    host = host_of(settings.llm_base_url)
    file = settings.cache_folder / FILE
    given = _read(file)
    if host in given:
        return
    if ask is None or ask(QUESTION.format(host=host)).strip().lower() not in ("y", "yes"):
        raise RequestError(
            f"nothing was sent to {host}: it is not on this machine and there is no consent to send the picture and "
            "the evidence to it; set CXR_LENS_LLM_CONSENT=yes, or use --llm offline"
        )
    given[host] = datetime.now(UTC).isoformat(timespec="seconds")
    write_atomically(file, json.dumps(given, indent=1) + "\n")


def _read(file: Path) -> dict[str, str]:
    """Host -> when consent was given; a file that cannot be read gives none."""
    try:
        loaded = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
