"""Files that staff send: stored before the reply that carries them, for one conversation only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select, update

from gateway.conversations.ownership import UnknownConversation
from gateway.errors import FrontdeskError
from gateway.store.files import StoredFile
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.unit import Unit

PER_MESSAGE = 10
PER_CONVERSATION = 50
# Where files wait that were put into the web desk: what a visitor uploads is claimed by theirs.
HERE = ""


class UnknownFile(FrontdeskError):
    """A file is not waiting to be sent in this conversation; attach it again."""


class TooManyFiles(FrontdeskError):
    """Too many files are waiting to be sent in this conversation; send some first."""


def place_of(request: str) -> str:
    """What stands for an address where the files wait that were put into a thread: no visitor has
    it."""
    return f"desk:{request}"


def keep(unit: Unit, conversation: str, name: str, content_type: str, stored: StoredFile) -> str:
    """A file waits for its reply; its id.

    Raises:
        UnknownConversation, TooManyFiles.
    """
    row = unit.one(
        select(conversations.c.channel).where(
            conversations.c.id == conversation, conversations.c.tenant_id == unit.tenant
        )
    )
    if row is None:
        raise UnknownConversation
    waiting = select(func.count()).where(
        attachments.c.conversation_id == conversation,
        attachments.c.message_id.is_(None),
        attachments.c.address == HERE,
    )
    if unit.scalar(waiting.select_from(attachments)) >= PER_CONVERSATION:
        raise TooManyFiles
    id = unit.new_id()
    unit.insert(
        attachments,
        id=id,
        tenant_id=unit.tenant,
        conversation_id=conversation,
        channel=row["channel"],
        address=HERE,
        name=name[:512],
        content_type=content_type[:255],
        size=stored.size,
        sha256=stored.sha256,
        state="stored",
        created_at=unit.now,
    )
    return id


def claim(
    unit: Unit, conversation: str, ids: Sequence[str], message: str, kept_at: str | None = None
) -> None:
    """The waiting files become the message's: those of its conversation, or those that wait at
    ``kept_at`` for what was said in a thread.

    Raises:
        UnknownFile.
    """
    waits = and_(attachments.c.conversation_id == conversation, attachments.c.address == HERE)
    if kept_at is not None:
        waits = attachments.c.address == kept_at
    for id in ids:
        claimed = unit.changed(
            update(attachments)
            .where(
                attachments.c.id == id,
                attachments.c.message_id.is_(None),
                attachments.c.state == "stored",
                waits,
            )
            .values(message_id=message, conversation_id=conversation)
        )
        if claimed == 0:
            raise UnknownFile


def described(unit: Unit, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Files as a delivery carries them, in the order in which they were attached."""
    rows = unit.all(select(attachments).where(attachments.c.id.in_(ids)))
    known = {
        row["id"]: {name: row[name] for name in ("id", "name", "content_type", "size", "sha256")}
        for row in rows
    }
    return [known[id] for id in ids]
