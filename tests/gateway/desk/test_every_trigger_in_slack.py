"""Every reason to pass a customer on, on every kind of channel, stands in the team's Slack with its
whole brief: the line, and the thread below it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.events import Address
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.people import staff
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import DESK_CHAT, Office, open_office
from tests.gateway.pipeline.rig import ADA
from tests.gateway.pipeline.test_every_trigger import KINDS, TRIGGERS, Told, Trigger
from tests.platforms.slack_workspace import Message, buttons, shown

BUTTONS = {"Take", "Return", "Resolve", "Transcript, files"}
DECIDING = {"Send draft", "Edit and send", "Reject"}
# Here the assistant has not read the last message, so nothing says how its writer sounds.
UNREAD = frozenset({"our failure", "switched off", "paused", "silent for a day", "came back"})
# What the tests' triggers say of a brief, by the line that says it in Slack.
LINES = {"tried": "Tried", "concluded": "Tried", "draft": "Suggests"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "api"])
async def test_every_trigger_stands_in_slack_with_its_whole_brief(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    wrong: list[str] = []
    async with open_office(sqlite_store, clock, tmp_path, kind=kind) as office:
        await office.store.write(
            lambda unit: unit.insert(
                staff, id=ADA.id, name="Ada", role="agent", created_at=unit.now
            )
        )
        office.rig.brain.decide = Told(clock).decide
        for name, trigger in TRIGGERS.items():
            if name == "not delivered" and office.rig.capabilities.pulled:
                continue  # There is nobody who could refuse it.
            chat = f"{name.replace(' ', '-')}@shop.example"
            await trigger.happens(office.rig, chat)
            await office.settle()
            head, below = await thread_of(office, chat)
            needed = set[str]() if name in UNREAD else {"Mood"}
            needed |= {"Limits"} if kind == "whatsapp" else set()
            wrong += [f"{name}: {why}" for why in missing(head, below, trigger, needed)]
    assert not wrong, "\n".join(wrong)


async def thread_of(office: Office, chat: str) -> tuple[Message | None, list[Message]]:
    """The line of the conversation's newest thread, and what stands below it."""
    row = await office.rig.conversation(chat)
    found = await office.store.read(
        lambda r: r.all(
            select(desk_threads.c.address)
            .where(desk_threads.c.conversation_id == row["id"])
            .order_by(desk_threads.c.created_at.desc())
        )
    )
    place = Address.parse(found[0]["address"]) if found else None
    if place is None or place.thread is None:
        return None, []
    space = office.slack.workspace
    head = space.find(DESK_CHAT, place.thread)
    return head, [each for each in space.thread(DESK_CHAT, place.thread) if each is not head]


def missing(
    head: Message | None, below: list[Message], trigger: Trigger, needed: set[str]
) -> Iterator[str]:
    briefs = [each for each in below if "Why:" in plain(each)]
    if head is None or not briefs:
        yield "there is no thread, or no brief in it"
        return
    if not plain(head).startswith("Ada on ") or "waiting since" not in plain(head):
        yield f"the line is {plain(head)}"
    if trigger.question and trigger.question[:60] not in plain(head):
        yield f"the line does not say what it is about: {plain(head)}"
    yield from _missing_in(briefs[-1], trigger, needed)


def _missing_in(brief: Message, trigger: Trigger, needed: set[str]) -> Iterator[str]:
    rows = dict(row.lstrip("• ").split(": ", 1) for row in plain(brief).splitlines())
    wanted = {"Asks": trigger.question, "Who": "not verified", **dict.fromkeys(needed, "")}
    wanted |= {LINES[part]: words for part, words in trigger.told.items() if part in LINES}
    if len(rows) > 8:
        yield f"it has {len(rows)} lines"
    for name, words in wanted.items():
        if name not in rows or words not in rows[name]:
            yield f"{name} is {rows.get(name)}"
    reason = trigger.reason.replace("_", " ")
    if not rows.get("Why", "").startswith(f"{reason} ("):
        yield f"why is {rows.get('Why')}"
    offered = {each["text"]["text"] for each in buttons(brief)}
    if offered != BUTTONS | (DECIDING if "Suggests" in rows else set()):
        yield f"the buttons are {offered}"


def plain(message: Message) -> str:
    return shown(message).replace("*", "").replace("\u200b", "")
