"""Finding conversations: by words, tag, rating and doubt; on both engines by the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.desk.inbox import Filters, Wanted, listed
from gateway.desk.narrowing import MOST_WORDS, Narrowed, counts, tags_in_use
from gateway.desk.tagging import MOST, TooManyTags, tag
from gateway.desk.words import words
from gateway.store.schema.conversation import messages
from gateway.store.schema.inbox import search_words
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.after import After
from tests.gateway.pipeline.conftest import rig as rig  # noqa: PLC0414  # a fixture of the neighbours'
from tests.gateway.pipeline.rig import ADA, Rig


@pytest.fixture
def after(rig: Rig) -> After:
    return After(rig)


@pytest.fixture
def light(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> After:
    """For what does not depend on the engine."""
    return After(Rig(sqlite_store, clock, tmp_path))


async def found(rig: Rig, **narrowed: Any) -> list[str]:
    wanted = Wanted(Filters(ADA.id, narrowed=Narrowed(**narrowed)))
    page = await rig.store.read(lambda reading: listed(reading, wanted, {}))
    return sorted(item["last_message"]["snippet"] for item in page.items)


async def indexed(after: After, seconds: float = 21.0) -> None:
    after.rig.clock.pass_(seconds)
    while await after.indexing.index_quiet():
        pass


async def test_words_are_found_by_their_beginning_without_case_and_accents(after: After) -> None:
    rig = after.rig
    await rig.say("Where is my Parcel to Düsseldorf?", "a")
    await rig.say("The parcels leak", "b")
    assert await found(rig, find="parcel") == []
    await indexed(after)
    assert await found(rig, find="parcel") == [
        "The parcels leak",
        "Where is my Parcel to Düsseldorf?",
    ]
    assert await found(rig, find="DUSSELDORF parcel") == ["Where is my Parcel to Düsseldorf?"]
    assert await found(rig, find="user-b leak") == ["The parcels leak"]
    assert await found(rig, find="arcel") == []
    assert await found(rig, find="%") == []
    assert await found(rig, find="' OR 1=1 --") == []


async def test_what_was_taken_back_or_masked_is_not_found(after: After) -> None:
    rig = after.rig
    await rig.say("My card is 4111 1111 1111 1111", "a")
    await rig.say("Secret word: rhubarb", "b")
    await indexed(after)
    assert await found(rig, find="4111") == []
    assert await found(rig, find="rhubarb") == ["Secret word: rhubarb"]
    row = await rig.conversation("b")
    await rig.store.write(
        lambda unit: unit.execute(
            update(messages)
            .where(messages.c.conversation_id == row["id"])
            .values(deleted_at=unit.now)
        )
    )
    await rig.say("Never mind", "b")
    await indexed(after)
    assert await found(rig, find="rhubarb") == []
    assert await found(rig, find="mind") == ["Never mind"]


async def test_a_conversation_is_left_alone_while_it_goes_on(light: After) -> None:
    await light.rig.say("Where is my parcel?")
    await indexed(light, 19.0)
    assert await found(light.rig, find="parcel") == []
    await indexed(light, 2.0)
    assert len(await found(light.rig, find="parcel")) == 1


async def test_the_same_again_writes_nothing(light: After, clock: ManualClock) -> None:
    await light.rig.say("Where is my parcel?")
    await indexed(light)
    before = await light.rows(search_words)
    other = After(light.rig)
    await indexed(other)
    assert await light.rows(search_words) == before
    assert clock is light.rig.clock


async def test_ratings_and_doubts_narrow(after: After) -> None:
    rig = after.rig
    await after.rated(2, "low")
    await after.rated(5, "high")
    await rig.say("Not rated", "none")
    await rig.settle()
    assert len(await found(rig, rating="low")) == 1
    assert len(await found(rig, rating="any")) == 2
    assert len(await found(rig, rating="5")) == 1
    assert await found(rig, rating="3") == []
    assert await found(rig, confidence_below=1.0) == []
    await rig.store.write(lambda unit: unit.execute(update(turns).values(confidence=0.4)))
    (unsure,) = await found(rig, confidence_below=0.5)
    assert unsure.endswith("Not rated")


async def test_a_turn_says_how_sure_it_was(light: After) -> None:
    await light.rig.say("Hello")
    await light.rig.settle()
    sure = await light.rig.store.read(lambda reading: reading.scalar(select(turns.c.confidence)))
    assert sure == 1.0


async def test_tags(after: After) -> None:
    rig = after.rig
    await rig.say("Where is it?", "a")
    await rig.say("It leaks", "b")
    row = await rig.conversation("a")

    async def put(add: list[str], remove: list[str]) -> list[str]:
        return await rig.store.write(lambda unit: tag(unit, row["id"], ADA, add, remove))

    assert await put(["vip", "late"], []) == ["late", "vip"]
    assert await put(["vip"], ["late"]) == ["vip"]
    assert await found(rig, tag="vip") == ["Where is it?"]
    assert await rig.store.read(tags_in_use) == ["vip"]
    with pytest.raises(TooManyTags):
        await put([f"tag {number}" for number in range(MOST)], [])
    assert await found(rig, tag="tag 1") == []


async def test_counts_are_those_of_the_queues(after: After) -> None:
    rig = after.rig
    for chat in ("a", "b", "c"):
        await rig.say("Hello", chat)
    await rig.staff("take", chat="a")
    assert await rig.store.read(lambda reading: counts(reading, ADA.id)) == {
        "waiting": 0,
        "mine": 1,
        "people": 1,
        "to_read": 0,
    }


async def test_the_longest_waiting_come_first_where_asked(light: After) -> None:
    rig = light.rig
    for chat in ("first", "second"):
        await rig.say(chat, chat)
        rig.clock.pass_(5.0)
    wanted = Wanted(Filters(ADA.id), waiting_longest=True)
    page = await rig.store.read(lambda reading: listed(reading, wanted, {}))
    assert [item["last_message"]["snippet"] for item in page.items] == ["first", "second"]


def test_what_words_are() -> None:
    assert words("Où est l’ÉTÉ-2024? a") == {"ou", "est", "ete", "2024"}
    assert words("x" * 100) == {"x" * 40}
    assert len(words(" ".join(f"word{number}" for number in range(20)))) > MOST_WORDS
