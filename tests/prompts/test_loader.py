"""Prompt files: what loads, what is refused, and that released versions stay as they are."""

from __future__ import annotations

import pytest
from cxr_lens.prompts.loader import PromptError, list_prompts, load_prompt, parse_prompt
from cxr_lens.prompts.released import RELEASED

HEAD = "---\nname: {name}\nversion: {version}\ninputs: {inputs}\noutput: text\nchanged: first\n---\n"


def prompt(body: str, inputs: str = "[who]", name: str = "test", version: str = "1") -> str:
    return HEAD.format(name=name, version=version, inputs=inputs) + body


@pytest.mark.parametrize("key", list_prompts())
def test_a_released_prompt_has_the_hash_it_was_released_with(key: str) -> None:
    assert key in RELEASED, f"{key} is not in prompts/released.py"
    assert load_prompt(key).sha256 == RELEASED[key], f"{key} was released and has changed: write the next version"


def test_every_released_prompt_is_here() -> None:
    assert set(RELEASED) <= set(list_prompts())


def test_a_part_renders_with_its_values() -> None:
    loaded = parse_prompt(prompt("## greet\nHello {{ who }}.\n\n## part\n{{ who }}\n"))
    assert loaded.key == "test@v1"
    assert loaded.parts == ("greet", "part")
    assert loaded.render("greet", who="you") == "Hello you."


def test_a_missing_value_is_an_error_that_names_it() -> None:
    with pytest.raises(PromptError, match="'who' is undefined"):
        parse_prompt(prompt("## greet\nHello {{ who }}.\n")).render("greet")


def test_an_unknown_part_is_an_error_that_names_the_parts() -> None:
    with pytest.raises(PromptError, match="it has greet"):
        parse_prompt(prompt("## greet\n{{ who }}\n")).render("bye")


def test_templates_run_in_a_sandbox() -> None:
    loaded = parse_prompt(prompt("## greet\n{{ who.__class__.__mro__ }}\n"))
    with pytest.raises(Exception, match="unsafe"):
        loaded.render("greet", who="x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no front matter", "front matter"),
        ("---\n: :\n- x\n---\n## a\n", "front matter"),
        (prompt("## a\n{{ who }} {{ what }}\n"), r"used but not declared: \['what'\]"),
        (prompt("## a\nnothing\n"), r"declared but not used: \['who'\]"),
        (prompt("## a\n{% if who %}\n"), "line"),
        (prompt("text before\n## a\n{{ who }}\n"), "must start with"),
        (prompt("## a\n{{ who }}\n## a\n{{ who }}\n"), "repeat"),
        (prompt("## a\n{{ who }}\n", inputs="who"), "list of different names"),
        (prompt("## a\n{{ who }}\n", version="0"), "whole number"),
        (prompt("## a\n{{ who }}\n", version="true"), "whole number"),
    ],
)
def test_a_malformed_prompt_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(PromptError, match=says):
        parse_prompt(text)


@pytest.mark.parametrize("key", ["narrator", "narrator@1", "../secrets@v1", "narratr@v1"])
def test_an_unknown_key_is_refused_with_the_way_out(key: str) -> None:
    with pytest.raises(PromptError, match=r"expected NAME@vN; (?:did you mean|known)"):
        load_prompt(key)


def test_line_ends_do_not_change_the_hash() -> None:
    text = prompt("## a\n{{ who }}\n")
    assert parse_prompt(text).sha256 == parse_prompt(text.replace("\n", "\r\n")).sha256
