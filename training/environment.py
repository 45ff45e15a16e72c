"""`CXR_LENS_*` settings as the command line finds them: the environment, then a `.env` file. Commands call this and
pass the values down; nothing below them reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

CACHE = "CXR_LENS_CACHE_FOLDER"


def read_env_file(file: Path) -> dict[str, str]:
    """`NAME=value` lines; blank lines, `#` comments, `export ` and quotes around the value are understood."""
    if not file.is_file():
        return {}
    values = {}
    for line in file.read_text("utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
            values[name.strip()] = value[1:-1] if quoted else value
    return values


def cache_folder(environment: Mapping[str, str] | None = None, file: Path = Path(".env")) -> Path | None:
    """Where weights and prepared films are kept, if the user has said so; else None, the default."""
    environment = os.environ if environment is None else environment
    value = environment.get(CACHE) or read_env_file(file).get(CACHE)
    return Path(value).expanduser() if value else None
