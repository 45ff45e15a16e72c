"""What scoring writes down: `score.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["weights", "case"]
"""Where placebo maps come from; see placebo.py."""

PRAISES = 0.1
"""An explainer praises placebo maps where it calls usual more than this share of the misplaced ones it speaks of."""
FEWEST = 10
"""Statements on misplaced maps below which that is not decided."""


class MetricScore(BaseModel):
    """One metric over a set of explanations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    """Mean over the cases it applies to; None where it applies to none."""
    low: float | None
    """95 % interval, bootstrap over patients."""
    high: float | None
    n: int = Field(ge=0)
    """Cases it applies to."""
    higher_is_better: bool
    unit: str
    about: str


class CaseScore(BaseModel):
    """One explanation's own values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_id: str
    patient: str
    writer: str
    prompt: str
    metrics: dict[str, float | None]
    supported: int
    interpretation: int
    cut: int


class Praise(BaseModel):
    """Statements on whether a map lies in usual places, one per model and finding."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    statements: int = Field(ge=0)
    praising: int = Field(ge=0)
    """That say the map lies in usual places."""
    misplaced: int = Field(ge=0)
    """On maps that do not, by the map's own measure."""
    misplaced_praised: int = Field(ge=0)

    @property
    def share(self) -> float | None:
        return self.praising / self.statements if self.statements else None

    @property
    def misplaced_share(self) -> float | None:
        return self.misplaced_praised / self.misplaced if self.misplaced else None

    @property
    def praises_misplaced(self) -> bool | None:
        """None where too few statements are on misplaced maps."""
        share = self.misplaced_share
        return None if share is None or self.misplaced < FEWEST else share > PRAISES


class Control(BaseModel):
    """A control arm over some of the run's cases, and the run itself over the same ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    cases: int
    run: dict[str, MetricScore]
    control: dict[str, MetricScore]


class PlaceboControl(Control):
    """Also what was said of where the maps lie."""

    kind: Kind
    run_praise: Praise
    control_praise: Praise
    verdict: str
    """In one sentence."""


class Controls(BaseModel):
    """`controls` of score.json; what did not run says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    narrator: Control | None = None
    placebo: PlaceboControl | None = None
    not_run: dict[str, str] = {}


class ScoreReport(BaseModel):
    """`score.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: int
    patients: int
    blind: int
    """How many of the cases were written without the truth."""
    writers: tuple[str, ...]
    prompts: tuple[str, ...]
    truth_source: tuple[str, ...]
    approximate: bool
    """Fewer than 100 patients: the intervals are approximate."""
    failed: dict[str, str] = {}
    """Cases of the run that have no explanation to score, and why."""
    metrics: dict[str, MetricScore]
    controls: Controls | None = None
    per_case: tuple[CaseScore, ...]
    research_only: str = "Research only. Supported means agreement with the tools, not clinically true."
