"""Which findings a random case has: about 30 % without, else one to three, with the company they usually keep."""

from __future__ import annotations

import numpy as np

from .anatomy import Projection

NORMAL = 0.30
"""Share of cases with no pathology."""

_WEIGHTS = {
    "Enlarged Cardiomediastinum": 0.9,
    "Cardiomegaly": 1.25,
    "Lung Opacity": 0.7,
    "Lung Lesion": 1.1,
    "Edema": 1.0,
    "Consolidation": 0.9,
    "Pneumonia": 1.15,
    "Atelectasis": 1.2,
    "Pneumothorax": 1.1,
    "Pleural Effusion": 1.3,
    "Pleural Other": 1.1,
    "Fracture": 1.1,
}

_COMPANY = {
    ("Edema", "Cardiomegaly"): 2.0,
    ("Edema", "Pleural Effusion"): 2.0,
    ("Cardiomegaly", "Pleural Effusion"): 1.4,
    ("Atelectasis", "Pleural Effusion"): 1.7,
    ("Fracture", "Pneumothorax"): 1.7,
    ("Edema", "Lung Lesion"): 0.4,
    ("Cardiomegaly", "Enlarged Cardiomediastinum"): 0.5,
    ("Consolidation", "Pneumonia"): 0.3,
}
"""How much likelier the second is where the first is present, and the other way round; 1 where not named."""


def sample_findings(rng: np.random.Generator, projection: Projection) -> list[str]:
    """Findings of a random case, ancestors not added."""
    chosen: list[str] = []
    if rng.random() >= NORMAL:
        for _ in range(int(rng.choice([1, 2, 3], p=[0.3, 0.4, 0.3]))):
            names = [n for n in _WEIGHTS if n not in chosen]
            weights = np.array([_WEIGHTS[n] for n in names])
            for i, name in enumerate(names):
                for other in chosen:
                    weights[i] *= _COMPANY.get((name, other), _COMPANY.get((other, name), 1.0))
            chosen.append(str(rng.choice(names, p=weights / weights.sum())))
    if rng.random() < (0.55 if projection == "AP" else 0.25):
        chosen.append("Support Devices")
    return chosen
