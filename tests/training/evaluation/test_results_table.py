"""Evaluations of several runs in one table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from cxr_lens.training.errors import RequestError, TableError
from cxr_lens.training.evaluation.results_command import results
from cxr_lens.training.evaluation.results_table import as_markdown, result_rows
from cxr_lens.training.fine_tuning.run_facts import RunFacts, run_facts
from cxr_lens.training.models.config import ModelConfig, Preprocessing


def document(model: str, aurocs: dict[str, float | None], **more: Any) -> dict[str, Any]:
    known = [v for v in aurocs.values() if v is not None]
    facts = RunFacts(trainable_parameters=1_735_181, total_parameters=8_682_765, batch=32, epochs=10, seconds=18_000)
    return {
        "model": model,
        "family": model.partition("/")[0],
        "table": "valid.csv",
        "images": 202,
        "mean_auroc": sum(known) / len(known),
        "mean_low": 0.7,
        "mean_high": 0.8,
        "findings": {name: {"auroc": value} for name, value in aurocs.items()},
        "training": facts.model_dump(),
        "against": None,
        **more,
    }


BASE = document("densenet-pc/baseline", {"Edema": 0.6, "Pneumonia": 0.5, "Fracture": None}, training=None)
TUNED = document("densenet-pc/finetuned", {"Edema": 0.8, "Pneumonia": 0.6, "Lung Lesion": 0.9, "Fracture": None})


def test_a_finetuned_model_stands_beside_its_familys_baseline_over_the_findings_both_have() -> None:
    (row,) = result_rows([TUNED, BASE])
    assert (row.baseline, row.findings) == ("densenet-pc/baseline", 2)
    assert (row.baseline_auroc, row.auroc) == (pytest.approx(0.55), pytest.approx(0.7))
    assert (row.difference, row.difference_low) == (pytest.approx(0.15), None)
    assert (row.own_auroc, row.own_findings) == (pytest.approx(2.3 / 3), 3)
    assert (row.trainable_parameters, row.batch, row.epochs, row.seconds) == (1_735_181, 32, 10, 18_000)


def test_a_paired_comparison_is_taken_before_the_familys_baseline() -> None:
    against = {
        "model": "mini/baseline",
        "mean_auroc": 0.8,
        "other_mean_auroc": 0.55,
        "difference": 0.25,
        "low": 0.2,
        "high": 0.3,
        "over": ["Edema"],
    }
    rows = result_rows([TUNED | {"against": against}, BASE])
    assert [row.model for row in rows] == ["densenet-pc/baseline", "densenet-pc/finetuned"]  # it is nobody's baseline
    assert (rows[1].baseline, rows[1].difference_low, rows[1].findings) == ("mini/baseline", 0.2, 1)
    assert "| 0.550 | 0.800 | +0.250 (+0.200 to +0.300) |" in as_markdown(rows)


def test_a_baseline_on_another_table_is_not_compared() -> None:
    rows = result_rows([TUNED, BASE | {"table": "other.csv"}])
    assert [row.difference for row in rows] == [None, None]


def test_the_command_prints_markdown_csv_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("a", TUNED), ("b/c", BASE)):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "evaluation.json").write_text(json.dumps(content))
    assert results([str(tmp_path)]) == 0
    markdown = capsys.readouterr().out.splitlines()
    assert len(markdown) == 3
    assert "| densenet-pc/finetuned | valid.csv (202) | 0.550 | 0.700 | +0.150 | 2 |" in markdown[2]
    assert markdown[2].endswith("| 1,735,181 | 8,682,765 | 32 | 10 | 5.0 h | – |")
    assert results([str(tmp_path / "a"), str(tmp_path / "b"), "--format", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["model"], row["difference_low"], row["batch"]) == ("densenet-pc/finetuned", "", "32")
    assert results([str(tmp_path / "a" / "evaluation.json"), "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["rows"]
    assert (only["baseline"], only["auroc"]) == (None, pytest.approx(2.3 / 3))


def test_a_place_without_evaluations_and_a_file_that_is_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"holds no evaluation.json; make one with cxr-lens evaluate"):
        results([str(tmp_path)])
    (tmp_path / "evaluation.json").write_text("{}")
    with pytest.raises(TableError, match="is not a document of cxr-lens evaluate"):
        results([str(tmp_path)])


def test_facts_come_from_the_runs_records_and_are_missing_where_those_are(tmp_path: Path) -> None:
    config = ModelConfig(
        name="toy/net",
        family="toy",
        arch="timm:resnet10t",
        labels=("Edema",),
        preprocessing=Preprocessing(size=32),
        target_layer="last",
        total_parameters=10,
        trainable_parameters=4,
    )
    assert run_facts(config, tmp_path / "best") == RunFacts(total_parameters=10, trainable_parameters=4)
    (tmp_path / "resolved.yaml").write_text("recipe: {name: toy/net, batch: 8}\nrun: {device: cpu}\n")
    lines = [
        {"epoch": 1, "seconds": 2.5, "images_per_second": 30},
        {"epoch": 2, "seconds": 1.5, "images_per_second": 50},
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"epo')
    facts = run_facts(config, tmp_path / "best")
    assert (facts.batch, facts.epochs, facts.seconds, facts.device) == (8, 2, 4.0, "cpu")
    assert facts.images_per_second == 50
    other = config.model_copy(update={"name": "toy/other"})  # a checkpoint copied beside another run's records
    assert run_facts(other, tmp_path / "best").batch is None
