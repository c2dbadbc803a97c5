"""What the platform is sent: nonces, references, buttons, files, private places; and what became of
a message whose fate nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import Choice, OutboundMessage
from channels.discord.buttons import mark_of
from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord import Fault
from tests.platforms.discord_world import DIRECT, NONCE_SECONDS, PRIVATE_THREAD, Json


def outbound(address: Address, text: str = "hello", **fields: Any) -> OutboundMessage:
    given: dict[str, Any] = {"delivery_id": "d-1", "plain": text, **fields}
    return OutboundMessage(address=address, text=text, **given)


def posted(opened: Rig) -> list[Json]:
    return [each.body for each in opened.platform.requests("POST", "/messages")]


async def test_a_message_carries_a_nonce_that_is_the_same_in_every_try() -> None:
    async with rig() as opened:
        direct = Address(opened.direct["id"])
        first = await opened.channel.send(outbound(direct))
        again = await opened.channel.send(outbound(direct))
        other = await opened.channel.send(outbound(direct, delivery_id="d-2"))
        assert first.external_ids == again.external_ids != other.external_ids
        nonces = [each["nonce"] for each in posted(opened)]
        assert nonces == [mark_of("d-1"), mark_of("d-1"), mark_of("d-2")]
        assert all(len(nonce) <= 25 for nonce in nonces)
        assert all(each["enforce_nonce"] is True for each in posted(opened))


async def test_nobody_may_be_mentioned_and_no_link_unfurls() -> None:
    async with rig() as opened:
        await opened.channel.send(outbound(Address(opened.direct["id"]), "@everyone <@1>"))
        (body,) = posted(opened)
        assert body["allowed_mentions"] == {"parse": [], "replied_user": False}
        assert body["flags"] & 4


async def test_in_a_room_of_many_an_answer_hangs_on_its_question() -> None:
    async with rig() as opened:
        room, person = opened.room["id"], opened.customer["id"]
        context = {"channel": room, "message": "123", "person": person}
        address = Address(room, f"@{person}")
        await opened.channel.send(outbound(address, reply_context=context))
        assert posted(opened)[0]["message_reference"] == {
            "message_id": "123",
            "fail_if_not_exists": False,
        }


async def test_in_a_direct_channel_only_a_reply_hangs_on_something() -> None:
    async with rig() as opened:
        direct = opened.direct["id"]
        context = {"channel": direct, "message": "123", "person": opened.customer["id"]}
        await opened.channel.send(outbound(Address(direct), reply_context=context))
        await opened.channel.send(
            outbound(Address(direct), delivery_id="d-2", reply_to="5", reply_context=context)
        )
        assert "message_reference" not in posted(opened)[0]
        assert posted(opened)[1]["message_reference"]["message_id"] == "5"


async def test_a_reply_never_hangs_on_a_message_of_another_room() -> None:
    async with rig() as opened:
        context = {"channel": "1", "message": "123", "person": opened.customer["id"]}
        message = outbound(Address(opened.direct["id"]), reply_to="123", reply_context=context)
        await opened.channel.send(message)
        assert "message_reference" not in posted(opened)[0]


async def test_buttons_come_in_rows_of_five_and_name_whom_they_are_for() -> None:
    async with rig() as opened:
        choices = tuple(Choice(f"c{number}", f"Choice {number}") for number in range(7))
        address = Address(opened.room["id"], f"@{opened.customer['id']}")
        await opened.channel.send(outbound(address, choices=choices))
        rows = posted(opened)[0]["components"]
        assert [len(row["components"]) for row in rows] == [5, 2]
        first = rows[0]["components"][0]
        assert first["custom_id"] == f"{mark_of('d-1')}|{opened.customer['id']}|c0"
        assert len(first["custom_id"]) <= 100


async def test_a_choice_that_fits_into_no_button_is_refused_before_anything_is_sent() -> None:
    async with rig() as opened:
        message = outbound(Address(opened.direct["id"]), choices=(Choice("x" * 80, "X"),))
        with pytest.raises(RejectedSendError, match="too long"):
            await opened.channel.send(message)
        assert posted(opened) == []


async def test_a_file_that_has_only_an_address_goes_out_as_one() -> None:
    async with rig() as opened:
        file = Attachment("invoice.pdf", "application/pdf", url="https://example.com/files/1")
        await opened.channel.send(outbound(Address(opened.direct["id"]), attachments=(file,)))
        assert posted(opened)[0]["content"] == "hello\ninvoice.pdf: https://example.com/files/1"


async def test_a_file_beyond_the_limit_is_refused_with_the_reason() -> None:
    async with rig() as opened:
        file = Attachment("film.mp4", "video/mp4", content=b"x" * (20 * 1024 * 1024 + 1))
        with pytest.raises(RejectedSendError, match="larger than"):
            await opened.channel.send(outbound(Address(opened.direct["id"]), attachments=(file,)))


FAULTS: list[tuple[Fault, type[ChannelError], str, float | None]] = [
    ("rate_limited", RetryableSendError, "slow down", 7),
    ("banned", RetryableSendError, "turns this machine away", 120),
    ("unavailable", RetryableSendError, "503", None),
    ("failing", UncertainSendError, "in time", None),
    ("refused", RejectedSendError, "Send Messages", None),
    ("unauthorised", ChannelMisconfigured, "Reset Token", None),
    ("cut", UncertainSendError, "ended before", None),
    ("lost", UncertainSendError, "ended before", None),
]


@pytest.mark.parametrize(("fault", "error", "words", "wait"), FAULTS, ids=[f[0] for f in FAULTS])
async def test_each_failure_has_its_name(
    fault: Fault, error: type[ChannelError], words: str, wait: float | None
) -> None:
    async with rig(patience=0.5) as opened:
        opened.platform.faults.append(fault)
        with pytest.raises(error, match=words) as raised:
            await opened.channel.send(outbound(Address(opened.direct["id"])))
        assert getattr(raised.value, "retry_after", None) == wait


@pytest.mark.parametrize(
    ("address", "text", "words"),
    [
        (Address("1"), "hello", "channel or thread is gone"),
        (None, "", "refuses this for good"),
        (None, "x" * 2001, "refuses this for good"),
    ],
    ids=["no room", "empty", "too long"],
)
async def test_what_is_refused_for_good_says_why(
    address: Address | None, text: str, words: str
) -> None:
    async with rig() as opened:
        with pytest.raises(RejectedSendError, match=words):
            await opened.channel.send(outbound(address or Address(opened.direct["id"]), text))


async def test_a_platform_that_nobody_reaches_was_sent_nothing() -> None:
    async with rig() as opened:
        await opened.platform.__aexit__()
        with pytest.raises(UncertainSendError):
            await opened.channel.send(outbound(Address("1")))  # over the connection of the login
        with pytest.raises(RetryableSendError, match="cannot be reached"):
            await opened.channel.send(outbound(Address("1")))


async def test_who_takes_no_direct_messages_is_met_in_a_thread() -> None:
    async with rig() as opened:
        world = opened.platform.world
        world.closed.add(opened.customer["id"])
        public = Address(opened.room["id"], f"@{opened.customer['id']}")
        receipt = await opened.channel.send(
            outbound(public, "your address", private_to=opened.customer["id"])
        )
        assert receipt.thread is not None
        assert receipt.thread.chat == opened.room["id"]
        thread = world.rooms[receipt.thread.thread or ""]
        assert (thread["type"], world.let_in[thread["id"]]) == (
            PRIVATE_THREAD,
            {opened.customer["id"]},
        )
        assert [each["content"] for each in world.messages[thread["id"]]] == ["your address"]
        assert world.messages[opened.room["id"]] == []


async def test_who_can_be_met_nowhere_is_told_how() -> None:
    async with rig() as opened:
        opened.platform.world.closed.add(opened.customer["id"])
        opened.platform.world.denied.add("threads")
        public = Address(opened.room["id"], f"@{opened.customer['id']}")
        with pytest.raises(RejectedSendError, match="allow direct messages"):
            await opened.channel.send(outbound(public, private_to=opened.customer["id"]))


async def test_a_private_word_goes_to_the_direct_channel_and_names_it() -> None:
    async with rig() as opened:
        public = Address(opened.room["id"], f"@{opened.customer['id']}")
        message = outbound(public, private_to=opened.customer["id"], reply_to="5")
        receipt = await opened.channel.send(message)
        assert receipt.thread == Address(opened.direct["id"])
        assert opened.platform.world.rooms[opened.direct["id"]]["type"] == DIRECT
        assert "message_reference" not in posted(opened)[0]


async def test_a_thread_hangs_on_the_message_that_opens_it_and_is_one() -> None:
    async with rig() as opened:
        message = outbound(Address(opened.room["id"]), open_thread=True, subject="Case 7")
        first = await opened.channel.send(message)
        again = await opened.channel.send(message)
        assert first.thread == Address(opened.room["id"], first.external_ids[0]) == again.thread
        assert opened.platform.world.rooms[first.external_ids[0]]["name"] == "Case 7"


@pytest.mark.parametrize("fault", ["cut", "lost"])
async def test_beyond_the_nonces_memory_the_history_tells(fault: Fault) -> None:
    async with rig() as opened:
        direct = opened.direct["id"]
        asked = await opened.platform.say(opened.direct, opened.customer, "how much?")
        context = {"channel": direct, "message": asked["id"], "person": opened.customer["id"]}
        message = outbound(Address(direct), "4 euros", reply_context=context)
        opened.platform.faults.append(fault)
        with pytest.raises(UncertainSendError):
            await opened.channel.send(message)
        opened.clock.at += NONCE_SECONDS + 1
        receipt = await opened.channel.reconcile(message)
        assert receipt is not None
        said = [each["content"] for each in opened.platform.world.messages[direct]]
        assert said == ["how much?", "4 euros"]


async def test_buttons_tell_two_messages_of_the_same_words_apart() -> None:
    async with rig() as opened:
        direct = opened.direct["id"]
        asked = await opened.platform.say(opened.direct, opened.customer, "hm?")
        fields: dict[str, Any] = {
            "reply_context": {"channel": direct, "message": asked["id"]},
            "choices": (Choice("person", "A person"),),
        }
        await opened.channel.send(outbound(Address(direct), "Which one?", **fields))
        second = outbound(Address(direct), "Which one?", delivery_id="d-2", **fields)
        opened.clock.at += NONCE_SECONDS + 1
        receipt = await opened.channel.reconcile(second)
        assert receipt is not None
        assert len(opened.platform.world.messages[direct]) == 3


async def test_a_history_that_may_not_be_read_leaves_the_nonce() -> None:
    async with rig() as opened:
        direct = opened.direct["id"]
        opened.platform.world.denied.add("history")
        message = outbound(Address(direct), reply_context={"message": "1"})
        sent = await opened.channel.send(message)
        found = await opened.channel.reconcile(message)
        assert found is not None
        assert found.external_ids == sent.external_ids


async def test_taking_back_what_is_gone_already_is_done() -> None:
    async with rig() as opened:
        await opened.channel.delete(Address(opened.direct["id"]), "123")


@pytest.mark.parametrize("fault", ["cut", "unavailable", "rate_limited"])
async def test_a_change_that_failed_is_made_again(fault: Fault) -> None:
    async with rig() as opened:
        sent = await opened.channel.send(outbound(Address(opened.direct["id"])))
        opened.platform.everywhere = fault
        with pytest.raises(RetryableSendError):
            await opened.channel.edit(sent.external_ids[0], outbound(Address(opened.direct["id"])))


async def test_a_channel_that_is_not_up_has_sent_nothing() -> None:
    async with rig() as opened:
        channel = opened.channel
    with pytest.raises(RetryableSendError, match="not up"):
        await channel.send(outbound(Address("1")))
    with pytest.raises(ChannelDisconnected, match="not up"):
        await channel.probe()
    await channel.typing(Address("1"), {})


def question(asked: Json, room: Json, who: Json) -> Json:
    return {"channel": room["id"], "message": asked["id"], "person": who["id"]}


async def test_the_same_words_to_somebody_else_are_not_our_answer() -> None:
    async with rig() as opened:
        room, ada, bob = opened.room, opened.customer, opened.stranger
        world = opened.platform.world
        hers, his = world.add(world.said(room, ada, "hm?")), world.add(world.said(room, bob, "hm?"))
        lost = outbound(
            Address(room["id"], f"@{ada['id']}"), "Soon.", reply_context=question(hers, room, ada)
        )
        other = outbound(
            Address(room["id"], f"@{bob['id']}"),
            "Soon.",
            delivery_id="d-2",
            reply_context=question(his, room, bob),
        )
        sent = await opened.channel.send(other)
        found = await opened.channel.reconcile(lost)
        assert found is not None
        assert found.external_ids != sent.external_ids
        answered = [body["message_reference"]["message_id"] for body in posted(opened)]
        assert answered == [his["id"], hers["id"]]


async def test_an_answer_in_a_busy_room_is_found_however_much_was_said_since() -> None:
    async with rig() as opened:
        room, ada, world = opened.room, opened.customer, opened.platform.world
        asked = world.add(world.said(room, ada, "hm?"))
        for number in range(150):
            world.add(world.said(room, opened.stranger, f"chatter {number}"))
        address = Address(room["id"], f"@{ada['id']}")
        message = outbound(address, " Soon.\n", reply_context=question(asked, room, ada))
        sent = await opened.channel.send(message)
        said = world.messages[room["id"]][-1]
        said["content"] = said["content"].strip()
        opened.clock.at += NONCE_SECONDS + 1
        found = await opened.channel.reconcile(message)
        assert found is not None
        assert found.external_ids == sent.external_ids
        assert len(posted(opened)) == 1


async def test_a_private_word_is_found_where_it_was_said_and_the_place_is_named() -> None:
    async with rig() as opened:
        ada = opened.customer
        asked = await opened.platform.say(opened.room, ada, "hm?")
        message = outbound(
            Address(opened.room["id"], f"@{ada['id']}"),
            private_to=ada["id"],
            reply_context=question(asked, opened.room, ada),
        )
        sent = await opened.channel.send(message)
        opened.clock.at += NONCE_SECONDS + 1
        found = await opened.channel.reconcile(message)
        assert found is not None
        assert (found.external_ids, found.thread) == (sent.external_ids, sent.thread)
        assert len(posted(opened)) == 1
