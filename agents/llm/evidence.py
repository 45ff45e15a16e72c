"""Evidence as the text an LLM reads: one block per tool result, headed by its id, numbers ready to be repeated.

Only what is listed here is told. No case id, file, table, folder or model name is, so none can leave the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...tools.schemas import Evidence
from ..explanation.facts import ROLES
from ..explanation.prose import NAMES, SOURCES

MOST_ZONES = 5


def describe_evidence(evidence: Iterable[Evidence]) -> str:
    """All of some evidence, in its order, blocks parted by a blank line."""
    return "\n\n".join(describe_one(item) for item in evidence)


def describe_one(evidence: Evidence) -> str:
    """`[id] what it says`, with indented lines below it."""
    lines = _TELLERS[evidence.tool](evidence.result)
    return f"[{evidence.id}] " + "\n  ".join(lines)


def reading(score: float, threshold: float) -> str:
    """`0.71, at or above its threshold of 0.50`; a third digit where two would hide which is larger."""
    digits = 2 if round(score, 2) != round(threshold, 2) else 3
    side = "at or above" if score >= threshold else "below"
    return f"{score:.{digits}f}, {side} its threshold of {threshold:.{digits}f}"


def contrast_rows(comparison: Mapping[str, Any]) -> list[dict[str, str]]:
    """One row per finding with at least one score, what the models differ on first: for a table in a prompt."""
    rows = []
    for name, row in comparison["findings"].items():
        if row["baseline_score"] is None and row["finetuned_score"] is None:
            continue
        told = {"finding": name, "relation": {True: "agree", False: "DIFFER"}.get(row["agree"], "one assesses it")}
        for role in ROLES:
            call = {True: "calls it", False: "does not call it"}.get(row[f"{role}_positive"], "not assessed")
            score = row[f"{role}_score"]
            outcome = row[f"{role}_outcome"]
            told[role] = call + (f" ({score:.2f})" if score is not None else "") + (f", {outcome}" if outcome else "")
        told["truth"] = row["truth"]["value"] if row["truth"] else ""
        rows.append(told)
    return sorted(rows, key=lambda told: told["relation"] != "DIFFER")


def _quality(result: Mapping[str, Any]) -> list[str]:
    sides = {
        "header": "sides are settled by the header",
        "marker": "sides are settled by a marker on the film",
        "as displayed": "sides are as displayed: nothing settles a flip",
    }[result["sides"]]
    projection = result["projection"]
    basis = {"header": "its header says so", "table": "the table says so"}.get(
        result["projection_basis"], "estimated"
    )
    shown = "projection not known" if projection == "unknown" else f"{projection} projection ({basis})"
    lines = [
        f"the film: {shown}; {sides}",
        f"out-of-distribution score {result['out_of_distribution']:.2f} (0 usual, 1 unlike any known film); "
        f"tilt {result['rotation']:.1f} degrees; {_percent(result['coverage'])} of the thorax on the film",
    ]
    if not result["frontal_chest"]:
        lines.append("it does not look like a frontal chest film")
    return lines + [f"flag: {flag['message']} {flag['way_on']}" for flag in result["flags"]]


def _predict(result: Mapping[str, Any]) -> list[str]:
    who = NAMES[result["role"]]
    scores = sorted(result["findings"].items(), key=lambda item: item[1]["threshold"] - item[1]["score"])
    called = sum(s["positive"] for n, s in scores if n != "No Finding")
    total = sum(n != "No Finding" for n, _ in scores)
    lines = [f"{who} calls {called} of the {total} findings it assesses (No Finding not counted)"]
    for name, score in scores:
        notes = "" if score["calibrated"] else "; not calibrated, so no probability"
        notes += "; the threshold is a default" if score["threshold_rule"] == "default" else ""
        called_or_not = "CALLED" if score["positive"] else "not called"
        lines.append(f"{name}: {called_or_not}, score {reading(score['score'], score['threshold'])}{notes}")
    if result["top_k"]:
        top = ", ".join(f"{n}. {x['label']} {x['score']:.2f}" for n, x in enumerate(result["top_k"], 1))
        lines.append(f"its highest labels, in its own names: {top}")
    for name, why in result["not_assessed"].items():
        lines.append(f"{name}: not assessed, as {why.replace(result['model'], 'the model')}; this is not a negative")
    return lines


def _gradcam(result: Mapping[str, Any]) -> list[str]:
    head = f"{NAMES[result['role']]}'s heatmap for {result['finding']}"
    if result["peak"] is None:
        return [f"{head}: empty, nothing on the film raises this score"]
    zones = ", ".join(f"{z['zone']} {_percent(z['share'])}" for z in result["zones"][:MOST_ZONES])
    basis = " (side as displayed)" if result["side_basis"] == "as displayed" else ""
    lines = [
        f"{head}: peaks in {result['peak_zone'] or 'no named zone'}{basis}; maximum {result['magnitude']:.3g}",
        f"it lies in: {zones}",
    ]
    usual = result["plausibility"]
    if usual is None:
        lines.append("no usual places are known for this finding")
    else:
        word = "mostly in usual places" if usual["plausible"] else "NOT mainly in usual places"
        lines.append(
            f"{word}: {_percent(usual['share'])} of the activation lies in usual places for the finding, where a flat "
            f"map would have {_percent(usual['expected'])}"
        )
    if result["inside_body"] is not None and result["inside_body"] < 0.9:
        lines.append(f"{_percent(1 - result['inside_body'])} of the activation lies off the body")
    return lines


def _boxes(result: Mapping[str, Any]) -> list[str]:
    cut = _percent(result["threshold"])
    head = f"{NAMES[result['role']]}'s boxes for {result['finding']} at {cut} of the map's maximum"
    if not result["boxes"]:
        return [f"{head}: no box, as {result['why_none']}"]
    return [f"{head}: {len(result['boxes'])}"] + [
        f"box {n}: {b['side']}; {', '.join(b['zones'])}; mean activation {b['mean_activation']:.2f} of the maximum; "
        f"{_percent(b['area_share'], 1)} of the film"
        for n, b in enumerate(result["boxes"], 1)
    ]


def _compare(result: Mapping[str, Any]) -> list[str]:
    about = f" for {result['finding']}" if result["finding"] else ""
    differing = ", ".join(result["differing"])
    lines = [f"the two models {result['relation']}{about}" + (f" on {differing}" if differing else "")]
    if not result["revealed"]:
        return [*lines, "the truth is hidden: no verdict, no outcomes"]
    for name, row in result["findings"].items():
        outcomes = [f"{NAMES[r]} {row[f'{r}_outcome']}" for r in ROLES if row[f"{r}_outcome"]]
        if outcomes:
            lines.append(f"{name}: truth {row['truth']['value']}; {', '.join(outcomes)}")
    for role in ROLES:
        judged = result[f"{role}_judgement"]
        if judged is not None:
            right = "right" if judged["right"] else "not right"
            f1 = "" if judged["f1"] is None else f", case F1 {judged['f1']:.2f}"
            lines.append(f"{NAMES[role]} is {right} on the {'finding' if result['finding'] else 'case'}{f1}")
    reason = result["verdict_reason"]
    for role in ROLES:
        reason = reason.replace(result[role], NAMES[role])
    lines.append(f"verdict: {result['verdict'] or 'none'} ({reason})")
    return lines


def _truth(result: Mapping[str, Any]) -> list[str]:
    lines = [f"the labels, from {SOURCES[result['source']]}"]
    for value in ("positive", "negative", "uncertain", "blank"):
        names = [name for name, told in result["findings"].items() if told["value"] == value]
        if names:
            word = "not mentioned (neither positive nor negative)" if value == "blank" else value
            lines.append(f"{word}: {', '.join(names)}")
    return lines


def _percent(share: float, digits: int = 0) -> str:
    """A share just off a half keeps a digit more, so that nobody takes it for a half or for most."""
    text = f"{100 * share:.{digits}f} %"
    return f"{100 * share:.1f} %" if text == "50 %" and share != 0.5 else text


_TELLERS: Mapping[str, Any] = {
    "assess_quality": _quality,
    "predict": _predict,
    "gradcam": _gradcam,
    "detect_boxes": _boxes,
    "compare_models": _compare,
    "lookup_ground_truth": _truth,
}
