"""Representative cases of each family, every other family on them, and the surest mistakes.

    result = run_cases(table, ["mini"], out, case_list=None)

For every family both models score the whole table; its easy, average and hard case are picked or read
(evals/cases/lists.py); every family's pair then says who is right there, and each family's own three cases get panels
and one paragraph from the offline narrator, checked like any report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...agents.case import explain_case
from ...agents.reports.output import panel_finding, write_case
from ...tools.commands import PROJECTIONS
from ...tools.compare_models import compare
from ...tools.gradcam import gradcam
from ...tools.lookup_ground_truth import ground_truth
from ...tools.panels.drawing import draw_grid
from ...tools.panels.parts import ROLES
from ...tools.predict import prediction_of
from ...tools.schemas import Comparison, GradcamInput, GroundTruth, Prediction, Role
from ...tools.workbench import Workbench
from ...training.errors import RequestError
from ...training.evaluation.prediction import predict_table
from ...training.models.checkpoints import write_atomically
from ...training.models.classifier import Classifier
from ...training.models.families import load_pair
from ...training.radiographs.quality import assess_quality
from ...training.radiographs.radiograph import read_radiograph
from ...training.tables import CaseTable
from .failures import grouped, surest_mistakes, where_it_looked
from .lists import LEVELS, WINNERS, CaseList, Level, Winner, agreement, find_case, pick_cases, winner_of

MISTAKES = 12
"""Of each kind, false positives and false negatives, in the failure analysis."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class FamilyRun:
    """One family's pair over the table."""

    name: str
    baseline: Classifier
    finetuned: Classifier
    predictions: dict[Role, dict[str, Prediction]]
    """Role -> case id -> prediction, in the table's order."""
    comparisons: dict[str, Comparison]


def run_family(
    name: str, table: CaseTable, truths: Mapping[str, GroundTruth], *, skip_bad: bool = False
) -> FamilyRun:
    """Both models of a family on every film of a table, judged against its truth."""
    pair = load_pair(name)
    predictions: dict[Role, dict[str, Prediction]] = {}
    for (role, _), model in zip(ROLES, pair, strict=True):
        table_scores = predict_table(model, table, skip_bad=skip_bad).scores
        predictions[role] = {
            str(case): _prediction(model, role, dict(zip(table_scores.columns, row, strict=True)), table)
            for case, row in zip(table_scores.index, table_scores.to_numpy(), strict=True)
        }
    untrained = tuple(model.name for model in pair if not model.config.trained_head)
    comparisons = {
        case: compare(own, predictions["finetuned"][case], table.findings, truths[case].findings, untrained=untrained)
        for case, own in predictions["baseline"].items()
        if case in predictions["finetuned"]
    }
    return FamilyRun(name, *pair, predictions, comparisons)


def _prediction(model: Classifier, role: Role, scores: Mapping[str, float], table: CaseTable) -> Prediction:
    config = model.config
    reasons: dict[str, str | None] = {}
    for finding in table.findings.names:
        if finding not in scores:
            reasons[finding] = f"{config.name} has no label for it"
        elif config.label_source.get(finding) == "synthetic" and table.source != "simulated":
            reasons[finding] = f"{config.name} learned it from synthetic films only"
        else:
            reasons[finding] = None
    own = np.array([scores.get(config.finding_of.get(label, ""), 0.0) for label in config.labels], dtype=float)
    return prediction_of(model, role, own, reasons)


