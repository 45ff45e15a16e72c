"""A tiny untrained pair, a film, and a report on it made with the real tools: what the tests of this folder share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from cxr_lens.agents.records import (
    CaseReport,
    Cut,
    Difficulty,
    Explanation,
    Provenance,
    Section,
    Sentence,
    Step,
    Writer,
)
from cxr_lens.tools.schemas import BoxSet, Comparison, GroundTruth, Heatmap, Prediction, TruthValue
from cxr_lens.tools.toolbox import Toolbox
from cxr_lens.tools.workbench import Workbench
from cxr_lens.training.findings import CHEXPERT
from cxr_lens.training.models.checkpoints import load_checkpoint, save_checkpoint
from cxr_lens.training.models.classifier import Classifier
from cxr_lens.training.models.config import ModelConfig, Preprocessing
from cxr_lens.training.models.networks import build_network
from cxr_lens.training.radiographs.quality import Quality, QualityFlag
from cxr_lens.training.radiographs.radiograph import Radiograph, RadiographInfo

LABELS = CHEXPERT.names


@pytest.fixture(scope="session")
def tiny_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two untrained checkpoints, `baseline` (without Fracture) and `finetuned`."""
    folders = {}
    for seed, role in enumerate(("baseline", "finetuned")):
        labels = tuple(n for n in LABELS if role == "finetuned" or n != "Fracture")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = build_network("timm:resnet10t", len(labels), 1, {})
            head = network.get_submodule("body.fc")
            assert isinstance(head, torch.nn.Linear)
            head.weight.data.abs_()  # every channel raises every score: no map is empty
            head.bias.data = torch.linspace(-2, 1, len(labels)).roll(5 * seed)  # some scores on each side of 0.5
        config = ModelConfig(
            name=f"tiny/{role}",
            family="tiny",
            arch="timm:resnet10t",
            labels=labels,
            finding_of={n: n for n in labels},
            preprocessing=Preprocessing(size=96),
            target_layer="forward_features",
            trained_on="nothing",
            seed=seed,
            note="Untrained: made by a test.",
        )
        folders[role] = tmp_path_factory.mktemp("tiny") / role
        save_checkpoint(folders[role], network, config)
    return folders


@pytest.fixture(scope="session")
def tiny_pair(tiny_folders: dict[str, Path]) -> tuple[Classifier, Classifier]:
    return load_checkpoint(tiny_folders["baseline"]), load_checkpoint(tiny_folders["finetuned"])


@pytest.fixture(scope="session")
def film_pixels() -> np.ndarray:
    """(300, 360) f32: two dark lungs on a bright body, a bright spot low on the image's right."""
    y, x = np.mgrid[:300, :360]
    film = 0.75 - 0.45 * (np.exp(-(((x - 110) / 50) ** 2) - ((y - 150) / 90) ** 2))
    film -= 0.45 * np.exp(-(((x - 250) / 50) ** 2) - ((y - 150) / 90) ** 2)
    film += 0.3 * np.exp(-(((x - 265) / 15) ** 2) - ((y - 210) / 15) ** 2)
    return np.clip(film, 0, 1).astype(np.float32)


@pytest.fixture(scope="session")
def tiny_bench(tiny_pair: tuple[Classifier, Classifier], film_pixels: np.ndarray) -> Workbench:
    """The film with the pair and its truth (effusion; edema uncertain; fracture blank), revealed."""
    values = dict.fromkeys(LABELS, "negative") | {"Pleural Effusion": "positive", "Edema": "uncertain"}
    values["Fracture"] = "blank"
    truth = GroundTruth(
        case_id="patient1_study1_view1_frontal",
        findings={n: TruthValue.model_validate({"value": v}) for n, v in values.items()},
        source="simulated",
        table="valid.csv",
    )
    info = RadiographInfo(
        format="PNG",
        width=360,
        height=300,
        bits=8,
        photometric="L",
        scaling="/255",
        pixel_sha256=hashlib.sha256(film_pixels.tobytes()).hexdigest(),
        synthetic=True,
    )
    quality = Quality(
        projection="AP",
        projection_basis="table",
        coverage=0.97,
        clipped=0.01,
        contrast=0.5,
        rotation=1.5,
        sides="as displayed",
        out_of_distribution=0.2,
        frontal_chest=True,
        flags=(QualityFlag(code="small", message="300 px is small", way_on="Use a larger film."),),
    )
    film = Radiograph(film_pixels, info)
    return Workbench(truth.case_id, film, quality, *tiny_pair, truth=truth, revealed=True)


@pytest.fixture(scope="session")
def make_report(tiny_bench: Workbench) -> Callable[..., CaseReport]:
    """`make_report(blind=False, finding=None)`: a report from the real tools, with sentences written by hand."""

    def make(blind: bool = False, finding: str | None = None) -> CaseReport:
        bench = tiny_bench
        if blind:
            bench = Workbench(bench.case_id, bench.film, bench.quality, bench.baseline, bench.finetuned)
        box = Toolbox(bench)
        evidence = [box.call("predict", model=r) for r in ("baseline", "finetuned")]
        evidence.append(box.call("compare_models", finding=finding))
        compared = Comparison.model_validate(evidence[-1].result)
        if not blind:
            evidence.append(box.call("lookup_ground_truth"))
        about = [finding] if finding else ["Pleural Effusion", "Cardiomegaly"]
        looks = [box.call("gradcam", model=r, finding=f) for f in about for r in ("baseline", "finetuned")]
        boxes = [box.call("detect_boxes", model=r, finding=f) for f in about for r in ("baseline", "finetuned")]
        evidence += looks + boxes
        return CaseReport(
            case_id=bench.case_id,
            radiograph=bench.film.info,
            quality=bench.quality,
            blind=blind,
            finding=finding,
            difficulty=Difficulty(level="hard", basis="inferred" if blind else "ground_truth", reasons=("margins",)),
            predictions={
                r: Prediction.model_validate(e.result)
                for r, e in zip(("baseline", "finetuned"), evidence[:2], strict=True)
            },
            heatmaps=tuple(Heatmap.model_validate(e.result) for e in looks),
            boxes=tuple(BoxSet.model_validate(e.result) for e in boxes),
            comparison=compared,
            truth=None if blind else bench.truth,
            explanation=Explanation(
                sentences=(
                    Sentence(text="Both models were asked about <b>effusion</b>.", evidence=("predict.baseline",)),
                    Sentence(text="One may be nearer.", evidence=("compare",), mark="interpretation"),
                ),
                sections=(Section(title="Where they look", sentences=(Sentence(text="Low.", evidence=()),)),),
                limits=("The models are untrained.",),
                cut=(Cut(text="The heart is huge.", reason="no evidence names it"),),
                verdict=compared.verdict,
                relation=compared.relation,
            ),
            evidence=tuple(evidence),
            writer=Writer(kind="offline", name="narrator", prompt="narrator@v1", prompt_sha256="0" * 64),
            trace=(Step(node="predict", seconds=0.5), Step(node="write", seconds=0.01)),
            provenance=Provenance(
                software="chest-xray-lens 0.1.0",
                command="cxr-lens explain",
                created="2026-01-01T00:00:00Z",
                baseline_sha256=bench.baseline.weights_sha256,
                finetuned_sha256=bench.finetuned.weights_sha256,
            ),
        )

    return make
