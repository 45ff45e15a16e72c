"""Reads every sentence of a draft and lets through only what agrees with the evidence it cites.

    mistakes = find_mistakes(draft, brief)                        # refused sentences, each with the exact reason
    sentences, sections, limits, cut = check_draft(draft, brief)  # what is left, marked; what was cut, and why

A sentence is `supported` where everything it says is what the cited tool results say, `interpretation` where it says
so itself ("may", "perhaps") and whatever it claims holds. Everything else is refused: an id that was not collected; a
claim that is false, that nothing cited shows, or that cannot be bound to a model and a finding; a visible sign stated
as seen; the truth in blind text; a sentence that says nothing that can be checked. Limits and titles are held to the
same, but cite nothing. "Supported" means agreement with the tools, not clinical truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from ...tools.schemas import Evidence
from ..records import Cut, Section, Sentence
from ..state import Brief, Draft
from .claim_rules import BLIND_KINDS, why_wrong
from .facts import Facts, read_facts
from .lexicon import HEDGE, KNOWLEDGE, Lexicon, build_lexicon
from .text_claims import Claim, read_claims

SUMMARY_SENTENCES = 5
UNTITLED = "More"
"""What stands where a section's own title was refused."""

Mark = Literal["supported", "interpretation"]
_UNSEEN = ("sign", "diagnosis")
_EMPTY = "it says nothing that a tool result can confirm"


def find_mistakes(draft: Draft, brief: Brief) -> tuple[Cut, ...]:
    """The sentences, limits and titles of a draft that would be cut, with reasons a writer can act on."""
    return Check(brief).mistakes(draft)


def check_draft(
    draft: Draft, brief: Brief
) -> tuple[tuple[Sentence, ...], tuple[Section, ...], tuple[str, ...], tuple[Cut, ...]]:
    """(summary, sections, limits) without what fails, marked by the checker alone, and what was cut."""
    check = Check(brief)
    summary = check.keep(draft.sentences)[:SUMMARY_SENTENCES]
    sections = tuple(
        Section(title=UNTITLED if check.title(s.title) else s.title, sentences=kept)
        for s in draft.sections
        if (kept := check.keep(s.sentences))
    )
    limits = tuple(limit for limit in draft.limits if check.limit(limit) is None)
    return summary, sections, limits, check.mistakes(draft)


