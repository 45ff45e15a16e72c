"""What an explanation says, as claims per sentence, and which findings it says each model calls."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...agents.explanation.facts import ROLES
from ...agents.explanation.lexicon import build_lexicon
from ...agents.explanation.text_claims import Claim, read_claims
from ...agents.records import CaseReport, Sentence
from ...training.findings import CHEXPERT, FindingSet

_BELOW = re.compile(r"\b(?:below|under|negative|no evidence|does not reach|do not reach)\b", re.IGNORECASE)
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
    lexicon = build_lexicon(findings)
    explanation = report.explanation
    every = [*explanation.sentences, *(s for section in explanation.sections for s in section.sentences)]
    return [Reading(sentence, tuple(read_claims(sentence.text, lexicon))) for sentence in every]


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
                flipped = bool(_BELOW.search(claim.text))
            elif claim.kind == "outcome":
                flipped = bool(_NOT_CALLED.search(claim.text)) and not _CALLED_BUT_WRONG.search(claim.text)
            else:
                continue
            for finding in findings_of(claim, report):
                for role, yes in stated_by_role(claim).items():
                    out[role, finding] = yes != flipped
    return out
