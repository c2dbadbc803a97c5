"""What Twilio took and could not deliver, sent again by a person."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import OutboundMessage
from channels.errors import RetryableSendError
from channels.events import Address, Attachment
from tests.contract.harness.whatsapp import Rig, channel_of
from tests.platforms.twilio_records import CUSTOMER, Fault


def outbound(text: str = "hello", **more: Any) -> OutboundMessage:
    return OutboundMessage("d-1", Address(CUSTOMER), text, text, **more)


async def test_what_failed_after_twilio_took_it_goes_out_again(wa: Rig) -> None:
    first = await wa.channel.send(outbound())
    await wa.twilio.report(first.external_ids[0], "sent")
    await wa.twilio.report(first.external_ids[0], "failed", 63016)
    again = await wa.channel.send(outbound())
    assert again.external_ids != first.external_ids
    assert [message.body for message in wa.twilio.sent] == ["hello", "hello"]


async def test_only_the_piece_that_failed_goes_out_again(wa: Rig) -> None:
    url = f"{wa.twilio.url}/v2/Channels/Senders"
    file = Attachment("a.json", "application/json", content=b"x", url=url)
    whole = outbound(attachments=(file,))
    first = await wa.channel.send(whole)
    await wa.twilio.report(first.external_ids[0], "delivered")
    await wa.twilio.report(first.external_ids[1], "undelivered", 63019)
    again = await wa.channel.send(whole)
    assert again.external_ids[0] == first.external_ids[0]
    assert again.external_ids[1] != first.external_ids[1]
    assert len(wa.twilio.sent) == 3


async def test_what_only_another_node_s_report_told_of_is_asked_about(wa: Rig) -> None:
    async with channel_of(wa.twilio, wa.clock) as elsewhere:
        first = await elsewhere.send(outbound())
    await wa.twilio.report(first.external_ids[0], "sent")
    wa.twilio.messages[first.external_ids[0]].status = "failed"
    again = await wa.channel.send(outbound())
    assert again.external_ids != first.external_ids


async def test_while_twilio_cannot_be_asked_nothing_is_sent_twice(wa: Rig) -> None:
    await wa.channel.send(outbound())
    wa.twilio.other_faults.append(Fault(503))
    with pytest.raises(RetryableSendError, match="what became of the first try"):
        await wa.channel.send(outbound())
    assert len(wa.twilio.sent) == 1
