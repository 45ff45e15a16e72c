"""`cxr-lens explain --llm` on the command line: settings, consent, files, fallback; and one case with a real model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cxr_lens.agents.cli import main
from cxr_lens.agents.llm.consent import require_consent
from cxr_lens.agents.llm.opening import open_writers
from cxr_lens.agents.llm.transport import is_loopback
from cxr_lens.agents.settings import Settings, read_settings
from cxr_lens.training.errors import RequestError
from PIL import Image

KEY = "sk-test-4f2a9c"


@pytest.fixture
def film(tmp_path: Path, film_pixels: np.ndarray) -> Path:
    path = tmp_path / "secret-folder" / "patient7_film.png"
    path.parent.mkdir()
    Image.fromarray(np.round(film_pixels * 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def run(  # noqa: PLR0917  fixtures
    llm_server: Any,
    film: Path,
    tiny_folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> Callable[..., tuple[int, dict[str, Any], str]]:
    """`run(*options)`: (exit code, case.json, stderr) of an explain command against the scripted server."""
    for name in [name for name in os.environ if name.startswith("CXR_LENS_")]:
        monkeypatch.delenv(name)
    prices = tmp_path / "prices.yaml"
    prices.write_text("toy: {input: 2.5, output: 10}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXR_LENS_CACHE_FOLDER", str(tmp_path / "cache"))
    monkeypatch.setenv("CXR_LENS_LLM_BASE_URL", llm_server.url)
    monkeypatch.setenv("CXR_LENS_LLM_API_KEY", KEY)
    monkeypatch.setenv("CXR_LENS_LLM_PRICES", str(prices))

    def call(*options: str) -> tuple[int, dict[str, Any], str]:
        pair = ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
        code = main(["explain", str(film), *pair, "--out", str(tmp_path / "out"), "--json", *options])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else {}, printed.err

    return call


def test_an_llm_writes_the_three_files_and_its_cost_is_counted(
    run: Callable[..., Any], llm_server: Any, tmp_path: Path
) -> None:
    sentence = {"text": "The two models differ, each against its own thresholds.", "evidence": ["compare"]}
    llm_server.play("Enough.", json.dumps({"sentences": [sentence]}))
    code, case, told = run("--llm", "toy", "--prompt", "case_explainer@v2")
    assert code == 0
    assert case["writer"]["prompt"] == "case_explainer@v2"
    assert case["llm"]["cost"] == pytest.approx(2 * 100 * 2.5e-6 + 100 * 10e-6)
    assert [call["ok"] for call in case["llm"]["calls"]] == [True, True]
    assert "investigate" in told
    page = (tmp_path / "out" / "report.html").read_text()
    assert "The language model was asked 2 times" in page
    for path in [*(tmp_path / "out").iterdir(), *(tmp_path / "cache").rglob("*.json")]:
        assert KEY.encode() not in path.read_bytes()
    for raw in llm_server.raw:
        assert b"secret-folder" not in raw
        assert b"patient7" not in raw
    before = len(llm_server.requests)
    _, again, _ = run("--llm", "toy", "--prompt", "case_explainer@v2")
    assert len(llm_server.requests) == before  # answered from the cache
    assert again["explanation"] == case["explanation"]
    assert all(call["cached"] for call in again["llm"]["calls"])
    run("--llm", "toy", "--prompt", "case_explainer@v2", "--repeat", "1")
    assert len(llm_server.requests) > before


def test_the_reason_is_shown_where_the_narrator_stands_in(
    run: Callable[..., Any], llm_server: Any, tmp_path: Path
) -> None:
    llm_server.play(llm_server.status(401, f"no such key {KEY}"))
    code, case, told = run("--llm", "toy")
    assert code == 0
    assert case["writer"]["kind"] == "offline"
    reason = "the server refuses the key (401); set CXR_LENS_LLM_API_KEY"
    assert case["writer"]["reason"] == reason
    assert reason in told
    assert reason in (tmp_path / "out" / "report.html").read_text()
    assert KEY not in told


def test_without_a_model_the_narrator_writes_and_nothing_is_asked(run: Callable[..., Any], llm_server: Any) -> None:
    code, case, _ = run()
    assert code == 0
    assert case["writer"]["kind"] == "offline"
    assert case["writer"]["reason"] is None
    assert case["llm"] is None
    assert llm_server.requests == []


def test_the_model_of_the_settings_writes_where_none_is_named(
    run: Callable[..., Any], llm_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_LENS_LLM_MODEL", "toy")
    llm_server.play("nothing")
    _, case, _ = run("--finding", "Pleural Effusion")
    assert case["writer"]["stands_in_for"] == "toy with box_explainer@v1"
    _, case, _ = run("--llm", "offline")
    assert case["writer"]["stands_in_for"] is None


# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://127.9.9.9:80/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://LOCALHOST./v1", True),
        ("https://api.openai.com/v1", False),
        ("http://10.0.0.5/v1", False),
        ("http://localhost.evil.example/v1", False),
        ("http://127.0.0.1.nip.io/v1", False),
        ("http://127.0.0.1@evil.example/v1", False),
        ("http://0.0.0.0/v1", False),
    ],
)
def test_only_loopback_counts_as_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here


def test_consent_is_asked_once_per_host_and_kept(tmp_path: Path) -> None:
    asked: list[str] = []

    def say(answer: str) -> Callable[[str], str]:
        return lambda question: asked.append(question) or answer

    far = Settings(llm_base_url="https://llm.example:8443/v1", cache_folder=tmp_path)
    for ask in (None, say("no\n"), say("\n")):
        with pytest.raises(RequestError, match=r"nothing was sent to llm\.example:8443"):
            require_consent(far, ask)
    require_consent(far, say("y\n"))
    require_consent(far, None)
    assert len(asked) == 3
    other = far.model_copy(update={"llm_base_url": "https://else.example/v1"})
    with pytest.raises(RequestError):
        require_consent(other, None)
    require_consent(other.model_copy(update={"llm_consent": True}), None)
    require_consent(other.model_copy(update={"llm_base_url": "http://localhost:1/v1"}), None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"llm_base_url": "localhost:8000"}, "must be an address"),
        ({"llm_base_url": "http://me:pw@localhost:8000/v1"}, "CXR_LENS_LLM_API_KEY"),
        ({"llm_prices": Path("nothing.yaml")}, "cannot read nothing.yaml"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_done(changes: dict[str, Any], message: str) -> None:
    settings = Settings(llm_base_url="http://localhost:1/v1").model_copy(update=changes)
    with pytest.raises(RequestError, match=message):
        open_writers(settings, "toy", None)


def test_settings_are_read_and_their_mistakes_told_without_the_value(tmp_path: Path) -> None:
    none = tmp_path / "none"
    read = read_settings(
        {"CXR_LENS_LLM_TEMPERATURE": "none", "CXR_LENS_LLM_SEED": "7", "CXR_LENS_LLM_API_KEY": KEY}, none
    )
    assert (read.llm_temperature, read.llm_seed) == (None, 7)
    assert KEY not in repr(read)
    with pytest.raises(RequestError, match="CXR_LENS_LLM_TIMEOUT"):
        read_settings({"CXR_LENS_LLM_TIMEOUT": "soon"}, none)
    prices = tmp_path / "prices.json"
    prices.write_text('{"toy": 3}')
    with pytest.raises(RequestError, match="per million tokens"):
        open_writers(Settings(llm_base_url="http://localhost:1/v1", llm_prices=prices), "toy", None)


@pytest.mark.live
def test_a_real_model_explains_one_case(
    film: Path, tiny_folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """With CXR_LENS_LLM_MODEL (and base URL, key, consent) set: pytest -m live"""
    model = os.environ.get("CXR_LENS_LLM_MODEL")
    if not model:
        pytest.skip("CXR_LENS_LLM_MODEL names no model")
    pair = ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
    assert main(["explain", str(film), *pair, "--llm", model, "--out", str(tmp_path / "out"), "--json"]) == 0
    case = json.loads(capsys.readouterr().out)
    assert case["llm"]["calls"]
    assert case["explanation"]["sentences"]
    print(json.dumps(case["explanation"], indent=1), case["writer"])
