"""A/B runs and scores of folders, end to end with the bundled pair: the same arm twice, one made worse on purpose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cxr_lens.agents.batch.cases import list_cases
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.llm import opening as llm_opening
from cxr_lens.agents.records import Cut, Sentence
from cxr_lens.agents.state import Brief, Draft
from cxr_lens.evals.ab.command import ab
from cxr_lens.evals.ab.page import marked_words
from cxr_lens.evals.ab.run import arm_of, double_cases, mean_scores
from cxr_lens.training.errors import RequestError
from cxr_lens.training.synthetic import write_dataset


class InventingNarrator(OfflineNarrator):
    """The narrator with a sentence in every summary that no evidence carries."""

    def write(self, brief: Brief) -> Draft:
        draft = super().write(brief)
        false = Sentence(
            text="The fine-tuned model calls fracture with a score of 0.99.", evidence=("predict.finetuned",)
        )
        return draft.model_copy(update={"sentences": (*draft.sentences[:4], false)})

    def repair(self, brief: Brief, draft: Draft, mistakes: tuple[Cut, ...]) -> Draft | None:
        return None


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("films"), 12, 3, "B", size=192, split="valid") / "valid.csv"


def test_doubling_gives_each_arm_each_case_and_keeps_the_arms_mixed(table: Path) -> None:
    cases = list_cases(table)
    doubled = double_cases(cases, repeats=2, seed=1)
    assert len(doubled) == 4 * len(cases)
    arms = [arm_of(case.case_id) for case in doubled.cases]
    assert {arms.count((arm, repeat)) for arm in ("a", "b") for repeat in (1, 2)} == {len(cases)}
    assert "ab" in "".join(arm for arm, _ in arms)
    assert "ba" in "".join(arm for arm, _ in arms)
    assert double_cases(cases, 2, 1) == doubled


def test_identical_arms_are_inconclusive_everywhere(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ["--a", "narrator@v1", "--b", "narrator@v1", "--llm", "offline", "--family", "mini"]
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cases"] == 12
    for name, metric in document["metrics"].items():
        if name == "latency":
            continue  # measured, so never exactly the same
        assert metric["verdict"] == "inconclusive"
        assert metric["difference"] is None or abs(metric["difference"]) < 1e-3  # a last digit may differ
    assert set(document["mde"]) == set(document["metrics"])
    assert (tmp_path / "ab" / "ab.html").read_text().count("inconclusive") >= 8
    with pytest.raises(RequestError, match="already holds a run"):
        ab([*options, "--data", str(table), "--out", str(tmp_path / "ab")])
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--resume"]) == 0


def test_an_arm_that_invents_is_found_worse_by_faithfulness_and_exits_3(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_arm(self: llm_opening.WriterOpener, _: object = None) -> OfflineNarrator:
        return InventingNarrator() if self.repeat == 1 and self.name == "worse" else OfflineNarrator()

    def open_writers(settings: object, name: str, prompt: str, **more: object) -> llm_opening.WriterOpener:
        return llm_opening.WriterOpener(settings, name, prompt, None, int(str(more["repeat"])))  # pyright: ignore[reportArgumentType]  no setting is read

    monkeypatch.setattr(llm_opening, "open_writers", open_writers)
    monkeypatch.setattr(llm_opening.WriterOpener, "__call__", open_arm)
    options = [
        "--a",
        "narrator@v1",
        "--b",
        "narrator@v1",
        "--llm-a",
        "offline",
        "--llm-b",
        "worse",
        "--family",
        "mini",
    ]
    assert ab([*options, "--data", str(table), "--out", str(tmp_path / "ab"), "--json"]) == 3
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    verdicts = {name: metric["verdict"] for name, metric in document["metrics"].items()}
    assert verdicts["faithfulness"] == "worse"
    assert "better" not in {v for name, v in verdicts.items() if name != "latency"}
    assert "b is worse on" in printed.err
    assert "faithfulness" in printed.err


def test_means_leave_out_what_has_no_value() -> None:
    assert mean_scores([{"x": 1.0, "y": None}, {"x": 0.0, "y": None}]) == {"x": 0.5, "y": None}


def test_words_that_differ_are_marked_in_both_texts() -> None:
    left, right = marked_words("the lung is clear", "the left lung is clear")
    assert left == [("the", False), ("lung is clear", False)]
    assert right == [("the", False), ("left", True), ("lung is clear", False)]
