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


class Share(BaseModel):
    """A mean in [0, 1] with its 95 % interval over patients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None
    high: float | None
    n: int = Field(ge=0)
    about: str


class JudgeReport(BaseModel):
    """An LLM's answers to the rubric."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    prompt: str
    prompt_sha256: str
    asked: int
    failed: dict[str, str] = {}
    """Cases without answers, and why."""
    questions: dict[str, Share]
    overall: Share
    each: dict[str, dict[str, bool]]
    """Case -> question -> yes."""
    cost: float | None = None
    """In the price table's currency; None without a price."""


class JudgedPairs(BaseModel):
    """Which arm's text an LLM prefers; a preference that goes with the order is a tie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    prompt: str
    prompt_sha256: str
    preferred: dict[str, int]
    """`a`, `b` and `tie`."""
    p: float | None = Field(ge=0, le=1)
    """Exact sign test of a against b, one case per patient, ties left out."""
    each: dict[str, str]
    failed: dict[str, str] = {}
    cost: float | None = None


class QuestionAgreement(BaseModel):
    """One question of the rubric over all raters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    yes: float | None
    """Share of yes."""
    alpha: float | None
    """Krippendorff's, nominal; None where it is not defined."""


class MetricAgreement(BaseModel):
    """How a metric orders the texts, beside how people do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rho: float | None
    """Spearman's, between a text's share of yes and the metric; None where either never varies."""
    n: int


class RatingReport(BaseModel):
    """Ratings by people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raters: tuple[str, ...]
    items: int
    """Texts on the form."""
    answers: int
    alpha: float | None
    """Krippendorff's over all questions and texts."""
    cohen: float | None
    """Cohen's kappa; two raters only."""
    fleiss: float | None
    """Fleiss' kappa over what every rater answered."""
    questions: dict[str, QuestionAgreement]
    arms: dict[str, float | None]
    """Arm -> mean share of yes."""
    better: dict[str, int]
    """Arm or `tie` -> how often it was said to be the better text; empty where there is one arm."""
    better_alpha: float | None
    """Krippendorff's over which text is better."""
    judge_kappa: float | None
    """Cohen's kappa of the raters' majority and the judge; None without a judge."""
    judge_better_kappa: float | None
    """The same over which text of an A/B run is better (a, b or tie); None where no judge compared them."""
    metrics: dict[str, MetricAgreement]


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
    judge: JudgeReport | None = None
    ratings: RatingReport | None = None
    per_case: tuple[CaseScore, ...]
    research_only: str = "Research only. Supported means agreement with the tools, not clinically true."
