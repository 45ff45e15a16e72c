"""The tools of one case under their names, for agents: typed arguments in, evidence with an id out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

from pydantic import ValidationError

from ..training.errors import did_you_mean
from .compare_models import compare_models
from .detect_boxes import detect_boxes
from .gradcam import gradcam
from .lookup_ground_truth import lookup_ground_truth
from .maps.attention import compare_attention
from .predict import predict
from .schemas import (
    CompareAttentionInput,
    CompareModelsInput,
    DetectBoxesInput,
    Evidence,
    GradcamInput,
    LookupGroundTruthInput,
    PredictInput,
    Record,
    ToolError,
    slug,
)
from .workbench import Workbench


class Tool(NamedTuple):
    """A tool as an agent sees it."""

    function: Callable[[Workbench, Any], Record]
    input: type[Record]
    about: str
    prefix: str
    """What its evidence ids begin with."""


class Toolbox:
    """The tools bound to a case. `call` runs one and returns its evidence."""

    TOOLS: ClassVar[dict[str, Tool]] = {
        "predict": Tool(predict, PredictInput, "one model's scores against its thresholds", "predict"),
        "gradcam": Tool(gradcam, GradcamInput, "where one model looks for one finding", "gradcam"),
        "detect_boxes": Tool(detect_boxes, DetectBoxesInput, "regions a heatmap stands out in", "boxes"),
        "compare_models": Tool(compare_models, CompareModelsInput, "both models side by side", "compare"),
        "compare_attention": Tool(
            compare_attention, CompareAttentionInput, "how the two models' maps of a finding differ", "attention"
        ),
        "lookup_ground_truth": Tool(
            lookup_ground_truth, LookupGroundTruthInput, "what the label table says, unless blind", "truth"
        ),
    }

    def __init__(self, bench: Workbench):
        self.bench = bench

    def call(self, tool: str, **arguments: Any) -> Evidence:
        """Run a tool by name. `ToolError` for an unknown tool, wrong arguments, or what the tool cannot give."""
        if tool not in self.TOOLS:
            raise ToolError(f"{tool!r} is not a tool{did_you_mean(tool, self.TOOLS)}")
        entry = self.TOOLS[tool]
        if isinstance(arguments.get("finding"), str):
            arguments = {**arguments, "finding": self.bench.finding(arguments["finding"])}
        try:
            request = entry.input(**arguments)
        except ValidationError as error:
            raise ToolError(f"{tool}: {_explain(error, entry.input)}") from None
        start = time.perf_counter()
        result = entry.function(self.bench, request)
        return Evidence(
            id=evidence_id(entry.prefix, request),
            tool=tool,
            arguments=request.model_dump(mode="json", exclude_none=True),
            result=result.model_dump(mode="json"),
            seconds=time.perf_counter() - start,
        )


class KeptToolbox(Toolbox):
    """A toolbox that gives the same evidence again when it is asked the same again, and runs nothing twice."""

    def __init__(self, bench: Workbench):
        super().__init__(bench)
        self._kept: dict[tuple[str, str], Evidence] = {}

    def call(self, tool: str, **arguments: Any) -> Evidence:
        key = (tool, repr(sorted(arguments.items())))
        if key not in self._kept:
            self._kept[key] = super().call(tool, **arguments)
        return self._kept[key]


def evidence_id(prefix: str, request: Record) -> str:
    """`gradcam.finetuned.pleural-effusion`; an argument that is not the default is added: `@threshold=0.7`."""
    values = request.model_dump()
    parts = [prefix, values.pop("model", None), slug(values.pop("finding", None) or "") or None]
    name = ".".join(part for part in parts if part)
    fields = type(request).model_fields
    changed = {key: value for key, value in values.items() if value != fields[key].default}
    return name + "".join(
        f"@{key}={v:g}" if isinstance(v, int | float) else f"@{key}={v}" for key, v in changed.items()
    )


def _explain(error: ValidationError, model: type[Record]) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "arguments"
    if first["type"] == "extra_forbidden":
        return f"{where!r} is not an argument{did_you_mean(where, model.model_fields)}"
    if first["type"] == "missing":
        return f"the argument {where!r} is missing"
    return f"{where} = {first['input']!r}: {first['msg']}"
