"""What visitors of pulled channels upload before the message that carries it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import func, select

from channels.contract import UploadRefused
from channels.events import Address
from gateway.store.files import Files, FileTooLarge
from gateway.store.schema.conversation import attachments
from gateway.store.store import Store
from gateway.store.unit import Unit

# What staff can open safely; anything else is refused by its declared type.
ACCEPTED = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "text/plain",
    "text/csv",
)
PER_ADDRESS = 20


class StoredUploads:
    """Implements Uploads for one channel."""

    def __init__(self, store: Store, files: Files, channel: str, limit_bytes: int) -> None:
        self._store = store
        self._files = files
        self._channel = channel
        self._limit = limit_bytes

    async def store(
        self, address: Address, name: str, content_type: str, chunks: AsyncIterator[bytes]
    ) -> str:
        if content_type not in ACCEPTED:
            raise UploadRefused(
                f"files of type {content_type} are not accepted; pictures, PDF and text are"
            )
        try:
            stored = await self._files.keep_stream(chunks, self._limit)
        except FileTooLarge:
            raise UploadRefused(f"the file is larger than {self._limit // 1_048_576} MB") from None
        if stored.size == 0:
            raise UploadRefused("the file is empty")

        def unit(unit: Unit) -> str | None:
            waiting = unit.scalar(
                select(func.count())
                .select_from(attachments)
                .where(
                    attachments.c.channel == self._channel,
                    attachments.c.address == address.key,
                    attachments.c.message_id.is_(None),
                )
            )
            if waiting >= PER_ADDRESS:
                return None
            id = unit.new_id()
            unit.insert(
                attachments,
                id=id,
                tenant_id=unit.tenant,
                channel=self._channel,
                address=address.key,
                name=name[:512],
                content_type=content_type,
                size=stored.size,
                sha256=stored.sha256,
                state="stored",
                created_at=unit.now,
            )
            return id

        upload = await self._store.write(unit, key=address.key)
        if upload is None:
            raise UploadRefused("too many files are waiting to be sent; send or drop some first")
        return upload
