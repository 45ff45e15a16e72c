"""The tools on the command line: predict, gradcam, boxes, compare. Each reads one film and a pair of models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Literal

from ..training.console import CommandParser, print_json, say
from ..training.environment import cache_folder
from ..training.models.checkpoints import write_atomically
from ..training.models.families import load_pair, pair_findings
from ..training.radiographs.quality import assess_quality
from ..training.radiographs.radiograph import read_radiograph
from ..training.tables import read_table
from .compare_models import compare_models
from .detect_boxes import detect_boxes
from .gradcam import gradcam as gradcam_tool
from .lookup_ground_truth import ground_truth
from .maps.attention import compare_attention
from .maps.methods import METHODS, check_method
from .maps.saliency import METHOD
from .panels.drawing import film_png, heat_png, shared_maximum
from .predict import predict as predict_tool
from .schemas import (
    CompareAttentionInput,
    CompareModelsInput,
    DetectBoxesInput,
    GradcamInput,
    PredictInput,
    Role,
    ToolError,
    slug,
)
from .workbench import Workbench

ROLES: tuple[Role, Role] = ("baseline", "finetuned")

PROJECTIONS: dict[str, Literal["AP", "PA"]] = {"AP": "AP", "PA": "PA"}


def predict(arguments: list[str]) -> int:
    parser = film_parser(
        "predict", "Scores of a pair of models for one radiograph, against each model's own thresholds."
    )
    parser.add_argument("--top-k", type=int, default=5, metavar="K", help="how many native labels to list, 1 to 50")
    asked = parser.parse_args(arguments)
    if not 1 <= asked.top_k <= 50:
        raise ToolError(f"--top-k {asked.top_k}: expected 1 to 50")
    bench = open_bench(asked)
    found = {role: predict_tool(bench, PredictInput(model=role, top_k=asked.top_k)) for role in _roles(asked)}
    if asked.json:
        _print(bench, {role: p.model_dump(mode="json") for role, p in found.items()})
        return 0
    for role, prediction in found.items():
        print(f"{prediction.model} ({role})")
        for name, score in sorted(prediction.findings.items(), key=lambda item: -item[1].score):
            mark = "POSITIVE" if score.positive else ""
            print(f"  {name:<28}{score.score:6.3f}  threshold {score.threshold:.3f}  {mark}".rstrip())
        for name, reason in prediction.not_assessed.items():
            print(f"  {name:<28}     -  not assessed: {reason}")
    _end()
    return 0


def gradcam(arguments: list[str]) -> int:
    parser = film_parser("gradcam", "Where the models look for a finding: influence on the score, not reasons.")
    _add_finding(parser)
    parser.add_argument("--method", default=METHOD, help=f"one of: {', '.join(METHODS)}")
    asked = parser.parse_args(arguments)
    check_method(asked.method)
    bench = open_bench(asked)
    roles = _roles(asked, bench)
    request = {"finding": asked.finding, "method": asked.method}
    found = {role: gradcam_tool(bench, GradcamInput(model=role, **request)) for role in roles}
    files = _write_overlays(bench, asked, roles, asked.method)
    if asked.json:
        _print(bench, {role: h.model_dump(mode="json") for role, h in found.items()}, files)
        return 0
    for role, heat in found.items():
        print(f"{heat.model} ({role}), {heat.finding}: magnitude {heat.magnitude:.3g}, peak {_peak(heat)}")
        for zone in heat.zones[:5]:
            print(f"  {zone.zone:<28}{zone.share:6.1%}")
        if heat.plausibility is not None:
            p = heat.plausibility
            word = "plausible" if p.plausible else "not plausible"
            print(f"  in usual zones: {p.share:.0%} (chance {p.expected:.0%}): {word}")
    _end(files)
    return 0


def boxes(arguments: list[str]) -> int:
    parser = film_parser("boxes", "Regions the heatmaps stand out in, in pixels of the film, with side and zones.")
    _add_finding(parser)
    parser.add_argument("--threshold", type=float, help="share of the map's maximum; default: the finding's")
    parser.add_argument("--rule", choices=("map", "overlay"), default="map", help="overlay: by the overlay's hue")
    asked = parser.parse_args(arguments)
    if asked.threshold is not None and not 0 < asked.threshold < 1:
        raise ToolError(f"--threshold {asked.threshold:g}: expected a share between 0 and 1")
    bench = open_bench(asked)
    roles = _roles(asked, bench)
    found = {
        role: detect_boxes(
            bench,
            DetectBoxesInput(model=role, finding=asked.finding, threshold=asked.threshold, rule=asked.rule),
        )
        for role in roles
    }
    files = _write_overlays(bench, asked, roles)
    if asked.json:
        _print(bench, {role: b.model_dump(mode="json") for role, b in found.items()}, files)
        return 0
    for role, box_set in found.items():
        print(f"{box_set.model} ({role}), {box_set.finding}: {box_set.why_none or f'{len(box_set.boxes)} boxes'}")
        for b in box_set.boxes:
            place = f"{b.side}: {', '.join(b.zones)}"
            print(f"  {b.x1:.0f},{b.y1:.0f} - {b.x2:.0f},{b.y2:.0f}  activation {b.mean_activation:.2f}  {place}")
    _end(files)
    return 0


def compare(arguments: list[str]) -> int:
    parser = film_parser(
        "compare", "Baseline against fine-tuned on one film; with --labels also which is right.", False
    )
    parser.add_argument("--finding", help="compare on one finding only, and where both look for it")
    asked = parser.parse_args(arguments)
    bench = open_bench(asked)
    found = compare_models(bench, CompareModelsInput(finding=asked.finding))
    attention = asked.finding and compare_attention(bench, CompareAttentionInput(finding=asked.finding))
    if asked.json:
        looks = attention.model_dump(mode="json") if attention else None
        print_json({"case_id": bench.case_id, **found.model_dump(mode="json"), "attention": looks})
        return 0
    print(f"{'':<28}{'baseline':>10}{'fine-tuned':>12}   truth")
    for name, row in found.findings.items():
        cells = (_cell(row.baseline_score, row.baseline_positive), _cell(row.finetuned_score, row.finetuned_positive))
        outcomes = " -> ".join(o or "-" for o in (row.baseline_outcome, row.finetuned_outcome))
        known = f"{row.truth.value}  {outcomes}" if row.truth else ""
        print(f"{name:<28}{cells[0]:>10}{cells[1]:>12}   {known}".rstrip())
    print(f"{found.relation}" + (f" on {', '.join(found.differing)}" if found.differing else ""))
    print(f"verdict: {found.verdict} ({found.verdict_reason})" if found.verdict else found.verdict_reason)
    if attention:
        print("\n".join(attention.words) or attention.why_none)
    _end()
    return 0


def open_bench(asked: argparse.Namespace) -> Workbench:
    """The case an `IMAGE [pair] [--labels CSV]` command is about; revealed where labels are given."""
    path = Path(asked.image)
    film = read_radiograph(path)
    pair = load_pair(asked.family, asked.baseline, asked.finetuned, cache=cache_folder())
    findings = pair_findings(*pair)
    truth, projection, case_id = None, None, path.stem
    if asked.labels is not None:
        table = read_table(Path(asked.labels), asked.images, findings)
        row = table.find(path)
        truth = ground_truth(table, path)
        case_id = truth.case_id
        projection = PROJECTIONS.get(str(row["projection"]))
    quality = assess_quality(film, table_projection=projection)
    for flag in quality.flags:
        say(f"note: {flag.message} {flag.way_on}")
    return Workbench(case_id, film, quality, *pair, findings, truth=truth, revealed=truth is not None)


def film_parser(command: str, about: str, one_model: bool = True) -> CommandParser:
    """Options of a command about one film and a pair of models."""
    parser = CommandParser(command, about)
    parser.add_argument("image", metavar="IMAGE", help="a PNG, JPEG, TIFF or DICOM file")
    parser.add_argument("--family", default="auto", help="the pair: a family's baseline and fine-tuned model")
    parser.add_argument("--baseline", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    parser.add_argument("--finetuned", metavar="MODEL", help="FAMILY/VARIANT or a checkpoint folder")
    if one_model:
        parser.add_argument("--model", choices=(*ROLES, "both"), default="both", help="which of the pair to ask")
    parser.add_argument("--labels", metavar="CSV", help="a CheXpert-format table that knows the film")
    parser.add_argument("--images", metavar="ROOT", type=Path, help="where the table's films are")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _add_finding(parser: CommandParser) -> None:
    parser.add_argument("--finding", required=True, help="for example 'Pleural Effusion'")
    parser.add_argument("--out", metavar="DIR", type=Path, help="write film.png and a transparent heatmap per model")


def _roles(asked: argparse.Namespace, bench: Workbench | None = None) -> tuple[Role, ...]:
    """The models asked for; of both, those that assess the finding. One at least is left, for the tool to refuse."""
    if asked.model != "both":
        return (asked.model,)
    if bench is None:
        return ROLES
    finding = bench.finding(asked.finding)
    reasons: dict[Role, str | None] = {role: bench.why_not_assessed(role, finding) for role in ROLES}
    able: tuple[Role, ...] = tuple(role for role in ROLES if reasons[role] is None)
    for role in ROLES if able else ():
        if reasons[role] is not None:
            say(f"note: {role} does not assess {finding}: {reasons[role]}")
    return able or ("finetuned",)


def _write_overlays(
    bench: Workbench, asked: argparse.Namespace, roles: tuple[Role, ...], method: str = METHOD
) -> dict[str, str]:
    if asked.out is None:
        return {}
    finding = bench.finding(asked.finding)
    vmax = shared_maximum(bench, finding, method)
    files = {"film": "film.png"}
    write_atomically(asked.out / "film.png", film_png(bench.film))
    for role in roles:
        files[role] = f"{slug(finding)}-{role}.png"
        write_atomically(asked.out / files[role], heat_png(bench.heat(role, finding, method=method), vmax))
    return {name: str(asked.out / file) for name, file in files.items()}


def _print(bench: Workbench, records: dict[str, Any], files: dict[str, str] | None = None) -> None:
    """The fine-tuned model's record (or the only one asked for), with every record under `models`."""
    document: dict[str, Any] = {"case_id": bench.case_id}
    if files:
        document["files"] = files
    print_json({**document, **list(records.values())[-1], "models": records})


def _cell(score: float | None, positive: bool | None) -> str:
    return "-" if score is None else f"{score:.3f}{'+' if positive else ' '}"


def _peak(heat: Any) -> str:
    return "none (the map is empty)" if heat.peak is None else f"{heat.peak_zone} ({heat.peak_side})"


def _end(files: dict[str, str] | None = None) -> None:
    for path in (files or {}).values():
        say(f"wrote {path}")
    say("Research only. Not a medical device.")
