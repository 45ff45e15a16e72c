"""Synthetic films: the same for the same seed, with labels, boxes and layout that say what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.synthetic import (
    SyntheticFilm,
    synthesize_film,
    synthesize_lateral,
    synthesize_limb,
    write_dataset,
)
from cxr_lens.training.synthetic.cases import sample_findings
from cxr_lens.training.synthetic.command import synthesize_command
from cxr_lens.training.synthetic.film import labels_of
from PIL import Image

BOXED = [f.name for f in CHEXPERT.each() if f.boxed]
SIZE = 160


def boxes_of(film: SyntheticFilm, finding: str) -> list[tuple[float, float, float, float]]:
    return [box[1:] for box in film.boxes if box[0] == finding]


def near(film: SyntheticFilm, finding: str, margin: float) -> np.ndarray:
    """True within `margin` pixels of one of the finding's boxes."""
    mask = np.zeros(film.pixels.shape, bool)
    for x1, y1, x2, y2 in boxes_of(film, finding):
        mask[max(0, int(y1 - margin)) : int(y2 + margin) + 1, max(0, int(x1 - margin)) : int(x2 + margin) + 1] = True
    return mask


@pytest.mark.parametrize("domain", ["A", "B"])
def test_the_same_seed_draws_the_same_film(domain: str) -> None:
    one, two = (synthesize_film(5, domain, size=SIZE) for _ in range(2))
    assert np.array_equal(one.pixels, two.pixels)
    assert (one.labels, one.boxes, one.age, one.marker) == (two.labels, two.boxes, two.age, two.marker)
    assert one.pixels.dtype == np.float32
    assert one.pixels.shape == (SIZE, SIZE)
    assert one.pixels.min() >= 0
    assert one.pixels.max() <= 1
    assert not np.array_equal(one.pixels, synthesize_film(6, domain, size=SIZE).pixels)


@pytest.mark.parametrize("finding", BOXED)
def test_a_finding_asked_for_is_labelled_with_its_ancestors_and_boxed_inside_the_film(finding: str) -> None:
    for seed, domain in ((1, "A"), (2, "B"), (3, "B")):
        film = synthesize_film(seed, domain, [finding], SIZE)
        expected = {finding, *CHEXPERT.ancestors(finding)}
        if finding == "Support Devices":
            expected.add("No Finding")  # as in CheXpert: devices are no pathology
        assert {n for n, value in film.labels.items() if value} == expected
        assert {box[0] for box in film.boxes} == expected - {"No Finding"}
        for _, x1, y1, x2, y2 in film.boxes:
            assert 0 <= x1 < x2 <= SIZE
            assert 0 <= y1 < y2 <= SIZE


@pytest.mark.parametrize("finding", ["Lung Lesion", "Fracture", "Atelectasis", "Consolidation", "Pneumonia"])
def test_a_lesion_changes_the_film_at_its_box_and_hardly_elsewhere(finding: str) -> None:
    for seed in (11, 12):
        with_it = synthesize_film(seed, "B", [finding], SIZE)
        change = np.abs(with_it.pixels - synthesize_film(seed, "B", [], SIZE).pixels)
        far = ~near(with_it, finding, 14)
        assert change[near(with_it, finding, 0)].mean() > 5 * change[far].mean()
        assert change[far].mean() < 0.006


def test_a_pneumothorax_is_darker_than_the_lung_it_replaced() -> None:
    for seed in (21, 22, 23):
        film = synthesize_film(seed, "B", ["Pneumothorax"], SIZE)
        change = film.pixels - synthesize_film(seed, "B", [], SIZE).pixels
        assert change[near(film, "Pneumothorax", 0)].min() < -0.03


@pytest.mark.parametrize("domain", ["A", "B"])
def test_an_effusion_fills_the_side_and_the_base_its_box_names(domain: str) -> None:
    for seed in range(4):
        film = synthesize_film(seed, domain, ["Pleural Effusion"], SIZE)
        change = film.pixels - synthesize_film(seed, domain, [], SIZE).pixels
        for x1, y1, x2, y2 in boxes_of(film, "Pleural Effusion"):
            assert y2 > 0.5 * SIZE
            lateral = x1 < 0.3 * SIZE if (x1 + x2) / 2 < SIZE / 2 else x2 > 0.7 * SIZE
            assert lateral  # reaches the costophrenic angle
            assert change[int(y1) : int(y2), int(x1) : int(x2)].max() > 0.1


def test_the_heart_of_cardiomegaly_is_wider_than_half_the_chest() -> None:
    normal, large = (synthesize_film(8, "A", f, SIZE).pixels for f in ([], ["Cardiomegaly"]))
    film = synthesize_film(8, "A", ["Cardiomegaly"], SIZE)
    (x1, y1, x2, y2) = boxes_of(film, "Cardiomegaly")[0]
    assert large[int(y1) : int(y2), int(x1) : int(x2)].mean() > normal[int(y1) : int(y2), int(x1) : int(x2)].mean()
    assert x2 - SIZE / 2 > SIZE / 2 - x1  # the apex points to the patient's left, the image's right


