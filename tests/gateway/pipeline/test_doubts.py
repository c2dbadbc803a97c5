"""When nobody knows whether it arrived, or sending goes on failing: asked, tried, then a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.contract import OutboundMessage, Receipt
from channels.errors import RejectedSendError, RetryableSendError, UncertainSendError
from channels.events import DeliveryUpdate
from channels.kinds import CAPABILITIES
from gateway.conversations.deliveries import failed_again
from gateway.outbox import lines
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import CHANNEL, Rig


@pytest.fixture
def asking(store: Store, clock: ManualClock, tmp_path: Path) -> Rig:
    """On a platform that can be asked what arrived."""
    return Rig(store, clock, tmp_path, capabilities=CAPABILITIES["slack"])


class Killed(BaseException):
    """The process dies here."""


async def test_a_platform_that_cannot_answer_now_is_asked_again_before_anything_is_sent(
    asking: Rig,
) -> None:
    asking.channel.outcomes = [UncertainSendError()]
    asking.channel.lands = True
    asking.channel.replies = [RetryableSendError("too many questions", retry_after=3)]
    await asking.say("hello")
    await asking.settle()
    assert [row["state"] for row in await asking.deliveries()] == ["sending"]
    await asking.settle(60)
    row = (await asking.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", False)
    assert len(asking.channel.sent) == 1


async def never_hear(rig: Rig) -> None:
    """Send something uncertain on a platform that cannot be asked for a quarter of an hour."""
    rig.channel.outcomes = [UncertainSendError()]
    rig.channel.replies = [RetryableSendError("down") for _ in range(100)]
    await rig.say("hello")
    await rig.settle()
    for _ in range(16):
        await rig.settle(61)


async def test_a_platform_that_never_answers_leaves_the_doubt_to_a_person(asking: Rig) -> None:
    await never_hear(asking)
    row = (await asking.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("uncertain", False)
    assert "could not be asked" in row["error"]
    assert (await asking.conversation())["reason"] == "delivery_uncertain"
    assert asking.channel.sent == []


async def test_what_was_uncertain_and_is_sent_again_on_request_is_flagged(asking: Rig) -> None:
    await never_hear(asking)
    dead = (await asking.deliveries())[0]["id"]
    assert await asking.store.write(lambda unit: failed_again(unit, dead))
    await asking.settle()
    row = (await asking.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", True)


async def test_what_did_not_arrive_is_not_tried_again_without_a_pause(asking: Rig) -> None:
    tried: list[OutboundMessage] = []
    asking.channel.before_send = tried.append
    asking.channel.outcomes = [UncertainSendError() for _ in range(50)]
    await asking.say("hello")
    await asking.settle()
    assert len(tried) == 1
    await asking.settle(2)
    assert len(tried) == 2


async def test_an_adapter_that_fails_on_one_message_holds_the_next_up_no_longer_than_others(
    asking: Rig,
) -> None:
    tried: list[str] = []

    def stumble(message: OutboundMessage) -> None:
        tried.append(message.delivery_id)
        raise ValueError("a bug of the adapter")

    asking.channel.before_send = stumble
    await asking.say("hello")
    await asking.settle()
    for _ in range(20):
        await asking.settle(61)
    row = (await asking.deliveries())[0]
    assert row["state"] == "failed"
    assert (await asking.conversation())["owner"] == "queue"
    assert 5 < len(tried) < 25


async def test_the_time_spent_waiting_for_a_channel_is_not_taken_from_its_tries(rig: Rig) -> None:
    await rig.say("hello")
    await rig.answer()
    rig.clock.pass_(1000)
    rig.channel.outcomes = [RetryableSendError("slow down", retry_after=1)]
    await rig.outbox.once()
    assert [row["state"] for row in await rig.deliveries()] == ["queued"]
    await rig.settle(2)
    assert [row["state"] for row in await rig.deliveries()] == ["sent"]


async def test_while_a_channel_rests_no_claim_of_it_is_due(rig: Rig) -> None:
    await rig.say("hello")
    await rig.answer()
    due = [await rig.store.write(lambda unit: lines.next_due(unit, [CHANNEL]))]
    await rig.store.write(lambda unit: lines.rest(unit, CHANNEL, 600, "paused"))
    assert await rig.outbox.once() == 0
    due += [await rig.store.write(lambda unit: lines.next_due(unit, [CHANNEL]))]
    rig.clock.pass_(601)
    due += [await rig.store.write(lambda unit: lines.next_due(unit, [CHANNEL]))]
    assert due == [due[0], None, due[0]]
    assert due[0] is not None
    assert await rig.outbox.once() == 1


async def test_a_late_failure_calls_a_person(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    await rig.accept(DeliveryUpdate("u1", "ext-1", "failed", "63016"))
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "delivery_failed")


async def test_a_part_that_fails_after_another_arrived_calls_a_person(rig: Rig) -> None:
    rig.channel.outcomes = [Receipt(("words", "file"), rig.clock.now())]
    await rig.say("hello")
    await rig.settle()
    await rig.accept(DeliveryUpdate("u1", "words", "read"))
    await rig.accept(DeliveryUpdate("u2", "file", "failed", "63019"))
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "delivery_failed")


async def test_a_dead_letter_that_never_arrived_is_sent_again_without_a_flag(rig: Rig) -> None:
    rig.channel.outcomes = [RejectedSendError("gone")]
    await rig.say("hello")
    await rig.settle()
    dead = (await rig.deliveries())[0]["id"]
    assert await rig.store.write(lambda unit: failed_again(unit, dead))
    await rig.settle()
    row = (await rig.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", False)


async def test_what_a_dead_node_was_sending_is_not_sent_after_a_takeover(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    def kill(name: str) -> None:
        if name == "outbox.after_mark":
            raise Killed

    mail = CAPABILITIES["email"]
    dying = Rig(store, clock, tmp_path, capabilities=mail, failpoint=kill, name="first")
    await dying.say("hello")
    await dying.answer()
    with pytest.raises(Killed):
        await dying.outbox.once()
    await dying.staff("say", "Hello, Ada here")
    other = Rig(store, clock, tmp_path, capabilities=mail, name="second")
    await other.settle(61)
    found = [(row["author"], row["state"]) for row in await other.deliveries()]
    assert found == [("assistant", "uncertain"), ("system", "sent"), ("staff", "sent")]


async def test_what_staff_say_does_not_wait_behind_an_answer_that_was_taken_back(rig: Rig) -> None:
    rig.channel.outcomes = [RetryableSendError("slow down", retry_after=600)]
    await rig.say("hello")
    await rig.settle()
    await rig.staff("say", "Hi, Ada here")
    await rig.settle(1)
    assert [row["state"] for row in await rig.deliveries()] == ["withdrawn", "sent", "sent"]
    assert rig.channel.texts[-1] == "Hi, Ada here"
