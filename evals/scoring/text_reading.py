"""What an explanation says, as claims per sentence, and which findings it says each model calls."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...agents.explanation.facts import ROLES
from ...agents.explanation.reading.claims import NOTHING_BEFORE, Claim
from ...agents.explanation.reading.reader import read_sentence
from ...agents.explanation.reading.words.words import build_words
from ...agents.records import CaseReport, Sentence
from ...training.findings import CHEXPERT, FindingSet

_CALLED_BUT_WRONG = re.compile(
    r"\bfp\b|false[- ](?:positive|alarm|call)|(?:falsely|wrongly|incorrectly)", re.IGNORECASE
)
_NOT_CALLED = re.compile(
    r"\b(?:tn|fn)\b|(?:true|false)[- ]negative|\bmiss|(?:correctly|rightly) (?:does|do|leave|reject|withhold)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """One sentence and its claims."""

    sentence: Sentence
    claims: tuple[Claim, ...]


def read_explanation(report: CaseReport, findings: FindingSet = CHEXPERT) -> list[Reading]:
    """Every sentence of the summary and the sections; cut sentences are not part of the text."""
    words = build_words(findings)
    explanation = report.explanation
    out: list[Reading] = []
    for title, sentences in [("", explanation.sentences), *((x.title, x.sentences) for x in explanation.sections)]:
        before = read_sentence(title, words).handed_on() if title else NOTHING_BEFORE
        for sentence in sentences:
            reader = read_sentence(sentence.text, words, before)
            before = reader.handed_on()
            out.append(Reading(sentence, tuple(reader.claims)))
    return out


def stated_by_role(claim: Claim) -> dict[str, bool]:
    """Role -> whether the claim says yes of it, after its negation and quantity; empty where no model is named."""
    yes = not claim.negated
    if claim.quantity == "neither":
        return dict.fromkeys(claim.roles, not yes)
    said = dict.fromkeys(claim.roles, yes)
    if claim.quantity == "only":
        said |= {role: not yes for role in ROLES if role not in claim.roles}
    return said


def findings_of(claim: Claim, report: CaseReport) -> tuple[str, ...]:
    """The findings a claim is about; the run's own where it names none."""
    return claim.findings or ((report.finding,) if report.finding else ())


def stated_calls(report: CaseReport, findings: FindingSet = CHEXPERT) -> dict[tuple[str, str], bool]:
    """(role, finding) -> whether the text says that the model calls it. What the text leaves open is not in it; where
    it says both, the later sentence counts."""
    out: dict[tuple[str, str], bool] = {}
    for reading in read_explanation(report, findings):
        for claim in reading.claims:
            if claim.kind == "call":
                flipped = False
            elif claim.kind == "outcome":
                flipped = bool(_NOT_CALLED.search(claim.text)) and not _CALLED_BUT_WRONG.search(claim.text)
            else:
                continue
            for finding in findings_of(claim, report):
                for role, yes in stated_by_role(claim).items():
                    out[role, finding] = yes != flipped
    return out
