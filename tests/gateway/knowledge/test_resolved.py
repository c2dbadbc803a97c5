"""What staff answered becomes drafts, without what is personal, and never by itself an article."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.knowledge.catalogue import Wanted, article, articles, publish, remove, sources
from gateway.knowledge.records import About, Article
from gateway.knowledge.resolved import DAY, place_of_conversations
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.sources import Sources
from gateway.knowledge.syncing import Synced
from gateway.store.schema.conversation import cases, contacts, conversations, identities, messages
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock
from tests.gateway.knowledge.site import Desk, syncing

QUESTION = "Hello, I am Ann. Can I return boots that I wore once, order 77?"
ANSWER = "Yes Ann: boots that were worn once indoors may come back within 60 days, clean and dry."
Line = tuple[str, str]


def write_case(
    unit: Unit, id: str, lines: Sequence[Line], *, resolved: bool = True, days_ago: float = 1.0
) -> None:
    at = unit.now - days_ago * DAY
    unit.insert(contacts, id=f"c{id}", name="Ann Müller", created_at=at)
    unit.insert(
        identities, id=f"i{id}", contact_id=f"c{id}", channel="web", external_id=id, name="ann_m"
    )
    unit.insert(
        conversations,
        id=f"v{id}",
        channel="web",
        address=id,
        contact_id=f"c{id}",
        language="en",
        created_at=at,
        updated_at=at,
    )
    unit.insert(
        cases,
        id=id,
        conversation_id=f"v{id}",
        number=1,
        opened_at=at,
        resolved_at=at if resolved else None,
        outcome="staff" if resolved else None,
    )
    for seq, (author, text) in enumerate(lines, start=1):
        kind = "note" if author == "note" else "message"
        unit.insert(
            messages,
            id=f"m{id}{seq}",
            conversation_id=f"v{id}",
            case_id=id,
            seq=seq,
            author="staff" if author == "note" else author,
            kind=kind,
            body=text,
            notice="joined" if author == "system" else None,
            at=at,
        )


async def happened(
    desk: Desk, id: str, *lines: Line, resolved: bool = True, days_ago: float = 1.0
) -> None:
    await desk.store.write(
        lambda unit: write_case(unit, id, lines, resolved=resolved, days_ago=days_ago)
    )


async def gather(desk: Desk, days: float = 90.0) -> Synced:
    made = Sources(desk.store, syncing(desk.store, desk.files), "test")
    return await made.add(place_of_conversations(About(), days))


async def drafts(store: Store) -> list[str]:
    page = await store.read(lambda reading: articles(reading, Wanted(state="draft")))
    return sorted(item.id for item in page.items)


async def draft(store: Store, id: str) -> Article:
    found = await store.read(lambda reading: article(reading, id))
    assert found is not None
    return found


async def test_an_answered_case_becomes_a_draft_without_names_notes_and_notices(
    desk: Desk,
) -> None:
    await happened(
        desk,
        "one",
        ("customer", QUESTION),
        ("assistant", "I do not know."),
        ("system", "Kim has joined."),
        ("note", "Ann is a difficult customer"),
        ("staff", ANSWER),
        ("staff", "You reach us at 020 7946 0958."),
    )
    synced = await gather(desk)
    assert synced.change.added == ("conversation-one",)
    found = await draft(desk.store, "conversation-one")
    assert found.title == ("Hello, I am […]. Can I return boots that I wore once, order […]?")
    assert found.body == (
        "Yes […]: boots that were worn once indoors may come back within 60 days, clean and dry."
        "\n\nYou reach us at […]."
    )
    assert (found.draft, found.format, found.language) == (True, "conversation", "en")
    assert await StoredPassages(desk.store).all("main") == []
    (source,) = await desk.store.read(sources)
    assert (source.kind, source.documents, source.due_at) == ("conversations", 1, None)


@pytest.mark.parametrize(
    ("lines", "resolved", "days_ago"),
    [
        ([("customer", QUESTION), ("staff", ANSWER)], False, 1.0),
        ([("customer", QUESTION), ("staff", ANSWER)], True, 91.0),
        ([("customer", QUESTION), ("assistant", ANSWER)], True, 1.0),
        ([("customer", QUESTION), ("note", ANSWER)], True, 1.0),
        ([("customer", QUESTION), ("staff", "You are welcome!")], True, 1.0),
        ([("customer", "020 7946 0958"), ("staff", ANSWER)], True, 1.0),
        ([("staff", ANSWER)], True, 1.0),
    ],
)
async def test_what_teaches_nothing_becomes_none(
    small_desk: Desk, lines: list[Line], *, resolved: bool, days_ago: float
) -> None:
    await happened(small_desk, "one", *lines, resolved=resolved, days_ago=days_ago)
    assert not (await gather(small_desk)).change.anything
    assert await drafts(small_desk.store) == []


async def test_gathering_again_brings_only_what_is_new(desk: Desk, clock: ManualClock) -> None:
    await happened(desk, "one", ("customer", QUESTION), ("staff", ANSWER))
    await gather(desk)
    clock.pass_(DAY)
    await happened(desk, "two", ("customer", QUESTION), ("staff", ANSWER), days_ago=0.5)
    synced = await gather(desk)
    assert (synced.change.added, synced.change.removed) == (("conversation-two",), ())
    assert await drafts(desk.store) == ["conversation-one", "conversation-two"]


async def test_a_rejected_draft_leaves_no_word_and_never_comes_back(desk: Desk) -> None:
    await happened(desk, "one", ("customer", QUESTION), ("staff", ANSWER))
    await gather(desk)
    assert await desk.store.write(lambda unit: remove(unit, ["conversation-one"])) == (
        "conversation-one",
    )
    assert not (await gather(desk)).change.anything
    assert await drafts(desk.store) == []
    assert not await desk.store.write(lambda unit: remove(unit, ["conversation-one"]))
    assert not await publish(desk.store, "conversation-one")
    (source,) = await desk.store.read(sources)
    assert source.documents == 0


async def test_a_published_draft_answers_and_stays(desk: Desk) -> None:
    await happened(desk, "one", ("customer", QUESTION), ("staff", ANSWER))
    await gather(desk)
    assert await publish(desk.store, "conversation-one")
    await gather(desk)
    (passage,) = await StoredPassages(desk.store).all("main")
    assert "60 days" in passage.text
