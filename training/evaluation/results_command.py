"""The command `results`: evaluations of any number of runs and families in one table."""

from __future__ import annotations

from pathlib import Path

from ..console import CommandParser, print_json
from .results_table import as_csv, as_markdown, read_evaluations, result_rows


def results(arguments: list[str]) -> int:
    parser = CommandParser("results", "Evaluations of any number of runs and families in one table.")
    parser.add_argument(
        "places", nargs="+", type=Path, metavar="DIR", help="folders of cxr-lens evaluate, or folders above them"
    )
    parser.add_argument("--format", choices=("markdown", "csv"), default="markdown", help="what is printed")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    rows = result_rows(read_evaluations(given.places))
    if given.json:
        print_json({"rows": [row.model_dump() for row in rows]})
    else:
        print(as_csv(rows) if given.format == "csv" else as_markdown(rows), end="")
    return 0
