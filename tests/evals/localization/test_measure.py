"""Localisation: hand-worked masks, a model that looks where the region is, and one that looks into a corner."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.evals.localization.false_boxes import collect_absent, false_boxes
from cxr_lens.evals.localization.measure import (
    Pair,
    box_accuracy,
    centre_map,
    collect_pairs,
    fit_rules,
    fit_thresholds,
    iou,
    is_hit,
    measure_pairs,
    otsu,
    random_iou,
)
from cxr_lens.evals.localization.report import localization_report
from cxr_lens.tools.anatomy.true_regions import TrueRegion, match_regions, read_regions
from cxr_lens.training.errors import TableError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import BoxRule, ModelConfig, Preprocessing
from cxr_lens.training.models.networks import build_network
from cxr_lens.training.tables import read_table
from PIL import Image


def make_pair(cell: tuple[int, int], box: tuple[float, ...], patient: str = "p", **changes) -> Pair:
    """A film of 256 x 256 whose 8 x 8 map has one active cell, and one true box."""
    grid = np.zeros((8, 8), np.float32)
    grid[cell] = changes.pop("level", 1.0)
    region = TrueRegion("f", "Pneumonia", (box[0], box[1], box[2], box[3]))
    values = {
        "case_id": patient,
        "patient": patient,
        "finding": "Pneumonia",
        "positive": True,
        "grid": grid,
        "seen": (0.0, 0.0, 256.0, 256.0),
        "size": (256, 256),
        "regions": (region,),
    }
    return Pair(**{**values, **changes})


CELL = (64.0, 96.0, 96.0, 128.0)
"""Cell (3, 2) of the 8 x 8 raster over 256 px."""


def test_a_map_on_the_region_hits_and_one_in_the_corner_misses() -> None:
    on, off = make_pair((3, 2), CELL), make_pair((0, 7), CELL)
    measures = measure_pairs([on, off], {}, {})
    assert measures["map"].hit.tolist() == [1, 0]
    assert measures["map"].fixed[0] > 0.5
    assert measures["map"].fixed[1] == 0
    np.testing.assert_allclose(measures["random"].hit, 32 * 32 / 256**2)
    assert measures["centre"].hit.tolist() == [0, 0], "the centre (128, 128) lies outside the box"
    assert measure_pairs([make_pair((3, 3), (100.0, 100.0, 160.0, 160.0))], {}, {})["centre"].hit.tolist() == [1]


def test_an_empty_map_misses_everything() -> None:
    empty = make_pair((3, 2), CELL, level=0.0)
    measures = measure_pairs([empty], {}, {})
    assert measures["map"].hit.tolist() == measures["map"].fixed.tolist() == [0]
    assert box_accuracy([empty], {}, "map")["boxes_drawn"] == 0


def test_a_hand_worked_overlap() -> None:
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    a[:2], b[1:3] = True, True
    assert iou(a, b) == pytest.approx(1 / 3)
    assert iou(np.zeros_like(a), np.zeros_like(a)) == 0
    assert is_hit(np.eye(4, dtype=np.float32) * np.arange(4), b) is False
    assert random_iou(0.5, 0.5) == pytest.approx(1 / 3)
    assert random_iou(0.0, 0.0) == 0


def test_the_random_control_is_what_random_maps_get() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros((64, 64), bool)
    truth[10:40, 5:50] = True
    maps = rng.random((400, 64, 64))
    hits = np.mean([is_hit(heat, truth) for heat in maps])
    assert hits == pytest.approx(truth.mean(), abs=0.06)
    overlap = np.mean([iou(heat >= 0.7, truth) for heat in maps])
    assert overlap == pytest.approx(random_iou(0.3, float(truth.mean())), abs=0.005)


def test_otsu_parts_two_levels_and_agrees_with_scikit_image() -> None:
    skimage = pytest.importorskip("skimage.filters")
    rng = np.random.default_rng(1)
    heat = np.where(rng.random((50, 50)) < 0.3, 0.8, 0.2) + 0.05 * rng.standard_normal((50, 50))
    heat = np.clip(heat, 0, None)
    assert 0.3 < otsu(heat.astype(np.float32)) * heat.max() < 0.7
    mine, theirs = heat >= otsu(heat) * heat.max(), heat > skimage.threshold_otsu(heat)
    assert (mine == theirs).mean() > 0.99
    assert otsu(np.zeros((4, 4))) == otsu(np.ones((4, 4))) == 1.0


def test_boxes_are_scored_by_iou_and_by_the_detected_box() -> None:
    small = make_pair((3, 2), (40.0, 70.0, 120.0, 150.0))  # the map's box lies inside a larger true one
    scores = box_accuracy([small], {}, "map")
    assert scores["boxes_drawn"] == 1
    assert scores["iobb"]["0.7"] == 1
    assert scores["iou"]["0.1"] == 1
    assert scores["iou"]["0.7"] == 0
    assert box_accuracy([make_pair((0, 7), CELL)], {}, "map")["iou"]["0.1"] == 0
    assert box_accuracy([small], {}, "random", 50)["iou"]["0.1"] < 0.5


def test_a_gate_silences_weak_maps() -> None:
    weak = make_pair((3, 2), CELL, level=0.5)
    rule = {"Pneumonia": BoxRule(threshold=0.5, gate=0.8, films=10)}
    assert box_accuracy([weak], rule, "map")["boxes_drawn"] == 0
    assert box_accuracy([make_pair((3, 2), CELL, level=0.9)], rule, "map")["boxes_drawn"] == 1


def test_the_fitted_threshold_is_the_best_of_the_candidates_and_needs_ten_films() -> None:
    wide = [make_pair((3, 2), (40.0, 72.0, 120.0, 152.0)) for _ in range(10)]
    cuts = fit_thresholds(wide, Pair.smooth)
    assert cuts["Pneumonia"] < 0.4, "true boxes are wider than the map at half its maximum"
    fitted = measure_pairs(wide, cuts, {})["map"]
    assert fitted.fitted.mean() > fitted.fixed.mean()
    assert fit_thresholds(wide[:9], Pair.smooth) == {}


def test_box_rules_are_fitted_to_the_boxes_drawn_and_few_films_lean_on_all() -> None:
    wide = [make_pair((3, 2), (40.0, 72.0, 120.0, 152.0), level=1 + 0.1 * i) for i in range(10)]
    rules = fit_rules(wide)
    assert rules["Pneumonia"].threshold < 0.4, "true boxes are wider than the map at half its maximum"
    assert rules["Pneumonia"].gate == pytest.approx(1.045, abs=0.01), "95 % of the films pass"
    narrow = [make_pair((3, 2), CELL, finding="Edema") for _ in range(200)]
    alone = fit_rules(narrow)["Edema"].threshold
    assert alone > rules["Pneumonia"].threshold
    assert rules["Pneumonia"].threshold < fit_rules(wide + narrow)["Pneumonia"].threshold <= alone
    assert fit_rules(wide[:9]) == {}


def test_report_is_pooled_and_per_finding_with_intervals_and_json() -> None:
    pairs = [make_pair((3, 2) if i < 6 else (0, 7), CELL, f"p{i}", positive=i < 8) for i in range(9)]
    report = localization_report(pairs)
    assert set(report["maps"]) == {"gradcam", "random", "centre"}
    own = report["maps"]["gradcam"]
    assert own["hit_rate"] == pytest.approx(6 / 9)
    assert own["hit_low"] < own["hit_rate"] < own["hit_high"]
    assert (own["boxes"], own["pairs"]) == (9, 9)
    assert report["true_positives"]["pairs"] == 8
    assert report["true_positives"]["maps"]["gradcam"]["hit_rate"] == pytest.approx(6 / 8)
    assert report["findings"]["Pneumonia"]["pairs"] == 9
    difference = report["better_than"]["random"]["hit_rate"]
    assert difference["difference"] == pytest.approx(6 / 9 - 1 / 64)
    assert difference["low"] > 0
    json.dumps(report, allow_nan=False)
    assert set(localization_report(pairs, method="layer-cam")["maps"]) == {"layer-cam", "random", "centre"}


def test_of_the_boxes_drawn_the_share_that_is_true_is_told() -> None:
    pairs = [make_pair((3, 2), CELL), make_pair((0, 7), CELL), make_pair((6, 6), CELL)]
    assert box_accuracy(pairs, {}, "map")["drawn_right"]["0.1"] == pytest.approx(1 / 3)
    empty = box_accuracy([make_pair((3, 2), CELL, level=0.0)], {}, "map")
    assert empty["drawn_right"]["0.1"] is None


def test_boxes_on_films_without_the_finding_are_counted_for_both_rules() -> None:
    film = np.full((64, 64), 60, np.uint8)
    absent = [
        make_pair((3, 2), CELL, "a", level=1.0, regions=(), film=film),
        make_pair((3, 2), CELL, "a", level=0.3, regions=(), film=film, positive=False),
        make_pair((3, 2), CELL, "b", level=0.0, regions=(), film=film, positive=False),
    ]
    counted = false_boxes(absent, {"Pneumonia": BoxRule(threshold=0.5, gate=0.8, films=10)})
    assert (counted["films"], counted["pairs"], counted["called"]) == (2, 3, 1)
    assert counted["map"] == {"per_film": 0.5, "maps_boxed": pytest.approx(1 / 3), "per_film_called": 0.5}
    assert counted["overlay"] == {"per_film": 1.0, "maps_boxed": pytest.approx(2 / 3), "per_film_called": 0.5}
    assert false_boxes([], {})["map"]["per_film"] is None


def test_centre_map_is_highest_in_the_middle() -> None:
    heat = centre_map((100, 60))
    assert np.unravel_index(int(heat.argmax()), heat.shape) in {(49, 29), (50, 30), (49, 30), (50, 29)}


@pytest.fixture
def two_films(tmp_path: Path) -> Path:
    lines = ["Path,Pneumonia,Edema"]
    rng = np.random.default_rng(0)
    for number in (1, 2):
        film = tmp_path / f"train/patient{number}/study1/view1_frontal.png"
        film.parent.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (80, 100), dtype=np.uint8)).save(film)
        lines.append(f"train/patient{number}/study1/view1_frontal.png,1,0")
    (tmp_path / "train.csv").write_text("\n".join(lines))
    (tmp_path / "boxes.csv").write_text(
        "Path,Finding,x1,y1,x2,y2\n"
        "train/patient1/study1/view1_frontal.png,Pneumonia,10,10,40,40\n"
        "train/patient1/study1/view1_frontal.png,Edema,10,10,40,40\n"
        "train/patient2/study1/view1_frontal.png,Fracture,10,10,40,40\n"
    )
    return tmp_path


def _model(labels: tuple[str, ...], **config) -> Classifier:
    network = build_network("timm:resnet10t", len(labels), 1, {"channels": (8, 8, 8, 8)}).eval()
    settings = ModelConfig(
        name="tiny/x",
        family="tiny",
        arch="timm:resnet10t",
        labels=labels,
        finding_of={label: label for label in labels if label in CHEXPERT},
        preprocessing=Preprocessing(size=64),
        target_layer="layer4",
        **config,
    )
    return Classifier(settings, network, "0" * 64)


def test_pairs_are_the_films_regions_of_findings_the_model_assesses(two_films: Path) -> None:
    table = read_table(two_films / "train.csv")
    matched = match_regions(read_regions(two_films / "boxes.csv"), table)
    pairs = collect_pairs(_model(("Pneumonia", "Edema")), table, matched)
    assert [(pair.case_id, pair.finding) for pair in pairs] == [
        ("patient1_study1_view1_frontal", "Pneumonia"),
        ("patient1_study1_view1_frontal", "Edema"),
    ]
    assert pairs[0].grid.shape == (2, 2)
    assert pairs[0].shape == (205, 256)
    only_real = _model(("Pneumonia", "Edema"), label_source={"Pneumonia": "real", "Edema": "synthetic"})
    assert {pair.finding for pair in collect_pairs(only_real, table, matched)} == {"Pneumonia"}
    with pytest.raises(TableError, match="assesses no finding that has a region"):
        collect_pairs(_model(("Cardiomegaly",)), table, matched)


def test_absent_is_what_the_table_denies_and_no_reader_drew(two_films: Path) -> None:
    table = read_table(two_films / "train.csv")
    matched = match_regions(read_regions(two_films / "boxes.csv"), table)
    absent = collect_absent(_model(("Pneumonia", "Edema")), table, matched, findings=("Pneumonia", "Edema"))
    assert [(pair.case_id, pair.finding) for pair in absent] == [("patient2_study1_view1_frontal", "Edema")]
    assert absent[0].regions == ()


def test_maps_do_not_depend_on_the_batch_size(two_films: Path) -> None:
    table = read_table(two_films / "train.csv")
    matched = match_regions(read_regions(two_films / "boxes.csv"), table)
    model = _model(("Pneumonia", "Edema", "Fracture"))
    one, many = (collect_pairs(model, table, matched, batch=size) for size in (1, 16))
    for a, b in zip(one, many, strict=True):
        np.testing.assert_allclose(a.grid, b.grid, atol=1e-5, rtol=1e-3)
