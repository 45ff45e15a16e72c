"""The verdict and the level of the case."""

from __future__ import annotations

from collections.abc import Mapping

from ..facts import ROLES
from ..reading.claims import Claim
from .held import Held, Rule


def _verdict_is(claim: Claim, held: Held) -> str | None:
    if not held.facts.comparison:
        return "no evidence gives a verdict"
    verdict = held.facts.comparison.get("verdict")
    if claim.findings and claim.findings != (held.facts.comparison.get("finding"),):
        return "the verdict is on the whole case"
    return None if verdict == claim.value else f"the verdict is {verdict or 'none'}"


def _verdict_not(claim: Claim, held: Held) -> str | None:
    verdict = held.facts.comparison.get("verdict")
    return None if verdict and verdict != claim.value else f"the verdict is {verdict or 'none'}"


def _verdict_by_score(claim: Claim, held: Held) -> str | None:
    """A verdict on one finding on which both models have the same outcome: only the score can have moved."""
    finding, verdict = held.facts.comparison.get("finding"), held.facts.comparison.get("verdict")
    if finding is None or verdict not in ("IMPROVED", "WORSE") or claim.findings not in ((), (finding,)):
        return f"no verdict on one finding rests on {claim.text!r}"
    outcomes = [held.facts.outcome(role, finding) for role in ROLES]
    return None if outcomes[0] == outcomes[1] is not None else f"the outcomes are {outcomes[0]} and {outcomes[1]}"


def _wins_case(claim: Claim, held: Held) -> str | None:
    """Whom the verdict favours."""
    verdict = held.facts.comparison.get("verdict")
    winner = {"IMPROVED": ("finetuned",), "WORSE": ("baseline",)}.get(verdict or "")
    return None if winner == claim.roles else f"the verdict is {verdict or 'none'}"


def _no_verdict(claim: Claim, held: Held) -> str | None:
    comparison = held.facts.comparison
    if not comparison:
        return None if held.brief.blind else "no evidence gives a verdict"
    return None if comparison.get("verdict") is None else f"the verdict is {comparison['verdict']}"


def _level_is(claim: Claim, held: Held) -> str | None:
    difficulty = held.brief.difficulty
    if (claim.value == difficulty.level) == claim.negated:
        return f"the level is {difficulty.level}, by {difficulty.basis.replace('_', ' ')}"
    return None


def _level_based(claim: Claim, held: Held) -> str | None:
    basis = held.brief.difficulty.basis
    return None if basis == claim.value else f"the level is known by {basis.replace('_', ' ')}"


def _calls_match(claim: Claim, held: Held) -> str | None:
    """Why a level was inferred, in the words of the reason."""
    reasons = " ".join(held.brief.difficulty.reasons)
    return None if claim.text in reasons else "it is no reason for the level"


CASE: Mapping[str, Rule] = {
    "calls_match": _calls_match,
    "level_based": _level_based,
    "level_is": _level_is,
    "no_verdict": _no_verdict,
    "verdict_by_score": _verdict_by_score,
    "verdict_is": _verdict_is,
    "verdict_not": _verdict_not,
    "wins_case": _wins_case,
}
