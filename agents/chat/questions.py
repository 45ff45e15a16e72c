"""What a question asks, told without an LLM: one of a stated set of kinds, and whom and what it is about.

    understand("why does the baseline call effusion?", CHEXPERT)
    # Question(kind="why", findings=("Pleural Effusion",), roles=("baseline",), ...)

What is left out is taken from the question before ("and the fine-tuned model?"). A question that fits nothing has the
kind `unknown`: the chat then says what it can answer, and never guesses.
"""

from __future__ import annotations

import re
from typing import Literal

from ...tools.schemas import Record, Role
from ...training.findings import FindingSet
from ..explanation.facts import ROLES
from ..explanation.reading.words.lexicon import zone_of
from ..explanation.reading.words.words import build_words, named_findings, plain

Kind = Literal[
    "help",
    "what_if",
    "zone",
    "which_right",
    "not_assessed",
    "quality",
    "difficulty",
    "truth",
    "patient",
    "why",
    "where",
    "compare",
    "scores",
    "unknown",
]

EXAMPLES: tuple[str, ...] = (
    "Why does the baseline call {finding}?",
    "Show me where each model looks for {finding}.",
    "What if the threshold were 0.3?",
    "Compare both on the left lower zone.",
    "Which model is right?",
    "What was not assessed?",
    "How good is the film?",
    "Why is this case {level}?",
    "What does each model score?",
)
"""One example of each kind that can be answered."""

_WORDS: tuple[tuple[Kind, str], ...] = (
    ("help", r"^\s*(?:help|\?)|\bwhat (?:can|could) (?:you|i)\b|\bwhich questions\b|\bwhat do you know\b"),
    ("not_assessed", r"\b(?:not|n't|cannot|never|un)[ -]?assess|\bleft out\b|\bwhat is missing\b"),
    (
        "which_right",
        r"\b(?:which|who|what)\b.*\b(?:right|correct|better|wrong|trust|worse)\b|\bverdict\b"
        r"|\b(?:did|has) fine-?tuning\b|\bimproved?\b",
    ),
    (
        "quality",
        r"\bquality\b|\bexposure\b|\brotat|\bprojection\b|\b(?:ap|pa) or (?:ap|pa)\b"
        r"|\bis (?:this|it) an? (?:ap|pa|lateral|frontal|chest)\b"
        r"|\bclipp|\bcontrast\b|\bmarker\b|\bhow good is (?:the|this) (?:film|picture|image|x-?ray)",
    ),
    ("difficulty", r"\bdifficult|\b(?:is|was|so|case|it) (?:this |the )?(?:case )?(?:so )?(?:easy|hard|average)\b"),
    ("truth", r"\btruth\b|\bground[- ]truth\b|\bwhat do(?:es)? the labels?\b|\bthe (?:right|correct) answer\b"),
    ("why", r"\bwhy\b|\bhow come\b|\breasons?\b|\bbecause of\b|\bexplain\b|\bwhat makes\b"),
    (
        "where",
        r"\bwhere\b|\bshow\b|\blook(?:s|ing)?\b|\b(?:heat ?)?maps?\b|\bbox(?:es)?\b|\bregions?\b|\battention\b|\bfocus"
        r"|\bhighlight|\bwhich (?:side|zone|part)\b",
    ),
    ("compare", r"\bcompare\b|\bdiffer|\b(?:dis)?agree|\bversus\b|\bvs\b|\bside by side\b"),
    (
        "patient",
        r"\bpatient\b|\bdiagnos|\btreat|\btherap|\bprognos|\bmedic(?:ation|ine)\b|\bshould (?:i|we)\b|\bis there\b"
        r"|\bare there\b|\bantibiotic|\bdose\b|\bsick\b|\bhealthy\b|\bnormal\b|\bis it (?:cancer|tuberculosis|covid)",
    ),
    (
        "scores",
        r"\bscores?\b|\bprobabilit|\bconfiden|\bhow (?:sure|high|likely|certain)\b|\bcalls?\b|\bcalled\b|\bpredict"
        r"|\bfindings?\b|\bresults?\b|\bsummary\b|\bsummar|\bthresholds?\b|\bflag(?:s|ged)?\b|\bsees?\b|\bsays?\b|\bthinks?\b",
    ),
)
_SUPPOSED = re.compile(
    r"\bwhat if\b|\bif\b.*\bthreshold|\bsuppose|\bthreshold (?:were|was|is set|set|of|at|to|=)"
    r"|\bwith (?:a|the) threshold|\bat (?:a |the )?threshold|\b(?:lower|raise|change|set|move) the threshold",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d+)?|\.\d+)\s*(%|percent\b)?", re.IGNORECASE)
