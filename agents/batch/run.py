"""Explains many cases: classifiers in large batches, reports written beside them, every result kept as it comes.

    with BatchStore.begin(out, run, resume=True) as store:
        run_batch(BatchJob(cases, pair, lambda case: OfflineNarrator()), store)

Two stages overlap. The first reads films with threads and takes scores and heatmaps of both models for a batch of
films at once; the second runs the graph of each case, `workers` at a time (an LLM's answers are waited for, so many
at a time; the offline narrator computes, so few). The queue between them is short: memory does not grow with the
number of cases. done + failed = asked, always: whatever a case raises is written down as its failure.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from pydantic import Field

from ...tools.schemas import Record
from ...tools.workbench import Workbench, fill_passes
from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from ...training.models.classifier import Classifier
from ..case import explain_case
from ..records import CaseReport, Level
from ..reports.output import FILES, write_case
from ..reports.thumbnail import thumbnail
from ..writer import WriterProtocol
from .cases import BatchCase, BatchCases
from .page import THUMBNAIL, THUMBNAIL_EDGE
from .records import FailureRow, case_row
from .store import RECORDS, BatchStore

logger = logging.getLogger(__name__)

PARQUET_EVERY = 500
"""Cases after which `cases.parquet` is written anew."""


class BatchSettings(Record):
    """How a batch is run; nothing here changes a result."""

    batch: int = Field(default=16, ge=1)
    """Films per forward pass."""
    readers: int = Field(default=2, ge=1)
    """Threads that read films and measure their quality."""
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
    failure: str | None = None
    thumbnail: bytes | None = None
    """JPEG, for the index page."""


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


def run_batch(
    job: BatchJob,
    store: BatchStore,
    *,
    engine: Engine | None = None,
    cost_of: Callable[[CaseReport], float | None] = lambda _: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Progress:
    """Explain every case that the store has not finished, and keep each result as it comes.

    `engine` is `explain_cases` unless given; `should_stop` ends the run after the cases that are under way. Raises
    `CostLimitError` at the limit.
    """
    cases, settings = job.cases, job.settings
    left = [case for case in cases.cases if case.case_id not in store.finished]
    progress = Progress(len(cases), len(store.rows), len(store.failures), sum(row.cost or 0.0 for row in store.rows))
    began = time.perf_counter()
    limit = settings.max_cost

    def stop() -> bool:
        return should_stop() or (limit is not None and progress.cost >= limit)

    for result in (engine or explain_cases)(job, left, stop):
        cost = keep(result, store, settings, cost_of)
        progress.done, progress.failed = len(store.rows), len(store.failures)
        progress.fresh, progress.seconds = progress.fresh + 1, time.perf_counter() - began
        progress.cost += cost or 0.0
        on_progress(progress)
        if progress.fresh % PARQUET_EVERY == 0:
            store.write_parquet()
    store.write_parquet()
    if limit is not None and progress.cost >= limit and progress.left:
        raise CostLimitError(
            f"the cost limit of {limit:g} is reached with {progress.left} of {progress.asked} cases left; go on with "
            "--resume and a higher --max-cost"
        )
    return progress


def keep(
    result: Explained, store: BatchStore, settings: BatchSettings, cost_of: Callable[[CaseReport], float | None]
) -> float | None:
    """Write a case's record, then its line; the cost of its report."""
    case, report = result.case, result.report
    if report is None:
        store.fail(FailureRow(case_id=case.case_id, patient=case.patient, reason=result.failure or "unknown"))
        return None
    folder = store.out / RECORDS / case.case_id
    if settings.pages and result.bench is not None:
        report = write_case(report, result.bench, folder)
        name = FILES["report"]
    else:
        name = FILES["case"]
        write_atomically(folder / name, report.model_dump_json() + "\n")
    if settings.thumbnails and result.thumbnail is not None:
        write_atomically(folder / THUMBNAIL, result.thumbnail)
    cost = cost_of(report)
    store.add(case_row(report, patient=case.patient, path=f"{RECORDS}/{case.case_id}/{name}", cost=cost))
    return cost


