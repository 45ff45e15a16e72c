"""The totals of a batch run: `summary.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .records import CaseRow, FailureRow, RunRecord

ROLES = ("baseline", "finetuned")
OUTCOMES = ("TP", "FP", "FN", "TN")


def summarise(
    run: RunRecord, rows: Sequence[CaseRow], failures: Sequence[FailureRow], seconds: float | None = None
) -> dict[str, Any]:
    """Counts over the cases; the caller adds how many were `asked`. `seconds`: wall clock of this start, or None."""
    by_finding: dict[str, dict[str, Any]] = {}
    for row in rows:
        for name, finding in row.findings.items():
            entry = by_finding.setdefault(name, _entry())
            entry["true"] += finding.truth == "positive"
            for role in ROLES:
                entry[role].update(_counts(getattr(finding, role), finding.truth))
        for role in ROLES:
            for name in getattr(row, f"{role}_negative"):
                by_finding.setdefault(name, _entry())[role]["TN"] += 1
    return {
        "run": run.model_dump(mode="json"),
        "done": len(rows),
        "failed": len(failures),
        "difficulty": _count((row.difficulty for row in rows), ("easy", "average", "hard")),
        "true_difficulty": _count((row.true_difficulty for row in rows), ("easy", "average", "hard")),
        "relation": _count((row.relation for row in rows), ("AGREE", "DIFFER")),
        "verdict": _count((row.verdict for row in rows), ("IMPROVED", "WORSE", "NO CHANGE")),
        "right": _right(rows),
        "findings": {
            name: {"true": entry["true"]}
            | {role: {k: entry[role][k] for k in ("called", *OUTCOMES)} for role in ROLES}
            for name, entry in sorted(by_finding.items())
        },
        "checker": {
            "supported": sum(row.supported for row in rows),
            "interpretation": sum(row.interpretation for row in rows),
            "cut": sum(row.cut for row in rows),
            "cases_with_cuts": sum(row.cut > 0 for row in rows),
        },
        "writer": dict(Counter(row.writer for row in rows)),
        "flags": dict(Counter(flag for row in rows for flag in row.flags)),
        "cost": round(sum(row.cost for row in rows if row.cost is not None), 6),
        "graph_seconds": round(sum(row.seconds for row in rows), 1),
        "wall_seconds": None if seconds is None else round(seconds, 1),
        "failures": dict(Counter(failure.reason for failure in failures).most_common(20)),
    }


def _counts(side: str | None, truth: str | None) -> list[str]:
    """What one model's call of one finding adds to: `called`, and its outcome where the truth is known."""
    out = ["called"] if side == "positive" else []
    if side is None or truth not in ("positive", "negative"):
        return out
    if truth == "positive":
        return [*out, "TP" if side == "positive" else "FN"]
    return [*out, "FP" if side == "positive" else "TN"]


def _entry() -> dict[str, Any]:
    return {"true": 0} | {role: Counter() for role in ROLES}


def _right(rows: Sequence[CaseRow]) -> dict[str, int]:
    """On how many of the `judged` cases each model is right, both are, and neither is."""
    pairs = [(row.baseline_right, row.finetuned_right) for row in rows if row.baseline_right is not None]
    return {
        "judged": len(pairs),
        "baseline": sum(baseline is True for baseline, _ in pairs),
        "finetuned": sum(finetuned is True for _, finetuned in pairs),
        "both": pairs.count((True, True)),
        "neither": pairs.count((False, False)),
    }


def _count(values: Iterable[str | None], names: Sequence[str]) -> dict[str, int]:
    counted = Counter(values)
    return {name: counted[name] for name in names} | ({"none": counted[None]} if counted[None] else {})
