"""The command `cxr-lens data ingest`: a folder of DICOM files made into films and a table, without the patients."""

from __future__ import annotations

from pathlib import Path

from ..console import CommandParser, print_json, say
from ..errors import RequestError


def data_ingest(arguments: list[str]) -> int:
    """Exit 0 all looked at; 1 some files that may have been films could not be read; 2 asked wrongly, or no film."""
    parser = CommandParser(
        "data ingest", "Take the frontal chest films out of a PACS export, under keyed pseudonyms, with a table."
    )
    parser.add_argument("dir", metavar="DIR", type=Path, help="the export: any folders, any file names")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets films/, films.csv, left_out.csv")
    parser.add_argument(
        "--private", type=Path, help="folder for what names patients: sources.csv and the key (default: OUT-private)"
    )
    parser.add_argument("--key", type=Path, help="file with the secret key; made where it is missing")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    if not given.dir.is_dir():
        raise RequestError(f"there is no folder {str(given.dir)!r}; expected a PACS export: check the path")
    from .ingest import LEFT_OUT, TABLE, ingest  # noqa: PLC0415  pydicom and scipy load with the first use
    from .pseudonyms import load_or_create_key, others_may_read  # noqa: PLC0415

    private = given.private or given.out.resolve().with_name(given.out.resolve().name + "-private")
    key = given.key or private / "key"
    for folder, name in ((given.out, "--out"), (given.dir, "the export")):
        if key.resolve().is_relative_to(folder.resolve()):
            raise RequestError(f"the key {key.name!r} lies inside {name}; keep it elsewhere")
    names, made = load_or_create_key(key)
    if made:
        say(f"made the key {key}: keep it secret, and keep it: the same key gives the same pseudonyms")
    elif others_may_read(key):
        say(f"the key {key} can be read by others on this machine; chmod 600 it")
    result = ingest(given.dir, given.out, private, names)
    patients = len({row["Path"].split("/")[1] for row in result.taken})
    texts = sum(bool(row["Text Lines"]) for row in result.taken)
    if given.json:
        print_json(
            {
                "films": len(result.taken),
                "patients": patients,
                "left_out": result.reasons,
                "failed": result.failed,
                "with_text": texts,
                "resumed": result.resumed,
                "table": str(given.out / TABLE),
            }
        )
    else:
        print(f"{len(result.taken)} frontal films of {patients} patients: {given.out / TABLE}")
        for why, count in result.reasons.items():
            print(f"  left out: {count:>6}  {why}")
        print(f"each file not taken: {given.out / LEFT_OUT}; which file that is: {private / 'sources.csv'} (private)")
    if texts:
        say(
            f"{texts} film(s) carry lines of text (column 'Text Lines'), which may name a patient: look before sharing"
        )
    if result.failed:
        say(f"{result.failed} file(s) that may be films could not be read; {LEFT_OUT} lists them")
    return 1 if result.failed else 0
