"""The rows of where articles come from: adding, listing and removing sources, and those that the
configuration names. It never reads what is there; the loop does, woken by ``SOURCES``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, and_, delete, func, select, update

from gateway.knowledge.library import LIBRARY, is_listed, remove_origin
from gateway.knowledge.records import (
    About,
    AddressKind,
    NotPossible,
    SourceKind,
    SourceProblem,
    SourceView,
    address_of,
    narrower,
    upload_name,
)
from gateway.store.schema.library import documents
from gateway.store.schema.library import sources as table
from gateway.store.unit import Reading, Unit, loads_list

# The topic that wakes the loop: a source is due.
SOURCES = "knowledge_sources"
# A website read this recently is not asked again because the gateway starts anew.
FRESH_SECONDS = 3600.0
_CONFIGURED = "it stands in the configuration; change it there (brain.knowledge.sources)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where articles come from. ``origin`` is what their rows hold, ``sha256`` an upload's;
    ``days`` is how far back resolved conversations are looked at, which is not stored."""

    kind: SourceKind
    origin: str
    place: str
    about: About
    refresh_hours: int = 0
    sha256: str | None = None
    days: float = 90.0


def sources(reading: Reading) -> list[SourceView]:
    """All sources, the configured first, then in the order in which they were added."""
    # Counted for all at once, as each alone would look through all articles.
    counted = (
        select(documents.c.origin, func.count().label("documents"))
        .where(documents.c.tenant_id == reading.tenant, is_listed())
        .group_by(documents.c.origin)
        .subquery()
    )
    rows = reading.all(
        select(table, func.coalesce(counted.c.documents, 0).label("documents"))
        .outerjoin(counted, counted.c.origin == table.c.origin)
        .where(table.c.tenant_id == reading.tenant)
        .order_by(table.c.configured.desc(), table.c.created_at, table.c.id)
    )
    return [_view(row) for row in rows]


def add_address(
    unit: Unit, url: str, kind: AddressKind, about: About, refresh_hours: int = 24
) -> str:
    """A page, or all pages that a sitemap names; the source's id. One that is there already is
    read again on the new terms.

    Raises:
        NotPossible: it is no public web address, or the configuration names it.
    """
    address = address_of(url)
    return add(unit, Place(kind, address, address, about, refresh_hours))


def add_upload(unit: Unit, name: str, sha256: str, about: About) -> str:
    """A file whose bytes are in the file store; the source's id. Another file of the same name is
    a new version of it.

    Raises:
        NotPossible: it has no name.
    """
    kept = upload_name(name)
    return add(unit, Place("upload", f"upload:{kept}", kept, about, sha256=sha256))


def add(unit: Unit, place: Place) -> str:
    """Put the source in line to be read; its id.

    Raises:
        NotPossible: the configuration names it, or more people would be answered with what is
            there already.
    """
    _insert(unit, place, configured=False)
    row = of_origin(unit, place.origin)
    if row is None:
        raise LookupError(f"the source {place.origin} vanished while it was added")
    if row["configured"]:
        raise NotPossible(f"{place.place}: {_CONFIGURED}")
    _check_audience(row, place)
    _again(unit, row["id"], **_columns(place))
    return str(row["id"])


def _check_audience(row: RowMapping, place: Place) -> None:
    """Whoever adds a newer version in passing must not open it to everybody by that."""
    before, now = row["audience"], place.about.audience
    if narrower(before, now) != now:
        raise NotPossible(
            f"{place.place} is there already, for the audience {before}; add it for that one again,"
            f" or remove it first if {now} is meant"
        )


def read_again(unit: Unit, id: str) -> bool:
    """Put the source in line once more, unless it is being read; False when there is none."""
    row = _row(unit, id)
    if row is None:
        return False
    if not _is_being_read(row, unit.now):
        _again(unit, id)
    return True


