"""Rules of escalation hold of what the gateway knows: who writes, from where, when, how often."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from brain.agent import Agent
from brain.contract import Citation, Filter, Hit, KnowledgeUnavailable, Passage
from brain.models.extractive import Answer, Asked
from brain.settings import BrainSettings
from brain.triage import taxonomy
from brain.triage.classifier import shipped
from brain.triage.intents import Understood
from channels.events import Address, InboundMessage, Profile, Reacted, Sender
from gateway.config.hours import parse_hours, parse_zone
from gateway.conversations.ownership import expect, resolve
from gateway.store.schema.conversation import cases, contacts
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.turns.who import Needs, needs_of
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig

ADA = "ada@big.example"
SHUT = parse_hours({"mon": "00:00-00:01"}, parse_zone("UTC"), ())
ALWAYS = parse_hours("always", parse_zone("UTC"), ())
RETURNS = Passage(
    "r1", "returns", "main", "Returns", ("Returns",),
    "You can return anything within 60 days of delivery.",
)  # fmt: skip


class ByWord:
    """Knows what a message is about by one word of it."""

    WORDS: ClassVar = {
        "lawyer": "legal",
        "return": "returns",
        "parcel": "shipping",
        "tent": "product",
    }

    def read(self, text: str) -> Understood:
        name = next((i for word, i in self.WORDS.items() if word in text.casefold()), None)
        topic = "legal" if name == "legal" else None
        return Understood(name, topic, 0.9, 0.9 if name else 0.0)


class Shelf:
    """One article for everything, or a failure."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        if self.broken:
            raise KnowledgeUnavailable("being built")
        return [Hit(RETURNS, 0.9, 0.9, 0.9)]


class Quoting:
    """Answers everything as surely as it is told to."""

    name = "quoting"

    def __init__(self, sure: float) -> None:
        self.sure = sure

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer:
        text = hits[0].passage.text
        cited = Citation("r1", "Returns", None, text)
        return Answer(text, (cited,), self.sure)


# Files are read here and not on the loop.
READER, _ = shipped(ByWord()), taxonomy.shipped()


class Ruled:
    """A rig whose brain has rules; Ada writes."""

    def __init__(self, rig: Rig, escalation: dict[str, Any], *, sure: float = 0.9) -> None:
        settings = BrainSettings.model_validate({"escalation": escalation})
        self.rig = rig
        rig.needs = needs_of(settings.escalation)
        rig.thinks = Agent(Shelf(), READER, Quoting(sure), settings, rig.clock)

    async def say(
        self, text: str = "Can I return my boots?", chat: str = "c1", **more: Any
    ) -> str | None:
        """Why people got it; None where it was answered."""
        sender = more.pop("sender", Sender((ADA,), "Ada"))
        place = Address(chat, more.pop("thread", None))
        event = InboundMessage(uuid4().hex, place, text, sender, **more)
        await self.rig.accept(event)
        await self.rig.settle()
        row = await self.rig.conversation(place.key)
        return row["reason"] if row["owner"] == "queue" else None

    async def known(self, **values: object) -> None:
        """What the business knows of Ada."""
        await self.rig.store.write(lambda unit: unit.execute(update(contacts).values(**values)))

    async def failures(self) -> list[int]:
        rows = await self.rig.store.read(lambda r: r.all(select(cases.c.unsuccessful)))
        return [row["unsuccessful"] for row in rows]


def rule(**when: Any) -> dict[str, Any]:
    return {"rules": [{"name": "mine", "when": when}]}


NOTHING: dict[str, Any] = {}
VIPS = {"customers": [{"senders": ["*@big.example"], "vip": True, "tags": ["school"]}]}
GOLD = {"customers": [{"senders": ["*@big.example"], "tier": "gold"}], **rule(customers=["gold"])}


