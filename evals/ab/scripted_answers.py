"""What the scripted server says: an explanation built from the evidence in the prompt, made worse in one known way.

A known answer for the machinery of scores and comparisons: an arm that is worse in a known way must be found worse, by
the metric named here. It is no language model and says nothing about one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ...agents.explanation.prose import list_words, prose
from ...prompts.loader import load_prompt

Flaw = Literal["sides", "praise", "one-model", "hedged"]
FLAWS: Mapping[Flaw, tuple[str, str]] = {
    "sides": ("left and right are exchanged where it says where a map peaks", "faithfulness"),
    "praise": ("every map is said to lie in usual places", "faithfulness"),
    "one-model": ("the baseline is left out", "completeness"),
    "hedged": ("calls are hedged with 'perhaps' where most of their scores are sure", "hedging"),
}
"""Flaw -> (what is done, the metric that has to find it)."""

NAMES = {"baseline": "the baseline", "finetuned": "the fine-tuned model"}

_BLOCK = re.compile(r"^\[([a-z]+(?:\.[a-z0-9-]+)*)\] (.*(?:\n  .*)*)", re.MULTILINE)
_CALLED = re.compile(r"^  (.+): CALLED,", re.MULTILINE)
_SURE = re.compile(r"^  (?!No Finding).+: CALLED, score (?:0\.[89]|1\.00)(?!.*not calibrated)", re.MULTILINE)
_UNSURE = re.compile(r"^  (?!No Finding).+: CALLED, score 0\.[2-7](?!.*not calibrated)", re.MULTILINE)
_PEAK = re.compile(r"heatmap for (.+): peaks in (.+?)(?: \(side as displayed\))?;")
_USUAL = re.compile(r"^  (mostly in|NOT mainly in) usual places: (\d+) %", re.MULTILINE)
_LIES = {
    "in": "mostly in usual places",
    "out": "mostly outside the usual places",
    "chance": "no more in usual places than a flat map would",
}
_DIFFER = re.compile(r"the two models DIFFER(?: for .+?)? on (.+)")
_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Said:
    """What the evidence in a prompt says."""

    calls: Mapping[str, tuple[str, ...]]
    """Role -> findings called, No Finding left out."""
    sure: frozenset[str]
    """Roles more of whose calls have a probability above 0.8 than between 0.2 and 0.8."""
    finding: str | None
    """The first that has a map."""
    peaks: Mapping[str, str]
    """Role -> where its map of that finding peaks."""
    usual: Mapping[str, str]
    """Role -> how much of that map lies in usual places: `in`, `out` or `chance`; only where it is told."""
    differing: tuple[str, ...]


def answer(messages: Sequence[Mapping[str, Any]], flaw: Flaw | None = None, prompt: str | None = None) -> str:
    """The answer to a chat: an explanation, or to a prompt that asks to mend one, the same draft again.

    `flaw` spoils the answers to `prompt`, `NAME@VERSION`; to every prompt where that is None.
    """
    system, task = (_text(messages[i]) for i in (0, 1))
    if written_with("judge@v1", system):
        return judged(task)
    if written_with("judge@v1", system, "pair_system"):
        return preferred(task)
    if written_with("repair@v1", system):
        return task.partition("The draft:")[2].partition("What is refused")[0].strip()
    if written_with("investigator@v1", system):
        return "The evidence is enough."
    spoilt = flaw if prompt is None or written_with(prompt, system) else None
    sentences = [{"text": text, "evidence": list(ids)} for text, ids in sentences_of(read_task(task), spoilt)]
    document: dict[str, Any] = {"sentences": sentences}
    if '"notes"' in task:
        document = {"notes": [f"{s['evidence'][0]}: {s['text']}" for s in sentences] + ["rival: none"], **document}
    return json.dumps(document)


@cache
def _fixed_lines(prompt: str, part: str) -> frozenset[str]:
    """Lines of a prompt's part that hold no variable: they stand in every text made with it."""
    system = load_prompt(prompt).text.partition(f"## {part}\n")[2].partition("\n## ")[0]
    system = re.sub(r"\{%-? if .*?\{%-? endif -?%\}", "", system, flags=re.DOTALL)
    return frozenset(line.strip() for line in system.splitlines() if line.strip() and "{" not in line)


