"""Files that staff send: with their reply, to their conversation, and never without their bytes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from channels.errors import RetryableSendError
from channels.events import Address, Attachment, InboundMessage, Sender
from gateway.conversations.timeline import StoredTimeline
from gateway.desk import thread_files
from gateway.desk.files import PER_CONVERSATION, PER_MESSAGE, TooManyFiles, UnknownFile, keep
from gateway.desk.records import NothingToSay
from gateway.desk.view import Views
from gateway.store.schema.conversation import attachments
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig

PDF = b"%PDF-1.4 the invoice"


async def kept(rig: Rig, chat: str = "c1", content: bytes = PDF, name: str = "invoice.pdf") -> str:
    stored = await asyncio.to_thread(rig.files.keep, content)
    conversation = (await rig.conversation(chat))["id"]
    return await rig.store.write(
        lambda unit: keep(unit, conversation, name, "application/pdf", stored)
    )


@pytest.fixture
async def asked(rig: Rig) -> Rig:
    """A customer has asked, and been answered."""
    await rig.say("May I have the invoice?")
    await rig.settle()
    return rig


async def test_a_file_goes_out_with_its_reply(asked: Rig) -> None:
    file = await kept(asked)
    await asked.staff("say", "Here it is.", attached=[file])
    await asked.settle()
    sent = asked.channel.sent[-1]
    assert sent.plain == "Here it is."
    (attachment,) = sent.attachments
    assert (attachment.name, attachment.content_type) == ("invoice.pdf", "application/pdf")
    assert (attachment.content, attachment.size) == (PDF, len(PDF))
    assert attachment.url == f"https://help.example/files/{file}"


async def test_files_go_without_words(asked: Rig) -> None:
    files = [await kept(asked), await kept(asked, content=b"x", name="second.pdf")]
    await asked.staff("say", attached=files)
    await asked.settle()
    sent = asked.channel.sent[-1]
    assert (sent.text, [each.name for each in sent.attachments]) == (
        "",
        ["invoice.pdf", "second.pdf"],
    )


async def test_a_retry_carries_the_file_again(asked: Rig) -> None:
    asked.channel.outcomes = [None, RetryableSendError("slow down")]
    await asked.staff("say", "Here it is.", attached=[await kept(asked)])
    await asked.settle()
    await asked.settle(30.0)
    assert [each.content for each in asked.channel.sent[-1].attachments] == [PDF]


async def test_words_without_a_file_carry_none(asked: Rig) -> None:
    await asked.staff("say", "There is none.")
    await asked.settle()
    assert asked.channel.sent[-1].attachments == ()


async def test_a_file_is_sent_once_and_in_its_own_conversation(asked: Rig) -> None:
    await asked.say("hello", chat="c2")
    await asked.settle()
    file = await kept(asked)
    with pytest.raises(UnknownFile):
        await asked.staff("say", "Here it is.", chat="c2", attached=[file])
    assert (await asked.conversation("c2"))["owner"] == "assistant"
    await asked.staff("say", "Here it is.", attached=[file])
    with pytest.raises(UnknownFile):
        await asked.staff("say", "Again.", attached=[file])


async def test_a_note_keeps_its_file_inside(asked: Rig) -> None:
    await asked.staff("say", "// the customer must not see this", attached=[await kept(asked)])
    await asked.settle()
    assert all(message.attachments == () for message in asked.channel.sent)


async def test_neither_words_nor_files_are_nothing(asked: Rig) -> None:
    with pytest.raises(NothingToSay):
        await asked.staff("say", "  ")


async def test_so_many_files_wait_and_no_more(asked: Rig) -> None:
    for _ in range(PER_CONVERSATION):
        await kept(asked)
    with pytest.raises(TooManyFiles):
        await kept(asked)


async def test_what_waits_in_a_thread_takes_no_room_of_the_web_desk_s(asked: Rig) -> None:
    thread = {"conversation_id": (await asked.conversation())["id"], "channel": "team"}
    files = [Attachment(f"{number}.pdf", "application/pdf") for number in range(PER_MESSAGE)]

    def waits(unit: Unit) -> None:
        for said in range(PER_CONVERSATION // PER_MESSAGE):
            thread_files.keep(unit, thread, f"said{said}", files)

    await asked.store.write(waits)
    assert await kept(asked)


async def test_a_file_that_is_gone_is_a_dead_letter(asked: Rig) -> None:
    file = await kept(asked)
    await asked.staff("say", "Here it is.", attached=[file])
    row = await asked.store.read(lambda r: r.one(select(attachments.c.sha256)))
    assert row is not None
    await asyncio.to_thread(asked.files.path(row["sha256"]).unlink)
    await asked.settle()
    dead = (await asked.deliveries())[-1]
    assert dead["state"] == "failed"
    assert "no longer in the store" in dead["error"]


async def test_a_pulled_channel_shows_it(store: Store, clock: ManualClock, tmp_path: Path) -> None:
    rig = Rig(store, clock, tmp_path)
    rig = Rig(store, clock, tmp_path, replace(rig.capabilities, pulled=True, dialect="web"))
    await rig.say("May I have the invoice?")
    await rig.settle()
    await rig.staff("say", attached=[await kept(rig)])
    await rig.settle()
    items = await StoredTimeline(rig.store, "line", lambda id: f"/files/{id}").after(
        Address("c1"), 0
    )
    assert [file.name for file in items[-1].files] == ["invoice.pdf"]
    assert items[-1].author == "staff"


async def test_a_mail_is_kept_whole_and_can_be_downloaded(rig: Rig) -> None:
    raw = b"From: ada@example.com\r\nSubject: boots\r\n\r\nHow long?\r\n"
    sender = Sender(("ada@example.com",))
    await rig.accept(InboundMessage(uuid4().hex, Address("c1"), "How long?", sender, raw=raw))
    (row,) = await rig.messages()
    content = await asyncio.to_thread(rig.files.path(row["raw_sha256"]).read_bytes)
    assert content == raw
    views = Views(rig.store, lambda named: f"/files/{named}", {})
    shown = await views.one(row["conversation_id"], "nobody")
    assert shown is not None
    assert shown["messages"][0]["raw"] == f"/files/raw:{row['id']}"
