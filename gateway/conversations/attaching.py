"""Files that came in with something said: a row each, fetched by the media loop where their bytes
did not come along. Functions over an open unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.events import Attachment
from gateway.store.schema.conversation import attachments
from gateway.store.unit import Unit, dumps

# What the media loop listens for.
MEDIA = "media"
FILE_LIMIT = 20 * 1024 * 1024
TOO_LARGE = "larger than 20 MB"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where files belong; ``message`` is None while they wait for theirs."""

    conversation: str
    channel: str
    address: str
    message: str | None = None


def attach(unit: Unit, to: Belonging, files: Sequence[Attachment]) -> None:
    """What the platform says is too large is not even fetched."""
    for number, file in enumerate(files):
        stored = (file.ref or {}).get("stored")
        large = not stored and (file.size or 0) > FILE_LIMIT
        state = "stored" if stored else "refused" if large else "pending"
        unit.insert(
            attachments,
            id=unit.new_id(),
            tenant_id=unit.tenant,
            conversation_id=to.conversation,
            message_id=to.message,
            channel=to.channel,
            address=to.address,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=stored,
            state=state,
            reason=TOO_LARGE if large else None,
            ref=dumps(dict(file.ref or {})),
            due_at=unit.now if state == "pending" else None,
            # In the order in which they were attached.
            created_at=unit.now + number / 1_000.0,
        )
    if files:
        unit.emit(MEDIA)
