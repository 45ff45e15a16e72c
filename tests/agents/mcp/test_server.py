"""The MCP server, driven over stdio by the SDK's own client: tools, schemas, pictures, and what is refused."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.agents.record_schemas import schema_of
from PIL import Image

anyio = pytest.importorskip("anyio")
mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

SECONDS = 250
RECORD = {
    "predict": "Prediction",
    "gradcam": "Heatmap",
    "detect_boxes": "BoxSet",
    "compare_models": "Comparison",
    "compare_attention": "CompareAttentionResult",
    "lookup_ground_truth": "GroundTruth",
    "explain": "CaseReport",
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, film_pixels: np.ndarray) -> Path:
    """An allowed folder in CheXpert's layout, and beside it films that are not allowed."""
    root = tmp_path_factory.mktemp("mcp")
    picture = Image.fromarray(np.round(film_pixels * 255).astype(np.uint8))
    inside = root / "films" / "set" / "valid" / "patient7" / "study1" / "view1_frontal.png"
    inside.parent.mkdir(parents=True)
    picture.save(inside)
    rows = "Path,AP/PA,Pleural Effusion,Edema\nset/valid/patient7/study1/view1_frontal.png,AP,1,0\n"
    (root / "films" / "set" / "valid.csv").write_text(rows)
    picture.save(root / "secret.png")
    (root / "films" / "link.png").symlink_to(root / "secret.png")
    (root / "films" / "notes.png").write_text("no film at all")
    return root / "films"


Talk = Callable[[Any], Awaitable[None]]


@pytest.fixture
def converse(films: Path, tiny_folders: dict[str, Path]) -> Callable[..., None]:
    """`converse(talk, *options)`: start `cxr-lens mcp` as a client would and let `talk(client)` speak with it."""

    def run(talk: Talk, *options: str) -> None:
        pair = ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
        server = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "cxr_lens.agents.cli", "mcp", "--allow", str(films), *pair, *options],
            env={"PYTHONPATH": ":".join(path for path in sys.path if path), "OMP_NUM_THREADS": "1"},
        )

        async def whole() -> None:
            with anyio.fail_after(SECONDS):
                async with mcp.Client(mcp.stdio_client(server)) as client:
                    await talk(client)

        anyio.run(whole)

    return run


FILM = "set/valid/patient7/study1/view1_frontal.png"


def picture_of(result: Any) -> Image.Image:
    (image,) = [part for part in result.content if part.type == "image"]
    assert image.mime_type == "image/png"
    return Image.open(io.BytesIO(base64.b64decode(image.data)))


def said(result: Any) -> str:
    assert result.is_error
    (part,) = result.content
    assert "\n" not in part.text
    return part.text


def test_every_tool_answers_with_its_record_and_a_picture_where_there_is_one(converse: Any) -> None:
    async def talk(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == list(RECORD)
        for name, tool in tools.items():
            assert tool.output_schema == schema_of(RECORD[name])
            assert tool.input_schema["required"][0] == "image"
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        asked = {
            "predict": {"model": "finetuned", "top_k": 3},
            "gradcam": {"model": "finetuned", "finding": "edema"},
            "detect_boxes": {"model": "baseline", "finding": "Edema", "threshold": 0.5},
            "compare_models": {},
            "explain": {"finding": "Edema", "difficulty": "hard"},
        }
        for name, arguments in asked.items():
            jsonschema.validate({"image": FILM, **arguments}, tools[name].input_schema)
            result = await client.call_tool(name, {"image": FILM, **arguments})
            assert not result.is_error, result.content
            jsonschema.Draft202012Validator(schema_of(RECORD[name])).validate(result.structured_content)
            assert json.loads(result.content[0].text) == result.structured_content
            if name in ("gradcam", "detect_boxes", "explain"):
                assert min(picture_of(result).size) >= 96
            else:
                assert [part.type for part in result.content] == ["text"]
            if name == "gradcam":
                spread = np.ptp(np.asarray(picture_of(result)).astype(int), axis=2)
                assert spread.max() > 30  # the map is laid over the grey film in colour

    converse(talk)


def test_only_films_of_allowed_folders_are_opened_and_a_refusal_tells_nothing(converse: Any, films: Path) -> None:
    async def talk(client: Any) -> None:
        async def ask(image: Any) -> str:
            return said(await client.call_tool("predict", {"image": image, "model": "finetuned"}))

        outside = films.parent / "secret.png"
        refused = [
            str(outside),
            str(outside.with_name("not-there.png")),
            "../secret.png",
            "link.png",
            str(films / "link.png"),
            str(films / ".." / "secret.png"),
            "set",
            "/etc/passwd",
            "a\0b",
        ]
        for image in refused:
            assert (
                await ask(image) == f"{image!r} is no film here; expected a file inside the allowed folders ('films')"
            )
        assert "a text file" in await ask("notes.png")
        assert "'image' is missing" in await ask("")
        absolute = await client.call_tool("predict", {"image": str(films / FILM), "model": "baseline"})
        assert not absolute.is_error

    converse(talk)


def test_mistakes_come_back_as_one_sentence_and_the_server_goes_on(converse: Any) -> None:
    async def talk(client: Any) -> None:
        async def ask(tool: str, **arguments: Any) -> str:
            return said(await client.call_tool(tool, {"image": FILM, **arguments}))

        assert "did you mean 'Edema'" in await ask("gradcam", model="finetuned", finding="Edemma")
        assert "model = 'third'" in await ask("predict", model="third")
        assert "'model' is missing" in await ask("predict")
        assert "'out' is not an argument" in await ask("explain", out="folder")
        assert "expected one of easy, average, hard" in await ask("explain", difficulty="severe")
        assert "is not a tool; did you mean 'predict'" in await ask("predicts", model="finetuned")
        assert "not assessed" in await ask("gradcam", model="baseline", finding="Fracture")
        assert not (await client.call_tool("predict", {"image": FILM, "model": "finetuned"})).is_error

    converse(talk)


def test_the_truth_is_told_only_where_the_server_was_started_revealed(converse: Any, films: Path) -> None:
    case = "patient7_study1_view1_frontal"

    async def blind(client: Any) -> None:
        assert "blind" in said(await client.call_tool("lookup_ground_truth", {"image": case})).lower()
        report = (await client.call_tool("explain", {"image": case})).structured_content
        assert (report["blind"], report["truth"], report["true_difficulty"]) == (True, None, None)

    async def revealed(client: Any) -> None:
        truth = (await client.call_tool("lookup_ground_truth", {"image": case})).structured_content
        jsonschema.validate(truth, schema_of("GroundTruth"))
        assert truth["findings"]["Pleural Effusion"]["value"] == "positive"
        assert (await client.call_tool("explain", {"image": case})).structured_content["blind"] is False

    labels = ["--labels", str(films / "set" / "valid.csv")]
    converse(blind, *labels)
    converse(revealed, *labels, "--revealed")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--allow"),
        (["--allow", "gone"], "--allow 'gone' is not a folder"),
        (["--allow", "/"], "is the whole disk"),
        (["--allow", ".", "--revealed"], "--revealed needs the truth"),
        (["--allow", ".", "--labels", "gone.csv"], "there is no table"),
    ],
)
def test_a_wrong_start_is_one_sentence_and_exit_2(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mcp", *options]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err


def test_without_the_sdk_the_install_command_is_named() -> None:
    code = (
        "import importlib.util as u, sys; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'mcp' else find(name, *rest)\n"
        "from cxr_lens.agents.cli import main; sys.exit(main(['mcp', '--allow', '.']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("pip install 'chest-xray-lens[mcp]'")
