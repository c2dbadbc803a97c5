"""The versions of the settings as rows: appended one after the other, never altered."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select

from gateway.config.editable import section_at
from gateway.config.overlay import Version
from gateway.settings.records import Asked, Kept, SettingsMoved, as_json, from_json
from gateway.store.schema.settings import settings_versions as table
from gateway.store.unit import Reading, Unit, dumps, loads_object

# Woken when there is a new version.
SETTINGS = "settings"


def newest(reading: Reading) -> int:
    """The newest version's number, 0 where there is none."""
    found = select(func.max(table.c.number)).where(table.c.tenant_id == reading.tenant)
    return reading.scalar(found) or 0


def every(reading: Reading) -> list[Kept]:
    """All versions, in their order."""
    return since(reading, 0)


def since(reading: Reading, number: int) -> list[Kept]:
    rows = reading.all(
        select(table)
        .where(table.c.tenant_id == reading.tenant, table.c.number > number)
        .order_by(table.c.number)
    )
    return [_kept(row) for row in rows]


def page(reading: Reading, before: int | None, limit: int) -> Sequence[Kept]:
    """The newest first, from the one before ``before`` on."""
    wanted = select(table).where(table.c.tenant_id == reading.tenant)
    if before is not None:
        wanted = wanted.where(table.c.number < before)
    return [_kept(row) for row in reading.all(wanted.order_by(table.c.number.desc()).limit(limit))]


def kept_by(reading: Reading, request: str) -> int | None:
    """The version that a request made."""
    own = table.c.tenant_id == reading.tenant
    done = reading.scalar(select(table.c.number).where(own, table.c.request == request))
    return None if done is None else int(done)


def append(unit: Unit, asked: Asked, *, judged: bool) -> int:
    """The next version, or the one that this request made before; its number. ``judged`` says that
    it is right over the version that was seen.

    Raises:
        SettingsMoved: there is a newer one than was seen.
    """
    done = kept_by(unit, asked.request)
    if done is not None:
        return done
    number = asked.seen + 1
    # Two nodes that both see none newer meet here: one key, one row.
    if (
        not judged
        or newest(unit) != asked.seen
        or not unit.insert_once(
            table,
            tenant_id=unit.tenant,
            number=number,
            request=asked.request,
            changes=dumps(as_json(asked.changes)),
            why=asked.why,
            undoes=asked.undoes,
            made_by=asked.actor.id,
            made_name=asked.actor.name,
            at=unit.now,
        )
    ):
        raise SettingsMoved(newest(unit), since(unit, asked.seen))
    unit.emit(SETTINGS)
    return number


def _kept(row: RowMapping) -> Kept:
    found = loads_object(row["changes"])
    # A later program may keep more keys than this one knows.
    known = {key: one for key, one in found.items() if section_at(tuple(key.split(".")))}
    version = Version(row["number"], from_json(known))
    return Kept(version, row["why"], row["made_name"], row["at"], row["undoes"])