def run_cases(
    table: CaseTable,
    families: Sequence[str],
    out: Path,
    *,
    case_list: CaseList | None = None,
    skip_bad: bool = False,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """The whole run; writes a folder per case, `failures/`, and returns the document of `cxr-lens cases --json`."""
    truths = {str(row["case_id"]): ground_truth(table, str(row["case_id"])) for row in table.rows()}
    runs = {name: run_family(name, table, truths, skip_bad=skip_bad) for name in families}
    chosen, missing = _choose(table, runs, case_list)
    cases = []
    for owner, each in chosen.items():
        for level, case_id in each.items():
            say(f"{owner}, {level}: {case_id}")
            cases.append(_one_case(owner, level, case_id, table, runs, truths[case_id], out))
    document: dict[str, Any] = {
        "table": table.name,
        "truth_source": table.source,
        "films": len(table),
        "families": list(families),
        "rule": "read from the list" if case_list else "nearest to the level's mean case F1s (evals/cases/lists.py)",
        "missing": missing,
        "cases": cases,
        "winners": {
            family: {
                owner: {
                    c["level"]: c["winners"][family] for c in cases if c["owner"] == owner and family in c["winners"]
                }
                for owner in chosen
            }
            for family in families
        },
        "failures": {name: _failures(run, table, truths, out, say) for name, run in runs.items()},
    }
    if case_list is not None and case_list.winners:
        document["published"] = _against_published(case_list, cases)
    return document


def _choose(
    table: CaseTable, runs: Mapping[str, FamilyRun], case_list: CaseList | None
) -> tuple[dict[str, dict[Level, str]], list[str]]:
    """Owner -> level -> case id, and the names of a list that the table does not have."""
    if case_list is None:
        return {name: pick_cases(run.comparisons) for name, run in runs.items()}, []
    chosen: dict[str, dict[Level, str]] = {}
    missing = []
    for owner, each in case_list.cases.items():
        for level in LEVELS:
            if level not in each:
                continue
            case_id = find_case(table, each[level])
            if case_id is None:
                missing.append(each[level])
            else:
                chosen.setdefault(owner, {})[level] = case_id
    if not chosen:
        raise RequestError(
            f"{table.name} holds none of the list's {len(missing)} cases, such as {missing[0]!r}; "
            "give the table they are from with --data CSV"
        )
    return chosen, missing


def _one_case(  # noqa: PLR0917  what one case needs
    owner: str,
    level: Level,
    case_id: str,
    table: CaseTable,
    runs: Mapping[str, FamilyRun],
    truth: GroundTruth,
    out: Path,
) -> dict[str, Any]:
    """Reports and panels of one case: by its own family, or by every family where the owner is not here."""
    winners: dict[str, Winner | None] = {
        name: winner_of(run.comparisons[case_id]) for name, run in runs.items() if case_id in run.comparisons
    }
    reports = {}
    for name in [owner] if owner in runs else list(runs):
        bench = open_case(case_id, table, runs[name], truth)
        folder = out / f"{owner}-{level}" / name
        report = write_case(explain_case(bench), bench, folder)
        finding = panel_finding(report)
        boxes = {b.role: b for b in report.boxes if b.finding == finding}
        row = report.comparison.findings.get(finding)
        outcomes = None if row is None else {"baseline": row.baseline_outcome, "finetuned": row.finetuned_outcome}
        write_atomically(folder / "grid.png", draw_grid(bench, finding, report.predictions, boxes, outcomes))  # pyright: ignore[reportArgumentType]  the two roles
        reports[name] = {
            "paragraph": " ".join(sentence.text for sentence in report.explanation.sentences),
            "verdict": report.explanation.verdict,
            "finding": finding,
            "folder": folder.relative_to(out).as_posix(),
            "sides": bench.quality.sides,
        }
    return {
        "owner": owner,
        "level": level,
        "case_id": case_id,
        "truth": [name for name, value in truth.findings.items() if value.value == "positive"],
        "winners": winners,
        "words": {name: None if won is None else WINNERS[won] for name, won in winners.items()},
        "f1": {name: _f1s(run.comparisons.get(case_id)) for name, run in runs.items()},
        "reports": reports,
    }


def _f1s(comparison: Comparison | None) -> dict[str, float | None]:
    judgements = (
        {}
        if comparison is None
        else {
            "baseline": comparison.baseline_judgement,
            "finetuned": comparison.finetuned_judgement,
        }
    )
    return {role: None if judgement is None else judgement.f1 for role, judgement in judgements.items()}


def open_case(case_id: str, table: CaseTable, run: FamilyRun, truth: GroundTruth) -> Workbench:
    """A revealed bench of one case of a table."""
    row = table.find(case_id)
    film = read_radiograph(table.path_of(row))
    quality = assess_quality(film, table_projection=PROJECTIONS.get(str(row["projection"])))
    return Workbench(
        case_id, film, quality, run.baseline, run.finetuned, findings=table.findings, truth=truth, revealed=True
    )


def _failures(
    run: FamilyRun, table: CaseTable, truths: Mapping[str, GroundTruth], out: Path, say: Say
) -> dict[str, Any]:
    """The fine-tuned model's surest false positives and negatives, by where it looked, with a panel each."""
    known = {case: truth.findings for case, truth in truths.items()}
    worst = surest_mistakes(run.predictions["finetuned"], known, MISTAKES)
    document: dict[str, Any] = {"model": run.finetuned.name}
    for kind, mistakes in worst.items():
        say(f"{run.name}: the {len(mistakes)} surest {kind}")
        looks = []
        for mistake in mistakes:
            bench = open_case(mistake.case_id, table, run, truths[mistake.case_id])
            heat = gradcam(bench, GradcamInput(model="finetuned", finding=mistake.finding))
            looks.append((mistake, where_it_looked(heat)))
            file = out / "failures" / f"{run.name}-{kind}-{len(looks):02d}.png"
            write_atomically(file, _mistake_panel(bench, mistake.finding))
        files = {id(m): f"failures/{run.name}-{kind}-{n:02d}.png" for n, (m, _) in enumerate(looks, start=1)}
        document[kind] = [
            {"looked": place, "count": len(each), "cases": [{**m._asdict(), "panel": files[id(m)]} for m in each]}
            for place, each in grouped(looks).items()
        ]
    return document


def _mistake_panel(bench: Workbench, finding: str) -> bytes:
    from ...tools.panels.command import panel_evidence  # noqa: PLC0415  drawing is only needed here

    predictions, boxes, outcomes = panel_evidence(bench, finding)
    return draw_grid(bench, finding, predictions, boxes, outcomes)


def _against_published(case_list: CaseList, cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Ours beside the list's own winners."""
    rows = []
    for case in cases:
        for family, winner in case["winners"].items():
            told = case_list.winners.get(family, {}).get(case["owner"], {}).get(case["level"])
            if told is not None:
                rows.append(
                    {
                        "family": family,
                        "owner": case["owner"],
                        "level": case["level"],
                        "ours": winner,
                        "published": told,
                    }
                )
    agree, compared = agreement([row["ours"] for row in rows], [row["published"] for row in rows])
    return {"agree": agree, "compared": compared, "rows": rows}
