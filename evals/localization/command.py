"""The command `cxr-lens localize`: how well a model's heatmaps point at what readers drew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...training.console import CommandParser, print_json, say
from ...training.errors import RequestError


def localize(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    from ...tools.anatomy.true_regions import match_regions, read_regions  # noqa: PLC0415
    from ...tools.maps.methods import check_method  # noqa: PLC0415  torch takes seconds to import
    from ...training.models.checkpoints import write_atomically  # noqa: PLC0415
    from ...training.models.families import load_model  # noqa: PLC0415
    from ...training.tables import read_table  # noqa: PLC0415
    from .false_boxes import collect_absent  # noqa: PLC0415
    from .measure import collect_pairs  # noqa: PLC0415
    from .report import localization_report  # noqa: PLC0415

    check_method(asked.method)
    if asked.batch < 1:
        raise RequestError(f"--batch {asked.batch} is not a number of films; expected 1 or more")
    if asked.save and not asked.fit:
        raise RequestError("--save keeps thresholds that --fit CSV fits; give both")
    classifier = load_model(asked.model, asked.device)
    known = classifier.config.finding_set
    findings = [known.get(name).name for name in asked.finding] if asked.finding else None
    file = read_regions(asked.boxes, known)
    table = read_table(asked.data, asked.images, known)
    matched = match_regions(file, table)
    options: dict[str, Any] = {"method": asked.method, "batch": asked.batch, "findings": findings}
    pairs = collect_pairs(classifier, table, matched, **options)
    drawn = list(dict.fromkeys(pair.finding for pair in pairs))
    absent = collect_absent(classifier, table, matched, findings=drawn, method=asked.method, batch=asked.batch)
    fit_pairs = []
    if asked.fit:
        other = read_table(asked.fit, asked.images, known)
        shared = set(other.frame["patient"]) & {pair.patient for pair in pairs}
        if shared:
            raise RequestError(
                f"{other.name} and {table.name} share {len(shared)} patients, such as {min(shared)!r}: thresholds are "
                "fitted on other patients than they are measured on"
            )
        fit_pairs = collect_pairs(classifier, other, match_regions(file, other), **options)
    report = localization_report(
        pairs,
        method=asked.method,
        fit_pairs=fit_pairs,
        absent=absent,
        rules=classifier.config.box_rules,
        order=known.names,
    )
    head = {
        "model": classifier.name,
        "weights_sha256": classifier.weights_sha256,
        "table": table.name,
        "boxes_file": file.name,
        "left_out": list(matched.left_out),
    }
    document = head | report
    for sentence in matched.left_out:
        say(f"left out: {sentence}")
    if asked.save:
        _save(asked.model, document)
    if asked.out:
        write_atomically(asked.out / "localization.json", json.dumps(document, indent=1, allow_nan=False) + "\n")
    if asked.json:
        print_json(document)
    else:
        _print(document)
    return 0


def _parser() -> CommandParser:
    parser = CommandParser("localize", "Hit rate, IoU and IoBB of a model's heatmaps, beside random and centre maps.")
    parser.add_argument("--model", required=True, help="family/variant, or a checkpoint folder")
    parser.add_argument("--data", required=True, help="the table of films (.csv)")
    parser.add_argument("--boxes", required=True, type=Path, help="boxes (.csv) or outlines (.json) of its films")
    parser.add_argument("--images", type=Path, help="folder the table's paths start from")
    parser.add_argument("--method", default="grad-cam", help="saliency method; see cxr-lens gradcam --help")
    parser.add_argument("--finding", action="append", help="only this finding; may repeat")
    parser.add_argument("--fit", metavar="CSV", help="table of other boxed films to fit thresholds on")
    parser.add_argument(
        "--save", action="store_true", help="keep the fitted thresholds and what was measured in the model's folder"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write localization.json")
    parser.add_argument("--batch", type=int, default=16, help="films at a time")
    parser.add_argument("--device", default="cpu", help="cpu, cuda")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _save(model: str, document: dict[str, Any]) -> None:
    from ...training.models.card import keep_measured  # noqa: PLC0415
    from ...training.models.checkpoints import CONFIG, read_config, write_atomically  # noqa: PLC0415
    from ...training.models.config import BoxRule  # noqa: PLC0415
    from ...training.models.families import model_folder  # noqa: PLC0415

    folder = model_folder(model)
    rules = {finding: BoxRule(**rule) for finding, rule in document["thresholds"]["fitted"].items()}
    config = read_config(folder)
    config = config.model_copy(update={"box_rules": {**config.box_rules, **rules}})
    write_atomically(folder / CONFIG, config.model_dump_json(indent=1, exclude_defaults=True) + "\n")
    kept = ("method", "table", "boxes_file", "films", "patients", "pairs", "boxes", "maps", "better_than")
    keep_measured(folder, "localization", {name: document[name] for name in kept})
    say(f"kept the thresholds of {len(rules)} findings, and what was measured, in {folder}")


def _print(document: dict[str, Any]) -> None:
    print(
        f"{document['model']}, {document['method']}, on {document['table']}: {document['pairs']} film-finding pairs "
        f"with {document['boxes']} regions, {document['films']} films of {document['patients']} patients\n"
    )
    columns = f"{'hit rate':>9}  {'95 % interval':<16}{'mIoU':>7}  {'95 % interval':<16}{'Otsu':>6}{'fitted':>8}"
    print(f"{'':<28}{columns}")
    for name, own in document["maps"].items():
        print(_row(name, own))
    for control, each in document["better_than"].items():
        hit, overlap, cut = each["hit_rate"], each["miou"], each["miou_fitted"]
        print(
            f"  over {control:<21}{hit['difference']:>+9.3f}  {_range(hit['low'], hit['high'])}"
            f"{overlap['difference']:>+7.3f}  {_range(overlap['low'], overlap['high'])}"
            f"{'':>6}{cut['difference']:>+8.3f}  {_range(cut['low'], cut['high'])}"
        )
    first = next(iter(document["maps"]))
    if document["true_positives"]["maps"]:
        print(_row(f"{first}, true positives", document["true_positives"]["maps"][first]))
    print(f"\n{'per finding, ' + first:<28}{columns}{'pairs':>7}   random, centre hit")
    for finding, own in document["findings"].items():
        controls = ", ".join(f"{own['maps'][key]['hit_rate']:.2f}" for key in ("random", "centre"))
        print(f"{_row(finding, own['maps'][first])}{own['pairs']:>7}   {controls}")
    levels = "".join(f"{level:>7}" for level in document["box_accuracy"]["map"]["iou"])
    print(f"\n{'true boxes found at':<28}{levels}")
    for kind, own in document["box_accuracy"].items():
        for measure, word in (("iou", "IoU"), ("iobb", "IoBB")):
            cells = "".join(f"{value:>7.2f}" for value in own[measure].values())
            print(f"  {kind + ' ' + word:<26}{cells}")
    print(f"{'drawn boxes that are true, by IoU':<28}")
    for kind, own in document["box_accuracy"].items():
        cells = "".join(f"{'–' if value is None else f'{value:.2f}':>7}" for value in own["drawn_right"].values())
        print(f"  {kind:<26}{cells}")
    _print_false(document["false_boxes"])


def _print_false(false: dict[str, Any]) -> None:
    if not false["pairs"]:
        print("\nboxes where nothing is: not counted, as the table calls none of these findings absent on any film")
        return
    print(
        f"\nboxes where nothing is: {false['pairs']} film-finding pairs without the finding, {false['films']} films; "
        f"the model calls {false['called']} of the pairs"
    )
    for kind in ("map", "overlay"):
        own = false[kind]
        print(
            f"  {kind:<26}{own['per_film']:.2f} a film, on {own['maps_boxed']:.0%} of the pairs; "
            f"{own['per_film_called']:.2f} a film for the findings it calls"
        )


def _row(name: str, own: dict[str, Any]) -> str:
    return (
        f"{name:<28}{own['hit_rate']:>9.3f}  {_range(own['hit_low'], own['hit_high'])}{own['miou']:>7.3f}  "
        f"{_range(own['miou_low'], own['miou_high'])}{own['miou_otsu']:>6.3f}{own['miou_fitted']:>8.3f}"
    )


def _range(low: float | None, high: float | None) -> str:
    return f"{f'{low:.3f} to {high:.3f}' if low is not None and high is not None else '–':<16}"
