"""The one writer thread of a process: units in, group commits out.

Every unit's future resolves only after its COMMIT. A constraint error rolls back that unit
alone; any other database error, or a transaction found closed, discards the batch and runs its
units again one by one. An urgent unit whose caller has given up by its turn is not run. An fsync
error ends the process: what the disk holds is then unknown, and asking it again would lie.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from gateway.errors import StoreUnavailable
from gateway.store.signals import Signals
from gateway.store.statement import command
from gateway.store.unit import Unit
from gateway.telemetry.facts import BatchWritten, Fact, Facts

T = TypeVar("T")
BATCH = 60
# How much of a batch is for what is urgent when there is more of both than it holds.
URGENT = 40
TRIES = 5
SWITCH_SECONDS = 0.001
WAITING = 20_000
log = structlog.get_logger()


class BatchDiscarded(Exception):
    """The transaction of a batch is gone; its units have to run again."""


class _Refused(Exception):
    """The only unit of a transaction was refused: all of it is undone, and nothing is run again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Tools:
    """What the writer needs besides a database; tests replace each."""

    now: Callable[[Connection], float]
    new_id: Callable[[], str]
    failpoint: Callable[[str], None]
    pause: Callable[[int], None]
    fatal: Callable[[BaseException], None]


@dataclass(slots=True)
class Job(Generic[T]):
    unit: Callable[[Unit], T]
    tenant: str
    key: str
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    urgent: bool


@dataclass(slots=True)
class Outcome:
    """What a unit gave (or raised), the topics to notify and the facts to tell. ``tries`` counts
    those after the first."""

    value: Any = None
    error: BaseException | None = None
    emitted: frozenset[str] = frozenset()
    told: Sequence[Fact] = ()
    tries: int = 0


