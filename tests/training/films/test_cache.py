"""The film cache: the same pixels as the files, resumable, safe to build twice, and it notices damage."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.films import cache as cache_module
from cxr_lens.training.films.cache import ABOUT, BLOCKS, PIXELS, build_cache, cache_folder, open_cache
from cxr_lens.training.films.cache_command import data_cache
from cxr_lens.training.films.sized import decode_film
from cxr_lens.training.films.training_set import load_training_set
from cxr_lens.training.fine_tuning.recipe import Recipe
from cxr_lens.training.models.config import Preprocessing
from cxr_lens.training.tables import CaseTable, read_table
from PIL import Image

SMALL = Preprocessing(size=16)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "BLOCK", 4)


@pytest.fixture
def table(tmp_path: Path) -> CaseTable:
    rng = np.random.default_rng(0)
    rows = ["Path,Cardiomegaly"]
    for i in range(10):
        film = tmp_path / f"toy/train/patient{i:03}/study1/view1_frontal.jpg"
        film.parent.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (20 + i, 24), np.uint8)).save(film)
        rows.append(f"toy/train/patient{i:03}/study1/view1_frontal.jpg,{i % 2}")
    (tmp_path / "toy" / "train.csv").write_text("\n".join(rows) + "\n")
    return read_table(tmp_path / "toy" / "train.csv")


def blocks(table: CaseTable) -> list[dict]:
    path = cache_folder(table.csv, SMALL) / BLOCKS
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_cache_holds_what_the_files_hold(table: CaseTable) -> None:
    cache, decoded = build_cache(table, SMALL, progress=False)
    assert decoded == 10
    for i, row in enumerate(table.rows()):
        pixels, size = decode_film(table.path_of(row), SMALL)
        assert np.array_equal(cache.pixels[i], pixels)
        assert tuple(cache.sizes[i]) == size
    assert [b["block"] for b in blocks(table)] == [0, 1, 2]


def test_a_stopped_build_goes_on_where_it_was(table: CaseTable, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = cache_module._decode_block, []

    def stop_after_one(*arguments: object) -> object:
        if seen:
            raise KeyboardInterrupt
        seen.append(1)
        return real(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(cache_module, "_decode_block", stop_after_one)
    with pytest.raises(KeyboardInterrupt):
        build_cache(table, SMALL, progress=False)
    monkeypatch.setattr(cache_module, "_decode_block", real)
    assert open_cache(table, SMALL) is None
    with (cache_folder(table.csv, SMALL) / BLOCKS).open("a") as file:
        file.write('{"block": 1, "sha')  # a line the kill cut short
    cache, decoded = build_cache(table, SMALL, progress=False)
    assert decoded == 6
    assert np.array_equal(cache.pixels[9], decode_film(table.path_of(table.rows()[9]), SMALL)[0])


def test_building_again_decodes_nothing(table: CaseTable) -> None:
    build_cache(table, SMALL, progress=False)
    before = (cache_folder(table.csv, SMALL) / ABOUT).stat().st_mtime_ns
    assert build_cache(table, SMALL, progress=False)[1] == 0
    assert (cache_folder(table.csv, SMALL) / ABOUT).stat().st_mtime_ns == before


def test_damage_is_noticed_and_only_the_damaged_block_is_made_anew(table: CaseTable) -> None:
    build_cache(table, SMALL, progress=False)
    path = cache_folder(table.csv, SMALL) / PIXELS
    whole = path.read_bytes()
    path.write_bytes(whole[:5000].replace(whole[1100:1110], b"0123456789") + whole[5000:])
    with pytest.raises(RequestError, match=r"damaged.*cxr-lens data cache"):
        open_cache(table, SMALL)
    assert build_cache(table, SMALL, progress=False)[1] == 4
    assert path.read_bytes() == whole


def test_another_table_makes_the_cache_anew(table: CaseTable, capsys: pytest.CaptureFixture) -> None:
    build_cache(table, SMALL, progress=False)
    table.csv.write_text("\n".join(table.csv.read_text().splitlines()[:8]) + "\n")
    shorter = read_table(table.csv)
    assert open_cache(shorter, SMALL) is None
    assert "made from another train.csv" in capsys.readouterr().err
    cache, decoded = build_cache(shorter, SMALL, progress=False)
    assert (len(cache.pixels), decoded) == (7, 7)


def _build(csv: Path, queue: multiprocessing.Queue) -> None:
    queue.put(build_cache(read_table(csv), SMALL, progress=False)[1])


def test_two_builds_at_once_make_one_cache(table: CaseTable) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    both = [context.Process(target=_build, args=(table.csv, queue)) for _ in range(2)]
    for process in both:
        process.start()
    decoded = sorted(queue.get(timeout=60) for _ in both)
    for process in both:
        process.join(60)
    assert decoded == [0, 10]
    assert open_cache(table, SMALL) is not None


def test_a_film_that_cannot_be_read_is_named_and_skipped_only_when_asked(
    table: CaseTable, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    film = table.path_of(table.rows()[5])
    film.write_bytes(film.read_bytes()[:100])
    assert data_cache([str(tmp_path), "--size", "16", "--json"]) == 1
    caught = capsys.readouterr()
    assert "train.csv line 7" in caught.err
    assert json.loads(caught.out)["caches"][0]["bad"] == 1
    recipe = Recipe.model_validate(
        {
            "name": "t/x",
            "family": "t",
            "arch": "timm:resnet18",
            "labels": ["Cardiomegaly"],
            "preprocessing": {"size": 16},
            "sources": [{"table": "toy/train.csv", "kind": "real"}],
            "epochs": 1,
            "holdout": 0,
        }
    )
    with pytest.raises(RequestError, match=r"line 7.*--skip-bad"):
        load_training_set(recipe, [tmp_path], films="cache")
    for place in ("cache", "memory"):
        data = load_training_set(recipe, [tmp_path], films=place, skip_bad=True, progress=False)
        assert len(data.train[0]) == 9
        assert len(data.bad) == 1
    streamed = load_training_set(recipe, [tmp_path], films="stream", skip_bad=True)
    held = load_training_set(recipe, [tmp_path], films="cache", skip_bad=True)
    pixels, good = streamed.train[0].pixels.take(np.arange(10))
    assert good.tolist() == [i != 5 for i in range(10)]
    assert len(streamed.bad) == 1
    assert np.array_equal(pixels[good], held.train[0].pixels.take(np.arange(9))[0])
    with pytest.raises(RequestError, match=r"line 7.*--skip-bad"):
        load_training_set(recipe, [tmp_path], films="stream").train[0].pixels.take(np.arange(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "2"], "--size 2 is not an edge"),
        (["--workers", "0"], "--workers 0 is not a number of threads"),
        ([], "holds neither train.csv nor valid.csv"),
    ],
)
def test_a_wrong_request_is_one_sentence(tmp_path: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        data_cache([str(tmp_path), *arguments])
