"""Where free text may be sent for some hours only: inside it goes, outside it waits for the
customer, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from channels.events import Address, InboundMessage, Sender
from channels.kinds import CAPABILITIES
from gateway.desk.view import Views
from gateway.outbox.windows import Wording
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person

HOUR = 3600.0
APPROVED = Wording("Hello, {{1}} has an answer to your question about {{2}}.", "Fernhill Outdoor")


@pytest.fixture
def rig(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    return Rig(store, clock, tmp_path, capabilities=CAPABILITIES["whatsapp"])


async def handed_over(rig: Rig) -> None:
    rig.brain.answer = to_a_person
    await rig.say("Where is my parcel?")
    await rig.settle()
    rig.channel.sent.clear()


async def states(rig: Rig) -> list[str]:
    return [row["state"] for row in await rig.deliveries()]


async def test_inside_the_window_a_reply_goes_out(rig: Rig) -> None:
    await handed_over(rig)
    rig.clock.pass_(23 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("It is at the post office.")
    assert rig.channel.sent[-1].template is None


async def test_outside_without_a_template_it_is_held_and_the_desk_is_told(rig: Rig) -> None:
    await handed_over(rig)
    rig.clock.pass_(24 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.sent == []
    held = [row for row in await rig.deliveries() if row["state"] == "held"]
    assert held
    assert all("goes out when the customer writes again" in row["error"] for row in held)


async def test_outside_the_approved_message_goes_out_once(rig: Rig) -> None:
    rig.template = APPROVED
    await handed_over(rig)
    rig.clock.pass_(25 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.staff("say", "You can fetch it there.")
    await rig.settle()
    (asked,) = rig.channel.sent
    assert asked.template == {"variables": {"1": "Fernhill Outdoor", "2": "Where is my parcel?"}}
    assert asked.plain == (
        "Hello, Fernhill Outdoor has an answer to your question about Where is my parcel?."
    )
    await rig.staff("say", "Are you there?")
    await rig.settle()
    assert len(rig.channel.sent) == 1


@pytest.mark.parametrize("template", [None, APPROVED], ids=["no template", "template"])
async def test_what_was_held_goes_out_in_order_when_the_customer_writes(
    rig: Rig, template: Wording | None
) -> None:
    rig.template = template
    await handed_over(rig)
    rig.clock.pass_(25 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.staff("say", "You can fetch it there.")
    await rig.settle()
    rig.channel.sent.clear()
    await rig.say("Hello?")
    await rig.settle()
    said = [text for text in rig.channel.texts if "here" in text or "office" in text]
    assert said[-2:] == ["It is at the post office.", "You can fetch it there."]
    assert "held" not in await states(rig)
    assert all(message.template is None for message in rig.channel.sent)


async def test_a_new_silence_asks_with_the_template_again(rig: Rig) -> None:
    rig.template = APPROVED
    await handed_over(rig)
    for _ in range(2):
        rig.clock.pass_(25 * HOUR)
        await rig.staff("say", "It is at the post office.")
        await rig.settle()
        await rig.say("Thank you.")
        await rig.settle()
    assert sum(message.template is not None for message in rig.channel.sent) == 2


async def test_asked_in_the_last_minute_is_asked_once(rig: Rig) -> None:
    """Nothing more is sent freely in the window's last minute, nor asked again after it."""
    rig.template = APPROVED
    await handed_over(rig)
    until = (await rig.conversation())["window_until"]
    rig.clock.pass_(until - rig.clock.now() - 36)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.clock.now() < until
    assert [message.template is not None for message in rig.channel.sent] == [True]
    rig.clock.pass_(HOUR)
    await rig.staff("say", "Are you there?")
    await rig.settle()
    assert len(rig.channel.sent) == 1


async def test_what_was_held_in_the_last_minute_goes_out_if_the_customer_writes_in_it(
    rig: Rig,
) -> None:
    await handed_over(rig)
    until = (await rig.conversation())["window_until"]
    rig.clock.pass_(until - rig.clock.now() - 50)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert "held" in await states(rig)
    await rig.say("Hello?")
    assert rig.clock.now() < until
    await rig.settle()
    assert "It is at the post office." in rig.channel.texts
    assert "held" not in await states(rig)


async def test_nobody_is_called_back_for_a_courtesy(rig: Rig) -> None:
    """The approved message says that there is an answer."""
    rig.template = APPROVED
    await handed_over(rig)
    await rig.staff("take")
    await rig.settle()
    rig.channel.sent.clear()
    rig.clock.pass_(25 * HOUR)
    await rig.staff("return")
    await rig.settle()
    assert (await rig.notices_said())[-1] == "returned"
    assert rig.channel.sent == []
    assert (await states(rig))[-1] == "held"


async def test_a_message_that_came_late_opens_no_more_than_is_left(rig: Rig) -> None:
    at = rig.clock.now()
    rig.clock.pass_(23 * HOUR)
    rig.brain.answer = to_a_person
    sender = Sender(("user-c1",))
    await rig.accept(
        InboundMessage(uuid4().hex, Address("c1"), "Where is my parcel?", sender, sent_at=at)
    )
    await rig.settle()
    assert (await rig.conversation())["window_until"] == at + 24 * HOUR
    rig.clock.pass_(2 * HOUR)
    rig.channel.sent.clear()
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.sent == []


async def test_the_assistants_answer_that_is_held_is_withdrawn_by_a_takeover(rig: Rig) -> None:
    await rig.say("Where is my parcel?")
    await rig.answer()
    rig.clock.pass_(25 * HOUR)
    await rig.outbox.once()
    assert await states(rig) == ["held"]
    await rig.staff("take")
    assert (await states(rig))[0] == "withdrawn"


async def test_other_kinds_know_no_window(store: Store, clock: ManualClock, tmp_path: Path) -> None:
    rig = Rig(store, clock, tmp_path)
    await handed_over(rig)
    rig.clock.pass_(100 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    assert rig.channel.texts[-1].endswith("It is at the post office.")
    assert (await rig.conversation())["window_until"] is None


async def test_the_desk_says_how_long_people_may_write_freely(rig: Rig) -> None:
    views = Views(
        rig.store,
        lambda id: id,
        {},
        window_line=lambda minutes: rig.notices.staff_line("window", minutes=minutes),
    )
    await handed_over(rig)
    id = (await rig.conversation())["id"]
    rig.clock.pass_(23 * HOUR)
    shown = await views.one(id, "nobody")
    assert shown is not None
    assert shown["window"]["minutes"] == 59
    assert shown["window"]["line"].startswith("59 min left")
    rig.clock.pass_(2 * HOUR)
    await rig.staff("say", "It is at the post office.")
    await rig.settle()
    shown = await views.one(id, "nobody")
    assert shown is not None
    assert shown["window"]["minutes"] == 0
    assert shown["messages"][-1]["delivery"] == "held"
