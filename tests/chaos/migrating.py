"""Killed in the middle of an upgrade, before each of its statements and at random moments, a
database is found as it was or as it shall be, and opens either way."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from gateway.store.migration import SCHEMA_VERSION, found_state
from tests.chaos.postgres import Postgres
from tests.chaos.releases import COLUMN, INDEX, NEXT, TABLE

# More than an upgrade ever has.
ENOUGH = 1_000
LONGEST_SECONDS = 0.25
ALL = frozenset({TABLE, COLUMN, INDEX})


@dataclass(frozen=True, slots=True)
class Ended:
    """How an opening ended: its exit code, negative for a signal, and how many statements it had
    begun."""

    code: int
    statements: int


class Upgrader:
    """Opens databases with one tree's program; see ``tests.chaos.upgrader``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def open(self, url: str, *, before: int = 0, after: float = 0.0) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"url": url, "before": before, "after": after}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def upgrader_in(tree: Path) -> Generator[Upgrader]:
    with subprocess.Popen(
        (sys.executable, "-m", "tests.chaos.upgrader"),
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Upgrader(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database is: its version (None: empty), and what of the next release is in it."""

    version: int | None
    added: frozenset[str]

    @property
    def whole(self) -> bool:
        """Old or new; never in between."""
        if self.version == NEXT:
            return self.added == ALL
        return self.version in {None, SCHEMA_VERSION} and not self.added


def standing(url: str) -> Standing:
    engine = create_engine(make_url(url).set(drivername=_driver(url)))
    with engine.connect() as connection:
        state = found_state(connection)
        found = inspect(connection)
        tables = set(found.get_table_names())
        added = {TABLE} & tables
        if "conversations" in tables:
            added |= {column["name"] for column in found.get_columns("conversations")} & {COLUMN}
            added |= {index["name"] or "" for index in found.get_indexes("conversations")} & {INDEX}
    engine.dispose()
    return Standing(None if state is None else state[0], frozenset(added))


def _driver(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"


Fresh = Callable[[], str]


@contextmanager
def copies_of(url: str, server: Postgres, folder: Path) -> Generator[Fresh]:
    """Each call gives the URL of a fresh copy of a database that nobody uses; the last one is gone
    by then."""
    made: list[str] = []

    def drop() -> None:
        if made and not url.startswith("sqlite"):
            server.drop(made.pop())

    def fresh() -> str:
        drop()
        if not url.startswith("sqlite"):
            made.append(server.create(url))
            return made[-1]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        source = Path(str(make_url(url).database))
        if source.exists():
            shutil.copy(source, folder / source.name)
        return f"sqlite:///{folder / source.name}"

    yield fresh
    drop()


def every_statement(upgrader: Upgrader, fresh: Fresh, step: int = 1) -> tuple[int, list[str]]:
    """Kill the upgrade before each ``step``-th of its statements: how often that was, and what went
    wrong."""
    killed, wrong = 0, list[str]()
    for before in range(1, ENOUGH, step):
        url = fresh()
        ended = upgrader.open(url, before=before)
        if ended.code == 0:
            break
        killed += 1
        wrong += _found(upgrader, url, ended, f"before statement {before}")
    return killed, wrong


def random_moments(
    upgrader: Upgrader, fresh: Fresh, seed: int, times: int
) -> tuple[int, list[str]]:
    """Kill it ``times`` at any moment: how often it was not done by then, and what went wrong."""
    chance = random.Random(seed)
    killed, wrong = 0, list[str]()
    for after in _moments(chance, times):
        url = fresh()
        ended = upgrader.open(url, after=after)
        killed += ended.code != 0
        wrong += _found(upgrader, url, ended, f"after {after} s")
    return killed, wrong


def _moments(chance: random.Random, times: int) -> Iterable[float]:
    return [round(chance.uniform(0.001, LONGEST_SECONDS), 4) for _ in range(times)]


def _found(upgrader: Upgrader, url: str, ended: Ended, where: str) -> list[str]:
    wrong: list[str] = []
    if ended.code > 0:
        wrong.append(f"killed {where}, it ended with {ended.code}")
    left = standing(url)
    if not left.whole:
        wrong.append(f"killed {where}, it left {left}")
    again = upgrader.open(url)
    if again.code != 0 or standing(url) != Standing(NEXT, ALL):
        wrong.append(f"killed {where}, it does not open any more")
    return wrong
