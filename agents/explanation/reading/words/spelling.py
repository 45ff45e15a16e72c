"""Short forms written out: what the reader sees of a text."""

from __future__ import annotations

import re
import unicodedata

from .words import plain

_SIGNS = str.maketrans(
    {"’": "'", "‘": "'", "“": None, "”": None, '"': None, "*": None, "`": None}
    | dict.fromkeys(map(chr, (0x2010, 0x2011, 0x2012, 0x2212)), "-")
)
"""Signs that say the same as another, or nothing: quotation marks, Markdown's emphasis, hyphens."""
_UNTIDY = (
    "  ",
    '"',
    "*",
    "`",
    "\n",
    "\t",
    "\r",
    " .",
    "(.",
    "~.",
    "=.",
    "<.",
    ">.",
    "--",
    " - ",
    "per cent",
    "percent",
)
"""Of which one is there where an ASCII text is not written the one way."""
_DASH = re.compile(r"\s*—\s*|\s+(?:–|--?)\s+")


def tidy(text: str) -> str:
    """The text in one way of writing: spaces, hyphens, quotes and numbers as a keyboard has them, no emphasis and no
    sign that cannot be seen; a dash is a colon, two are commas."""
    text = text.strip()
    if text.isascii() and text[:1] not in (".", "-"):
        for part in _UNTIDY:
            if part in text:
                break
        else:
            return text
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = re.sub(r"^[-•]\s+", "", text)
    text = _DASH.sub(": " if len(_DASH.findall(text)) == 1 else ", ", text)
    text = re.sub(r"(?<![\w.])\.(?=\d)", "0.", text)
    text = re.sub(r"(?<=\d) ?per ?cent\b", " %", text)
    return " ".join(text.split())


_SPELLED = (
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\bnot only (.{3,60}?),? but (?:also )?"), r"\1 and "),
    (re.compile(r"\b(it|that|there|what|here|who)'s\b"), r"\1 is"),
    (re.compile(r"\b(they|we|you)'re\b"), r"\1 are"),
    (re.compile(r"\bca not\b"), "can not"),
    (re.compile(r" ?(?<![-=])[<≤]=? ?"), " below "),
    (re.compile(r" ?(?<![-=])[>≥]=? ?"), " above "),
    (
        re.compile(r"\br (?=(?:apex|upper|mid|lower|hilum|hilar|peri|costo|cardio|pleural|lung|base)[a-z]*)"),
        "right ",
    ),
    (
        re.compile(r"\bl (?=(?:apex|upper|mid|lower|hilum|hilar|peri|costo|cardio|pleural|lung|base)[a-z]*)"),
        "left ",
    ),
    (re.compile(r"\bthr\b\.?"), "threshold"),
    (re.compile(r"\bfar from usual\b"), "unusual"),
    (re.compile(r"\be\.g\.|\bi\.e\."), " "),
    (re.compile(r"\b(est|pred|avg|vs|approx|deg|thr)\."), r"\1"),
)


_SHORT_FORMS = (
    *(
        "n't",
        "<",
        ">",
        "≤",
        "≥",
        "'re",
        "it's",
        "that's",
        "there's",
        "what's",
        "here's",
        "who's",
        "cannot",
        "e.g.",
        "i.e.",
        "est.",
    ),
    *(
        "pred.",
        "avg.",
        "vs.",
        "approx.",
        "deg.",
        "thr ",
        "thr.",
        "thr)",
        "thr,",
        " r ",
        " l ",
        "(r ",
        "(l ",
        "not only",
        "far from",
    ),
)
"""Of which one is there where anything is to be written out."""


def spell_out(text: str) -> str:
    """Lower case, short forms written out; the label No Finding stays one word."""
    text = plain(tidy(text))
    if text[:2] in ("r ", "l ") or any(form in text for form in _SHORT_FORMS):
        for pattern, full in _SPELLED:
            text = pattern.sub(full, text)
    return text
