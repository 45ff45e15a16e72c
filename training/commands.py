"""The commands `data stats`, `data synthesize`, `models list` and `models show`."""

from __future__ import annotations

from .console import CommandParser, print_json


def data_stats(arguments: list[str]) -> int:
    parser = CommandParser("data stats", "Label counts of a CheXpert-format table (.csv or .csv.gz).")
    parser.add_argument("csv", help="a table, or xrv:chexpert_train for the one inside torchxrayvision")
    parser.add_argument(
        "--policy", choices=("zeros", "ones", "ignore"), default="zeros", help="what uncertain becomes"
    )
    parser.add_argument("--blank", choices=("negative", "ignore"), default="negative", help="what blank becomes")
    parser.add_argument("--all-views", action="store_true", help="count lateral films too")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .policies import LabelPolicy, count_labels  # noqa: PLC0415  pandas takes 0.5 s to import
    from .tables import read_table  # noqa: PLC0415

    table = read_table(given.csv, views="all" if given.all_views else "frontal")
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


def models_list(arguments: list[str]) -> int:
    parser = CommandParser("models list", "Families, and whether their weights are here.")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .checkpoints import WEIGHTS  # noqa: PLC0415  torch takes seconds to import
    from .families import FAMILIES  # noqa: PLC0415

    rows = [
        {
            "model": f"{family.name}/{variant}",
            "family": family.name,
            "about": family.about,
            "here": (folder / WEIGHTS).is_file(),
        }
        for family in FAMILIES.values()
        for variant, folder in family.folders.items()
    ]
    if given.json:
        print_json({"models": rows})
        return 0
    for row in rows:
        print(f"{row['model']:<28}{'here' if row['here'] else 'not here':<10}{row['about']}")
    return 0


def models_show(arguments: list[str]) -> int:
    parser = CommandParser("models show", "A model's labels, parameters, thresholds and origin.")
    parser.add_argument("model", help="family/variant, or a checkpoint folder")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    given = parser.parse_args(arguments)
    from .checkpoints import WEIGHTS, read_config, sha256_of  # noqa: PLC0415  torch takes seconds to import
    from .families import model_folder  # noqa: PLC0415
    from .findings import CHEXPERT  # noqa: PLC0415
    from .networks import build_network, count_parameters  # noqa: PLC0415

    folder = model_folder(given.model)
    config = read_config(folder)
    file = folder / WEIGHTS
    network = build_network(config.arch, len(config.labels), config.preprocessing.channels, config.arch_args)
    total, trainable = count_parameters(network)
    document = {
        "model": config.name,
        "family": config.family,
        "arch": config.arch,
        "labels": list(config.labels),
        "matched": dict(config.finding_of),
        "unmatched": [label for label in config.labels if label not in config.finding_of],
        "missing": [name for name in CHEXPERT.names if name not in config.finding_of.values()],
        "label_source": dict(config.label_source),
        "total_parameters": total,
        "trainable_parameters": trainable if config.trainable_parameters is None else config.trainable_parameters,
        "weights": {
            "here": file.is_file(),
            "bytes": file.stat().st_size if file.is_file() else None,
            "sha256": sha256_of(file) if file.is_file() else None,
        },
        "input": config.preprocessing.model_dump(mode="json"),
        "target_layer": config.target_layer,
        "policy": config.policy,
        "thresholds": {name: t.model_dump(mode="json") for name, t in config.thresholds.items()},
        "calibrated": sorted(config.calibration),
        "recipe": config.recipe,
        "trained_on": config.trained_on,
        "seed": config.seed,
        "data_hash": config.data_hash,
        "git_commit": config.git_commit,
        "note": config.note,
    }
    if given.json:
        print_json(document)
        return 0
    print(f"{config.name} ({config.arch}), {total:,} parameters, {document['trainable_parameters']:,} trained")
    print(f"weights: {'here' if file.is_file() else 'not here'}; {config.note}\n")
    print(f"{'label':<28}{'finding':<28}{'labels were':<13}{'threshold':>9}  rule")
    for label in config.labels:
        finding = config.finding_of.get(label)
        threshold = config.threshold(finding) if finding else None
        source = config.label_source.get(finding or "", "–")
        cut = f"{threshold.value:>9.3f}  {threshold.rule}" if threshold else ""
        print(f"{label:<28}{finding or '(no finding)':<28}{source:<13}{cut}")
    if document["missing"]:
        print(f"\nnot expressed: {', '.join(document['missing'])}")
    return 0
