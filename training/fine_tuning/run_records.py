"""What a run leaves beside its checkpoints, written by the first process alone.

| file | holds |
|---|---|
| recipe.yaml | the config file as it was given |
| resolved.yaml | every key with its value, and what the run stands on: data hash, git commit, device, versions |
| metrics.jsonl | one line per epoch |
| summary.csv | the same as a table |
| steps.csv | one line per optimiser step: loss and learning rate |
| tensorboard/ | both, as TensorBoard events |
| loss_batches.png, loss_epochs.png, auroc.png | curves (run_plots.py) |
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ..models.checkpoints import write_atomically
from .recipe import Recipe
from .run_plots import draw_curves

LOG, STEPS, SUMMARY, RESOLVED, EVENTS = "metrics.jsonl", "steps.csv", "summary.csv", "resolved.yaml", "tensorboard"
_STEP_COLUMNS = ("update", "epoch", "loss", "lr")


class RunRecords:
    """The records of a run in folder `out`; a resumed run goes on where its saved state is."""

    def __init__(self, out: Path, *, updates: int = 0, epochs: int = 0):
        """updates, epochs: what is done; lines of anything later are dropped, for it will be run again."""
        self._out = out
        out.mkdir(parents=True, exist_ok=True)
        lines = _read_lines(out / LOG)
        if lines:
            kept = [line for line in lines if line["epoch"] <= epochs]
            write_atomically(out / LOG, "".join(f"{json.dumps(line)}\n" for line in kept))
        rows = [row for row in read_steps(out) if row["update"] <= updates]
        write_atomically(out / STEPS, _as_csv(_STEP_COLUMNS, [[row[c] for c in _STEP_COLUMNS] for row in rows]))
        from tensorboardX import SummaryWriter  # noqa: PLC0415  0.3 s to import, and only a run needs it

        self._events = SummaryWriter(str(out / EVENTS), purge_step=updates or None)

    def resolve(self, recipe: Recipe, about: dict[str, Any]) -> None:
        """Write down every setting of the run."""
        document = {"recipe": recipe.model_dump(mode="json"), "run": about}
        write_atomically(
            self._out / RESOLVED, yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=118)
        )

    def steps(self, rows: Sequence[tuple[int, int, float, float]]) -> None:
        """(update, epoch, loss, lr) of some steps, both counted from 1."""
        with (self._out / STEPS).open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(
                (update, epoch, f"{loss:.6g}", f"{lr:.6g}") for update, epoch, loss, lr in rows
            )
        for update, _, loss, lr in rows:
            self._events.add_scalar("loss/batch", loss, update)
            self._events.add_scalar("learning_rate", lr, update)

    def epoch(self, line: dict[str, Any], update: int) -> None:
        """An epoch's line, as `Run` makes it."""
        with (self._out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        write_atomically(self._out / SUMMARY, summary_csv(_read_lines(self._out / LOG)))
        for name, value in flat(line).items():
            if isinstance(value, int | float) and name not in ("epoch", "lr"):
                self._events.add_scalar(f"epoch/{name}", value, update)
        for kind in ("real", "synthetic"):
            for finding, value in line.get(f"validation_{kind}", {}).get("auroc", {}).items():
                if value is not None:
                    self._events.add_scalar(f"auroc_{kind}/{finding.replace(' ', '_')}", value, update)
        self._events.flush()

    def close(self) -> None:
        """Draw the curves and close the files; called when a run ends or is stopped."""
        self._events.close()
        draw_curves(self._out, read_steps(self._out), _read_lines(self._out / LOG))


def flat(line: dict[str, Any]) -> dict[str, Any]:
    """An epoch's line without findings: `validation_real.mean_auroc` becomes `validation_real_mean_auroc`."""
    out: dict[str, Any] = {}
    for key, value in line.items():
        if isinstance(value, dict):
            out.update({f"{key}_{k}": v for k, v in value.items() if not isinstance(v, dict)})
        else:
            out[key] = value
    return out


def summary_csv(lines: Sequence[dict[str, Any]]) -> str:
    """Epochs as rows."""
    rows = [flat(line) for line in lines]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return _as_csv(columns, [["" if row.get(c) is None else row[c] for c in columns] for row in rows])


def read_steps(out: Path) -> list[dict[str, float]]:
    """Rows of steps.csv; a last line that a kill cut short is left out."""
    path = out / STEPS
    if not path.is_file():
        return []
    rows = []
    for row in csv.DictReader(path.read_text("utf-8").splitlines()):
        try:
            rows.append({"update": int(row["update"]), "epoch": int(row["epoch"]),
                         "loss": float(row["loss"]), "lr": float(row["lr"])})  # fmt: skip
        except (TypeError, ValueError):
            continue
    return rows


def _read_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.endswith("}")]


def _as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
