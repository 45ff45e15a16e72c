"""The command `cxr-lens cases`: representative cases of each family, and every other family on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...training.console import CommandParser, print_json, say
from ...training.errors import RequestError, did_you_mean


def cases(arguments: list[str]) -> int:
    parser = CommandParser("cases", "An easy, an average and a hard case per family, and who is right on each.")
    parser.add_argument("--data", required=True, help="the table of films (.csv)")
    parser.add_argument("--images", type=Path, help="folder the table's paths start from")
    parser.add_argument(
        "--ids", type=Path, metavar="FILE", help="cases to take (YAML), such as configs/paper/cases.yaml"
    )
    parser.add_argument("--family", action="append", help="only this family; may repeat; default: all that are here")
    parser.add_argument("--out", type=Path, default=Path("cases-out"), metavar="DIR", help="default: cases-out")
    parser.add_argument("--skip-bad", action="store_true", help="leave out films that cannot be read")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    from ...agents.reports.output import check_out  # noqa: PLC0415  torch takes seconds to import
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415
    from ...training.models.families import FAMILIES  # noqa: PLC0415
    from ...training.tables import read_table  # noqa: PLC0415
    from .lists import read_case_list  # noqa: PLC0415
    from .run import run_cases  # noqa: PLC0415

    check_out(asked.out)
    for name in asked.family or ():
        if name not in FAMILIES:
            raise RequestError(f"{name!r} is not a family{did_you_mean(name, FAMILIES)}")
    families = asked.family or [name for name, family in FAMILIES.items() if family.is_here()]
    case_list = read_case_list(asked.ids) if asked.ids else None
    table = read_table(asked.data, asked.images)
    document = run_cases(table, families, asked.out, case_list=case_list, skip_bad=asked.skip_bad, say=say)
    write_atomically(asked.out / "cases.json", json.dumps(document, indent=1, allow_nan=False) + "\n")
    write_atomically(asked.out / "index.html", render_cases(document))
    if asked.json:
        print_json(document)
    else:
        _print(document)
        print(f"\n{asked.out / 'index.html'}")
    return 0


def render_cases(document: dict[str, Any]) -> str:
    """The page of a run; pictures lie beside it."""
    import jinja2  # noqa: PLC0415  only the page needs it

    from .lists import WINNERS  # noqa: PLC0415

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("cases.html.jinja").render(names=WINNERS, **document)


def _print(document: dict[str, Any]) -> None:
    families = document["families"]
    print(f"{'case of':<18}{'level':<9}{'case':<44}" + "".join(f"{family:<18}" for family in families))
    for case in document["cases"]:
        words = "".join(f"{case['words'].get(family) or 'not judged':<18}" for family in families)
        print(f"{case['owner']:<18}{case['level']:<9}{case['case_id']:<44}{words}".rstrip())
    if "published" in document:
        print(f"published winners: {document['published']['agree']} of {document['published']['compared']} agree")
    for name in document["missing"]:
        print(f"not in the table: {name}")
    for each in document["failures"].values():
        for kind in ("FP", "FN"):
            groups = ", ".join(f"{group['count']} {group['looked']}" for group in each[kind])
            print(f"{each['model']}, surest {kind}: {groups or 'none'}")
