"""The rating form for people: blinded, shuffled by a seed, read back with agreement."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from cxr_lens.evals.scoring.command import score
from cxr_lens.evals.scoring.rating_form import FOLDER, FORM, Key, arms_of, read_key, write_form
from cxr_lens.evals.scoring.ratings import rate, read_ratings
from cxr_lens.evals.scoring.records import JudgeReport, Share
from cxr_lens.evals.scoring.scored_case import load_cases
from cxr_lens.training.errors import RequestError

from ..conftest import MakeCase

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
GOOD = "The baseline calls edema and the fine-tuned model does not."


@pytest.fixture
def run(tmp_path: Path, make_case: MakeCase) -> Path:
    """An A/B run of four cases: a tells both models, b one, and of every other case nothing."""
    for n in range(4):
        for arm, text in (("a", GOOD), ("b", "The fine-tuned model calls edema." if n % 2 else "Nothing.")):
            case = make_case([text], case_id=f"{arm}.1.patient{n}_study1_view1_frontal", truth={"Edema": "positive"})
            folder = tmp_path / "ab" / "cases" / case.report.case_id
            folder.mkdir(parents=True)
            (folder / "case.json").write_text(case.report.model_dump_json())
            (folder / "thumb.jpg").write_bytes(b"\xff\xd8 a picture")
    return tmp_path / "ab"


def answers(key: Key, rater: str, yes_of: dict[str, bool], *, flip: int = 0) -> dict[str, object]:
    """A rater who says `yes_of` each arm, the first `flip` answers turned."""
    given: dict[str, dict[str, bool]] = {}
    for item, own in key.items.items():
        for name in key.questions:
            given.setdefault(item, {})[name] = yes_of[own.arm] != (flip > 0)
            flip -= 1
    better = {str(own.shown): item for item, own in key.items.items() if own.arm == "a"}
    return {"form": key.form, "rater": rater, "answers": given, "preferences": better}


def save(folder: Path, *documents: Mapping[str, object]) -> list[Path]:
    files = []
    for document in documents:
        files.append(folder / f"{document['rater']}.json")
        files[-1].write_text(json.dumps(document))
    return files


def test_the_form_tells_no_arm_case_or_writer_and_the_seed_gives_the_order(run: Path) -> None:
    key = write_form(run, load_cases(run), seed=3)
    page = (run / FOLDER / FORM).read_text()
    assert GOOD in page
    assert "data:image/jpeg;base64," in page
    for hidden in ("patient", "narrator", '"arm"', "a.1.", "b.1.", "seed"):
        assert hidden not in page.partition('id="data">')[2].partition("</script>")[0].replace(
            "leave open what the patient has", ""
        )
    assert len(key.items) == 8
    assert all(item in page for item in key.items)
    assert read_key(run) == key == write_form(run, load_cases(run), seed=3)
    orders = []
    for seed in range(8):
        shuffled = write_form(run, load_cases(run), seed=seed)
        orders.append("".join(item.arm for item in shuffled.items.values()))
    assert len(set(orders)) > 3
    assert {order[0] for order in orders} == {"a", "b"}
    assert len(write_form(run, load_cases(run), most=2).items) == 4


def test_raters_are_read_back_with_their_agreement(run: Path, tmp_path: Path) -> None:
    cases = load_cases(run)
    key = write_form(run, cases)
    arms = arms_of(cases)
    sure = {"a": True, "b": False}
    files = save(tmp_path, answers(key, "one", sure), answers(key, "two", sure), answers(key, "three", sure, flip=6))
    same = rate(read_ratings(files[:2], key), key, arms)
    assert (same.alpha, same.cohen, same.fleiss) == (1, 1, 1)
    assert same.arms == {"a": 1, "b": 0}
    assert same.better == {"a": 8, "b": 0, "tie": 0}
    assert same.better_alpha is None  # nobody ever says anything else than a
    assert same.answers == 96
    assert (same.metrics["completeness"].rho or 0) > 0.9  # a tells of both models, b of one at most
    assert same.metrics["difficulty"].n == 8
    assert same.metrics["cost"].rho is None  # never varies
    assert same.judge_kappa is None
    three = rate(read_ratings(files, key), key, arms)
    assert three.cohen is None
    assert 0 < (three.alpha or 0) < 1
    assert three.fleiss == pytest.approx(three.alpha, abs=0.02)  # the same but for small samples
    one = rate(read_ratings(files[:1], key), key, arms)
    assert (one.alpha, one.cohen, one.fleiss) == (None, None, None)


def test_the_judge_is_held_against_the_raters_majority(run: Path, tmp_path: Path) -> None:
    cases = load_cases(run)
    key = write_form(run, cases)
    files = save(tmp_path, answers(key, "one", {"a": True, "b": False}))
    share = Share(value=None, low=None, high=None, n=0, about="")
    each = {case.report.case_id: dict.fromkeys(key.questions, case.report.case_id.startswith("a")) for case in cases}
    judge = JudgeReport(
        model="m", prompt="judge@v1", prompt_sha256="0", asked=8, questions={}, overall=share, each=each
    )
    assert rate(read_ratings(files, key), key, arms_of(cases), judge).judge_kappa == 1
    wrong = judge.model_copy(update={"each": {c: {q: not v for q, v in own.items()} for c, own in each.items()}})
    assert rate(read_ratings(files, key), key, arms_of(cases), wrong).judge_kappa == -1


def test_the_judges_preferences_are_held_against_the_raters_majority(run: Path, tmp_path: Path) -> None:
    key = write_form(run, load_cases(run))
    item = {(own.case, own.arm): name for name, own in key.items.items()}
    shown = {own.case: str(own.shown) for own in key.items.values()}
    cases = sorted(shown)
    told = ["aab", "bbb", "abt", "tta"]  # of each case what three raters prefer: a, b, no majority, tie
    documents = []
    for k, rater in enumerate(("one", "two", "three")):
        document = answers(key, rater, {"a": True, "b": False})
        better = {c: says[k] for c, says in zip(cases, told, strict=True)}
        document["preferences"] = {shown[c]: item.get((c, arm), "tie") for c, arm in better.items()}
        documents.append(document)
    files = save(tmp_path, *documents)
    judged = {
        "model": "m",
        "prompt": "judge@v1",
        "prompt_sha256": "0",
        "preferred": {},
        "p": None,
        "each": dict(zip(cases, ("a", "b", "b", "tie"), strict=True)),
    }
    for judge, expected in ((judged, 1), ({**judged, "each": dict.fromkeys(cases, "b")}, 0), (None, None)):
        (run / "ab.json").write_text(json.dumps({"judge": judge}))
        assert score([str(run), "--ratings", *map(str, files), "--no-controls", "--json"]) == 0
        ratings = json.loads((run / "score.json").read_text())["ratings"]
        assert ratings["judge_better_kappa"] == (expected if expected is None else pytest.approx(expected))
        assert ratings["better"] == {"a": 4, "b": 5, "tie": 3}
        assert 0 < ratings["better_alpha"] < 0.6
    (run / "ab.json").write_text("[]")
    with pytest.raises(RequestError, match="not the record of an A/B run"):
        score([str(run), "--ratings", *map(str, files), "--no-controls"])


def test_csv_says_the_same_as_json(run: Path, tmp_path: Path) -> None:
    key = write_form(run, load_cases(run))
    document = answers(key, "one", {"a": True, "b": False}, flip=3)
    lines = ["form,rater,item,question,answer"]
    for item, own in document["answers"].items():  # pyright: ignore[reportAttributeAccessIssue]  a dict
        lines += [f'"{key.form}","one","{item}","{name}",{"yes" if v else "no"}' for name, v in own.items()]
    lines += [f"{key.form},one,{n},better,{item}" for n, item in document["preferences"].items()]  # pyright: ignore[reportAttributeAccessIssue]
    (tmp_path / "one.csv").write_text("\r\n".join(lines) + "\r\n")
    assert read_ratings([tmp_path / "one.csv"], key) == read_ratings(save(tmp_path, document), key)


def test_what_cannot_be_read_is_one_sentence(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="make form and key with: cxr-lens score --rate"):
        score([str(run), "--ratings", "x.json"])
    key = write_form(run, load_cases(run))
    good = answers(key, "one", {"a": True, "b": False})
    for document, says in (
        ({**good, "form": "other"}, "is of the form 'other'"),
        ({**good, "answers": {"unknown": {"clear": True}}}, "which the form does not ask"),
        ({**good, "answers": {next(iter(key.items)): {"clear": "yes"}}}, "not what the form saves"),
        ({"rater": "one"}, "not what the form saves"),
    ):
        with pytest.raises(RequestError, match=says):
            read_ratings(save(tmp_path, document), key)
    (file,) = save(tmp_path, good)
    with pytest.raises(RequestError, match="more than one file"):
        read_ratings([file, file], key)


def test_score_shows_the_ratings(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(["--rate", str(run)]) == 0
    assert "8 texts in shuffled order" in capsys.readouterr().out
    key = read_key(run)
    files = save(tmp_path, *(answers(key, name, {"a": True, "b": False}) for name in ("one", "two")))
    assert score([str(run), "--no-controls", "--ratings", *map(str, files)]) == 0
    printed = capsys.readouterr().out
    assert "ratings: 2 raters, 96 answers on 8 texts" in printed
    assert "Krippendorff's alpha 1.000" in printed
    assert json.loads((run / "score.json").read_text())["ratings"]["better"] == {"a": 8, "b": 0, "tie": 0}
    assert "Ratings by people" in (run / "score.html").read_text()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)")
def test_the_form_is_answered_from_the_keyboard_and_keeps_its_answers(run: Path, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    key = write_form(run, load_cases(run))
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(accept_downloads=True)
        problems: list[str] = []
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.goto((run / FOLDER / FORM).as_uri())
        page.fill("#rater", "Ann")
        page.locator("h1").click()  # out of the field
        for letter in "yn" * 6:
            page.keyboard.press(letter)
        page.keyboard.press("2")
        assert page.locator("#progress").inner_text() == "12 of 48 answered"
        page.keyboard.press("ArrowRight")
        assert page.locator("#number").inner_text() == "2"
        page.reload()
        assert (page.locator("#number").inner_text(), page.input_value("#rater")) == ("2", "Ann")
        files = []
        for kind in ("json", "csv"):
            with page.expect_download() as download:
                page.click(f"#save-{kind}")
            files.append(tmp_path / f"ann.{kind}")
            download.value.save_as(files[-1])
        browser.close()
    as_json, as_csv = (read_ratings([file], key)[0] for file in files)
    assert as_json == as_csv
    assert as_json.rater == "Ann"
    first = [item for item, own in key.items.items() if own.shown == 1]
    assert list(as_json.answers.values()) == [True, False] * 6
    assert {item for item, _ in as_json.answers} == set(first)
    assert dict(as_json.better) == {1: first[1]}
    assert problems == []
