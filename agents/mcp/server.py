"""The tools and the explain run as an MCP server, so that another program's LLM can ask about a film.

    cxr-lens mcp --allow FOLDER        (stdio; Model Context Protocol, modelcontextprotocol.io)

Six tools: the five of the toolbox and `explain`. Their inputs are the toolbox's own with `image` added; their results
are the same records, as structured content under the same JSON Schemas, with a picture as image content where there
is something to see. A film is a file inside an allowed folder (links resolved first), or a case id of the label table
the server was started with; nothing else on the disk is opened, and a refusal does not tell whether a file is there.
The truth is shown only where the server was started with `revealed`.
"""

from __future__ import annotations

import base64
import io
import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import anyio
import mcp_types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from PIL import Image, ImageDraw

from ...tools.panels.drawing import film_png, heat_png, shared_maximum
from ...tools.schemas import ToolError
from ...tools.toolbox import Toolbox
from ...training.errors import RequestError, TableError, did_you_mean
from ..case import explain_case, software
from ..opening import open_case
from ..record_schemas import schema_of
from ..records import CaseReport, Level
from ..reports.output import render_panel

if TYPE_CHECKING:
    from ...tools.schemas import Evidence
    from ...tools.workbench import Workbench
    from ...training.models.classifier import Classifier
    from ...training.tables import CaseTable

OUTPUTS = {
    "predict": "Prediction",
    "gradcam": "Heatmap",
    "detect_boxes": "BoxSet",
    "compare_models": "Comparison",
    "compare_attention": "CompareAttentionResult",
    "lookup_ground_truth": "GroundTruth",
    "explain": "CaseReport",
}
"""Tool -> the record it returns."""
KEPT = 4
"""Cases kept open, so that the next question about one runs no model again."""
IMAGE_EDGE = 768
"""px on the longer side of a picture sent."""
INSTRUCTIONS = (
    "Tools about one chest radiograph and two versions of a classifier (baseline, finetuned). Give `image` as a path "
    "inside an allowed folder{ids}. Sides are the patient's. Research only, not a medical device."
)


@dataclass
class FilmServer:
    """What the server may open, with which pair; cases are kept by file, size and time."""

    allowed: tuple[Path, ...]
    pair: tuple[str, str | None, str | None]
    """Family, baseline, fine-tuned, as on the command line; loaded with the first call."""
    table: CaseTable | None = None
    revealed: bool = False
    _cases: OrderedDict[tuple[str, int, int], Workbench] = field(default_factory=OrderedDict)

    @cached_property
    def models(self) -> tuple[Classifier, Classifier]:
        from ...training.models.families import load_pair  # noqa: PLC0415  torch takes seconds; listing tools needs none

        return load_pair(*self.pair)

    def film(self, image: str) -> Path:
        """The file `image` means; `ToolError`, the same for what is outside and for what is not there."""
        for path in self._candidates(image):
            try:
                real = path.resolve(strict=True)
            except (OSError, RuntimeError, ValueError):  # not there, a circle of links, a zero byte in the name
                continue
            if real.is_file() and any(real.is_relative_to(root) for root in self.allowed):
                return real
        folders = ", ".join(repr(root.name) for root in self.allowed)
        ids = "" if self.table is None else f", or a case id of {self.table.name}"
        raise ToolError(f"{image!r} is no film here; expected a file inside the allowed folders ({folders}){ids}")

    def _candidates(self, image: str) -> list[Path]:
        paths = [Path(image)] if Path(image).is_absolute() else [root / image for root in self.allowed]
        if self.table is not None:
            with suppress(TableError):
                paths.append(self.table.path_of(self.table.find(image)))
        return paths

    def open(self, image: str) -> Workbench:
        film = self.film(image)
        about = film.stat()
        key = (str(film), about.st_size, about.st_mtime_ns)
        if key not in self._cases:
            self._cases[key] = self._read(film)
        self._cases.move_to_end(key)
        while len(self._cases) > KEPT:
            self._cases.popitem(last=False)
        return self._cases[key]

    def _read(self, film: Path) -> Workbench:
        if self.table is not None:
            try:
                self.table.find(film)
            except TableError:  # a film of an allowed folder that the table does not know: no truth
                return open_case(film, *self.models)
            return open_case(film, *self.models, labels=self.table, revealed=self.revealed)
        return open_case(film, *self.models)

    def call(self, tool: str, arguments: dict[str, Any]) -> mcp_types.CallToolResult:
        """Run a tool; what the caller can put right comes back as an error result in one sentence."""
        try:
            return self._call(tool, dict(arguments))
        except RequestError as error:
            said = mcp_types.TextContent(type="text", text=str(error))
            return mcp_types.CallToolResult(content=[said], is_error=True)

    def _call(self, tool: str, arguments: dict[str, Any]) -> mcp_types.CallToolResult:
        if tool not in OUTPUTS:
            raise ToolError(f"{tool!r} is not a tool{did_you_mean(tool, OUTPUTS)}")
        image = arguments.pop("image", None)
        if not isinstance(image, str) or not image:
            raise ToolError(f"{tool}: the argument 'image' is missing; give the film's path")
        if tool == "explain":
            _check_explain(arguments)
        bench = self.open(image)
        if tool == "explain":
            report = explain_case(bench, **arguments)
            return _result(_for_clients(report), render_panel(report, bench))
        evidence = Toolbox(bench).call(tool, **arguments)
        return _result(evidence.result, _picture(bench, evidence))


