"""An LLM as judge, off unless asked for: a published binary rubric, both orders for pairs, never the writer itself.

    judge = Judge(open_judge(read_settings(), "other-model", writers={"some-model"}), max_cost=1.0)
    verdict = judge.rate(report)          # {"both_models": True, ...}, or why there is none
    preferred = judge.prefer(a, b)        # "a", "b", "tie", or why there is none

It sees the tools' results and the text, not the film, the truth, or who wrote. The rubric is prompts/judge_v1.md; its
hash stands in the results. Answers are cached like a writer's, so the same question costs once.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np

from ...agents.llm.answer import mend_json
from ...agents.llm.budget import Spending, read_prices, usage
from ...agents.llm.client import LanguageModel
from ...agents.llm.consent import require_consent
from ...agents.llm.evidence import describe_evidence
from ...agents.llm.faults import LlmError
from ...agents.llm.opening import WriterOpener, budget_of
from ...agents.llm.transport import check_url
from ...agents.records import CaseReport, LlmCall
from ...agents.settings import OFFLINE, Settings
from ...prompts.loader import load_prompt
from ...training.errors import RequestError
from ..ab.paired_statistics import cluster_interval, mcnemar
from .records import JudgedPairs, JudgeReport, Share
from .scored_case import ScoredCase

PROMPT = "judge@v1"
AT_ONCE = 8
Preference = Literal["a", "b", "tie"]

_QUESTION = re.compile(r"^- (\w+): (.+\?)$", re.MULTILINE)


class JudgeError(Exception):
    """The judge gave no verdict; the message says why in one clause."""


def rubric() -> dict[str, str]:
    """Name -> question; yes is better."""
    return dict(_QUESTION.findall(load_prompt(PROMPT).render("rubric")))


def open_judge(settings: Settings, name: str, writers: Collection[str], ask: Any = None) -> LanguageModel:
    """The model that judges. `RequestError` where it wrote what it would judge, or may not be sent to."""
    if name == OFFLINE:
        raise RequestError("--judge offline: the narrator cannot judge; name a model of the server")
    if name.casefold() in {writer.casefold() for writer in writers}:
        raise RequestError(f"--judge {name}: it wrote what it would judge; name another model")
    check_url(settings.llm_base_url)
    require_consent(settings, ask)
    return WriterOpener(settings, name, PROMPT, None, 0).model


def writers_in(reports: Sequence[CaseReport]) -> set[str]:
    """Every LLM that wrote, or that the narrator stands in for."""
    names = {r.writer.name for r in reports if r.writer.kind == "llm"}
    return names | {r.writer.stands_in_for.rpartition(" with ")[0] for r in reports if r.writer.stands_in_for}


def text_of(report: CaseReport) -> str:
    """The summary. Sections are left out: not every prompt asks for them, and their length would tell who wrote."""
    return " ".join(s.text for s in report.explanation.sentences) or "(no text)"


class Judge:
    """Asks about one case at a time; calls and cost are counted over all of them."""

    def __init__(self, model: LanguageModel, *, max_cost: float | None = None):
        s = model.settings
        if max_cost is not None and model.name not in (read_prices(s.llm_prices) if s.llm_prices else {}):
            raise RequestError(f"--max-cost {max_cost:g}: there is no price for {model.name} (CXR_LENS_LLM_PRICES)")
        self.model, self.max_cost = model, max_cost
        self.prompt = load_prompt(PROMPT)
        self.calls: tuple[LlmCall, ...] = ()
        self._lock = threading.Lock()

    @property
    def cost(self) -> float | None:
        """Of all calls so far; None where a price is not known."""
        used = usage(self.calls)
        return 0.0 if used is None else used.cost

    def rate(self, report: CaseReport) -> dict[str, bool]:
        """The rubric's answers. `JudgeError` where there are none."""
        names = list(rubric())
        answers = self._ask("system", "task", {name: {"type": "boolean"} for name in names}, report, text_of(report))
        if set(answers) != set(names) or not all(isinstance(v, bool) for v in answers.values()):
            raise JudgeError("its answer is not yes or no to every question")
        return {name: answers[name] for name in names}

    def prefer(self, a: CaseReport, b: CaseReport) -> Preference:
        """Which is better, asked in both orders; a preference that goes with the order is a tie."""
        field = {"better": {"type": "string", "enum": ["first", "second", "tie"]}}
        said = []
        for first, second in ((a, b), (b, a)):
            answer = self._ask("pair_system", "pair_task", field, a, first=text_of(first), second=text_of(second))
            if answer.get("better") not in ("first", "second", "tie"):
                raise JudgeError("its answer is neither first, second nor tie")
            said.append(answer["better"])
        if said == ["first", "second"]:
            return "a"
        return "b" if said == ["second", "first"] else "tie"

    def _ask(
        self,
        system: str,
        task: str,
        fields: Mapping[str, Any],
        report: CaseReport,
        explanation: str = "",
        **texts: str,
    ) -> dict[str, Any]:
        if self.max_cost is not None and (self.cost or 0) >= self.max_cost:
            raise JudgeError(f"the cost limit of {self.max_cost:g} is reached")
        values = {"evidence": describe_evidence(report.evidence), "explanation": explanation, **texts}
        messages = [
            {"role": "system", "content": self.prompt.render(system)},
            {"role": "user", "content": self.prompt.render(task, **values)},
        ]
        schema = {
            "type": "object",
            "properties": dict(fields),
            "required": list(fields),
            "additionalProperties": False,
        }
        spending = Spending(budget_of(self.model.settings))
        try:
            answer = self.model.ask(messages, spending, purpose="judge", prompt=PROMPT, schema=schema)
        except LlmError as error:
            raise JudgeError(str(error)) from None
        finally:
            with self._lock:
                self.calls = (*self.calls, *spending.calls)
        found = read_object(answer.text)
        if found is None:
            raise JudgeError("there is no JSON object in its answer")
        return found


