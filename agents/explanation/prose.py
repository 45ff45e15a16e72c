"""Names as they read in a sentence: findings, models, places. The reader of texts knows the same words."""

from __future__ import annotations

from collections.abc import Iterable

NAMES = {"baseline": "the baseline", "finetuned": "the fine-tuned model"}

_PLACES = {
    "retrocardiac": "the region behind the heart",
    "paratracheal": "the paratracheal region",
    "subdiaphragmatic": "the region below the diaphragm",
    "chest wall and clavicle": "the chest wall or clavicle",
    "outside the body": "the area outside the body",
}

SOURCES = {
    "reader consensus": "a consensus of readers",
    "single reader": "the labels of a single reader",
    "text-mined": "labels mined from report text, which are not the truth of the patient",
    "simulated": "the lesions simulated into the film",
    "unknown": "labels of unknown origin",
}


def prose(finding: str) -> str:
    """`Pleural Effusion` -> `pleural effusion`; No Finding and acronyms keep their capitals."""
    return finding if finding == "No Finding" or not finding.istitle() else finding.lower()


def place(zone: str) -> str:
    """`left lower lung` -> `the left lower lung`, `right perihilar` -> `the right perihilar region`."""
    if zone.endswith("perihilar"):
        return f"the {zone} region"
    return _PLACES.get(zone, f"the {zone}")


def list_words(names: Iterable[str]) -> str:
    """Findings as `a, b and c`."""
    words = [prose(name) for name in names]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
