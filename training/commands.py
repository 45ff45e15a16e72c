"""The commands `data stats` and `data synthesize`."""

from __future__ import annotations

from pathlib import Path

from .console import CommandParser, print_json


def data_stats(arguments: list[str]) -> int:
    parser = CommandParser("data stats", "Label counts of a CheXpert-format table (.csv or .csv.gz).")
    parser.add_argument("csv", help="a table, or xrv:chexpert_train for the one inside torchxrayvision")
    parser.add_argument(
        "--policy", choices=("zeros", "ones", "ignore"), default="zeros", help="what uncertain becomes"
    )
    parser.add_argument("--blank", choices=("negative", "ignore"), default="negative", help="what blank becomes")
    parser.add_argument("--findings", type=Path, help="label file of your own findings, in place of CheXpert's 14")
    parser.add_argument("--all-views", action="store_true", help="count lateral films too")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .label_file import findings_of_file  # noqa: PLC0415
    from .policies import LabelPolicy, count_labels  # noqa: PLC0415  pandas takes 0.5 s to import
    from .tables import read_table  # noqa: PLC0415

    findings = findings_of_file(given.findings)
    table = read_table(given.csv, findings=findings, views="all" if given.all_views else "frontal")
    counts = count_labels(table, LabelPolicy(uncertain=given.policy, blank=given.blank))
    counts["views"] = "all" if given.all_views else "frontal"
    if given.json:
        print_json(counts)
        return 0
    print(f"{table.name}: {counts['images']:,} {counts['views']} films of {counts['patients']:,} patients")
    print(f"truth: {table.source}; policy {counts['policy']}\n")
    print(f"{'finding':<28}{'positive':>10}{'negative':>10}   raw: {'1':>8}{'0':>9}{'-1':>8}{'blank':>9}")
    for name, after in counts["findings"].items():
        raw = counts["raw"][name]
        print(
            f"{name:<28}{after['positive']:>10,}{after['negative']:>10,}        {raw['positive']:>8,}"
            f"{raw['negative']:>9,}{raw['uncertain']:>8,}{raw['blank']:>9,}"
        )
    return 0


def data_synthesize(arguments: list[str]) -> int:
    from .synthetic.command import synthesize_command  # noqa: PLC0415  only this command needs the generator

    return synthesize_command(arguments)
