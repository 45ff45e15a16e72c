"""The command `cxr-lens data cache ROOT`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..console import CommandParser, print_json, say
from ..errors import RequestError


def data_cache(arguments: list[str]) -> int:
    parser = CommandParser("data cache", "Decode a data set's films once, into memory-mapped files for training.")
    parser.add_argument("root", type=Path, help="folder with train.csv and valid.csv, or one table")
    parser.add_argument("--size", type=int, default=224, help="edge of the network's input, pixels")
    parser.add_argument("--resize", choices=("squash", "centre-crop"), default="squash", help="as the config says")
    parser.add_argument("--config", type=Path, help="take size and resize from a training config")
    parser.add_argument("--findings", type=Path, help="label file of your own findings, where the tables hold those")
    parser.add_argument("--out", type=Path, help="folder for the caches; by default they lie beside their tables")
    parser.add_argument("--workers", type=int, help="threads; by default one per processor")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    if given.size < 8:
        raise RequestError(f"--size {given.size} is not an edge in pixels; expected 8 or more")
    if given.workers is not None and given.workers < 1:
        raise RequestError(f"--workers {given.workers} is not a number of threads; expected 1 or more")
    from ..fine_tuning.recipe import read_recipe  # noqa: PLC0415
    from ..label_file import findings_of_file  # noqa: PLC0415
    from ..models.config import Preprocessing  # noqa: PLC0415
    from ..tables import read_table  # noqa: PLC0415
    from .cache import build_cache, cache_folder  # noqa: PLC0415  torch takes seconds to import
    from .training_set import BESIDE  # noqa: PLC0415

    preprocessing, findings = Preprocessing(size=given.size, resize=given.resize), findings_of_file(given.findings)
    if given.config is not None:
        recipe = read_recipe(given.config, findings=given.findings)
        preprocessing, findings = recipe.preprocessing, recipe.finding_set
    rows = []
    for csv in _tables(given.root):
        table = replace(read_table(csv, findings=findings), way_out=BESIDE)
        cache, decoded = build_cache(table, preprocessing, root=given.out, workers=given.workers)
        for problem in cache.bad.values():
            say(f"left black: {problem}")
        folder = cache_folder(csv, preprocessing, given.out)
        rows.append(
            {
                "table": str(csv),
                "cache": str(folder),
                "films": len(cache.pixels),
                "decoded": decoded,
                "bad": len(cache.bad),
                "bytes": cache.pixels.nbytes,
            }
        )
    if given.json:
        print_json({"caches": rows})
    else:
        for row in rows:
            print(
                f"{row['cache']}: {row['films']:,} films, {row['bytes'] / 1e9:.2f} GB; {row['decoded']:,} decoded now"
                + (f", {row['bad']} could not be read" if row["bad"] else "")
            )
    return 1 if any(row["bad"] for row in rows) else 0


def _tables(root: Path) -> list[Path]:
    """The table given, or train.csv and valid.csv in a folder or one folder below."""
    if root.is_file():
        return [root]
    for pattern in ("", "*/"):
        found = sorted(p for name in ("train.csv", "valid.csv") for p in root.glob(pattern + name))
        if found:
            return found
    raise RequestError(f"{root} holds neither train.csv nor valid.csv; expected a data set in CheXpert's layout")
