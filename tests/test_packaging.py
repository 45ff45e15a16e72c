"""The package list, the data files and the command table hold against what is on disk."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from cxr_lens.agents.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ("agents", "evals", "prompts", "tools", "training")


def test_every_folder_with_code_is_listed_as_a_package() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    on_disk = {
        "cxr_lens." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in HOUSE
        for path in (ROOT / folder).rglob("*.py")
    }
    assert on_disk == listed


def test_every_version_in_the_constraints_is_a_name_and_a_version() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in lines)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_an_entry_point_and_tells_its_options(name: str, capsys: pytest.CaptureFixture) -> None:
    module, _, function = COMMANDS[name][1].partition(":")
    entry = getattr(importlib.import_module(module), function)
    with pytest.raises(SystemExit) as stop:
        entry(["--help"])
    assert stop.value.code == 0
    assert f"cxr-lens {name}" in capsys.readouterr().out


def test_help_answers_in_under_half_a_second() -> None:
    command = [sys.executable, "-m", "cxr_lens.agents.cli", "--help"]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        times.append(time.perf_counter() - start)
        assert all(name in out for name in COMMANDS)
    assert min(times) < 0.5


def test_an_unknown_command_is_one_sentence_and_exit_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cxr_lens.agents.cli", "explian", "x"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.strip() == "cxr-lens: 'explian' is not a command; did you mean 'explain'?"


def test_importing_the_package_loads_no_torch() -> None:
    code = (
        "import sys, cxr_lens.agents, cxr_lens.tools, cxr_lens.training, cxr_lens.prompts, cxr_lens.evals;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_test_cannot_reach_the_network() -> None:
    with socket.socket() as s, pytest.raises(RuntimeError, match="stay on this machine"):
        s.connect(("192.0.2.1", 80))