class Check:
    """The evidence of one case, ready to hold sentences against."""

    def __init__(self, brief: Brief):
        self.brief = brief
        self.lexicon: Lexicon = build_lexicon(brief.findings)
        self.evidence: dict[str, Evidence] = {item.id: item for item in brief.evidence}
        self.everything = read_facts(brief.evidence)
        self.quotes = sorted(set(_quotes(brief)), key=len, reverse=True)
        self._facts: dict[tuple[str, ...], Facts] = {}
        self._judged: dict[tuple[str, tuple[str, ...]], tuple[Mark | None, str]] = {}

    def mistakes(self, draft: Draft) -> tuple[Cut, ...]:
        found = [*self._wrong(draft.sentences)]
        found += [
            Cut(text=s.text, reason=f"the summary has {SUMMARY_SENTENCES} sentences at most")
            for s in self.keep(draft.sentences)[SUMMARY_SENTENCES:]
        ]
        for section in draft.sections:
            if reason := self.title(section.title):
                found.append(Cut(text=section.title, reason=reason))
            found += self._wrong(section.sentences)
        found += [Cut(text=limit, reason=reason) for limit in draft.limits if (reason := self.limit(limit))]
        return tuple(found)

    def keep(self, sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
        judged = ((s, self.judge(s.text, s.evidence)) for s in sentences)
        return tuple(s.model_copy(update={"mark": mark}) for s, (mark, _) in judged if mark is not None)

    def title(self, title: str) -> str | None:
        """Why a section's title is refused: it claims something."""
        claims = read_claims(title, self.lexicon)
        return f"a title claims nothing, and {claims[0].text!r} does" if claims else None

    def limit(self, text: str) -> str | None:
        """Why a limit is refused; it may rest on any evidence, and need not be about the case."""
        mark, reason = self._judge(text, self.everything)
        return None if mark is not None or reason == _EMPTY else reason

    def judge(self, text: str, cited: tuple[str, ...]) -> tuple[Mark | None, str]:
        """The mark of a sentence, or None and the reason it is refused for."""
        key = text, cited
        if key not in self._judged:
            self._judged[key] = self._judge_cited(text, cited)
        return self._judged[key]

    def _judge_cited(self, text: str, cited: tuple[str, ...]) -> tuple[Mark | None, str]:
        invented = [name for name in cited if name not in self.evidence]
        if invented:
            return None, f"the evidence {invented[0]!r} was never collected"
        if cited not in self._facts:
            self._facts[cited] = read_facts(self.evidence[name] for name in cited)
        return self._judge(text, self._facts[cited])

    def _wrong(self, sentences: Iterable[Sentence]) -> Iterator[Cut]:
        for sentence in sentences:
            mark, reason = self.judge(sentence.text, sentence.evidence)
            if mark is None:
                yield Cut(text=sentence.text, reason=reason)

    def _judge(self, text: str, facts: Facts) -> tuple[Mark | None, str]:
        text, quoted = self._without_quotes(text)
        hedged = HEDGE.search(text) is not None
        known = KNOWLEDGE.search(text) is not None
        claims = read_claims(text, self.lexicon)
        for claim in claims:
            if claim.kind in _UNSEEN and not known and not (hedged and claim.kind == "sign"):
                return None, f"no tool sees {claim.text!r}: say it as an interpretation or leave it out"
        for claim in claims:
            if known and not claim.roles and claim.kind in ("zone", "side"):
                continue  # knowledge of where a finding lies, of no model's map
            if claim.kind not in _UNSEEN and (reason := self._refuse(claim, text, facts)):
                return None, reason
        if not claims and not quoted and not hedged and not known:
            return None, _EMPTY
        return ("interpretation" if hedged or known else "supported"), ""

    def _refuse(self, claim: Claim, text: str, facts: Facts) -> str | None:
        if claim.kind == "evidence":
            return None if claim.text in self.evidence else f"the evidence {claim.text!r} was never collected"
        if _no_claim_of_truth(claim, text):
            return None
        if self.brief.blind and claim.kind in BLIND_KINDS:
            return f"{claim.text!r} speaks of the truth, which is hidden"
        reason = why_wrong(claim, facts, self.brief)
        if reason is not None and why_wrong(claim, self.everything, self.brief) is None:
            return f"{claim.text!r} is right, but nothing cited says so"
        return reason

    def _without_quotes(self, text: str) -> tuple[str, bool]:
        """The text without what it quotes word for word from a tool's own messages."""
        quoted = False
        for quote in self.quotes:
            at = text.lower().find(quote.lower())
            if at >= 0:
                text, quoted = f"{text[:at]} {text[at + len(quote) :]}", True
        return text, quoted


def _no_claim_of_truth(claim: Claim, text: str) -> bool:
    """`no verdict is given`, and `nothing here says which model is right`."""
    if claim.kind == "worse_word":
        return claim.text.lower() == "no verdict"
    return claim.kind == "right" and text[: claim.at].rstrip().endswith("which model")


def _quotes(brief: Brief) -> Iterator[str]:
    """Sentences and clauses that tools gave as text, which a writer may repeat word for word."""
    for item in brief.evidence:
        result: dict[str, Any] = item.result
        for flag in result.get("flags", ()):
            yield flag["message"].removesuffix(".")
            yield flag["way_on"]
        if isinstance(result.get("not_assessed"), dict):
            yield from result["not_assessed"].values()
        for key in ("why_none", "verdict_reason"):
            if result.get(key):
                yield result[key].removeprefix("no verdict: ")
