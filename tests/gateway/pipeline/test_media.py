"""Attachments: fetched after the acknowledgement, each ending in a state that people can read."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, select

from channels.contract import Channel, UploadRefused
from channels.errors import ChannelDisconnected, RejectedSendError, RetryableSendError
from channels.events import Address, Attachment, Json
from gateway.conversations.attaching import FILE_LIMIT
from gateway.media.loop import LEASE_SECONDS, MediaLoop, MediaTools
from gateway.media.uploads import PER_ADDRESS, StoredUploads
from gateway.records import Node
from gateway.store.schema.conversation import attachments
from tests.gateway.pipeline.rig import CHANNEL, LedgerChannel, Rig

PHOTO = Attachment("tent.png", "image/png", ref={"file": "a"})
LIMIT = 1024


class Fetching(LedgerChannel):
    """Each fetch ends in the next of ``ends``: bytes, or what is raised."""

    def __init__(self, rig: Rig, *ends: bytes | Exception) -> None:
        super().__init__(rig.capabilities, rig.clock)
        self.ends = list(ends)
        self.before: Callable[[], Awaitable[object]] | None = None

    async def open(self, ref: Json) -> AsyncIterator[bytes]:
        if self.before is not None:
            await self.before()
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        yield end


def loop_of(rig: Rig, channel: Channel | None, node: str = "one") -> MediaLoop:
    channels = {} if channel is None else {CHANNEL: channel}
    return MediaLoop(MediaTools(rig.store, Node(node, "1"), lambda: channels, rig.files))


async def the_attachment(rig: Rig) -> RowMapping:
    row = await rig.store.read(lambda r: r.one(select(attachments)))
    assert row is not None
    return row


async def test_a_reference_becomes_a_file_on_disk(rig: Rig) -> None:
    await rig.say("see this", attachments=[PHOTO])
    assert (await the_attachment(rig))["state"] == "pending"
    media = loop_of(rig, Fetching(rig, b"png" * 100))
    assert await media.fetch_next()
    row = await the_attachment(rig)
    assert (row["state"], row["size"], row["claimed_by"]) == ("stored", 300, None)
    assert row["sha256"] == hashlib.sha256(b"png" * 100).hexdigest()
    stored = await asyncio.to_thread(rig.files.path(row["sha256"]).read_bytes)
    assert stored == b"png" * 100
    assert not await media.fetch_next()


async def test_bytes_that_came_along_are_on_disk_before_the_acknowledgement(rig: Rig) -> None:
    await rig.say("see this", attachments=[Attachment("a.txt", "text/plain", content=b"hello")])
    row = await the_attachment(rig)
    assert row["state"] == "stored"
    assert await asyncio.to_thread(rig.files.path(row["sha256"]).read_bytes) == b"hello"


async def test_what_is_too_large_is_refused_and_leaves_nothing(rig: Rig) -> None:
    await rig.say("see this", attachments=[PHOTO])
    await loop_of(rig, Fetching(rig, b"x" * (FILE_LIMIT + 1))).fetch_next()
    row = await the_attachment(rig)
    assert (row["state"], row["reason"], row["sha256"]) == ("refused", "larger than 20 MB", None)
    assert await asyncio.to_thread(lambda: list(rig.folder.rglob("*.partial"))) == []


async def test_what_the_platform_calls_too_large_is_not_fetched(rig: Rig) -> None:
    large = Attachment("film.mov", "video/quicktime", size=FILE_LIMIT + 1, ref={"file": "a"})
    await rig.say("see this", attachments=[large])
    row = await the_attachment(rig)
    assert (row["state"], row["reason"]) == ("refused", "larger than 20 MB")
    assert not await loop_of(rig, Fetching(rig)).fetch_next()


async def test_what_the_platform_no_longer_has_is_gone(rig: Rig) -> None:
    await rig.say("see this", attachments=[PHOTO])
    media = loop_of(rig, Fetching(rig, RejectedSendError("410 expired")))
    await media.fetch_next()
    row = await the_attachment(rig)
    assert (row["state"], row["reason"]) == ("gone", "410 expired")
    rig.clock.pass_(3600)
    assert not await media.fetch_next()


@pytest.mark.parametrize(
    "error", [RetryableSendError("503"), TimeoutError(), OSError("cut"), ZeroDivisionError("a bug")]
)
async def test_five_failures_with_growing_pauses_and_it_is_gone(rig: Rig, error: Exception) -> None:
    await rig.say("see this", attachments=[PHOTO])
    media = loop_of(rig, Fetching(rig, *[error] * 5))
    for pause in (2.0, 4.0, 8.0, 16.0):
        assert await media.fetch_next()
        assert (await the_attachment(rig))["state"] == "pending"
        rig.clock.pass_(pause - 0.5)
        assert not await media.fetch_next()
        rig.clock.pass_(0.5)
    assert await media.fetch_next()
    row = await the_attachment(rig)
    assert (row["state"], row["tries"]) == ("gone", 5)
    assert row["reason"]


async def test_a_failure_that_passes_costs_a_try_only(rig: Rig) -> None:
    await rig.say("see this", attachments=[PHOTO])
    media = loop_of(rig, Fetching(rig, ChannelDisconnected("cut"), b"png"))
    await media.fetch_next()
    rig.clock.pass_(2)
    await media.fetch_next()
    assert (await the_attachment(rig))["state"] == "stored"


async def test_what_belongs_to_a_channel_that_is_down_waits_for_it(rig: Rig) -> None:
    await rig.say("see this", attachments=[PHOTO])
    for _ in range(10):
        assert not await loop_of(rig, None).fetch_next()
        rig.clock.pass_(60)
    assert (await the_attachment(rig))["state"] == "pending"
    assert await loop_of(rig, Fetching(rig, b"png")).fetch_next()
    assert (await the_attachment(rig))["state"] == "stored"


async def test_a_dead_nodes_fetch_is_done_by_another_and_its_own_late_end_counts_no_more(
    rig: Rig,
) -> None:
    began, going_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        began.set()
        await going_on.wait()

    slow = Fetching(rig, RejectedSendError("410 expired"))
    slow.before = hang
    await rig.say("see this", attachments=[PHOTO])
    zombie = asyncio.create_task(loop_of(rig, slow, "one").fetch_next())
    await began.wait()
    other = loop_of(rig, Fetching(rig, b"png"), "two")
    rig.clock.pass_(LEASE_SECONDS - 1)
    assert not await other.fetch_next()
    rig.clock.pass_(2)
    assert await other.fetch_next()
    going_on.set()
    await zombie
    assert (await the_attachment(rig))["state"] == "stored"


# --- Uploads of pulled channels ----------------------------------------------------------------


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def uploads_of(rig: Rig, channel: str = CHANNEL) -> StoredUploads:
    return StoredUploads(rig.store, rig.files, channel, LIMIT)


async def upload(
    rig: Rig, content: bytes = b"png", chat: str = "c1", kind: str = "image/png"
) -> str:
    return await uploads_of(rig).store(Address(chat), "a.png", kind, chunks(content))


async def test_an_upload_goes_with_the_message_that_names_it(rig: Rig) -> None:
    id = await upload(rig)
    await rig.say("see this", attachments=[Attachment("a.png", "image/png", upload=id)])
    row = await the_attachment(rig)
    message = (await rig.messages())[0]
    assert (row["id"], row["message_id"], row["state"]) == (id, message["id"], "stored")


async def test_anothers_upload_is_refused_and_the_message_with_it(rig: Rig) -> None:
    id = await upload(rig, chat="c2")
    with pytest.raises(UploadRefused, match="no file"):
        await rig.say("mine now", attachments=[Attachment("a.png", "image/png", upload=id)])
    row = await the_attachment(rig)
    assert row["message_id"] is None
    assert await rig.store.read(lambda r: r.one(select(attachments.c.message_id))) is not None
    # The refusal undid its whole unit: the same id may come again, and be right.
    await rig.say("theirs", chat="c2", attachments=[Attachment("a", "image/png", upload=id)])
    assert (await the_attachment(rig))["message_id"] is not None


async def test_an_upload_goes_out_once_and_from_its_own_channel_only(rig: Rig) -> None:
    other = await uploads_of(rig, "other").store(Address("c1"), "a", "image/png", chunks(b"png"))
    with pytest.raises(UploadRefused):
        await rig.say("x", attachments=[Attachment("a", "image/png", upload=other)])
    id = await upload(rig)
    await rig.say("one", attachments=[Attachment("a.png", "image/png", upload=id)])
    with pytest.raises(UploadRefused):
        await rig.say("two", attachments=[Attachment("a.png", "image/png", upload=id)])


async def test_a_repetition_of_the_message_with_its_file_is_one_message(rig: Rig) -> None:
    id = await upload(rig)
    for _ in range(3):
        await rig.say("x", id="m1", attachments=[Attachment("a.png", "image/png", upload=id)])
    assert len(await rig.messages()) == 1


async def test_too_many_waiting_files_are_refused_until_some_are_sent(rig: Rig) -> None:
    ids = [await upload(rig) for _ in range(PER_ADDRESS)]
    with pytest.raises(UploadRefused, match="too many files"):
        await upload(rig)
    assert await upload(rig, chat="c2")
    await rig.say("one", attachments=[Attachment("a.png", "image/png", upload=ids[0])])
    assert await upload(rig)


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<script>", "text/html", "text/html are not accepted"),
        (b"MZ", "application/x-msdownload", "not accepted"),
        (b"<svg/>", "image/svg+xml", "not accepted"),
        (b"", "image/png", "empty"),
        (b"x" * (LIMIT + 1), "image/png", "larger than"),
    ],
)
async def test_what_is_not_accepted_says_why(
    rig: Rig, content: bytes, kind: str, said: str
) -> None:
    with pytest.raises(UploadRefused, match=said):
        await upload(rig, content, kind=kind)
    assert await rig.store.read(lambda r: r.one(select(attachments))) is None


async def test_a_name_never_becomes_a_path(rig: Rig, tmp_path: Path) -> None:
    store = uploads_of(rig).store(Address("c1"), "../../x.png", "image/png", chunks(b"png"))
    await store
    row = await the_attachment(rig)
    found = await asyncio.to_thread(
        lambda: [file for file in tmp_path.rglob("*") if file.is_file()]
    )
    assert [file.name for file in found if "files" in file.parts] == [row["sha256"]]
