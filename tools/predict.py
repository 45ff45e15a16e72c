"""Tool `predict`: everything one model says about the film, against its own thresholds."""

from __future__ import annotations

import numpy as np

from .schemas import FindingScore, LabelScore, PredictInput, Prediction
from .workbench import Workbench


def predict(bench: Workbench, request: PredictInput) -> Prediction:
    """Scores per finding and the top native labels. Blank label names (xrv's unused outputs) are left out."""
    model = bench.model(request.model)
    config = model.config
    scores = bench.scores(request.model)
    findings: dict[str, FindingScore] = {}
    not_assessed: dict[str, str] = {}
    for finding in bench.findings.names:
        reason = bench.why_not_assessed(request.model, finding)
        if reason is not None:
            not_assessed[finding] = reason
            continue
        index = bench.label_index(request.model, finding)
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
        role=request.model,
        weights_sha256=model.weights_sha256,
        findings=findings,
        not_assessed=not_assessed,
        top_k=tuple(LabelScore(label=config.labels[i], score=float(scores[i])) for i in order[: request.top_k]),
    )
