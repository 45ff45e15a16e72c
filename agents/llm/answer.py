"""Reads an explanation out of what an LLM wrote: JSON, mended where it is a little broken, or prose.

Nothing here decides what is true; the checker reads every sentence that comes out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ..records import Section, Sentence
from ..state import Draft

MOST_SENTENCES = 12
"""Kept of a summary or a section, for the checker to cut down; more is padding."""
LONGEST_SENTENCE = 600
"""Characters. Longer ones are dropped: nobody asked for them, and none of ours is half as long."""

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_END = re.compile(r"(?<=[.!?])[\"”')\]]*\s+(?=[\"“'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|resp|cf|Fig|No|Dr)|\b[A-Z])\.$")
_MARKUP = re.compile(r"\*\*|__|`|^\s*(?:#+|[-*•]|\d+[.)])\s+", re.MULTILINE)
_CITED = re.compile(r"[\[(]([a-z]+(?:\.[a-z0-9.@=-]+)?(?:\s*[,;]\s*[a-z]+(?:\.[a-z0-9.@=-]+)?)*)[\])]")
_LIST = re.compile(r'(?:"title"\s*:\s*(?P<title>"(?:[^"\\]|\\.)*")\s*,\s*)?"sentences"\s*:\s*\[')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


class AnswerError(ValueError):
    """No explanation can be read out of a text; the message says why, for the LLM to do better."""


def read_answer(text: str, ids: Collection[str], titles: Collection[str] = (), *, prose: bool = False) -> Draft:
    """The draft in an answer. Sentences are split where one entry holds several.

    Only sections with one of the `titles` asked for are taken: a title is read by everyone and checked by no one.
    `prose` takes a text that holds no JSON at all as plain sentences with ids in brackets. `AnswerError` where there
    is nothing to read.
    """
    text = _THOUGHTS.sub("", text).strip()
    found = next(_objects(text), None)
    if found is None:
        if not prose or "{" in text:
            raise AnswerError("there is no JSON object in the answer")
        found = {"sentences": text}
    sentences = _sentences(found.get("sentences"), ids)
    sections = tuple(_sections(found.get("sections"), ids, titles))
    if not sentences and not sections:
        raise AnswerError("the JSON object has no sentences; expected {'sentences': [{'text', 'evidence'}]}")
    return Draft(sentences=sentences, sections=sections)


def read_beginning(text: str, ids: Collection[str], titles: Collection[str] = (), *, prose: bool = False) -> Draft:
    """The whole sentences of an answer that is still being written; an empty draft where there is none yet.

    What `read_answer` makes of the finished text begins with them, where the text is well-formed.
    """
    text = _THOUGHTS.sub("", text).strip()
    if prose and text and "{" not in text:
        whole = split_sentences(text)[:-1]
        return Draft(sentences=tuple(_sentences(whole, ids)))
    summary: list[Any] = []
    sections: list[dict[str, Any]] = []
    for title, entries in _lists_of_sentences(text):
        if title is None:
            summary += entries
        else:
            sections.append({"title": title, "sentences": entries})
    return Draft(sentences=_sentences(summary, ids), sections=tuple(_sections(sections, ids, titles)))


def _lists_of_sentences(text: str) -> Iterator[tuple[str | None, list[Any]]]:
    """(title of its section or None, whole entries) of each list named "sentences" in JSON that may break off."""
    decoder = json.JSONDecoder(strict=False)
    for match in _LIST.finditer(text):
        entries: list[Any] = []
        at = match.end()
        while True:
            at += len(text[at:]) - len(text[at:].lstrip(", \t\r\n"))
            if text[at : at + 1] not in ("{", '"'):
                break
            try:
                value, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            entries.append(value)
        title = json.loads(match["title"], strict=False) if match["title"] else None
        yield title, entries


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Objects that hold sentences: the first whole one, else the first that can be mended."""
    starts = [match.start() for match in re.finditer(r"\{", text)][:20]
    decoder = json.JSONDecoder(strict=False)
    for start in starts:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and {"sentences", "sections"} & set(value):
            yield value
    for start in starts[:1]:
        value = mend_json(text[start:])
        if isinstance(value, dict):
            yield value


def mend_json(text: str) -> Any:
    """A JSON value with trailing commas, typographic quotes or a missing end; None where that is not what is wrong.

    What was cut off in the middle of an entry is given up back to the last whole one.
    """
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    for candidate in (text, text.replace("“", '"').replace("”", '"')):
        for cut in _cuts(candidate):
            try:
                value, _ = json.JSONDecoder(strict=False).raw_decode(cut)
            except (ValueError, RecursionError):
                continue
            return value
    return None


def _cuts(text: str) -> Iterator[str]:
    """The text, then ever shorter beginnings of it ending behind a whole value, each with its brackets closed."""
    stack: list[str] = []
    ends: list[tuple[int, str]] = []
    inside = escaped = False
    for at, char in enumerate(text):
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]":
            if not stack or stack.pop() != char:
                return
            ends.append((at + 1, "".join(reversed(stack))))
    yield text + "".join(reversed(stack))
    for at, closing in reversed(ends[-50:]):
        yield text[:at] + closing


def _sentences(value: Any, ids: Collection[str]) -> tuple[Sentence, ...]:
    """Sentences of a list of entries or of one text; entries of another form are left out."""
    entries = [value] if isinstance(value, str | dict) else value if isinstance(value, list) else []
    out: list[Sentence] = []
    for entry in entries:
        text = entry if isinstance(entry, str) else entry.get("text") if isinstance(entry, dict) else None
        cited = entry.get("evidence") if isinstance(entry, dict) else None
        if not isinstance(text, str):
            continue
        named = [x for x in cited if isinstance(x, str)] if isinstance(cited, list) else []
        out += [_sentence(part, named, ids) for part in split_sentences(text)]
    kept = [s for s in out if re.search(r"[A-Za-z]{2}", s.text) and len(s.text) <= LONGEST_SENTENCE]
    return tuple(kept[:MOST_SENTENCES])


def _sections(value: Any, ids: Collection[str], titles: Collection[str]) -> Iterator[Section]:
    known = {title.lower(): title for title in titles}
    for entry in value if isinstance(value, list) else []:
        title = known.pop(str(entry.get("title")).strip().lower(), None) if isinstance(entry, dict) else None
        if title is not None:
            sentences = _sentences(entry.get("sentences"), ids)
            if sentences:
                yield Section(title=title, sentences=sentences)


def _sentence(text: str, cited: Iterable[str], ids: Collection[str]) -> Sentence:
    """One sentence; ids in brackets inside the text move to its evidence."""
    named = list(cited)

    def take(match: re.Match[str]) -> str:
        inside = [x.strip() for x in re.split(r"[,;]", match[1])]
        if not all(x in ids for x in inside):
            return match[0]
        named.extend(inside)
        return ""

    text = _CITED.sub(take, text)
    text = " ".join(re.sub(r"\s+([.,;:!?])", r"\1", text).split())
    return Sentence(text=text, evidence=tuple(dict.fromkeys(x[:100] for x in named)))


def split_sentences(text: str) -> list[str]:
    """A text in sentences, without markup, control characters and line breaks."""
    text = " ".join(_CONTROL.sub(" ", _MARKUP.sub("", text)).split())
    out: list[str] = []
    for part in _END.split(text):
        if out and _ABBREVIATED.search(out[-1]):
            out[-1] += " " + part
        elif part:
            out.append(part)
    return out