def tool_list() -> list[mcp_types.Tool]:
    """The six tools with the schemas `cxr-lens schema` prints, `image` added to each input."""
    tools = []
    for name, entry in Toolbox.TOOLS.items():
        tools.append(_tool(name, entry.about, entry.input.model_json_schema()))
    about = "a full run about one film: predictions, maps, boxes, difficulty, and an explanation checked against them"
    properties: dict[str, Any] = {
        "finding": {"type": "string", "description": "make the run about one finding"},
        "difficulty": {"enum": list(get_args(Level)), "description": "set the difficulty instead of finding it out"},
    }
    return [*tools, _tool("explain", about, {"type": "object", "properties": properties})]


def _tool(name: str, about: str, schema: dict[str, Any]) -> mcp_types.Tool:
    image = {"type": "string", "description": "the film: a path inside an allowed folder, or a case id"}
    accepts = {
        **schema,
        "properties": {"image": image, **schema.get("properties", {})},
        "required": ["image", *schema.get("required", [])],
        "additionalProperties": False,
    }
    return mcp_types.Tool(
        name=name,
        description=about,
        input_schema=accepts,
        output_schema=schema_of(OUTPUTS[name]),
        annotations=mcp_types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    )


def _check_explain(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if name not in ("finding", "difficulty"):
            raise ToolError(f"explain: {name!r} is not an argument{did_you_mean(name, ('finding', 'difficulty'))}")
        if value is not None and not isinstance(value, str):
            raise ToolError(f"explain: {name} = {value!r}: expected a string")
    level = arguments.get("difficulty")
    if level is not None and level not in get_args(Level):
        raise ToolError(f"explain: difficulty = {level!r}: expected one of {', '.join(get_args(Level))}")


def _for_clients(report: CaseReport) -> dict[str, Any]:
    """The report as a client's LLM may see it: of a blind run nothing of the truth goes along."""
    if report.blind:
        report = report.model_copy(update={"truth": None, "true_difficulty": None})
    return report.model_dump(mode="json")


def _result(record: dict[str, Any], picture: bytes | None) -> mcp_types.CallToolResult:
    content: list[Any] = [mcp_types.TextContent(type="text", text=json.dumps(record))]
    if picture is not None:
        data = base64.b64encode(picture).decode("ascii")
        content.append(mcp_types.ImageContent(type="image", data=data, mime_type="image/png"))
    return mcp_types.CallToolResult(content=content, structured_content=record)


def _picture(bench: Workbench, evidence: Evidence) -> bytes | None:
    """The film under the heatmap a map or boxes were read from, boxes drawn in; None for other tools."""
    if evidence.tool not in ("gradcam", "detect_boxes"):
        return None
    role, finding = evidence.result["role"], evidence.result["finding"]
    film = Image.open(io.BytesIO(film_png(bench.film, IMAGE_EDGE))).convert("RGBA")
    heat = heat_png(bench.heat(role, finding), shared_maximum(bench, finding), IMAGE_EDGE)
    film.alpha_composite(Image.open(io.BytesIO(heat)).convert("RGBA").resize(film.size))
    draw, scale = ImageDraw.Draw(film), film.width / bench.film.info.width
    for box in evidence.result.get("boxes", ()):
        draw.rectangle([box[k] * scale for k in ("x1", "y1", "x2", "y2")], outline=(255, 255, 255, 255), width=2)
    out = io.BytesIO()
    film.convert("RGB").save(out, format="PNG")
    return out.getvalue()


def build_server(films: FilmServer) -> Server[Any]:
    """The MCP server over a `FilmServer`; one call at a time, off the event loop."""
    one_at_a_time = anyio.CapacityLimiter(1)

    async def list_tools(_: Any, __: mcp_types.PaginatedRequestParams | None) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=tool_list())

    async def call_tool(_: Any, asked: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        return await anyio.to_thread.run_sync(films.call, asked.name, asked.arguments or {}, limiter=one_at_a_time)

    ids = "" if films.table is None else f" or as a case id of {films.table.name}"
    return Server(
        "cxr-lens",
        version=software().rpartition(" ")[2],
        title="Chest X-Ray LENS",
        instructions=INSTRUCTIONS.format(ids=ids),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def serve(films: FilmServer) -> None:
    """Serve on standard input and output until the client closes them."""

    async def run() -> None:
        server = build_server(films)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


def allowed_folders(given: Sequence[Path]) -> tuple[Path, ...]:
    """The folders, links resolved; `RequestError` for one that is not there or is the root of everything."""
    for folder in given:
        if not folder.is_dir():
            raise RequestError(f"--allow {str(folder)!r} is not a folder; name the folder that holds the films")
        if folder.resolve() == Path(folder.resolve().anchor):
            raise RequestError(f"--allow {str(folder)!r} is the whole disk; name the folder that holds the films")
    return tuple(folder.resolve() for folder in given)
