"""The command `cxr-lens sanity`: do a model's heatmaps depend on its weights, the film, and what it scores?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...training.console import CommandParser, print_json, say
from ...training.errors import RequestError


def sanity(arguments: list[str]) -> int:
    parser = CommandParser("sanity", "Do heatmaps depend on the weights, on the film, and on what is scored?")
    parser.add_argument("--model", required=True, help="family/variant, or a checkpoint folder")
    parser.add_argument("--data", required=True, help="a table of films (.csv)")
    parser.add_argument("--images", type=Path, help="folder the table's paths start from")
    parser.add_argument("--films", type=int, default=24, help="films taken, evenly over the table")
    parser.add_argument("--method", default="grad-cam", help="saliency method; see cxr-lens gradcam --help")
    parser.add_argument("--save", action="store_true", help="keep the result in the model's metrics.json and card")
    parser.add_argument("--device", default="cpu", help="cpu, cuda")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    if asked.films < 2:
        raise RequestError(f"--films {asked.films}: expected two or more, maps of films are compared")
    from ...tools.maps.methods import check_method  # noqa: PLC0415  torch takes seconds to import
    from ...training.models.families import load_model  # noqa: PLC0415
    from ...training.tables import read_table  # noqa: PLC0415
    from .report import sanity_report  # noqa: PLC0415

    check_method(asked.method)
    classifier = load_model(asked.model, asked.device)
    table = read_table(asked.data, asked.images, classifier.config.finding_set)
    document = sanity_report(classifier, table, films=asked.films, method=asked.method)
    if asked.save:
        _save(asked.model, document)
    if asked.json:
        print_json(document)
    else:
        _print(document)
    return 0


def _save(model: str, document: dict[str, Any]) -> None:
    from ...training.models.card import keep_measured  # noqa: PLC0415
    from ...training.models.families import model_folder  # noqa: PLC0415

    folder = model_folder(model)
    keep_measured(folder, "saliency", document)
    say(f"kept in the metrics and the card of {folder}")


def _print(document: dict[str, Any]) -> None:
    print(f"{document['model']}, {document['method']}, {document['films']} films of {document['table']}")
    random = document["randomisation"]
    answer = "depend" if random["depends_on_weights"] else "do NOT depend"
    print(f"maps {answer} on the weights: rank correlation with the intact model's maps")
    for stage in random["stages"]:
        flat = f"   {stage['flat']:.0%} of the maps are empty" if stage["flat"] else ""
        print(f"  shuffled from the head down to {stage['down_to']:<40}{stage['similarity']:6.2f}{flat}")
    checks = document["data"]
    print(f"between films, one finding       {checks['between_films']:6.2f}")
    if checks["between_findings"] is not None:
        print(f"between findings, one film       {checks['between_findings']:6.2f}")
    for kind, better in (("deletion", "lower"), ("insertion", "higher")):
        own = document[kind]
        print(
            f"{kind:<11}area {own['map']:.3f}, random orders {own['random']:.3f}: difference {own['difference']:+.3f} "
            f"({own['low']:+.3f} to {own['high']:+.3f}; {better} is better)"
        )
