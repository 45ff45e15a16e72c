"""The command `cxr-lens mcp`: the tools as an MCP server over standard input and output."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ...training.console import CommandParser, say
from ...training.errors import RequestError

INSTALL = "pip install 'chest-xray-lens[mcp]'"


def mcp(arguments: list[str]) -> int:
    parser = CommandParser("mcp", "Serve the five tools and the explain run over MCP (stdio).")
    parser.add_argument(
        "--allow", metavar="DIR", type=Path, action="append", required=True,
        help="a folder films may be read from, with all below it; may be given again",
    )  # fmt: skip
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--labels", metavar="CSV", type=Path, help="a CheXpert-format table of the films")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--revealed", action="store_true", help="the client may see the table's truth")
    asked = parser.parse_args(arguments)
    if find_spec("mcp") is None:
        raise RequestError(f"the MCP server needs the official SDK: {INSTALL}")
    if asked.revealed and asked.labels is None:
        raise RequestError("--revealed needs the truth: name a table that has the films with --labels CSV")
    from ...training.models.families import load_pair, pair_findings  # noqa: PLC0415  pandas and torch take seconds
    from ...training.tables import read_table  # noqa: PLC0415  as above
    from .server import FilmServer, allowed_folders, serve  # noqa: PLC0415

    allowed = allowed_folders(asked.allow)
    pair = (asked.family, asked.baseline, asked.finetuned)
    table = None
    if asked.labels is not None:  # a pair may be about findings of its own
        table = read_table(asked.labels, asked.images, pair_findings(*load_pair(*pair)))
    say(f"serving films of {', '.join(str(folder) for folder in allowed)}; research only, not a medical device")
    serve(FilmServer(allowed, pair, table, asked.revealed))
    return 0
