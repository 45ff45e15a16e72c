"""What a run leaves: every file of the table in run_records.py, true to the run, and an honest end time."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from cxr_lens.training.fine_tuning.recipe import Recipe
from cxr_lens.training.fine_tuning.run_clock import RunClock, duration
from cxr_lens.training.fine_tuning.run_records import RunRecords, read_steps
from PIL import Image
from tensorboardX.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]  made at import

RECIPE = Recipe.model_validate(
    {
        "name": "t/x",
        "family": "t",
        "arch": "timm:resnet18",
        "preprocessing": {"size": 32},
        "sources": [{"table": "a/train.csv", "kind": "real"}],
        "epochs": 2,
    }
)


def line(epoch: int) -> dict:
    auroc = {"Edema": 0.6 + epoch / 10, "Fracture": None}
    scores = {"mean_auroc": 0.6 + epoch / 10, "loss": 0.5, "auroc": auroc}
    return {"epoch": epoch, "loss": 1 / epoch, "lr": 0.1, "images_per_second": 5.0, "validation_real": scores}


def events(folder: Path) -> list[tuple[str, int, float]]:
    """TFRecord: length, its checksum, an Event, its checksum."""
    found = []
    for path in sorted(folder.glob("events.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            size = int.from_bytes(data[at : at + 8], "little")
            event = Event.FromString(data[at + 12 : at + 12 + size])
            at += 16 + size
            found += [(value.tag, event.step, value.simple_value) for value in event.summary.value]
    return found


def test_a_run_leaves_logs_tables_events_and_curves(tmp_path: Path) -> None:
    records = RunRecords(tmp_path)
    records.resolve(RECIPE, {"data_hash": "abc", "git_commit": None, "seed": 0})
    for epoch in (1, 2):
        records.steps([(2 * epoch - 1, epoch, 0.5, 0.1), (2 * epoch, epoch, 0.4, 0.1)])
        records.epoch(line(epoch), 2 * epoch)
    records.close()
    resolved = yaml.safe_load((tmp_path / "resolved.yaml").read_text())
    assert Recipe.model_validate(resolved["recipe"]) == RECIPE
    assert resolved["run"]["data_hash"] == "abc"
    rows = list(csv.DictReader((tmp_path / "summary.csv").read_text().splitlines()))
    assert [float(row["validation_real_mean_auroc"]) for row in rows] == pytest.approx([0.7, 0.8])
    assert [json.loads(x)["epoch"] for x in (tmp_path / "metrics.jsonl").read_text().splitlines()] == [1, 2]
    assert [row["update"] for row in read_steps(tmp_path)] == [1, 2, 3, 4]
    for name in ("loss_batches", "loss_epochs", "auroc"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert image.width > 400
    told = events(tmp_path / "tensorboard")
    assert ("loss/batch", 4, pytest.approx(0.4)) in told
    assert ("auroc_real/Edema", 2, pytest.approx(0.7)) in told
    assert not any("Fracture" in tag for tag, _, _ in told)


def test_a_resumed_run_drops_the_lines_it_will_write_again(tmp_path: Path) -> None:
    records = RunRecords(tmp_path)
    for epoch in (1, 2):
        records.steps([(2 * epoch - 1, epoch, 0.5, 0.1), (2 * epoch, epoch, 0.4, 0.1)])
        records.epoch(line(epoch), 2 * epoch)
    with (tmp_path / "steps.csv").open("a") as file:
        file.write("5,3")  # a line a kill cut short
    RunRecords(tmp_path, updates=3, epochs=1)
    assert [row["update"] for row in read_steps(tmp_path)] == [1, 2, 3]
    assert [json.loads(x)["epoch"] for x in (tmp_path / "metrics.jsonl").read_text().splitlines()] == [1]


def test_the_end_is_told_from_steps_and_from_what_epochs_cost_beside_them() -> None:
    clock = RunClock(per_epoch=10, epochs=3)
    assert clock.remaining(0, 0) is None
    for seconds in (30.0, *[2.0] * 9):  # the first step compiles
        clock.step(seconds)
    clock.end_of_epoch(5)
    assert clock.remaining(1, 0) == 2 * (10 * 2 + 5)
    assert clock.remaining(1, 5) == 15 * 2 + 2 * 5
    assert "to go, until" in clock.tell(1, 5)


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (600, "10 min"), (7500, "2 h 05")])
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text
