"""Explains many cases: classifiers in large batches, reports written beside them, every result kept as it comes.

    with BatchStore.begin(out, run, resume=True) as store:
        run_batch(BatchJob(cases, pair, lambda case: OfflineNarrator()), store)

Two stages overlap. The first makes the evidence: scores and heatmaps of both models for a batch of films at once,
while threads read the next films and find regions and places in the maps of those before. The second runs the graph
of each case, `workers` at a time (an LLM's answers are waited for, so many at a time; the offline narrator computes,
so few). The queue between them is short: memory does not grow with the number of cases. done + failed = asked,
always: whatever a case raises is written down as its failure.
"""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import torch

from ...tools.toolbox import KeptToolbox
from ...tools.workbench import fill_passes
from ...training.errors import RequestError
from ...training.findings import FindingSet
from ...training.models.checkpoints import write_atomically
from ..case import collect_evidence, explain_case
from ..records import CaseReport
from ..reports.output import FILES, render_case
from ..reports.thumbnail import thumbnail
from .cases import BatchCase
from .job import BatchJob, BatchSettings, CostLimitError, Engine, Explained, Progress
from .page import THUMBNAIL
from .records import FailureRow, case_row
from .store import RECORDS, BatchStore, writing

logger = logging.getLogger(__name__)

PARQUET_EVERY = 500
"""Cases after which `cases.parquet` is written anew."""


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
    `CostLimitError` at the limit, `StorageError` where a result cannot be written.
    """
    cases, settings = job.cases, job.settings
    left = [case for case in cases.cases if case.case_id not in store.finished]
    progress = Progress(len(cases), len(store.done), len(store.failures), store.cost)
    began = time.perf_counter()
    limit = settings.max_cost

    def stop() -> bool:
        return should_stop() or (limit is not None and progress.cost >= limit)

    def kept() -> str:
        done = len(store.finished)
        return f"; {done} of {len(cases)} cases are kept: make room, and go on with --resume"

    for result in (engine or explain_cases)(job, left, stop):
        with writing(store.out, kept):
            cost = keep(result, store, settings, cost_of, cases.findings)
        progress.done, progress.failed = len(store.done), len(store.failures)
        progress.fresh, progress.seconds = progress.fresh + 1, time.perf_counter() - began
        progress.cost += cost or 0.0
        on_progress(progress)
        if progress.fresh % PARQUET_EVERY == 0:
            with writing(store.out, kept):
                store.write_parquet()
    with writing(store.out, kept):
        store.write_parquet()
    if limit is not None and progress.cost >= limit and progress.left:
        raise CostLimitError(
            f"the cost limit of {limit:g} is reached with {progress.left} of {progress.asked} cases left; go on with "
            "--resume and a higher --max-cost"
        )
    return progress


def keep(
    result: Explained,
    store: BatchStore,
    settings: BatchSettings,
    cost_of: Callable[[CaseReport], float | None],
    known: FindingSet,
) -> float | None:
    """Write a case's record, then its line; the cost of its report. Where either fails, neither is left."""
    case, report = result.case, result.report
    folder = store.out / RECORDS / case.case_id
    if folder.exists():  # begun by a run that was killed
        shutil.rmtree(folder)
    if report is None:
        store.fail(FailureRow(case_id=case.case_id, patient=case.patient, reason=result.failure or "unknown"))
        return None
    name = FILES["report"] if settings.pages else FILES["case"]
    cost = cost_of(report)
    path = f"{RECORDS}/{case.case_id}/{name}"
    row = case_row(report, patient=case.patient, path=path, cost=cost, known=known)
    try:
        for file, content in result.files.items():
            write_atomically(folder / file, content)
        store.add(row)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return cost


def explain_cases(
    job: BatchJob, left: Sequence[BatchCase], should_stop: Callable[[], bool], prepare: Engine | None = None
) -> Iterator[Explained]:
    """What becomes of each case, as it is finished: the two stages described above. `prepare` is `prepare_cases`.

    Where `should_stop` says so, cases under way are finished and what is only prepared is left for --resume. Where the
    reader of this iterator fails (a full disk), cases under way are waited for, so that an LLM's answers get into the
    cache; not so once `should_stop` has said so too.
    """
    done = threading.Event()
    lines = _Lines(job, lambda: done.is_set() or should_stop(), prepare or prepare_cases)
    lines.start(left)
    try:
        yield from lines.results()
    finally:
        done.set()
        if not should_stop():
            lines.join()