def test_random_cases_are_normal_in_three_of_ten_and_show_every_finding_in_eight_of_a_hundred() -> None:
    rng = np.random.default_rng(0)
    counts = dict.fromkeys(CHEXPERT.names, 0)
    for i in range(3000):
        for name, value in labels_of(sample_findings(rng, "AP" if i % 3 == 0 else "PA")).items():
            counts[name] += value
    assert 0.26 < counts["No Finding"] / 3000 < 0.34
    assert min(counts.values()) / 3000 > 0.08


def test_labels_keep_the_hierarchy() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        labels = labels_of(sample_findings(rng, "AP"))
        for name in CHEXPERT.names:
            assert not labels[name] or all(labels[a] for a in CHEXPERT.ancestors(name))
        sick = any(v for n, v in labels.items() if n not in {"No Finding", "Support Devices"})
        assert labels["No Finding"] == (not sick)


def test_the_two_domains_look_different() -> None:
    films = {d: np.stack([synthesize_film(s, d, [], SIZE).pixels for s in range(8)]) for d in ("A", "B")}
    contrast = {d: float(np.std(f, axis=(1, 2)).mean()) for d, f in films.items()}
    detail = {d: float(np.abs(np.diff(f, axis=2)).mean()) for d, f in films.items()}
    spread = {d: float(f.mean(axis=(1, 2)).std()) for d, f in films.items()}
    assert contrast["B"] > 1.05 * contrast["A"]
    assert detail["B"] > 1.3 * detail["A"]
    assert spread["B"] > 1.5 * spread["A"]


def test_what_cannot_be_drawn_is_a_clear_mistake() -> None:
    with pytest.raises(RequestError, match="did you mean 'Pleural Effusion'"):
        synthesize_film(0, "A", ["Effusion"], SIZE)
    with pytest.raises(RequestError, match="not an acquisition domain"):
        synthesize_film(0, "C", [], SIZE)
    with pytest.raises(RequestError, match="outside 96 to 2048"):
        synthesize_film(0, "A", [], 20)
    with pytest.raises(RequestError, match="cannot stand beside Edema"):
        synthesize_film(0, "A", ["No Finding", "Edema"], SIZE)
    with pytest.raises(RequestError, match="is negative"):
        synthesize_film(-1, "A", [], SIZE)


def test_a_data_set_has_the_chexpert_layout_and_says_it_is_synthetic(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path, n=4, seed=3, domain="B", size=128, workers=1)
    write_dataset(tmp_path, n=3, seed=3, domain="B", size=128, workers=1, split="valid")
    assert folder == tmp_path / "synthetic-B"
    train, valid, boxes = (pd.read_csv(folder / f"{name}.csv") for name in ("train", "valid", "boxes"))
    assert list(train.columns) == ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT.names]
    assert (len(train), len(valid)) == (4, 3)
    assert train["Path"].tolist()[0] == "synthetic-B/train/patient00001/study1/view1_frontal.jpg"
    assert set(boxes["Path"].tolist()) <= {*train["Path"].tolist(), *valid["Path"].tolist()}
    assert list(boxes.columns) == ["Path", "Finding", "x1", "y1", "x2", "y2"]
    found = [(row["Path"], row["Finding"]) for row in boxes.to_dict("records")]
    for row in [*train.to_dict("records"), *valid.to_dict("records")]:
        with Image.open(tmp_path / row["Path"]) as film:
            assert (film.size, film.mode, film.info["comment"]) == ((128, 128), "L", b"cxr-lens synthetic radiograph")
        positive = {n for n in BOXED if row[n] == 1}
        assert {finding for path, finding in found if path == row["Path"]} == positive
    assert "simulated" in (folder / "dataset.yaml").read_text()
    patients = {p.split("/")[2] for p in train["Path"]} & {p.split("/")[2] for p in valid["Path"]}
    assert not patients
    assert not list(folder.rglob("*.partial"))


def test_the_command_draws_and_refuses_in_one_sentence(tmp_path: Path) -> None:
    asked = ["--n", "2", "--out", str(tmp_path), "--seed", "4", "--domain", "A", "--size", "96", "--workers", "1"]
    assert synthesize_command(asked) == 0
    assert len(pd.read_csv(tmp_path / "synthetic-A" / "train.csv")) == 2
    with pytest.raises(RequestError, match="0 films cannot be drawn"):
        synthesize_command(["--n", "0", "--out", str(tmp_path)])


@pytest.mark.slow
def test_workers_change_nothing(tmp_path: Path) -> None:
    one = write_dataset(tmp_path / "one", n=3, seed=3, domain="A", size=96, workers=1)
    two = write_dataset(tmp_path / "two", n=3, seed=3, domain="A", size=96, workers=2)
    for path in one.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (two / path.relative_to(one)).read_bytes()


@pytest.mark.parametrize("draw", [synthesize_lateral, synthesize_limb])
def test_negatives_are_films_of_their_own(draw) -> None:
    film = draw(2, 128)
    assert film.shape == (128, 128)
    assert film.std() > 0.1
    assert np.array_equal(film, draw(2, 128))
