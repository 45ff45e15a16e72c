"""Settings from `CXR_LENS_*` environment variables or a `.env` file, read once by the command line.

Nothing below the command line reads the environment. A variable that is set wins over the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ..training.environment import read_env_file
from ..training.errors import RequestError, did_you_mean

PREFIX = "CXR_LENS_"
OFFLINE = "offline"
"""The built-in narrator, where a model's name could stand."""


class Settings(BaseModel):
    """What a user can set once instead of on every call."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    cache_folder: Path = Path("~/.cache/cxr-lens").expanduser()
    """`CXR_LENS_CACHE_FOLDER`: where weights, prepared films and answers of an LLM may be kept."""

    llm_model: str | None = None
    """Who writes where `--llm` is not given; None is the offline narrator."""
    llm_base_url: str = "https://api.openai.com/v1"
    """Any OpenAI-compatible server: Ollama `http://localhost:11434/v1`, vLLM `http://localhost:8000/v1`."""
    llm_api_key: SecretStr | None = None
    """Never logged, reported or cached. Servers on this machine mostly need none."""
    llm_temperature: float | None = Field(default=0.0, ge=0, le=2)
    """`none` leaves it to the server."""
    llm_seed: int | None = 0
    llm_timeout: float = Field(default=60, gt=0)
    """Seconds for one answer, from the request to its last word."""
    llm_answer_tokens: int = Field(default=2000, ge=50)
    """The longest answer asked for."""
    llm_vision: Literal["auto", "yes", "no"] = "auto"
    """Whether the model gets the panel picture; auto goes by the model's name."""
    llm_consent: bool = False
    """That picture and evidence may be sent to a server that is not on this machine."""
    llm_cache: bool = True
    """Whether answers are kept in the cache folder and used again for the very same question."""
    llm_prices: Path | None = None
    """A table of prices per million tokens, `MODEL: {input: 2.5, output: 10}`."""
    llm_max_calls: int = Field(default=12, ge=1)
    llm_max_tokens: int = Field(default=150_000, ge=1)
    llm_max_seconds: float = Field(default=300, gt=0)
    """Limits of one case; see agents/llm/budget.py."""
    llm_max_tool_calls: int = Field(default=12, ge=0)

    chat_folder: Path = Path("~/.local/share/cxr-lens/chat").expanduser()
    """`CXR_LENS_CHAT_FOLDER`: where the chat keeps its cases; made with mode 0700."""
    chat_keep_hours: float = Field(default=24.0, gt=0)
    """`CXR_LENS_CHAT_KEEP_HOURS`: hours after which an uploaded film is removed."""
    chat_user: str | None = None
    """`CXR_LENS_CHAT_USER`, with `CXR_LENS_CHAT_PASSWORD`: the chat's login; needed to bind anywhere but loopback."""
    chat_password: SecretStr | None = None


def read_settings(environment: Mapping[str, str] | None = None, file: Path = Path(".env")) -> Settings:
    """The settings; `RequestError` for a `CXR_LENS_` name in the file that means nothing, or a value that cannot be."""
    environment = os.environ if environment is None else environment
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    values: dict[str, str | None] = {}
    for name, value in read_env_file(file).items():
        if name.startswith(PREFIX) and name not in known:
            raise RequestError(f"{file}: {name!r} is not a setting{did_you_mean(name, known)}")
        if name in known:
            values[known[name]] = value
    values.update({field: environment[name] for name, field in known.items() if environment.get(name)})
    for field in ("llm_temperature", "llm_seed"):
        if (values.get(field) or "").lower() == "none":
            values[field] = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise RequestError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg']}") from None
    folders = {name: getattr(settings, name).expanduser() for name in ("cache_folder", "chat_folder")}
    return settings.model_copy(update=folders)
