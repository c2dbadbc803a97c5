"""Files that staff put into a thread: fetched as a customer's are, they wait for what was said with
them, and go where that goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, select

from channels.events import Attachment
from gateway.conversations.attaching import FILE_LIMIT, TOO_LARGE, Belonging, attach
from gateway.desk.actions import answered
from gateway.desk.files import PER_MESSAGE, place_of
from gateway.desk.scenes import Scene, Tools
from gateway.errors import FrontdeskError
from gateway.store.schema.conversation import attachments
from gateway.store.unit import Reading, Unit

# A platform that does not hand a file over by then is not waited for.
PATIENCE_SECONDS = 20.0


class NotYet(FrontdeskError):
    """A file is still being fetched; look again in a moment."""


class Unsendable(FrontdeskError):
    """A file cannot go along; the text says which and why."""


def keep(unit: Unit, thread: Mapping[Any, Any], said: str, files: Sequence[Attachment]) -> None:
    """The files of what was ``said`` are fetched at once; of too many, none."""
    place = Belonging(thread["conversation_id"], thread["channel"], place_of(said))
    attach(unit, place, files if len(files) <= PER_MESSAGE else ())


def let_go(unit: Unit, said: str) -> None:
    """What has not gone with what was ``said`` goes nowhere any more. One that is being fetched at
    this moment is left to the sweep."""
    unit.execute(
        delete(attachments).where(
            attachments.c.message_id.is_(None),
            attachments.c.address == place_of(said),
            attachments.c.claimed_until.is_(None),
        )
    )


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
    if len(waiting) < row["files"]:
        if answered(reading, row["staff_id"], row["id"]):
            return ()
        raise Unsendable("a file of it is not here any more")
    for file in waiting:
        why = _refused(file)
        if why:
            raise Unsendable(f"{file['name']}: {why}")
    for file in waiting:
        if file["state"] == "pending" and reading.now < row["at"] + PATIENCE_SECONDS:
            raise NotYet
        if file["state"] == "pending":
            raise Unsendable(f"{file['name']}: it was not handed over in time")
    return tuple(file["id"] for file in waiting)


def _refused(file: RowMapping) -> str:
    if file["state"] not in {"stored", "pending"}:
        return str(file["reason"] or file["state"])
    return TOO_LARGE if (file["size"] or 0) > FILE_LIMIT else ""
