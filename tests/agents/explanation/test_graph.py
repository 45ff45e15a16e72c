"""The graph's nodes and routes, with invented tools and a scripted writer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.graph import build_graph, steps_of
from cxr_lens.agents.records import Cut, Explanation, Sentence, Writer
from cxr_lens.agents.state import Brief, Draft, GraphSettings, Request, add_evidence
from cxr_lens.tools.schemas import Evidence


class ScriptedWriter:
    """Hands in one draft, then its repairs; `None` gives up."""

    def __init__(self, *drafts: Draft | None):
        self.drafts = list(drafts)
        self.briefs: list[Brief] = []
        self.told: list[tuple[Cut, ...]] = []

    @property
    def about(self) -> Writer:
        return Writer(kind="llm", name="scripted", prompt="none@v1", prompt_sha256="0" * 64)

    def write(self, brief: Brief) -> Draft:
        self.briefs.append(brief)
        draft = self.drafts.pop(0)
        assert draft is not None
        return draft

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        self.told.append(mistakes)
        return self.drafts.pop(0) if len(self.drafts) > 1 else self.drafts[0]


BAD = Draft(sentences=(Sentence(text="The baseline calls cancer.", evidence=("predict.baseline",)),))
GOOD = Draft(sentences=(Sentence(text="It may be so.", evidence=("predict.baseline",)),))


def run(
    toolbox: Any, writer: Any, *, finding: str | None = None, settings: GraphSettings | None = None
) -> tuple[Explanation, list[str]]:
    graph = build_graph(toolbox, writer, settings)
    start = {"request": Request(case_id="case", finding=finding), "evidence": (toolbox.quality_evidence(),)}
    state: Any = {}
    nodes: list[str] = []
    limit = steps_of(settings or GraphSettings())
    for mode, chunk in graph.stream(start, {"recursion_limit": limit}, stream_mode=["updates", "values"]):
        if mode == "values":
            state = chunk
        else:
            nodes += list(chunk)
    return state["explanation"], nodes


def test_a_revealed_case_goes_through_every_node_once(fake_toolbox: Callable[..., Any]) -> None:
    toolbox = fake_toolbox(1)
    explanation, nodes = run(toolbox, OfflineNarrator())
    assert nodes == [
        "predict_models",
        "compare_pair",
        "lookup_truth",
        "sort_difficulty",
        "locate_findings",
        "write_explanation",
        "check_explanation",
        "finish",
    ]
    assert explanation.cut == ()
    assert explanation.verdict is not None
    assert explanation.more_plausible is None


def test_a_blind_run_never_looks_up_the_truth(fake_toolbox: Callable[..., Any]) -> None:
    for seed in range(8):
        toolbox = fake_toolbox(seed, revealed=False)
        writer = ScriptedWriter(GOOD)
        explanation, nodes = run(toolbox, writer)
        assert "lookup_truth" not in nodes
        assert "lookup_ground_truth" not in toolbox.asked
        assert explanation.verdict is None
        (brief,) = writer.briefs
        assert brief.blind
        assert all(e.tool != "lookup_ground_truth" for e in brief.evidence)
        comparison = next(e.result for e in brief.evidence if e.tool == "compare_models")
        assert all(row["truth"] is None for row in comparison["findings"].values())


def test_a_mended_draft_is_checked_again_and_kept(fake_toolbox: Callable[..., Any]) -> None:
    writer = ScriptedWriter(BAD, GOOD)
    explanation, nodes = run(fake_toolbox(1), writer)
    assert nodes.count("repair") == 1
    assert nodes.count("check_explanation") == 2
    assert writer.told[0][0].text == BAD.sentences[0].text
    assert [s.text for s in explanation.sentences] == ["It may be so."]
    assert explanation.cut == ()


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_repairs_are_bounded_and_what_stays_wrong_is_cut(fake_toolbox: Callable[..., Any], turns: int) -> None:
    writer = ScriptedWriter(BAD, BAD)
    explanation, nodes = run(fake_toolbox(1), writer, settings=GraphSettings(max_repairs=turns))
    assert nodes.count("repair") == turns
    assert explanation.sentences == ()
    assert len(explanation.cut) == 1
    assert "cancer" in explanation.cut[0].reason


def test_a_writer_with_nothing_to_mend_ends_the_loop(fake_toolbox: Callable[..., Any]) -> None:
    writer = ScriptedWriter(BAD, None)
    _, nodes = run(fake_toolbox(1), writer)
    assert nodes.count("repair") == 1


def test_about_one_finding_only_its_maps_are_asked_for(fake_toolbox: Callable[..., Any]) -> None:
    toolbox = fake_toolbox(3)
    finding = next(f for f in toolbox.both_assess() if f not in ("No Finding",))
    writer = ScriptedWriter(GOOD)
    run(toolbox, writer, finding=finding)
    maps = [e for e in writer.briefs[0].evidence if e.tool in ("gradcam", "detect_boxes")]
    assert {e.arguments["finding"] for e in maps} == {finding}
    assert len(maps) == 4


def test_the_number_of_findings_looked_at_is_limited(fake_toolbox: Callable[..., Any]) -> None:
    toolbox = fake_toolbox(3, changes={"positive": 0.9})
    run(toolbox, ScriptedWriter(GOOD), settings=GraphSettings(max_findings=2))
    assert toolbox.asked.count("gradcam") <= 4


def test_the_same_evidence_again_replaces_the_earlier_one() -> None:
    first = Evidence(id="a", tool="t", arguments={}, result={"n": 1}, seconds=0)
    second = first.model_copy(update={"result": {"n": 2}})
    other = first.model_copy(update={"id": "b"})
    assert [e.result["n"] for e in add_evidence((first, other), [second])] == [2, 1]
