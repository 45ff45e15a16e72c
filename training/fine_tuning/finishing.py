"""After training: thresholds and calibration on the validation split, the scores there, the final checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..evaluation.calibration import fit_calibration
from ..evaluation.thresholds import enough, fit_threshold, rates_at
from ..films.training_set import TrainingSet
from ..models.card import model_card
from ..models.checkpoints import load_checkpoint, save_checkpoint
from ..models.classifier import Classifier
from ..models.config import ModelConfig, Platt, Threshold
from ..statistics import auprc, auroc_interval, mean_auroc_interval, patient_weights
from .finetune import BEST
from .recipe import Recipe
from .validation import film_logits

_REPLICATES = 500


def finish(
    classifier: Classifier,
    recipe: Recipe,
    data: TrainingSet,
    out: Path,
    *,
    best_epoch: int | None = None,
    starts_from: str = "",
) -> Classifier:
    """Fit thresholds and calibration, score the validation split, write RUN/best anew, and load it back."""
    network = classifier.network
    if recipe.half:  # fit on the weights as they will be stored
        with torch.no_grad():
            for tensor in network.state_dict().values():
                if tensor.is_floating_point():
                    tensor.copy_(tensor.half().float())
    scored = [film_logits(network, films, classifier.config, classifier.device) for films in data.validation]
    logits = [each for each, _ in scored]
    known = [targets for _, targets in scored]
    config = _fitted_config(classifier, recipe, data, logits, known)
    fitted = Classifier(config, network, classifier.weights_sha256, classifier.device)
    metrics: dict[str, Any] = {"best_epoch": best_epoch, "validation": {}}
    for kind in ("real", "synthetic"):
        chosen = [i for i, films in enumerate(data.validation) if films.kind == kind]
        if chosen:
            patients = np.concatenate([data.validation[i].patients for i in chosen]).tolist()
            targets = np.concatenate([known[i] for i in chosen])
            metrics["validation"][kind] = _scores(
                fitted, patients, targets, np.concatenate([logits[i] for i in chosen])
            )
    save_checkpoint(
        out / BEST,
        network,
        config,
        metrics=metrics,
        card=model_card(config, metrics, recipe, starts_from),
        half=recipe.half,
    )
    return load_checkpoint(out / BEST, str(classifier.device))


def _fitted_config(
    classifier: Classifier,
    recipe: Recipe,
    data: TrainingSet,
    logits: list[np.ndarray],
    known: list[np.ndarray],
) -> ModelConfig:
    config = classifier.config
    if not data.validation:
        return config
    targets = np.concatenate(known)
    every = np.concatenate(logits)
    real = np.concatenate([np.full(len(films), films.kind == "real") for films in data.validation])
    rows = {  # label -> the films it is fitted on
        label: real if recipe.fit_on == "real" and enough(targets[real, i]) else np.ones_like(real)
        for i, label in enumerate(config.labels)
    }
    calibration: dict[str, Platt] = {}
    for i, label in enumerate(config.labels):
        platt = fit_calibration(recipe.calibrate, targets[rows[label], i], every[rows[label], i])
        if platt is not None:
            calibration[config.finding_of[label]] = platt
    config = config.model_copy(update={"calibration": calibration})
    scored = Classifier(config, classifier.network, classifier.weights_sha256)
    scores = scored.scores(torch.from_numpy(every)).numpy()
    thresholds: dict[str, Threshold] = {}
    for i, label in enumerate(config.labels):
        thresholds[config.finding_of[label]] = fit_threshold(
            targets[rows[label], i], scores[rows[label], i], recipe.threshold_rule, config.default_threshold
        )
    return config.model_copy(update={"thresholds": thresholds})


def _scores(classifier: Classifier, patients: list[str], targets: np.ndarray, logits: np.ndarray) -> dict[str, Any]:
    config = classifier.config
    weights = patient_weights(patients, _REPLICATES, 0)
    scores = classifier.scores(torch.from_numpy(logits)).numpy()
    findings, pairs, over = {}, [], []
    for i, label in enumerate(config.labels):
        name = config.finding_of[label]
        truth = targets[:, i]
        interval = auroc_interval(truth, scores[:, i], weights)
        sensitivity, specificity = rates_at(truth, scores[:, i], config.threshold(name).value)
        findings[name] = {
            "auroc": interval.value,
            "low": interval.low,
            "high": interval.high,
            "auprc": auprc(truth, scores[:, i]),
            "sensitivity": sensitivity,
            "specificity": specificity,
            "positives": int((truth == 1).sum()),
        }
        if enough(truth):
            pairs.append((truth, scores[:, i]))
            over.append(name)
    mean = mean_auroc_interval(pairs, weights)
    return {
        "images": len(targets),
        "mean_auroc": mean.value,
        "low": mean.low,
        "high": mean.high,
        "mean_over": over,
        "findings": findings,
    }
