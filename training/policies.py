"""Label policies: what uncertain and blank labels count as in training and in counts; and the split by patient."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from .errors import RequestError
from .tables import CaseTable

Uncertain = Literal["zeros", "ones", "ignore"]


class LabelPolicy(BaseModel):
    """How -1 and blank become targets. The source project's `zeros` is -1 and blank -> 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uncertain: Uncertain = "zeros"
    """What -1 becomes: 0, 1, or left out of the loss."""
    per_finding: dict[str, Uncertain] = {}
    """Findings whose -1 is treated otherwise; a recipe checks their names."""
    blank: Literal["negative", "ignore"] = "negative"
    """Blank is "not mentioned": counted as 0, or left out."""

    def __str__(self) -> str:
        own = "".join(f", {name}: {rule}" for name, rule in self.per_finding.items())
        return f"{self.uncertain}{own}; blank: {self.blank}"

    def targets(self, frame: pd.DataFrame, findings: Sequence[str]) -> np.ndarray:
        """(N, L) float32: 1, 0, or NaN where the label is left out."""
        out = np.empty((len(frame), len(findings)), dtype=np.float32)
        instead = {"zeros": 0.0, "ones": 1.0, "ignore": np.nan}
        for i, name in enumerate(findings):
            values = frame[name].to_numpy(dtype=np.float32)
            blank = np.isnan(values)
            values = np.where(values == -1, instead[self.per_finding.get(name, self.uncertain)], values)
            out[:, i] = np.where(blank, 0.0 if self.blank == "negative" else np.nan, values)
        return out


def holdout_mask(patients: Sequence[str], share: float, seed: int) -> np.ndarray:
    """(N,) bool: the films of a seeded `share` of the patients.

    Depends on the patients' ids and the seed only, never on the order of rows.
    """
    if not 0 <= share < 1:
        raise RequestError(f"a holdout of {share} is not a share of the patients; expected 0 <= share < 1")

    def rank(patient: str) -> str:
        return hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest()

    ordered = sorted(set(patients), key=rank)
    held = set(ordered[: round(share * len(ordered))])
    return np.array([patient in held for patient in patients], dtype=bool)


def count_labels(table: CaseTable, policy: LabelPolicy) -> dict[str, Any]:
    """`images`, `patients`, `findings.NAME.positive/negative` after the policy, `raw.NAME...` before it."""
    names = table.findings.names
    targets = policy.targets(table.frame, names)
    findings, raw = {}, {}
    for i, name in enumerate(names):
        values = np.asarray(table.frame[name], dtype=float)
        findings[name] = {
            "positive": int((targets[:, i] == 1).sum()),
            "negative": int((targets[:, i] == 0).sum()),
        }
        raw[name] = {
            "positive": int((values == 1).sum()),
            "negative": int((values == 0).sum()),
            "uncertain": int((values == -1).sum()),
            "blank": int(np.isnan(values).sum()),
        }
    return {
        "table": table.name,
        "truth_source": table.source,
        "policy": str(policy),
        "images": len(table),
        "patients": len(set(table.frame["patient"])),
        "findings": findings,
        "raw": raw,
    }
