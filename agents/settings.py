"""Settings from `CXR_LENS_*` environment variables or a `.env` file, read once by the command line.

Nothing below the command line reads the environment. A variable that is set wins over the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ..training.errors import RequestError, did_you_mean

PREFIX = "CXR_LENS_"


class Settings(BaseModel):
    """What a user can set once instead of on every call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cache_folder: Path = Path("~/.cache/cxr-lens").expanduser()
    """`CXR_LENS_CACHE_FOLDER`: where downloaded weights and prepared films may be kept."""


def read_settings(environment: Mapping[str, str] | None = None, file: Path = Path(".env")) -> Settings:
    """The settings; `RequestError` for a `CXR_LENS_` name in the file that means nothing."""
    environment = os.environ if environment is None else environment
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    values: dict[str, str] = {}
    for name, value in _read_file(file).items():
        if name.startswith(PREFIX) and name not in known:
            raise RequestError(f"{file}: {name!r} is not a setting{did_you_mean(name, known)}")
        if name in known:
            values[known[name]] = value
    values.update({field: environment[name] for name, field in known.items() if environment.get(name)})
    settings = Settings.model_validate(values)
    return settings.model_copy(update={"cache_folder": settings.cache_folder.expanduser()})


def _read_file(file: Path) -> dict[str, str]:
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
