"""The conversation as the Gradio Chatbot shows it: tool calls that open, sentences with marks and evidence, notes.

Everything a person or a model wrote is escaped: the thread shows text, never markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .records import Message, ToolCall

WAITING = "…"


def turns_of(messages: Iterable[Message], current: Message | None) -> list[dict[str, Any]]:
    """Gradio's messages for what was said, and what is being said."""
    turns: list[dict[str, Any]] = []
    for n, message in enumerate(messages):
        turns += _turn(message, n)
    if current is not None:
        turns += _turn(current, len(turns)) or [
            {"role": "assistant", "content": f'<p class="lens-wait">{WAITING}</p>'}
        ]
    return turns


def _turn(message: Message, n: int) -> list[dict[str, Any]]:
    if message.role == "user":
        return [{"role": "user", "content": f'<p class="lens-asked">{_text(message.text)}</p>'}]
    out = []
    if message.calls:
        out.append(_group(message.calls, f"{n}"))
        out += [_call(call, f"{n}-{i}", f"{n}") for i, call in enumerate(message.calls)]
    said = "".join(filter(None, [_sentences(message), _cut(message), _note(message)]))
    if said:
        out.append({"role": "assistant", "content": said})
    return out


def _group(calls: tuple[ToolCall, ...], key: str) -> dict[str, Any]:
    """The entry that holds the calls of one turn: open while they run, then closed."""
    seconds = sum(call.seconds or 0 for call in calls)
    running = calls[-1].seconds is None
    title = f"{len(calls)} tool call{'s' if len(calls) > 1 else ''}, {seconds:.2f} s" + (" so far" if running else "")
    metadata = {"title": title, "id": key, "status": "pending" if running else "done"}
    return {"role": "assistant", "content": "", "metadata": metadata}


def _call(call: ToolCall, key: str, parent: str) -> dict[str, Any]:
    """A tool call as an entry that opens: arguments and result."""
    arguments = ", ".join(f"{name}={value}" for name, value in call.arguments.items())
    running = call.seconds is None
    body = f"<p>Arguments</p><pre>{_text(json.dumps(call.arguments, ensure_ascii=False))}</pre>"
    if call.error is not None:
        body += f'<p class="lens-error">{_text(call.error)}</p>'
    elif call.result is not None:
        body += f"<p>Result <code>{_text(call.evidence or '')}</code></p><pre>{_text(call.result)}</pre>"
    metadata: dict[str, Any] = {
        "title": f"{call.tool}({arguments})" + (" failed" if call.error else ""),
        "id": key,
        "parent_id": parent,
        "status": "pending" if running else "done",
    }
    if call.seconds is not None:
        metadata["duration"] = round(call.seconds, 3)
    return {"role": "assistant", "content": body, "metadata": metadata}


def _sentences(message: Message) -> str:
    items = []
    for sentence in message.sentences:
        marks = f'<span class="lens-chip {sentence.mark}">{sentence.mark}</span>'
        marks += "".join(f' <a href="#lens-ev-{_anchor(e)}">{_text(e)}</a>' for e in sentence.evidence)
        items.append(f'<li class="{sentence.mark}">{_text(sentence.text)}<div class="lens-marks">{marks}</div></li>')
    return f'<ul class="lens-said">{"".join(items)}</ul>' if items else ""


def _cut(message: Message) -> str:
    if not message.cut:
        return ""
    items = "".join(
        f'<li class="cut">{_text(c.text)}<div class="lens-marks">'
        f'<span class="lens-chip cut">cut</span> {_text(c.reason)}</div></li>'
        for c in message.cut
    )
    count = len(message.cut)
    return (
        f"<details><summary>{count} sentence{'s' if count > 1 else ''} cut by the check</summary>"
        f'<ul class="lens-said">{items}</ul></details>'
    )


def _note(message: Message) -> str:
    stopped = '<p class="lens-stopped">Stopped</p>' if message.stopped else ""
    return stopped + (f'<p class="lens-note">{_text(message.text)}</p>' if message.text else "")


def _anchor(evidence: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in evidence)


_LITERAL = str.maketrans({c: f"&#{ord(c)};" for c in "&<>\"'*_`~[]\\|#$!"} | {"\n": "<br>"})


def _text(text: str) -> str:
    """Escaped: neither HTML nor what the chat's Markdown would read as its own."""
    return text.translate(_LITERAL)
