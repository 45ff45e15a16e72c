"""JSON Schemas (draft 2020-12) of every record a user meets, by the record's name."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from ..tools import schemas
from ..training.models.config import ModelConfig
from ..training.radiographs.quality import Quality
from ..training.radiographs.radiograph import RadiographInfo
from . import records

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _defined_in(module: ModuleType) -> dict[str, type[BaseModel]]:
    own = (c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__)
    return {c.__name__: c for c in own if issubclass(c, BaseModel) and c is not schemas.Record}


RECORDS: dict[str, type[BaseModel]] = {
    **_defined_in(schemas),
    **_defined_in(records),
    **{c.__name__: c for c in (Quality, RadiographInfo, ModelConfig)},
}


def schema_of(name: str) -> dict[str, Any]:
    """What a record looks like as written; for a tool's input, what it accepts (defaults may be left out)."""
    mode = "validation" if name.endswith("Input") or name == "ModelConfig" else "serialization"
    return {"$schema": DIALECT, **RECORDS[name].model_json_schema(mode=mode)}