_FOLLOW_UP = re.compile(
    r"^\s*(?:and|what about|how about|also|then|same|now)\b|\b(?:it|that|this one)\b", re.IGNORECASE
)


class Question(Record):
    """A question as it was understood."""

    kind: Kind
    text: str
    findings: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ROLES
    zone: str | None = None
    threshold: float | None = None
    """A supposed threshold; asked for in (0, 1)."""
    carried: bool = False
    """Whether the kind or a finding was taken from the question before."""


def understand(text: str, findings: FindingSet, before: Question | None = None) -> Question:
    """What a question asks; `before` is the one answered last."""
    words = build_words(findings)
    lower = " ".join(text.lower().split())
    named = named_findings(text, words)
    zone = next((zone_of(m.group()) for m in words.pattern.tokens(plain(text)) if m.lastgroup == "zone"), None)
    roles = _roles(lower)
    threshold = _threshold(lower)
    kind: Kind = "unknown"
    if _SUPPOSED.search(lower) and (threshold is not None or "threshold" in lower):
        kind = "what_if"
    else:
        found: list[Kind] = [k for k, words in _WORDS if re.search(words, lower)]
        kind = found[0] if found else "unknown"
        if zone is not None and kind not in ("why", "patient"):
            kind = "zone"
        elif kind == "where" and re.search(r"\bcompare\b", lower) and not re.search(r"\bwhere\b|\blook", lower):
            kind = "compare"
    carried = False
    if before is not None and before.kind != "unknown":
        if kind == "unknown" and (named or roles or zone or _FOLLOW_UP.search(lower)):
            kind, carried = "scores" if before.kind == "patient" else before.kind, True
            zone = zone or before.zone
            threshold = threshold if threshold is not None else before.threshold
        about_findings = ("why", "where", "what_if", "compare", "zone", "scores", "which_right")
        if not named and kind in about_findings and _leans(lower, carried):
            named, carried = before.findings, carried or bool(before.findings)
    if kind == "unknown" and named:
        kind = "scores"
    return Question(
        kind=kind,
        text=text,
        findings=named,
        roles=roles or ROLES,
        zone=zone,
        threshold=threshold if kind == "what_if" else None,
        carried=carried,
    )


def _leans(lower: str, carried: bool) -> bool:
    """Whether a question without a finding means the one spoken of before."""
    return carried or bool(_FOLLOW_UP.search(lower))


def _roles(lower: str) -> tuple[Role, ...]:
    """The models a question names; empty where it names none, or both."""
    baseline = bool(re.search(r"\b(?:baseline|base model|first model|original)\b", lower))
    finetuned = bool(re.search(r"\bfine-?\s?tuned\b|\b(?:second|tuned|new) model\b", lower))
    if baseline == finetuned:
        return ROLES if baseline else ()
    return ("baseline",) if baseline else ("finetuned",)


def _threshold(lower: str) -> float | None:
    """The last number of a text as a share: `0.3`, `.3`, `30 %`."""
    found = list(_NUMBER.finditer(lower))
    if not found:
        return None
    value = float(found[-1][1])
    return value / 100 if found[-1][2] else value
