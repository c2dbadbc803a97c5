"""Whether a message of unknown fate arrived: what is certain, and what is said when nothing is."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import Choice, OutboundMessage
from channels.errors import (
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment
from tests.contract.harness.whatsapp import Rig, channel_of
from tests.platforms.twilio_records import CUSTOMER, Content, Fault

CHOICES = (Choice("person", "Talk to a person"),)
CUT = Fault(taken=True, cut=True)


def outbound(text: str = "hello", delivery: str = "d-1", **more: Any) -> OutboundMessage:
    return OutboundMessage(delivery, Address(CUSTOMER), text, text, **more)


async def in_doubt(wa: Rig, message: OutboundMessage, fault: Fault = CUT) -> None:
    wa.twilio.faults.append(fault)
    with pytest.raises(UncertainSendError):
        await wa.channel.send(message)


def listed(wa: Rig) -> int:
    calls = [call for call in wa.twilio.calls("call") if call["method"] == "GET"]
    return len([call for call in calls if call["path"].endswith("/Messages.json")])


@pytest.mark.parametrize("choices", [(), CHOICES], ids=["words", "buttons"])
async def test_what_twilio_took_is_found(wa: Rig, choices: tuple[Choice, ...]) -> None:
    await wa.channel.send(outbound("before", "d-0"))
    message = outbound("hello,\n\nworld", choices=choices)
    await in_doubt(wa, message)
    receipt = await wa.channel.reconcile(message)
    assert receipt is not None
    assert receipt.external_ids == (wa.twilio.sent[-1].sid,)
    assert len(wa.twilio.sent) == 2


async def test_what_twilio_did_not_take_is_not_found_though_it_was_said_before(wa: Rig) -> None:
    await wa.channel.send(outbound("You're still in line.", "d-0"))
    wa.clock.at += 5
    message = outbound("You're still in line.")
    await in_doubt(wa, message, Fault(cut=True))
    assert await wa.channel.reconcile(message) is None
    await wa.channel.send(message)
    assert len(wa.twilio.sent) == 2


async def test_twilio_is_given_time_to_list_it(wa: Rig) -> None:
    message = outbound()
    await in_doubt(wa, message)
    began = wa.clock.at
    await wa.channel.reconcile(message)
    assert wa.clock.at == began + 5


async def test_a_status_callback_says_it_without_asking(wa: Rig) -> None:
    message = outbound()
    await in_doubt(wa, message)
    await wa.twilio.report(wa.twilio.sent[0].sid, "queued")
    receipt = await wa.channel.reconcile(message)
    assert receipt is not None
    assert receipt.external_ids == (wa.twilio.sent[0].sid,)
    assert listed(wa) == 0


async def test_a_callback_that_is_not_signed_says_nothing(wa: Rig) -> None:
    sent = wa.twilio.say("x")["MessageSid"]
    path = "/webhooks/wa/status?delivery=d-1&piece=0"
    body = f"MessageSid={sent}&MessageStatus=sent".encode()
    assert (await wa.twilio.post(path, body, {"X-Twilio-Signature": "bm8="})).status == 401
    assert await wa.channel.reconcile(outbound()) is None


@pytest.mark.parametrize("query", ["", "?delivery=d-1", "?delivery=d-1&piece=-1", "?piece=99999"])
async def test_a_callback_without_our_mark_is_a_status_like_any(wa: Rig, query: str) -> None:
    receipt = await wa.channel.send(outbound())
    wa.twilio.messages[receipt.external_ids[0]].callback = f"/webhooks/wa/status{query}"
    assert (await wa.twilio.report(receipt.external_ids[0], "sent")).status == 200


class TestAfterARestart:
    async def test_the_newest_message_with_these_words_is_it(self, wa: Rig) -> None:
        await wa.channel.send(outbound("before", "d-0"))
        message = outbound("hello")
        await in_doubt(wa, message)
        async with channel_of(wa.twilio, wa.clock) as again:
            receipt = await again.reconcile(message)
        assert receipt is not None
        assert receipt.external_ids == (wa.twilio.sent[-1].sid,)

    async def test_other_words_were_sent_before_it(self, wa: Rig) -> None:
        await wa.channel.send(outbound("hello", "d-0"))
        await wa.channel.send(outbound("another", "d-1"))
        async with channel_of(wa.twilio, wa.clock) as again:
            assert await again.reconcile(outbound("hello", "d-2")) is None

    async def test_nothing_was_ever_sent(self, wa: Rig) -> None:
        async with channel_of(wa.twilio, wa.clock) as again:
            assert await again.reconcile(outbound()) is None

    async def test_what_is_older_than_a_day_is_not_it(self, wa: Rig) -> None:
        await wa.channel.send(outbound())
        wa.clock.at += 86_401
        async with channel_of(wa.twilio, wa.clock) as again:
            assert await again.reconcile(outbound()) is None

    async def test_a_file_does_not_show_whose_it_was(self, wa: Rig) -> None:
        message = outbound("", attachments=(stored(wa),))
        await in_doubt(wa, message)
        async with channel_of(wa.twilio, wa.clock) as again:
            with pytest.raises(UncertainSendError, match="no words"):
                await again.reconcile(message)

    async def test_a_template_does_not_show_whose_it_was(self, wa: Rig) -> None:
        message = outbound(template=template(wa))
        await in_doubt(wa, message)
        async with channel_of(wa.twilio, wa.clock) as again:
            with pytest.raises(UncertainSendError, match="no words"):
                await again.reconcile(message)

    async def test_words_that_twilio_does_not_list_with_their_buttons_are_in_doubt(
        self, wa: Rig
    ) -> None:
        message = outbound(choices=CHOICES)
        await in_doubt(wa, message)
        wa.twilio.sent[0].body = ""
        async with channel_of(wa.twilio, wa.clock) as again:
            with pytest.raises(UncertainSendError):
                await again.reconcile(message)
        assert await wa.channel.reconcile(message) is not None


def stored(wa: Rig) -> Attachment:
    form = wa.twilio.say("", media=[wa.twilio.medium("image/png", b"x")])
    url = f"{wa.twilio.storage}/{form['MediaUrl0'].rpartition('/')[2]}"
    return Attachment("a.png", "image/png", url=url)


def template(wa: Rig) -> dict[str, Any]:
    content = Content(wa.twilio.sid("HX"), "t", {"twilio/text": {"body": "Hi {{1}}, read."}})
    wa.twilio.contents[content.sid] = content
    return {"content_sid": content.sid, "variables": {"1": "a"}}


async def test_files_and_templates_of_this_process_are_found(wa: Rig) -> None:
    for number, more in enumerate([{"attachments": (stored(wa),)}, {"template": template(wa)}]):
        message = outbound("", f"d-{number}", **more)
        await in_doubt(wa, message)
        receipt = await wa.channel.reconcile(message)
        assert receipt is not None
        assert receipt.external_ids == (wa.twilio.sent[-1].sid,)
        wa.clock.at += 60


async def test_of_several_pieces_only_the_missing_ones_are_sent_again(wa: Rig) -> None:
    message = outbound("words", attachments=(stored(wa), stored(wa)))
    wa.twilio.faults.append(Fault(503))
    with pytest.raises(RetryableSendError):
        await wa.channel.send(message)
    await in_doubt(wa, message)
    assert await wa.channel.reconcile(message) is None
    receipt = await wa.channel.send(message)
    assert [len(each.media) for each in wa.twilio.sent] == [0, 1, 1]
    assert receipt.external_ids == tuple(each.sid for each in wa.twilio.sent)


async def test_what_was_taken_and_failed_is_said_so(wa: Rig) -> None:
    message = outbound()
    await in_doubt(wa, message)
    wa.twilio.sent[0].status, wa.twilio.sent[0].error_code = "failed", 63016
    with pytest.raises(RejectedSendError, match="24-hour window"):
        await wa.channel.reconcile(message)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(500), RetryableSendError),
        (Fault(cut=True), RetryableSendError),
        (Fault(429), RetryableSendError),
        (Fault(401, 20003), ChannelMisconfigured),
        (Fault(200), RetryableSendError),
    ],
)
async def test_a_twilio_that_cannot_be_asked_is_asked_later(
    wa: Rig, fault: Fault, error: type[Exception]
) -> None:
    message = outbound()
    await in_doubt(wa, message)
    wa.twilio.other_faults.extend([fault, fault])
    with pytest.raises(error):
        await wa.channel.reconcile(message)
