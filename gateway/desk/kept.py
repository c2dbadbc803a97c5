"""What staff may download, by the name that a signed address holds: an attachment, a message as the
platform gave it, an event that nobody could read. Reads only."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from sqlalchemy import select

from gateway.store.schema.conversation import attachments, messages
from gateway.store.schema.pipeline import unreadable
from gateway.store.unit import Reading

RAW, UNREADABLE = "raw:", "unreadable:"


@dataclass(frozen=True, slots=True)
class Kept:
    """``content`` is None where the bytes lie in the file store under ``sha256``."""

    name: str
    content_type: str
    sha256: str = ""
    content: bytes | None = None


def kept_under(reading: Reading, named: str) -> Kept | None:
    if named.startswith(RAW):
        return _raw(reading, named.removeprefix(RAW))
    if named.startswith(UNREADABLE):
        return _unreadable(reading, named.removeprefix(UNREADABLE))
    return _attachment(reading, named)


def _attachment(reading: Reading, id: str) -> Kept | None:
    row = reading.one(
        select(attachments).where(
            attachments.c.id == id,
            attachments.c.tenant_id == reading.tenant,
            attachments.c.state == "stored",
            attachments.c.sha256.is_not(None),
        )
    )
    return None if row is None else Kept(row["name"], row["content_type"], row["sha256"])


def _raw(reading: Reading, id: str) -> Kept | None:
    sha256 = reading.scalar(
        select(messages.c.raw_sha256).where(
            messages.c.id == id, messages.c.tenant_id == reading.tenant
        )
    )
    return None if sha256 is None else Kept("message.eml", "message/rfc822", sha256)


def _unreadable(reading: Reading, id: str) -> Kept | None:
    raw = reading.scalar(
        select(unreadable.c.raw_base64).where(
            unreadable.c.id == id, unreadable.c.tenant_id == reading.tenant
        )
    )
    if raw is None:
        return None
    return Kept("event.bin", "application/octet-stream", content=base64.b64decode(raw))