def remove_source(unit: Unit, id: str) -> bool:
    """Remove the source and its articles; False when there is none.

    Raises:
        NotPossible: the configuration names it.
    """
    row = _row(unit, id)
    if row is None:
        return False
    if row["configured"]:
        raise NotPossible(f"{row['place']}: {_CONFIGURED}")
    _remove(unit, row)
    return True


def configure(unit: Unit, places: Sequence[Place]) -> list[str]:
    """Make the configured sources these: new and changed ones are due at once, and so are files
    and folders; websites that were read within the hour are left in peace. Articles of those that
    are no longer configured are removed. Returns the places of the latter."""
    wanted = {place.origin: place for place in places}
    gone: list[str] = []
    for row in unit.all(
        select(table).where(table.c.tenant_id == unit.tenant, table.c.configured.is_(True))
    ):
        if row["origin"] not in wanted:
            gone.append(row["place"])
            _remove(unit, row)
    for place in wanted.values():
        _insert(unit, place, configured=True)
        row = of_origin(unit, place.origin)
        if row is not None and _is_due(row, place, unit.now):
            _again(unit, row["id"], configured=True, **_columns(place))
    unit.emit(SOURCES, LIBRARY)
    return gone


def of_origin(reading: Reading, origin: str) -> RowMapping | None:
    return reading.one(
        select(table).where(table.c.tenant_id == reading.tenant, table.c.origin == origin)
    )


def _row(unit: Unit, id: str) -> RowMapping | None:
    return unit.one(select(table).where(table.c.tenant_id == unit.tenant, table.c.id == id))


def _is_due(row: RowMapping, place: Place, now: float) -> bool:
    if not row["configured"] or any(row[name] != value for name, value in _columns(place).items()):
        return True
    stale = (row["synced_at"] or 0.0) < now - FRESH_SECONDS
    return (place.kind == "path" or stale) and not _is_being_read(row, now)


def _is_being_read(row: RowMapping, now: float) -> bool:
    return row["state"] == "reading" and (row["claimed_until"] or 0.0) >= now


def _insert(unit: Unit, place: Place, *, configured: bool) -> None:
    unit.insert_once(
        table,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        origin=place.origin,
        configured=configured,
        created_at=unit.now,
        due_at=unit.now,
        **_columns(place),
    )


def _columns(place: Place) -> dict[str, object]:
    return {
        "kind": place.kind,
        "place": place.place,
        "sha256": place.sha256,
        "audience": place.about.audience,
        "language": place.about.language,
        "owner": place.about.owner,
        "demo": place.about.demo,
        "refresh_hours": place.refresh_hours,
    }


def _again(unit: Unit, id: str, **columns: object) -> None:
    """Due now, on these terms; whoever is reading it on older ones has lost its claim."""
    unit.execute(
        update(table)
        .where(table.c.tenant_id == unit.tenant, table.c.id == id)
        .values(
            state="waiting",
            done=0,
            total=None,
            error=None,
            due_at=unit.now,
            claim=table.c.claim + 1,
            claimed_by=None,
            claimed_until=None,
            **columns,
        )
    )
    unit.emit(SOURCES, LIBRARY)


def _remove(unit: Unit, row: RowMapping) -> None:
    unit.execute(
        delete(table).where(and_(table.c.tenant_id == unit.tenant, table.c.id == row["id"]))
    )
    remove_origin(unit, row["origin"])
    unit.emit(LIBRARY)


def _view(row: RowMapping) -> SourceView:
    problems = tuple(
        SourceProblem(str(each["place"]), str(each["message"]))
        for each in loads_list(row["problems"])
    )
    return SourceView(
        id=row["id"],
        kind=row["kind"],
        origin=row["origin"],
        place=row["place"],
        audience=row["audience"],
        language=row["language"],
        owner=row["owner"],
        demo=row["demo"],
        configured=row["configured"],
        refresh_hours=row["refresh_hours"],
        state=row["state"],
        done=row["done"],
        total=row["total"],
        error=row["error"],
        problems=problems,
        due_at=row["due_at"],
        synced_at=row["synced_at"],
        documents=row["documents"],
    )