class Writer:
    def __init__(self, engine: Engine, tools: Tools, signals: Signals, facts: Facts) -> None:
        self._engine = engine
        self._tools = tools
        self._signals = signals
        self._facts = facts
        # Adds to a unit what its facts ask for, within its transaction; None costs nothing.
        self.recorder: Callable[[Unit], None] | None = None
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._urgent: deque[Job[Any]] = deque()
        self._others: deque[Job[Any]] = deque()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._closed = False

    def start(self) -> None:
        # Every statement gives up the interpreter; at the usual 5 ms a busy event loop would hold
        # up each of a batch's statements for that long, and all who wait for its commit.
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()

    def close(self) -> None:
        """Commit what is waiting, then stop."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            if self._thread.is_alive():
                self._thread.join()
            self._refuse_late_ones()

    def _refuse_late_ones(self) -> None:
        """What came while the thread was ending was not committed."""
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                self._resolve([job], [Outcome(error=StoreUnavailable())], 0.0)

    async def write(
        self, unit: Callable[[Unit], T], *, tenant: str, key: str = "", urgent: bool = False
    ) -> T:
        """Run the unit in one of the next batches; returns after its COMMIT.

        Raises:
            StoreUnavailable: the database does not take it now; nothing was committed.
            IntegrityError: a constraint refused it. Whatever the unit itself raises.
        """
        waiting = self._jobs.qsize() + len(self._urgent) + len(self._others)
        if self._closed or waiting >= WAITING:
            raise StoreUnavailable
        loop = asyncio.get_running_loop()
        job = Job(unit, tenant, key, loop, loop.create_future(), urgent)
        self._jobs.put(job)
        return await job.future

    def _work(self) -> None:
        while True:
            batch = self._next_batch()
            if batch:
                began = time.perf_counter()
                outcomes = self._run(batch)
                self._resolve(batch, outcomes, time.perf_counter() - began)
            if self._closed and self._jobs.empty() and not self._urgent and not self._others:
                return

    def _next_batch(self) -> list[Job[Any]]:
        self._take_in()
        if any(_given_up(job) for job in self._urgent):
            self._urgent = deque(job for job in self._urgent if not _given_up(job))
        first = min(len(self._urgent), max(URGENT, BATCH - len(self._others)))
        batch = [self._urgent.popleft() for _ in range(first)]
        rest = min(len(self._others), BATCH - first)
        batch += [self._others.popleft() for _ in range(rest)]
        # Sorted by conversation, two nodes lock rows in the same order.
        return sorted(batch, key=lambda job: job.key)

    def _take_in(self) -> None:
        """All that has come; waits only when there is nothing to do."""
        job = self._jobs.get() if not self._urgent and not self._others else None
        while job is not None or not self._jobs.empty():
            if job is not None:
                (self._urgent if job.urgent else self._others).append(job)
            job = self._jobs.get() if not self._jobs.empty() else None

    def _run(self, batch: Sequence[Job[Any]]) -> list[Outcome]:
        try:
            return self._together(batch)
        except Exception as error:  # noqa: BLE001  # the writer outlives any batch
            self._end_if_fatal(error)
            log.warning("store.batch_discarded", units=len(batch), error=_cause(error))
        return [self._alone(job) for job in batch]

    def _together(self, batch: Sequence[Job[Any]]) -> list[Outcome]:
        # A savepoint shelters a unit's neighbours; one that has none is sheltered by the end of
        # its transaction, and two statements are saved.
        one = self._sheltered if len(batch) > 1 else self._bare
        with self._engine.connect() as connection:
            try:
                with connection.begin():
                    now = self._tools.now(connection)
                    outcomes = [one(connection, job, now) for job in batch]
                    self._tools.failpoint("store.before_commit")
                    _still_open(connection)
            except _Refused as refused:
                return [Outcome(error=refused.error)]
            self._tools.failpoint("store.after_commit")
        return outcomes

    def _sheltered(self, connection: Connection, job: Job[Any], now: float) -> Outcome:
        command(connection, "SAVEPOINT unit")
        try:
            outcome = self._bare(connection, job, now)
        except _Refused as refused:
            _undo(connection)
            return Outcome(error=refused.error)
        _still_open(connection)
        command(connection, "RELEASE SAVEPOINT unit")
        return outcome

    def _bare(self, connection: Connection, job: Job[Any], now: float) -> Outcome:
        unit = Unit(connection, job.tenant, now, self._tools.new_id, self._tools.failpoint)
        try:
            value = job.unit(unit)
            if unit.told and self.recorder is not None:
                self.recorder(unit)
        except (IntegrityError, DataError) as error:
            raise _Refused(error) from error
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # the unit's own refusal belongs to its caller
            raise _Refused(error) from error
        return Outcome(value, emitted=frozenset(unit.emitted), told=unit.told)

    def _alone(self, job: Job[Any]) -> Outcome:
        failure: BaseException | None = None
        for attempt in range(TRIES):
            if _given_up(job):
                return Outcome(error=StoreUnavailable())
            try:
                outcome = self._together([job])[0]
                outcome.tries = attempt + 1
                return outcome
            except Exception as error:  # noqa: BLE001  # the writer outlives any unit
                self._end_if_fatal(error)
                failure = error
                if _sqlite_name(error) == "SQLITE_FULL":
                    break  # Space does not come back within milliseconds; the platform asks again.
                self._tools.pause(attempt)
        log.error("store.unit_failed", error=_cause(failure))
        unavailable = StoreUnavailable(f"{StoreUnavailable.__doc__} ({_cause(failure)})")
        unavailable.__cause__ = failure
        return Outcome(error=unavailable, tries=TRIES)

    def _end_if_fatal(self, error: BaseException) -> None:
        if is_fsync_failure(error):
            self._tools.fatal(error)

    def _resolve(
        self, batch: Sequence[Job[Any]], outcomes: Sequence[Outcome], seconds: float
    ) -> None:
        loops = {job.loop for job in batch}
        for loop in loops:
            mine = [pair for pair in zip(batch, outcomes, strict=True) if pair[0].loop is loop]
            try:
                loop.call_soon_threadsafe(self._deliver, mine, seconds)
            except RuntimeError:  # Its loop is closed: nobody waits for these any more.
                log.warning("store.nobody_waits", units=len(mine))

    def _deliver(self, pairs: Sequence[tuple[Job[Any], Outcome]], seconds: float) -> None:
        for job, outcome in pairs:
            if not job.future.done():
                if outcome.error is not None:
                    job.future.set_exception(outcome.error)
                else:
                    job.future.set_result(outcome.value)
        self._signals.notify(topic for _, outcome in pairs for topic in outcome.emitted)
        self._facts.tell(*_facts_of([outcome for _, outcome in pairs], seconds))


def _facts_of(outcomes: Sequence[Outcome], seconds: float) -> list[Fact]:
    told = [fact for outcome in outcomes for fact in outcome.told]
    retries = sum(outcome.tries for outcome in outcomes)
    failed = sum(isinstance(outcome.error, StoreUnavailable) for outcome in outcomes)
    return [*told, BatchWritten(len(outcomes), seconds, retries, failed)]


def _given_up(job: Job[Any]) -> bool:
    """Nobody outside waits for it any more, so nothing was promised, and it will be asked again. A
    database that cannot keep up would otherwise be busy with what has been repeated meanwhile."""
    return job.urgent and job.future.cancelled()


def _undo(connection: Connection) -> None:
    command(connection, "ROLLBACK TO SAVEPOINT unit")
    command(connection, "RELEASE SAVEPOINT unit")


def _still_open(connection: Connection) -> None:
    # SQLite drops the whole transaction on a full disk and says so only to the statement that hit
    # it; what came before would silently be gone.
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and not raw.in_transaction:
        raise BatchDiscarded("the database closed the transaction")


def is_fsync_failure(error: BaseException) -> bool:
    """SQLITE_IOERR_FSYNC, _DIR_FSYNC, _WRITE or _COMMIT_ATOMIC: the disk did not take the data."""
    return _sqlite_name(error) in {
        "SQLITE_IOERR_FSYNC",
        "SQLITE_IOERR_DIR_FSYNC",
        "SQLITE_IOERR_WRITE",
        "SQLITE_IOERR_COMMIT_ATOMIC",
    }


def _sqlite_name(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    name: str = getattr(original, "sqlite_errorname", "")
    return name


def _cause(error: BaseException | None) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    return str(original).splitlines()[0] if original and str(original) else type(error).__name__
