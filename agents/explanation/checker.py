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

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from ...tools.schemas import Evidence
from ..records import Cut, Section, Sentence
from ..state import Brief, Draft
from .facts import Facts, read_facts
from .reading.claims import NOTHING_BEFORE, Cited, Claim, Context
from .reading.reader import OF_MODELS, read_sentence
from .reading.words.lexicon import doubt_in, is_knowledge
from .reading.words.spelling import tidy
from .reading.words.words import build_words
from .rules.rulebook import BLIND_KINDS, why_wrong

SUMMARY_SENTENCES = 5
UNTITLED = "More"
"""What stands where a section's own title was refused."""

Mark = Literal["supported", "interpretation"]
_UNSEEN = ("sign", "diagnosis")
_LOOSE = frozenset(
    ["call", "zone", "side", "plausible", "more_plausible", "has_map", "boxes", "right", "agree", "one_right_on"]
)
"""Kinds that an interpretation may leave without a model or a finding."""
_SPECIFIC = frozenset(
    ["number", "label", "label_count", "verdict_is", "level_is", "evidence", "diagnosis", "call_of", "calls_number"]
)
"""Kinds that general knowledge never tells."""
_HERE = re.compile(
    r"\b(?:here|this (?:film|case|patient|image|radiograph)|models?|baseline|fine-?tun\w+|labels?)\b", re.IGNORECASE
)
"""Words that make of general knowledge a statement about the case."""
_OF_ONE_MODEL = frozenset(["predict", "gradcam", "detect_boxes"])
_TYPICAL = re.compile(
    r", (?:and|where) (?:[^,;.]* )?typically [^,;.]*\.?$|^Typically [^,;.]*, so (?=models may )",
    re.IGNORECASE,
)
"""A part of a sentence that is general knowledge: `..., and typically it collects at the apex`."""
_OF_BEFORE = re.compile(r"\b(?:it|its|they|their|them|this|that|these|those|both|neither)\b|\d", re.IGNORECASE)
"""Words by which general knowledge would speak of the case."""
_OPEN = re.compile(r"does not say|^no evidence|cannot be read|nothing that a tool|names no findings")
_UNMAPPED = re.compile(r"no evidence (?:says where|compares the maps)")
"""Of a map that is told of and that there is none of in all the evidence."""
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
        if (kept := check.keep(s.sentences, s.title))
    )
    limits = tuple(limit for limit in draft.limits if check.limit(limit) is None)
    return summary, sections, limits, check.mistakes(draft)


