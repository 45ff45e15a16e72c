"""Cases: picked by the stated rule, judged by every family, mistakes grouped by where the model looked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from cxr_lens.evals.cases import run as cases_module
from cxr_lens.evals.cases.command import render_cases
from cxr_lens.evals.cases.failures import Mistake, grouped, surest_mistakes, where_it_looked
from cxr_lens.evals.cases.lists import (
    agreement,
    find_case,
    level_of,
    pick_cases,
    read_case_list,
    winner_of,
)
from cxr_lens.evals.cases.run import run_cases
from cxr_lens.tools.compare_models import compare
from cxr_lens.tools.schemas import Comparison, FindingScore, PlaceShares, Prediction, Role, TruthValue
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.models import families
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.networks import build_network
from cxr_lens.training.tables import read_table
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
FINDINGS = ("Edema", "Pneumothorax", "Fracture")


def _prediction(role: Role, *called: str, scores: dict[str, float] | None = None) -> Prediction:
    values = {name: 0.9 if name in called else 0.1 for name in FINDINGS} | (scores or {})
    return Prediction(
        model=f"tiny/{role}",
        role=role,
        weights_sha256="0" * 64,
        findings={
            name: FindingScore(
                score=value,
                threshold=0.5,
                positive=value >= 0.5,
                threshold_rule="default",
                threshold_positives=0,
                calibrated=False,
                label=name,
            )
            for name, value in values.items()
        },
        not_assessed={},
        top_k=(),
    )


def _truth(*present: str) -> dict[str, TruthValue]:
    return {name: TruthValue(value="positive" if name in present else "negative") for name in FINDINGS}


def _compare(baseline: tuple[str, ...], finetuned: tuple[str, ...], present: tuple[str, ...]) -> Comparison:
    return compare(
        _prediction("baseline", *baseline), _prediction("finetuned", *finetuned), CHEXPERT, _truth(*present)
    )


def test_the_winner_is_who_is_right_on_the_case() -> None:
    right, wrong = ("Edema",), ("Fracture",)
    told = {
        (right, right): ("=", "easy"),
        (wrong, right): ("F", "average"),
        (right, wrong): ("B", "average"),
        (wrong, wrong): ("N", "hard"),
    }
    for (baseline, finetuned), (winner, level) in told.items():
        comparison = _compare(baseline, finetuned, ("Edema",))
        assert (winner_of(comparison), level_of(comparison)) == (winner, level)
    blind = compare(_prediction("baseline"), _prediction("finetuned"), CHEXPERT, None)
    assert (winner_of(blind), level_of(blind)) == (None, None)


def test_the_representative_is_the_case_nearest_to_the_level_s_mean() -> None:
    both, all_three = ("Edema", "Fracture"), FINDINGS
    comparisons = {
        "perfect": _compare(both, both, both),  # F1 1, 1
        "middle": _compare(all_three, all_three, both),  # 0.8, 0.8
        "worst": _compare(("Edema",), ("Edema",), both),  # 0.67, 0.67
        "nothing": _compare((), (), ()),  # easy, but without a true finding
        "lost": _compare(("Pneumothorax",), ("Pneumothorax",), both),
    }
    assert pick_cases(comparisons) == {"easy": "middle", "hard": "lost"}
    assert pick_cases({"nothing": comparisons["nothing"]}) == {"easy": "nothing"}
    twins = {"b": comparisons["perfect"], "a": comparisons["perfect"]}
    assert pick_cases(twins) == {"easy": "b"}, "the first in the table"


def test_the_paper_s_list_has_its_twelve_cases_and_thirty_six_winners() -> None:
    listed = read_case_list(ROOT / "training/configs/paper/cases.yaml")
    patients = [case for each in listed.cases.values() for case in each.values()]
    assert len(set(patients)) == 12
    told = [w for owners in listed.winners.values() for each in owners.values() for w in each.values()]
    assert len(told) == 36
    assert listed.winners["clip-vit-b32"]["densenet-nih"] == {"easy": "F", "average": "=", "hard": "="}
    assert agreement(["F", None, "N"], ["F", "B", "="]) == (1, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [("cases: [1]", "cases"), ("{", "not YAML"), ("cases: {mini: {simple: a}}", "expected cases.FAMILY")],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "ids.yaml"
    path.write_text(text)
    with pytest.raises(RequestError, match=message):
        read_case_list(path)
    with pytest.raises(RequestError, match="no case list"):
        read_case_list(tmp_path / "none.yaml")


def test_the_surest_mistakes_come_first() -> None:
    predictions = {
        "a": _prediction("finetuned", scores={"Edema": 0.95, "Fracture": 0.45}),
        "b": _prediction("finetuned", scores={"Edema": 0.6, "Fracture": 0.05}),
    }
    truths = {case: _truth("Fracture") for case in predictions}
    worst = surest_mistakes(predictions, truths, 5)
    assert [(m.case_id, m.finding) for m in worst["FP"]] == [("a", "Edema"), ("b", "Edema")]
    assert [(m.case_id, m.finding) for m in worst["FN"]] == [("b", "Fracture"), ("a", "Fracture")]
    assert worst["FP"][0].margin == pytest.approx(0.9)
    assert len(surest_mistakes(predictions, truths, 1)["FP"]) == 1


def test_mistakes_are_grouped_by_where_the_model_looked() -> None:
    a, b, c = (Mistake(name, "Edema", "FP", 0.9, 0.5, 0.8) for name in "abc")
    groups = grouped([(a, "at the heart"), (b, "outside the body"), (c, "at the heart")])
    assert {place: [m.case_id for m in each] for place, each in groups.items()} == {
        "at the heart": ["a", "c"],
        "outside the body": ["b"],
    }
    assert where_it_looked(None) == "nowhere: the map is empty"
    assert set(PlaceShares.model_fields) >= {"text", "outside_body", "film_edge", "heart", "thorax"}


@pytest.fixture
def table_of_films(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["Path,Edema,Pneumothorax,Fracture"]
    for number in range(6):
        film = tmp_path / f"synthetic-x/valid/patient{number}/study1/view1_frontal.png"
        film.parent.mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (96, 96), dtype=np.uint8)).save(film)
        lines.append(f"synthetic-x/valid/patient{number}/study1/view1_frontal.png,{number % 2},{number % 3 == 0:d},0")
    (tmp_path / "synthetic-x/valid.csv").write_text("\n".join(lines))
    return tmp_path / "synthetic-x/valid.csv"


def _pair(name: str, *_: object) -> tuple[Classifier, Classifier]:
    models = []
    for variant in ("baseline", "finetuned"):
        network = build_network("timm:resnet10t", 3, 1, {"channels": (8, 8, 8, 8)}).eval()
        config = ModelConfig(
            name=f"{name}/{variant}",
            family=name,
            arch="timm:resnet10t",
            labels=FINDINGS,
            finding_of={label: label for label in FINDINGS},
            preprocessing=Preprocessing(size=64),
            target_layer="layer4",
        )
        models.append(Classifier(config, network, "0" * 64))
    return models[0], models[1]


def test_every_family_is_shown_on_every_family_s_cases(
    table_of_films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases_module, "load_pair", _pair)
    monkeypatch.setattr(cases_module, "MISTAKES", 1)
    listed = tmp_path / "ids.yaml"
    listed.write_text(
        yaml.safe_dump(
            {
                "cases": {"one": {"easy": "patient1", "hard": "patient99"}},
                "winners": {"two": {"one": {"easy": "F"}}},
            }
        )
    )
    table = read_table(table_of_films)
    assert find_case(table, "patient1") == "patient1_study1_view1_frontal"
    document = run_cases(table, ["one", "two"], tmp_path / "out", case_list=read_case_list(listed))
    json.dumps(document, allow_nan=False)
    (case,) = document["cases"]
    assert set(case["winners"]) == {"one", "two"}
    assert document["missing"] == ["patient99"]
    assert document["published"]["compared"] == 1
    assert document["published"]["rows"][0]["published"] == "F"
    report = case["reports"]["one"]
    assert report["paragraph"]
    for name in ("panel.png", "grid.png", "report.html", "case.json"):
        assert (tmp_path / "out" / report["folder"] / name).is_file()
    page = render_cases(document)
    assert "Who is right where" in page
    assert "patient1_study1_view1_frontal" in page
    with pytest.raises(RequestError, match="holds none of the list's"):
        run_cases(
            table,
            ["one"],
            tmp_path / "out",
            case_list=read_case_list(ROOT / "training/configs/paper/cases.yaml"),
        )


def test_an_unknown_family_is_refused() -> None:
    from cxr_lens.evals.cases.command import cases  # noqa: PLC0415

    with pytest.raises(RequestError, match="not a family"):
        cases(["--data", "x.csv", "--family", "nothing"])
    assert "mini" in families.FAMILIES
