"""Reading a mailbox: every mail once, through cuts, renumbering, deletions and silence."""

from __future__ import annotations

import asyncio

import pytest

from channels.contract import OutboundMessage
from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from channels.events import Ignored, InboundMessage, Unreadable
from channels.mail.watching import Place
from tests.channels.mail.rig import SEAL, Rig, rig
from tests.platforms.mail_imap import ARRIVED, Folder
from tests.platforms.mail_letters import ADA, OURS, arrived, letter, stamped

DAY = 86_400.0


async def test_old_mail_is_not_answered_and_what_follows_is() -> None:
    async with rig() as at:
        at.platform.imap.folders["INBOX"].add(arrived("long ago"))
        await at.rested()
        assert at.texts == []
        await at.platform.imap.put(arrived("just now"))
        await at.rested()
        assert at.texts == ["just now"]


async def test_mail_of_the_time_between_two_starts_is_found() -> None:
    async with rig() as at:
        await at.rested()
        await at.stop()
        await at.platform.imap.put(arrived("while it was down"))
        await at.rested()
        assert at.texts == ["while it was down"]


async def test_reading_may_begin_on_a_day() -> None:
    async with rig(imap={"since": "2027-01-01"}) as at:
        inbox = at.platform.imap.folders["INBOX"]
        inbox.add(arrived("before"), ARRIVED - 60 * DAY)
        inbox.add(arrived("after"), ARRIVED)
        await at.rested()
        assert at.texts == ["after"]


async def test_nothing_in_the_mailbox_is_changed() -> None:
    async with rig() as at:
        await at.rested()
        await at.platform.imap.put(arrived("hello"))
        await at.rested()
        words = {command.split(" ")[0].upper() for command in at.platform.imap.commands}
        assert words <= {"CAPABILITY", "LOGIN", "EXAMINE", "IDLE", "UID", "NOOP", "LOGOUT"}
        fetched = [each for each in at.platform.imap.commands if "FETCH" in each]
        assert all("PEEK" in each or "SIZE" in each for each in fetched)


async def test_a_mail_that_was_not_accepted_comes_again() -> None:
    async with rig() as at:
        await at.rested()
        at.intake.closed = True
        await at.platform.imap.put(arrived("one"))
        await at.platform.imap.put(arrived("two"))
        with pytest.raises(IntakeClosed):
            await at.rested()
        assert at.texts == []
        at.intake.closed = False
        await at.rested()
        assert at.texts == ["one", "two"]


async def test_the_place_moves_with_each_mail() -> None:
    async with rig() as at:
        await at.rested()
        for text in ("one", "two", "three"):
            await at.platform.imap.put(arrived(text))
        await at.rested()
        place = Place.parse(at.intake.cursors["folder/INBOX"])
        assert (place.validity, place.uid) == (7, 3)


async def test_a_connection_that_is_cut_loses_and_doubles_nothing() -> None:
    """Fifty cuts, in the middle of a mail and while it waits."""
    async with rig() as at:
        await at.rested()
        for number in range(25):
            at.platform.imap.cuts += ["FETCH", "IDLE"]
            await at.platform.imap.put(arrived(f"mail {number}"))
            await at.until_read()
        assert at.texts == [f"mail {number}" for number in range(25)]
        assert at.platform.imap.cuts == []


async def test_a_mailbox_that_numbers_anew_is_answered_once() -> None:
    async with rig() as at:
        await at.rested()
        raws = [arrived(f"mail {number}") for number in range(3)]
        for raw in raws:
            await at.platform.imap.put(raw)
        await at.rested()
        await at.stop()
        renewed = Folder(validity=8)
        for number, raw in enumerate([arrived("very old"), *raws, arrived("new")]):
            renewed.add(raw, ARRIVED - 90 * DAY if number == 0 else ARRIVED)
        at.platform.imap.folders["INBOX"] = renewed
        await at.rested()
        events = at.of(InboundMessage)
        once = {event.external_id: event.text for event in events}
        assert sorted(once.values()) == ["mail 0", "mail 1", "mail 2", "new"]
        assert {event.sender.kind for event in events} == {"customer"}
        assert at.intake.cursors["folder/INBOX"].startswith("8/5/")


async def test_a_mail_that_was_deleted_meanwhile_holds_nothing_up() -> None:
    async with rig() as at:
        await at.rested()
        await at.stop()
        inbox = at.platform.imap.folders["INBOX"]
        for text in ("gone", "stays", "gone as well"):
            inbox.add(arrived(text))
        del inbox.mails[1], inbox.mails[3]
        await at.rested()
        assert at.texts == ["stays"]


