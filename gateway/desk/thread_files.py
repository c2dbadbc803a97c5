"""Files that staff put into a thread: fetched as a customer's are, they wait for what was said with
them, and go where that goes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select

from channels.events import Attachment
from gateway.desk.files import FILE_LIMIT, PER_MESSAGE, place_of
from gateway.desk.scenes import Scene, Tools
from gateway.errors import FrontdeskError
from gateway.store.schema.conversation import attachments
from gateway.store.unit import Reading, Unit, dumps

MEDIA = "media"
# A platform that does not hand a file over by then is not waited for.
PATIENCE_SECONDS = 20.0


class NotYet(FrontdeskError):
    """A file is still being fetched; look again in a moment."""


class Unsendable(FrontdeskError):
    """A file cannot go along; the text says which and why."""


def keep(unit: Unit, thread: RowMapping, said: str, files: Sequence[Attachment]) -> None:
    """The files of what was ``said`` are fetched at once; of too many, none, and none too large."""
    for number, file in enumerate(files if len(files) <= PER_MESSAGE else ()):
        stored = (file.ref or {}).get("stored")
        large = (file.size or 0) > FILE_LIMIT
        state = "refused" if large else "stored" if stored else "pending"
        unit.insert(
            attachments,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            conversation_id=thread["conversation_id"],
            channel=thread["channel"],
            address=place_of(said),
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=stored,
            state=state,
            reason="larger than 20 MB" if large else None,
            ref=dumps(dict(file.ref or {})),
            due_at=unit.now if state == "pending" else None,
            # In the order in which they were attached.
            created_at=unit.now + number / 1_000.0,
        )
        unit.emit(MEDIA)


async def gathered(tools: Tools, scene: Scene) -> tuple[str, ...]:
    """The ids of the files that go with what was said; none where it was worked off before.

    Raises:
        NotYet: they are still being fetched. Unsendable: one of them will not be here.
    """
    if not scene.row["files"]:
        return ()
    if scene.row["files"] > PER_MESSAGE:
        raise Unsendable(f"these are more than {PER_MESSAGE} files at once")
    return await tools.read(lambda reading: _ready(reading, scene.row))


def _ready(reading: Reading, row: RowMapping) -> tuple[str, ...]:
    waiting = reading.all(
        select(attachments)
        .where(
            attachments.c.tenant_id == reading.tenant,
            attachments.c.message_id.is_(None),
            attachments.c.address == place_of(row["id"]),
        )
        .order_by(attachments.c.created_at)
    )
    for file in waiting:
        if file["state"] not in {"stored", "pending"}:
            raise Unsendable(f"{file['name']}: {file['reason'] or file['state']}")
    for file in waiting:
        if file["state"] == "pending" and reading.now < row["at"] + PATIENCE_SECONDS:
            raise NotYet
        if file["state"] == "pending":
            raise Unsendable(f"{file['name']}: it was not handed over in time")
    return tuple(file["id"] for file in waiting)
