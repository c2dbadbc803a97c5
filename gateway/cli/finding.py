"""Finding the row that somebody means by the beginning of its id. Reads only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, Table, or_, select

from gateway.cli.failures import Failed, Misused
from gateway.store.unit import Reading

SHORTEST = 6
_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Found:
    """``what`` is the word under which the row's table was handed in."""

    what: str
    id: str


def find(reading: Reading, tables: Mapping[str, Table], given: str) -> Found:
    """
    Raises:
        Failed: there is none. Misused: too short, or the beginning of several.
    """
    names = " or ".join(tables)
    if _FORM.fullmatch(given) is None:
        raise Misused(f"{given!r} is no id; an id is letters and digits, as the lists show it")
    found = [
        Found(what, row["id"])
        for what, table in tables.items()
        for row in reading.all(_matching(reading.tenant, table, given))
    ]
    exact = [one for one in found if one.id == given]
    if exact:
        return exact[0]
    if len(given) < SHORTEST:
        raise Misused(f"give at least the first {SHORTEST} characters of the id")
    if not found:
        raise Failed(f"there is no {names} whose id begins with {given}")
    if len(found) > 1:
        raise Misused(f"several ids begin with {given}; give more of it")
    return found[0]


def _matching(tenant: str, table: Table, given: str) -> Select[tuple[str]]:
    id = table.c.id
    alike = or_(id == given, id.startswith(given, autoescape=True))
    # Sorted, so that a whole id comes before longer ones.
    return select(id).where(table.c.tenant_id == tenant, alike).order_by(id).limit(2)
