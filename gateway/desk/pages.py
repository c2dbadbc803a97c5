"""Cursors of lists: where the next page begins, as a text that clients hand back unread."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from gateway.errors import FrontdeskError

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
