"""What the store holds that somebody should look at, as ``doctor`` sees it. Reads only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Table, func, inspect, select, text

from gateway.cli.findings import Finding, bad, good, note
from gateway.cli.showing import lasting
from gateway.config.settings import Settings
from gateway.errors import StoreRefused, StoreUnavailable
from gateway.store.opening import open_store
from gateway.store.schema import conversation, library, people, pipeline
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.schema.library import sources
from gateway.store.schema.pipeline import addresses, deliveries
from gateway.store.schema.tables import metadata
from gateway.store.store import Options
from gateway.store.unit import Reading

SKEW_SECONDS = 2.0
# A node holds five, and people look on with tools of their own.
CONNECTIONS_LEFT = 10
LONG_AGO_SECONDS = 300.0
WAITED_SECONDS = 600.0
DAY = 86_400.0
FILES = 20_000
MEGABYTE = 1024 * 1024
_SCHEMA = (conversation, library, people, pipeline)  # imported, so that metadata has every table


class Look(NamedTuple):
    """All that is read, in one transaction."""

    engine: str
    bytes: int
    skew: float | None
    connections: tuple[int, int] | None
    missing_indexes: tuple[str, ...]
    dead: int
    leases: int
    waited: float
    hashes: frozenset[str]


def contents_findings(settings: Settings) -> Iterator[Finding]:
    """Nothing where the store does not open: that has its own finding."""
    try:
        store = open_store(settings.store.url, Options(readers=1), upgrade=False)
    except (StoreRefused, ImportError):
        return
    try:
        look = asyncio.run(store.read(_look))
    except StoreUnavailable as error:
        yield bad("store contents", str(error), "look at the database's own log")
        return
    finally:
        store.close()
    yield good("database", f"{look.engine}, {look.bytes // MEGABYTE} MB")
    yield from _server(look)
    yield _indexes(look)
    yield from _work(look)
    yield from _files(settings.store.folder, look.hashes)


def _look(reading: Reading) -> Look:
    server = reading.connection.dialect.name == "postgresql"
    version = "SHOW server_version" if server else "SELECT sqlite_version()"
    size = (
        "SELECT pg_database_size(current_database())"
        if server
        else "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    )
    oldest = reading.scalar(
        select(func.min(conversations.c.first_unanswered_at)).where(
            conversations.c.ready_at > 0, conversations.c.owner == "assistant"
        )
    )
    dead = select(func.count()).where(deliveries.c.state.in_(("failed", "uncertain")))
    return Look(
        engine=f"{'PostgreSQL' if server else 'SQLite'} {reading.scalar(text(version))}",
        bytes=int(reading.scalar(text(size))),
        skew=time.time() - reading.now if server else None,
        connections=_connections(reading) if server else None,
        missing_indexes=tuple(_missing(reading, server=server)),
        dead=int(reading.scalar(dead)),
        leases=sum(_long_over(reading, table) for table in (conversations, addresses)),
        waited=0.0 if oldest is None else reading.now - oldest,
        hashes=_hashes(reading),
    )


def _connections(reading: Reading) -> tuple[int, int]:
    most = "SELECT current_setting('max_connections')::int"
    return (
        int(reading.scalar(text("SELECT count(*) FROM pg_stat_activity"))),
        int(reading.scalar(text(most))),
    )


def _missing(reading: Reading, *, server: bool) -> Iterator[str]:
    found = inspect(reading.connection).get_multi_indexes()
    names = {index["name"] for indexes in found.values() for index in indexes}
    for table in metadata.tables.values():
        yield from (str(index.name) for index in table.indexes if index.name not in names)
    if server:
        broken = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        yield from (row[0] for row in reading.connection.execute(text(broken)))


def _long_over(reading: Reading, table: Table) -> int:
    over = reading.now - LONG_AGO_SECONDS
    return int(
        reading.scalar(
            select(func.count()).where(table.c.ready_at > 0, table.c.claimed_until < over)
        )
    )


def _hashes(reading: Reading) -> frozenset[str]:
    return frozenset(
        row["sha256"]
        for table in (attachments, sources)
        for row in reading.all(select(table.c.sha256).where(table.c.sha256.is_not(None)))
    )


def _server(look: Look) -> Iterator[Finding]:
    if look.skew is not None:
        said = f"{abs(look.skew):.1f} s from the database's"
        mend = "leases keep the database's time, signatures this machine's; run chrony on both"
        off = abs(look.skew) > SKEW_SECONDS
        yield note("clock skew", said, mend) if off else good("clock skew", said)
    if look.connections is not None:
        used, most = look.connections
        said = f"{used} of {most} in use"
        mend = "raise max_connections, or end what does not need them; a node holds five"
        few = most - used < CONNECTIONS_LEFT
        yield bad("connections", said, mend) if few else good("connections", said)


def _indexes(look: Look) -> Finding:
    if look.missing_indexes:
        named = ", ".join(look.missing_indexes[:5])
        mend = "REINDEX those that are broken; restore a backup where one was removed"
        return bad("indexes", f"missing or broken: {named}", mend)
    return good("indexes", "all are there")


def _work(look: Look) -> Iterator[Finding]:
    if look.dead:
        mend = "see `frontdesk deliveries failed`, then retry or discard each"
        yield note("dead letters", f"{look.dead} deliveries failed or are uncertain", mend)
    if look.leases:
        mend = "no gateway runs, or none that works: start one, or look at its /readyz"
        yield note("leases", f"{look.leases} ran out long ago with work behind them", mend)
    if look.waited > WAITED_SECONDS:
        mend = "start the gateway, or look at its log"
        yield note("waiting", f"a customer has waited for {lasting(look.waited)}", mend)


def _files(folder: Path, hashes: frozenset[str]) -> Iterator[Finding]:
    """Whether the files and the rows that name them agree; the newest are left out, which may be
    on their way into a row."""
    there = dict(_stored(folder))
    gone = [name for name in islice(hashes, FILES) if not _path(folder, name).exists()]
    if gone:
        mend = f"restore {folder} from a backup; store.files must be the same folder on every node"
        yield bad("files", f"{len(gone)} attachments have no file", mend)
    nobodys = [size for name, size in there.items() if name not in hashes]
    if nobodys:
        mend = "nothing refers to them: they may be removed once a backup is taken"
        said = f"{len(nobodys)} files belong to nobody, {sum(nobodys) // MEGABYTE} MB"
        yield note("orphaned files", said, mend)
    if not gone and not nobodys:
        yield good("files", f"{len(there)} attachments, each with its row")


def _stored(folder: Path) -> Mapping[str, int]:
    old = time.time() - DAY
    found: dict[str, int] = {}
    for path in islice(folder.glob("??/*"), FILES):
        kept = path.stat()
        if kept.st_mtime < old:
            found[path.name] = kept.st_size
    return found


def _path(folder: Path, name: str) -> Path:
    return folder / name[:2] / name
