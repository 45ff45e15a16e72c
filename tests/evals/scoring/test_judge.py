"""The judge against a scripted server: never the writer, both orders, bounded, cached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from cxr_lens.agents.llm.client import LanguageModel
from cxr_lens.agents.records import CaseReport
from cxr_lens.agents.settings import Settings
from cxr_lens.evals.ab.scripted_answers import answer
from cxr_lens.evals.ab.scripted_server import scripted_server
from cxr_lens.evals.scoring.command import score
from cxr_lens.evals.scoring.judge import Judge, JudgeError, judge_cases, judge_pairs, open_judge, rubric, writers_in
from cxr_lens.evals.scoring.scored_case import ScoredCase
from cxr_lens.training.errors import RequestError

from ..conftest import MakeCase

Asked = list[str]
Serve = Callable[..., Any]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """`serve(reply)` -> (a judge, the prompts it sent)."""
    opened = []

    def start(reply: Callable[[Sequence[Mapping[str, Any]]], str] = answer, **options: Any) -> tuple[Judge, Asked]:
        asked: Asked = []

        def record(messages: Sequence[Mapping[str, Any]]) -> str:
            asked.append(json.dumps(messages))
            return reply(messages)

        server = scripted_server(record)
        (tmp_path / "prices.yaml").write_text("a-judge: {input: 1.0, output: 1.0}\n")
        settings = Settings(
            llm_base_url=server.__enter__(), cache_folder=tmp_path / "cache", llm_prices=tmp_path / "prices.yaml"
        )
        opened.append(server)
        return Judge(open_judge(settings, "a-judge", {"a-writer"}), **options), asked

    yield start
    for server in opened:
        server.__exit__(None, None, None)


def written(case: ScoredCase, name: str = "a-writer") -> CaseReport:
    return case.report.model_copy(
        update={"writer": case.report.writer.model_copy(update={"kind": "llm", "name": name})}
    )


def test_the_rubric_is_six_questions_of_the_released_prompt() -> None:
    assert list(rubric()) == ["both_models", "difference", "place", "grounded", "restraint", "clear"]
    assert all(question.endswith("?") for question in rubric().values())


def test_the_writer_cannot_judge_itself(make_case: MakeCase) -> None:
    report = written(make_case(["The baseline calls edema."]), "Some-Model")
    instead = make_case().report
    instead = instead.model_copy(
        update={"writer": instead.writer.model_copy(update={"stands_in_for": "other-model with case_explainer@v1"})}
    )
    writers = writers_in([report, instead, make_case().report])
    assert writers == {"Some-Model", "other-model"}
    for name in ("some-model", "other-model", "offline"):
        with pytest.raises(RequestError, match=f"--judge {name}: "):
            open_judge(Settings(llm_base_url="http://127.0.0.1:9/v1"), name, writers)


def test_answers_are_counted_and_asked_once(make_case: MakeCase, serve: Serve) -> None:
    judge, asked = serve()
    both = "The baseline calls edema. The fine-tuned model calls edema. The two models agree."
    truth = {"Edema": "positive"}
    cases = [
        make_case([both], truth=truth),
        make_case(["Nothing."], truth=truth, case_id="patient2_study1_view1_frontal"),
    ]
    report = judge_cases(judge, cases)
    assert (report.asked, report.failed) == (2, {})
    assert {name: share.value for name, share in report.questions.items()} == {
        "both_models": 0.5, "difference": 0.5, "place": 0.0, "grounded": 1.0, "restraint": 1.0, "clear": 1.0
    }  # fmt: skip
    assert report.overall.value == pytest.approx(4 / 6)
    assert (report.cost or 0) > 0
    assert len(asked) == 2
    assert not any(word in text for text in asked for word in ("patient1", "patient2", "narrator", "simulated"))
    again, _ = judge_cases(judge, cases), None
    assert len(asked) == 2  # from the cache
    assert again.questions == report.questions


def test_a_preference_needs_both_orders(make_case: MakeCase, serve: Serve) -> None:
    short = make_case(["The baseline calls edema."]).report
    long = make_case(["The baseline calls edema.", "The fine-tuned model calls edema."]).report
    judge, asked = serve()
    assert (judge.prefer(long, short), judge.prefer(short, long), judge.prefer(short, short)) == ("a", "b", "tie")
    assert len(asked) == 3  # the second pair is the first one's other order; the third has but one order
    biased, _ = serve(lambda _: '{"better": "first"}')
    assert biased.prefer(long, short) == "tie"
    pairs = [(f"c{i}", f"p{i // 2}", long, short) for i in range(8)]
    report = judge_pairs(judge, pairs)
    assert report.preferred == {"a": 8, "b": 0, "tie": 0}
    assert report.p == pytest.approx(2 / 2**4)  # four patients


@pytest.mark.parametrize("reply", ["no JSON", '{"both_models": true}', '{"both_models": "yes"}', "[1]"])
def test_what_is_no_answer_is_no_verdict(make_case: MakeCase, serve: Serve, reply: str) -> None:
    judge, _ = serve(lambda _: reply)
    case = make_case(["The baseline calls edema."])
    with pytest.raises(JudgeError):
        judge.rate(case.report)
    report = judge_cases(judge, [case])
    assert list(report.failed) == [case.report.case_id]
    assert report.overall.value is None


def test_it_stops_at_its_cost_limit(make_case: MakeCase, serve: Serve) -> None:
    judge, asked = serve(max_cost=1e-9)
    judge.rate(make_case(["The baseline calls edema."]).report)
    with pytest.raises(JudgeError, match="cost limit"):
        judge.rate(make_case(["The baseline calls fracture."]).report)
    assert len(asked) == 1
    with pytest.raises(RequestError, match="no price for unpriced"):
        Judge(LanguageModel(judge.model.settings, "unpriced"), max_cost=1)


def test_score_refuses_the_writer_and_shows_the_judge(
    make_case: MakeCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run" / "cases" / "one"
    folder.mkdir(parents=True)
    (folder / "case.json").write_text(written(make_case(["The baseline calls edema."])).model_dump_json())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_LENS_CACHE_FOLDER", str(tmp_path / "cache"))
    with scripted_server(answer) as url:
        monkeypatch.setenv("CXR_LENS_LLM_BASE_URL", url)
        with pytest.raises(RequestError, match="it wrote what it would judge"):
            score(["run", "--judge", "a-writer"])
        assert score(["run", "--judge", "a-judge"]) == 0
    assert "judge: a-judge with judge@v1, 1 of 1 cases" in capsys.readouterr().out
    document = json.loads(Path("run/score.json").read_text())
    assert document["judge"]["prompt_sha256"]
    assert document["judge"]["questions"]["both_models"]["value"] == 0
    assert "The judge" in Path("run/score.html").read_text()
