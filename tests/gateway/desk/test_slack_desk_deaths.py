"""A node dies in the middle of what a thread in Slack needs of it: nothing is lost, and nothing is
doubled, neither in the thread nor to the customer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import RowMapping

from gateway.errors import StoreUnavailable
from gateway.failpoint import FailpointHit
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import BEN, Office, open_office
from tests.gateway.pipeline.drafting import CHECKED, prepared
from tests.gateway.pipeline.rig import to_a_person
from tests.platforms import slack_events as events
from tests.platforms.slack_workspace import Message, shown

# Longer than any lease: whatever a dead node held is free then.
LATER_SECONDS = 150.0


class Dying:
    """A failpoint at which a node dies, at the ``hit``-th time that it is passed."""

    def __init__(self) -> None:
        self.point, self.hit = "", 0

    def arm(self, point: str, hit: int = 1) -> None:
        self.point, self.hit = point, hit

    def __call__(self, name: str) -> None:
        if name != self.point:
            return
        self.hit -= 1
        if self.hit == 0:
            self.point = ""
            raise FailpointHit(name)


async def comes_back(office: Office) -> None:
    """Once to find what was left, once more for what is tried again a little later."""
    for _ in range(2):
        office.clock.pass_(LATER_SECONDS)
        await office.settle()


# --- Between Slack and the rows ----------------------------------------------------------------

POSTS = {"the line that opens the thread": 1, "the brief": 2}


@pytest.mark.parametrize("point", ["outbox.after_mark", "outbox.after_send"])
@pytest.mark.parametrize("hit", POSTS.values(), ids=POSTS)
async def test_dead_around_a_post_it_stands_in_slack_once(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, point: str, hit: int
) -> None:
    dying = Dying()
    async with open_office(sqlite_store, clock, tmp_path, failpoint=dying) as office:
        office.sending.pop("line")  # The customer's own notices die elsewhere.
        dying.arm(point, hit)
        office.rig.brain.answer = to_a_person
        await office.rig.say("Where is my parcel?")
        await office.settle()
        assert not dying.point
        await comes_back(office)
        (head,) = office.heads()
        (thread,) = await office.threads()
        assert thread["state"] == "open"
        assert head["ts"] in thread["address"]
        assert len([one for one in office.thread(head) if "Asks:" in one]) == 1
        await office.says("!take", head)
        assert (await office.rig.conversation())["owner"] == "staff"


# --- Between what staff did and what follows ----------------------------------------------------


async def takes_and_writes(office: Office, head: Message) -> None:
    await office.says("!take", head)
    await office.says("It leaves today.", head)


async def sends(office: Office, head: Message) -> None:
    await office.says("!send It leaves today.", head)


async def presses_and_returns(office: Office, head: Message) -> None:
    await office.presses("Take", head)
    await office.presses("Return", head)


async def sends_the_draft(office: Office, head: Message) -> None:
    await office.presses("Send draft", head)
    await office.presses("Resolve", head)


Act = Callable[[Office, Message], Awaitable[None]]
ACTS: dict[str, Act] = {
    "words": takes_and_writes,
    "order": sends,
    "buttons": presses_and_returns,
    "draft": sends_the_draft,
}


def before(office: Office) -> None:
    """Dies with what was done in its hands."""
    work = office.work

    async def dead(_row: RowMapping) -> str:
        office.work = work
        raise StoreUnavailable("dead")

    office.work = dead


def after(office: Office) -> None:
    """Dies when all is committed, and before it is noted that it is done."""
    work = office.work

    async def dead(row: RowMapping) -> str:
        office.work = work
        await work(row)
        raise StoreUnavailable("dead")

    office.work = dead


def never(_office: Office) -> None:
    """All goes well: what the others have to come to."""


async def came_to(office: Office, act: Act, chat: str, dies: Callable[[Office], None]) -> object:
    """What the customer got, and whose the conversation is in the end."""
    drafts = act is sends_the_draft
    office.rig.brain.answer = prepared
    if drafts:
        await office.rig.say("shipping", chat)
        await office.settle()
        head = office.heads()[-1]
    else:
        head = await office.hand_over("Where is it?", chat)
    dies(office)
    await act(office, head)
    await comes_back(office)
    got = [each.plain for each in office.rig.channel.sent if each.address.chat == chat]
    line = shown(head).partition(" · ")[2].partition(" since ")[0].partition(" at ")[0]
    return got, (await office.rig.conversation(chat))["owner"], line


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_dead_around_what_staff_did_it_is_done_once(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, act: Act
) -> None:
    async with open_office(sqlite_store, clock, tmp_path) as office:
        if act is sends_the_draft:
            office.rig.stages = CHECKED
        well = await came_to(office, act, "well", never)
        assert await came_to(office, act, "before", before) == well
        assert await came_to(office, act, "after", after) == well


async def test_dead_before_slack_is_answered_its_repetition_is_the_same_message(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    dying = Dying()
    async with open_office(sqlite_store, clock, tmp_path, failpoint=dying) as office:
        head = await office.hand_over()
        place, space = office.place_of(head), office.slack.workspace
        text = "!send It leaves today."
        said = events.says(space, text, channel=place, user=BEN, thread_ts=head["ts"])
        dying.arm("intake.before_ack")
        async with await office.slack.post(office.session, office.url, said) as answer:
            assert answer.status >= 500
        await office.deliver(said)
        assert office.customer_got.count("It leaves today.") == 1
