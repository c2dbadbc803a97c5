"""The rows of one-time links that make the first member of staff, and nobody after."""

from __future__ import annotations

from sqlalchemy import delete, select

from gateway.people import staff
from gateway.people.records import LinkRefused
from gateway.store.schema.people import sign_in_links
from gateway.store.unit import Reading, Unit

SECONDS = 15 * 60.0


def add_link(unit: Unit, token_hash: str) -> None:
    """
    Raises:
        LinkRefused: staff exists already.
    """
    if staff.exists(unit):
        raise LinkRefused
    unit.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= unit.now))
    unit.insert(
        sign_in_links, token_hash=token_hash, created_at=unit.now, expires_at=unit.now + SECONDS
    )


def is_open(reading: Reading, token_hash: str) -> bool:
    """Whether the link may be spent, as far as one can tell before doing so."""
    ends = reading.scalar(
        select(sign_in_links.c.expires_at).where(sign_in_links.c.token_hash == token_hash)
    )
    return ends is not None and ends > reading.now and not staff.exists(reading)


def spend(unit: Unit, token_hash: str) -> None:
    """Use the link up, and every other with it.

    Raises:
        LinkRefused: which undoes the unit, so that a wrong guess spends nobody's link.
    """
    # One statement takes them all: of two people with two links, the second finds none.
    spent = unit.all(
        delete(sign_in_links).returning(sign_in_links.c.token_hash, sign_in_links.c.expires_at)
    )
    good = any(row["token_hash"] == token_hash and row["expires_at"] > unit.now for row in spent)
    if not good or staff.exists(unit):
        raise LinkRefused