def read_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in an answer; None where there is none."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        found = mend_json(text[start:])
    return found if isinstance(found, dict) else None


def judge_cases(judge: Judge, cases: Sequence[ScoredCase]) -> JudgeReport:
    """The rubric over some cases: the share of yes per question, with intervals over patients."""

    def ask(case: ScoredCase) -> dict[str, bool] | str:
        try:
            return judge.rate(case.report)
        except JudgeError as error:
            return str(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, cases))
    told = [(case, answer) for case, answer in zip(cases, answers, strict=True) if not isinstance(answer, str)]
    patients = [case.patient for case, _ in told]
    return JudgeReport(
        model=judge.model.name,
        prompt=PROMPT,
        prompt_sha256=judge.prompt.sha256,
        asked=len(cases),
        failed={c.report.case_id: a for c, a in zip(cases, answers, strict=True) if isinstance(a, str)},
        questions={
            name: share_of([float(a[name]) for _, a in told], patients, text) for name, text in rubric().items()
        },
        overall=share_of([sum(a.values()) / len(a) for _, a in told], patients, "share of yes over all questions"),
        each={case.report.case_id: answer for case, answer in told},
        cost=judge.cost,
    )


def judge_pairs(judge: Judge, pairs: Sequence[tuple[str, str, CaseReport, CaseReport]]) -> JudgedPairs:
    """(case, patient, a's report, b's) -> which texts the judge prefers, each pair asked in both orders."""

    def ask(pair: tuple[str, str, CaseReport, CaseReport]) -> tuple[str | None, str]:
        try:
            return judge.prefer(pair[2], pair[3]), ""
        except JudgeError as error:
            return None, str(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, pairs))
    each = {case: said for (case, *_), (said, _) in zip(pairs, answers, strict=True) if said is not None}
    first: dict[str, str] = {}
    for case, patient, *_ in pairs:
        if case in each:
            first.setdefault(patient, each[case])
    return JudgedPairs(
        model=judge.model.name,
        prompt=PROMPT,
        prompt_sha256=judge.prompt.sha256,
        preferred={name: list(each.values()).count(name) for name in ("a", "b", "tie")},
        p=mcnemar([v == "a" for v in first.values()], [v == "b" for v in first.values()]) if first else None,
        each=each,
        failed={case: why for (case, *_), (said, why) in zip(pairs, answers, strict=True) if said is None},
        cost=judge.cost,
    )


def share_of(values: Sequence[float], patients: Sequence[str], about: str) -> Share:
    low = high = None
    if len(set(patients)) >= 2:
        low, high = cluster_interval(np.array(values), patients, replicates=2000)
        low, high = max(0.0, low), min(1.0, high)
    value = sum(values) / len(values) if values else None
    return Share(value=value, low=low, high=high, n=len(values), about=about)
