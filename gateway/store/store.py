"""The store as the gateway sees it: ``write`` a unit, ``read`` rows, hear of commits."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.errors import StoreUnavailable
from gateway.store.engine import SILENCE_SECONDS, is_sqlite, reader_engine, writer_engine
from gateway.store.signals import Signals
from gateway.store.unit import Reading, Unit, database_time
from gateway.store.writer import Tools, Writer
from gateway.telemetry.facts import Fact, Facts

T = TypeVar("T")
# What follows from a fact, in the very unit that tells it.
Follower: TypeAlias = Callable[[Unit, Fact], None]
MAIN = "main"
EXIT_STORAGE_FAILED = 74
log = structlog.get_logger()


def new_id() -> str:
    """128 random bits; never ordered by time."""
    return secrets.token_hex(16)


def pause(attempt: int) -> None:
    """The writer's back-off between tries of one unit: about 10, 20, 40, 80 ms."""
    time.sleep(0.01 * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311  # jitter only


def end_process(error: BaseException) -> None:
    """The disk refused data that may already have been promised; only a fresh start is safe."""
    log.critical("store.fsync_failed", error=str(error))
    os._exit(EXIT_STORAGE_FAILED)


@dataclass(frozen=True, slots=True)
class Options:
    """How a store runs. ``now`` None means the database's own time on PostgreSQL and the system's
    on SQLite. A PostgreSQL that says nothing for ``silence`` seconds is given up."""

    now: Callable[[], float] | None = None
    new_id: Callable[[], str] = new_id
    failpoint: Callable[[str], None] = lambda _name: None
    pause: Callable[[int], None] = pause
    fatal: Callable[[BaseException], None] = end_process
    readers: int = 4
    silence: float = SILENCE_SECONDS


class Store:
    """Rows of one database. Open it with ``gateway.store.opening.open_store``."""

    def __init__(self, url: str, options: Options) -> None:
        self.url = url
        self.signals = Signals()
        self.facts = Facts()
        self._followers: tuple[Follower, ...] = ()
        self._now = _time_source(url, options.now)
        self._writing = writer_engine(url, options.silence)
        self._reading = reader_engine(url, options.readers, options.silence)
        self._threads = ThreadPoolExecutor(options.readers, thread_name_prefix="store-reader")
        tools = Tools(self._now, options.new_id, options.failpoint, options.pause, options.fatal)
        self._writer = Writer(self._writing, tools, self.signals, self.facts)
        self._writer.start()

    def follow(self, follower: Follower) -> None:
        """Have what follows from facts written with them: all of it is committed, or none."""
        self._followers = (*self._followers, follower)

    async def write(
        self, unit: Callable[[Unit], T], *, tenant: str = MAIN, key: str = "", urgent: bool = False
    ) -> T:
        """Commit the unit. ``key`` is the conversation it concerns, for the order of locks;
        ``urgent`` units, which somebody outside waits for, come before the others, and are dropped
        when their turn comes after the caller was cancelled.

        Raises:
            StoreUnavailable: nothing was committed; try again later.
        """
        if self._followers:
            unit = _followed(unit, self._followers)
        return await self._writer.write(unit, tenant=tenant, key=key, urgent=urgent)

    async def read(self, query: Callable[[Reading], T], *, tenant: str = MAIN) -> T:
        """Run a query on a reader's connection; decisions belong into units, never here.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        loop = asyncio.get_running_loop()
        try:
            running = loop.run_in_executor(self._threads, self._query, query, tenant)
        except RuntimeError as error:  # The pool refuses after its shutdown.
            raise StoreUnavailable("the store is closed") from error
        return await running

    def _query(self, query: Callable[[Reading], T], tenant: str) -> T:
        try:
            with self._reading.connect() as connection, connection.begin():
                return query(Reading(connection, tenant, self._now(connection)))
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"the database does not answer: {error}") from error

    def record_with(self, recorder: Callable[[Unit], None]) -> None:
        """``recorder`` sees every unit that tells facts, before its COMMIT, and may add rows to it.
        To be set before anything is written."""
        self._writer.recorder = recorder

    def close(self) -> None:
        """Commit what is waiting and let go of the files; blocking."""
        self._writer.close()
        self._threads.shutdown(wait=True)
        self._reading.dispose()
        self._writing.dispose()


def _followed(unit: Callable[[Unit], T], followers: tuple[Follower, ...]) -> Callable[[Unit], T]:
    def whole(opened: Unit) -> T:
        done = unit(opened)
        for fact in tuple(opened.told):
            for follower in followers:
                follower(opened, fact)
        return done

    return whole


def _time_source(url: str, now: Callable[[], float] | None) -> Callable[[Connection], float]:
    if now is not None:
        return lambda _connection: now()
    if is_sqlite(url):
        return lambda _connection: time.time()
    return database_time
