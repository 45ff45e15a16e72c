"""A comparison against a scripted server of which one arm is worse in a known way: found worse, by the right metric."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cxr_lens.agents.batch.cases import list_cases
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.llm.answer import read_answer
from cxr_lens.agents.llm.prompts import fill_prompt, form_of_answer
from cxr_lens.agents.state import Brief
from cxr_lens.evals.ab.command import ab
from cxr_lens.evals.ab.plan import example_brief
from cxr_lens.evals.ab.scripted_answers import FLAWS, answer, written_with
from cxr_lens.evals.ab.scripted_server import main, scripted_server
from cxr_lens.prompts.loader import load_prompt
from cxr_lens.training.models.families import load_pair
from cxr_lens.training.synthetic import write_dataset

V1, V2 = "case_explainer@v1", "case_explainer@v2"
FILMS = 16
HEDGED_FILMS = 32
"""Hedging is spoilt on the films alone whose calls are mostly sure."""
PEAKS_ON_A_SIDE = 2
"""Number of such a film, from 1."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return (
        write_dataset(tmp_path_factory.mktemp("films"), HEDGED_FILMS, 5, "B", size=192, split="valid") / "valid.csv"
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setenv("CXR_LENS_CACHE_FOLDER", str(tmp_path / "cache"))
    return monkeypatch


def options(table: Path, out: Path, *more: str) -> list[str]:
    arms = ["--a", V1, "--b", V2, "--llm", "scripted", "--family", "mini"]
    return [*arms, "--data", str(table), "--out", str(out), *more]


@pytest.mark.parametrize(
    ("flaw", "films"),
    [
        ("sides", 12),
        pytest.param("one-model", FILMS, marks=pytest.mark.slow),
        pytest.param("hedged", HEDGED_FILMS, marks=pytest.mark.slow),
    ],
)
def test_the_spoilt_arm_is_found_worse_by_the_metric_it_was_spoilt_in(  # noqa: PLR0917  fixtures
    flaw: Any,
    films: int,
    table: Path,
    tmp_path: Path,
    settings: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    metric = FLAWS[flaw][1]
    pd.read_csv(table).head(films).to_csv(some := table.with_name("some.csv"), index=False)
    with scripted_server(partial(answer, flaw=flaw, prompt=V2)) as url:
        settings.setenv("CXR_LENS_LLM_BASE_URL", url)
        assert ab(options(some, tmp_path / "ab", "--json", "--judge", "a-judge")) == 3
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["cases"] == films
    assert document["metrics"][metric]["verdict"] == "worse"
    said = {name for name, m in document["metrics"].items() if m["verdict"] == "worse"}
    assert said <= {metric, "cost", "latency", "form", "truth_f1"}  # what is cut is also not there to count
    assert f"b is worse on {', '.join(n for n in document['metrics'] if n in said)}" in printed.err
    assert f"{films} patients. To find a difference of 0.05" in printed.err
    assert f"arm b: scripted, {2 * films} calls" in printed.err
    if flaw != "hedged":  # the scripted judge prefers the text that says more
        assert document["judge"]["preferred"]["a"] > document["judge"]["preferred"]["b"]
        assert document["judge"]["p"] < 0.05
    page = (tmp_path / "ab" / "ab.html").read_text()
    assert V2 in page
    assert page.count("<mark>") >= 10


def test_the_truth_reaches_no_writer(table: Path, tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    """Two runs over opposite truths ask the same questions, byte for byte."""
    rows = pd.read_csv(table).head(1)
    labels = [name for name in rows.columns if set(rows[name].dropna().unique()) <= {0.0, 1.0} and name != "Age"]
    opposite = rows.assign(**{name: 1 - rows[name] for name in labels})
    assert len(labels) >= 10
    asked: list[str] = []
    lock = threading.Lock()

    def record(messages: Sequence[Mapping[str, Any]]) -> str:
        with lock:
            asked.append(json.dumps(messages))
        return answer(messages, "sides")

    sent = []
    settings.setenv("CXR_LENS_LLM_CACHE", "no")
    for name, frame in (("as-is", rows), ("opposite", opposite)):
        frame.to_csv(table.with_name(f"{name}.csv"), index=False)
        asked.clear()
        with scripted_server(record) as url:
            settings.setenv("CXR_LENS_LLM_BASE_URL", url)
            ab(options(table.with_name(f"{name}.csv"), tmp_path / name, "--concurrency", "1"))
        sent.append(sorted(asked))
        records = [json.loads(p.read_text()) for p in sorted((tmp_path / name).rglob("case.json"))]
        assert all(r["blind"] and r["truth"] is not None for r in records)
    assert len(sent[0]) >= 4
    assert sent[0] == sent[1]


@pytest.mark.parametrize("key", [V1, V2])
@pytest.mark.parametrize("flaw", [None, "sides", "praise", "hedged", "one-model"])
def test_only_the_spoilt_answers_are_refused(key: str, flaw: Any, brief: Brief) -> None:
    prompt = load_prompt(key)
    system, task = fill_prompt(prompt, brief, picture=False, form=form_of_answer(prompt.output))
    assert [written_with(name, system) for name in (V1, V2)] == [key == V1, key == V2]
    text = answer([{"content": system}, {"content": [{"type": "text", "text": task}]}], flaw, V2)
    draft = read_answer(text, [evidence.id for evidence in brief.evidence])
    assert len(draft.sentences) >= 3
    refused = find_mistakes(draft, brief)
    if key == V1 or flaw in (None, "hedged", "one-model"):
        assert refused == ()
    if key == V2 and flaw == "sides":
        assert ["peaks" in mistake.text for mistake in refused] == [True]


@pytest.fixture(scope="module")
def brief(table: Path) -> Brief:
    """Of a film whose first map peaks on a side."""
    found = example_brief(list_cases(table).shard(PEAKS_ON_A_SIDE, FILMS), load_pair("mini"), None)
    assert found is not None
    assert found.evidence[4].result["peak_zone"].startswith(("left", "right"))
    return found


def test_the_server_tells_what_is_wrong_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--prompt", "nothing@v1"]) == 2
    assert main(["--flaw", "lies"]) == 2
    assert "not a prompt" in capsys.readouterr().err