@pytest.mark.parametrize(
    ("escalation", "said", "reason"),
    [
        (NOTHING, {}, None),
        (NOTHING, {"text": "My lawyer wants this return"}, "legal"),
        ({"people_only": [CHANNEL]}, {}, "people_only"),
        ({"people_only": ["another"]}, {}, None),
        (rule(channels=[CHANNEL]), {}, "rule_mine"),
        (rule(senders=["ada@*"]), {}, "rule_mine"),
        (rule(senders=["*@big.example"]), {}, "rule_mine"),
        (rule(senders=["*@small.example"]), {}, None),
        (rule(places=["C0VIP"]), {"chat": "C0VIP", "thread": "171.2"}, "rule_mine"),
        (rule(places=["C0VIP"]), {"chat": "C0OTHER", "thread": "171.2"}, None),
        (rule(places=["help+gold@*"]), {"place": "help+gold@shop.example"}, "rule_mine"),
        (rule(places=["sales@*"]), {"place": "help@shop.example"}, None),
        (rule(words=["boots"]), {}, "rule_mine"),
        (rule(intents=["returns"]), {}, "rule_mine"),
        (rule(intents=["shipping"]), {}, None),
        (rule(topics=["legal"]), {}, None),
        (rule(languages=["de"]), {"text": "Wie kann ich die Stiefel denn zurückgeben?"},
         "rule_mine"),
        (rule(amount_above=50), {"text": "I want my 80 euros for the return"}, "rule_mine"),
        (rule(amount_above=90), {"text": "I want my 80 euros for the return"}, None),
        (rule(confidence_below=0.95), {}, "rule_mine"),
        (rule(confidence_below=0.85), {}, None),
        (rule(verified=True), {}, None),
        (rule(verified=True), {"sender": Sender((ADA,), verified="dmarc")}, "rule_mine"),
        (rule(verified=False), {}, "rule_mine"),
        (rule(frustrated=True), {"text": "This is outrageous!!! You are useless, my return?!"},
         "rule_mine"),
        (VIPS, {}, "vip"),
        (VIPS, {"sender": Sender(("ada@small.example",))}, None),
        (GOLD, {}, "rule_mine"),
        ({**VIPS, **rule(tags=["school"])}, {}, "vip"),
        (rule(customers=["gold"]), {"sender": Sender((ADA,), profile=Profile(tier="gold"))},
         "rule_mine"),
        (rule(tags=["club"]), {"sender": Sender((ADA,), profile=Profile(tags=("club",)))},
         "rule_mine"),
        (NOTHING, {"sender": Sender((ADA,), profile=Profile(vip=True))}, "vip"),
        (NOTHING, {"sender": Sender((ADA,), profile=Profile(prefers_person=True))},
         "prefers_person"),
    ],
)  # fmt: skip
async def test_a_rule_holds_of_what_the_gateway_knows(
    sqlite_store: Store,
    clock: ManualClock,
    tmp_path: Path,
    escalation: dict[str, Any],
    said: dict[str, Any],
    reason: str | None,
) -> None:
    ruled = Ruled(Rig(sqlite_store, clock, tmp_path), escalation)
    assert await ruled.say(**said) == reason


@pytest.mark.parametrize(("open_", "reason"), [(True, "rule_mine"), (False, None), (None, None)])
async def test_a_rule_of_the_hours(rig: Rig, open_: bool | None, reason: str | None) -> None:
    rig.hours = {True: ALWAYS, False: SHUT, None: None}[open_]
    assert await Ruled(rig, rule(hours="open")).say() == reason


async def test_what_staff_know_of_a_customer_holds_from_their_next_message_on(rig: Rig) -> None:
    ruled = Ruled(rig, rule(customers=["gold"]))
    assert await ruled.say() is None
    await ruled.known(tier="gold")
    assert await ruled.say("And can I return my tent?") == "rule_mine"


async def test_in_a_room_the_rules_look_at_who_speaks(rig: Rig) -> None:
    ruled = Ruled(rig, VIPS)
    eve = Sender(("eve@small.example",), "Eve")
    assert await ruled.say(chat="room", sender=eve, public=True) is None
    await ruled.say("Can I return my tent?", "room", public=True)
    told = await rig.store.read(lambda r: r.all(select(turns.c.reasons)))
    assert ["vip" in row["reasons"] for row in told] == [False, True]


async def resolved(rig: Rig, chat: str) -> None:
    row = await rig.conversation(chat)
    await rig.store.write(lambda unit: resolve(unit, expect(unit, row["id"], None), "answered"))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (["Can I return my boots?", "How do I return a rope?", "Return of a hat?"],
         "contact_again"),
        (["Can I return my boots?", "Where is my parcel?", "Return of a hat?"], None),
        # A broad matter is the same only where its words are.
        (["Which tent is light?", "Which tent is the driest?", "Is a tent in the sale?"], None),
        (["Is the tent waterproof?", "Is your tent waterproof?", "tent waterproof?"],
         "contact_again"),
    ],
)  # fmt: skip
async def test_the_third_contact_on_the_same_matter(
    rig: Rig, asked: list[str], reason: str | None
) -> None:
    ruled = Ruled(rig, {})
    found: str | None = None
    for number, text in enumerate(asked):
        # Another case each time, and another chat of the same person.
        found = await ruled.say(text, f"c{number % 2}")
        if number + 1 < len(asked):
            assert found is None
            await resolved(rig, f"c{number % 2}")
            rig.clock.pass_(3_600.0)
    assert found == reason


