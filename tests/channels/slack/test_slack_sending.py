"""What leaves for Slack: how a message is composed, where it goes, what each refusal means, and how
one of unknown fate is found."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator

import pytest

from channels.contract import Choice, OutboundMessage
from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    SendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from channels.slack.blocks import SECTION_CHARACTERS, parts
from channels.slack.refusals import MENDS, REASONS, meaning, of_status, seconds
from channels.text.render import render
from tests.channels.slack.conversations import asked, heard, outbound
from tests.contract.harness.slack import Rig, rig
from tests.platforms import slack_events as events
from tests.platforms.slack import BOT_TOKEN
from tests.platforms.slack_workspace import BOT_USER, CUSTOMER, PUBLIC, pings

DIRECT = Address("D0ADA")


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


async def test_a_message_is_quiet_and_carries_its_mark(opened: Rig) -> None:
    message = outbound(DIRECT, "*hi* &lt;you&gt;")
    receipt = await opened.channel.send(message)
    (posted,) = opened.slack.asked("chat.postMessage")
    assert posted == {
        "channel": "D0ADA",
        "text": "*hi* &lt;you&gt;",
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "metadata": {
            "event_type": "frontdesk_delivery",
            "event_payload": {"delivery": message.delivery_id},
        },
    }
    ts = receipt.external_ids[0].rpartition("/")[2]
    assert (receipt.accepted_at, receipt.thread) == (float(ts), None)


async def test_an_answer_goes_into_the_thread_of_what_it_answers(opened: Rig) -> None:
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    await opened.channel.send(outbound(said.address, "hi", reply_context=said.reply_context))
    public = await asked(opened, "how long?")
    await opened.channel.send(outbound(public.address, "30 days"))
    threads = [fields.get("thread_ts") for fields in opened.slack.asked("chat.postMessage")]
    assert threads == [said.order, public.order]


async def test_buttons_come_with_the_text_and_name_whom_they_are_for(opened: Rig) -> None:
    public = await asked(opened, "how long?")
    message = outbound(public.address, "30 days", ("person",), public.reply_context)
    await opened.channel.send(message)
    section, actions = opened.slack.asked("chat.postMessage")[0]["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": "30 days", "verbatim": True}
    (button,) = actions["elements"]
    assert json.loads(button["value"]) == {"choice": "person", "to": CUSTOMER}
    assert button["text"] == {"type": "plain_text", "text": "person", "emoji": False}


def test_long_texts_are_cut_between_lines_and_fences_stay_whole() -> None:
    prose = "\n".join(f"line {number} of the text" for number in range(100))
    code = "\n".join(f"code {number}" for number in range(400))
    text = f"{prose}\n```\n{code}\n```\nthe end"
    found = parts(text)
    assert len(found) == 2
    for piece in found:
        assert 0 < len(piece) <= SECTION_CHARACTERS
        assert piece.count("```") % 2 == 0
    kept = "\n".join(found).replace("```\n```\n", "")
    assert [line for line in kept.split("\n") if line != "```"] == [
        line for line in text.split("\n") if line != "```"
    ]


@pytest.mark.parametrize("length", [2990, 3000, 3010, 7000])
def test_a_line_without_end_is_cut_outside_of_links(length: int) -> None:
    link = "<https://x.example/a|a label of some words>"
    text = "x" * (length - 40) + " " + link + " y" * 50
    pieces = parts(text)
    assert all(len(piece) <= SECTION_CHARACTERS for piece in pieces)
    assert sum(piece.count(link) for piece in pieces) == 1


async def test_a_form_that_slack_cannot_read_goes_out_plain(opened: Rig) -> None:
    opened.slack.faults["chat.postMessage"].append("invalid_blocks")
    message = outbound(DIRECT, "*a* <b>", ("person",), plain="a <!channel> b")
    receipt = await opened.channel.send(message)
    first, second = opened.slack.asked("chat.postMessage")
    assert (second["text"], second["mrkdwn"]) == ("a &lt;!channel&gt; b\n• person", False)
    assert "blocks" in first
    assert "blocks" not in second
    assert (await opened.channel.reconcile(message)) == receipt


async def test_a_thread_of_its_own_is_named(opened: Rig) -> None:
    receipt = await opened.channel.send(outbound(Address(PUBLIC), "A case", open_thread=True))
    ts = receipt.external_ids[0].rpartition("/")[2]
    assert receipt.thread == Address(PUBLIC, ts)
    inside = outbound(Address(PUBLIC, ts), "more", open_thread=True)
    again = await opened.channel.send(inside)
    assert again.thread is None
    assert opened.slack.asked("chat.postMessage")[-1]["thread_ts"] == ts


async def test_what_is_private_goes_to_the_direct_messages(opened: Rig) -> None:
    public = await asked(opened, "my order")
    message = outbound(
        public.address,
        "It waits at 5 Elm Street",
        reply_context=public.reply_context,
        private_to="T0HOME/U0EVE",
    )
    receipt = await opened.channel.send(message)
    assert receipt.thread == Address("D0EVE")
    assert await opened.channel.reconcile(message) == receipt
    said = await heard(
        opened, events.says(opened.slack.workspace, "thanks", channel="D0EVE", user="U0EVE")
    )
    assert said.address == receipt.thread
    with pytest.raises(RejectedSendError, match="no such person"):
        await opened.channel.send(outbound(public.address, "x", private_to="T9/U9NOBODY"))


async def test_a_changed_message_loses_the_buttons_it_had(opened: Rig) -> None:
    sent = await opened.channel.send(outbound(DIRECT, "which?", ("person",)))
    await opened.channel.edit(sent.external_ids[0], outbound(DIRECT, "never mind"))
    ((_, posted),) = opened.slack.workspace.ours()
    assert (posted["text"], posted["blocks"]) == ("never mind", [])


async def test_what_is_gone_needs_no_taking_back(opened: Rig) -> None:
    sent = await opened.channel.send(outbound(DIRECT, "oops"))
    await opened.channel.delete(DIRECT, sent.external_ids[0])
    await opened.channel.delete(DIRECT, sent.external_ids[0])
    with pytest.raises(RejectedSendError, match="gone"):
        await opened.channel.edit(sent.external_ids[0], outbound(DIRECT, "x"))
    with pytest.raises(RejectedSendError, match="not the id"):
        await opened.channel.delete(DIRECT, "web-7")


async def test_the_status_is_shown_in_the_thread_that_is_answered(opened: Rig) -> None:
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    await opened.channel.typing(said.address, said.reply_context)
    (shown,) = opened.slack.asked("assistant.threads.setStatus")
    assert (shown["channel_id"], shown["thread_ts"]) == ("D0ADA", said.order)
    await opened.channel.typing(Address("D0ADA"), {})
    opened.slack.faults["assistant.threads.setStatus"].extend(["token_revoked", "lost"])
    await opened.channel.typing(said.address, said.reply_context)
    await opened.channel.typing(said.address, said.reply_context)


# --- Refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("limited", RetryableSendError),
        ("rate_limited", RetryableSendError),
        ("service_unavailable", RetryableSendError),
        ("request_timeout", RetryableSendError),
        ("team_added_to_org", RetryableSendError),
        ("status:503", RetryableSendError),
        ("status:429", RetryableSendError),
        ("internal_error", UncertainSendError),
        ("fatal_error", UncertainSendError),
        ("status:500", UncertainSendError),
        ("status:502", UncertainSendError),
        ("status:504", UncertainSendError),
        ("status:200", UncertainSendError),
        ("garbled", UncertainSendError),
        ("list", UncertainSendError),
        ("cut", UncertainSendError),
        ("lost", UncertainSendError),
        ("status:404", RejectedSendError),
        ("a_word_of_tomorrow", RejectedSendError),
        *((code, RejectedSendError) for code in sorted(REASONS)),
        *((code, ChannelMisconfigured) for code in sorted(MENDS)),
    ],
)
async def test_each_refusal_has_its_meaning(
    opened: Rig, fault: str, error: type[ChannelError]
) -> None:
    opened.slack.faults["chat.postMessage"].append(fault)
    with pytest.raises(error) as caught:
        await opened.channel.send(outbound(DIRECT, "the customer's own words"))
    assert type(caught.value) is error
    assert "own words" not in repr(caught.value.__cause__) + str(caught.value)
    assert BOT_TOKEN not in str(caught.value)
    assert len(opened.slack.asked("chat.postMessage")) == 1, "nothing is tried twice here"


@pytest.mark.parametrize(
    ("header", "wait"),
    [(None, None), ("", None), ("7", 7.0), (" 30 ", 30.0), ("x", None), ("9" * 50, 300.0)],
)
def test_no_wait_is_longer_than_the_outbox_has(header: str | None, wait: float | None) -> None:
    assert seconds(header) == wait


def test_a_missing_scope_is_named() -> None:
    assert "chat:write" in str(meaning("missing_scope", needed="chat:write"))
    assert isinstance(of_status(418, None), RejectedSendError)


async def test_a_platform_that_is_not_there_took_nothing(opened: Rig) -> None:
    await opened.slack.__aexit__()
    # The connection that was open may be found broken only when it is written to.
    with pytest.raises(SendError):
        await opened.channel.send(outbound(DIRECT, "hi"))
    with pytest.raises(RetryableSendError, match="cannot be reached"):
        await opened.channel.send(outbound(DIRECT, "hi"))


async def test_nothing_of_a_message_is_logged(
    opened: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    opened.slack.faults["chat.postMessage"].append("internal_error")
    with pytest.raises(UncertainSendError):
        await opened.channel.send(outbound(DIRECT, "the customer's own words"))
    await opened.channel.send(outbound(DIRECT, "the customer's own words"))
    assert "own words" not in caplog.text
    assert BOT_TOKEN not in caplog.text
    assert BOT_TOKEN not in repr(opened.channel)


# --- Read back ---------------------------------------------------------------------------------


async def test_a_message_is_found_among_many_by_its_mark(opened: Rig) -> None:
    opened.slack.page = 3
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    message = outbound(said.address, "the same words", reply_context=said.reply_context)
    others = [
        outbound(said.address, "the same words", reply_context=said.reply_context) for _ in range(7)
    ]
    for each in (*others[:4], message, *others[4:]):
        await opened.channel.send(each)
    found = await opened.channel.reconcile(message)
    assert found is not None
    stored = opened.slack.workspace.find("D0ADA", found.external_ids[0].rpartition("/")[2])
    assert stored is not None
    assert stored["metadata"]["event_payload"] == {"delivery": message.delivery_id}
    never = outbound(said.address, "the same words", reply_context=said.reply_context)
    assert await opened.channel.reconcile(never) is None


async def test_a_mark_that_somebody_else_set_is_none_of_ours(opened: Rig) -> None:
    message = outbound(DIRECT, "hello")
    forged = {"event_type": "frontdesk_delivery"}
    payload = {"delivery": message.delivery_id}
    opened.slack.workspace.add(
        "D0ADA",
        {
            "user": "U0APP",
            "bot_id": "B0APP",
            "text": "hello",
            "metadata": {**forged, "event_payload": payload},
        },
    )
    assert await opened.channel.reconcile(message) is None


async def test_only_what_came_after_the_question_is_looked_through(opened: Rig) -> None:
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    message = outbound(said.address, "hi", reply_context=said.reply_context)
    await opened.channel.reconcile(message)
    assert opened.slack.asked("conversations.replies")[0]["oldest"] == said.order


async def test_a_place_too_full_to_look_through_stays_uncertain(opened: Rig) -> None:
    opened.slack.page = 1
    for number in range(12):
        opened.slack.workspace.add("D0ADA", {"user": CUSTOMER, "text": str(number)})
    with pytest.raises(UncertainSendError, match="too much"):
        await opened.channel.reconcile(outbound(DIRECT, "hello"))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("channel_not_found", UncertainSendError),
        ("limited", RetryableSendError),
        ("internal_error", RetryableSendError),
        ("missing_scope", ChannelMisconfigured),
    ],
)
async def test_a_place_that_cannot_be_read_does_not_say_no(
    opened: Rig, fault: str, error: type[ChannelError]
) -> None:
    opened.slack.faults["conversations.history"].append(fault)
    with pytest.raises(error):
        await opened.channel.reconcile(outbound(DIRECT, "hello"))


async def test_a_text_whose_files_are_missing_is_not_whole(opened: Rig) -> None:
    said = await heard(opened, events.says(opened.slack.workspace, "hello"))
    file = Attachment("a.pdf", "application/pdf", 4, b"%PDF")
    message = outbound(said.address, "here", reply_context=said.reply_context, attachments=(file,))
    opened.slack.faults["files.completeUploadExternal"].append("lost")
    with pytest.raises(UncertainSendError, match="files"):
        await opened.channel.send(message)
    with pytest.raises(UncertainSendError, match="its files did not"):
        await opened.channel.reconcile(message)
    whole = outbound(said.address, "here", reply_context=said.reply_context, attachments=(file,))
    receipt = await opened.channel.send(whole)
    assert await opened.channel.reconcile(whole) == receipt


def test_the_fake_knows_a_ping_when_it_sees_one() -> None:
    texts = ("<!channel>", "<!here|here>", "<!subteam^S1>", f"<@{BOT_USER}>")
    assert [len(pings({"text": text})) for text in texts] == [1, 1, 1, 1]
    assert pings({"text": "&lt;!channel&gt; @here <https://x.example|@here>"}) == ()
    assert pings({"text": "@here", "link_names": True}) == ("@here",)


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <!here|here> <!subteam^S1>",
        "<@U0EVE> and <@W1|ada>",
        "@everyone @here @channel",
        "`<!channel>` **<@U0EVE>** [<!here>](https://x.example)",
        "```\n<!channel>\n```",
        "&lt;!channel&gt;",
    ],
)
async def test_nobody_is_pinged_above_buttons_or_in_plain(opened: Rig, text: str) -> None:
    choices = (Choice("<!channel>", "<!channel>"),)
    (part,) = render(text, opened.channel.capabilities, choices)
    message = OutboundMessage("d-1", DIRECT, part.text, part.plain, choices=part.choices)
    await opened.channel.send(message)
    opened.slack.faults["chat.postMessage"].append("invalid_blocks")
    await opened.channel.send(message)
    assert [pings(posted) for _, posted in opened.slack.workspace.ours()] == [(), ()]
