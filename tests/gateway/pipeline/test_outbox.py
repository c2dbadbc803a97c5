"""Sending: in order, never blindly twice, never silently lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from brain.contract import Decision
from channels.errors import (
    ChannelDisconnected,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.kinds import CAPABILITIES
from gateway.conversations.deliveries import discard, failed_again
from gateway.conversations.rendering import Rendering
from gateway.records import Prepared
from gateway.store.schema.pipeline import deliveries
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

LONG = "\n\n".join(f"Paragraph {number}. " + "word " * 200 for number in range(12))


async def states(rig: Rig, chat: str = "c1") -> list[str]:
    return [row["state"] for row in await rig.deliveries(chat)]


async def test_a_retry_waits_and_holds_the_followers_back(rig: Rig) -> None:
    rig.channel.outcomes = [RetryableSendError("slow down", retry_after=40.0)]
    await rig.say("one")
    await rig.settle()
    await rig.say("two")
    await rig.settle()
    assert rig.channel.sent == []
    await rig.settle(40)
    assert [text[-3:] for text in rig.channel.texts] == ["one", "two"]


async def test_what_fails_for_a_quarter_of_an_hour_frees_its_followers(rig: Rig) -> None:
    rig.channel.outcomes = [RetryableSendError("down", retry_after=300.0) for _ in range(4)]
    await rig.say("one")
    await rig.settle()
    await rig.say("two")
    for _ in range(5):
        await rig.settle(301)
    # The answer behind it is withdrawn rather than sent: by then a person has been called.
    assert await states(rig) == ["failed", "withdrawn"]
    row = (await rig.deliveries())[0]
    assert "given up after 15 minutes" in row["error"]
    assert (await rig.conversation())["owner"] == "queue"


async def test_what_a_platform_notes_on_a_sent_message_is_kept_with_it(rig: Rig) -> None:
    rig.channel.note = "no copy to bob@y.example: 550 no such user"
    await rig.say("hello")
    await rig.settle()
    (row,) = await rig.deliveries()
    assert (row["state"], row["error"]) == ("sent", rig.channel.note)


def test_a_mail_is_sent_as_html_with_plain_text_beside_it() -> None:
    said = Prepared("assistant", "It is **free**.", pieces=())
    (piece,) = Rendering({"mail": CAPABILITIES["email"]}).prepare("mail", said).pieces
    assert (piece.body, piece.plain) == ("<p>It is <strong>free</strong>.</p>", "It is free.")
    imitated = replace(CAPABILITIES["email"], pulled=True)
    (piece,) = Rendering({"web": imitated}).prepare("web", said).pieces
    assert (piece.body, piece.plain) == ("It is free.", "It is free.")


async def test_a_rejection_is_a_dead_letter_and_calls_a_person(rig: Rig) -> None:
    rig.channel.outcomes = [RejectedSendError("21610 blocked")]
    await rig.say("hello")
    await rig.settle()
    assert await states(rig) == ["failed"]
    row = await rig.conversation()
    assert (row["owner"], row["reason"]) == ("queue", "delivery_failed")


async def test_a_dead_letter_is_sent_again_on_request_or_discarded(rig: Rig) -> None:
    rig.channel.outcomes = [RejectedSendError("gone"), RejectedSendError("gone")]
    await rig.say("hello")
    await rig.settle()
    dead = (await rig.deliveries())[0]["id"]
    assert await rig.store.write(lambda unit: failed_again(unit, dead))
    await rig.settle()
    assert await states(rig) == ["failed"]
    assert await rig.store.write(lambda unit: failed_again(unit, dead))
    await rig.settle()
    assert await states(rig) == ["sent"]
    assert not await rig.store.write(lambda unit: discard(unit, dead))


async def test_a_failed_part_withdraws_the_later_ones(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision(kind="reply", text=LONG)
    await rig.say("long please")
    rig.channel.outcomes = [None, RejectedSendError("too long")]
    await rig.settle()
    found = await states(rig)
    assert found[:2] == ["sent", "failed"]
    assert set(found[2:]) == {"withdrawn"}
    assert len(found) > 2


async def test_parts_go_out_in_order(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision(kind="reply", text=LONG)
    await rig.say("long please")
    await rig.settle()
    told = " ".join(rig.channel.texts)
    places = [told.index(f"Paragraph {number}.") for number in range(12)]
    assert places == sorted(places)


async def test_a_takeover_between_two_parts_keeps_the_rest_back(rig: Rig) -> None:
    rig.brain.answer = lambda _turn: Decision(kind="reply", text=LONG)
    await rig.say("long please")
    rig.channel.outcomes = [None, RetryableSendError("wait", retry_after=30)]
    await rig.settle()
    assert (await states(rig))[0] == "sent"
    from gateway.conversations.ownership import expect, take

    row = await rig.conversation()
    await rig.store.write(lambda unit: take(unit, expect(unit, row["id"], None), "staff-1"))
    await rig.settle(31)
    assert len(rig.channel.sent) == 1
    assert set((await states(rig))[1:]) == {"withdrawn"}


async def test_an_uncertain_send_that_arrived_is_found_by_asking(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, capabilities=CAPABILITIES["slack"])
    rig.channel.outcomes = [UncertainSendError()]
    rig.channel.lands = True
    await rig.say("hello")
    await rig.settle()
    assert len(rig.channel.sent) == 1
    assert await states(rig) == ["sent"]


async def test_an_uncertain_send_that_did_not_arrive_is_sent_again(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    rig = Rig(store, clock, tmp_path, capabilities=CAPABILITIES["slack"])
    rig.channel.outcomes = [UncertainSendError()]
    await rig.say("hello")
    await rig.settle()
    assert rig.channel.sent == []  # Once more after a pause, not at once.
    await rig.settle(2)
    assert len(rig.channel.sent) == 1
    row = (await rig.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", False)


async def test_where_nobody_can_be_asked_it_is_sent_once_more_and_flagged(rig: Rig) -> None:
    rig.channel.outcomes = [UncertainSendError()]
    rig.channel.lands = True
    await rig.say("hello")
    await rig.settle()
    row = (await rig.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", True)
    assert len(rig.channel.sent) == 2


async def test_twice_uncertain_goes_to_a_person(rig: Rig) -> None:
    rig.channel.outcomes = [UncertainSendError(), UncertainSendError()]
    await rig.say("hello")
    await rig.settle()
    assert await states(rig) == ["uncertain"]
    assert (await rig.conversation())["reason"] == "delivery_uncertain"


async def test_what_must_not_be_repeated_becomes_uncertain_at_once(rig: Rig) -> None:
    await rig.say("hello")
    rig.clock.pass_(6)
    await rig.turns.once()
    await rig.store.write(lambda unit: unit.execute(update(deliveries).values(repeatable=False)))
    rig.channel.outcomes = [UncertainSendError()]
    rig.channel.lands = True
    await rig.outbox.once()
    assert len(rig.channel.sent) == 1
    assert await states(rig) == ["uncertain"]


@pytest.mark.parametrize(("kind", "sent"), [("telegram", 2), ("slack", 1)])
async def test_a_crash_between_sending_and_recording(
    store: Store, clock: ManualClock, tmp_path: Path, kind: str, sent: int
) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "outbox.after_send":
            raise Killed

    rig = Rig(store, clock, tmp_path, capabilities=CAPABILITIES[kind], failpoint=kill, name="first")
    await rig.say("hello")
    clock.pass_(6)
    await rig.turns.once()
    with pytest.raises(Killed):
        await rig.outbox.once()
    other = Rig(store, clock, rig.folder, capabilities=CAPABILITIES[kind], name="second")
    other.channel.sent = rig.channel.sent
    await other.settle(61)
    assert len(rig.channel.sent) == sent
    row = (await rig.deliveries())[0]
    assert (row["state"], row["possibly_duplicate"]) == ("sent", sent == 2)


async def test_a_channel_in_trouble_rests_and_the_message_goes_later(rig: Rig) -> None:
    rig.channel.outcomes = [ChannelDisconnected("the token was revoked")]
    await rig.say("hello")
    await rig.say("hello", chat="c2")
    await rig.settle()
    await rig.settle(31)
    assert sorted(message.address.chat for message in rig.channel.sent) == ["c1", "c2"]


async def test_a_channel_that_is_down_keeps_its_queue(rig: Rig) -> None:
    await rig.say("hello")
    rig.clock.pass_(6)
    await rig.turns.once()
    channels = {"line": rig.channel}
    tools = replace(rig.outbox._tools, channels=lambda: channels)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the loop as built, with another port
    loop = type(rig.outbox)(tools)
    del channels["line"]
    assert await loop.once() == 0
    channels["line"] = rig.channel
    await loop.once()
    assert len(rig.channel.sent) == 1


async def test_the_reply_goes_where_the_customer_wrote_with_what_the_adapter_kept(rig: Rig) -> None:
    await rig.say("hello")
    await rig.settle()
    message = rig.channel.sent[0]
    assert message.address.chat == "c1"
    assert message.reply_context == {"for": "hello"}
