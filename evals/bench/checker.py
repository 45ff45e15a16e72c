"""Benchmark of the claim checker on a file of explanations: correct ones must pass, tampered sentences must not.

    cxr-lens bench checker --json

`checker_corpus.jsonl` holds, one JSON object a line: cases (evidence, difficulty), explanations of them that are
true, and sentences of those in which one thing was made false (`kind`), each with the sentence it stands for. 288 of
the explanations (`free-a`) are in wordings its author composed from patterns; the others were written one by one by
writers who had not seen the checker: `unseen-a` and `unseen-b` in their own words, `prompted-a` and `prompted-b` as
answers to the prompts that a language model is sent (`prompt`, in the manner of three models, `voice`).
`answered-case`, `-box`, `-clinical` and `-report` are what a large language model answered when it was sent those very
prompts, the last two with `sections`; what it cited too little evidence for is left out. A tampered sentence is judged
in its place, behind the sentences of its explanation or `section` that stand before it.

caught           share of tampered sentences that are refused
false_alarms     share of true explanations of which any sentence is refused
false_alarms_PHRASING, caught_KIND    the same for one set of wordings, for one kind of tampering
ms_per_report    processor time to check one whole report of the narrator (summary, sections, limits), median over cases
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...agents.explanation.checker import Check, find_mistakes
from ...agents.explanation.narrator import OfflineNarrator
from ...agents.explanation.reading.reader import read_sentence
from ...agents.records import Cut, Difficulty, Section, Sentence
from ...agents.state import Brief, Draft
from ...tools.schemas import Evidence
from ...training.findings import CHEXPERT

CORPUS = Path(__file__).with_name("checker_corpus.jsonl")


@dataclass(frozen=True)
class Tampered:
    """A sentence of a true explanation with one thing made false."""

    brief: Brief
    kind: str
    sentence: Sentence
    draft: Draft
    """The true explanation."""
    at: int
    """Place of the sentence in the summary, or in its section."""
    section: int | None = None

    @property
    def title(self) -> str:
        return "" if self.section is None else self.draft.sections[self.section].title

    @property
    def around(self) -> tuple[Sentence, ...]:
        """The summary, or the section, that the sentence stands in."""
        return self.draft.sentences if self.section is None else self.draft.sections[self.section].sentences

    @property
    def original(self) -> str:
        return self.around[self.at].text


@dataclass(frozen=True)
class Corpus:
    briefs: tuple[Brief, ...]
    true: tuple[tuple[Brief, Draft], ...]
    tampered: tuple[Tampered, ...]
    phrasings: tuple[str, ...]
    """Of each true explanation: which set its wording is from."""


def read_corpus(path: Path = CORPUS) -> Corpus:
    """Cases, true explanations and tampered sentences of a corpus file."""
    briefs: dict[str, Brief] = {}
    true: dict[int, tuple[Brief, Draft]] = {}
    phrasings = []
    tampered = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "case" in row:
            briefs[row["case"]] = Brief(
                case_id=row["case"],
                finding=row["finding"],
                blind=row["blind"],
                difficulty=Difficulty.model_validate(row["difficulty"]),
                evidence=tuple(Evidence.model_validate(item) for item in row["evidence"]),
                findings=CHEXPERT,
            )
        elif "explanation" in row:
            sections = tuple(
                Section(title=s["title"], sentences=_sentences(s["sentences"])) for s in row.get("sections", ())
            )
            draft = Draft(sentences=_sentences(row["sentences"]), sections=sections)
            true[row["explanation"]] = briefs[row["of"]], draft
            phrasings.append(row["phrasing"])
        else:
            brief, draft = true[row["tampered"]]
            sentence = Sentence(text=row["text"], evidence=tuple(row["evidence"]))
            tampered.append(Tampered(brief, row["kind"], sentence, draft, row["sentence"], row.get("section")))
    return Corpus(tuple(briefs.values()), tuple(true.values()), tuple(tampered), tuple(phrasings))


def _sentences(rows: list[dict[str, Any]]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text=s["text"], evidence=tuple(s["evidence"])) for s in rows)


def false_alarms(corpus: Corpus) -> Iterator[tuple[str, tuple[Cut, ...]]]:
    """True explanations that are not let through whole: whose phrasing, and what was refused."""
    for (brief, draft), phrasing in zip(corpus.true, corpus.phrasings, strict=True):
        if mistakes := find_mistakes(draft, brief):
            yield phrasing, mistakes


def missed(corpus: Corpus) -> Iterator[Tampered]:
    """Tampered sentences that pass."""
    checks = {brief.case_id: Check(brief) for brief in corpus.briefs}
    for item in corpus.tampered:
        told = (*item.around[: item.at], item.sentence)
        *_, (_, mark, _) = checks[item.brief.case_id].judge_all(told, item.title)
        if mark is not None:
            yield item


def run(corpus: Corpus | None = None) -> dict[str, float]:
    corpus = corpus or read_corpus()
    slipped = Counter(item.kind for item in missed(corpus))
    tried = Counter(item.kind for item in corpus.tampered)
    refused = Counter(phrasing for phrasing, _ in false_alarms(corpus))
    asked = Counter(corpus.phrasings)
    figures = {
        "caught": 1 - slipped.total() / tried.total(),
        "false_alarms": refused.total() / len(corpus.true),
        "ms_per_report": _milliseconds(corpus),
        "explanations": float(len(corpus.true)),
        "tampered": float(tried.total()),
    }
    figures |= {f"false_alarms_{p.replace('-', '_')}": refused[p] / asked[p] for p in sorted(asked)}
    return figures | {f"caught_{kind.replace(' ', '_')}": 1 - slipped[kind] / tried[kind] for kind in sorted(tried)}


def _milliseconds(corpus: Corpus) -> float:
    narrator = OfflineNarrator()
    drafts = [(narrator.write(brief), brief) for brief in corpus.briefs]
    times = []
    for draft, brief in drafts:
        rounds = []
        for _ in range(5):
            read_sentence.cache_clear()  # a draft that has not been read before
            start = time.process_time_ns()
            find_mistakes(draft, brief)
            rounds.append((time.process_time_ns() - start) / 1e6)
        times.append(min(rounds))  # the round least disturbed by what else runs on the machine
    return statistics.median(times)
