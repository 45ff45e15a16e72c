"""What a batch is asked for, where it stands, and what becomes of each case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import Field

from ...tools.schemas import Record
from ...tools.workbench import Workbench
from ...training.errors import RequestError
from ...training.models.classifier import Classifier
from ..nodes import Tools
from ..records import CaseReport, Level
from ..writer import WriterProtocol
from .cases import BatchCase, BatchCases
from .page import THUMBNAIL_EDGE


class BatchSettings(Record):
    """How a batch is run; nothing here changes a result."""

    batch: int = Field(default=16, ge=1)
    """Films per forward pass."""
    readers: int = Field(default=2, ge=1)
    """Threads that read films, measure their quality, and find regions in their maps."""
    workers: int = Field(default=2, ge=1)
    """Graphs that run at once."""
    pages: bool = False
    """Also write report.html and panel.png of every case."""
    thumbnails: bool = True
    """Also write the small picture the index page shows."""
    thumbnail_edge: int = Field(default=THUMBNAIL_EDGE, ge=16)
    """Of each of its three squares, pixels."""
    finding: str | None = None
    difficulty: Level | None = None
    max_cost: float | None = Field(default=None, gt=0)
    """Start no more cases once the reports have cost this much."""


@dataclass(frozen=True)
class Explained:
    """What became of one case."""

    case: BatchCase
    report: CaseReport | None = None
    bench: Workbench | None = None
    """Between the stages, like `tools`; a case that is explained has given them up."""
    tools: Tools | None = None
    """With the evidence of the first stage."""
    failure: str | None = None
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    """What goes into the case's folder; case.json last."""


@dataclass
class Progress:
    """Where a run stands; `on_progress` gets it after every case."""

    asked: int
    done: int = 0
    failed: int = 0
    cost: float = 0.0
    fresh: int = 0
    """Cases finished by this process."""
    seconds: float = 0.0

    @property
    def left(self) -> int:
        return self.asked - self.done - self.failed

    @property
    def rate(self) -> float | None:
        """Cases a second."""
        return self.fresh / self.seconds if self.fresh and self.seconds > 0 else None


class CostLimitError(RequestError):
    """The run stopped at its cost limit; what is done is kept, and --resume with a higher limit goes on."""


@dataclass(frozen=True)
class BatchJob:
    """What to explain, with what, how."""

    cases: BatchCases
    pair: tuple[Classifier, Classifier]
    make_writer: Callable[[BatchCase], WriterProtocol]
    """Called once per case: no writer is shared between cases."""
    settings: BatchSettings = field(default_factory=BatchSettings)


Engine = Callable[[BatchJob, Sequence[BatchCase], Callable[[], bool]], Iterator[Explained]]
"""(job, cases left, whether to stop) -> what becomes of each case, as it is finished."""