def explain_cases(job: BatchJob, left: Sequence[BatchCase], should_stop: Callable[[], bool]) -> Iterator[Explained]:
    """What becomes of each case, as it is finished: the two stages described above."""
    settings = job.settings
    benches: queue.Queue[Explained | None] = queue.Queue(maxsize=2 * settings.batch)
    done = threading.Event()
    stage = threading.Thread(
        target=_prepare,
        args=(job, left, benches, lambda: done.is_set() or should_stop()),
        daemon=True,
    )
    stage.start()
    running: set[Future[Explained]] = set()
    try:
        with ThreadPoolExecutor(settings.workers, thread_name_prefix="report") as pool:
            open_end = True
            while open_end or running:
                while open_end and len(running) < settings.workers:
                    if should_stop():  # what is prepared but not begun is left for --resume
                        open_end = False
                        break
                    ready = benches.get()
                    if ready is None:
                        open_end = False
                    elif ready.bench is None:
                        yield ready
                    else:
                        running.add(pool.submit(_explain, ready, job))
                finished, running = wait(running, return_when=FIRST_COMPLETED) if running else (set(), set())
                for future in finished:
                    yield future.result()
    finally:
        done.set()
        while stage.is_alive():  # it may be waiting for room
            try:
                benches.get(timeout=0.05)
            except queue.Empty:
                continue


def _prepare(
    job: BatchJob,
    left: Sequence[BatchCase],
    out: queue.Queue[Explained | None],
    stop: Callable[[], bool],
) -> None:
    """Stage one: films to benches with scores and maps, a batch at a time; the next batch is read meanwhile."""

    def read(case: BatchCase) -> Explained:
        try:
            return Explained(case, bench=job.cases.open(case, job.pair))
        except RequestError as error:
            return Explained(case, failure=str(error))
        except Exception as error:  # one film must not end the run: its failure names the error
            logger.exception("a film could not be read")
            return Explained(case, failure=f"reading failed: {type(error).__name__}: {error}")

    size = job.settings.batch
    parts = [left[i : i + size] for i in range(0, len(left), size)]
    with ThreadPoolExecutor(job.settings.readers, thread_name_prefix="film") as pool:
        waiting = [pool.submit(read, case) for case in parts[0]] if parts else []
        for number in range(len(parts)):
            if stop():
                break
            ready = [film.result() for film in waiting]
            waiting = [pool.submit(read, case) for case in parts[number + 1]] if number + 1 < len(parts) else []
            for result in _passed(ready):
                out.put(result)
        for late in waiting:
            late.cancel()
    out.put(None)


def _passed(ready: list[Explained]) -> list[Explained]:
    """The batch with scores and maps; a batch that fails together is tried film by film."""
    benches = [result.bench for result in ready if result.bench is not None]
    try:
        fill_passes(benches)
    except Exception as error:  # as in `read`
        if len(benches) > 1:
            return [one for result in ready for one in _passed([result])]
        logger.exception("the models failed")
        return [Explained(r.case, failure=f"the models failed: {type(error).__name__}: {error}") for r in ready]
    return ready


def _explain(ready: Explained, job: BatchJob) -> Explained:
    """Stage two: one case's graph."""
    bench = ready.bench
    if bench is None:
        raise ValueError("a case without a bench has nothing to explain")
    try:
        report = explain_case(
            bench,
            finding=job.settings.finding,
            difficulty=job.settings.difficulty,
            writer=job.make_writer(ready.case),
        )
        picture = thumbnail(report, bench, job.settings.thumbnail_edge) if job.settings.thumbnails else None
    except RequestError as error:
        return Explained(ready.case, failure=str(error))
    except Exception as error:  # as in `read`
        logger.exception("a case could not be explained")
        return Explained(ready.case, failure=f"explaining failed: {type(error).__name__}: {error}")
    return Explained(ready.case, report, bench, thumbnail=picture)
