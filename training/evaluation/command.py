"""The command `evaluate`: AUROC with intervals over a test set, and the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..console import CommandParser, print_json, say
from ..device import pick_device
from ..environment import cache_folder
from ..errors import RequestError


def evaluate(arguments: list[str]) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.batch < 1:
        raise RequestError(f"--batch {given.batch} is not a number of films; expected 1 or more")
    if given.replicates < 2:
        raise RequestError(f"--replicates {given.replicates} is too few for an interval; expected 2 or more")
    from ..fine_tuning.run_facts import run_facts  # noqa: PLC0415
    from ..models.checkpoints import write_atomically  # noqa: PLC0415  torch takes seconds to import
    from ..models.families import load_model, model_folder  # noqa: PLC0415
    from ..policies import LabelPolicy  # noqa: PLC0415
    from ..tables import read_table  # noqa: PLC0415
    from .measure import evaluate as evaluate_model  # noqa: PLC0415
    from .measure import join_truth  # noqa: PLC0415
    from .paired import compare  # noqa: PLC0415
    from .plots import evaluation_figures  # noqa: PLC0415
    from .prediction import predict_table  # noqa: PLC0415
    from .subgroups import subgroups  # noqa: PLC0415

    policy = LabelPolicy(uncertain=given.uncertain, blank=given.blank)
    device = pick_device(given.device)
    classifier = load_model(given.model, device, cache_folder())
    table = read_table(given.data, given.images, classifier.config.finding_set)
    if given.split:
        table = table.only_split(given.split)
    other = load_model(given.against, device, cache_folder()) if given.against else None
    options: dict[str, Any] = {"batch": given.batch, "skip_bad": given.skip_bad}
    predictions = predict_table(classifier, table, **options)
    scored = join_truth(table, predictions, policy)
    report = evaluate_model(classifier, table, predictions, policy=policy, replicates=given.replicates)
    report["subgroups"] = subgroups(scored, given.replicates)
    report["training"] = run_facts(classifier.config, model_folder(given.model, cache_folder())).model_dump()
    report["against"] = None
    if other is not None:
        theirs = join_truth(table, predict_table(other, table, **options), policy)
        report["against"] = compare(scored, theirs, other, given.replicates)
    files: dict[str, bytes | str] = dict(evaluation_figures(scored, report))
    files["scores.csv"] = predictions.scores.to_csv(float_format="%.6f")
    files["evaluation.json"] = json.dumps(report, indent=1, allow_nan=False) + "\n"
    try:
        for name, content in files.items():
            write_atomically(given.out / name, content)
    except OSError as error:
        raise RequestError(f"cannot write to --out {given.out}: {error.strerror or error}") from None
    if given.json:
        print_json(report)
    else:
        _print_evaluation(report)
        print(f"\n{given.out / 'evaluation.json'}")
    for problem in report["skipped"]:
        say(f"skipped: {problem}")
    return 1 if report["skipped"] else 0


def _parser() -> CommandParser:
    parser = CommandParser(
        "evaluate", "Score a model over a table: AUROC with intervals over patients, and the rest."
    )
    parser.add_argument("--model", required=True, help="family/variant, or a checkpoint folder")
    parser.add_argument("--against", metavar="MODEL", help="another model on the same films: paired differences")
    parser.add_argument("--data", required=True, help="the table (.csv or .csv.gz)")
    parser.add_argument("--images", type=Path, help="folder the table's paths start from")
    parser.add_argument("--split", metavar="NAME", help="one of the data set's own splits, such as test")
    parser.add_argument("--out", type=Path, required=True, help="folder for evaluation.json, scores.csv and figures")
    parser.add_argument("--batch", type=int, default=32, help="films at a time; the scores do not depend on it")
    parser.add_argument("--replicates", type=int, default=1000, help="bootstrap samples of the patients")
    parser.add_argument(
        "--uncertain", choices=("ignore", "zeros", "ones"), default="ignore", help="what -1 counts as"
    )
    parser.add_argument("--blank", choices=("ignore", "negative"), default="ignore", help="what blank counts as")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda")
    parser.add_argument("--skip-bad", action="store_true", help="leave out films that cannot be read")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser


def _number(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "–"


def _range(of: dict[str, Any], low: str = "low", high: str = "high") -> str:
    return f"{_number(of[low])} to {_number(of[high])}"


def _print_evaluation(report: dict[str, Any]) -> None:
    print(f"{report['model']} on {report['table']}: {report['images']} films of {report['patients']} patients")
    print(f"truth: {report['truth_source']}; labels that are uncertain: {report['policy']}")
    over = report["mean_over"]
    print(
        f"mean AUROC {_number(report['mean_auroc'])} ({_range(report, 'mean_low', 'mean_high')}) over the "
        f"{len(over)} findings that have one; {_number(report['ample']['mean_auroc'])} over the "
        f"{len(report['ample']['over'])} with {report['ample']['fewest']} positives and negatives or more"
    )
    five = report["competition"]
    why = "".join(f"; {name}: {reason}" for name, reason in five["missing"].items())
    print(f"competition's five labels: {_number(five['mean_auroc'])} ({_range(five)}){why}")
    if report["approximate"]:
        print("fewer than 100 patients: the intervals are approximate")
    print(
        f"\n{'finding':<27}{'AUROC':>6}  {'95 % interval':<15}{'AP':>6}{'F1':>7}{'prec.':>7}{'recall':>7}"
        f"{'TP':>5}{'FP':>5}{'TN':>5}{'FN':>5}{'ECE':>7}  {'calibrated':<10}{'positives':>10}"
    )
    for name, f in report["findings"].items():
        print(
            f"{name:<27}{_number(f['auroc']):>6}  {_range(f):<15}{_number(f['auprc']):>6}{_number(f['f1']):>7}"
            f"{_number(f['precision']):>7}{_number(f['recall']):>7}{f['tp']:>5}{f['fp']:>5}{f['tn']:>5}{f['fn']:>5}"
            f"{_number(f['ece_before']):>7}  {_number(f['ece_after']):<10}{f['positives']:>10}"
        )
    for axis, about in report["subgroups"].items():
        if len(about["groups"]) > 1:
            print(f"\nby {axis}, mean AUROC over {len(about['mean_over'])} findings defined in each group")
            for group, own in about["groups"].items():
                few = "  (few patients: approximate)" if own["approximate"] else ""
                print(f"  {group:<14}{own['images']:>7} films  {_number(own['mean_auroc'])} ({_range(own)}){few}")
    against = report["against"]
    if against is not None:
        print(
            f"\nagainst {against['model']}: mean AUROC {_number(against['mean_auroc'])} to "
            f"{_number(against['other_mean_auroc'])}, difference {_number(against['difference'])} "
            f"({_range(against)}), paired over patients, {len(against['over'])} findings"
        )
        for name, own in against["findings"].items():
            if own["difference"] is not None:
                print(f"  {name:<27}{own['difference']:>+7.3f}  ({_range(own)})")