async def test_a_contact_of_long_ago_is_another_story(rig: Rig) -> None:
    ruled = Ruled(rig, {})
    for number in range(3):
        assert await ruled.say(f"Can I return my {number} boots?") is None
        await resolved(rig, "c1")
        rig.clock.pass_(8 * 86_400.0)


async def test_what_did_not_help_counts_whatever_says_so(rig: Rig) -> None:
    ruled = Ruled(rig, {"unsuccessful": 3})
    assert await ruled.say("Can I return my boots?") is None
    assert await ruled.failures() == [0]
    assert await ruled.say("That did not help") is None
    assert await ruled.failures() == [1]
    await rig.accept(Reacted(uuid4().hex, Address("c1"), "ext-1", "👎", Sender((ADA,))))
    assert await ruled.failures() == [2]
    assert await ruled.say("can I return my boots") == "unsuccessful_exchanges"


@pytest.mark.parametrize("text", ["That did not help", "can i return my boots??", "asdfgh", "no"])
async def test_each_sort_of_failure_counts(rig: Rig, text: str) -> None:
    ruled = Ruled(rig, {})
    await ruled.say("Can I return my boots?")
    await ruled.say(text)
    assert await ruled.failures() == [1]
    assert await ruled.say(f"{text} ") == "unsuccessful_exchanges"


async def test_thumbs_alone_call_a_person(rig: Rig) -> None:
    ruled = Ruled(rig, {})
    await ruled.say("Can I return my boots?")
    await ruled.say("And how long does the return take?")

    async def thumb(message: str, emoji: str = "👎", *, removed: bool = False) -> None:
        ada = Sender((ADA,))
        await rig.accept(Reacted(uuid4().hex, Address("c1"), message, emoji, ada, removed))

    await thumb("ext-1")
    await thumb("ext-1", "👎🏽")
    assert await ruled.failures() == [1]
    await thumb("ext-1", removed=True)
    await thumb("ext-1", "👎🏽", removed=True)
    assert await ruled.failures() == [0]
    await thumb("ext-1")
    await thumb("ext-2")
    assert await ruled.failures() == [2]
    assert await ruled.say("What does the return cost?") == "unsuccessful_exchanges"


async def test_failures_count_for_their_own_matter(rig: Rig) -> None:
    ruled = Ruled(rig, {})
    await ruled.say("Can I return my boots?")
    await ruled.say("That did not help")
    assert await ruled.failures() == [1]
    assert await ruled.say("Where is my parcel now?") is None
    assert await ruled.failures() == [0]
    assert await ruled.say("That did not help") is None
    assert await ruled.say("That did not help either") == "unsuccessful_exchanges"


async def test_who_goes_on_with_the_assistant_begins_anew(rig: Rig) -> None:
    rig.hours = SHUT
    ruled = Ruled(rig, {})
    for text in ("Can I return my boots?", "That did not help", "That did not help me"):
        await ruled.say(text)
    assert (await rig.conversation())["owner"] == "queue"
    await rig.press("keep_going")
    assert await ruled.say("And where is my parcel?") is None
    assert await ruled.failures() == [0]


async def test_what_no_rule_looks_at_is_not_read(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path)
    ruled, seen = Ruled(rig, {}), list[str]()

    def watch(unit: Unit) -> None:
        connection = unit.connection.connection.dbapi_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(seen.append)

    await sqlite_store.write(watch)
    await ruled.say()
    assert [sql for sql in seen if "recent_cases" in sql]
    looked = [sql for sql in seen if sql.startswith("SELECT identities.external_id")]
    earlier = [sql for sql in seen if sql.startswith("SELECT cases.intent, cases.question")]
    assert (looked, earlier) == ([], [])
    rig.needs = Needs(senders=True, contacts=1)
    await ruled.say("And can I return my tent?")
    assert any(sql.startswith("SELECT identities.external_id") for sql in seen)
    assert any(sql.startswith("SELECT cases.intent, cases.question") for sql in seen)