async def test_a_mail_that_the_server_cannot_hand_out_is_passed_after_three_tries() -> None:
    async with rig() as at:
        await at.rested()
        at.platform.imap.unfetchable = {1}
        await at.platform.imap.put(arrived("broken"))
        await at.platform.imap.put(arrived("whole"))
        assert await at.until_read() == 2
        (broken,) = at.of(Unreadable)
        assert "does not hand out" in broken.reason
        assert at.texts == ["whole"]


async def test_a_mail_beyond_the_cap_is_known_by_its_head_alone() -> None:
    async with rig() as at:
        await at.rested()
        raw = arrived("x").replace(b"Subject:", b"X-Large: 1\r\nSubject:") + b"x" * (25 * 2**20)
        await at.platform.imap.put(raw)
        await at.platform.imap.put(arrived("small"))
        await at.rested()
        (large,) = at.of(Unreadable)
        assert b"X-Large: 1" in large.raw
        assert len(large.raw) < 2000
        assert at.texts == ["small"]


async def test_a_mail_that_nobody_can_read_is_kept_and_passed() -> None:
    async with rig() as at:
        await at.rested()
        deep = b"".join(
            b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
            for n in range(100)
        )
        await at.platform.imap.put(stamped(b"From: a@b.example\r\n" + deep))
        await at.platform.imap.put(arrived("fine"))
        await at.rested()
        (unreadable,) = at.of(Unreadable)
        assert "nested deeper" in unreadable.reason
        assert unreadable.raw.endswith(deep)
        assert at.texts == ["fine"]


async def test_several_folders_are_read() -> None:
    async with rig(imap={"folders": ["INBOX", "Billing"]}) as at:
        at.platform.imap.folders["Billing"] = Folder(validity=3)
        await at.rested("Billing")
        raw = arrived("the same mail in both")
        await at.platform.imap.put(raw)
        await at.platform.imap.put(raw, "Billing")
        await at.platform.imap.put(arrived("an invoice"), "Billing")
        await at.rested("Billing")
        await at.rested()
        assert {event.text for event in at.of(InboundMessage)} == {
            "the same mail in both",
            "an invoice",
        }
        assert len({event.external_id for event in at.of(InboundMessage)}) == 2


async def test_a_server_without_push_is_looked_at() -> None:
    async with rig() as at:
        at.platform.imap.idles = False
        await at.rested()
        await at.platform.imap.put(arrived("hello"))
        await at.rested()
        assert at.texts == ["hello"]
        assert not [each for each in at.platform.imap.commands if each.startswith("IDLE")]


async def test_a_connection_that_only_looks_alive_is_found_out() -> None:
    async with rig() as at:
        await at.rested()
        at.platform.imap.silent = True
        at.channel.probe_seconds = 0.3
        with pytest.raises(ChannelDisconnected, match="was not looked at"):
            await at.channel.probe()


async def test_a_probe_looks_at_the_mailbox() -> None:
    async with rig(imap={"poll_seconds": 600}) as at:
        await at.rested()
        before = len(at.platform.imap.commands)
        await at.channel.probe()
        assert 'EXAMINE "INBOX"' in at.platform.imap.commands[before:]
        await at.stop()
        await at.channel.probe()


async def test_a_probe_ends_with_the_connection() -> None:
    async with rig() as at:
        await at.rested()
        at.platform.imap.silent = True
        probing = asyncio.create_task(at.channel.probe())
        await asyncio.sleep(0)
        await at.platform.imap.hang_up()
        with pytest.raises(ChannelDisconnected):
            await probing
        assert isinstance(await at.ended(), ChannelDisconnected)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("NO [AUTHENTICATIONFAILED] Authentication failed.", ChannelMisconfigured),
        ("NO [UNAVAILABLE] Temporary authentication failure.", ChannelDisconnected),
        ("NO Too many simultaneous connections.", ChannelDisconnected),
    ],
)
async def test_a_login_that_does_not_work_is_told_from_one_that_never_will(
    answer: str, error: type[Exception]
) -> None:
    async with rig() as at:
        at.platform.imap.refusals["LOGIN"] = [answer]
        with pytest.raises(error) as raised:
            await at.rested()
        assert "imap-password" not in str(raised.value)


