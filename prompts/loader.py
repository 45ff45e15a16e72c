"""Loads versioned prompts: Markdown with YAML front matter, split into named Jinja2 parts, in a sandbox.

    prompt = load_prompt("narrator@v1")
    prompt.render("verdict", verdict="IMPROVED", source="text-mined")

A file `NAME_vN.md` holds one version. Front matter: `name`, `version`, `inputs` (every variable its parts use),
`output` (what a part renders to) and `changed` (against the version before). The body is cut at `## part` headings.
Undefined variables are errors, and loading checks that declared and used inputs are the same. A released version
never changes: released.py records its hash.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2 import meta
from jinja2.sandbox import SandboxedEnvironment

FOLDER = Path(__file__).parent
FIELDS = ("name", "version", "inputs", "output", "changed")
_PART = re.compile(r"^## +(\S+) *$", re.MULTILINE)


class PromptError(ValueError):
    """A prompt does not exist, is malformed, or lacks a value; the message says which and the way out."""


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt, checked and ready to render."""

    name: str
    version: int
    inputs: tuple[str, ...]
    output: str
    changed: str
    sha256: str
    """Of the file's text with `\\n` line ends, so that a checkout on Windows has the same hash."""
    parts: tuple[str, ...]
    text: str = field(repr=False)
    _environment: SandboxedEnvironment = field(repr=False, compare=False)

    @property
    def key(self) -> str:
        """`narrator@v1`"""
        return f"{self.name}@v{self.version}"

    def render(self, part: str, **values: Any) -> str:
        """A part filled in, stripped. `PromptError` for an unknown part or a value that is missing."""
        if part not in self.parts:
            raise PromptError(f"{self.key} has no part {part!r}; it has {', '.join(self.parts)}")
        try:
            return self._environment.get_template(part).render(**values).strip()
        except jinja2.UndefinedError as error:
            raise PromptError(f"{self.key}, part {part!r}: {error.message}; pass it to render()") from None


def list_prompts() -> tuple[str, ...]:
    """Keys of all versions, sorted by name and number: `narrator@v1`."""
    found = [match for path in FOLDER.glob("*_v*.md") if (match := re.fullmatch(r"(.+)_v(\d+)", path.stem))]
    return tuple(f"{m[1]}@v{int(m[2])}" for m in sorted(found, key=lambda m: (m[1], int(m[2]))))


@cache
def load_prompt(key: str) -> Prompt:
    """The prompt `NAME@vN` of this folder."""
    match = re.fullmatch(r"([a-z][a-z0-9_]*)@v([1-9]\d*)", key)
    path = FOLDER / f"{match[1]}_v{match[2]}.md" if match else None
    if path is None or not path.is_file():
        known = list_prompts()
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        raise PromptError(f"{key!r} is not a prompt; expected NAME@vN; {hint}")
    prompt = parse_prompt(path.read_bytes().decode("utf-8"), path.name)
    if prompt.key != key:
        raise PromptError(f"{path.name} calls itself {prompt.key}; its front matter must say what its file name says")
    return prompt


def parse_prompt(text: str, source: str = "prompt") -> Prompt:
    """A prompt from the text of its file; `source` names it in errors."""
    text = text.replace("\r\n", "\n")
    head, body = _split(text, source)
    pieces = _PART.split(body)
    names = pieces[1::2]
    if not names or pieces[0].strip():
        raise PromptError(f"{source}: the body must start with a '## part' heading")
    if len(set(names)) != len(names):
        raise PromptError(f"{source}: part names repeat: {sorted({n for n in names if names.count(n) > 1})}")
    parts = dict(zip(names, pieces[2::2], strict=True))
    environment = _environment(parts)
    used: set[str] = set()
    for name, template in parts.items():
        try:
            used |= meta.find_undeclared_variables(environment.parse(template))
            environment.get_template(name)
        except jinja2.TemplateSyntaxError as error:
            raise PromptError(f"{source}, part {name!r}, line {error.lineno}: {error.message}") from None
    declared = set(head["inputs"])
    if used != declared:
        raise PromptError(
            f"{source}: inputs declared but not used: {sorted(declared - used)}; used but not declared: "
            f"{sorted(used - declared)}; make the list under 'inputs' say what the parts use"
        )
    return Prompt(
        name=str(head["name"]),
        version=int(head["version"]),
        inputs=tuple(head["inputs"]),
        output=str(head["output"]),
        changed=str(head["changed"]),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        parts=tuple(names),
        text=text,
        _environment=environment,
    )


def _split(text: str, source: str) -> tuple[dict[str, Any], str]:
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if match is None:
        raise PromptError(f"{source}: expected YAML front matter between two lines of '---' at the top")
    try:
        head = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise PromptError(f"{source}: the front matter is not YAML: {error}") from None
    if not isinstance(head, dict) or set(head) != set(FIELDS):
        given = sorted(head) if isinstance(head, dict) else head
        raise PromptError(f"{source}: front matter has {given}; expected exactly {', '.join(FIELDS)}")
    inputs = head["inputs"]
    if not isinstance(inputs, list) or not all(isinstance(i, str) for i in inputs) or len(set(inputs)) != len(inputs):
        raise PromptError(f"{source}: 'inputs' must be a list of different names, not {inputs!r}")
    if not isinstance(head["version"], int) or isinstance(head["version"], bool) or head["version"] < 1:
        raise PromptError(f"{source}: 'version' must be a whole number from 1, not {head['version']!r}")
    return head, text[match.end() :]


def _environment(parts: dict[str, str]) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=jinja2.DictLoader(parts),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, percent=_percent, words=_words, capital=_capital)
    return environment


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _words(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`"""
    items = list(items)
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
