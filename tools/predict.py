"""Tool `predict`: everything one model says about the film, against its own thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..training.models.classifier import Classifier
from .schemas import FindingScore, LabelScore, PredictInput, Prediction, Role
from .workbench import Workbench


def predict(bench: Workbench, request: PredictInput) -> Prediction:
    """Scores per finding and the top native labels. Blank label names (xrv's unused outputs) are left out."""
    reasons = {name: bench.why_not_assessed(request.model, name) for name in bench.findings.names}
    scores = bench.scores(request.model)
    return prediction_of(bench.model(request.model), request.model, scores, reasons, top_k=request.top_k)


def prediction_of(
    model: Classifier, role: Role, scores: np.ndarray, reasons: Mapping[str, str | None], *, top_k: int = 5
) -> Prediction:
    """One model's scores (L,) for one film as a record; `reasons` says per finding why it is not assessed, or None."""
    config = model.config
    findings: dict[str, FindingScore] = {}
    not_assessed: dict[str, str] = {}
    for finding, reason in reasons.items():
        if reason is not None:
            not_assessed[finding] = reason
            continue
        index = config.labels.index(str(config.label_of(finding)))
        score, threshold = float(scores[index]), config.threshold(finding)
        findings[finding] = FindingScore(
            score=score,
            threshold=threshold.value,
            positive=score >= threshold.value,
            threshold_rule=threshold.rule,
            threshold_positives=threshold.positives,
            calibrated=finding in config.calibration,
            label=config.labels[index],
        )
    order = [int(i) for i in np.argsort(-scores, kind="stable") if config.labels[int(i)].strip()]
    return Prediction(
        model=config.name,
        role=role,
        weights_sha256=model.weights_sha256,
        findings=findings,
        not_assessed=not_assessed,
        top_k=tuple(LabelScore(label=config.labels[i], score=float(scores[i])) for i in order[:top_k]),
    )