async def test_a_folder_that_is_not_there_is_named() -> None:
    async with rig(imap={"folders": ["INBOX", "Nowhere"]}) as at:
        at.start()
        error = await at.ended()
        assert isinstance(error, ChannelMisconfigured)
        assert "Nowhere" in str(error)


async def test_a_server_that_is_gone_is_a_lost_connection() -> None:
    async with rig(imap={"port": 9}) as at:
        at.start()
        assert isinstance(await at.ended(), ChannelDisconnected)


async def test_the_check_names_everything_and_what_is_wrong() -> None:
    async with rig(imap={"sent": "Sent"}) as at:
        with pytest.raises(ChannelMisconfigured, match="Sent"):
            await at.channel.check()
        at.platform.imap.folders["Sent"] = Folder()
        lines = "\n".join(await at.channel.check())
        for word in ("IMAP: signed in", "INBOX, Sent", "IDLE", "SMTP: signed in", "DMARC"):
            assert word in lines
        at.platform.smtp.fault = "unauthorised"
        with pytest.raises(ChannelMisconfigured, match="smtp"):
            await at.channel.check()


# --- People who answer from their own mail program ----------------------------------------------


async def with_sent(at: Rig, raw: bytes) -> list[InboundMessage]:
    at.platform.imap.folders["Sent"] = Folder()
    await at.rested("Sent")
    await at.platform.imap.put(raw, "Sent")
    await at.rested("Sent")
    return [event for event in at.of(InboundMessage) if event.sender.kind == "operator"]


async def test_an_answer_by_hand_finds_the_mail_that_it_answers() -> None:
    async with rig(imap={"sent": "Sent"}) as at:
        question = arrived("where is it?", message_id="<q@example.net>")
        at.platform.imap.folders["INBOX"].add(question)
        answer = letter(
            "it is on its way", sender=OURS, to=ADA, headers=[("In-Reply-To", "<q@example.net>")]
        )
        (said,) = await with_sent(at, answer)
        assert (said.text, said.address.chat) == ("it is on its way", ADA)
        asked = await _asked(at, question)
        assert said.thread_refs == (asked.external_id,)
        assert said.address == asked.address


async def _asked(at: Rig, raw: bytes) -> InboundMessage:
    await at.platform.imap.put(raw)
    await at.rested()
    return next(each for each in at.of(InboundMessage) if each.sender.kind == "customer")


async def test_an_answer_by_hand_to_our_own_mail_finds_it() -> None:
    async with rig(imap={"sent": "Sent"}) as at:
        ours = SEAL.message_id("d-1", ADA)
        answer = letter("one more thing", sender=OURS, to=ADA, headers=[("References", ours)])
        (said,) = await with_sent(at, answer)
        assert said.thread_refs == (ours,)


@pytest.mark.parametrize("case", ["assistant", "newsletter", "stranger", "somebody else's"])
async def test_other_sent_mail_takes_nothing_over(case: str) -> None:
    async with rig(imap={"sent": "Sent"}) as at:
        inbox = at.platform.imap.folders["INBOX"]
        inbox.add(arrived("q", sender="mallory@evil.example", message_id="<q@example.net>"))
        parts = {
            "assistant": {"message_id": SEAL.message_id("d-1", ADA)},
            "newsletter": {},
            "stranger": {
                "sender": "eve@evil.example",
                "headers": [("In-Reply-To", "<q@example.net>")],
            },
            "somebody else's": {"headers": [("In-Reply-To", "<q@example.net>")]},
        }[case]
        raw = letter("hello", **{"sender": OURS, "to": ADA, **parts})  # pyright: ignore[reportArgumentType] - as letter takes them
        assert await with_sent(at, raw) == []
        assert at.of(Ignored)


# --- Two machines facing each other ---------------------------------------------------------------


async def test_a_machine_that_answers_at_once_gets_two_answers_at_most() -> None:
    """It has no header that gives it away, and says something else each time."""
    async with rig() as at:
        await at.rested()
        headers: list[tuple[str, str]] = []
        answers = 0
        for number in range(10):
            words = f"{chr(97 + number) * 5}! Thank you for your message, which is important to us."
            await at.platform.imap.put(arrived(words, headers=headers))
            await at.rested()
            event = at.of(InboundMessage)[-1]
            if event.unanswered is not None:
                break
            receipt = await at.channel.send(
                OutboundMessage(
                    f"d-{number}", event.address, "x", "x", reply_context=event.reply_context
                )
            )
            answers += 1
            headers = [("References", receipt.external_ids[0])]
            at.clock.at += 3
        assert answers == 2
