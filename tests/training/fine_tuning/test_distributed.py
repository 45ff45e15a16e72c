"""Several processes, and runs that are killed: the same samples, the same weights, one set of outputs."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from cxr_lens.training.fine_tuning.distributed import World, join_world
from cxr_lens.training.fine_tuning.train_command import train
from cxr_lens.training.models.checkpoints import load_checkpoint
from PIL import Image

RECIPE = {
    "name": "toy/x",
    "family": "toy",
    "arch": "timm:resnet10t",
    "arch_args": {"channels": [8, 8, 8, 8]},
    "labels": ["Cardiomegaly", "Pleural Effusion"],
    "preprocessing": {"size": 32},
    "sources": [{"table": "toy/train.csv", "kind": "real"}],
    "holdout": 0.26,
    "split": "image",
    "epochs": 2,
    "batch": 14,
    "optimiser": {"lr": 0.005, "warmup_epochs": 0.5},
    "lora": {"rank": 2, "alpha": 4, "targets": r"body\.layer.*\.conv\d"},
    "ema": 0.9,
    "bf16": False,
    "augmentation": {"rotate": 5, "noise": 0.02},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of 96 films and a config."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    rows = ["Path,Cardiomegaly,Pleural Effusion"]
    for i in range(96):
        upper, lower = rng.integers(0, 2, 2)
        pixels = rng.integers(60, 90, (32, 32))
        pixels[:14] += 90 * upper
        pixels[18:, 18:] += 90 * lower
        path = f"toy/train/patient{i:03}/study1/view1_frontal.png"
        (folder / path).parent.mkdir(parents=True)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / path)
        rows.append(f"{path},{upper},{lower}")
    (folder / "toy" / "train.csv").write_text("\n".join(rows) + "\n")
    (folder / "toy.yaml").write_text(yaml.safe_dump(RECIPE))
    return folder


def arguments(place: Path, out: str, *more: str) -> list[str]:
    return ["train", "--config", str(place / "toy.yaml"), "--data", str(place), "--out", str(place / out),
            "--device", "cpu", *more]  # fmt: skip


def start(place: Path, out: str, *more: str, processes: int = 1) -> subprocess.Popen:
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PET_SIGNALS_TO_HANDLE": "SIGTERM,SIGINT,SIGUSR1"}
    return subprocess.Popen(
        [*command, "-m", "cxr_lens.agents.cli", *arguments(place, out, *more)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen, seconds: float = 280) -> tuple[str, str]:
    """What it wrote on stdout and stderr; it is stopped where it takes too long."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        raise


def losses(folder: Path) -> list[float]:
    return [float(row["loss"]) for row in csv.DictReader((folder / "steps.csv").read_text().splitlines())]


def epochs(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def same_weights(first: Path, second: Path) -> bool:
    one, two = (load_checkpoint(f / "best").network.state_dict() for f in (first, second))
    return all(torch.equal(tensor, two[name]) for name, tensor in one.items())


def test_every_row_is_gathered_once() -> None:
    whole = np.arange(14, dtype=np.float32).reshape(7, 2)
    shares = [whole[World(rank=r, size=3).share] for r in range(3)]
    assert sorted(np.concatenate(shares)[:, 0]) == whole[:, 0].tolist()
    assert World().gather(whole, 7) is whole
    assert World().sum([1.0, 2.0]) == [1.0, 2.0]


def test_without_torchrun_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    world = join_world("cpu")
    assert (world.rank, world.size, world.leads) == (0, 1, True)
    world.wait()
    world.leave()


def test_two_processes_see_the_same_films_and_write_one_run(place: Path) -> None:
    assert train(arguments(place, "alone")[1:]) == 0
    both = start(place, "both", "--json", processes=2)
    out, err = finish(both)
    assert both.returncode == 0, err
    assert json.loads(out)["model"] == "toy/x"  # one document, though two processes ran
    assert "2 processes" in err
    assert losses(place / "both") == pytest.approx(losses(place / "alone"), rel=1e-3)
    for one, two in zip(epochs(place / "alone"), epochs(place / "both"), strict=True):
        assert two["validation_real"]["loss"] == pytest.approx(one["validation_real"]["loss"], abs=1e-3)
        assert two["validation_real"]["auroc"] == pytest.approx(one["validation_real"]["auroc"], abs=0.02)
    resolved = yaml.safe_load((place / "both" / "resolved.yaml").read_text())
    assert resolved["run"]["processes"] == 2
    assert len(list((place / "both" / "tensorboard").iterdir())) == 1


def stop_midway(process: subprocess.Popen, folder: Path, number: int) -> str:
    """Send a signal once some steps are done; what the process said on stderr."""
    until = time.monotonic() + 200
    while time.monotonic() < until and process.poll() is None:
        if (folder / "steps.csv").is_file() and len(losses(folder)) >= 8:
            process.send_signal(number)
            break
        time.sleep(0.005)
    return finish(process)[1]


LONG = ("--set", "epochs=12")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGKILL])
def test_a_killed_run_ends_with_the_same_weights(place: Path, number: int) -> None:
    whole, parts = place / "whole", place / f"parts-{number}"
    if not whole.exists():
        run = start(place, "whole", *LONG)  # as the others: another number of threads adds up in another order
        _, err = finish(run)
        assert run.returncode == 0, err
    first = start(place, parts.name, *LONG)
    err = stop_midway(first, parts, number)
    assert first.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130), err
    again = start(place, parts.name, *LONG, "--resume")
    _, err = finish(again)
    assert again.returncode == 0, err
    assert same_weights(whole, parts)
    assert losses(whole) == losses(parts)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_two_killed_processes_end_with_the_same_weights(place: Path, number: int) -> None:
    whole, parts = place / "whole-both", place / f"parts-both-{number}"
    if not whole.exists():
        process = start(place, whole.name, *LONG, processes=2)
        _, err = finish(process)
        assert process.returncode == 0, err
    first = start(place, parts.name, *LONG, processes=2)
    err = stop_midway(first, parts, number)
    assert first.returncode not in (0, -number), err  # not killed itself: torchrun handed the signal on
    assert "go on with --resume" in err
    again = start(place, parts.name, *LONG, "--resume", processes=2)
    _, err = finish(again)
    assert again.returncode == 0, err
    assert same_weights(whole, parts)
