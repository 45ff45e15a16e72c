"""`cxr-lens prompts`: which prompt versions there are, their text, what changed, and how one reads for a case."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from ..prompts.loader import Prompt, PromptError, list_prompts, load_prompt
from ..prompts.released import RELEASED
from ..training.console import CommandParser, print_json
from ..training.errors import RequestError
from .commands import add_case, open_asked

if TYPE_CHECKING:
    from .records import CaseReport
    from .state import Brief


def prompts_list(arguments: list[str]) -> int:
    """Every version with what changed."""
    parser = CommandParser("prompts list", "List the prompt versions.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    prompts = [load_prompt(key) for key in list_prompts()]
    if asked.json:
        print_json({"prompts": [_about(prompt) for prompt in prompts]})
        return 0
    width = max(len(prompt.key) for prompt in prompts) + 2
    for prompt in prompts:
        print(f"{prompt.key:<{width}}{_state(prompt):<12}{prompt.changed}")
    return 0


def prompts_show(arguments: list[str]) -> int:
    """One version's text as it stands in its file."""
    parser = CommandParser("prompts show", "Print a prompt version.")
    _add_prompt(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    prompt = _load(asked.prompt)
    if asked.json:
        print_json({**_about(prompt), "text": prompt.text})
    else:
        print(prompt.text, end="")
    return 0


def prompts_diff(arguments: list[str]) -> int:
    """What differs between two versions, as a unified diff."""
    parser = CommandParser("prompts diff", "Compare two prompt versions line by line.")
    _add_prompt(parser, "a")
    _add_prompt(parser, "b")
    asked = parser.parse_args(arguments)
    a, b = _load(asked.a), _load(asked.b)
    lines = difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), a.key, b.key, lineterm="")
    print("\n".join(lines) or f"{a.key} and {b.key} are the same")
    return 0


def prompts_render(arguments: list[str]) -> int:
    """What an LLM would be sent for a case. Nothing is sent."""
    parser = CommandParser("prompts render", "Print what an LLM would read for a case; nothing is sent to anyone.")
    _add_prompt(parser)
    add_case(parser, "a film (with its pair), a case id of --labels, or a case.json made before")
    parser.add_argument("--picture", action="store_true", help="as for a model that also gets the picture")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args(arguments)
    system, task, key = render(asked)
    if asked.json:
        print_json({"prompt": key, "system": system, "task": task})
    else:
        print(f"--- system ---\n{system}\n\n--- task ---\n{task}")
    return 0


def render(asked: argparse.Namespace) -> tuple[str, str, str]:
    """(system, task, prompt key) for the case that was asked for."""
    prompt = _load(asked.prompt)
    from .llm.prompts import EXPLAINERS, explainer, fill_prompt, form_of_answer  # noqa: PLC0415  needs pandas

    if prompt.name not in (*EXPLAINERS, "investigator"):
        raise RequestError(f"{prompt.key} reads more than a case; render {', '.join((*EXPLAINERS, 'investigator'))}")
    brief = _brief(asked)
    if prompt.name in EXPLAINERS:
        explainer(prompt.key, brief.finding)
        more = {"form": form_of_answer(prompt.output)}
    else:
        from .llm.budget import Budget  # noqa: PLC0415  as above

        more = {"calls": Budget().tool_calls}
    system, task = fill_prompt(prompt, brief, picture=asked.picture, **more)
    return system, task, prompt.key


def _brief(asked: argparse.Namespace) -> Brief:
    """What a writer would get: from a report made before, or from the film itself."""
    from ..training.findings import CHEXPERT  # noqa: PLC0415  as above
    from .state import brief_of_report  # noqa: PLC0415  as above

    findings = CHEXPERT
    if asked.image.suffix == ".json":
        report = _read_report(asked.image)
    else:
        from .case import explain_case  # noqa: PLC0415  torch takes seconds

        bench = open_asked(asked)
        report = explain_case(bench, finding=asked.finding, difficulty=asked.difficulty)
        findings = bench.findings
    return brief_of_report(report, findings)


def _read_report(path: Path) -> CaseReport:
    from .records import CaseReport  # noqa: PLC0415  as above

    try:
        return CaseReport.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError:
        raise RequestError(f"{path} is not a case.json of this version; make it with: cxr-lens explain") from None


def _about(prompt: Prompt) -> dict[str, object]:
    return {
        "prompt": prompt.key,
        "sha256": prompt.sha256,
        "released": _state(prompt) == "released",
        "inputs": list(prompt.inputs),
        "output": prompt.output,
        "changed": prompt.changed,
    }


def _state(prompt: Prompt) -> str:
    """A released version is one whose recorded hash its file still has."""
    recorded = RELEASED.get(prompt.key)
    return "draft" if recorded is None else "released" if recorded == prompt.sha256 else "CHANGED"


def _add_prompt(parser: CommandParser, name: str = "prompt") -> None:
    parser.add_argument(name, metavar="NAME@VERSION", help="for example case_explainer@v1")


def _load(key: str) -> Prompt:
    try:
        return load_prompt(key)
    except PromptError as error:
        raise RequestError(str(error)) from None