class _Lines:
    """The threads of both stages and the two short queues between them and the reader."""

    def __init__(self, job: BatchJob, stop: Callable[[], bool], prepare: Engine):
        self._job, self._stop, self._prepared = job, stop, prepare
        self._benches: queue.Queue[Explained | None] = queue.Queue(job.settings.batch)
        self._results: queue.Queue[Explained | BaseException | None] = queue.Queue(job.settings.workers)
        self._threads: list[threading.Thread] = []

    def start(self, left: Sequence[BatchCase]) -> None:
        stages = [threading.Thread(target=self._prepare, args=(left,), name="evidence", daemon=True)]
        for number in range(self._job.settings.workers):
            stages.append(threading.Thread(target=self._explain, name=f"report-{number}", daemon=True))
        self._threads = stages
        for thread in stages:
            thread.start()

    def results(self) -> Iterator[Explained]:
        """Every result as it comes, until all threads have ended. Raises what a thread could not be rid of."""
        ended = 0
        while ended < len(self._threads):
            result = self._results.get()
            if isinstance(result, BaseException):
                raise result
            if result is None:
                ended += 1
            else:
                yield result

    def join(self) -> None:
        """Wait for the threads though nobody reads their results any more."""
        while any(thread.is_alive() for thread in self._threads):
            try:
                self._results.get(timeout=0.05)
            except queue.Empty:
                continue

    def _prepare(self, left: Sequence[BatchCase]) -> None:
        try:
            for ready in self._prepared(self._job, left, self._stop):
                if ready.bench is None:
                    self._results.put(ready)
                    continue
                while not self._stop():  # no waiting for room once nobody takes any more
                    try:
                        self._benches.put(ready, timeout=0.1)
                        break
                    except queue.Full:
                        continue
        except BaseException as error:  # noqa: BLE001  raised where the results are read
            self._results.put(error)
        finally:
            for _ in range(self._job.settings.workers):
                self._end(self._benches)
            self._results.put(None)

    def _end(self, benches: queue.Queue[Explained | None]) -> None:
        """One worker's sign that nothing more comes; where it cannot be left, the workers have been told to stop."""
        while True:
            try:
                benches.put(None, timeout=0.1)
                return
            except queue.Full:
                if self._stop():
                    return

    def _explain(self) -> None:
        try:
            while not self._stop():
                try:
                    ready = self._benches.get(timeout=0.1)
                except queue.Empty:
                    continue
                if ready is None:
                    return
                self._results.put(explain_ready(ready, self._job))
        except BaseException as error:  # noqa: BLE001  as above
            self._results.put(error)
        finally:
            self._results.put(None)


def prepare_cases(job: BatchJob, left: Sequence[BatchCase], stop: Callable[[], bool]) -> Iterator[Explained]:
    """Stage one: films to benches with all evidence, a batch per forward pass; meanwhile threads read the next batch
    and find the regions of the one before."""

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
    with _small_work(job.settings.readers) as pool:
        reading = [pool.submit(read, case) for case in parts[0]] if parts else []
        gathering: list[Future[Explained]] = []
        for number in range(len(parts)):
            if stop():
                break
            ready = [film.result() for film in reading]
            reading = [pool.submit(read, case) for case in parts[number + 1]] if number + 1 < len(parts) else []
            passed = _passed(ready)
            before, gathering = gathering, [pool.submit(_gather, film, job) for film in passed]
            yield from (film.result() for film in before)
        yield from (film.result() for film in gathering)
        for late in reading:
            late.cancel()


@contextmanager
def _small_work(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that each do their work on tensors alone; the caller's (the forward passes) keeps all processors.

    A film's small networks and resizings take less time than a team of threads needs to meet: with two threads each
    they took four times the processor time, which the forward passes lacked. Torch counts threads per thread, and new
    ones take over the last count.
    """
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(workers, "film", initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(threads)


def _gather(ready: Explained, job: BatchJob) -> Explained:
    """A case with the evidence that its graph will ask for."""
    if ready.bench is None:
        return ready
    tools = KeptToolbox(ready.bench)
    try:
        collect_evidence(ready.bench, tools, finding=job.settings.finding, difficulty=job.settings.difficulty)
    except RequestError as error:
        return Explained(ready.case, failure=str(error))
    except Exception as error:  # as in `prepare_cases`
        logger.exception("the tools failed")
        return Explained(ready.case, failure=f"the tools failed: {type(error).__name__}: {error}")
    return replace(ready, tools=tools)


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


def explain_ready(ready: Explained, job: BatchJob) -> Explained:
    """Stage two: one case's graph, and the files of its report."""
    bench, settings = ready.bench, job.settings
    if bench is None:
        raise ValueError("a case without a bench has nothing to explain")
    try:
        report = explain_case(
            bench,
            finding=settings.finding,
            difficulty=settings.difficulty,
            writer=job.make_writer(ready.case),
            tools=ready.tools,
        )
        files: dict[str, bytes | str] = {}
        if settings.thumbnails:
            files[THUMBNAIL] = thumbnail(report, bench, settings.thumbnail_edge)
        if settings.pages:
            report, pages = render_case(report, bench)
            files |= pages
        else:
            files[FILES["case"]] = report.model_dump_json() + "\n"
    except RequestError as error:
        return Explained(ready.case, failure=str(error))
    except Exception as error:  # as in `prepare_cases`
        logger.exception("a case could not be explained")
        return Explained(ready.case, failure=f"explaining failed: {type(error).__name__}: {error}")
    return Explained(ready.case, report, files=files)
