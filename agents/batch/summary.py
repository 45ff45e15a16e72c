"""The totals of a batch run: `summary.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .records import CaseRow, FailureRow, RunRecord


def summarise(
    run: RunRecord, rows: Sequence[CaseRow], failures: Sequence[FailureRow], seconds: float | None = None
) -> dict[str, Any]:
    """Counts over the cases; the caller adds how many were `asked`. `seconds`: wall clock of this start, or None."""
    by_finding: dict[str, dict[str, Any]] = {}
    for row in rows:
        for name, finding in row.findings.items():
            entry = by_finding.setdefault(name, {"true": 0, "baseline": Counter(), "finetuned": Counter()})
            entry["true"] += finding.truth == "positive"
            for role in ("baseline", "finetuned"):
                entry[role].update(_counts(getattr(finding, role), finding.truth))
    return {
        "run": run.model_dump(mode="json"),
        "done": len(rows),
        "failed": len(failures),
        "difficulty": _count((row.difficulty for row in rows), ("easy", "average", "hard")),
        "true_difficulty": _count((row.true_difficulty for row in rows), ("easy", "average", "hard")),
        "relation": _count((row.relation for row in rows), ("AGREE", "DIFFER")),
        "verdict": _count((row.verdict for row in rows), ("IMPROVED", "WORSE", "NO CHANGE")),
        "findings": {
            name: {"true": entry["true"]}
            | {role: {k: entry[role][k] for k in ("called", "TP", "FP", "FN")} for role in ("baseline", "finetuned")}
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
    return [*out, "FP"] if side == "positive" else out


def _count(values: Iterable[str | None], names: Sequence[str]) -> dict[str, int]:
    counted = Counter(values)
    return {name: counted[name] for name in names} | ({"none": counted[None]} if counted[None] else {})
