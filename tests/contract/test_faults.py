"""What an adapter says when the platform does not take a message, and what is then to be seen."""

from __future__ import annotations

import pytest

from channels.contract import OutboundMessage, Receipt
from channels.errors import (
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    SendError,
    UncertainSendError,
)
from channels.kinds import Kind
from tests.contract.harness.protocol import Fault, Harness
from tests.contract.steps import greeted, inapplicable, outbound, times

TEXT = "Standard shipping costs 4.90 euros."


async def _faulty(harness: Harness, fault: Fault) -> OutboundMessage:
    """A message to send, the fault in its way; only a pulled kind has no platform that fails."""
    first = await greeted(harness)
    if not harness.fail(fault):
        _excused(harness, fault)
    return outbound(first.address, TEXT, reply_context=first.reply_context)


def _excused(harness: Harness, fault: Fault) -> None:
    capabilities = harness.channel.capabilities
    # SMTP can put a mail off, but has no word for how long.
    dateless = fault == "rate_limited" and capabilities.dialect == "email"
    assert capabilities.pulled or dateless, "its platform can do that"
    inapplicable("there is no such answer")


async def test_a_platform_that_asks_for_time_is_given_it(harness: Harness) -> None:
    message = await _faulty(harness, "rate_limited")
    with pytest.raises(RetryableSendError) as raised:
        await harness.channel.send(message)
    assert raised.value.retry_after is not None
    assert raised.value.retry_after >= 7
    await harness.channel.send(message)
    assert times(harness, TEXT) == 1


async def test_a_platform_that_is_down_is_tried_again(harness: Harness) -> None:
    message = await _faulty(harness, "unavailable")
    with pytest.raises((RetryableSendError, UncertainSendError)):
        await harness.channel.send(message)
    assert times(harness, TEXT) == 0
    await harness.channel.send(message)
    assert times(harness, TEXT) == 1


async def test_a_refusal_is_final_and_has_a_reason(harness: Harness) -> None:
    message = await _faulty(harness, "refused")
    with pytest.raises(RejectedSendError) as raised:
        await harness.channel.send(message)
    assert len(raised.value.reason) > 10
    assert times(harness, TEXT) == 0


async def test_dead_credentials_are_the_channels_trouble(harness: Harness) -> None:
    message = await _faulty(harness, "unauthorised")
    with pytest.raises(ChannelMisconfigured) as raised:
        await harness.channel.send(message)
    assert len(str(raised.value)) > 10
    assert times(harness, TEXT) == 0


async def _tried(harness: Harness, message: OutboundMessage) -> SendError | Receipt:
    try:
        return await harness.channel.send(message)
    except SendError as error:
        return error


async def test_a_message_of_unknown_fate_is_seen_once_in_the_end(harness: Harness) -> None:
    """The platform took it, and the connection broke before it could say so."""
    message = await _faulty(harness, "cut")
    capabilities = harness.channel.capabilities
    told = await _tried(harness, message)
    if isinstance(told, Receipt):
        assert capabilities.idempotent_send, "only a key makes a quiet second try harmless"
    else:
        assert isinstance(told, UncertainSendError)
    assert times(harness, TEXT) == 1
    if capabilities.read_back or capabilities.reconcile_by_resend:
        found = await harness.channel.reconcile(message)
        assert found is not None
        assert found.external_ids
    elif capabilities.idempotent_send:
        assert (await harness.channel.send(message)).external_ids
    assert times(harness, TEXT) == 1


async def test_a_message_that_never_arrived_is_not_found(harness: Harness) -> None:
    """The connection broke before the platform took it."""
    message = await _faulty(harness, "lost")
    capabilities = harness.channel.capabilities
    told = await _tried(harness, message)
    if isinstance(told, Receipt):
        assert capabilities.idempotent_send, "only a key makes a quiet second try harmless"
        assert times(harness, TEXT) == 1
        return
    assert isinstance(told, RetryableSendError | UncertainSendError)
    assert times(harness, TEXT) == 0
    # Where asking is sending again, it arrives by that; else there is nothing to find.
    if capabilities.read_back and not capabilities.reconcile_by_resend:
        assert await harness.channel.reconcile(message) is None
    elif capabilities.reconcile_by_resend:
        await harness.channel.reconcile(message)
        assert times(harness, TEXT) == 1


async def test_a_platform_that_hears_us_passes_the_probe(harness: Harness) -> None:
    await harness.channel.probe()


async def test_the_check_says_what_works(harness: Harness) -> None:
    lines = await harness.channel.check()
    assert lines
    assert all(line.strip() for line in lines)


@pytest.mark.parametrize("asked", ["probe", "check"])
async def test_credentials_that_are_refused_are_said_so(
    kind: Kind, harness: Harness, asked: str
) -> None:
    """At the latest when the platform is asked; a channel may say so as it is entered."""
    channel = harness.broken()
    if channel is None:
        assert kind.sdk is None, "a platform with an SDK has credentials that can be wrong"
        inapplicable("nobody but us checks the credentials of this kind")
    with pytest.raises(ChannelMisconfigured) as raised:
        async with channel:
            await (channel.probe() if asked == "probe" else channel.check())
    assert len(str(raised.value)) > 10
