"""The five tools as an LLM may call them, and its calls carried out: roles and findings in, a block of evidence out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...tools.schemas import Evidence, ToolError
from ...tools.toolbox import Toolbox
from ...training.errors import did_you_mean
from ...training.findings import FindingSet
from ..explanation.facts import ROLES
from ..nodes import Tools
from ..records import ToolRequest, Turn
from .evidence import describe_one

FIXED = ("compare_models", "lookup_ground_truth")
"""Asked once, at the start of a case, and never again: a second, narrower answer would change what the run is about."""


def tool_schemas(findings: FindingSet, blind: bool) -> list[dict[str, Any]]:
    """The tools in the chat completions format. A blind explainer has no tool that knows the truth."""
    names = [name for name in Toolbox.TOOLS if not (blind and name == "lookup_ground_truth")]
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": Toolbox.TOOLS[name].about,
                "parameters": _parameters(name, findings),
            },
        }
        for name in names
    ]


def use_tools(
    requests: Iterable[ToolRequest], tools: Tools, known: Iterable[Evidence], blind: bool, room: int
) -> tuple[tuple[Evidence, ...], tuple[Turn, ...]]:
    """(new evidence, one turn per request) for the tool calls of one turn. `room` is how many may still run."""
    have = {evidence.id: evidence for evidence in known}
    new: list[Evidence] = []
    turns: list[Turn] = []
    for request in requests:
        if room <= 0:
            text, found = "No tool calls are left. Answer with what is there.", None
        else:
            room -= 1
            text, found = _use(request, tools, have, blind)
        fresh = found is not None and found.id not in have
        if found is not None and fresh:
            have[found.id] = found
            new.append(found)
        turns.append(Turn(role="tool", text=text, answers=request.id, evidence=found.id if found and fresh else None))
    return tuple(new), tuple(turns)


def _use(request: ToolRequest, tools: Tools, have: dict[str, Evidence], blind: bool) -> tuple[str, Evidence | None]:
    """(what the LLM is told, the evidence behind it)."""
    if request.problem is not None:
        return f"Error: {request.problem}", None
    offered = [name for name in Toolbox.TOOLS if not (blind and name == "lookup_ground_truth")]
    if request.name not in offered:
        return f"Error: {request.name[:40]!r} is not a tool{did_you_mean(request.name[:40], offered)}", None
    if request.name in FIXED:
        found = next((e for e in have.values() if e.tool == request.name), None)
        if found is None:
            return "Error: this run has no truth to look up", None
        return f"Already there as [{found.id}].", found
    try:
        found = tools.call(request.name, **request.arguments)
    except ToolError as error:
        return f"Error: {error}", None
    except TypeError:  # an argument named like one of call's own
        return "Error: the arguments do not fit this tool", None
    if found.id in have:
        return f"Already there as [{found.id}]; the same question brings nothing new.", found
    return describe_one(found), found


def _parameters(name: str, findings: FindingSet) -> dict[str, Any]:
    """The tool's input as JSON Schema, with the findings it may be asked about."""
    schema = Toolbox.TOOLS[name].input.model_json_schema()
    properties = {
        key: {k: v for k, v in value.items() if k != "title"} for key, value in schema["properties"].items()
    }
    if "finding" in properties:
        properties["finding"] = {"type": "string", "enum": list(findings.names)}
    if "threshold" in properties:
        properties["threshold"] = {
            "type": "number",
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 1,
            "description": "share of the map's maximum a pixel needs to be inside a box; leave out for the default",
        }
    required = [key for key in schema.get("required", ()) if key in properties]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def told_request(request: ToolRequest) -> str:
    """`gradcam finetuned`, for the trace; only words of ours, whatever the LLM wrote."""
    if request.name not in Toolbox.TOOLS:
        return "an unknown tool"
    role = request.arguments.get("model")
    return f"{request.name} {role}" if role in ROLES else request.name
