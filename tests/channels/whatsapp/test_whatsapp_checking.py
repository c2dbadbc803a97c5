"""What ``frontdesk check --live`` and the probe say, and the template's way to WhatsApp."""

from __future__ import annotations

import pytest

from channels.errors import ChannelDisconnected, ChannelMisconfigured
from tests.contract.harness.whatsapp import Rig, rig
from tests.platforms.twilio_records import CUSTOMER, SENDER, Content, Fault

TEXT = "Hello, {{1}} has an answer to your question about {{2}}. Reply to this message to read it."
SAMPLES = {"1": "Fernhill Outdoor", "2": "your order"}


def template(wa: Rig, approval: str, name: str = "frontdesk_answer", reason: str = "") -> Content:
    content = Content(wa.twilio.sid("HX"), name, {"twilio/text": {"body": TEXT}}, approval, reason)
    wa.twilio.contents[content.sid] = content
    return content


async def test_each_thing_that_works_has_a_line(wa: Rig) -> None:
    account, sender, no_template = await wa.channel.check()
    assert "Fernhill" in account
    assert "active" in account
    assert SENDER in sender
    assert "https://desk.example.com/webhooks/wa" in sender
    assert "set `template`" in no_template


@pytest.mark.parametrize("named", ["frontdesk_answer", "sid"])
async def test_an_approved_template_works(named: str) -> None:
    async with rig(template="HX" + "0" * 31 + "1" if named == "sid" else named) as wa:
        template(wa, "approved")
        assert (await wa.channel.check())[-1].endswith("is approved")


@pytest.mark.parametrize(
    ("approval", "reason", "words"),
    [
        ("pending", "", "look again later"),
        ("received", "", "look again later"),
        ("unsubmitted", "", "submit it"),
        ("rejected", "TAG_CONTENT_MISMATCH", "TAG_CONTENT_MISMATCH.*make another"),
        ("paused", "", "make another"),
        ("disabled", "", "make another"),
    ],
)
async def test_a_template_that_cannot_be_sent_is_said_so(
    approval: str, reason: str, words: str
) -> None:
    async with rig(template="frontdesk_answer") as wa:
        template(wa, approval, reason=reason)
        with pytest.raises(ChannelMisconfigured, match=f"(?s){approval}.*{words}"):
            await wa.channel.check()


@pytest.mark.parametrize("named", ["of_nobody", "HX" + "9" * 32])
async def test_a_template_that_is_not_there_is_said_so(named: str) -> None:
    async with rig(template=named) as wa:
        template(wa, "approved", "of_nobody_else")
        with pytest.raises(ChannelMisconfigured, match=r"no template.*Template Builder"):
            await wa.channel.check()


async def test_everything_that_is_wrong_is_said_at_once() -> None:
    async with rig(template="gone") as wa:
        wa.twilio.webhook = "https://old.example.com/sms"
        with pytest.raises(ChannelMisconfigured) as raised:
            await wa.channel.check()
    said = str(raised.value)
    assert "https://old.example.com/sms" in said
    assert "set it to https://desk.example.com/webhooks/wa" in said
    assert "no template called 'gone'" in said


async def test_overrides_behind_the_webhooks_address_are_no_other_address(wa: Rig) -> None:
    wa.twilio.webhook = "https://desk.example.com/webhooks/wa#rc=3&rp=all"
    await wa.channel.check()


@pytest.mark.parametrize("status", ["suspended", "closed"])
@pytest.mark.parametrize("asked", ["check", "probe"])
async def test_an_account_that_may_not_send_is_said_so(wa: Rig, status: str, asked: str) -> None:
    wa.twilio.account_status = status
    with pytest.raises(ChannelMisconfigured, match=f"{status}.*console"):
        await (wa.channel.check() if asked == "check" else wa.channel.probe())


async def test_a_sender_that_is_not_online_is_said_so(wa: Rig) -> None:
    wa.twilio.sender_status = "OFFLINE"
    with pytest.raises(ChannelMisconfigured, match=r"OFFLINE.*Senders"):
        await wa.channel.check()


async def test_a_sender_of_somebody_else_is_said_so() -> None:
    async with rig(**{"from": CUSTOMER}) as wa:
        with pytest.raises(ChannelMisconfigured, match=r"no WhatsApp sender.*`from`"):
            await wa.channel.check()


async def test_the_sandbox_is_taken_for_what_it_is() -> None:
    async with rig(**{"from": "whatsapp:+14155238886"}) as wa:
        assert "sandbox" in (await wa.channel.check())[1]


@pytest.mark.parametrize("fault", [Fault(500), Fault(cut=True), Fault(429)])
async def test_a_twilio_that_does_not_answer_fails_the_probe(wa: Rig, fault: Fault) -> None:
    wa.twilio.other_faults.extend([fault, fault])
    with pytest.raises(ChannelDisconnected, match="does not answer"):
        await wa.channel.probe()


async def test_a_proposed_template_is_made_and_submitted_once(wa: Rig) -> None:
    first = await wa.channel.propose_template(TEXT, SAMPLES, language="en")
    assert (first.status, first.usable) == ("received", False)
    again = await wa.channel.propose_template(TEXT, SAMPLES, language="en")
    assert again.sid == first.sid
    (made,), (submitted,) = wa.twilio.calls("content"), wa.twilio.calls("submitted")
    assert made["given"]["types"] == {"twilio/text": {"body": TEXT}}
    assert made["given"]["variables"] == SAMPLES
    assert submitted["given"] == {"name": "frontdesk_answer", "category": "UTILITY"}
    wa.twilio.contents[first.sid].approval = "approved"
    assert (await wa.channel.propose_template(TEXT, SAMPLES)).usable


@pytest.mark.parametrize(
    ("text", "samples", "words"),
    [
        ("", {}, "1 to"),
        ("{{1}} has an answer.", {"1": "a"}, "first"),
        ("An answer for {{1}}", {"1": "a"}, "first, last"),
        ("Hi {{1}} {{2}}, read.", {"1": "a", "2": "b"}, "beside"),
        ("Hi {{1}}, read.", {}, "sample"),
        ("Hi {{1}}, read.", {"1": " "}, "sample"),
        ("Hi, read.", {"1": "a"}, "sample"),
    ],
)
async def test_what_whatsapp_would_refuse_is_not_proposed(
    wa: Rig, text: str, samples: dict[str, str], words: str
) -> None:
    with pytest.raises(ChannelMisconfigured, match=words):
        await wa.channel.propose_template(text, samples)
    assert wa.twilio.calls("call") == []


async def test_a_proposal_that_twilio_refuses_says_how_else(wa: Rig) -> None:
    wa.twilio.content_faults.append(Fault(403, 20403))
    with pytest.raises(ChannelMisconfigured, match="Content Template Builder"):
        await wa.channel.propose_template(TEXT, SAMPLES)
