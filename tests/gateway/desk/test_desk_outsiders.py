"""Whoever is not on the staff reaches no customer and commands nothing, whatever they write or
press in a thread: thousands of generated attempts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from channels.events import Address, Chosen, Deleted, Edited, Event, InboundMessage, Sender
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import BEN, DESK_CHAT, SLACK, Office, open_office
from tests.platforms.slack_workspace import TEAM

ATTEMPTS, INJECTIONS = 1_000, 300
WORDS = ("take", "send", "note", "assign", "return", "snooze", "resolve", "block", "ask", "reject")
BEFORE = (
    "",
    " ",
    "\u200b",
    "\u2060",
    "\n",
    "> ",
    "`",
    "*",
    "!",
    "// ",
    ">> ",
    "<@U0BOT> ",
    "please: ",
)
SIGNS = ("!", "\uff01", "\u200b!", "! ", "/", "!!", "¡")
TEXTS = ("your money is on its way", "@U0EVE", "2h", "", "yes", "!take\n!send hello", "*bold*")
# Whom Slack could show: another workspace's member with the same id, the id in another form, a bot,
# a guest, somebody whom nobody knows.
STRANGERS = (
    Sender((f"{TEAM}/U0EVE",)),
    Sender((f"T0OTHER/{BEN}",)),
    Sender((BEN,)),
    Sender((f"{TEAM}/{BEN} ",)),
    Sender((f"{TEAM.lower()}/{BEN.lower()}",)),
    Sender((f"/{BEN}",)),
    Sender((f"{TEAM}/",)),
    Sender(("%/%",)),
    Sender((f"{TEAM}/x", f"{TEAM}/{BEN}")),
    Sender((f"{TEAM}/{BEN}",), guest=True),
    Sender((f"{TEAM}/{BEN}",), kind="bot"),
    Sender((f"{TEAM}/U0EVE",), kind="operator"),
    Sender(()),
)


def attempt(number: int, random: random.Random, where: Address) -> Event:
    sender = random.choice(STRANGERS)
    word = f"{random.choice(SIGNS)}{random.choice(WORDS)} {random.choice(TEXTS)}"
    text = random.choice(BEFORE) + random.choice((word, word.upper(), random.choice(TEXTS)))
    match random.randrange(5):
        case 0:
            choice = random.choice(
                ("take", "return", "resolve", "send_draft", "undo:x", "transcript")
            )
            return Chosen(f"p{number}", where, f"{TEAM}/{DESK_CHAT}/1.1", choice, sender)
        case 1:
            return Edited(f"e{number}", where, f"{TEAM}/{DESK_CHAT}/{number}", text, sender)
        case 2:
            return Deleted(f"d{number}", where, f"{TEAM}/{DESK_CHAT}/{number}", sender)
        case _:
            return InboundMessage(f"m{number}", where, text or ".", sender)


async def state_of(office: Office) -> tuple[object, ...]:
    row = await office.rig.conversation()
    said = await office.rig.messages()
    return row["owner"], row["staff_id"], row["epoch"], row["blocked_at"], len(said)


async def tried(office: Office, events: Sequence[Event]) -> None:
    for start in range(0, len(events), 100):
        await asyncio.gather(*(office.door.accept(each) for each in events[start : start + 100]))
    while await office.loop.once():
        pass


async def test_of_1000_attempts_of_strangers_none_reaches_the_customer(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(sqlite_store, clock, tmp_path) as office:
        head = await office.hand_over()
        await office.says("!take", head)
        where = Address(DESK_CHAT, head["ts"])
        before, got = await state_of(office), list(office.customer_got)
        seeded = random.Random(7)
        await tried(office, [attempt(number, seeded, where) for number in range(ATTEMPTS)])
        assert await state_of(office) == before
        assert [row["state"] for row in await office.rig.deliveries()].count("queued") == 0
        assert office.customer_got == got
        assert len(await office.outcomes()) == 1
        kept = [one for one in await office.recorded() if not one.startswith("ignored")]
        assert kept == ["kept: staff said"]


async def test_of_300_orders_in_customers_words_none_has_an_effect(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """A customer writes what staff would, on their own channel: it is shown, and does nothing."""
    async with open_office(sqlite_store, clock, tmp_path) as office:
        head = await office.hand_over()
        await office.says("!take", head)
        owner = (await state_of(office))[:4]
        seeded = random.Random(11)
        texts = [
            f"{seeded.choice(SIGNS)}{seeded.choice(WORDS)} {seeded.choice(TEXTS)} {number}"
            for number in range(INJECTIONS)
        ]
        await asyncio.gather(*(office.rig.say(text) for text in texts))
        while await office.loop.once():
            pass
        assert (await state_of(office))[:4] == owner
        assert len(await office.outcomes()) == 1
        assert SLACK in office.sending


async def test_the_same_words_of_staff_do_have_effects(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    """What the attempts above would do, were they believed."""
    async with open_office(sqlite_store, clock, tmp_path) as office:
        head = await office.hand_over()
        where, ben = Address(DESK_CHAT, head["ts"]), Sender((f"{TEAM}/{BEN}",))
        await tried(office, [InboundMessage("m", where, "!send hello", ben)])
        await office.settle()
        assert office.customer_got[-1] == "hello"
