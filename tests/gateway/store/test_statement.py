"""Prepared statements mean what Core's mean, on both engines, and fail as Core's fail."""

from __future__ import annotations

import pytest
from sqlalchemy import RowMapping, bindparam, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from gateway.errors import StoreUnavailable
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import requests
from gateway.store.statement import Prepared
from gateway.store.store import Store
from gateway.store.unit import Unit

FIND = Prepared(select(conversations).where(conversations.c.id == bindparam("conversation")))
COVER = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(covered=bindparam("now_covered"), epoch=conversations.c.epoch + 1)
    .returning(conversations.c.covered, conversations.c.epoch)
)


def open_one(unit: Unit) -> None:
    unit.insert(
        conversations,
        id="one",
        channel="line",
        address="c1",
        contact_id="ada",
        created_at=1.5,
        updated_at=1.5,
    )


async def test_a_prepared_query_gives_the_same_row_as_cores(store: Store) -> None:
    await store.write(open_one)

    def core(unit: Unit) -> RowMapping | None:
        return unit.one(select(conversations).where(conversations.c.id == "one"))

    prepared = await store.write(lambda unit: unit.one(FIND, conversation="one"))
    plain = await store.write(core)
    assert prepared is not None
    assert plain is not None
    assert dict(prepared) == dict(plain)
    assert prepared["covered"] is False
    assert prepared["created_at"] == 1.5
    assert prepared["case_id"] is None


async def test_what_a_change_returns_has_its_types(store: Store) -> None:
    await store.write(open_one)
    row = await store.write(lambda u: u.one(COVER, conversation="one", now_covered=True))
    assert row is not None
    assert row["covered"] is True
    assert row["epoch"] == 1


async def test_nothing_found_is_none_and_nothing_changed_is_zero(store: Store) -> None:
    put = Prepared(update(requests).where(requests.c.id == bindparam("known")).values(verb="y"))
    assert await store.write(lambda unit: unit.one(FIND, conversation="none")) is None
    assert await store.write(lambda unit: unit.scalar(FIND, conversation="none")) is None
    assert await store.write(lambda unit: unit.changed(put, known="none")) == 0


async def test_a_missing_or_an_unknown_value_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match=r"'conversation'. are needed and .. are given"):
        await store.write(lambda unit: unit.one(FIND))
    with pytest.raises(TypeError, match=r"'now_covered'. are needed"):
        await store.write(lambda unit: unit.one(COVER, conversation="x"))


async def test_a_taken_key_is_an_integrity_error_that_hides_the_values(store: Store) -> None:
    await store.write(open_one)
    with pytest.raises(IntegrityError) as caught:
        await store.write(open_one)
    assert "ada" not in str(caught.value.statement)
    assert caught.value.params is None


async def test_a_unit_that_fails_leaves_the_others_of_its_transaction(store: Store) -> None:
    def twice(unit: Unit) -> None:
        open_one(unit)
        with pytest.raises((OperationalError, ProgrammingError)):
            unit.execute(text("SELECT nothing FROM nowhere"))
        raise LookupError("changed its mind")

    with pytest.raises((LookupError, StoreUnavailable)):
        await store.write(twice)
    assert await store.read(lambda reading: reading.one(FIND, conversation="one")) is None
    await store.write(open_one)
    assert await store.read(lambda reading: reading.one(FIND, conversation="one")) is not None
