"""What the assistant cannot read, by WhatsApp and by mail: the customer is told, and a person has
it before them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fleet.house import Desk, furnish, running
from tests.fleet.story import EARLY, Visit
from tests.fleet.streets import Mail, Street, WhatsApp, flat
from tests.platforms.mail_letters import letter, stamped
from tests.platforms.twilio_records import Medium

TOLD = "I can't read it reliably. I've passed it to our team"
VOICE = b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"v" * 9_000
PHOTO = b"\xff\xd8\xff\xe0" + b"p" * 9_000
PATIENCE_SECONDS = 40.0


async def send(whatsapp: WhatsApp, mail: Mail) -> None:
    """A voice note, and a photo without a word."""
    note = Medium("ME" + "1a" * 16, "audio/ogg", VOICE)
    form = whatsapp.twilio.say("", "whatsapp:+491510000001", [note])
    await whatsapp.twilio.deliver(form, f"/webhooks/{whatsapp.kind}")
    photo = ("IMG_2031.jpg", "image/jpeg", PHOTO)
    raw = letter("", sender="customer1@example.net", subject="IMG_2031", files=[photo])
    await mail.provider.imap.rested()
    await mail.provider.imap.put(stamped(raw, "example.net"))


async def told(street: Street) -> str:
    clock = asyncio.get_running_loop()
    until = clock.time() + PATIENCE_SECONDS
    while clock.time() < until and not street.heard(1):
        await asyncio.wait({asyncio.create_task(asyncio.sleep(0.2))})
    return flat(" ".join(street.heard(1)))


async def files_before_people(desk: Desk) -> dict[str, tuple[str, list[str]]]:
    """By channel: why somebody waits, and the names of the files in what they said."""
    found: dict[str, tuple[str, list[str]]] = {}
    for waiting in await desk.waiting():
        said = await desk.messages(waiting["id"])
        names = [file["name"] for each in said for file in each["files"]]
        found[waiting["channel"]] = (waiting["reason"], names)
    return found


@pytest.mark.allow_blocking  # fake platforms read and write as they please
@pytest.mark.timeout(150)
async def test_what_cannot_be_read_goes_to_a_person_with_its_file(tmp_path: Path) -> None:
    whatsapp, mail = WhatsApp(), Mail()
    async with AsyncExitStack() as stack:
        for street in (whatsapp, mail):
            await stack.enter_async_context(street)
        base = await asyncio.to_thread(furnish, tmp_path / "home", [whatsapp, mail])
        whatsapp.meet(base)
        async with running(tmp_path / "home", base, [whatsapp.kind, mail.kind]) as house:
            await Visit(whatsapp, EARLY, wishes=False).go()
            await send(whatsapp, mail)
            assert TOLD in await told(whatsapp)
            assert TOLD in await told(mail)
            assert await files_before_people(house.desk) == {
                "whatsapp": ("unreadable_file", ["recording-1.ogg"]),
                "email": ("unreadable_file", ["IMG_2031.jpg"]),
            }
