"""Answers come from the tools, pass the checker of reports, and name what cannot be told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from cxr_lens.agents.case import explain_case
from cxr_lens.agents.chat.conversation import Memory, WatchedTools, check_sentences, converse
from cxr_lens.agents.chat.records import Message
from cxr_lens.agents.explanation.checker import check_draft
from cxr_lens.agents.explanation.narrator import OfflineNarrator
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import brief_of_report
from cxr_lens.agents.writer import StoppedError
from cxr_lens.tools.schemas import Evidence, ToolError
from cxr_lens.tools.toolbox import Toolbox
from cxr_lens.tools.workbench import Workbench

Ask = Callable[..., Message]
QUESTIONS = (
    "why does the baseline call effusion?",
    "why does the fine-tuned model not call fracture?",
    "show me where each looks for cardiomegaly",
    "what if the threshold were 0.3?",
    "what if the threshold for pneumonia were 0.6?",
    "compare both on the left lower zone",
    "compare both on pleural effusion",
    "on what do they differ?",
    "which is right?",
    "which is right on pleural effusion?",
    "what was not assessed?",
    "how good is the film?",
    "why is this case easy?",
    "what is the truth?",
    "what does each model score?",
    "is there an effusion?",
)
NARRATOR = OfflineNarrator().prompt


@pytest.fixture(scope="module", params=["blind", "revealed"])
def bench(request: pytest.FixtureRequest, tiny_bench: Workbench) -> Workbench:
    if request.param == "revealed":
        return tiny_bench
    return Workbench(
        tiny_bench.case_id, tiny_bench.film, tiny_bench.quality, tiny_bench.baseline, tiny_bench.finetuned
    )


@pytest.fixture(scope="module")
def memory(bench: Workbench) -> Memory:
    return Memory(brief=brief_of_report(explain_case(bench), bench.findings))


@pytest.fixture
def ask(bench: Workbench, memory: Memory) -> Ask:
    return lambda text: converse(text, memory, Toolbox(bench), check_draft, NARRATOR)[0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_of_an_answer_passes_the_checker(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.cut == ()
    assert answer.sentences or answer.text


def test_a_false_premise_is_contradicted(ask: Ask, bench: Workbench) -> None:
    calls = Toolbox(bench).call("predict", model="baseline").result["findings"]
    finding = next(name for name, f in calls.items() if not f["positive"] and name != "No Finding")
    said = ask(f"why does the baseline call {finding}?").sentences[0].text
    assert said.startswith(f"The baseline does not call {finding.lower()}")


def test_a_supposed_threshold_changes_the_call_and_is_named_as_supposed(ask: Ask, bench: Workbench) -> None:
    scores = Toolbox(bench).call("predict", model="baseline").result["findings"]
    finding, reading = next((n, f) for n, f in scores.items() if 0.1 < f["score"] < 0.9 and n != "No Finding")
    for threshold, word in ((reading["score"] - 0.05, "calls"), (reading["score"] + 0.05, "does not call")):
        answer = ask(f"what if the baseline's threshold for {finding} were {threshold:.2f}?")
        assert any(
            s.text.startswith(f"Against a supposed threshold of {threshold:.2f}, the baseline {word}")
            for s in answer.sentences
        )


@pytest.mark.parametrize("threshold", ["0", "1", "7"])
def test_a_threshold_that_is_none_is_asked_for_again(ask: Ask, threshold: str) -> None:
    answer = ask(f"what if the threshold were {threshold}?")
    assert answer.sentences == ()
    assert "between 0 and 1" in answer.text


def test_what_a_model_does_not_assess_is_said_and_not_called_negative(ask: Ask) -> None:
    answer = ask("why does the baseline call fracture?")  # the tiny baseline has no label for it
    assert not any("call" in s.text for s in answer.sentences)
    assert "does not assess fracture" in answer.text
    assert "not a negative" in answer.text


def test_a_question_outside_the_set_gets_the_set_and_no_statement(ask: Ask) -> None:
    answer = ask("write a poem about the aorta")
    assert answer.sentences == ()
    assert answer.calls == ()
    assert "a stated set of questions" in answer.text
    assert "Which model is right?" in answer.text


def test_what_the_patient_has_is_not_answered(ask: Ask) -> None:
    assert "cannot tell what the patient has" in ask("does the patient have pneumonia?").text


def test_blind_answers_never_speak_of_the_truth(ask: Ask, bench: Workbench) -> None:
    for question in QUESTIONS:
        words = " ".join(s.text for s in ask(question).sentences).lower()
        told = any(word in words for word in ("the labels", "true positive", "verdict on", "is right", "are right"))
        assert not told or bench.revealed


def test_tool_calls_are_seen_while_they_run_with_arguments_duration_and_result(
    bench: Workbench, memory: Memory
) -> None:
    seen: list[Message] = []
    converse(
        "where does the baseline look for edema?",
        memory,
        Toolbox(bench),
        check_draft,
        NARRATOR,
        on_change=seen.append,
    )
    running = next(m for m in seen if m.calls and m.calls[-1].seconds is None)
    assert running.calls[-1].arguments == {"model": "baseline", "finding": "Edema"}
    last = seen[-1].calls
    assert [c.tool for c in last] == ["gradcam", "detect_boxes"]
    assert all(c.seconds is not None and c.result and c.evidence for c in last)


def test_sentences_come_as_they_are_checked(bench: Workbench, memory: Memory) -> None:
    seen: list[int] = []
    converse(
        "compare both on the left lower zone",
        memory,
        Toolbox(bench),
        check_draft,
        NARRATOR,
        on_change=lambda m: seen.append(len(m.sentences)),
    )
    assert sorted(seen) == seen
    assert len(set(seen)) > 2


def test_a_run_stops_before_the_next_tool(bench: Workbench, memory: Memory) -> None:
    stop = threading.Event()

    class Tools:
        def __init__(self) -> None:
            self.called = 0

        def call(self, tool: str, **arguments: object) -> Evidence:
            self.called += 1
            stop.set()
            return Toolbox(bench).call(tool, **arguments)

    tools = Tools()
    answer, _ = converse("where do they look for edema?", memory, tools, check_draft, NARRATOR, stop=stop)
    assert answer.stopped
    assert tools.called == 1
    with pytest.raises(StoppedError):
        WatchedTools(tools, lambda _: None, stop).call("predict", model="baseline")


def test_a_tool_that_fails_is_named_and_the_conversation_goes_on(bench: Workbench, memory: Memory) -> None:
    class Broken:
        def call(self, tool: str, **arguments: object) -> Evidence:
            raise ToolError("the map cannot be made")

    answer, after = converse("where do they look for edema?", memory, Broken(), check_draft, NARRATOR)
    assert "the map cannot be made" in answer.text
    assert answer.calls[0].error == "the map cannot be made"
    answer, _ = converse("which is right?", after, Toolbox(bench), check_draft, NARRATOR)
    assert answer.sentences


def test_a_tampered_sentence_does_not_reach_the_reader(memory: Memory) -> None:
    lie = Sentence(
        text="The baseline calls edema: it scores 0.99 against its threshold of 0.01.", evidence=("predict.baseline",)
    )
    kept, cut = check_sentences((lie,), memory.brief, check_draft)
    assert kept == ()
    assert len(cut) == 1
