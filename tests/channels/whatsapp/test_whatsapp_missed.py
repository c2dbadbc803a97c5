"""What Twilio's webhook did not bring is found in its list, once, whatever goes wrong meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from channels.events import Accepted, Cursor, Event, Ignored, InboundMessage, Unreadable
from channels.whatsapp.channel import WhatsAppChannel
from tests.channels.fakes import MemoryIntake
from tests.contract.harness.whatsapp import Rig, channel_of, rig
from tests.platforms.twilio_records import SENDER, Fault

SETTLED = 61.0


@asynccontextmanager
async def receiving(wa: Rig, channel: WhatsAppChannel | None = None) -> AsyncGenerator[None]:
    """The channel receives, and has looked once."""
    task = asyncio.create_task((channel or wa.channel).receive(wa.intake))
    rested = asyncio.create_task(wa.clock.rest())
    await asyncio.wait([task, rested], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        task.cancel()
        rested.cancel()
        await asyncio.gather(task, rested, return_exceptions=True)


async def looked_again(wa: Rig, seconds: float = 300) -> None:
    await wa.clock.pass_by(seconds)
    await asyncio.sleep(0)
    await wa.clock.rest()


@dataclass
class ClosingIntake(MemoryIntake):
    """Takes so many events, and closes."""

    left: int = 0

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        self.closed = self.left <= 0
        self.left -= 1
        return await super().accept(event, cursor)


def texts(wa: Rig) -> list[str]:
    return [event.text for event in wa.intake.events if isinstance(event, InboundMessage)]


async def test_what_came_before_the_channel_was_set_up_is_not_answered(wa: Rig) -> None:
    wa.twilio.say("long ago")
    wa.clock.at += 1_000
    async with receiving(wa):
        await looked_again(wa)
    (began,) = wa.intake.events
    assert isinstance(began, Ignored)
    assert wa.intake.cursors == {"listed": "1800001000"}


async def test_what_was_missed_comes_in_order_with_the_ids_of_the_webhook(wa: Rig) -> None:
    async with receiving(wa):
        forms = [wa.twilio.say(f"missed {number}") for number in range(450)]
        await looked_again(wa)
        assert texts(wa) == [f"missed {number}" for number in range(450)]
    found = [event.external_id for event in wa.intake.events[1:]]
    assert found == [form["MessageSid"] for form in forms]


async def test_a_message_says_what_the_list_knows(wa: Rig) -> None:
    async with receiving(wa):
        wa.twilio.say("hello", "whatsapp:US.13491208655302741918")
        await looked_again(wa)
    event = wa.intake.events[-1]
    assert isinstance(event, InboundMessage)
    assert event.address.chat == "whatsapp:US.13491208655302741918"
    assert event.sent_at == 1_800_000_000
    assert event.reply_context == {"message": event.external_id}


async def test_its_files_are_fetched_like_any(wa: Rig) -> None:
    async with receiving(wa):
        wa.twilio.say("", media=[wa.twilio.medium("image/jpeg", b"jpeg")])
        await looked_again(wa)
    event = wa.intake.events[-1]
    assert isinstance(event, InboundMessage)
    (file,) = event.attachments
    assert file.ref is not None
    assert b"".join([piece async for piece in wa.channel.open(file.ref)]) == b"jpeg"


async def test_a_file_that_twilio_has_no_more_holds_nothing_up(wa: Rig) -> None:
    async with receiving(wa):
        wa.twilio.say("", media=[wa.twilio.medium("image/jpeg", b"jpeg")])
        wa.twilio.say("after it")
        wa.twilio.other_faults.extend([Fault(0), Fault(404, 20404)])
        await looked_again(wa)
    assert [type(event) for event in wa.intake.events] == [Ignored, Unreadable, InboundMessage]


async def test_the_webhook_goes_first(wa: Rig) -> None:
    async with receiving(wa):
        wa.clock.at += 250
        form = wa.twilio.say("with a name", ProfileName="Ada")
        await looked_again(wa, 50)
        assert texts(wa) == []
        await wa.twilio.deliver(form)
        await looked_again(wa)
    events = [event for event in wa.intake.events if isinstance(event, InboundMessage)]
    assert events[0].sender.name == "Ada"
    assert {event.external_id for event in events} == {form["MessageSid"]}


async def test_what_the_webhook_brought_is_not_taken_in_again_but_to_move_the_cursor(
    wa: Rig,
) -> None:
    async with receiving(wa):
        for number in range(20):
            await wa.twilio.deliver(wa.twilio.say(f"m {number}"))
        known = len(wa.intake.events)
        for _ in range(5):
            await looked_again(wa)
    assert len(wa.intake.events) - known <= 1
    assert wa.intake.cursors["listed"] == "1800000000"


async def test_our_own_messages_are_not_theirs(wa: Rig) -> None:
    async with receiving(wa):
        wa.twilio.say("from ourselves", SENDER)
        await looked_again(wa)
    assert texts(wa) == []


class TestDowntime:
    async def test_a_restart_takes_in_what_came_meanwhile(self, wa: Rig) -> None:
        async with receiving(wa):
            await wa.twilio.deliver(wa.twilio.say("before"))
        wa.clock.at += 3 * 86_400
        for number in range(3):
            wa.twilio.say(f"meanwhile {number}")
            wa.clock.at += 3_600
        async with channel_of(wa.twilio, wa.clock) as again, receiving(wa, again):
            pass
        assert [text for text in texts(wa) if text != "before"] == [
            "meanwhile 0",
            "meanwhile 1",
            "meanwhile 2",
        ]

    async def test_the_cursor_moves_with_each_message(self, wa: Rig) -> None:
        async with receiving(wa):
            pass
        for _ in range(3):
            wa.clock.at += 100
            wa.twilio.say("x")
        wa.clock.at += 3_600
        closing = ClosingIntake(cursors=wa.intake.cursors, left=2)
        with pytest.raises(IntakeClosed):
            await wa.channel.receive(closing)
        assert closing.cursors == {"listed": "1800000200"}

    async def test_a_closed_gateway_loses_nothing(self, wa: Rig) -> None:
        async with receiving(wa):
            pass
        form = wa.twilio.say("hello")
        wa.intake.closed = True
        assert (await wa.twilio.deliver(form)).status == 503
        wa.clock.at += SETTLED
        with pytest.raises(IntakeClosed):
            await wa.channel.receive(wa.intake)
        wa.intake.closed = False
        async with receiving(wa):
            pass
        assert texts(wa) == ["hello"]

    async def test_a_message_that_is_listed_late_is_found(self, wa: Rig) -> None:
        async with receiving(wa):
            late = wa.twilio.say("listed late")
            hidden = wa.twilio.messages.pop(late["MessageSid"])
            wa.clock.at += 200
            wa.twilio.say("in time")
            await looked_again(wa)
            wa.twilio.messages[hidden.sid] = hidden
            await looked_again(wa)
        assert texts(wa)[:1] == ["in time"]
        assert "listed late" in texts(wa)

    @pytest.mark.parametrize("value", ["", "x", "9" * 40])
    async def test_a_cursor_that_makes_no_sense_does_not_stop_it(self, wa: Rig, value: str) -> None:
        wa.intake.cursors["listed"] = value
        wa.twilio.say("hello")
        wa.clock.at += SETTLED
        async with receiving(wa):
            pass
        assert texts(wa) == ["hello"]


class TestFaults:
    async def test_one_failure_is_tried_again_within_a_minute(self, wa: Rig) -> None:
        async with receiving(wa):
            wa.twilio.say("hello")
            wa.twilio.other_faults.append(Fault(500))
            await looked_again(wa)
            assert texts(wa) == []
            await looked_again(wa, 60)
        assert texts(wa) == ["hello"]

    async def test_three_failures_in_a_row_are_a_lost_connection(self, wa: Rig) -> None:
        wa.intake.cursors["listed"] = "1800000000"
        wa.twilio.other_faults.extend([Fault(500)] * 3)
        task = asyncio.create_task(wa.channel.receive(wa.intake))
        for _ in range(2):
            await wa.clock.rest()
            await wa.clock.pass_by(60)
            await asyncio.sleep(0)
        with pytest.raises(ChannelDisconnected, match="missed messages"):
            await task

    async def test_refused_credentials_stop_it(self, wa: Rig) -> None:
        wa.intake.cursors["listed"] = "1800000000"
        wa.twilio.token = "rotated-00112233445566778899aabb"
        with pytest.raises(ChannelMisconfigured, match="auth_token"):
            await wa.channel.receive(wa.intake)


async def test_nothing_is_asked_where_it_is_switched_off() -> None:
    async with rig(catch_up_minutes=0) as wa:
        await wa.channel.receive(wa.intake)
        assert wa.twilio.calls("call") == []


async def test_it_asks_as_often_as_it_was_told() -> None:
    async with rig(catch_up_minutes=0.5) as wa:
        async with receiving(wa):
            for _ in range(3):
                await looked_again(wa, 30)
        assert len(wa.twilio.calls("call")) == 3