def judged(task: str) -> str:
    """The rubric's answers by the words in the text, for a judge that is known to be a script."""
    text = task.partition("The text to be judged:")[2].partition("Answer with one JSON object")[0].lower()
    said = {
        "both_models": "baseline" in text and "fine-tuned" in text,
        "difference": "differ" in text or "agree" in text,
        "place": "peaks in" in text or " lies " in text,
        "grounded": bool(text.strip()),
        "restraint": "patient" not in text,
        "clear": bool(text.strip()),
    }
    return json.dumps(said)


def preferred(task: str) -> str:
    """The text with more sentences."""
    texts = task.partition("The first text:")[2].partition("Answer with one JSON object")[0]
    first, second = (part.count(". ") for part in texts.split("The second text:"))
    return json.dumps({"better": "tie" if first == second else "first" if first > second else "second"})


def written_with(prompt: str, system: str, part: str = "system") -> bool:
    """Whether a system message was made with a prompt version."""
    return _fixed_lines(prompt, part) <= {line.strip() for line in system.splitlines()}


def read_task(task: str) -> Said:
    """The evidence blocks of a prompt (agents/llm/evidence.py writes them)."""
    blocks = dict(_BLOCK.findall(task))
    calls, sure, peaks, usual = {}, set(), {}, {}
    finding = None
    for name, text in blocks.items():
        tool, _, rest = name.partition(".")
        role = rest.partition(".")[0]
        if tool == "predict":
            calls[role] = tuple(f for f in _CALLED.findall(text) if f != "No Finding")
            if len(_SURE.findall(text)) > len(_UNSURE.findall(text)):
                sure.add(role)
        elif tool == "gradcam" and (peak := _PEAK.search(text)) and finding in (None, peak[1]):
            finding = peak[1]
            peaks[role] = peak[2]
            if share := _USUAL.search(text):
                usual[role] = "in" if share[1] == "mostly in" else "out" if int(share[2]) < 50 else "chance"
    differing = _DIFFER.search(blocks.get("compare", ""))
    return Said(calls, frozenset(sure), finding, peaks, usual, tuple(differing[1].split(", ")) if differing else ())


def sentences_of(said: Said, flaw: Flaw | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """(sentence, ids of its evidence), five at most."""
    roles = ("finetuned",) if flaw == "one-model" else ("baseline", "finetuned")
    out = []
    for role in roles:
        called = list_words(said.calls.get(role, ()))
        text = f"{NAMES[role]} calls {called}." if called else f"{NAMES[role]} does not call any finding."
        hedged = flaw == "hedged" and role in said.sure
        out.append((f"Perhaps {text}" if hedged else text[0].upper() + text[1:], (f"predict.{role}",)))
    if said.finding is not None:
        about, ending = f"For {prose(said.finding)}, ", "." + said.finding.lower().replace(" ", "-")
        peaks = [(r, f"peaks in {_mirrored(said.peaks[r], flaw)}") for r in roles if r in said.peaks]
        lies = [(r, f"lies {_LIES['in' if flaw == 'praise' else said.usual[r]]}") for r in roles if r in said.usual]
        for clauses in filter(None, (peaks, lies)):
            text = " and ".join(f"{NAMES[role]}'s map {clause}" for role, clause in clauses)
            out.append((f"{about}{text}.", tuple(f"gradcam.{role}{ending}" for role, _ in clauses)))
    if flaw != "one-model":
        relation = f"differ on {list_words(said.differing)}" if said.differing else "agree"
        out.append((f"The two models {relation}.", ("compare",)))
    return out


def _mirrored(place: str, flaw: Flaw | None) -> str:
    return re.sub(r"\b(left|right)\b", lambda m: _SIDE[m[1]], place) if flaw == "sides" else place


def _text(message: Mapping[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(p["text"] for p in content if p["type"] == "text")
