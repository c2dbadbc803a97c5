"""What goes to Twilio: words, buttons, templates and files, each once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.contract import Choice, OutboundMessage
from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)
from channels.events import Address, Attachment, Chosen, DeliveryUpdate
from channels.text.render import render
from tests.contract.harness.whatsapp import PUBLIC_URL, Rig, channel_of, rig
from tests.platforms.twilio import Twilio
from tests.platforms.twilio_records import API_KEY, CUSTOMER, SENDER, Content, Fault

CHOICES = (Choice("boots", "Boots"), Choice("person", "Talk to a person"))
LETTERS = "Boots may be returned for *30 days*.\n\n  Unworn:\tyes\n- a\n\t      b\n\nSource: x"


def outbound(text: str = "hello", delivery: str = "d-1", **more: Any) -> OutboundMessage:
    return OutboundMessage(delivery, Address(CUSTOMER), text, text, **more)


async def test_words_go_from_our_sender_with_a_marked_callback(wa: Rig) -> None:
    await wa.channel.send(outbound("*hello*"))
    (sent,) = wa.twilio.calls("sent")
    assert sent["form"] == {
        "To": CUSTOMER,
        "From": SENDER,
        "Body": "*hello*",
        "StatusCallback": f"{PUBLIC_URL}/webhooks/wa/status?delivery=d-1&piece=0",
    }


async def test_somebody_without_a_number_is_answered_at_their_id(wa: Rig) -> None:
    message = OutboundMessage("d-1", Address("whatsapp:US.13491208655302741918"), "hi", "hi")
    await wa.channel.send(message)
    assert wa.twilio.sent[0].recipient == "whatsapp:US.13491208655302741918"


async def test_a_status_finds_its_message(wa: Rig) -> None:
    receipt = await wa.channel.send(outbound())
    for status in ("sent", "read", "delivered", "delivered"):
        assert (await wa.twilio.report(receipt.external_ids[0], status)).status == 200
    assert (await wa.twilio.report(receipt.external_ids[0], "failed", 63016)).status == 200
    updates = [event for event in wa.intake.events if isinstance(event, DeliveryUpdate)]
    assert [each.state for each in updates] == ["sent", "read", "delivered", "delivered", "failed"]
    assert {each.message for each in updates} == set(receipt.external_ids)
    assert len({each.external_id for each in updates}) == 4
    assert "24-hour window" in str(updates[-1].reason)


class TestButtons:
    async def test_a_text_of_several_lines_is_shown_whole_above_its_buttons(self, wa: Rig) -> None:
        await wa.channel.send(outbound(LETTERS, choices=CHOICES))
        (sent,) = wa.twilio.sent
        assert sent.body.replace("\u00a0", " ") == LETTERS.replace("\t", "    ")
        assert [title for _, title in sent.choices] == ["Boots", "Talk to a person"]

    async def test_texts_of_one_shape_share_what_was_made_for_them(self, wa: Rig) -> None:
        for number in range(20):
            text = f"Answer {number}.\n\nSource: page {number}"
            await wa.channel.send(outbound(text, f"d-{number}", choices=CHOICES))
        assert len(wa.twilio.contents) == 1
        assert [message.body[:9] for message in wa.twilio.sent][-1] == "Answer 19"

    async def test_a_restart_finds_what_was_made_before(self, wa: Rig) -> None:
        await wa.channel.send(outbound(choices=CHOICES))
        async with channel_of(wa.twilio, wa.clock) as again:
            await again.send(outbound("other", "d-2", choices=CHOICES))
        assert len(wa.twilio.contents) == 1
        assert [len(message.choices) for message in wa.twilio.sent] == [2, 2]

    async def test_other_buttons_are_made_anew(self, wa: Rig) -> None:
        await wa.channel.send(outbound(choices=CHOICES))
        await wa.channel.send(outbound(delivery="d-2", choices=CHOICES[:1]))
        assert len(wa.twilio.contents) == 2

    async def test_a_press_comes_back_as_the_choice(self, wa: Rig) -> None:
        receipt = await wa.channel.send(outbound(choices=CHOICES))
        await wa.twilio.deliver(wa.twilio.press(wa.twilio.sent[0], "Talk to a person"))
        (event,) = wa.intake.events
        assert isinstance(event, Chosen)
        assert (event.message, event.choice) == (receipt.external_ids[0], "person")

    @pytest.mark.parametrize(
        "text", ["word " * 250, "a\n" * 90, "{{1}} is what they write", "", "  \n "]
    )
    async def test_what_no_button_can_stand_under_has_its_choices_written_out(
        self, wa: Rig, text: str
    ) -> None:
        await wa.channel.send(outbound(text, choices=CHOICES))
        (sent,) = wa.twilio.sent
        assert sent.choices == ()
        assert sent.body.endswith("• Boots\n• Talk to a person")
        assert sent.body.startswith(text)

    @pytest.mark.parametrize(
        "labels", [("Same", "Same"), ("Longer than twenty letters",), ("{{1}}",), (" ",)]
    )
    async def test_labels_that_whatsapp_refuses_are_written_out(
        self, wa: Rig, labels: tuple[str, ...]
    ) -> None:
        choices = tuple(Choice(f"c{number}", label) for number, label in enumerate(labels))
        await wa.channel.send(outbound(choices=choices))
        assert wa.twilio.sent[0].choices == ()
        assert all(label in wa.twilio.sent[0].body for label in labels)

    async def test_the_longest_text_leaves_room_for_the_choices(self, wa: Rig) -> None:
        limit = wa.channel.capabilities.text_limit
        choices = [Choice(f"c{number}", "W" * 19 + str(number)) for number in range(3)]
        (*_, part) = render("word " * limit, wa.channel.capabilities, choices)
        await wa.channel.send(outbound("x" * limit, choices=part.choices))
        assert len(wa.twilio.sent[0].body) <= 1_600

    @pytest.mark.parametrize(
        "fault", [Fault(500), Fault(cut=True), Fault(401, 20003), Fault(200), Fault(403, 20403)]
    )
    async def test_buttons_that_cannot_be_made_do_not_keep_the_words(
        self, wa: Rig, fault: Fault
    ) -> None:
        # aiohttp asks once more where that is harmless.
        wa.twilio.content_faults.extend([fault, fault])
        await wa.channel.send(outbound(choices=CHOICES))
        assert "• Talk to a person" in wa.twilio.sent[0].body

    async def test_a_search_that_is_refused_costs_no_buttons(self, wa: Rig) -> None:
        wa.twilio.content_faults.append(Fault(400, 20001))
        await wa.channel.send(outbound(choices=CHOICES))
        assert wa.twilio.sent[0].choices

    async def test_after_a_failure_nothing_is_made_for_a_minute(self, wa: Rig) -> None:
        wa.twilio.content_faults.append(Fault(500))
        for number in range(3):
            await wa.channel.send(outbound(delivery=f"d-{number}", choices=CHOICES))
        asked = [call for call in wa.twilio.calls("call") if "/Content" in call["path"]]
        assert len(asked) == 1
        wa.clock.at += 61
        await wa.channel.send(outbound(delivery="d-9", choices=CHOICES))
        assert wa.twilio.sent[-1].choices

    async def test_buttons_that_were_deleted_at_twilio_are_written_out_at_once(
        self, wa: Rig
    ) -> None:
        await wa.channel.send(outbound(choices=CHOICES))
        wa.twilio.contents.clear()
        await wa.channel.send(outbound(delivery="d-2", choices=CHOICES))
        assert "• Talk to a person" in wa.twilio.sent[-1].body
        wa.clock.at += 61
        await wa.channel.send(outbound(delivery="d-3", choices=CHOICES))
        assert wa.twilio.sent[-1].choices


class TestTemplates:
    def approved(self, twilio: Twilio, name: str = "frontdesk_answer") -> Content:
        body = "Hello, {{1}} has an answer to your question about {{2}}. Reply to read it."
        content = Content(twilio.sid("HX"), name, {"twilio/text": {"body": body}}, "approved")
        twilio.contents[content.sid] = content
        return content

    async def test_a_template_goes_with_its_variables_and_no_text(self, wa: Rig) -> None:
        content = self.approved(wa.twilio)
        variables = {"1": "Fernhill\nOutdoor", "2": ""}
        template = {"content_sid": content.sid, "variables": variables}
        await wa.channel.send(outbound("not to be sent", template=template))
        (sent,) = wa.twilio.calls("sent")
        assert "Body" not in sent["form"]
        assert sent["form"]["ContentSid"] == content.sid
        assert json.loads(sent["form"]["ContentVariables"]) == {"1": "Fernhill Outdoor", "2": "–"}

    @pytest.mark.parametrize("named", [{}, {"content_sid": "frontdesk_answer"}])
    async def test_a_template_is_found_by_its_name(self, named: dict[str, str]) -> None:
        async with rig(template="frontdesk_answer") as wa:
            self.approved(wa.twilio, "frontdesk_answer_two")
            content = self.approved(wa.twilio)
            template = {**named, "variables": {"1": "a", "2": "b"}}
            for number in range(2):
                await wa.channel.send(outbound(delivery=f"d-{number}", template=template))
            assert [each.content for each in wa.twilio.sent] == [content.sid, content.sid]
            asked = [call for call in wa.twilio.calls("call") if "/Content" in call["path"]]
            assert len(asked) == 1

    async def test_a_template_that_was_made_anew_is_found_again(self) -> None:
        async with rig(template="frontdesk_answer") as wa:
            gone = self.approved(wa.twilio)
            template = {"variables": {"1": "a", "2": "b"}}
            await wa.channel.send(outbound(delivery="d-1", template=template))
            del wa.twilio.contents[gone.sid]
            anew = self.approved(wa.twilio)
            with pytest.raises(ChannelError):
                await wa.channel.send(outbound(delivery="d-2", template=template))
            await wa.channel.send(outbound(delivery="d-2", template=template))
            assert [each.content for each in wa.twilio.sent] == [gone.sid, anew.sid]

    async def test_without_any_template_it_is_refused_with_the_way_out(self, wa: Rig) -> None:
        with pytest.raises(RejectedSendError, match=r"24-hour window.*set `template`"):
            await wa.channel.send(outbound(template={"variables": {}}))

    async def test_a_name_that_twilio_does_not_know_is_refused(self, wa: Rig) -> None:
        with pytest.raises(RejectedSendError, match="no template called 'gone'"):
            await wa.channel.send(outbound(template={"content_sid": "gone", "variables": {}}))

    @pytest.mark.parametrize("template", [{"content_sid": 1}, {"variables": "x"}])
    async def test_what_is_no_template_is_refused(self, wa: Rig, template: dict[str, Any]) -> None:
        with pytest.raises(RejectedSendError, match="content_sid"):
            await wa.channel.send(outbound(template=template))

    @pytest.mark.parametrize(
        ("fault", "error"),
        [(Fault(401, 20003), ChannelMisconfigured), (Fault(cut=True), RetryableSendError)],
    )
    async def test_a_name_that_cannot_be_looked_up_sends_nothing(
        self, wa: Rig, fault: Fault, error: type[ChannelError]
    ) -> None:
        wa.twilio.content_faults.extend([fault, fault])
        with pytest.raises(error):
            await wa.channel.send(outbound(template={"content_sid": "named"}))
        assert wa.twilio.sent == []


class TestFiles:
    def files(self, wa: Rig, count: int) -> tuple[Attachment, ...]:
        stored = wa.twilio.say(
            "", media=[wa.twilio.medium("image/png", b"x") for _ in range(count)]
        )
        sids = [stored[f"MediaUrl{index}"].rpartition("/")[2] for index in range(count)]
        urls = [f"{wa.twilio.storage}/{sid}" for sid in sids]
        return tuple(Attachment("a.png", "image/png", url=url) for url in urls)

    async def test_each_file_is_a_message_after_the_words(self, wa: Rig) -> None:
        receipt = await wa.channel.send(outbound(attachments=self.files(wa, 3)))
        assert [(each.body, len(each.media)) for each in wa.twilio.sent] == [
            ("hello", 0),
            ("", 1),
            ("", 1),
            ("", 1),
        ]
        assert receipt.external_ids == tuple(each.sid for each in wa.twilio.sent)

    async def test_a_second_try_goes_on_where_the_first_one_stopped(self, wa: Rig) -> None:
        message = outbound(attachments=self.files(wa, 2))
        wa.twilio.faults.extend([Fault(503), Fault(429, 20429, "3")])
        for wait in (None, 3.0):
            with pytest.raises(RetryableSendError) as raised:
                await wa.channel.send(message)
            assert raised.value.retry_after == wait
        receipt = await wa.channel.send(message)
        assert [len(each.media) for each in wa.twilio.sent] == [0, 1, 1]
        assert len(receipt.external_ids) == 3

    @pytest.mark.parametrize(
        "url",
        [
            None,
            "",
            "http://files.example.com/a.png",
            "https://10.0.0.1/a.png",
            "https://169.254.169.254/latest",
            "https://[fd00::1]/a.png",
            "https://intranet/a.png",
            "file:///etc/passwd",
        ],
    )
    async def test_a_file_that_twilio_cannot_fetch_is_refused_before_anything_is_sent(
        self, wa: Rig, url: str | None
    ) -> None:
        file = Attachment("invoice.pdf", "application/pdf", content=b"x", url=url)
        with pytest.raises(RejectedSendError, match=r"'invoice.pdf'.*public https.*public_url"):
            await wa.channel.send(outbound(attachments=(file,)))
        assert wa.twilio.sent == []

    async def test_loopback_is_no_public_address_for_the_real_twilio(self) -> None:
        async with rig(api_base=None) as wa:
            file = Attachment("a", "image/png", url="https://127.0.0.1/a")
            with pytest.raises(RejectedSendError, match="public https"):
                await wa.channel.send(outbound(attachments=(file,)))


async def test_an_empty_message_is_refused(wa: Rig) -> None:
    with pytest.raises(RejectedSendError, match="empty"):
        await wa.channel.send(outbound("  "))


ERRORS: list[tuple[Fault, type[ChannelError], str]] = [
    (Fault(401, 20003), ChannelMisconfigured, "auth_token"),
    (Fault(401, None), ChannelMisconfigured, "auth_token"),
    (Fault(403, 20005), ChannelMisconfigured, "suspended"),
    (Fault(404, 20404), ChannelMisconfigured, "account_sid"),
    (Fault(403, 12345), ChannelMisconfigured, "permissions"),
    (Fault(403, 21408), RejectedSendError, "21408"),
    (Fault(302, None), ChannelMisconfigured, "api_base"),
    (Fault(400, 63007), ChannelMisconfigured, "`from`"),
    (Fault(400, 21606), ChannelMisconfigured, "`from`"),
    (Fault(429, 20429, "11"), RetryableSendError, "by itself"),
    (Fault(429, None), RetryableSendError, "429"),
    (Fault(400, 30001), RetryableSendError, "by itself"),
    (Fault(429, 63018), RetryableSendError, "limit"),
    (Fault(429, 63038), RetryableSendError, "daily limit"),
    (Fault(503, None), RetryableSendError, "503"),
    (Fault(500, 20500), UncertainSendError, "500"),
    (Fault(502, None), UncertainSendError, "502"),
    (Fault(504, None), UncertainSendError, "504"),
    (Fault(cut=True), UncertainSendError, "before Twilio answered"),
    (Fault(400, 21211), RejectedSendError, "another way"),
    (Fault(400, 63024), RejectedSendError, "another way"),
    (Fault(400, 21610), RejectedSendError, "opted out"),
    (Fault(400, 63016), RejectedSendError, "24-hour window"),
    (Fault(400, 21617), RejectedSendError, "shorter"),
    (Fault(400, 21656), RejectedSendError, "template"),
    (Fault(400, 63013), RejectedSendError, "policy"),
    (Fault(400, 77777), RejectedSendError, "77777"),
    (Fault(418, None), RejectedSendError, "418"),
]


@pytest.mark.parametrize(("fault", "error", "words"), ERRORS)
async def test_every_refusal_says_what_becomes_of_the_message(
    wa: Rig, fault: Fault, error: type[ChannelError], words: str
) -> None:
    wa.twilio.faults.append(fault)
    with pytest.raises(error, match=words) as raised:
        await wa.channel.send(outbound())
    assert type(raised.value) is error
    posts = [call for call in wa.twilio.calls("call") if call["method"] == "POST"]
    assert len(posts) == 1, "nothing is repeated by itself"


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Fault(429, 20429, "11"), 11.0),
        (Fault(429, 20429), None),
        (Fault(503, None, "4"), 4.0),
        (Fault(429, 20429, "soon"), None),
        (Fault(429, 20429, "9" * 30), 3_600.0),
        (Fault(429, 63038), 3_600.0),
        (Fault(429, 63018), 60.0),
    ],
)
async def test_twilio_is_given_the_time_that_it_asks_for(
    wa: Rig, fault: Fault, wait: float | None
) -> None:
    wa.twilio.faults.append(fault)
    with pytest.raises(RetryableSendError) as raised:
        await wa.channel.send(outbound())
    assert raised.value.retry_after == wait


async def test_a_twilio_that_is_not_there_has_not_seen_the_message() -> None:
    async with rig(api_base="http://127.0.0.1:9") as wa:
        with pytest.raises(RetryableSendError, match="cannot be reached"):
            await wa.channel.send(outbound())


async def test_an_answer_that_nobody_can_read_leaves_it_in_doubt(wa: Rig) -> None:
    wa.twilio.faults.append(Fault(201))
    with pytest.raises(UncertainSendError, match="did not say as which"):
        await wa.channel.send(outbound())


async def test_a_channel_that_is_not_up_sends_nothing(wa: Rig) -> None:
    down = channel_of(wa.twilio, wa.clock)
    with pytest.raises(RetryableSendError, match="not up"):
        await down.send(outbound())


async def test_typing_names_the_message_that_is_answered(wa: Rig) -> None:
    form = wa.twilio.say("hello")
    await wa.channel.typing(Address(CUSTOMER), {"message": form["MessageSid"]})
    (told,) = wa.twilio.calls("typing")
    assert told["form"] == {"channel": "whatsapp", "messageId": form["MessageSid"]}


@pytest.mark.parametrize("fault", [Fault(500), Fault(cut=True), Fault(401, 20003), Fault(429)])
async def test_typing_is_given_up_quietly(wa: Rig, fault: Fault) -> None:
    form = wa.twilio.say("hello")
    wa.twilio.other_faults.append(fault)
    await wa.channel.typing(Address(CUSTOMER), {"message": form["MessageSid"]})
    assert wa.twilio.calls("typing") == []


async def test_an_api_key_is_what_twilio_is_shown() -> None:
    async with rig(api_key=API_KEY[0], api_key_secret=API_KEY[1]) as wa:
        wa.twilio.token = "another-token-0123456789abcdef00"
        await wa.channel.send(outbound())
        assert len(wa.twilio.sent) == 1
