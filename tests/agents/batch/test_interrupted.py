"""Runs that end early, by a full disk or killed, with and without an LLM: nothing is lost, and nothing done twice."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import pytest
from cxr_lens.agents.batch import store
from cxr_lens.agents.batch.command import batch
from cxr_lens.agents.batch.store import StorageError, read_failures, read_rows
from cxr_lens.evals.ab.scripted_answers import answer
from cxr_lens.evals.ab.scripted_server import scripted_server

FILMS, WITH_REPORT = 7, 5
LENS = (sys.executable, "-m", "cxr_lens.agents.cli", "batch")


class Disk:
    """Takes so many bytes, then no more: what does not fit is written in part, as a real one does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.room = 10**9
        whole = Path.write_bytes

        def write_bytes(path: Path, data: bytes) -> int:
            fits = self.take(len(data))
            whole(path, data[:fits])
            if fits < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return fits

        class Line(FileIO):
            def write(line, data: Any) -> int:  # noqa: N805  # pyright: ignore[reportSelfClsParameterName]
                fits = self.take(len(data))
                if not fits:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return super().write(data[:fits])

        monkeypatch.setattr(Path, "write_bytes", write_bytes)
        monkeypatch.setattr(store, "FileIO", Line)

    def take(self, size: int) -> int:
        fits = min(size, self.room)
        self.room -= fits
        return fits


def check_whole(out: Path, *, begun: bool = True) -> int:
    """Nothing half-written is in a run's folder; how many cases it holds."""
    assert not list(out.rglob("*.partial"))
    if not begun:
        return 0
    rows, failures = read_rows(out), read_failures(out)
    for name, count in (("cases.jsonl", len(rows)), ("failures.jsonl", len(failures))):
        content = (out / name).read_bytes()
        assert content.count(b"\n") == count
        assert not content or content.endswith(b"\n")
    ids = [row.case_id for row in rows] + [failure.case_id for failure in failures]
    assert len(set(ids)) == len(ids)
    folders = {folder.name for folder in (out / "cases").glob("*")}
    assert folders == {row.case_id for row in rows}
    for row in rows:
        assert json.loads((out / row.report).read_text())["case_id"] == row.case_id
    return len(ids)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.8, 0.99])
def test_a_full_disk_stops_the_run_with_a_sentence_and_resume_goes_on(
    share: float, table: Path, pair_options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", str(table), *pair_options, "--batch", "2", "--concurrency", "1", "--no-thumbnails"]
    disk = Disk(monkeypatch)
    batch([*command, "--out", str(tmp_path / "whole")])
    out, disk.room = tmp_path / "run", int(share * (10**9 - disk.room))
    with pytest.raises(StorageError, match=r"^cannot write to .*: No space left on device"):
        batch([*command, "--out", str(out)])
    begun = (out / "run.json").is_file()
    kept = check_whole(out, begun=begun)
    assert kept < FILMS or share == 0.99  # the last bytes are the summary's
    disk.room = 10**9
    assert batch([*command, "--out", str(out), *(["--resume"] if begun else [])]) == 1
    assert check_whole(out) == FILMS
    assert {r.case_id for r in read_rows(out)} == {r.case_id for r in read_rows(tmp_path / "whole")}


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A file system of that size at `folder`; the value makes it larger. The test is skipped where none may be made."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield lambda more: subprocess.run(["mount", "-o", f"remount,size={more}", folder], check=True) and None
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_a_real_disk_that_fills_up_leaves_a_run_that_goes_on(
    table: Path, pair_options: list[str], tmp_path: Path
) -> None:
    try:
        mount = small_disk(tmp_path / "disk", "260k")
        with mount as grow:
            out = tmp_path / "disk" / "run"
            command = [*LENS, "--data", str(table), "--out", str(out), *pair_options]
            stopped = subprocess.run(command, capture_output=True, text=True, check=False)
            assert stopped.returncode == 2, stopped.stderr
            told = stopped.stderr.rstrip().splitlines()[-1]
            assert re.search(r"batch: cannot write to .*: No space left on device; \d of 7 cases are kept", told)
            assert "Traceback" not in stopped.stderr
            assert check_whole(out) < FILMS
            grow("20m")
            assert subprocess.run([*command, "--resume"], capture_output=True, check=False).returncode == 1
            assert check_whole(out) == FILMS
    except FileNotFoundError:
        pytest.skip("there is no mount command here")


@pytest.mark.slow
def test_a_run_killed_at_random_points_loses_nothing_and_does_nothing_twice(
    table: Path, pair_options: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    command = [*LENS, "--data", str(table), "--out", str(out), *pair_options, "--batch", "1", "--concurrency", "1"]
    rng = random.Random(5)
    for attempt in range(12):
        before = len(_lines(out))
        process = start(command, out)
        wait_until(lambda before=before: len(_lines(out)) > before, process)
        time.sleep(rng.uniform(0, 0.3))
        if attempt < 11:
            process.kill()
        if process.wait() in (0, 1):
            break
    assert check_whole(out) == FILMS


class CountingServer:
    """Answers by the script after a moment, and keeps every question it was asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def __call__(self, messages: Sequence[Mapping[str, Any]]) -> str:
        self.questions.append(json.dumps(messages))
        time.sleep(0.15)
        return answer(messages)


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 3])
def test_a_killed_run_asks_again_only_what_had_not_been_answered(
    at_once: int, table: Path, pair_options: list[str], tmp_path: Path
) -> None:
    """An answer is kept before it is used, so of a kill's questions only those under way are asked again."""
    out, cache, server = tmp_path / "run", tmp_path / "cache", CountingServer()
    rng = random.Random(at_once)
    lost = kills = 0
    with scripted_server(server) as url:
        settings = {"LLM_BASE_URL": url, "CACHE_FOLDER": str(cache), "LLM_MAX_TOOL_CALLS": "0"}
        environment = os.environ | {f"CXR_LENS_{name}": value for name, value in settings.items()}
        command = [*LENS, "--data", str(table), "--out", str(out), *pair_options]
        command += ["--llm", "toy", "--batch", "2", "--concurrency", str(at_once)]
        for attempt in range(10):
            before = len(server.questions)
            process = start(command, out, environment)
            wait_until(lambda before=before: len(server.questions) > before, process)
            time.sleep(rng.uniform(0, 0.4))
            if attempt < 9:
                process.kill()
            if process.wait() in (0, 1):
                break
            kills += 1
            time.sleep(0.3)  # a question on its way is counted
            under_way = len(set(server.questions)) - len(list(cache.rglob("*.json")))
            assert under_way <= at_once
            lost += under_way
    assert check_whole(out) == FILMS
    assert kills >= 2
    asked = Counter(server.questions)
    assert len(asked) == WITH_REPORT
    assert sum(asked.values()) <= WITH_REPORT + lost
    calls = [json.loads((out / r.report).read_text())["llm"]["calls"] for r in read_rows(out)]
    assert [len(case) for case in calls] == [1] * WITH_REPORT


def start(command: list[str], out: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    resume = ["--resume"] if (out / "run.json").is_file() else []
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*command, *resume], env=environment, stderr=quiet, stdout=quiet)


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Until then, or the process has ended."""
    deadline = time.monotonic() + 60
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def _lines(out: Path) -> list[bytes]:
    lines = out / "cases.jsonl"
    return lines.read_bytes().splitlines() if lines.is_file() else []
