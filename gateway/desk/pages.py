"""Pages of lists in the order of a time, and their cursors: where the next page begins, as a text
that clients hand back unread."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_

from gateway.errors import FrontdeskError
from gateway.store.unit import Reading

T = TypeVar("T")
LONGEST = 300


class BadCursor(FrontdeskError):
    """The cursor is not one of this list; begin again without it."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """The last row of a page in one order: its time, and its id where times are equal."""

    order: str
    at: float
    id: str

    def cursor(self) -> str:
        raw = json.dumps([self.order, self.at, self.id], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def place_of(cursor: str | None, order: str) -> Place | None:
    """
    Raises:
        BadCursor: not ours, or of a list in another order.
    """
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor[:LONGEST]) % 4))
        value: object = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(value, list):
        raise BadCursor
    match cast("list[Any]", value):
        case [str(named), (int() | float()) as at, str(id)] if named == order and id.isalnum():
            return Place(order, float(at), id)
        case _:
            raise BadCursor


@dataclass(frozen=True, slots=True)
class Order:
    """A list's own: by the column ``time``, and by ``id`` where times are equal."""

    name: str
    time: ColumnElement[float]
    id: ColumnElement[str]
    newest_first: bool = True

    def page(
        self, reading: Reading, query: Select[Any], cursor: str | None, limit: int
    ) -> Page[RowMapping]:
        """The rows of the page that begins at ``cursor``; ``query`` selects both columns.

        Raises:
            BadCursor.
        """
        time, id = self.time, self.id
        place = place_of(cursor, self.name)
        if place is not None and self.newest_first:
            query = query.where(or_(time < place.at, and_(time == place.at, id < place.id)))
        elif place is not None:
            query = query.where(or_(time > place.at, and_(time == place.at, id > place.id)))
        by = (time.desc(), id.desc()) if self.newest_first else (time, id)
        rows = reading.all(query.order_by(*by).limit(limit + 1))
        shown = rows[:limit]
        if len(rows) <= limit:
            return Page(shown, None)
        last = shown[-1]
        return Page(shown, Place(self.name, last[time], last[id]).cursor())