class Check:
    """The evidence of one case, ready to hold sentences against."""

    def __init__(self, brief: Brief):
        self.brief = brief
        self.words = build_words(brief.findings)
        self.evidence: dict[str, Evidence] = {item.id: item for item in brief.evidence}
        self.everything = read_facts(brief.evidence)
        self.quotes = sorted(set(_quotes(brief)), key=len, reverse=True)
        self._facts: dict[tuple[str, ...], Facts] = {}
        self._cited: dict[tuple[str, ...], Cited] = {}
        self._judged: dict[tuple[str, tuple[str, ...], Context], tuple[Mark | None, str, Context]] = {}

    def mistakes(self, draft: Draft) -> tuple[Cut, ...]:
        found = [*self._wrong(draft.sentences)]
        found += [
            Cut(text=s.text, reason=f"the summary has {SUMMARY_SENTENCES} sentences at most")
            for s in self.keep(draft.sentences)[SUMMARY_SENTENCES:]
        ]
        for section in draft.sections:
            if reason := self.title(section.title):
                found.append(Cut(text=section.title, reason=reason))
            found += self._wrong(section.sentences, section.title)
        found += [Cut(text=limit, reason=reason) for limit in draft.limits if (reason := self.limit(limit))]
        return tuple(found)

    def keep(self, sentences: Iterable[Sentence], title: str = "") -> tuple[Sentence, ...]:
        judged = self.judge_all(sentences, title)
        return tuple(s.model_copy(update={"mark": mark}) for s, mark, _ in judged if mark is not None)

    def title(self, title: str) -> str | None:
        """Why a section's title is refused: it claims something."""
        claims = read_sentence(title, self.words).claims
        return f"a title claims nothing, and {claims[0].text!r} does" if claims else None

    def limit(self, text: str) -> str | None:
        """Why a limit is refused; it may rest on any evidence, and need not be about the case."""
        mark, reason, _ = self._judge(text, self.everything, NOTHING_BEFORE, general=True)
        return None if mark is not None or reason == _EMPTY else reason

    def judge_all(
        self, sentences: Iterable[Sentence], title: str = ""
    ) -> Iterator[tuple[Sentence, Mark | None, str]]:
        """Every sentence with its mark, or None and the reason it is refused for.

        A sentence may refer to what stands before it ("its map"): to the sentences that are let through and to the
        section's title, for that is what a reader will see.
        """
        before = read_sentence(title, self.words).handed_on() if title else NOTHING_BEFORE
        for sentence in sentences:
            key = sentence.text, sentence.evidence, before
            if key not in self._judged:
                self._judged[key] = self._judge_cited(*key)
            mark, reason, behind = self._judged[key]
            if mark is not None:
                before = behind
            yield sentence, mark, reason

    def judge(self, text: str, cited: tuple[str, ...], before: Context = NOTHING_BEFORE) -> tuple[Mark | None, str]:
        """The mark of one sentence behind what stands before it, or None and the reason it is refused for."""
        mark, reason, _ = self._judge_cited(text, cited, before)
        return mark, reason

    def _judge_cited(self, text: str, cited: tuple[str, ...], before: Context) -> tuple[Mark | None, str, Context]:
        invented = [name for name in cited if name not in self.evidence]
        if invented:
            return None, f"the evidence {invented[0]!r} was never collected", before
        if cited not in self._facts:
            self._facts[cited] = read_facts(self.evidence[name] for name in cited)
        return self._judge(text, self._facts[cited], self._citing(cited, before))

    def _citing(self, cited: tuple[str, ...], before: Context) -> Context:
        if cited not in self._cited:
            items = [self.evidence[name] for name in cited]
            tools = {item.tool for item in items}
            self._cited[cited] = Cited(
                roles=frozenset(item.result["role"] for item in items if item.tool in _OF_ONE_MODEL),
                findings=frozenset(item.result["finding"] for item in items if item.result.get("finding")),
                boxes="detect_boxes" in tools,
                only_boxes=tools & {"gradcam", "detect_boxes"} == {"detect_boxes"},
                only_film=tools == {"assess_quality"},
                compared="compare_models" in tools,
            )
        return before._replace(cited=self._cited[cited])

    def _wrong(self, sentences: Iterable[Sentence], title: str = "") -> Iterator[Cut]:
        for sentence, mark, reason in self.judge_all(sentences, title):
            if mark is None:
                yield Cut(text=sentence.text, reason=reason)

    def _judge(
        self, text: str, facts: Facts, before: Context, general: bool = False
    ) -> tuple[Mark | None, str, Context]:
        plain, quoted = self._without_quotes(tidy(text))
        plain, taught = self._without_knowledge(plain)
        hedged = doubt_in(plain) is not None
        known = is_knowledge(plain) and _HERE.search(plain) is None
        reading = read_sentence(plain, self.words, before)
        reason = self._refuse_claims(reading.claims, plain, facts, hedged, known)
        if reason is None and hedged and not known and (finding := reading.doubtful_finding()) is not None:
            reason = f"no tool says whether {finding!r} is likely: say what the models answer"
        if reason is None and not known and (unread := reading.unread(_place_of_doubt(reading.text))) is not None:
            reason = f"{unread!r} cannot be read with certainty here: say it in a plainer sentence"
            if general and not reading.claims:
                reason = _EMPTY
        if reason is None and not (reading.claims or quoted or hedged or known):
            reason = _EMPTY
        if reason is not None:
            return None, reason, before
        return ("interpretation" if hedged or known or taught else "supported"), "", reading.handed_on()

    def _refuse_claims(
        self, claims: Iterable[Claim], text: str, facts: Facts, hedged: bool, known: bool
    ) -> str | None:
        claims = list(claims)
        for claim in claims:
            if claim.kind in _UNSEEN and not known and not (hedged and claim.kind == "sign"):
                return f"no tool sees {claim.text!r}: say it as an interpretation or leave it out"
        for claim in claims:
            if known and claim.kind not in _SPECIFIC:
                continue  # knowledge of findings, of no model's answer
            if hedged and claim.kind in _LOOSE and not (self.brief.blind and claim.kind in BLIND_KINDS):
                wrong = why_wrong(claim, self.everything, self.brief)
                if wrong is None or (_OPEN.search(wrong) and not _UNMAPPED.match(wrong)):
                    continue  # what an interpretation leaves open
            if claim.kind not in _UNSEEN and (reason := self._refuse(claim, text, facts)):
                return reason
        return None

    def _refuse(self, claim: Claim, text: str, facts: Facts) -> str | None:
        if claim.kind == "evidence":
            return None if claim.text in self.evidence else f"the evidence {claim.text!r} was never collected"
        if _no_claim_of_truth(claim, text):
            return None
        if self.brief.blind and claim.kind == "no_outcome":
            return None
        if self.brief.blind and claim.kind in BLIND_KINDS:
            return f"{claim.text!r} speaks of the truth, which is hidden"
        reason = why_wrong(claim, facts, self.brief)
        if reason is not None and why_wrong(claim, self.everything, self.brief) is None:
            return f"{claim.text!r} is right, but nothing cited says so{self._where_told(claim, facts)}"
        return reason

    def _where_told(self, claim: Claim, facts: Facts) -> str:
        """The one piece of evidence that would have to be cited as well, where there is one."""
        for name in (x for x in self.evidence if x not in facts.ids):
            more = read_facts(self.evidence[x] for x in self.evidence if x in facts.ids or x == name)
            if why_wrong(claim, more, self.brief) is None:
                return f": cite {name} too"
        return ""

    def _without_knowledge(self, text: str) -> tuple[str, bool]:
        """The text without a part of its own, at its end or its beginning, that tells what is typical of a finding."""
        m = _TYPICAL.search(text)
        if m is None or _HERE.search(m[0]) or _OF_BEFORE.search(m[0]):
            return text, False
        if read_sentence(m[0], self.words).kinds & (OF_MODELS - {"zone"}):
            return text, False
        return (f"{text[: m.start()]}." if m.start() else text[m.end() :]), True

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


def _place_of_doubt(text: str) -> int | None:
    doubt = doubt_in(text)
    return None if doubt is None else doubt.start()


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
