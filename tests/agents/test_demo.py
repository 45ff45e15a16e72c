"""The demo: every case its own folder, an index over them, failing cases listed; and the rule that picks films."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from cxr_lens.agents import commands, demo, demo_films
from cxr_lens.agents.demo_films import Pick, encode_film, pick_films, write_films
from cxr_lens.agents.reports.thumbnail import EDGE, thumbnail
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.radiographs.radiograph import read_radiograph
from cxr_lens.training.synthetic import SyntheticFilm, synthesize_film
from cxr_lens.training.tables import read_table
from PIL import Image

Pair = tuple[Classifier, Classifier]


@pytest.fixture(scope="module")
def small_films() -> dict[int, SyntheticFilm]:
    return {s: synthesize_film(s, "B", size=192) for s in range(3)}


@pytest.fixture
def films(tmp_path: Path, small_films: dict[int, SyntheticFilm]) -> Path:
    """Two films in the bundle's layout, the second one damaged."""
    picks = [Pick(s, "easy", film, encode_film(film.pixels)) for s, film in small_films.items()]
    write_films(tmp_path / "films", picks[:2], demo_films.Counter(easy=2), 0, 3)
    (tmp_path / "films" / picks[1].path).write_bytes(b"\xff\xd8 cut short")
    return tmp_path / "films"


def test_demo_writes_a_folder_per_case_an_index_and_lists_what_failed(
    films: Path, tiny_pair: Pair, tmp_path: Path
) -> None:
    said: list[str] = []
    result = demo.run_demo(tmp_path / "out", films=films, pair=tiny_pair, on_case=said.append)
    document = result.as_json()
    assert (document["asked"], document["done"], document["failed"]) == (2, 1, 1)
    good, bad = document["cases"]
    assert good["difficulty"] in ("easy", "average", "hard")
    assert Path(good["report"]).is_file()
    assert bad["report"] is None
    assert "view1_frontal" in bad["case_id"]
    assert bad["error"]
    assert len(said) == 2
    page = (tmp_path / "out" / "index.html").read_text()
    assert f'href="{good["case_id"]}/report.html"' in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert "Failed:" in page
    assert "failed" in result.table()


def test_demo_command_exits_1_when_a_case_failed_and_prints_one_document(
    films: Path, tiny_pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    whole = demo.run_demo
    monkeypatch.setattr(demo, "run_demo", lambda out, **kw: whole(out, films=films, pair=tiny_pair, **kw))
    assert commands.demo(["--out", str(tmp_path / "out"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["failed"] == 1


def test_first_two_of_each_level_are_kept_in_seed_order(
    monkeypatch: pytest.MonkeyPatch, tiny_pair: Pair, small_films: dict[int, SyntheticFilm]
) -> None:
    levels = dict(
        zip(range(100, 108), ["hard", "easy", None, "easy", "hard", "easy", "hard", "average"], strict=True)
    )
    asked: list[int] = []

    def synthesize(seed: int, *_: object, **__: object) -> SyntheticFilm:
        asked.append(seed)
        return small_films[0]

    monkeypatch.setattr(demo_films, "synthesize_film", synthesize)
    monkeypatch.setattr(demo_films, "judge_film", lambda *_: levels[asked[-1]])
    picks, counts = pick_films(tiny_pair, 100, 8)
    kept = [(p.seed, p.level) for p in picks]
    assert kept == [(101, "easy"), (103, "easy"), (107, "average"), (100, "hard"), (104, "hard")]
    assert counts == {"easy": 3, "hard": 3, "average": 1, "not judged": 1}


def test_pick_says_which_level_the_pool_lacks(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    small_films: dict[int, SyntheticFilm],
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setattr(demo_films, "synthesize_film", lambda *_, **__: small_films[0])
    monkeypatch.setattr(demo_films, "judge_film", lambda *_: "easy")
    monkeypatch.setattr(demo_films, "load_pair", lambda _: None)
    assert demo_films.main(["--out", str(tmp_path), "--pool", "3"]) == 1
    assert "too few in this pool: average (0 of 2), hard (0 of 2)" in capsys.readouterr().err


def test_films_written_read_back_as_synthetic_with_their_labels_and_boxes(
    tmp_path: Path, small_films: dict[int, SyntheticFilm]
) -> None:
    picks = [Pick(s, "hard", film, encode_film(film.pixels)) for s, film in small_films.items()]
    write_films(tmp_path / "films", picks, demo_films.Counter(hard=3), 0, 3)
    table = read_table(tmp_path / "films" / "demo.csv", tmp_path / "films")
    assert table.source == "simulated"
    for row, pick in zip(table.rows(), picks, strict=True):
        film = read_radiograph(table.path_of(row))
        assert film.info.synthetic
        assert np.abs(film.pixels - pick.film.pixels).mean() < 0.02
        assert {n: float(str(row[n])) for n in pick.film.labels} == pick.film.labels
    boxes = list(csv.DictReader(io.StringIO((tmp_path / "films" / "boxes.csv").read_text())))
    assert len(boxes) == sum(len(p.film.boxes) for p in picks)
    about = yaml.safe_load((tmp_path / "films" / "dataset.yaml").read_text())["about"]
    assert "in seed order" in about
    assert "0 (hard), 1 (hard), 2 (hard)" in about


def test_thumbnail_is_three_squares_side_by_side(tiny_bench: object, make_report: object) -> None:
    picture = thumbnail(make_report(), tiny_bench)  # pyright: ignore
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (3 * EDGE, EDGE)
        pixels = np.asarray(image, np.int16)
    assert np.ptp(pixels[:, : EDGE - 16], axis=2).max() <= 8  # the film is grey, up to where JPEG blocks reach over
    assert np.ptp(pixels[:, EDGE:], axis=2).max() > 50  # the maps are not


def test_bundled_cases_are_at_least_six_of_every_level() -> None:
    if not (demo.FILMS / demo.TABLE).is_file():
        pytest.skip("the demo films are not bundled yet")
    about = yaml.safe_load((demo.FILMS / "dataset.yaml").read_text())["about"]
    assert len(read_table(demo.FILMS / demo.TABLE, demo.FILMS)) >= 6
    assert all(f"({level})" in about for level in demo.LEVELS)
