"""Answers to a stated set of questions from the tools, without an LLM: the tools are called, then sentences written.

An answer never says more than the tools do. Its sentences go through the checker like a report's; what the program says
of itself ("I cannot tell what the patient has") stands apart as a note and makes no statement about the film.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ...prompts.loader import Prompt, load_prompt
from ...tools.schemas import Evidence, Role, ToolError, slug
from ..explanation.facts import ROLES
from ..explanation.prose import place, prose
from ..explanation.summary import answer_question, attention, predicted, verdict
from ..explanation.telling import Telling, name
from ..explanation.tool_sentences import (
    not_assessed_by,
    told_boxes,
    told_calls,
    told_difference,
    told_film,
    told_map,
    told_outcome,
)
from ..records import Sentence
from ..state import Brief, add_evidence
from .questions import EXAMPLES, Question
from .records import Focus

PROMPT = "answers@v1"
Call = Callable[..., Evidence]
"""`call("gradcam", model="baseline", finding="Edema")` -> evidence; `ToolError` where it cannot be given."""

WHOLE = ""
"""The comparison over all findings."""

MOST_FINDINGS = 4
"""Findings one answer goes through where the question names none."""


@dataclass(frozen=True)
class Words:
    """Sentences with the brief they are to be checked against."""

    brief: Brief
    sentences: tuple[Sentence, ...]


@dataclass
class Answering:
    """One answer in the making: what was asked, the tools, and what came of them."""

    question: Question
    brief: Brief
    call: Call
    narrator: Prompt
    prompt: Prompt = field(default_factory=lambda: load_prompt(PROMPT))
    notes: list[str] = field(default_factory=list)
    """What the program says of itself."""
    focus: Focus | None = None

    def words(self) -> Iterator[Words]:
        """The answer's sentences; the tools are called on the way."""
        yield from getattr(self, f"_{self.question.kind}")()

    # ── the kinds ────────────────────────────────────────────────────────────────────────────────────────────

    def _help(self) -> Iterator[Words]:
        self.notes.append(what_can_be_asked(self.brief))
        yield from ()

    def _unknown(self) -> Iterator[Words]:
        self.notes.append(
            "Without an LLM I answer a stated set of questions from the tools, and this is not one of them. "
            + what_can_be_asked(self.brief)
        )
        yield from ()

    def _patient(self) -> Iterator[Words]:
        self.notes.append(
            "I cannot tell what the patient has or what to do about it: this is research software, and the tools only "
            "know what two models call and where they look."
        )
        if self.question.findings:
            yield from self._scores()

    def _why(self) -> Iterator[Words]:
        for finding in self._findings():
            for role in self._assessing(finding):
                self._look(role, finding)
                t = self._telling()
                yield self._said(self._one_call(t, role, finding), *self._places(t, role, finding))
            if not self.brief.blind:
                yield from self._outcome(finding)
            if len(self._assessing(finding)) == len(ROLES):
                yield self._said(*answer_question(self._telling(finding), finding)[:1])
        self.notes.append("A map shows what influences a score, not why the model was built to weigh it so.")

    def _where(self) -> Iterator[Words]:
        for finding in self._findings():
            for role in self._assessing(finding):
                self._look(role, finding)
                yield self._said(*self._places(self._telling(), role, finding))

    def _what_if(self) -> Iterator[Words]:
        threshold = self.question.threshold
        if threshold is None or not 0 < threshold < 1:
            self.notes.append("Name a threshold between 0 and 1, such as 0.3: scores lie in that range.")
            return
        for role in self.question.roles:
            self._collect("predict", model=role)
        supposed = self._supposing(threshold)
        t = Telling(supposed, self.narrator)
        if self.question.findings:
            for finding in self.question.findings[:MOST_FINDINGS]:
                roles = self._assessing(finding)
                yield self._said(*(self._one_call(self._telling(), role, finding) for role in roles))
                said = [
                    self._say(
                        "supposed_one",
                        (f"predict.{role}",),
                        model=name(role),
                        finding=prose(finding),
                        threshold=threshold,
                        reading=t.facts.readings[role, finding],
                    )
                    for role in roles
                ]
                yield Words(supposed, tuple(said))
            self._show(self.question.findings[0])
            return
        said = []
        for role in self.question.roles:
            calls = t.facts.calls(role)
            total = [f for f in t.facts.assessed(role) if f != "No Finding"]
            said.append(
                self._say(
                    "supposed_all",
                    (f"predict.{role}",),
                    model=name(role),
                    calls=len(calls),
                    total=len(total),
                )
            )
            changed = [f for f in total if (f in calls) != (f in self._telling().facts.calls(role))]
            said += [
                self._say(
                    "supposed_one",
                    (f"predict.{role}",),
                    model=name(role),
                    finding=prose(finding),
                    threshold=threshold,
                    reading=t.facts.readings[role, finding],
                )
                for finding in changed
            ]
        yield Words(supposed, tuple(said))
        self.notes.append(
            f"Supposed: every threshold at {threshold:.2f}; below it the findings whose call would change."
        )
        self.notes.append(
            "Each threshold was fitted for its own model and finding; one number for all means different things."
        )

    def _zone(self) -> Iterator[Words]:
        zone = self.question.zone
        if zone is None:
            self.notes.append("Name a zone, such as the left lower lung or the right costophrenic angle.")
            return
        for finding in self._findings():
            said = []
            for role in self._assessing(finding):
                self._look(role, finding)
                t = self._telling()
                look = t.look(role, finding)
                if look.peak_zone is None:
                    said.append(told_map(t, role, finding))
                    continue
                said.append(
                    self._say(
                        "zone_share",
                        (f"gradcam.{role}.{slug(finding)}",),
                        model=name(role),
                        finding=prose(finding),
                        share=dict(look.zones).get(zone),
                        zone=place(zone),
                    )
                )
            yield self._said(*said)

    def _compare(self) -> Iterator[Words]:
        if not self.question.findings:
            self._collect("compare_models")
            t = self._telling(WHOLE)
            findings = list(t.facts.comparison["differing"])[:MOST_FINDINGS]
            yield self._said(self._relation(t), *(told_difference(t, f) for f in findings), about=WHOLE)
            self._show(*findings[:1])
            return
        for finding in self._findings():
            self._collect("compare_models", finding=finding)
            roles = self._assessing(finding)
            for role in roles:
                self._look(role, finding)
            t = self._telling(finding)
            if len(roles) < len(ROLES):
                yield self._said(*(self._one_call(t, role, finding) for role in roles))
                continue
            yield self._said(self._calls(t, finding), attention(t, finding), about=finding)
            if not self.brief.blind:
                yield from self._outcome(finding)

    def _which_right(self) -> Iterator[Words]:
        finding = self.question.findings[0] if self.question.findings else None
        self._collect("compare_models", **({"finding": finding} if finding and not self.brief.blind else {}))
        if self.brief.blind:
            self.notes.append(
                "The truth is not known here, so nothing says which model is right; what can be told is where they "
                "differ and whose attention is the more plausible."
            )
            yield self._said(self._relation(self._telling(WHOLE)), about=WHOLE)
            for lead in self._findings()[:1]:
                for role in self._assessing(lead):
                    self._look(role, lead)
                if len(self._assessing(lead)) == len(ROLES):
                    t = self._telling()
                    level = self.brief.difficulty.model_copy(update={"level": "average"})
                    told = replace(t, brief=t.brief.model_copy(update={"difficulty": level}))
                    yield self._said(*answer_question(told, lead)[:1])
            return
        self._collect("lookup_ground_truth")
        t = self._telling(finding or WHOLE)
        if finding is not None:
            yield from self._outcome(finding)
            yield self._said(verdict(t), about=finding)
            self._show(finding)
            return
        baseline, finetuned = (t.facts.judgement(role) for role in ROLES)
        judged = t.say(
            "judged",
            ("compare",),
            judged=bool(baseline),
            baseline_right=baseline.get("right"),
            finetuned_right=finetuned.get("right"),
            baseline_f1=baseline.get("f1"),
            finetuned_f1=finetuned.get("f1"),
        )
        yield self._said(judged, verdict(t), about=WHOLE)

    def _not_assessed(self) -> Iterator[Words]:
        for role in self.question.roles:
            self._collect("predict", model=role)
        t = self._telling()
        said = []
        for role in self.question.roles:
            said += [
                t.say("not_assessed", (f"predict.{role}",), model=name(role), findings=findings, reason=reason)
                for reason, findings in not_assessed_by(t, role).items()
            ]
        if not said:
            self.notes.append("Every finding is assessed by the models asked about.")
        else:
            self.notes.append("Not assessed is never to be read as negative.")
        yield self._said(*said)

    def _quality(self) -> Iterator[Words]:
        t = self._telling()
        if not t.facts.quality["flags"]:
            self.notes.append("No quality flag was raised.")
        yield self._said(*told_film(t))

    def _difficulty(self) -> Iterator[Words]:
        t = self._telling()
        if self.brief.blind:
            yield self._said(predicted(t))
        else:
            yield from self._which_right()
        if self.brief.difficulty.level == "hard":
            yield self._said(*answer_question(t, None)[:1])
        self.notes.append("Difficulty is the models', not the patient's.")

    def _truth(self) -> Iterator[Words]:
        try:
            self._collect("lookup_ground_truth")
        except ToolError as error:
            self.notes.append(f"The truth cannot be told: {error}.")
            return
        t = self._telling()
        true = [f for f, value in t.facts.truth.items() if value == "positive" and t.facts.row(f)]
        for finding in self.question.findings or tuple(true[:MOST_FINDINGS]):
            yield from self._outcome(finding)
        if not true:
            self.notes.append("The labels name no finding on this film.")

    def _scores(self) -> Iterator[Words]:
        for role in self.question.roles:
            self._collect("predict", model=role)
        t = self._telling()
        if not self.question.findings:
            yield self._said(*(told_calls(t, role) for role in self.question.roles))
            return
        for finding in self.question.findings[:MOST_FINDINGS]:
            yield self._said(*(self._one_call(t, role, finding) for role in self._assessing(finding)))
        self._show(self.question.findings[0])

    # ── what several kinds say ───────────────────────────────────────────────────────────────────────────────

    def _findings(self) -> tuple[str, ...]:
        """The findings asked about, else those the case's report is about."""
        findings = self.question.findings or self._telling().focus
        self._show(*findings[:1])
        return findings[:MOST_FINDINGS]

    def _assessing(self, finding: str) -> tuple[Role, ...]:
        """The models asked about that assess a finding; the others are named in a note."""
        facts = self._telling().facts
        out = []
        for role in self.question.roles:
            if (role, finding) in facts.readings:
                out.append(role)
                continue
            reason = facts.not_assessed.get((role, finding), "it has no label for it")
            note = f"{name(role).capitalize()} does not assess {prose(finding)}: {reason}. That is not a negative."
            if note not in self.notes:
                self.notes.append(note)
        return tuple(out)

    def _one_call(self, t: Telling, role: Role, finding: str) -> Sentence:
        reading = t.facts.readings[role, finding]
        return self._say("one_call", (f"predict.{role}",), model=name(role), finding=prose(finding), reading=reading)

    def _places(self, t: Telling, role: Role, finding: str) -> list[Sentence]:
        return [told_map(t, role, finding), *told_boxes(t, role, finding)]

    def _calls(self, t: Telling, finding: str) -> Sentence:
        row = t.row(finding)
        return t.say("finding_calls", t.predictions, finding=row.name, baseline=row.baseline, finetuned=row.finetuned)

    def _relation(self, t: Telling) -> Sentence:
        comparison = t.facts.comparison
        return t.say(
            "relation",
            (t.compare_id, *t.predictions),
            relation=comparison["relation"],
            findings=[prose(f) for f in comparison["differing"]],
            about_finding=False,
        )

    def _outcome(self, finding: str) -> Iterator[Words]:
        if not any(e.id == "truth" for e in self.brief.evidence):
            self._collect("lookup_ground_truth")
        t = self._telling(finding)
        yield self._said(told_outcome(t, finding), about=finding)

    # ── tools, evidence, sentences ───────────────────────────────────────────────────────────────────────────

    def _look(self, role: Role, finding: str) -> None:
        self._collect("gradcam", model=role, finding=finding)
        if self.brief.findings.get(finding).boxed:
            self._collect("detect_boxes", model=role, finding=finding)

    def _collect(self, tool: str, **arguments: Any) -> None:
        evidence = add_evidence(self.brief.evidence, (self.call(tool, **arguments),))
        self.brief = self.brief.model_copy(update={"evidence": evidence})

    def _show(self, *findings: str) -> None:
        if findings and self.focus is None:
            self.focus = Focus(finding=findings[0], roles=self.question.roles)

    def _telling(self, about: str | None = None) -> Telling:
        """The case as told now, with one comparison: of `about`, `WHOLE` for all findings, None for the run's own."""
        brief = self.brief
        compared = [e.id for e in brief.evidence if e.tool == "compare_models"]
        own = {f"compare.{slug(f)}": f for f in (about, brief.finding) if f and about != WHOLE}
        chosen = next((e for e in (*own, "compare") if e in compared), None)
        evidence = tuple(e for e in brief.evidence if e.tool != "compare_models" or e.id == chosen)
        finding = own.get(chosen) if chosen else None
        return Telling(brief.model_copy(update={"finding": finding, "evidence": evidence}), self.narrator)

    def _supposing(self, threshold: float) -> Brief:
        """The brief with the asked models' thresholds replaced: what the tools would say if they were so."""
        evidence = []
        asked = self.question.findings
        for item in self.brief.evidence:
            if item.tool == "predict" and item.result["role"] in self.question.roles:
                findings = {
                    f: values
                    if asked and f not in asked
                    else {**values, "threshold": threshold, "positive": values["score"] >= threshold}
                    for f, values in item.result["findings"].items()
                }
                item = item.model_copy(update={"result": {**item.result, "findings": findings}})  # noqa: PLW2901
            evidence.append(item)
        return self.brief.model_copy(update={"evidence": tuple(evidence)})

    def _say(self, part: str, evidence: Iterable[str], **values: Any) -> Sentence:
        text = " ".join(self.prompt.render(part, **values).split())
        return Sentence(text=text, evidence=tuple(evidence))

    def _said(self, *sentences: Sentence, about: str | None = None) -> Words:
        return Words(self._telling(about).brief, sentences)


def what_can_be_asked(brief: Brief) -> str:
    """The stated set, with examples that fit the case."""
    looks = dict.fromkeys(e.result["finding"] for e in brief.evidence if e.tool == "gradcam")
    finding = prose(next(iter(looks), "Pleural Effusion"))
    examples = " ".join(e.format(finding=finding, level=brief.difficulty.level) for e in EXAMPLES)
    return f"I can answer questions such as: {examples}"
