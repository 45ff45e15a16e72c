"""The totals of a batch run: `summary.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .records import CaseRow, FailureRow, RunRecord

ROLES = ("baseline", "finetuned")
COUNTED = ("difficulty", "true_difficulty", "relation", "verdict", "writer")
OUTCOMES = ("TP", "FP", "FN", "TN")


def summarise(
    run: RunRecord, rows: Iterable[CaseRow], failures: Sequence[FailureRow], seconds: float | None = None
) -> dict[str, Any]:
    """Counts over the cases; the caller adds how many were `asked`. `seconds`: wall clock of this start, or None."""
    by_finding: dict[str, dict[str, Any]] = {}
    counts: dict[str, Counter[Any]] = {name: Counter() for name in (*COUNTED, "flags")}
    pairs: Counter[tuple[bool | None, bool | None]] = Counter()
    marks = Counter(dict.fromkeys(("supported", "interpretation", "cut", "cases_with_cuts"), 0))
    done, cost, graph = 0, 0.0, 0.0
    for row in rows:
        done, cost, graph = done + 1, cost + (row.cost or 0.0), graph + row.seconds
        for name in COUNTED:
            counts[name][getattr(row, name)] += 1
        counts["flags"].update(row.flags)
        pairs[row.baseline_right, row.finetuned_right] += row.baseline_right is not None
        marks.update(
            supported=row.supported, interpretation=row.interpretation, cut=row.cut, cases_with_cuts=row.cut > 0
        )
        _count_findings(by_finding, row)
    return {
        "run": run.model_dump(mode="json"),
        "done": done,
        "failed": len(failures),
        "difficulty": _named(counts["difficulty"], ("easy", "average", "hard")),
        "true_difficulty": _named(counts["true_difficulty"], ("easy", "average", "hard")),
        "relation": _named(counts["relation"], ("AGREE", "DIFFER")),
        "verdict": _named(counts["verdict"], ("IMPROVED", "WORSE", "NO CHANGE")),
        "right": _right(pairs),
        "findings": {
            name: {"true": entry["true"]}
            | {role: {k: entry[role][k] for k in ("called", *OUTCOMES)} for role in ROLES}
            for name, entry in sorted(by_finding.items())
        },
        "checker": dict(marks),
        "writer": dict(counts["writer"]),
        "flags": dict(counts["flags"]),
        "cost": round(cost, 6),
        "graph_seconds": round(graph, 1),
        "wall_seconds": None if seconds is None else round(seconds, 1),
        "failures": dict(Counter(failure.reason for failure in failures).most_common(20)),
    }


def _count_findings(by_finding: dict[str, dict[str, Any]], row: CaseRow) -> None:
    for name, finding in row.findings.items():
        entry = by_finding.setdefault(name, _entry())
        entry["true"] += finding.truth == "positive"
        for role in ROLES:
            entry[role].update(_counts(getattr(finding, role), finding.truth))
    for role in ROLES:
        for name in getattr(row, f"{role}_negative"):
            by_finding.setdefault(name, _entry())[role]["TN"] += 1


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


def _right(pairs: Mapping[tuple[bool | None, bool | None], int]) -> dict[str, int]:
    """On how many of the `judged` cases each model is right, both are, and neither is; (baseline, fine-tuned) -> n."""
    return {
        "judged": sum(pairs.values()),
        "baseline": sum(n for (baseline, _), n in pairs.items() if baseline),
        "finetuned": sum(n for (_, finetuned), n in pairs.items() if finetuned),
        "both": pairs.get((True, True), 0),
        "neither": pairs.get((False, False), 0),
    }


def _named(counted: Counter[Any], names: Sequence[str]) -> dict[str, int]:
    return {name: counted[name] for name in names} | ({"none": counted[None]} if counted[None] else {})
